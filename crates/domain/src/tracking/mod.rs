//! Following things from picture to picture: detections of one camera in, tracks out.
//!
//! Driven by ingest, one [`Tracker`] per camera and run. The recipe is two-stage association with low-score boxes (ByteTrack),
//! height-modulated overlap (Hybrid-SORT) and a last attempt against the last observed box (OC-SORT), over a Kalman filter that
//! counts seconds and not pictures, because detection is irregular by design. Where that leaves it open who is who, the colours that the
//! detector hands on with a box decide. Never reads a clock and never looks at pixels.

mod appearance;
mod association;
mod class_group;
mod kalman;
mod settings;
mod shape;
mod track;
mod tracker;

pub use class_group::ClassGroup;
pub use settings::TrackerSettings;
pub use track::{Track, TrackState};
pub use tracker::{TrackedPicture, Tracker};

#[cfg(test)]
mod properties;
#[cfg(test)]
mod scenes;
