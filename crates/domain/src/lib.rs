//! Every decision Iris makes, and nothing else: no async, no I/O, no clock, no randomness.
//!
//! A decision machine has one shape: `observe(input, now) -> Vec<Output>`, `tick(now)`, `next_deadline()`.
//! The driver (a service) reads the clock, sleeps and acts; the machine is told `now` and can be replayed.

pub mod assignment;
pub mod camera;
pub mod camera_record;
pub mod camera_status;
pub mod classes;
pub mod clip_plan;
pub mod colour;
pub mod credit;
pub mod crops;
pub mod decode_plan;
pub mod detection;
pub mod downtime;
pub mod embedding;
pub mod event;
pub mod fault;
pub mod geometry;
pub mod hls;
pub mod identity;
pub mod ids;
pub mod pace;
mod parking;
pub mod presence;
pub mod retention;
pub mod segment;
pub mod source_url;
pub mod stored_files;
pub mod time;
pub mod tracking;
pub mod visit;

pub use camera::{CameraTuning, RtspTransport};
pub use camera_record::{CameraRecord, NewCamera};
pub use camera_status::{CameraCondition, CameraReport, CameraStatus, CameraWorker, ConnectionPhase, camera_condition};
pub use colour::{Colour, ColourName};
pub use detection::{Class, Detection, Look};
pub use embedding::{Embedding, Feature, ModelFingerprint};
pub use event::{
    ClipChange, ClipRecord, ClipStatus, Event, EventChange, EventFilter, EventKind, EventSubjects, NamedIdentity,
    NewEvent, Page,
};
pub use fault::Fault;
pub use geometry::BBox;
pub use ids::{
    CameraId, CellId, DowntimeId, EventId, EventKey, FaceSampleId, IdentityId, InstanceId, OperationId, PersonFaceId,
    PersonId, SightingId, TrackKey,
};
pub use segment::SegmentName;
pub use source_url::SourceUrl;
pub use time::{Span, Timestamp};
