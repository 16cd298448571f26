//! An operator's corrections: naming, merging, splitting, and "this is not them". Each is one transaction and one entry of the ledger;
//! what was taken apart stays apart. The leader of re-ID is told, so that live matching follows at once.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use iris_domain::identity::{AssociationRules, SplitSighting, split_in_two};
use iris_domain::{IdentityId, Page, SightingId};
use iris_store::{MergeRefused, SightingVectors, SplitOff, SplitRefused};

use super::NOT_FOUND;
use super::body::{self, IdentityRename, Merge, Reject, Split};
use super::view::{IdentityDetailView, IdentityOpResult, SightingList, SightingView};
use crate::app::App;
use crate::auth::Principal;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Input, JsonBody, PathId};
use crate::openapi::{BodyRefusals, ReadRefusals};

/// Sightings that an automatic split looks at, the newest: comparing each with each takes a second.
const AUTO_SPLIT_SIGHTINGS_MAX: u64 = 5_000;

/// Renames, annotates or confirms an identity. A name makes it named: from then on it is never merged by itself.
#[utoipa::path(
    put, path = "/api/identities/{id}", operation_id = "update_identity", tag = "identities", params(("id" = i64, Path, minimum = 1)),
    request_body = IdentityRename,
    responses(
        (status = 200, description = "As it is now", body = IdentityDetailView),
        (status = 404, description = "Nobody has this id", body = ErrorBody), BodyRefusals
    )
)]
pub async fn update(
    State(app): State<Arc<App>>,
    user: Principal,
    id: PathId<IdentityId>,
    body: JsonBody,
) -> Result<Json<IdentityDetailView>, ApiError> {
    let mut input = Input::new();
    let id = input.path(id);
    let change = body::rename(&mut input.body(&body));
    let (id, change) = input.finish(id.zip(Some(change)))?;
    let store = app.store()?;
    store.identities().update(id, &change, &user.signature()).await?.ok_or(NOT_FOUND)?;
    app.corrected();
    let page = Page { limit: super::RECENT_DEFAULT, offset: 0 };
    let sightings = store.sightings().list_of(id, page).await?.sightings;
    Ok(Json(IdentityDetailView::new(app.identity(id).await?, sightings)))
}

/// Makes identities one. A name of a source is kept where the target has none. Can be undone.
#[utoipa::path(
    post, path = "/api/identities/merge", operation_id = "merge_identities", tag = "identities", request_body = Merge,
    responses(
        (status = 200, description = "They are one now", body = IdentityOpResult),
        (status = 400, description = "Nothing is left to merge, or a source is of another class", body = ErrorBody),
        (status = 404, description = "The target or a source does not exist; nothing changed", body = ErrorBody), BodyRefusals
    )
)]
pub async fn merge(
    State(app): State<Arc<App>>,
    user: Principal,
    body: JsonBody,
) -> Result<Json<IdentityOpResult>, ApiError> {
    let mut input = Input::new();
    let merge = Merge::read(&mut input.body(&body));
    let Merge { target_id, source_ids } = input.finish(merge)?;
    let (merging, by) = (app.clone(), user.signature());
    let work = async move {
        let merged = merging.store()?.identities().merge(target_id, &source_ids, &by).await?;
        merged.map_err(merge_refusal)
    };
    let merged = app.finish("merge identities", work).await?;
    app.corrected();
    Ok(Json(IdentityOpResult {
        ok: true,
        target_id: merged.target.get(),
        affected_ids: merged.sources.iter().map(|id| id.get()).collect(),
        moved_sightings: merged.moved_sightings,
        detail: format!("{} identities were merged into {}", merged.sources.len(), merged.target),
        operation_id: merged.operation.get(),
    }))
}

fn merge_refusal(refused: MergeRefused) -> ApiError {
    match refused {
        MergeRefused::UnknownIdentity(_) => NOT_FOUND,
        MergeRefused::NothingToMerge => {
            ApiError::BadRequest("Nothing is left to merge: the target is the only source.".to_owned())
        }
        MergeRefused::DifferentClass(id) => {
            ApiError::BadRequest(format!("Identity {id} is of another class than the target."))
        }
        MergeRefused::Named(_) | MergeRefused::KeptApart(..) => ApiError::Internal(refused.to_string()),
    }
}

/// Makes sightings of an identity an identity of their own: those that are named, or with `auto` those that look like somebody else,
/// by faces first. Both stay apart from then on. Can be undone.
#[utoipa::path(
    post, path = "/api/identities/{id}/split", operation_id = "split_identity", tag = "identities",
    params(("id" = i64, Path, minimum = 1)), request_body = Split,
    responses(
        (status = 200, description = "They are two now", body = IdentityOpResult),
        (status = 400, description = "Nothing to split is named, or not its sightings, or all of them, or it does not fall into two", body = ErrorBody),
        (status = 404, description = "Nobody has this id", body = ErrorBody),
        (status = 501, description = "`auto` where no re-ID service runs", body = ErrorBody), BodyRefusals
    )
)]
pub async fn split(
    State(app): State<Arc<App>>,
    user: Principal,
    id: PathId<IdentityId>,
    body: JsonBody,
) -> Result<Json<IdentityOpResult>, ApiError> {
    let mut input = Input::new();
    let id = input.path(id);
    let split = Split::read(&mut input.body(&body));
    let (id, Split { sighting_ids, auto, new_name }) = input.finish(id.zip(Some(split)))?;
    let sightings = match sighting_ids {
        Some(sightings) => sightings,
        None if auto == Some(true) => other_half(&app, id).await?,
        None => {
            app.identity(id).await?;
            return Err(ApiError::BadRequest("Name sighting_ids, or set \"auto\": true.".to_owned()));
        }
    };
    let (splitting, by) = (app.clone(), user.signature());
    let work = async move {
        let split = splitting.store()?.identities().split(id, &sightings, new_name.as_deref(), &by).await?;
        split.map_err(split_refusal)
    };
    let split = app.finish("split an identity", work).await?;
    app.corrected();
    Ok(Json(split_result(&split, "were split off")))
}

