//! After a crash: segments that were being written become segments that can be played. MPEG-TS is made for broken lines, so all
//! but the last fraction of a second is there. The owner of the folder calls it before it begins to record.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use iris_domain::SegmentName;
use tracing::{info, warn};

use crate::ClosedSegment;
use crate::av::AvPacket;
use crate::segment_file::SegmentFile;
use crate::segmenter::{OPEN_PREFIX, named_by_length, publish};

/// Gives every left-over open segment in `dir` its name, and removes those without a picture. Returns the saved ones.
pub fn salvage(dir: &Path) -> std::io::Result<Vec<ClosedSegment>> {
    let mut saved = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let file_name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(name) = file_name.strip_prefix(OPEN_PREFIX) else { continue };
        match SegmentName::from_str(name).ok().and_then(|name| save(dir, &path, name)) {
            Some(segment) => {
                info!(segment = %segment.name, "saved a segment that was open at the crash");
                saved.push(segment);
            }
            None => {
                warn!("removed an open segment without a picture");
                std::fs::remove_file(&path)?;
            }
        }
    }
    saved.sort_by_key(|segment| segment.name);
    Ok(saved)
}

fn save(dir: &Path, path: &Path, name: SegmentName) -> Option<ClosedSegment> {
    let name = named_by_length(name, name.start, picture_length(path)?);
    let named = dir.join(name.to_string());
    let bytes = publish(path, &named).inspect_err(|error| warn!(%error, "a segment could not be saved")).ok()?;
    Some(ClosedSegment { name, path: named, bytes })
}

/// From the first picture to the end of the last; `None` without pictures.
fn picture_length(path: &Path) -> Option<Duration> {
    let mut file = SegmentFile::open(path).ok()?;
    let mut packet = AvPacket::new();
    let (mut first, mut last, mut pictures) = (None, i64::MIN, 0u32);
    while let Some(pts) = file.read_picture(&mut packet) {
        first.get_or_insert(pts);
        last = last.max(pts);
        pictures += 1;
    }
    let shown = Duration::from_micros(u64::try_from(last - first?).unwrap_or(0));
    Some(shown + if pictures > 1 { shown / (pictures - 1) } else { Duration::from_millis(40) })
}
