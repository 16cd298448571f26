//! The ledger of corrections, and undoing them. What was corrected later stands.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use iris_domain::OperationId;
use iris_store::UndoRefused;

use super::view::{IdentityOpResult, OperationList, OperationView};
use crate::app::App;
use crate::auth::Principal;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Input, PathId, Query};
use crate::openapi::{MutationRefusals, ReadRefusals};

/// Entries of a page where the client does not say.
const LIMIT_DEFAULT: u64 = 50;

/// What was corrected, newest first.
#[utoipa::path(
    get, path = "/api/identities/operations", operation_id = "list_identity_operations", tag = "identities",
    params(
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Items at most; 50 if absent"),
        ("offset" = Option<u64>, Query, description = "Items passed over first")
    ),
    responses((status = 200, description = "A page of them, and how many there are", body = OperationList), ReadRefusals)
)]
pub async fn list(State(app): State<Arc<App>>, query: Query) -> Result<Json<OperationList>, ApiError> {
    let mut input = Input::new();
    let page = input.query(&query).page(LIMIT_DEFAULT);
    let page = input.finish(Some(page))?;
    let listed = app.store()?.identities().operations(page).await?;
    Ok(Json(OperationList {
        total: listed.total,
        items: listed.operations.into_iter().map(OperationView::new).collect(),
    }))
}

/// Undoes a merge, a split, a rejection or a rename. What was moved or deleted since stays as it is.
#[utoipa::path(
    post, path = "/api/identities/operations/{id}/undo", operation_id = "undo_identity_operation", tag = "identities",
    params(("id" = i64, Path, minimum = 1, description = "The operation")),
    responses(
        (status = 200, description = "Undone", body = IdentityOpResult),
        (status = 404, description = "Nobody has this id", body = ErrorBody),
        (status = 409, description = "It cannot be undone, was undone already, or what it was about is gone", body = ErrorBody),
        MutationRefusals
    )
)]
pub async fn undo(
    State(app): State<Arc<App>>,
    user: Principal,
    id: PathId<OperationId>,
) -> Result<Json<IdentityOpResult>, ApiError> {
    let (id, undoing, by) = (id.valid()?, app.clone(), user.signature());
    let work = async move { undoing.store()?.identities().undo(id, &by).await?.map_err(refusal) };
    let undone = app.finish("undo an operation", work).await?;
    app.corrected();
    Ok(Json(IdentityOpResult {
        ok: true,
        target_id: undone.target.get(),
        affected_ids: undone.restored.iter().map(|id| id.get()).collect(),
        moved_sightings: undone.moved_sightings,
        detail: match undone.left_sightings {
            0 if undone.moved_sightings == 0 => "Undone".to_owned(),
            0 => format!("{} sightings went back", undone.moved_sightings),
            left => format!("{} sightings went back; {left} were moved or deleted since", undone.moved_sightings),
        },
        operation_id: undone.operation.get(),
    }))
}

fn refusal(refused: UndoRefused) -> ApiError {
    match refused {
        UndoRefused::UnknownOperation(_) => ApiError::NotFound("Operation not found"),
        UndoRefused::NotUndoable(kind) => ApiError::Conflict(format!("A {kind} cannot be undone.")),
        UndoRefused::AlreadyUndone => ApiError::Conflict("The operation was undone already.".to_owned()),
        UndoRefused::Forgotten => ApiError::Conflict("What the operation was about was deleted since.".to_owned()),
        UndoRefused::RenamedSince(id) => ApiError::Conflict(format!("Identity {id} was named otherwise since.")),
        UndoRefused::IdentityGone(id) => ApiError::Conflict(format!("Identity {id} does not exist any more.")),
    }
}
