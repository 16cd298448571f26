//! What can go wrong between an address and a file, by what can be done about it.

use std::io;
use std::path::PathBuf;

use reqwest::StatusCode;
use url::Url;

/// Why a file did not come.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// No connection.
    #[error("reach `{url}`: {reason}; is this machine online, and does it need a proxy (HTTPS_PROXY)?")]
    Unreachable {
        /// The address.
        url: Url,
        /// What failed.
        reason: String,
    },
    /// The server cannot prove who it is.
    #[error(
        "reach `{url}`: {reason}: whoever answers there cannot be trusted; is the package ca-certificates installed, is \
         the clock right, and does a proxy open connections (then name its certificate by SSL_CERT_FILE)?"
    )]
    Untrusted {
        /// The address.
        url: Url,
        /// What failed.
        reason: String,
    },
    /// A connection that ended or fell silent before the file was whole.
    #[error("fetch `{url}`: the connection broke off: {reason}; what has come is kept, run the same command again")]
    BrokenOff {
        /// The address.
        url: Url,
        /// What failed.
        reason: String,
    },
    /// The server answers that it cannot answer now.
    #[error("fetch `{url}`: the server answers {status}; try again later")]
    Busy {
        /// The address.
        url: Url,
        /// Its answer.
        status: StatusCode,
    },
    /// The part that is here belongs to another version of the file.
    #[error("fetch `{url}`: the file changes on the server while it is fetched; try again later")]
    Changed {
        /// The address.
        url: Url,
    },
    /// No such file.
    #[error(
        "fetch `{url}`: the server answers {status}: the file is not there any more; look for it on the project's page \
         and, if it has moved, change the manifest"
    )]
    Gone {
        /// The address.
        url: Url,
        /// Its answer.
        status: StatusCode,
    },
    /// Another answer.
    #[error("fetch `{url}`: the server answers {status}")]
    Refused {
        /// The address.
        url: Url,
        /// Its answer.
        status: StatusCode,
    },
    /// More or fewer bytes than there should be.
    #[error(
        "fetch `{url}`: the server offers {offered} bytes, expected {expected}: this is another file than the manifest \
         means; nothing is kept"
    )]
    WrongSize {
        /// The address.
        url: Url,
        /// What came, or was announced.
        offered: u64,
        /// Such as `exactly 3659407`.
        expected: String,
    },
    /// No room.
    #[error("write `{path}`: the disk is full; free some room and run the same command again (nothing is kept)")]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The disk fails otherwise.
    #[error("write `{path}`: {source}")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl DownloadError {
    /// Whether the same request may go better in a while.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::BrokenOff { .. } | Self::Busy { .. } | Self::Changed { .. })
    }

    /// Whether what has come so far is of no use, or in the way.
    pub(crate) fn spoils(&self) -> bool {
        matches!(self, Self::WrongSize { .. } | Self::Changed { .. } | Self::DiskFull { .. })
    }
}
