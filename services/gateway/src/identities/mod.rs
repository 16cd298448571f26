//! `/api/identities`: whoever was seen, known again on any camera, and what operators correct. Re-ID founds identities and links
//! sightings to them; a correction is one transaction of the store, from whose ledger the re-ID leader hears of it.

mod analytics;
pub mod body;
mod correct;
mod delete;
mod media;
mod operations;
pub mod view;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use iris_domain::{IdentityId, Page};
use iris_store::{IdentityDetail, IdentityFilter};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::events::view::{EventList, EventView};
use crate::extract::{Input, PathId, Query, QueryFields};
use crate::face_groups::view::{FaceSampleList, FaceSampleView};
use crate::openapi::ReadRefusals;
use view::{IdentityDetailView, IdentityList, IdentityView, SightingList, SightingView};

/// The answer when nobody has the identity's id.
pub const NOT_FOUND: ApiError = ApiError::NotFound("Identity not found");
/// Items of a page where the client does not say.
const LIMIT_DEFAULT: u64 = 100;
/// Events of a page where the client does not say, as in the list of events.
const EVENTS_DEFAULT: u64 = 50;
/// Sightings that a detail shows at most, and where the client does not say.
const RECENT_MAX: u64 = 200;
const RECENT_DEFAULT: u64 = 24;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(analytics::analytics))
        .routes(routes!(operations::list))
        .routes(routes!(operations::undo))
        .routes(routes!(correct::merge))
        .routes(routes!(delete::bulk_delete))
        .routes(routes!(delete::clear_all))
        .routes(routes!(get, correct::update, delete::delete))
        .routes(routes!(sightings))
        .routes(routes!(events))
        .routes(routes!(faces))
        .routes(routes!(media::thumbnail))
        .routes(routes!(media::sighting_thumbnail))
        .routes(routes!(correct::propose, correct::split))
        .routes(routes!(correct::reject))
}

impl App {
    /// An identity that a request names.
    pub async fn identity(&self, id: IdentityId) -> Result<IdentityDetail, ApiError> {
        self.store()?.identities().get(id).await?.ok_or(NOT_FOUND)
    }
}

fn filter(fields: &mut QueryFields<'_, '_>) -> IdentityFilter {
    IdentityFilter {
        named_only: fields.boolean("named_only").unwrap_or(false),
        min_sightings: fields.integer("min_sightings", 0..=u64::MAX).unwrap_or(0),
        object_class: fields.text("object_class").map(str::to_owned),
    }
}

/// Identities that match, most recently seen first.
#[utoipa::path(
    get, path = "/api/identities", operation_id = "list_identities", tag = "identities",
    params(
        ("named_only" = Option<bool>, Query, description = "Only those an operator stands for"),
        ("min_sightings" = Option<u64>, Query, description = "Only those with so many sightings or more"),
        ("object_class" = Option<String>, Query, example = "person", description = "Of exactly this class"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Items at most; 100 if absent"),
        ("offset" = Option<u64>, Query, description = "Items passed over first")
    ),
    responses((status = 200, description = "A page of them, and how many there are", body = IdentityList), ReadRefusals)
)]
async fn list(State(app): State<Arc<App>>, query: Query) -> Result<Json<IdentityList>, ApiError> {
    let mut input = Input::new();
    let mut fields = input.query(&query);
    let wanted = (filter(&mut fields), fields.page(LIMIT_DEFAULT));
    let (filter, page) = input.finish(Some(wanted))?;
    let listed = app.store()?.identities().list(&filter, page).await?;
    Ok(Json(IdentityList {
        total: listed.total,
        items: listed.identities.into_iter().map(IdentityView::new).collect(),
    }))
}

