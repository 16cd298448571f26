//! `/api/search`: who looks like this? The question is a photo or a sighting; the answer is identities and sightings with the
//! likeness of faces and of appearances apart, for a person to judge. The leader of re-ID compares, the store names.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use futures::future::try_join_all;
use iris_bus::message::{SearchRequest, SearchRow};
use iris_domain::{Feature, IdentityId, SightingId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ErrorBody, FieldFault};
use crate::extract::{Input, JsonBody, Query};
use crate::identities::view::{IdentityView, SightingView};
use crate::openapi::UploadRefusals;
use crate::upload::{self, PhotoForm, Upload};

/// Rows of an answer where the client does not say.
const LIMIT_DEFAULT: u64 = 20;
/// Rows of an answer at most: nobody judges more by eye.
const LIMIT_MAX: u64 = 100;

/// A sighting to be searched by.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes a body of which one field is read")]
pub struct SightingQuery {
    /// The sighting.
    #[schema(example = 31, minimum = 1)]
    sighting_id: i64,
}

/// Who looks like it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchResult {
    /// Faces in the photo; null when the question was a sighting.
    #[schema(example = 1)]
    faces_detected: Option<u32>,
    /// Whether a face was compared.
    by_face: bool,
    /// Whether an appearance was compared.
    by_appearance: bool,
    /// The most similar first: by face where there is one, else by appearance.
    identities: Vec<SimilarIdentity>,
    /// Of each of them the sighting that is the most similar.
    sightings: Vec<SimilarSighting>,
}

/// An identity and how similar it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarIdentity {
    identity: IdentityView,
    /// Cosine of the faces; null where they could not be compared.
    #[schema(example = 0.61)]
    face_score: Option<f32>,
    /// Cosine of the appearances; null where they could not be compared.
    #[schema(example = 0.82)]
    appearance_score: Option<f32>,
}

/// A sighting and how similar it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarSighting {
    sighting: SightingView,
    /// Cosine of the faces; null where they could not be compared.
    #[schema(example = 0.61)]
    face_score: Option<f32>,
    /// Cosine of the appearances; null where they could not be compared.
    #[schema(example = 0.82)]
    appearance_score: Option<f32>,
}

/// What is searched by, told by the body's kind.
pub enum Question {
    /// A photo of a face, or of a whole person.
    Photo(Box<Upload>),
    /// A body that names a sighting.
    Sighting(JsonBody),
}

impl FromRequest<Arc<App>> for Question {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        if upload::is_multipart(request.headers()) {
            return Ok(Self::Photo(Box::new(Upload::from_request(request, app).await?)));
        }
        Ok(Self::Sighting(JsonBody::from_request(request, app).await?))
    }
}

/// What is compared.
struct Likeness {
    faces_detected: Option<u32>,
    face: Option<Feature>,
    body: Option<Feature>,
    /// The identity that need not be found.
    of: Option<IdentityId>,
}

/// The route.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(search))
}

/// Who looks like this photo or this sighting?
///
/// A photo is sent as `multipart/form-data`, a sighting as JSON. Scores are cosines; those of faces and of appearances mean different
/// things and are never mixed.
#[utoipa::path(
    post, path = "/api/search", operation_id = "search", tag = "identities",
    params(("limit" = Option<u64>, Query, minimum = 1, maximum = 100, description = "Identities at most; 20 if absent")),
    request_body(content(
        (PhotoForm = "multipart/form-data"),
        (SightingQuery = "application/json")
    )),
    responses(
        (status = 200, description = "The most similar, perhaps none", body = SearchResult),
        (status = 404, description = "Nobody has this sighting id", body = ErrorBody), UploadRefusals
    )
)]
async fn search(State(app): State<Arc<App>>, query: Query, question: Question) -> Result<Json<SearchResult>, ApiError> {
    let mut input = Input::new();
    let limit = input.query(&query).integer("limit", 1..=LIMIT_MAX).unwrap_or(LIMIT_DEFAULT);
    let likeness = match question {
        Question::Photo(photo) => {
            input.finish(Some(()))?;
            app.biometrics()?;
            of_photo(&app, *photo).await?
        }
        Question::Sighting(body) => {
            let id = sighting_id(&mut input, &body);
            let id = input.finish(id)?;
            app.biometrics()?;
            of_sighting(&app, id).await?
        }
    };
    Ok(Json(answer(&app, likeness, limit).await?))
}

