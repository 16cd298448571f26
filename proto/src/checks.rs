//! Bounds that several messages share.

use iris_domain::{CameraId, Class, Timestamp};
use uuid::Uuid;

/// A message that Iris does not accept, and why. Never repeats its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed message: {0}")]
pub struct Malformed(String);

impl Malformed {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// Longest name or explanation accepted, in bytes.
const TEXT_BYTES_MAX: usize = 1024;

pub(crate) fn uuid(bytes: &[u8], field: &str) -> Result<Uuid, Malformed> {
    Uuid::from_slice(bytes).map_err(|_| Malformed::new(format!("{field} is no UUID")))
}

pub(crate) fn uuid_bytes(uuid: Uuid) -> bytes::Bytes {
    bytes::Bytes::copy_from_slice(uuid.as_bytes())
}

pub(crate) fn timestamp(micros: i64, field: &str) -> Result<Timestamp, Malformed> {
    Timestamp::from_micros(micros).ok_or_else(|| Malformed::new(format!("{field} is out of range")))
}

/// Zero stands for "never".
pub(crate) fn optional_timestamp(micros: i64, field: &str) -> Result<Option<Timestamp>, Malformed> {
    if micros == 0 { Ok(None) } else { timestamp(micros, field).map(Some) }
}

pub(crate) fn camera_id(id: i64) -> Result<CameraId, Malformed> {
    CameraId::new(id).map_err(|_| Malformed::new("camera id is not positive"))
}

pub(crate) fn class(name: &str) -> Result<Class, Malformed> {
    Class::new(name).map_err(|error| Malformed::new(error.to_string()))
}

/// A fraction: a score, an overlap.
pub(crate) fn fraction(value: f32, field: &str) -> Result<f32, Malformed> {
    in_range(value, 0.0, 1.0, field)
}

pub(crate) fn in_range(value: f32, min: f32, max: f32, field: &str) -> Result<f32, Malformed> {
    // NaN lies in no range.
    if (min..=max).contains(&value) {
        Ok(value)
    } else {
        Err(Malformed::new(format!("{field} is not within {min}..={max}")))
    }
}

pub(crate) fn text(value: String, field: &str) -> Result<String, Malformed> {
    if value.len() <= TEXT_BYTES_MAX {
        Ok(value)
    } else {
        Err(Malformed::new(format!("{field} is longer than {TEXT_BYTES_MAX} bytes")))
    }
}

pub(crate) fn optional_text(value: String, field: &str) -> Result<Option<String>, Malformed> {
    if value.is_empty() { Ok(None) } else { text(value, field).map(Some) }
}

pub(crate) fn count<T>(items: &[T], max: usize, field: &str) -> Result<(), Malformed> {
    if items.len() <= max { Ok(()) } else { Err(Malformed::new(format!("more than {max} {field}"))) }
}
