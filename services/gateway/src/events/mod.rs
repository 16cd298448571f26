//! `/api/events`: what was recorded. The recorder writes events; here they are listed, shown, served and deleted.

mod delete;
pub mod files;
mod media;
pub mod view;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use iris_domain::{CameraId, Event, EventFilter, EventId, IdentityId, Page, PersonId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Input, PathId, Query, QueryFields};
use crate::openapi::ReadRefusals;
use view::{EventDetail, EventList, EventView};

/// The answer when nobody has the event's id.
const NOT_FOUND: ApiError = ApiError::NotFound("Event not found");
/// Events of a page where the client does not say.
const LIMIT_DEFAULT: u64 = 50;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, delete::delete))
        .routes(routes!(delete::bulk_delete))
        .routes(routes!(delete::clear_all))
        .routes(routes!(media::clip))
        .routes(routes!(media::thumbnail))
}

impl App {
    /// An event that a request names.
    async fn event(&self, id: EventId) -> Result<Event, ApiError> {
        self.store()?.events().get(id).await?.ok_or(NOT_FOUND)
    }
}

fn wanted(fields: &mut QueryFields<'_, '_>) -> (EventFilter, Page) {
    let filter = EventFilter {
        camera_id: fields.id::<CameraId>("camera_id"),
        label: fields.text("label").map(str::to_owned),
        person_id: fields.id::<PersonId>("person_id"),
        identity_id: fields.id::<IdentityId>("identity_id"),
        from: fields.time("from"),
        to: fields.time("to"),
    };
    (filter, fields.page(LIMIT_DEFAULT))
}

/// Events that match, newest first.
#[utoipa::path(
    get, path = "/api/events", operation_id = "list_events", tag = "events",
    params(
        ("camera_id" = Option<i64>, Query, minimum = 1, description = "Of this camera"),
        ("person_id" = Option<i64>, Query, minimum = 1, description = "Whose main subject was recognised as this person"),
        ("identity_id" = Option<i64>, Query, minimum = 1, description = "In which this identity is, as the main subject or beside it"),
        ("from" = Option<String>, Query, example = "2026-11-23T00:00:00Z", description = "`ts` at or after"),
        ("to" = Option<String>, Query, example = "2026-11-24", description = "`ts` before"),
        ("label" = Option<String>, Query, example = "person", description = "With exactly this label"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Items at most; 50 if absent"),
        ("offset" = Option<u64>, Query, description = "Items passed over first")
    ),
    responses((status = 200, description = "A page of them, and how many there are", body = EventList), ReadRefusals)
)]
async fn list(State(app): State<Arc<App>>, query: Query) -> Result<Json<EventList>, ApiError> {
    let mut input = Input::new();
    let wanted = wanted(&mut input.query(&query));
    let (filter, page) = input.finish(Some(wanted))?;
    let listed = app.store()?.events().list(&filter, page).await?;
    Ok(Json(EventList { total: listed.total, items: listed.events.into_iter().map(EventView::new).collect() }))
}

/// One event.
#[utoipa::path(
    get, path = "/api/events/{id}", operation_id = "get_event", tag = "events", params(("id" = i64, Path, minimum = 1)),
    responses(
        (status = 200, description = "As it is now", body = EventDetail),
        (status = 404, description = "Nobody has this id", body = ErrorBody), ReadRefusals
    )
)]
async fn get(State(app): State<Arc<App>>, id: PathId<EventId>) -> Result<Json<EventDetail>, ApiError> {
    let event = app.event(id.valid()?).await?;
    let sightings = app.store()?.sightings().of_event(event.id).await?;
    Ok(Json(EventDetail::new(event, sightings)))
}
