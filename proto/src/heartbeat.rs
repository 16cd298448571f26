//! `heartbeat.proto`: who is there and how they fare.

use iris_domain::{CameraId, CellId, Class, InstanceId, Timestamp};

use crate::{Malformed, Message, checks, wire};

/// Most cameras of one ingest process.
const CAMERAS_MAX: usize = 10_000;
/// Most classes of a detector.
const CLASSES_MAX: usize = 10_000;
/// Most execution providers of a detector.
const PROVIDERS_MAX: usize = 32;

/// One service's state, said once a second.
#[derive(Debug, Clone, PartialEq)]
pub struct Heartbeat {
    /// Which process.
    pub instance: InstanceId,
    /// Its version.
    pub version: String,
    /// When this was said.
    pub at: Timestamp,
    /// When the process started.
    pub started: Timestamp,
    /// What keeps it from its work.
    pub degraded: Option<String>,
    /// What only this kind of service has to say.
    pub state: ServiceState,
}

/// What only one kind of service has to say.
#[derive(Debug, Clone, PartialEq)]
pub enum ServiceState {
    /// An ingest process.
    Ingest(IngestState),
    /// A detection node.
    Detect(DetectState),
    /// A recorder.
    Recorder(RecorderState),
    /// A re-ID node.
    Reid(ReidState),
    /// A process that notifies people; that it is there is all that it has to say.
    Notify,
}

impl ServiceState {
    /// The service's name as in subjects and the API.
    pub fn service(&self) -> &'static str {
        match self {
            Self::Ingest(_) => "ingest",
            Self::Detect(_) => "detect",
            Self::Recorder(_) => "recorder",
            Self::Reid(_) => "reid",
            Self::Notify => "notify",
        }
    }
}

/// State of an ingest process.
#[derive(Debug, Clone, PartialEq)]
pub struct IngestState {
    /// Version of the media library.
    pub media_version: String,
    /// The cameras this process owns.
    pub cameras: Vec<CameraState>,
    /// The cell that it records them in.
    pub cell: CellId,
}

/// State of one camera at its owner.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraState {
    /// Which camera.
    pub camera: CameraId,
    /// How the connection stands.
    pub phase: CameraPhase,
    /// A line for a person, when not online.
    pub detail: Option<String>,
    /// The newest frame's time.
    pub last_frame: Option<Timestamp>,
    /// Since when frames have come without a break; `None` unless online.
    pub online_since: Option<Timestamp>,
    /// Frames a second from the camera.
    pub fps: f32,
    /// Pictures a second judged by a detector.
    pub detect_fps: f32,
    /// Model and device now serving the camera.
    pub detector: Option<String>,
}

/// How a camera's connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraPhase {
    /// Being opened for the first time, or again.
    Connecting,
    /// Frames arrive.
    Online,
    /// The last attempt failed; another follows.
    Error,
}

/// State of a detection node.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectState {
    /// The model's name.
    pub model: String,
    /// Where it runs.
    pub device: String,
    /// Execution providers really in use.
    pub providers: Vec<String>,
    /// What it can tell apart.
    pub classes: Vec<Class>,
    /// Version of the inference library.
    pub runtime_version: String,
    /// The GPU, where there is one.
    pub gpu: Option<Gpu>,
}

/// A GPU's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gpu {
    /// Its name.
    pub name: String,
    /// Memory in use, MiB.
    pub used_mb: u64,
    /// Memory in all, MiB.
    pub total_mb: u64,
}

/// State of a recorder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecorderState {
    /// Presences going on.
    pub events_open: u32,
    /// Clips still to be cut.
    pub clips_pending: u32,
    /// Free space of the media folder, bytes.
    pub disk_free_bytes: u64,
    /// Size of the stored media, bytes.
    pub library_bytes: u64,
    /// What clips took a day of late, bytes.
    pub bytes_a_day: u64,
    /// When the oldest clips have to go for want of room, seconds from now; `None`: never at this rate.
    pub full_in_seconds: Option<u64>,
}

/// State of a re-ID node.
#[derive(Debug, Clone, PartialEq)]
pub struct ReidState {
    /// This process decides who is who.
    pub leader: bool,
    /// Finds faces; the model's name.
    pub face_detector: Option<String>,
    /// Tells faces apart; the model's name.
    pub face_recognizer: Option<String>,
    /// Tells bodies apart; the model's name.
    pub embedder: Option<String>,
    /// Where the models run.
    pub device: String,
    /// Where the index lives.
    pub gallery: GalleryKind,
    /// Faces in the index.
    pub faces_indexed: u64,
    /// Bodies in the index.
    pub bodies_indexed: u64,
    /// Crops or observations still to be looked at.
    pub waiting: u64,
    /// Why a model that is set is not used.
    pub refusal: Option<String>,
    /// Cosine from which two faces are of one, above 0 and up to 1.
    pub face_join: f32,
    /// The same of two appearances.
    pub body_join: f32,
}

