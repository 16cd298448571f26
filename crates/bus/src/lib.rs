//! NATS and nothing but NATS: the table of subjects, typed; samples, facts and asks; wanted cameras and leases.
//!
//! Every service talks to the others through [`Bus`] and the constants of [`topic`]. Three kinds of message (see the design):
//! a *sample* may be lost and the newest wins (core NATS); a *fact* may not (JetStream, acknowledged, idempotent by its id);
//! an *ask* is a question with a deadline. No decision is made here.

pub mod asks;
mod buckets;
pub mod cameras;
pub mod connection;
pub mod facts;
pub mod frames;
pub mod leases;
pub mod pulse;
pub mod samples;
pub mod topic;

pub use asks::{AskError, Question, Questions};
pub use cameras::{CameraTable, CameraUpdate, Cameras};
pub use connection::{Bus, BusError, BusOptions};
pub use facts::{FactError, Facts};
pub use frames::{DetectionAnswer, DetectionAnswers, FrameJob, FrameJobs};
pub use iris_proto::{Malformed, Message, decode, encode};
pub use leases::{Lease, LeaseError, Leases};
pub use pulse::Pulse;
pub use samples::Samples;

/// The checked message types.
pub mod message {
    pub use iris_proto::camera::*;
    pub use iris_proto::clip::*;
    pub use iris_proto::detections::*;
    pub use iris_proto::event::*;
    pub use iris_proto::frame::Frame;
    pub use iris_proto::heartbeat::*;
    pub use iris_proto::live::*;
    pub use iris_proto::media::*;
    pub use iris_proto::tracks::*;
}
