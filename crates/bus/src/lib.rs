//! NATS and nothing but NATS: the table of subjects, typed; samples, facts and asks; work; wanted cameras and leases.
//!
//! Every service talks to the others through [`Bus`] and the constants of [`topic`]. Three kinds of message (see the design):
//! a *sample* may be lost and the newest wins (core NATS); a *fact* may not (JetStream, acknowledged, idempotent by its id);
//! an *ask* is a question with a deadline. Facts are followed by everyone from now on ([`facts`]), or worked through by a group
//! that shares them ([`work`]). No decision is made here.

pub mod asks;
mod buckets;
pub mod cameras;
pub mod connection;
pub mod facts;
pub mod frames;
pub mod leases;
mod pulling;
pub mod pulse;
pub mod samples;
mod streams;
pub mod topic;
mod traces;
pub mod work;

pub use asks::{AskError, Question, Questions};
pub use cameras::{CameraTable, CameraUpdate, Cameras};
pub use connection::{Bus, BusError, BusOptions, BusServer};
pub use facts::{FactError, Facts};
pub use frames::{DetectionAnswer, DetectionAnswers, FrameJob, FrameJobs};
pub use iris_proto::{Malformed, Message, decode, encode};
pub use leases::{Lease, LeaseError, Leases};
pub use pulse::Pulse;
pub use samples::Samples;
pub use work::{Job, Queue, Work};

/// The checked message types.
pub mod message {
    pub use iris_proto::camera::*;
    pub use iris_proto::clip::*;
    pub use iris_proto::crop::*;
    pub use iris_proto::detections::*;
    pub use iris_proto::event::*;
    pub use iris_proto::frame::Frame;
    pub use iris_proto::heartbeat::*;
    pub use iris_proto::live::*;
    pub use iris_proto::media::*;
    pub use iris_proto::observation::*;
    pub use iris_proto::reid::*;
    pub use iris_proto::sighting::*;
    pub use iris_proto::tracks::*;
}
