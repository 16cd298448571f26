//! Where a file stands in the library: a relative path that names one file below the root and nothing else, by its form alone.
//! What the form cannot promise (links on the disk) is kept by opening it beneath the root's handle.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use iris_domain::{EventKey, Timestamp};

/// The longest path accepted, in bytes; what Iris makes itself is 60 long.
const LENGTH_MAX: usize = 255;

/// A checked path in the library, parts separated by `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaPath(String);

/// A text is no path of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a media path: 1 to {LENGTH_MAX} bytes, relative, no part empty or beginning with a dot, no backslash, no control character"
)]
pub struct InvalidMediaPath;

impl MediaPath {
    /// An event's clip: `clips/YYYY/MM/DD/<key>.mp4`, by the UTC day it began, so that no folder grows without end.
    pub fn clip(key: EventKey, ts: Timestamp) -> Self {
        Self(format!("clips/{}/{key}.mp4", day(ts)))
    }

    /// An event's thumbnail: `thumbnails/YYYY/MM/DD/<key>.jpg`.
    pub fn thumbnail(key: EventKey, ts: Timestamp) -> Self {
        Self(format!("thumbnails/{}/{key}.jpg", day(ts)))
    }

    /// The event whose file this is, if its name is that of an event's clip or thumbnail.
    pub fn event_key(&self) -> Option<EventKey> {
        let kind = self.0.split('/').next()?;
        let extension = match kind {
            "clips" => ".mp4",
            "thumbnails" => ".jpg",
            _ => return None,
        };
        let name = self.0.rsplit('/').next()?.strip_suffix(extension)?;
        name.parse().ok().map(EventKey)
    }

    /// The path as it is written in a database row.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path as the operating system takes it, still relative.
    pub(crate) fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }

    /// The folder it stands in; the root's is empty.
    pub(crate) fn folder(&self) -> &Path {
        self.as_path().parent().unwrap_or(Path::new(""))
    }
}

fn day(ts: Timestamp) -> String {
    ts.to_string()[.."YYYY-MM-DD".len()].replace('-', "/")
}

impl FromStr for MediaPath {
    type Err = InvalidMediaPath;

    fn from_str(text: &str) -> Result<Self, InvalidMediaPath> {
        let fits = (1..=LENGTH_MAX).contains(&text.len())
            && !text.chars().any(|c| c == '\\' || c.is_control())
            // Refuses what is absolute (an empty first part), `.`, `..`, and the library's own hidden folder too.
            && text.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidMediaPath) }
    }
}

impl fmt::Display for MediaPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_events_files_are_named_by_day_and_key() {
        let key = EventKey("0192f1a0-7c3e-7b4c-8f00-0123456789ab".parse().unwrap());
        let ts = Timestamp::parse("2026-11-23T23:59:59.999Z").unwrap();
        let clip = MediaPath::clip(key, ts);
        assert_eq!(clip.as_str(), "clips/2026/11/23/0192f1a0-7c3e-7b4c-8f00-0123456789ab.mp4");
        assert_eq!(
            MediaPath::thumbnail(key, ts).as_str(),
            "thumbnails/2026/11/23/0192f1a0-7c3e-7b4c-8f00-0123456789ab.jpg"
        );
        for path in [clip, MediaPath::thumbnail(key, ts)] {
            assert_eq!(path.as_str().parse(), Ok(path.clone()));
            assert_eq!(path.event_key(), Some(key));
        }
    }

    #[test]
    fn other_files_are_no_events() {
        for path in ["clips/x.mp4", "clips", "photos/0192f1a0-7c3e-7b4c-8f00-0123456789ab.jpg", "clips/a.jpg"] {
            assert_eq!(path.parse::<MediaPath>().unwrap().event_key(), None, "{path}");
        }
    }

    #[test]
    fn refuses_what_leaves_or_hides() {
        for text in [
            "",
            "/",
            "/etc/passwd",
            ".",
            "..",
            "a/../b",
            "a/..",
            "./a",
            "a//b",
            "a/",
            "a\\b",
            "a\0b",
            "a\nb",
            ".tmp/a",
            "a/.b",
        ] {
            assert_eq!(text.parse::<MediaPath>(), Err(InvalidMediaPath), "{text:?}");
        }
        assert!("a".repeat(LENGTH_MAX).parse::<MediaPath>().is_ok());
        assert!("a".repeat(LENGTH_MAX + 1).parse::<MediaPath>().is_err());
    }

    proptest! {
        #[test]
        fn what_passes_stays_below_its_root(text in "[a./\\\\]{0,12}") {
            if let Ok(path) = text.parse::<MediaPath>() {
                let parts: Vec<_> = path.as_path().components().collect();
                prop_assert!(parts.iter().all(|part| matches!(part, std::path::Component::Normal(_))));
                prop_assert_eq!(parts.len(), text.split('/').count());
            }
        }
    }
}