/// Where the vector index lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GalleryKind {
    /// In the leader's memory.
    Memory,
    /// In Qdrant.
    Qdrant,
}

impl GalleryKind {
    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Qdrant => "qdrant",
        }
    }
}

impl Message for Heartbeat {
    type Wire = wire::Heartbeat;

    fn to_wire(&self) -> wire::Heartbeat {
        use wire::heartbeat::State;
        let state = match &self.state {
            ServiceState::Ingest(ingest) => State::Ingest(wire::IngestState {
                media_version: ingest.media_version.clone(),
                cameras: ingest.cameras.iter().map(camera_to_wire).collect(),
                cell: ingest.cell.as_str().to_owned(),
            }),
            ServiceState::Detect(detect) => State::Detect(wire::DetectState {
                model: detect.model.clone(),
                device: detect.device.clone(),
                providers: detect.providers.clone(),
                classes: detect.classes.iter().map(|class| class.as_str().to_owned()).collect(),
                runtime_version: detect.runtime_version.clone(),
                gpu: detect.gpu.clone().map(|Gpu { name, used_mb, total_mb }| wire::Gpu { name, used_mb, total_mb }),
            }),
            ServiceState::Recorder(recorder) => State::Recorder(wire::RecorderState {
                events_open: recorder.events_open,
                clips_pending: recorder.clips_pending,
                disk_free_bytes: recorder.disk_free_bytes,
                library_bytes: recorder.library_bytes,
                bytes_a_day: recorder.bytes_a_day,
                full_in_seconds: recorder.full_in_seconds,
            }),
            ServiceState::Reid(reid) => State::Reid(reid_to_wire(reid)),
            ServiceState::Notify => State::Notify(wire::NotifyState {}),
        };
        wire::Heartbeat {
            service: self.state.service().to_owned(),
            instance: self.instance.as_str().to_owned(),
            version: self.version.clone(),
            at_us: self.at.as_micros(),
            started_us: self.started.as_micros(),
            degraded: self.degraded.clone().unwrap_or_default(),
            state: Some(state),
        }
    }

    fn from_wire(wire: wire::Heartbeat) -> Result<Self, Malformed> {
        use wire::heartbeat::State;
        let state = match wire.state {
            Some(State::Ingest(ingest)) => ServiceState::Ingest(ingest_from_wire(ingest)?),
            Some(State::Detect(detect)) => ServiceState::Detect(detect_from_wire(detect)?),
            Some(State::Recorder(recorder)) => ServiceState::Recorder(RecorderState {
                events_open: recorder.events_open,
                clips_pending: recorder.clips_pending,
                disk_free_bytes: recorder.disk_free_bytes,
                library_bytes: recorder.library_bytes,
                bytes_a_day: recorder.bytes_a_day,
                full_in_seconds: recorder.full_in_seconds,
            }),
            Some(State::Reid(reid)) => ServiceState::Reid(reid_from_wire(reid)?),
            Some(State::Notify(wire::NotifyState {})) => ServiceState::Notify,
            None => return Err(Malformed::new("an unknown service's heartbeat")),
        };
        Ok(Self {
            instance: InstanceId::new(wire.instance).ok_or_else(|| Malformed::new("an instance's name is wrong"))?,
            version: checks::text(wire.version, "version")?,
            at: checks::timestamp(wire.at_us, "at_us")?,
            started: checks::timestamp(wire.started_us, "started_us")?,
            degraded: checks::optional_text(wire.degraded, "degraded")?,
            state,
        })
    }
}

fn ingest_from_wire(wire: wire::IngestState) -> Result<IngestState, Malformed> {
    checks::count(&wire.cameras, CAMERAS_MAX, "cameras")?;
    Ok(IngestState {
        media_version: checks::text(wire.media_version, "media_version")?,
        cameras: wire.cameras.into_iter().map(camera_from_wire).collect::<Result<_, _>>()?,
        cell: checks::cell(&wire.cell)?,
    })
}

fn detect_from_wire(wire: wire::DetectState) -> Result<DetectState, Malformed> {
    checks::count(&wire.classes, CLASSES_MAX, "classes")?;
    checks::count(&wire.providers, PROVIDERS_MAX, "providers")?;
    Ok(DetectState {
        model: checks::text(wire.model, "model")?,
        device: checks::text(wire.device, "device")?,
        providers: wire.providers.into_iter().map(|name| checks::text(name, "provider")).collect::<Result<_, _>>()?,
        classes: wire.classes.iter().map(|name| checks::class(name)).collect::<Result<_, _>>()?,
        runtime_version: checks::text(wire.runtime_version, "runtime_version")?,
        gpu: wire.gpu.map(gpu_from_wire).transpose()?,
    })
}