/// One identity with its newest sightings.
#[utoipa::path(
    get, path = "/api/identities/{id}", operation_id = "get_identity", tag = "identities",
    params(
        ("id" = i64, Path, minimum = 1),
        ("recent" = Option<u64>, Query, minimum = 0, maximum = 200, description = "Sightings in the answer; 24 if absent")
    ),
    responses(
        (status = 200, description = "As it is now", body = IdentityDetailView),
        (status = 404, description = "Nobody has this id", body = ErrorBody), ReadRefusals
    )
)]
async fn get(
    State(app): State<Arc<App>>,
    id: PathId<IdentityId>,
    query: Query,
) -> Result<Json<IdentityDetailView>, ApiError> {
    let mut input = Input::new();
    let id = input.path(id);
    let recent = input.query(&query).integer("recent", 0..=RECENT_MAX).unwrap_or(RECENT_DEFAULT);
    let id = input.finish(id)?;
    let detail = app.identity(id).await?;
    let page = Page { limit: recent, offset: 0 };
    let sightings = app.store()?.sightings().list_of(id, page).await?.sightings;
    Ok(Json(IdentityDetailView::new(detail, sightings)))
}

/// The id and the page that a list of an identity's things names.
fn listing(id: PathId<IdentityId>, query: &Query, limit_default: u64) -> Result<(IdentityId, Page), ApiError> {
    let mut input = Input::new();
    let id = input.path(id);
    let page = input.query(query).page(limit_default);
    input.finish(id.zip(Some(page)))
}

/// Where and when it was seen, newest first.
#[utoipa::path(
    get, path = "/api/identities/{id}/sightings", operation_id = "list_identity_sightings", tag = "identities",
    params(
        ("id" = i64, Path, minimum = 1),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Items at most; 100 if absent"),
        ("offset" = Option<u64>, Query, description = "Items passed over first")
    ),
    responses(
        (status = 200, description = "A page of them, and how many there are", body = SightingList),
        (status = 404, description = "Nobody has this id", body = ErrorBody), ReadRefusals
    )
)]
async fn sightings(
    State(app): State<Arc<App>>,
    id: PathId<IdentityId>,
    query: Query,
) -> Result<Json<SightingList>, ApiError> {
    let (id, page) = listing(id, &query, LIMIT_DEFAULT)?;
    app.identity(id).await?;
    let listed = app.store()?.sightings().list_of(id, page).await?;
    Ok(Json(SightingList { total: listed.total, items: listed.sightings.into_iter().map(SightingView::new).collect() }))
}

/// The events it appears in, newest first.
#[utoipa::path(
    get, path = "/api/identities/{id}/events", operation_id = "list_identity_events", tag = "identities",
    params(
        ("id" = i64, Path, minimum = 1),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Items at most; 50 if absent"),
        ("offset" = Option<u64>, Query, description = "Items passed over first")
    ),
    responses(
        (status = 200, description = "A page of them, and how many there are", body = EventList),
        (status = 404, description = "Nobody has this id", body = ErrorBody), ReadRefusals
    )
)]
async fn events(
    State(app): State<Arc<App>>,
    id: PathId<IdentityId>,
    query: Query,
) -> Result<Json<EventList>, ApiError> {
    let (id, page) = listing(id, &query, EVENTS_DEFAULT)?;
    app.identity(id).await?;
    let listed = app.store()?.events().list_of_identity(id, page).await?;
    Ok(Json(EventList { total: listed.total, items: listed.events.into_iter().map(EventView::new).collect() }))
}

/// The faces that were captured of it, newest first.
#[utoipa::path(
    get, path = "/api/identities/{id}/faces", operation_id = "list_identity_faces", tag = "identities",
    params(
        ("id" = i64, Path, minimum = 1),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Items at most; 100 if absent"),
        ("offset" = Option<u64>, Query, description = "Items passed over first")
    ),
    responses(
        (status = 200, description = "A page of them, and how many there are", body = FaceSampleList),
        (status = 404, description = "Nobody has this id", body = ErrorBody), ReadRefusals
    )
)]
async fn faces(
    State(app): State<Arc<App>>,
    id: PathId<IdentityId>,
    query: Query,
) -> Result<Json<FaceSampleList>, ApiError> {
    let (id, page) = listing(id, &query, LIMIT_DEFAULT)?;
    app.identity(id).await?;
    let listed = app.store()?.face_samples().list_of(id, page).await?;
    Ok(Json(FaceSampleList {
        total: listed.total,
        items: listed.samples.into_iter().map(FaceSampleView::new).collect(),
    }))
}
