//! `/api/face-groups`: the faces that cameras captured, grouped on demand by who they seem to be, for an operator to name, label or
//! remove. Nothing of the grouping is kept, so its settings are parameters.

mod act;
mod samples;
pub mod view;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use iris_domain::identity::{FaceGroup, GroupedFace, group_faces};
use iris_store::{FaceSample, SampleVectors};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::ApiError;
use crate::extract::{Input, Query, QueryFields};
use crate::openapi::ReadRefusals;
use view::{FaceGroupSettings, FaceGroups};

/// Members shown of each group where the client does not say.
const MEMBERS_DEFAULT: u64 = 40;
/// Members shown of each group at most.
const MEMBERS_MAX: u64 = 500;
/// Faces compared at most, and where the client does not say: what is grouped within a tenth of a second.
const SAMPLES_MAX: u64 = 2000;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(act::enroll))
        .routes(routes!(act::label))
        .routes(routes!(act::clips))
        .routes(routes!(samples::bulk_delete))
        .routes(routes!(samples::clear_all))
        .routes(routes!(samples::delete))
        .routes(routes!(samples::thumbnail))
}

fn settings(fields: &mut QueryFields<'_, '_>) -> FaceGroupSettings {
    let mut count = |parameter, max, default| {
        let count = fields.integer(parameter, 1..=max).unwrap_or(default);
        usize::try_from(count).unwrap_or(usize::MAX)
    };
    let (min_size, max_members, max_samples) = (
        count("min_size", u64::MAX, 1),
        count("max_members", MEMBERS_MAX, MEMBERS_DEFAULT),
        count("max_samples", SAMPLES_MAX, SAMPLES_MAX),
    );
    FaceGroupSettings {
        face_threshold: fields.number("face_threshold", 0.0..=1.0).unwrap_or(0.5),
        clothing_weight: fields.number("clothing_weight", 0.0..=1.0).unwrap_or(0.0),
        min_size,
        max_members,
        max_samples,
    }
}

/// Groups the captured faces by who they seem to be, the largest group first.
#[utoipa::path(
    get, path = "/api/face-groups", operation_id = "list_face_groups", tag = "face-groups",
    params(
        ("face_threshold" = Option<f32>, Query, minimum = 0, maximum = 1, description = "Least mean cosine between two groups that are joined; 0.5 if absent"),
        ("clothing_weight" = Option<f32>, Query, minimum = 0, maximum = 1, description = "Share of the clothes where both were seen within hours; 0 if absent"),
        ("min_size" = Option<u64>, Query, minimum = 1, description = "Smaller groups are left out; 1 if absent"),
        ("max_members" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Members shown of each group; 40 if absent"),
        ("max_samples" = Option<u64>, Query, minimum = 1, maximum = 2000, description = "Faces compared at most, the newest; 2000 if absent")
    ),
    responses((status = 200, description = "The groups of now", body = FaceGroups), ReadRefusals)
)]
async fn list(State(app): State<Arc<App>>, query: Query) -> Result<Json<FaceGroups>, ApiError> {
    let mut input = Input::new();
    let wanted = settings(&mut input.query(&query));
    let wanted = input.finish(Some(wanted))?;
    app.biometrics()?;
    let store = app.store()?;
    let captured = store.face_samples().sample(wanted.max_samples as u64).await?;
    let apart = store.identities().apart_pairs().await?;
    let (samples, faces): (Vec<_>, Vec<_>) = captured.into_iter().map(grouped_face).unzip();
    let grouping = wanted.grouping();
    let grouped = tokio::task::spawn_blocking(move || group_faces(&faces, &grouping, &apart)).await;
    let groups: Vec<FaceGroup> = grouped.map_err(|error| ApiError::Internal(error.to_string()))?;
    Ok(Json(FaceGroups::new(&samples, &groups, wanted)))
}

fn grouped_face(captured: SampleVectors) -> (FaceSample, GroupedFace) {
    let SampleVectors { sample, face, body } = captured;
    let identity = Some(sample.identity_id);
    let grouped = GroupedFace { id: sample.id, identity, captured: sample.ts, face, body };
    (sample, grouped)
}
