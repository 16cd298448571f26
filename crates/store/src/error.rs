//! What can go wrong with the database, by what a caller can do about it. sea-orm's own errors end here: their debug output may
//! hold whole rows, and with them a camera's credentials.

use std::time::Duration;

use iris_domain::CameraId;
use sea_orm::{DbErr, RuntimeErr, SqlxError};

/// A database operation failed; `attempt` says which.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is full, or did not answer in time: nothing is wrong with the request, try later.
    #[error("{attempt}: the database is not available: {why}")]
    Unavailable {
        /// What was attempted.
        attempt: &'static str,
        /// The driver's words.
        why: String,
    },
    /// Another change came between; nothing was written, and trying again at once may succeed.
    #[error("{attempt}: another change came between: {why}")]
    Conflict {
        /// What was attempted.
        attempt: &'static str,
        /// The driver's words.
        why: String,
    },
    /// The camera that was named does not exist, or not any more.
    #[error("{attempt}: camera {camera_id} does not exist")]
    NoSuchCamera {
        /// What was attempted.
        attempt: &'static str,
        /// The camera.
        camera_id: CameraId,
    },
    /// A row holds what this program cannot have written.
    #[error("{attempt}: {what}")]
    Corrupt {
        /// What was attempted.
        attempt: &'static str,
        /// Which row and which of its fields.
        what: String,
    },
    /// The database refused the statement: a value beyond the schema's bounds, a schema that is not this program's, or a bug.
    #[error("{attempt}: the database refused: {why}")]
    Refused {
        /// What was attempted.
        attempt: &'static str,
        /// The driver's words.
        why: String,
    },
}

/// A failure inside an operation, before the operation's name is put to it.
pub(crate) enum Failure {
    Database(DbErr),
    NoSuchCamera(CameraId),
    Corrupt(String),
    NotInTime(Duration),
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl Failure {
    pub(crate) fn during(self, attempt: &'static str) -> StoreError {
        match self {
            Self::NoSuchCamera(camera_id) => StoreError::NoSuchCamera { attempt, camera_id },
            Self::Corrupt(what) => StoreError::Corrupt { attempt, what },
            Self::NotInTime(limit) => StoreError::Unavailable { attempt, why: format!("no answer within {limit:?}") },
            Self::Database(error) => classify(attempt, &error),
        }
    }
}

/// Whether a statement was refused because what it refers to does not exist.
pub(crate) fn is_missing_reference(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::ForeignKeyConstraintViolation(_)))
}

fn classify(attempt: &'static str, error: &DbErr) -> StoreError {
    let why = error.to_string();
    let unavailable = |why| StoreError::Unavailable { attempt, why };
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => unavailable(why),
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            match cause.as_ref() {
                SqlxError::Database(refusal) => match refusal.code().unwrap_or_default().as_ref() {
                    // Serialization failure, deadlock, unique violation.
                    "40001" | "40P01" | "23505" => StoreError::Conflict { attempt, why },
                    // Statement or lock timeout, and the classes connection, resources, operator intervention, system error.
                    code if code == "57014" || code == "55P03" => unavailable(why),
                    code if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => unavailable(why),
                    _ => StoreError::Refused { attempt, why },
                },
                SqlxError::Io(_) | SqlxError::PoolTimedOut | SqlxError::PoolClosed | SqlxError::WorkerCrashed => {
                    unavailable(why)
                }
                // The connection broke in the middle of an answer.
                SqlxError::Protocol(_) | SqlxError::Tls(_) => unavailable(why),
                _ => StoreError::Refused { attempt, why },
            }
        }
        DbErr::TryIntoErr { .. } | DbErr::Type(_) | DbErr::Json(_) => StoreError::Corrupt { attempt, what: why },
        _ => StoreError::Refused { attempt, why },
    }
}
