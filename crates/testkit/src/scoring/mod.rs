//! Scores against ground truth: of tracking HOTA, CLEAR MOT and identity measures as TrackEval defines them, of identities B-cubed.
//!
//! Driven by accuracy tests and by `make eval`. Reads files and, in [`pace`], the clock; it never runs a model, and the only tracker it
//! knows is the one in the domain ([`mot17`]).

mod assignment;
mod clear;
mod clusters;
pub mod floors;
mod hota;
mod identity;
pub mod mot17;
pub mod mot_format;
pub mod pace;
mod preparation;
mod schedule;
mod scores;

pub use clear::ClearCounts;
pub use clusters::{ClusterScores, Visit};
pub use hota::HotaCounts;
pub use identity::IdentityCounts;
pub use preparation::{Frame, Sequence, prepare};
pub use schedule::Schedule;
pub use scores::Scores;
