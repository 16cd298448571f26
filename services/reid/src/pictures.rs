//! Where the pictures of tracks stand in the library, and whose a file is by its name. They are written before the row that names
//! them; what a crash leaves in between is removed by the leader's sweep.

use iris_domain::{Timestamp, TrackKey};
use iris_library::{InvalidMediaPath, MediaPath};

/// The folder of crops.
const BODIES: &str = "bodies";
/// The folder of faces.
const FACES: &str = "faces";

/// A track's best crop: `bodies/YYYY/MM/DD/<run>-<number>.jpg`, by the UTC day it was first seen, so that no folder grows without
/// end.
pub fn body(track: TrackKey, first_seen: Timestamp) -> Result<MediaPath, InvalidMediaPath> {
    format!("{BODIES}/{}/{}-{}.jpg", day(first_seen), track.run.hyphenated(), track.number).parse()
}

/// A face of a track: `faces/YYYY/MM/DD/<run>-<number>-<n>.jpg`, where n is when it was filmed, so that the same face is the same
/// file.
pub fn face(track: TrackKey, captured: Timestamp) -> Result<MediaPath, InvalidMediaPath> {
    let TrackKey { run, number } = track;
    format!("{FACES}/{}/{}-{number}-{}.jpg", day(captured), run.hyphenated(), captured.as_micros()).parse()
}

/// The track whose picture a file is, if its name is that of one.
pub fn track_of(path: &MediaPath) -> Option<TrackKey> {
    /// Characters of a UUID with its hyphens.
    const UUID_LENGTH: usize = 36;
    let (folder, rest) = path.as_str().split_once('/')?;
    let name = rest.rsplit('/').next()?.strip_suffix(".jpg")?;
    let (run, numbers) = name.split_at_checked(UUID_LENGTH)?;
    let numbers = numbers.strip_prefix('-')?;
    let number = match folder {
        BODIES => numbers,
        FACES => numbers.split_once('-')?.0,
        _ => return None,
    };
    Some(TrackKey { run: run.parse().ok()?, number: number.parse().ok()? })
}

fn day(ts: Timestamp) -> String {
    ts.to_string()[.."YYYY-MM-DD".len()].replace('-', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_its_track() {
        let track = TrackKey { run: "0192f1a0-7c3e-7b4c-8f00-0123456789ab".parse().unwrap(), number: 17 };
        let ts = Timestamp::parse("2026-11-23T23:59:59.999Z").unwrap();
        let (body, face) = (body(track, ts).unwrap(), face(track, ts).unwrap());
        assert_eq!(body.as_str(), "bodies/2026/11/23/0192f1a0-7c3e-7b4c-8f00-0123456789ab-17.jpg");
        assert_eq!(
            face.as_str(),
            format!("faces/2026/11/23/0192f1a0-7c3e-7b4c-8f00-0123456789ab-17-{}.jpg", ts.as_micros())
        );
        assert_eq!((track_of(&body), track_of(&face)), (Some(track), Some(track)));
    }

    #[test]
    fn other_files_are_no_tracks() {
        for path in [
            "clips/0192f1a0-7c3e-7b4c-8f00-0123456789ab-17.jpg",
            "photos/1/0192f1a0-7c3e-7b4c-8f00-0123456789ab.jpg",
            "bodies/2026/11/23/x-1.jpg",
            "bodies/0192f1a0-7c3e-7b4c-8f00-0123456789ab.jpg",
            "faces/0192f1a0-7c3e-7b4c-8f00-0123456789ab-17.jpg",
            "bodies",
        ] {
            assert_eq!(track_of(&path.parse().unwrap()), None, "{path}");
        }
    }
}
