//! The segment buffer's file names. The folder is the index: a name says when the segment starts, how long it is, where it stands
//! in the camera's sequence and to which connection it belongs, so nothing else has to be written or kept consistent.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::{Span, Timestamp};

/// A closed segment, as its file name tells it: `<start ms>_<duration ms>_<sequence>_<run>_<k|n>.ts`, zero-padded so that the
/// names sort by start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentName {
    /// Wall time of the first picture, whole milliseconds.
    pub start: Timestamp,
    /// Length in milliseconds.
    pub duration_ms: u32,
    /// Counts up by one per segment of a camera, for ever.
    pub sequence: u64,
    /// Counts the connections: media time is continuous within a run and jumps between runs.
    pub run: u32,
    /// Whether it begins with a key frame, so that decoding can start here.
    pub starts_with_key: bool,
}

/// A file name is not that of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a segment")]
pub struct InvalidSegmentName;

impl SegmentName {
    /// The wall time it covers.
    pub fn span(&self) -> Span {
        Span { start: self.start, end: self.end() }
    }

    /// The moment after its last picture.
    pub fn end(&self) -> Timestamp {
        self.start.plus(Duration::from_millis(u64::from(self.duration_ms)))
    }
}

impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, duration_ms, sequence, run, starts_with_key } = self;
        let key = if *starts_with_key { 'k' } else { 'n' };
        write!(f, "{:015}_{duration_ms:07}_{sequence:010}_{run:06}_{key}.ts", start.as_millis())
    }
}

impl FromStr for SegmentName {
    type Err = InvalidSegmentName;

    fn from_str(name: &str) -> Result<Self, InvalidSegmentName> {
        let stem = name.strip_suffix(".ts").ok_or(InvalidSegmentName)?;
        let parts: Vec<&str> = stem.split('_').collect();
        let [start, duration_ms, sequence, run, key] = parts[..] else { return Err(InvalidSegmentName) };
        let parsed = Self {
            start: start.parse().ok().and_then(Timestamp::from_millis).ok_or(InvalidSegmentName)?,
            duration_ms: duration_ms.parse().map_err(|_| InvalidSegmentName)?,
            sequence: sequence.parse().map_err(|_| InvalidSegmentName)?,
            run: run.parse().map_err(|_| InvalidSegmentName)?,
            starts_with_key: key == "k",
        };
        // One segment has one name: what would be written differently was not written by Iris.
        if parsed.to_string() == name { Ok(parsed) } else { Err(InvalidSegmentName) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_name_reads_back(start in 0i64..253_402_300_799_999, duration_ms: u32, sequence: u64, run: u32, starts_with_key: bool) {
            let start = Timestamp::from_millis(start).unwrap();
            let name = SegmentName { start, duration_ms, sequence, run, starts_with_key };
            prop_assert_eq!(name.to_string().parse(), Ok(name));
        }

        #[test]
        fn any_other_text_is_refused_without_panic(text: String) {
            prop_assert!(text.parse::<SegmentName>().is_err());
        }
    }
}
