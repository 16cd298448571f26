//! `/api/people`: the named humans whom Iris is to recognise, and the faces they are recognised by. Whoever changes here tells the
//! leader of re-ID, whose index follows within moments.

mod body;
mod delete;
mod enrol;
mod faces;
pub mod view;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use iris_domain::PersonId;
use iris_store::{Person, PersonChange};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Input, JsonBody, PathId};
use crate::openapi::{BodyRefusals, ReadRefusals};
use body::{PersonCreation, PersonUpdate};
pub use enrol::store_photo;
use view::PersonView;

/// The answer when nobody has the person's id.
pub const NOT_FOUND: ApiError = ApiError::NotFound("Person not found");

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(delete::bulk_delete))
        .routes(routes!(delete::clear_all))
        .routes(routes!(get, update, delete::delete))
        .routes(routes!(faces::list, enrol::enrol))
        .routes(routes!(faces::image))
        .routes(routes!(faces::delete))
}

impl App {
    /// A person that a request names.
    async fn person(&self, id: PersonId) -> Result<Person, ApiError> {
        self.store()?.people().get(id).await?.ok_or(NOT_FOUND)
    }
}

/// All people, by name.
#[utoipa::path(
    get, path = "/api/people", operation_id = "list_people", tag = "people",
    responses((status = 200, description = "All of them", body = [PersonView]), ReadRefusals)
)]
async fn list(State(app): State<Arc<App>>) -> Result<Json<Vec<PersonView>>, ApiError> {
    let people = app.store()?.people().list().await?;
    Ok(Json(people.into_iter().map(PersonView::new).collect()))
}

/// Enters a person, without a face yet.
#[utoipa::path(
    post, path = "/api/people", operation_id = "create_person", tag = "people", request_body = PersonCreation,
    responses((status = 201, description = "Entered", body = PersonView, headers(("Location" = String))), BodyRefusals)
)]
async fn create(State(app): State<Arc<App>>, body: JsonBody) -> Result<impl IntoResponse, ApiError> {
    let mut input = Input::new();
    let creation = PersonCreation::read(&mut input.body(&body));
    let PersonCreation { name, notes } = input.finish(creation)?;
    let person = app.store()?.people().create(&name, notes.as_deref()).await?;
    let location = format!("/api/people/{}", person.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(PersonView::new(person))))
}

/// One person.
#[utoipa::path(
    get, path = "/api/people/{id}", operation_id = "get_person", tag = "people", params(("id" = i64, Path, minimum = 1)),
    responses(
        (status = 200, description = "As it is now", body = PersonView),
        (status = 404, description = "Nobody has this id", body = ErrorBody), ReadRefusals
    )
)]
async fn get(State(app): State<Arc<App>>, id: PathId<PersonId>) -> Result<Json<PersonView>, ApiError> {
    Ok(Json(PersonView::new(app.person(id.valid()?).await?)))
}

/// Renames or annotates a person. Events keep the name as it was recognised.
#[utoipa::path(
    put, path = "/api/people/{id}", operation_id = "update_person", tag = "people", params(("id" = i64, Path, minimum = 1)),
    request_body = PersonUpdate,
    responses(
        (status = 200, description = "As it is now", body = PersonView),
        (status = 404, description = "Nobody has this id", body = ErrorBody), BodyRefusals
    )
)]
async fn update(
    State(app): State<Arc<App>>,
    id: PathId<PersonId>,
    body: JsonBody,
) -> Result<Json<PersonView>, ApiError> {
    let mut input = Input::new();
    let id = input.path(id);
    let change = body::update(&mut input.body(&body));
    let (id, change): (_, PersonChange) = input.finish(id.zip(Some(change)))?;
    let person = app.store()?.people().update(id, &change).await?.ok_or(NOT_FOUND)?;
    app.corrected();
    Ok(Json(PersonView::new(person)))
}
