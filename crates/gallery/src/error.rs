//! What can go wrong with a gallery, by what a caller can do about it. Qdrant's client's own errors end here.

use crate::Subject;

/// A gallery's operation failed; `attempt` says which.
#[derive(Debug, thiserror::Error)]
pub enum GalleryError {
    /// Qdrant cannot be reached, is overloaded, or did not answer in time: try later.
    #[error("{attempt}: Qdrant is not available: {why}")]
    Unavailable {
        /// What was attempted.
        attempt: &'static str,
        /// Qdrant's words, or how long was waited.
        why: String,
    },
    /// Qdrant refused: settings or a key that are wrong, a collection that is not ours, or a bug.
    #[error("{attempt}: Qdrant refused: {why}")]
    Refused {
        /// What was attempted.
        attempt: &'static str,
        /// Qdrant's words.
        why: String,
    },
    /// Qdrant holds nothing of what was written to it: it came back empty. Load it again.
    #[error("{attempt}: Qdrant has lost what was written to it")]
    Lost {
        /// What was attempted.
        attempt: &'static str,
    },
    /// Qdrant answered what this program cannot have written.
    #[error("{attempt}: {what}")]
    Corrupt {
        /// What was attempted.
        attempt: &'static str,
        /// Which part of the answer.
        what: String,
    },
    /// An entry that is to replace a subject's belongs to another; nothing was written.
    #[error("replace the entries of {subject}: entry {entry} is of {other}")]
    ForeignEntry {
        /// Whose entries were to be replaced.
        subject: Subject,
        /// The entry's id.
        entry: u64,
        /// Whose it says it is.
        other: Subject,
    },
}

impl GalleryError {
    /// Whether the same may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}
