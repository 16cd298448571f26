//! Bounds that several messages share.

use bytes::Bytes;
use iris_domain::ids::InvalidId;
use iris_domain::{CameraId, CellId, Class, Timestamp, TrackKey};
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

pub(crate) fn uuid_bytes(uuid: Uuid) -> Bytes {
    Bytes::copy_from_slice(uuid.as_bytes())
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

/// Zero stands for "none".
pub(crate) fn optional_id<T>(
    id: i64,
    new: fn(i64) -> Result<T, InvalidId>,
    field: &str,
) -> Result<Option<T>, Malformed> {
    if id == 0 { Ok(None) } else { self::id(id, new, field).map(Some) }
}

pub(crate) fn id<T>(id: i64, new: fn(i64) -> Result<T, InvalidId>, field: &str) -> Result<T, Malformed> {
    new(id).map_err(|_| Malformed::new(format!("{field} is not positive")))
}

pub(crate) fn track(run: &[u8], number: u64) -> Result<TrackKey, Malformed> {
    Ok(TrackKey { run: uuid(run, "run")?, number })
}

/// A track's time in view.
pub(crate) fn seen(first_us: i64, last_us: i64) -> Result<(Timestamp, Timestamp), Malformed> {
    let (first, last) = (timestamp(first_us, "first_seen_us")?, timestamp(last_us, "last_seen_us")?);
    if first <= last { Ok((first, last)) } else { Err(Malformed::new("last seen before it was first seen")) }
}

/// A JPEG by its size and its first bytes; what else is in it is for the decoder to judge.
pub(crate) fn jpeg(bytes: Bytes, bytes_max: usize, field: &str) -> Result<Bytes, Malformed> {
    if bytes.len() > bytes_max || !bytes.starts_with(&[0xff, 0xd8]) {
        return Err(Malformed::new(format!("{field} is no JPEG of at most {bytes_max} bytes")));
    }
    Ok(bytes)
}

/// Empty stands for "none".
pub(crate) fn optional_jpeg(bytes: Bytes, bytes_max: usize, field: &str) -> Result<Option<Bytes>, Malformed> {
    if bytes.is_empty() { Ok(None) } else { jpeg(bytes, bytes_max, field).map(Some) }
}

/// A cell's name.
pub(crate) fn cell(name: &str) -> Result<CellId, Malformed> {
    CellId::new(name).ok_or_else(|| Malformed::new("a cell's name is wrong"))
}

pub(crate) fn class(name: &str) -> Result<Class, Malformed> {
    Class::new(name).map_err(|error| Malformed::new(error.to_string()))
}

/// A fraction: a score, an overlap.
pub(crate) fn fraction(value: f32, field: &str) -> Result<f32, Malformed> {
    in_range(value, 0.0, 1.0, field)
}

/// A similarity. Rounding may carry it past 1, where there is nothing to mean.
pub(crate) fn cosine(value: f32, field: &str) -> Result<f32, Malformed> {
    in_range(value, -1.001, 1.001, field).map(|value| value.clamp(-1.0, 1.0))
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
