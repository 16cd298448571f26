//! `/health`: whether Iris does its work, for a monitor without credentials. Answers from what is known already and asks nobody,
//! so it is quick whatever is down; it names no camera's address.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// How Iris fares.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`, or `degraded` when something is away that an enabled camera needs.
    #[schema(example = "ok")]
    status: &'static str,
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// The detector's GPU; null when it has none.
    gpu: Option<GpuMemory>,
    /// The enabled cameras.
    workers: Vec<HealthWorker>,
}

/// Memory of a GPU, MiB.
#[derive(Debug, Serialize, ToSchema)]
pub struct GpuMemory {
    used_mb: u64,
    total_mb: u64,
}

/// An enabled camera.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthWorker {
    #[schema(example = 1)]
    camera_id: i64,
    /// `online`, `offline` or `error`.
    #[schema(example = "online")]
    status: &'static str,
    /// Pictures a second; null unless online.
    #[schema(example = 25.0)]
    fps: Option<f32>,
}

/// The route.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(health))
}

/// Whether Iris does its work. Always 200 while the gateway lives.
#[utoipa::path(
    get, path = "/health", operation_id = "get_health", tag = "system", security(()),
    responses((status = 200, description = "The gateway lives", body = Health))
)]
async fn health(State(app): State<Arc<App>>) -> Json<Health> {
    let cameras = app.cameras_known.load();
    let enabled = cameras.iter().filter(|camera| camera.enabled);
    let workers: Vec<_> = enabled
        .map(|camera| {
            let condition = app.fleet.camera(camera);
            HealthWorker { camera_id: camera.id.get(), status: condition.status.as_str(), fps: condition.fps }
        })
        .collect();
    let service_away = !workers.is_empty() && !app.fleet.away().is_empty();
    let degraded = service_away || !app.database.answers() || !app.bus.is_connected();
    let gpu = app.fleet.detectors().into_iter().find_map(|detector| detector.gpu);
    Json(Health {
        status: if degraded { "degraded" } else { "ok" },
        version: app.version,
        gpu: gpu.map(|gpu| GpuMemory { used_mb: gpu.used_mb, total_mb: gpu.total_mb }),
        workers,
    })
}
