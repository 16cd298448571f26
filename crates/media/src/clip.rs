//! Cuts a clip out of recorded segments: MP4, pictures and sound copied bit for bit, its index in front. Driven by the recorder
//! and never decodes.
//!
//! A position in the clip is a moment of wall time: within a connection times are the camera's own, across connections and gaps
//! they follow the segments' names. A clip holds one size and one codec; where the camera changed either, the clip ends and the
//! rest is reported as a gap, because no player shows both from one track.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ffmpeg_next::{Dictionary, Error};
use iris_domain::{SegmentName, Span, Timestamp};

use crate::VideoCodec;
use crate::av::{Output, Parameters, is_disk_full};
use crate::clip_writer::ClipWriter;
use crate::segment_file::SegmentFile;

/// A hole in the recording shorter than this is none: clocks and names are rounded.
pub(crate) const HOLE_MIN: Duration = Duration::from_millis(500);

/// One recorded segment, in order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClipPart {
    /// Where it is now (it may have been moved or linked elsewhere).
    pub path: PathBuf,
    /// What it is.
    pub name: SegmentName,
}

/// Why a stretch of time is missing from a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GapReason {
    /// Nothing was recorded.
    NotRecorded,
    /// The segment is gone or cannot be read.
    Unreadable,
    /// The camera changed its size or codec.
    StreamChanged,
}

impl GapReason {
    /// In words for people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotRecorded => "nothing was recorded",
            Self::Unreadable => "the recording cannot be read",
            Self::StreamChanged => "the camera changed its picture size or codec",
        }
    }
}

/// A stretch of the wanted time that the clip does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClipGap {
    /// When.
    pub span: Span,
    /// Why.
    pub reason: GapReason,
}

/// What was cut.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipReport {
    /// When the first picture was filmed: a key frame, at or before the wanted start where there is one.
    pub start: Timestamp,
    /// When the last picture ends.
    pub end: Timestamp,
    /// Playing time; `end - start`.
    pub duration: Duration,
    /// Whether there is sound.
    pub has_audio: bool,
    /// Size of the file.
    pub bytes: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The picture's codec.
    pub codec: VideoCodec,
    /// What is missing between the wanted start and end, in order.
    pub gaps: Vec<ClipGap>,
}

/// Why there is no clip.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClipError {
    /// None of the segments holds a key picture of the wanted time.
    #[error("cut a clip: nothing of that time is recorded")]
    NothingRecorded,
    /// Room must be made.
    #[error("cut a clip: no space left on the disk")]
    DiskFull,
    /// Anything else the disk, the muxer or a decoder said.
    #[error("cut a clip: {0}")]
    Failed(String),
}

impl From<Error> for ClipError {
    fn from(error: Error) -> Self {
        if is_disk_full(error) { Self::DiskFull } else { Self::Failed(error.to_string()) }
    }
}

/// Writes what `parts` hold between `from` and `to` to `out`, which is replaced. The clip begins with the last key frame at or
/// before `from` (the first one after it, where there is none) and ends with the last picture at or before `to`. On an error
/// `out` may be left half written; give a temporary name and rename.
pub fn cut_clip(parts: &[ClipPart], from: Timestamp, to: Timestamp, out: &Path) -> Result<ClipReport, ClipError> {
    let parts = relevant(parts, from, to);
    let (format, mut unreadable) = ClipFormat::of(parts);
    let format = format.ok_or(ClipError::NothingRecorded)?;
    let mut writer = ClipWriter::create(out, &format, from, to)?;
    let mut changed = None;
    for part in parts {
        match SegmentFile::open(&part.path) {
            Ok(file) if format.matches(&file) => writer.copy(file, part.name)?,
            Ok(_) if writer.begun() => {
                changed = Some(part.name.start);
                break;
            }
            // Another size before the clip has begun: it begins with the first that fits the format.
            Ok(_) => {}
            Err(_) if unreadable.contains(&part.name.span()) => {}
            Err(_) => unreadable.push(part.name.span()),
        }
    }
    let written = writer.finish()?;
    let wanted = Span::new(from, to).ok_or(ClipError::NothingRecorded)?;
    let gaps = gaps(wanted, &written.shown, &unreadable, changed);
    let bytes = std::fs::metadata(out).map_err(|error| ClipError::Failed(error.to_string()))?.len();
    Ok(ClipReport {
        start: written.start,
        end: written.end,
        duration: written.end.since(written.start),
        has_audio: written.has_audio,
        bytes,
        width: format.video.width(),
        height: format.video.height(),
        codec: format.codec,
        gaps,
    })
}

/// The parts that the clip may need: from the last segment that begins with a key frame at or before `from`, to the one at `to`.
fn relevant(parts: &[ClipPart], from: Timestamp, to: Timestamp) -> &[ClipPart] {
    let begins = parts.iter().rposition(|part| part.name.starts_with_key && part.name.start <= from).unwrap_or(0);
    let ends = parts.iter().rposition(|part| part.name.start <= to).map_or(0, |last| last + 1);
    parts.get(begins..ends).unwrap_or_default()
}

