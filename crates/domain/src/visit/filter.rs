//! Who wants to be told of which visits.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Visit;
use crate::CameraId;

/// Which visits somebody wants to be told of. An empty set means all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VisitFilter {
    /// Seen on one of these cameras.
    pub cameras: BTreeSet<CameraId>,
    /// Of one of these classes.
    pub labels: BTreeSet<String>,
    /// Known or not.
    pub who: Who,
}

/// Visitors with a name, without one, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// All.
    #[default]
    Anybody,
    /// An enrolled person, or an identity that an operator named.
    Known,
    /// Everybody else.
    Unknown,
}

impl VisitFilter {
    /// Whether a visit, as it is now, is one of them.
    pub fn admits(&self, visit: &Visit) -> bool {
        let who = match self.who {
            Who::Anybody => true,
            Who::Known => visit.is_known(),
            Who::Unknown => !visit.is_known(),
        };
        who && visit.stays.iter().any(|stay| {
            (self.cameras.is_empty() || self.cameras.contains(&stay.camera))
                && (self.labels.is_empty() || self.labels.contains(&stay.label))
        })
    }
}