/// Which sightings an automatic split would take out, newest first. Nothing is changed.
#[utoipa::path(
    get, path = "/api/identities/{id}/split", operation_id = "propose_identity_split", tag = "identities",
    params(("id" = i64, Path, minimum = 1)),
    responses(
        (status = 200, description = "Those that look like somebody else", body = SightingList),
        (status = 400, description = "It does not fall into two", body = ErrorBody),
        (status = 404, description = "Nobody has this id", body = ErrorBody),
        (status = 501, description = "No re-ID service runs", body = ErrorBody), ReadRefusals
    )
)]
pub async fn propose(State(app): State<Arc<App>>, id: PathId<IdentityId>) -> Result<Json<SightingList>, ApiError> {
    let ids = other_half(&app, id.valid()?).await?;
    let sightings = app.store()?.sightings().these(&ids).await?;
    let items: Vec<SightingView> = sightings.into_iter().map(SightingView::new).collect();
    Ok(Json(SightingList { total: items.len() as u64, items }))
}

/// The sightings that look like somebody else than most of them.
async fn other_half(app: &App, id: IdentityId) -> Result<Vec<SightingId>, ApiError> {
    app.biometrics()?;
    app.identity(id).await?;
    let nodes = app.fleet.reid_lately();
    // All nodes have the same networks and settings; the leader decides should they not.
    let Some(node) = nodes.iter().find(|node| node.leader).or(nodes.first()) else {
        return Err(ApiError::NotImplemented("Splitting by itself needs a re-ID service, and none is running."));
    };
    let rules = AssociationRules::scaled(node.face_join, node.body_join);
    let vectors = app.store()?.identities().vectors_of(id, AUTO_SPLIT_SIGHTINGS_MAX).await?;
    let sightings: Vec<SplitSighting> = vectors.into_iter().map(split_sighting).collect();
    let split = tokio::task::spawn_blocking(move || split_in_two(&sightings, &rules)).await;
    let halves = split.map_err(|error| ApiError::Internal(error.to_string()))?;
    halves.map(|(_, other)| other).ok_or_else(|| {
        ApiError::BadRequest("It does not fall into two: name the sighting_ids to be split off.".to_owned())
    })
}

fn split_sighting(vectors: SightingVectors) -> SplitSighting {
    let SightingVectors { sighting, camera, span, face, body } = vectors;
    SplitSighting { sighting, camera, span, face, body }
}

/// Says that sightings are not this identity: they become an unnamed one, and both stay apart from then on. Can be
/// undone.
#[utoipa::path(
    post, path = "/api/identities/{id}/reject", operation_id = "reject_sightings", tag = "identities",
    params(("id" = i64, Path, minimum = 1)), request_body = Reject,
    responses(
        (status = 200, description = "They are somebody else's now", body = IdentityOpResult),
        (status = 400, description = "Not its sightings, or all of them", body = ErrorBody),
        (status = 404, description = "Nobody has this id", body = ErrorBody), BodyRefusals
    )
)]
pub async fn reject(
    State(app): State<Arc<App>>,
    user: Principal,
    id: PathId<IdentityId>,
    body: JsonBody,
) -> Result<Json<IdentityOpResult>, ApiError> {
    let mut input = Input::new();
    let id = input.path(id);
    let reject = Reject::read(&mut input.body(&body));
    let (id, Reject { sighting_ids }) = input.finish(id.zip(reject))?;
    let (rejecting, by) = (app.clone(), user.signature());
    let work =
        async move { rejecting.store()?.identities().reject(id, &sighting_ids, &by).await?.map_err(split_refusal) };
    let rejected = app.finish("reject sightings", work).await?;
    app.corrected();
    Ok(Json(split_result(&rejected, "were taken out")))
}

fn split_refusal(refused: SplitRefused) -> ApiError {
    match refused {
        SplitRefused::UnknownIdentity(_) => NOT_FOUND,
        SplitRefused::NothingToSplit => ApiError::BadRequest("No sighting is named.".to_owned()),
        SplitRefused::NotItsSightings(ids) => {
            ApiError::BadRequest(format!("{} of the sightings are not this identity's.", ids.len()))
        }
        SplitRefused::NothingLeft => {
            ApiError::BadRequest("These are all its sightings: nothing would be left.".to_owned())
        }
    }
}

fn split_result(split: &SplitOff, what: &str) -> IdentityOpResult {
    IdentityOpResult {
        ok: true,
        target_id: split.identity.get(),
        affected_ids: vec![split.from.get(), split.identity.get()],
        moved_sightings: split.moved_sightings,
        detail: format!(
            "{} sightings of identity {} {what} as identity {}",
            split.moved_sightings, split.from, split.identity
        ),
        operation_id: split.operation.get(),
    }
}