/// What all of a clip has in common: the streams of its first readable segment.
pub(crate) struct ClipFormat {
    pub(crate) codec: VideoCodec,
    pub(crate) video: Parameters,
    pub(crate) audio: Option<Parameters>,
}

impl ClipFormat {
    /// Looks for the picture's format and the sound's; the sound may begin in a later segment. Also tells which of the segments
    /// it looked at cannot be read.
    fn of(parts: &[ClipPart]) -> (Option<Self>, Vec<Span>) {
        let mut unreadable = Vec::new();
        let mut format: Option<Self> = None;
        for part in parts {
            let file = match SegmentFile::open(&part.path) {
                Ok(file) if file.video_parameters.width() > 0 => file,
                Ok(_) => continue,
                Err(_) => {
                    unreadable.push(part.name.span());
                    continue;
                }
            };
            let format = format.get_or_insert_with(|| Self {
                codec: file.codec,
                video: file.video_parameters.clone(),
                audio: None,
            });
            if file.audio_parameters.is_some() {
                format.audio = file.audio_parameters;
                break;
            }
        }
        (format, unreadable)
    }

    fn matches(&self, file: &SegmentFile) -> bool {
        let size = |parameters: &Parameters| (parameters.width(), parameters.height());
        // A segment of which the size is not known (it begins between key frames) is taken for what surrounds it.
        let same_size = size(&file.video_parameters) == (0, 0) || size(&file.video_parameters) == size(&self.video);
        file.codec == self.codec && same_size
    }

    /// The parameters as MP4 wants them.
    pub(crate) fn add_to(&self, output: &mut Output) -> Result<(usize, Option<usize>), Error> {
        // Players of Apple's take H.265 under this tag only.
        let tag = (self.codec == VideoCodec::H265).then_some(*b"hvc1");
        let video = output.add_stream(&self.video.with_tag(tag))?;
        let audio = self.audio.as_ref().map(|audio| output.add_stream(&audio.with_tag(None))).transpose()?;
        let mut options = Dictionary::new();
        options.set("movflags", "+faststart");
        output.begin(options)?;
        Ok((video, audio))
    }
}

/// What of `wanted` is not covered by `shown` (in order), with the reason for each hole.
fn gaps(wanted: Span, shown: &[Span], unreadable: &[Span], changed: Option<Timestamp>) -> Vec<ClipGap> {
    let mut gaps = Vec::new();
    let mut covered = wanted.start;
    let end = Span { start: wanted.end, end: wanted.end };
    for span in shown.iter().chain([&end]) {
        if span.start.since(covered) >= HOLE_MIN {
            let hole = Span { start: covered, end: span.start.min(wanted.end) };
            gaps.push(ClipGap { span: hole, reason: reason(hole, unreadable, changed) });
        }
        covered = covered.max(span.end);
    }
    gaps
}

fn reason(hole: Span, unreadable: &[Span], changed: Option<Timestamp>) -> GapReason {
    if unreadable.iter().any(|span| span.overlaps(hole)) {
        GapReason::Unreadable
    } else if changed.is_some_and(|changed| changed < hole.end) {
        GapReason::StreamChanged
    } else {
        GapReason::NotRecorded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start_ms: i64, end_ms: i64) -> Span {
        let at = |ms| Timestamp::from_millis(1_800_000_000_000 + ms).unwrap();
        Span::new(at(start_ms), at(end_ms)).unwrap()
    }

    #[test]
    fn every_hole_is_reported_with_its_reason() {
        let shown = [span(-1_000, 4_000), span(4_200, 6_000), span(9_000, 12_000)];
        let found = gaps(span(0, 20_000), &shown, &[span(6_000, 8_000)], Some(span(12_000, 12_000).start));
        let expected = [
            ClipGap { span: span(6_000, 9_000), reason: GapReason::Unreadable },
            ClipGap { span: span(12_000, 20_000), reason: GapReason::StreamChanged },
        ];
        assert_eq!(found, expected);
        assert_eq!(gaps(span(0, 4_000), &[span(1_000, 4_000)], &[], None).len(), 1);
        assert!(gaps(span(0, 4_000), &[span(0, 3_800)], &[], None).is_empty());
    }

    #[test]
    fn a_clip_needs_the_segments_from_its_key_frame_on() {
        let part = |start_ms: i64, key| ClipPart {
            path: PathBuf::new(),
            name: SegmentName {
                start: span(start_ms, start_ms).start,
                duration_ms: 2_000,
                sequence: 0,
                run: 1,
                starts_with_key: key,
            },
        };
        let parts = [part(0, true), part(2_000, false), part(4_000, true), part(6_000, true)];
        let wanted = |from_ms, to_ms| relevant(&parts, span(from_ms, from_ms).start, span(to_ms, to_ms).start).len();
        assert_eq!(wanted(3_000, 5_000), 3);
        assert_eq!(wanted(4_000, 5_000), 1);
        assert_eq!(wanted(-5_000, 9_000), 4);
        assert_eq!(wanted(-5_000, -4_000), 0);
    }
}