fn sighting_id(input: &mut Input, body: &JsonBody) -> Option<SightingId> {
    let mut fields = input.body(body);
    if !fields.has("sighting_id") {
        fields.missing("sighting_id");
    }
    fields.id("sighting_id")
}

async fn of_photo(app: &App, photo: Upload) -> Result<Likeness, ApiError> {
    let embedded = app.embed(photo.decode(app).await?).await?;
    let face = embedded.face.map(|face| face.feature);
    if face.is_none() && embedded.body.is_none() {
        return Err(upload::fault("nobody_found", "neither a face nor a person was found in the photo"));
    }
    Ok(Likeness { faces_detected: Some(embedded.faces_detected), face, body: embedded.body, of: None })
}

async fn of_sighting(app: &App, id: SightingId) -> Result<Likeness, ApiError> {
    let sightings = app.store()?.sightings();
    let sighting = sightings.get(id).await?.ok_or(ApiError::NotFound("Sighting not found"))?;
    let vectors = sightings.vectors_of(id).await?;
    let (face, body) = vectors.map_or((None, None), |vectors| (vectors.face, vectors.body));
    if face.is_none() && body.is_none() {
        let fault = FieldFault::field("body", "sighting_id", "no_vectors", "nothing of this sighting can be compared");
        return Err(ApiError::invalid(fault));
    }
    Ok(Likeness { faces_detected: None, face, body, of: Some(sighting.identity_id) })
}

async fn answer(app: &App, likeness: Likeness, limit: u64) -> Result<SearchResult, ApiError> {
    let Likeness { faces_detected, face, body, of } = likeness;
    let (by_face, by_appearance) = (face.is_some(), body.is_some());
    // One more, since the sighting's own identity is found as well.
    let request = SearchRequest { face, body, limit: limit as u32 + 1 };
    let rows = app.most_similar(&request).await?;
    let rows = rows.into_iter().filter(|row| Some(row.identity) != of).take(limit as usize).collect();
    let (identities, sightings) = named(app, rows).await?;
    Ok(SearchResult { faces_detected, by_face, by_appearance, identities, sightings })
}

/// Puts names to what was found; what was deleted meanwhile is left out.
async fn named(app: &App, rows: Vec<SearchRow>) -> Result<(Vec<SimilarIdentity>, Vec<SimilarSighting>), ApiError> {
    let store = app.store()?;
    let identities: Vec<IdentityId> = rows.iter().map(|row| row.identity).collect();
    let sightings: Vec<SightingId> = rows.iter().map(|row| row.sighting).collect();
    let known = store.identities().named(&identities).await?.into_iter();
    let mut known: HashMap<_, _> = known.map(|identity| (identity.id, IdentityView::new(identity))).collect();
    let seen = try_join_all(sightings.iter().map(|id| store.sightings().get(*id))).await?;
    let seen = seen.into_iter().flatten();
    let mut seen: HashMap<_, _> = seen.map(|sighting| (sighting.id, SightingView::new(sighting))).collect();
    let (mut identities, mut sightings) = (Vec::new(), Vec::new());
    for SearchRow { identity, sighting, face_score, body_score: appearance_score } in rows {
        if let Some(identity) = known.remove(&identity) {
            identities.push(SimilarIdentity { identity, face_score, appearance_score });
        }
        if let Some(sighting) = seen.remove(&sighting) {
            sightings.push(SimilarSighting { sighting, face_score, appearance_score });
        }
    }
    Ok((identities, sightings))
}
