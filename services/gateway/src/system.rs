//! `/api/system`: what runs, in which versions, and how each part fares, for a signed-in operator.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use iris_bus::message::{DetectState, Gpu, RecorderState, ReidState};
use iris_domain::CameraRecord;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::Principal;
use crate::error::ApiError;
use crate::fleet::ServiceRow;
use crate::openapi::ReadRefusals;
use crate::time::{Time, wall_now};

/// The whole of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct System {
    /// The gateway's version.
    #[schema(example = "0.1.0")]
    version: &'static str,
    runtime: Runtime,
    /// Who asks.
    user: Principal,
    backend: Backend,
    models: Models,
    face_index: FaceIndex,
    gpu: Option<SystemGpu>,
    services: Vec<SystemService>,
    workers: Vec<Worker>,
    /// Where clips are kept, one for each recorder that is heard.
    storage: Vec<Storage>,
    /// Where the cameras are, as an IANA name: the setting `timezone`.
    #[schema(example = "Europe/Berlin")]
    timezone: String,
}

/// Versions of what the services are built on; null where no service that knows is heard.
#[derive(Debug, Serialize, ToSchema)]
pub struct Runtime {
    #[schema(example = "1.95")]
    rust: &'static str,
    onnxruntime: Option<String>,
    ffmpeg: Option<String>,
}

/// What judges the pictures now; null where no detector is heard.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Backend {
    /// The model's name.
    #[schema(example = "yolox-nano")]
    detector: Option<String>,
    #[schema(example = "cpu")]
    device: Option<String>,
    /// ONNX Runtime's execution providers really in use.
    #[schema(example = json!(["CPUExecutionProvider"]))]
    providers: Vec<String>,
    /// Whether a service looks for faces and tells them apart.
    faces_enabled: bool,
}

/// The models in use; null where no service uses one.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Models {
    #[schema(example = "yolox-nano")]
    detector: Option<String>,
    /// Finds faces.
    #[schema(example = "yunet")]
    face_detector: Option<String>,
    /// Tells faces apart.
    face_recognizer: Option<String>,
    /// Tells appearances apart.
    reid: Option<String>,
}

/// The index of known faces.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaceIndex {
    /// `ready`, or `unavailable` while no service keeps one.
    #[schema(example = "ready")]
    status: &'static str,
    /// Faces in it.
    count: u64,
    /// Where it lives: `memory` or `qdrant`; null while there is none.
    #[schema(example = "memory")]
    gallery: Option<&'static str>,
    /// Why a model that is set is not used.
    detail: Option<String>,
}

/// A GPU and its memory, MiB.
#[derive(Debug, Serialize, ToSchema)]
pub struct SystemGpu {
    name: String,
    used_mb: u64,
    total_mb: u64,
}

/// One running process.
#[derive(Debug, Serialize, ToSchema)]
pub struct SystemService {
    #[schema(example = "ingest")]
    name: &'static str,
    instance: String,
    version: String,
    /// `online`, `degraded` or `offline`.
    #[schema(example = "online")]
    status: &'static str,
    last_seen: Time,
}

/// An enabled camera and whoever works on it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Worker {
    #[schema(example = 1)]
    camera_id: i64,
    #[schema(example = "Front door")]
    camera_name: String,
    /// `online`, `offline` or `error`.
    #[schema(example = "online")]
    status: &'static str,
    /// A line for a person; null when online.
    status_detail: Option<String>,
    /// Pictures a second; null unless online.
    fps: Option<f32>,
    /// Pictures a second judged by a detector; null unless online.
    detect_fps: Option<f32>,
    /// The newest picture's time.
    last_seen: Option<Time>,
    /// The ingest process that has it.
    node: Option<String>,
}

/// The disk of one recorder.
#[derive(Debug, Serialize, ToSchema)]
pub struct Storage {
    /// The recorder process.
    node: String,
    /// Bytes free on the disk.
    free_bytes: u64,
    /// Bytes of all clips together.
    clips_bytes: u64,
    /// Bytes that clips took a day, over the last week.
    bytes_a_day: u64,
    /// In how many seconds the oldest clips have to go for want of room, at that rate; null where the room lasts.
    full_in_seconds: Option<u64>,
}

/// The route.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(system))
}

