//! What an operator does with a group: make a person of it, label it, see its clips. A group is the samples that the client names.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use iris_domain::{FaceSampleId, PersonId};
use iris_library::MediaPath;
use iris_store::{EnrolAs, EnrolRefused, Enrolled, EnrolledFace, UnknownSamples};
use serde::Serialize;
use utoipa::ToSchema;

use super::samples::NOT_FOUND;
use crate::app::App;
use crate::bulk::{IDS_MAX, without_repeats};
use crate::error::{ApiError, ErrorBody};
use crate::events::files;
use crate::events::view::{EventList, EventView};
use crate::extract::{Fields, Input, JsonBody, Query};
use crate::identities::body::NAME_LENGTH_MAX;
use crate::openapi::BodyRefusals;
use crate::people::{self, store_photo};
use crate::time::wall_now;

/// Clips of an answer where the client does not say: all that the reference's clients show at once.
const CLIPS_DEFAULT: u64 = 500;

/// Which faces a group is made of.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes a body that is read field by field")]
pub struct SampleGroup {
    /// 1 to 1000 samples.
    #[schema(value_type = Vec<i64>, example = json!([44, 45]), min_items = 1, max_items = 1000)]
    sample_ids: Vec<FaceSampleId>,
}

/// A group that becomes a person.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes a body that is read field by field")]
pub struct SampleEnrolment {
    /// 1 to 1000 samples, of which up to twelve of the best are enrolled.
    #[schema(value_type = Vec<i64>, example = json!([44, 45]), min_items = 1, max_items = 1000)]
    sample_ids: Vec<FaceSampleId>,
    /// 1 to 128 characters after trimming. A name that exists makes a second person. Required without `person_id`.
    #[schema(example = "Ada", min_length = 1, max_length = 128)]
    name: Option<String>,
    /// Somebody who is known already gets the faces; the name is then theirs.
    #[schema(example = 3, minimum = 1)]
    person_id: Option<i64>,
}

/// A group that is labelled.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes a body that is read field by field")]
pub struct SampleLabelling {
    /// 1 to 1000 samples.
    #[schema(value_type = Vec<i64>, example = json!([44, 45]), min_items = 1, max_items = 1000)]
    sample_ids: Vec<FaceSampleId>,
    /// Up to 128 characters; `""` takes the label away.
    #[schema(example = "Postman", max_length = 128)]
    label: String,
}

/// The answer to an enrolment.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupEnrolled {
    #[schema(example = 3)]
    person_id: i64,
    #[schema(example = "Ada")]
    name: String,
    #[schema(example = 2)]
    enrolled_faces: usize,
}

/// The answer to a labelling.
#[derive(Debug, Serialize, ToSchema)]
pub struct Labelled {
    /// Samples that have the label now.
    #[schema(example = 2)]
    updated: u64,
    /// The label; null when it was taken away.
    #[schema(example = "Postman")]
    label: Option<String>,
}

fn sample_ids(fields: &mut Fields<'_, '_>) -> Option<Vec<FaceSampleId>> {
    fields.ids("sample_ids", IDS_MAX).map(without_repeats)
}

/// Makes a person of a group, or gives its faces to one who is known: enrols up to twelve of the best and labels the samples with the
/// name.
#[utoipa::path(
    post, path = "/api/face-groups/enroll", operation_id = "enroll_face_group", tag = "face-groups",
    request_body = SampleEnrolment,
    responses(
        (status = 200, description = "Enrolled", body = GroupEnrolled),
        (status = 404, description = "Some sample or the person does not exist; nothing changed", body = ErrorBody), BodyRefusals
    )
)]
pub async fn enroll(State(app): State<Arc<App>>, body: JsonBody) -> Result<Json<GroupEnrolled>, ApiError> {
    let mut input = Input::new();
    let mut fields = input.body(&body);
    let ids = sample_ids(&mut fields);
    let known = fields.has("person_id");
    if !known && !fields.has("name") {
        fields.missing("name");
    }
    let (person, name) = (fields.id::<PersonId>("person_id"), fields.name("name", NAME_LENGTH_MAX));
    let whose = if known { person.map(Whose::Known) } else { name.map(Whose::New) };
    let (ids, whose) = input.finish(ids.zip(whose))?;
    app.biometrics()?;
    let enrolling = app.clone();
    let enrolled = app.finish("enrol a face group", async move { enrol(&enrolling, &ids, &whose).await }).await?;
    app.corrected();
    let Enrolled { person, faces } = enrolled;
    tracing::info!(person.id = %person.id, "enrolled person `{}` from captured faces", person.id);
    Ok(Json(GroupEnrolled { person_id: person.id.get(), name: person.name, enrolled_faces: faces.len() }))
}