fn reid_to_wire(reid: &ReidState) -> wire::ReidState {
    let gallery = match reid.gallery {
        GalleryKind::Memory => wire::GalleryKind::Memory,
        GalleryKind::Qdrant => wire::GalleryKind::Qdrant,
    };
    wire::ReidState {
        leader: reid.leader,
        face_detector: reid.face_detector.clone().unwrap_or_default(),
        face_recognizer: reid.face_recognizer.clone().unwrap_or_default(),
        embedder: reid.embedder.clone().unwrap_or_default(),
        device: reid.device.clone(),
        gallery: gallery.into(),
        faces_indexed: reid.faces_indexed,
        bodies_indexed: reid.bodies_indexed,
        waiting: reid.waiting,
        refusal: reid.refusal.clone().unwrap_or_default(),
        face_join: reid.face_join,
        body_join: reid.body_join,
    }
}

fn reid_from_wire(wire: wire::ReidState) -> Result<ReidState, Malformed> {
    let gallery = match wire.gallery() {
        wire::GalleryKind::Memory => GalleryKind::Memory,
        wire::GalleryKind::Qdrant => GalleryKind::Qdrant,
        wire::GalleryKind::Unspecified => return Err(Malformed::new("an unknown kind of gallery")),
    };
    Ok(ReidState {
        leader: wire.leader,
        face_detector: checks::optional_text(wire.face_detector, "face_detector")?,
        face_recognizer: checks::optional_text(wire.face_recognizer, "face_recognizer")?,
        embedder: checks::optional_text(wire.embedder, "embedder")?,
        device: checks::text(wire.device, "device")?,
        gallery,
        faces_indexed: wire.faces_indexed,
        bodies_indexed: wire.bodies_indexed,
        waiting: wire.waiting,
        refusal: checks::optional_text(wire.refusal, "refusal")?,
        face_join: join(wire.face_join, "face_join")?,
        body_join: join(wire.body_join, "body_join")?,
    })
}

fn join(cosine: f32, field: &'static str) -> Result<f32, Malformed> {
    if cosine > 0.0 && cosine <= 1.0 { Ok(cosine) } else { Err(Malformed::new(format!("{field} is no threshold"))) }
}

fn gpu_from_wire(wire: wire::Gpu) -> Result<Gpu, Malformed> {
    Ok(Gpu { name: checks::text(wire.name, "gpu name")?, used_mb: wire.used_mb, total_mb: wire.total_mb })
}

fn camera_to_wire(camera: &CameraState) -> wire::CameraState {
    let phase = match camera.phase {
        CameraPhase::Connecting => wire::CameraPhase::Connecting,
        CameraPhase::Online => wire::CameraPhase::Online,
        CameraPhase::Error => wire::CameraPhase::Error,
    };
    wire::CameraState {
        camera_id: camera.camera.get(),
        phase: phase.into(),
        detail: camera.detail.clone().unwrap_or_default(),
        last_frame_us: camera.last_frame.map_or(0, Timestamp::as_micros),
        online_since_us: camera.online_since.map_or(0, Timestamp::as_micros),
        fps: camera.fps,
        detect_fps: camera.detect_fps,
        detector: camera.detector.clone().unwrap_or_default(),
    }
}

fn camera_from_wire(wire: wire::CameraState) -> Result<CameraState, Malformed> {
    let phase = match wire.phase() {
        wire::CameraPhase::Connecting => CameraPhase::Connecting,
        wire::CameraPhase::Online => CameraPhase::Online,
        wire::CameraPhase::Error => CameraPhase::Error,
        wire::CameraPhase::Unspecified => return Err(Malformed::new("an unknown camera phase")),
    };
    Ok(CameraState {
        camera: checks::camera_id(wire.camera_id)?,
        phase,
        detail: checks::optional_text(wire.detail, "detail")?,
        last_frame: checks::optional_timestamp(wire.last_frame_us, "last_frame_us")?,
        online_since: checks::optional_timestamp(wire.online_since_us, "online_since_us")?,
        fps: checks::in_range(wire.fps, 0.0, 1e6, "fps")?,
        detect_fps: checks::in_range(wire.detect_fps, 0.0, 1e6, "detect_fps")?,
        detector: checks::optional_text(wire.detector, "detector")?,
    })
}
