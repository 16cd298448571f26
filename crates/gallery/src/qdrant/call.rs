//! One call of Qdrant: its deadline, and what its failure means.

use std::time::Duration;

use qdrant_client::{Qdrant, QdrantError};
use tonic::Code;

use crate::GalleryError;

/// Calls a server.
pub(super) struct Calls {
    client: Qdrant,
    deadline: Duration,
}

/// A failure inside an operation, before the operation's name is put to it.
pub(super) enum Failure {
    Unavailable(String),
    /// What was asked of does not exist, by Qdrant's words.
    Missing(String),
    Refused(String),
    Corrupt(String),
    Lost,
}

impl Calls {
    pub(super) fn new(client: Qdrant, deadline: Duration) -> Self {
        Self { client, deadline }
    }

    /// The client has deadlines of its own for each try, of which it makes two.
    pub(super) async fn qdrant<'a, T, F>(&'a self, call: impl FnOnce(&'a Qdrant) -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, QdrantError>>,
    {
        match tokio::time::timeout(self.deadline, call(&self.client)).await {
            Ok(answer) => answer.map_err(Failure::from),
            Err(_) => Err(Failure::Unavailable(format!("no answer within {} ms", self.deadline.as_millis()))),
        }
    }
}

impl Failure {
    pub(super) fn during(self, attempt: &'static str) -> GalleryError {
        match self {
            Self::Unavailable(why) => GalleryError::Unavailable { attempt, why },
            // A collection went away under our hands: it is made again by whoever tries again.
            Self::Missing(why) => GalleryError::Unavailable { attempt, why },
            Self::Refused(why) => GalleryError::Refused { attempt, why },
            Self::Corrupt(what) => GalleryError::Corrupt { attempt, what },
            Self::Lost => GalleryError::Lost { attempt },
        }
    }

    /// For operations to which a collection that does not exist is an empty one.
    pub(super) fn forgive_missing(self) -> Result<(), Self> {
        if matches!(self, Self::Missing(_)) { Ok(()) } else { Err(self) }
    }
}

impl From<QdrantError> for Failure {
    fn from(error: QdrantError) -> Self {
        let status = match error {
            QdrantError::ResponseError { status } => status,
            QdrantError::ResourceExhaustedError { status, .. } => return Self::Unavailable(said(&status)),
            QdrantError::Io(error) => return Self::Unavailable(error.to_string()),
            other => return Self::Refused(other.to_string()),
        };
        match status.code() {
            Code::NotFound => Self::Missing(said(&status)),
            // The client makes an internal error of a server that cannot be reached.
            Code::Internal
            | Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::Aborted
            | Code::ResourceExhausted
            | Code::Unknown => Self::Unavailable(said(&status)),
            _ => Self::Refused(said(&status)),
        }
    }
}

/// Without the headers, which Qdrant's client prints.
fn said(status: &tonic::Status) -> String {
    format!("{}: {}", status.code(), status.message())
}
