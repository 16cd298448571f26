//! What can go wrong with stored media, by what a caller can do about it.

use std::io;

/// A library operation failed; `attempt` says which, `path` with what.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The disk or the quota is full: make room, then try again.
    #[error("{attempt} `{path}`: no space left")]
    Full {
        /// What was attempted.
        attempt: &'static str,
        /// The path, relative to the library but for its root.
        path: String,
    },
    /// The path leads out of the library by a link, or to something that is no regular file: somebody tampered with the folder.
    #[error("{attempt} `{path}`: not a file of the library")]
    Foreign {
        /// What was attempted.
        attempt: &'static str,
        /// The path.
        path: String,
    },
    /// The object store is not reachable, or refuses; it may be back soon.
    #[error("{attempt} `{path}` in the object store: {source}")]
    Away {
        /// What was attempted.
        attempt: &'static str,
        /// The path.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The address of the bucket is wrong.
    #[error(transparent)]
    Bucket(#[from] crate::InvalidBucket),
    /// Anything else the operating system says.
    #[error("{attempt} `{path}`: {source}")]
    Io {
        /// What was attempted.
        attempt: &'static str,
        /// The path.
        path: String,
        /// Why.
        source: io::Error,
    },
}

impl LibraryError {
    pub(crate) fn new(attempt: &'static str, path: impl ToString, source: io::Error) -> Self {
        let path = path.to_string();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { attempt, path },
            // cap-std's word for a path that leads outside; a real denial carries the system's error number.
            io::ErrorKind::PermissionDenied if source.raw_os_error().is_none() => Self::Foreign { attempt, path },
            _ => Self::Io { attempt, path, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_from_other_trouble() {
        let error = |source| LibraryError::new("store", "clips/a.mp4", source);
        // ENOSPC, EDQUOT, EACCES.
        for full in [28, 122].map(io::Error::from_raw_os_error) {
            assert_eq!(error(full).to_string(), "store `clips/a.mp4`: no space left");
        }
        assert!(matches!(error(io::Error::from_raw_os_error(13)), LibraryError::Io { .. }));
    }
}