/// Who gets the faces.
enum Whose {
    New(String),
    Known(PersonId),
}

async fn enrol(app: &App, ids: &[FaceSampleId], whose: &Whose) -> Result<Enrolled, ApiError> {
    let whose = match whose {
        Whose::New(name) => EnrolAs::New(name),
        Whose::Known(person) => EnrolAs::Known(*person),
    };
    let enrolled = app.store()?.people().enrol(whose, ids).await?.map_err(|refused| match refused {
        EnrolRefused::UnknownSamples(samples) => unknown(samples),
        EnrolRefused::UnknownPerson(_) => people::NOT_FOUND,
    })?;
    for face in &enrolled.faces {
        if let Err(error) = copy_picture(app, enrolled.person.id, face).await {
            tracing::warn!(person.id = %enrolled.person.id, "an enrolled face has no photo: {error}");
        }
    }
    Ok(enrolled)
}

/// An enrolled face has a photo of its own, since the captured one may be removed. Without the captured one it has none.
async fn copy_picture(app: &App, person: PersonId, face: &EnrolledFace) -> Result<(), ApiError> {
    let (library, from) = (app.library.clone(), face.sample_thumb_path.clone());
    let Ok(from) = from.parse::<MediaPath>() else { return Ok(()) };
    let opened = tokio::task::spawn_blocking(move || library.get(&from)).await;
    let Some(opened) = opened.map_err(|error| ApiError::Internal(error.to_string()))?? else { return Ok(()) };
    let picture = opened.read().await;
    let picture = picture.map_err(|error| ApiError::Internal(format!("read a captured face: {error}")))?;
    let path = store_photo(app, person, picture).await?;
    let noted = app.store()?.people().set_image(face.face, &path).await;
    if !matches!(noted, Ok(true)) {
        files::remove_paths(&app.library, [path]).await;
    }
    Ok(noted.map(drop)?)
}

fn unknown(_: UnknownSamples) -> ApiError {
    NOT_FOUND
}

/// Labels the samples of a group.
#[utoipa::path(
    post, path = "/api/face-groups/label", operation_id = "label_face_group", tag = "face-groups", request_body = SampleLabelling,
    responses(
        (status = 200, description = "Labelled", body = Labelled),
        (status = 404, description = "Some sample does not exist; nothing changed", body = ErrorBody), BodyRefusals
    )
)]
pub async fn label(State(app): State<Arc<App>>, body: JsonBody) -> Result<Json<Labelled>, ApiError> {
    let mut input = Input::new();
    let mut fields = input.body(&body);
    let ids = sample_ids(&mut fields);
    if !fields.has("label") {
        fields.missing("label");
    }
    let label = fields.clearable("label", NAME_LENGTH_MAX);
    let (ids, label) = input.finish(ids.zip(label))?;
    let updated = app.store()?.face_samples().label(&ids, &label).await?.map_err(unknown)?;
    Ok(Json(Labelled { updated, label: Some(label).filter(|label| !label.is_empty()) }))
}

/// The clips in which a group, or whoever it was taken for, appears, newest first: those whose event, from 90 s before it to 20 s after
/// it, was filmed while one of them was before the same camera.
#[utoipa::path(
    post, path = "/api/face-groups/clips", operation_id = "list_face_group_clips", tag = "face-groups", request_body = SampleGroup,
    params(
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Items at most; 500 if absent"),
        ("offset" = Option<u64>, Query, description = "Items passed over first")
    ),
    responses(
        (status = 200, description = "A page of them, and how many there are", body = EventList),
        (status = 404, description = "Some sample does not exist", body = ErrorBody), BodyRefusals
    )
)]
pub async fn clips(State(app): State<Arc<App>>, query: Query, body: JsonBody) -> Result<Json<EventList>, ApiError> {
    let mut input = Input::new();
    let page = input.query(&query).page(CLIPS_DEFAULT);
    let ids = sample_ids(&mut input.body(&body));
    let ids = input.finish(ids)?;
    let listed = app.store()?.face_samples().clips(&ids, wall_now(), page).await?.map_err(unknown)?;
    Ok(Json(EventList { total: listed.total, items: listed.events.into_iter().map(EventView::new).collect() }))
}
