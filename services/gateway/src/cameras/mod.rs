//! `/api/cameras`: the cameras that are watched. A mutation is written to Postgres and then told to `reconcile.rs`, which brings
//! it to ingest; nothing here talks to a camera.

mod body;
pub mod downtimes;
pub mod purge;
pub mod view;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use iris_domain::{CameraId, CameraRecord, Class, classes};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Input, JsonBody, PathId};
use crate::openapi::{BodyRefusals, MutationRefusals, ReadRefusals};
use body::{CameraCreation, CameraPatch, Rules};
use view::{CameraStatusView, CameraView, DetectorClasses};

/// The answer when nobody has the camera's id.
pub const NOT_FOUND: ApiError = ApiError::NotFound("Camera not found");

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(detector_classes))
        .routes(routes!(downtimes::list))
        .routes(routes!(get, update, delete))
        .routes(routes!(status))
}

impl App {
    /// A camera as clients see it now.
    fn view(&self, camera: CameraRecord) -> CameraView {
        let condition = self.fleet.camera(&camera);
        CameraView::new(camera, condition)
    }

    /// A camera that a request names.
    pub async fn camera(&self, id: CameraId) -> Result<CameraRecord, ApiError> {
        self.store()?.cameras().get(id).await?.ok_or(NOT_FOUND)
    }

    /// What the detectors tell apart; COCO's classes as long as none was seen.
    fn known_classes(&self) -> Vec<Class> {
        let seen = self.fleet.classes();
        if seen.is_empty() { classes::COCO.iter().filter_map(|name| Class::new(name).ok()).collect() } else { seen }
    }

    fn camera_rules(&self) -> Rules {
        Rules { known_classes: self.known_classes(), allow_file_sources: self.settings.allow_file_sources }
    }
}

/// All cameras, by id.
#[utoipa::path(get, path = "/api/cameras", operation_id = "list_cameras", tag = "cameras", responses((status = 200, description = "All of them", body = [CameraView]), ReadRefusals))]
async fn list(State(app): State<Arc<App>>) -> Result<Json<Vec<CameraView>>, ApiError> {
    let cameras = app.store()?.cameras().list().await?;
    Ok(Json(cameras.into_iter().map(|camera| app.view(camera)).collect()))
}

/// Enters a camera; it is watched at once when it is enabled.
#[utoipa::path(
    post, path = "/api/cameras", operation_id = "create_camera", tag = "cameras", request_body = CameraCreation,
    responses((status = 201, description = "Entered", body = CameraView, headers(("Location" = String))), BodyRefusals)
)]
async fn create(State(app): State<Arc<App>>, body: JsonBody) -> Result<impl IntoResponse, ApiError> {
    let mut input = Input::new();
    let creation = CameraCreation::read(&mut input.body(&body), &app.camera_rules());
    let wanted = input.finish(creation)?.camera();
    let camera = app.store()?.cameras().create(&wanted).await?;
    app.cameras_changed.notify_one();
    tracing::info!(camera.id = %camera.id, "entered camera `{}`", camera.id);
    let location = format!("/api/cameras/{}", camera.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(app.view(camera))))
}

/// What the detectors tell apart, for the camera form.
#[utoipa::path(
    get, path = "/api/cameras/detect/classes", operation_id = "list_detector_classes", tag = "cameras",
    responses((status = 200, description = "As it is now", body = DetectorClasses), ReadRefusals)
)]
async fn detector_classes(State(app): State<Arc<App>>) -> Json<DetectorClasses> {
    let classes = app.known_classes().into_iter().map(String::from).collect();
    Json(DetectorClasses { classes, default: vec![Class::person().into()] })
}

/// One camera.
#[utoipa::path(
    get, path = "/api/cameras/{id}", operation_id = "get_camera", tag = "cameras", params(("id" = i64, Path, minimum = 1)),
    responses((status = 200, description = "As it is now", body = CameraView), (status = 404, description = "Nobody has this id", body = ErrorBody), ReadRefusals)
)]
async fn get(State(app): State<Arc<App>>, id: PathId<CameraId>) -> Result<Json<CameraView>, ApiError> {
    let camera = app.camera(id.valid()?).await?;
    Ok(Json(app.view(camera)))
}

/// Changes a camera. A new `rtsp_url` makes it another camera: its events and sightings and their files are purged.
#[utoipa::path(
    put, path = "/api/cameras/{id}", operation_id = "update_camera", tag = "cameras", params(("id" = i64, Path, minimum = 1)), request_body = CameraPatch,
    responses((status = 200, description = "As it is now", body = CameraView), (status = 404, description = "Nobody has this id", body = ErrorBody), BodyRefusals)
)]
async fn update(
    State(app): State<Arc<App>>,
    id: PathId<CameraId>,
    body: JsonBody,
) -> Result<Json<CameraView>, ApiError> {
    let mut input = Input::new();
    let id = input.path(id);
    let patch = CameraPatch::read(&mut input.body(&body), &app.camera_rules());
    let (id, patch) = input.finish(id.zip(Some(patch)))?;
    let store = app.store()?;
    let changed = store.cameras().update(id, |camera| patch.applied_to(camera)).await?.ok_or(NOT_FOUND)?;
    app.cameras_changed.notify_one();
    if changed.repointed() || !changed.after.enabled {
        app.hls.close(id);
    }
    if changed.repointed() {
        tracing::info!(camera.id = %id, "camera `{id}` looks elsewhere now: purging its events");
        purge::after_repointing(&app, id).await;
    }
    Ok(Json(app.view(changed.after)))
}

/// Deletes a camera with its events and sightings and their files; identities that only it saw go along.
#[utoipa::path(
    delete, path = "/api/cameras/{id}", operation_id = "delete_camera", tag = "cameras", params(("id" = i64, Path, minimum = 1)),
    responses((status = 204, description = "Deleted"), (status = 404, description = "Nobody has this id", body = ErrorBody), MutationRefusals)
)]
async fn delete(State(app): State<Arc<App>>, id: PathId<CameraId>) -> Result<StatusCode, ApiError> {
    let id = id.valid()?;
    let work = purge::delete_camera(app.clone(), id);
    app.finish("delete a camera", work).await?;
    app.hls.close(id);
    tracing::info!(camera.id = %id, "deleted camera `{id}`");
    Ok(StatusCode::NO_CONTENT)
}

/// How a camera fares now.
#[utoipa::path(
    get, path = "/api/cameras/{id}/status", operation_id = "get_camera_status", tag = "cameras", params(("id" = i64, Path, minimum = 1)),
    responses((status = 200, description = "As it is now", body = CameraStatusView), (status = 404, description = "Nobody has this id", body = ErrorBody), ReadRefusals)
)]
async fn status(State(app): State<Arc<App>>, id: PathId<CameraId>) -> Result<Json<CameraStatusView>, ApiError> {
    let camera = app.camera(id.valid()?).await?;
    Ok(Json(CameraStatusView::new(camera.id.get(), app.fleet.camera(&camera))))
}