/// What runs, and how it fares.
#[utoipa::path(
    get, path = "/api/system", operation_id = "get_system", tag = "system",
    responses((status = 200, description = "As it is now", body = System), ReadRefusals)
)]
async fn system(State(app): State<Arc<App>>, user: Principal) -> Result<Json<System>, ApiError> {
    let cameras = app.store()?.cameras().list().await?;
    let detectors = app.fleet.detectors();
    let (detector, reid) = (detectors.first(), app.fleet.reid());
    Ok(Json(System {
        version: app.version,
        runtime: Runtime {
            rust: env!("CARGO_PKG_RUST_VERSION"),
            onnxruntime: detector.map(|detector| detector.runtime_version.clone()),
            ffmpeg: app.fleet.media_version(),
        },
        user,
        backend: Backend {
            faces_enabled: app.settings.biometrics_enabled && reid.iter().any(knows_faces),
            ..detector.map(Backend::of).unwrap_or_default()
        },
        models: Models::of(detector, &reid),
        face_index: FaceIndex::of(&reid),
        gpu: detectors.iter().find_map(|detector| detector.gpu.clone()).map(SystemGpu::of),
        services: services(&app),
        workers: cameras.into_iter().filter(|camera| camera.enabled).map(|camera| Worker::of(&app, camera)).collect(),
        storage: app.fleet.recorders().into_iter().map(Storage::of).collect(),
        timezone: app.settings.timezone.clone(),
    }))
}

/// The other services as they are heard, and this one.
fn services(app: &App) -> Vec<SystemService> {
    let now = wall_now();
    let this = SystemService {
        name: "gateway",
        instance: app.instance.clone(),
        version: app.version.to_owned(),
        status: "online",
        last_seen: Time(now),
    };
    let others = app.fleet.services().into_iter().map(|row: ServiceRow| SystemService {
        status: row.status.as_str(),
        last_seen: Time(now.minus(row.age)),
        name: row.name,
        instance: row.instance,
        version: row.version,
    });
    std::iter::once(this).chain(others).collect()
}

impl Backend {
    fn of(detector: &DetectState) -> Self {
        Self {
            detector: Some(detector.model.clone()),
            device: Some(detector.device.clone()),
            providers: detector.providers.clone(),
            faces_enabled: false,
        }
    }
}

fn knows_faces(node: &ReidState) -> bool {
    node.face_detector.is_some() && node.face_recognizer.is_some()
}

impl Models {
    fn of(detector: Option<&DetectState>, reid: &[ReidState]) -> Self {
        let of_reid = |model: fn(&ReidState) -> &Option<String>| reid.iter().find_map(|node| model(node).clone());
        Self {
            detector: detector.map(|detector| detector.model.clone()),
            face_detector: of_reid(|node| &node.face_detector),
            face_recognizer: of_reid(|node| &node.face_recognizer),
            reid: of_reid(|node| &node.embedder),
        }
    }
}

impl FaceIndex {
    /// The leader keeps it.
    fn of(reid: &[ReidState]) -> Self {
        let leader = reid.iter().find(|node| node.leader);
        Self {
            status: if leader.is_some() { "ready" } else { "unavailable" },
            count: leader.map_or(0, |leader| leader.faces_indexed),
            gallery: leader.map(|leader| leader.gallery.as_str()),
            detail: reid.iter().find_map(|node| node.refusal.clone()),
        }
    }
}

impl SystemGpu {
    fn of(gpu: Gpu) -> Self {
        Self { name: gpu.name, used_mb: gpu.used_mb, total_mb: gpu.total_mb }
    }
}

impl Storage {
    fn of((node, recorder): (String, RecorderState)) -> Self {
        let RecorderState { disk_free_bytes, library_bytes, bytes_a_day, full_in_seconds, .. } = recorder;
        Self { node, free_bytes: disk_free_bytes, clips_bytes: library_bytes, bytes_a_day, full_in_seconds }
    }
}

impl Worker {
    fn of(app: &App, camera: CameraRecord) -> Self {
        let worker = app.fleet.worker(&camera);
        let condition = worker.condition;
        Self {
            camera_id: camera.id.get(),
            camera_name: camera.name,
            status: condition.status.as_str(),
            status_detail: condition.detail,
            fps: condition.fps,
            detect_fps: condition.detect_fps,
            last_seen: condition.last_seen.map(Time),
            node: worker.node,
        }
    }
}
