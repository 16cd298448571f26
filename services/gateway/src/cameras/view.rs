//! A camera as clients see it: its row, without credentials, and its condition of the moment.

use iris_domain::camera::trigger_classes_csv;
use iris_domain::camera_status::CameraCondition;
use iris_domain::{CameraRecord, RtspTransport};
use serde::Serialize;
use utoipa::ToSchema;

use crate::time::Time;

/// A camera.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Camera)]
pub struct CameraView {
    /// Its number.
    #[schema(example = 1)]
    id: i64,
    /// What people call it.
    #[schema(example = "Front door")]
    name: String,
    /// The stream's address, its credentials masked.
    #[schema(example = "rtsp://***@10.0.0.5/stream1")]
    rtsp_url: String,
    enabled: bool,
    #[schema(example = 0.4)]
    detect_conf: f32,
    pre_seconds: u32,
    post_seconds: u32,
    #[schema(example = "person,car")]
    trigger_classes: String,
    #[schema(example = 0.45)]
    detect_iou: f32,
    #[schema(example = 640)]
    detect_imgsz: u32,
    #[schema(example = 0.2)]
    detect_interval: f32,
    trigger_cooldown: f32,
    min_trigger_frames: u32,
    /// `tcp` or `udp`.
    #[schema(example = "tcp")]
    rtsp_transport: &'static str,
    faces_enabled: bool,
    reid_enabled: bool,
    /// `online`, `offline` or `error`.
    #[schema(example = "online")]
    status: &'static str,
    /// A line for a person; null when online.
    status_detail: Option<String>,
    /// The newest picture's time.
    last_seen: Option<Time>,
    /// Pictures a second; null unless online.
    #[schema(example = 25.0)]
    fps: Option<f32>,
    /// Model and device now serving it.
    #[schema(example = "yolox-nano@cpu")]
    detector: Option<String>,
    created_at: Time,
    updated_at: Time,
}

impl CameraView {
    /// A camera in its condition.
    pub fn new(camera: CameraRecord, condition: CameraCondition) -> Self {
        let tuning = camera.tuning;
        Self {
            id: camera.id.get(),
            name: camera.name,
            rtsp_url: camera.source.masked(),
            enabled: camera.enabled,
            detect_conf: tuning.detect_conf,
            pre_seconds: tuning.pre_seconds,
            post_seconds: tuning.post_seconds,
            trigger_classes: trigger_classes_csv(&tuning.trigger_classes),
            detect_iou: tuning.detect_iou,
            detect_imgsz: tuning.detect_imgsz,
            detect_interval: tuning.detect_interval,
            trigger_cooldown: tuning.trigger_cooldown,
            min_trigger_frames: tuning.min_trigger_frames,
            rtsp_transport: match camera.rtsp_transport {
                RtspTransport::Tcp => "tcp",
                RtspTransport::Udp => "udp",
            },
            faces_enabled: tuning.faces_enabled,
            reid_enabled: tuning.reid_enabled,
            status: condition.status.as_str(),
            status_detail: condition.detail,
            last_seen: condition.last_seen.map(Time),
            fps: condition.fps,
            detector: condition.detector,
            created_at: Time(camera.created_at),
            updated_at: Time(camera.updated_at),
        }
    }
}

/// A camera's condition alone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CameraStatus)]
pub struct CameraStatusView {
    /// The camera.
    #[schema(example = 1)]
    id: i64,
    /// `online`, `offline` or `error`.
    #[schema(example = "error")]
    status: &'static str,
    /// A line for a person; null when online.
    #[schema(example = "401 from the camera")]
    status_detail: Option<String>,
    /// The newest picture's time.
    last_seen: Option<Time>,
    /// Pictures a second; null unless online.
    fps: Option<f32>,
    /// Model and device now serving it.
    #[schema(example = "yolox-nano@cpu")]
    detector: Option<String>,
}

impl CameraStatusView {
    /// A camera's condition.
    pub fn new(id: i64, condition: CameraCondition) -> Self {
        Self {
            id,
            status: condition.status.as_str(),
            status_detail: condition.detail,
            last_seen: condition.last_seen.map(Time),
            fps: condition.fps,
            detector: condition.detector,
        }
    }
}

/// What can trigger a recording.
#[derive(Debug, Serialize, ToSchema)]
pub struct DetectorClasses {
    /// All that the detectors tell apart.
    #[schema(example = json!(["person", "car", "dog"]))]
    pub classes: Vec<String>,
    /// What triggers where nothing is set.
    #[schema(example = json!(["person"]))]
    pub default: Vec<String>,
}
