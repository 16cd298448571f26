//! Why a source could not be opened or read, in the words that are shown beside the camera. Never holds an address: libav's own
//! texts do, so only its error codes are used.

use std::time::Duration;

use ffmpeg_next::{Error, ffi};

/// Why a source could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Wrong or missing credentials; somebody must correct them.
    #[error("{status} from the camera")]
    Unauthorized {
        /// 401 or 403.
        status: u16,
    },
    /// The camera answers but has no such stream; the path is wrong.
    #[error("no such stream")]
    NotFound,
    /// Nothing listens on the port.
    #[error("connection refused")]
    Refused,
    /// Nothing came in time.
    #[error("no answer within {} s", .0.as_secs_f32().ceil())]
    Timeout(Duration),
    /// The stream holds sound or data only.
    #[error("no video in the stream")]
    NoVideo,
    /// The stream's video codec is not one that Iris records.
    #[error("codec {0} is not recorded")]
    Unsupported(String),
    /// The stop flag was set.
    #[error("stopped")]
    Stopped,
    /// Anything else, in words for people.
    #[error("{0}")]
    Other(String),
}

/// Why no packet came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing came within the read timeout.
    #[error("no picture for {} s", .0.as_secs_f32().ceil())]
    Stalled(Duration),
    /// The camera ended the stream, or the file is over.
    #[error("the camera ended the stream")]
    Ended,
    /// The stop flag was set.
    #[error("stopped")]
    Stopped,
    /// The connection or the stream broke; opening it again may help.
    #[error("{0}")]
    Broken(String),
}

impl OpenError {
    /// From libav's code; `stopped` and `expired` tell apart why waiting ended.
    pub(crate) fn from_av(error: Error, stopped: bool, expired: bool, timeout: Duration) -> Self {
        match error {
            _ if stopped => Self::Stopped,
            Error::Exit => Self::Timeout(timeout),
            _ if expired => Self::Timeout(timeout),
            Error::HttpUnauthorized => Self::Unauthorized { status: 401 },
            Error::HttpForbidden => Self::Unauthorized { status: 403 },
            Error::HttpNotFound | Error::StreamNotFound => Self::NotFound,
            Error::Other { errno: ffi::ENOENT } => Self::NotFound,
            Error::Other { errno: ffi::ECONNREFUSED } => Self::Refused,
            Error::Other { errno: ffi::ETIMEDOUT } => Self::Timeout(timeout),
            other => Self::Other(describe(other).to_owned()),
        }
    }
}

impl ReadError {
    pub(crate) fn from_av(error: Error, stopped: bool, expired: bool, timeout: Duration) -> Self {
        match error {
            _ if stopped => Self::Stopped,
            Error::Exit => Self::Stalled(timeout),
            _ if expired => Self::Stalled(timeout),
            Error::Eof => Self::Ended,
            Error::Other { errno: ffi::ETIMEDOUT } => Self::Stalled(timeout),
            other => Self::Broken(describe(other).to_owned()),
        }
    }
}

fn describe(error: Error) -> &'static str {
    match error {
        Error::InvalidData | Error::DemuxerNotFound => "what the camera sends is no stream that Iris reads",
        Error::ProtocolNotFound | Error::Other { errno: ffi::EINVAL | ffi::EPERM } => {
            "the address leads to something that is no camera stream"
        }
        Error::Eof | Error::Other { errno: ffi::ECONNRESET | ffi::EPIPE } => "the camera closed the connection",
        Error::HttpBadRequest => "400 from the camera",
        Error::HttpOther4xx => "the camera refused the request",
        Error::HttpServerError => "the camera reports an error of its own",
        Error::Other { errno: ffi::EHOSTUNREACH | ffi::ENETUNREACH } => "no route to the camera",
        Error::Other { errno: ffi::EIO } => "the camera's name is not known, or the connection broke",
        Error::Other { errno: ffi::ENOMEM } => "out of memory",
        _ => "the stream cannot be read",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_reads_as_a_person_needs_it() {
        let open = |error| OpenError::from_av(error, false, false, Duration::from_secs(10)).to_string();
        assert_eq!(open(Error::HttpUnauthorized), "401 from the camera");
        assert_eq!(open(Error::HttpForbidden), "403 from the camera");
        assert_eq!(open(Error::HttpNotFound), "no such stream");
        assert_eq!(open(Error::Other { errno: ffi::ECONNREFUSED }), "connection refused");
        assert_eq!(open(Error::Exit), "no answer within 10 s");
        assert_eq!(OpenError::Unsupported("mjpeg".into()).to_string(), "codec mjpeg is not recorded");
        let read = |error| ReadError::from_av(error, false, true, Duration::from_secs(5)).to_string();
        assert_eq!(read(Error::Exit), "no picture for 5 s");
    }

    #[test]
    fn a_stop_is_told_from_a_timeout() {
        let timeout = Duration::from_secs(1);
        assert_eq!(OpenError::from_av(Error::Exit, true, true, timeout), OpenError::Stopped);
        assert_eq!(ReadError::from_av(Error::Exit, true, false, timeout), ReadError::Stopped);
    }
}
