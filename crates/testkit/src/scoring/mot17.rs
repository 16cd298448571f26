//! MOT17 half-val: the sequences, the detections of a public YOLOX-X on them, and Iris's own tracker run over them. Driven by the
//! tracking floors' test and by `make eval-tracking`; the floors are in [`super::floors`].
//!
//! The tracker starts at the first frame of the half, as those it is compared with do. Its result is what it knew at the time: the
//! confirmed tracks found in a picture, with its estimate of their boxes; the tentative first picture of a track is not added when
//! the track is confirmed (that would raise HOTA by 0.2 at full rate and by 1.4 at 5 pictures a second). At reduced rates it is
//! scored on the frames it was given and on no others: what it says of frames nobody showed it is a prediction that Iris never
//! stores.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use iris_domain::tracking::{Track, TrackState, Tracker, TrackerSettings};
use iris_domain::{BBox, Class, Detection, Timestamp};
use uuid::Uuid;

use super::mot_format::{MotRow, PixelBox, read_rows};
use super::preparation::prepare;
use super::schedule::Schedule;
use super::scores::Scores;

/// The confidence at which boxes of this YOLOX-X are believed.
const DETECT_CONFIDENCE: f32 = 0.6;

/// The tracker is shown a canvas with this much room on each side of the picture, in picture sizes: ground truth and detections of
/// MOT17 cover whole people, also those half outside. Clipped to the picture, as Iris's own detections are, they would be held
/// against truth that is not; the tracker itself does not care where in the canvas a box is.
const ROOM: f64 = 1.0;
const CANVAS: f64 = 1.0 + 2.0 * ROOM;

/// One sequence's facts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mot17 {
    /// Such as `MOT17-02`.
    pub name: &'static str,
    /// Frames of the second half.
    pub length: u32,
    /// Frame of the whole sequence before the first of the half.
    pub offset: u32,
    /// Pictures a second it was filmed at.
    pub filmed_hz: f64,
    /// Width and height in pixels.
    pub size: (f64, f64),
}

const fn full_hd(name: &'static str, length: u32, offset: u32, filmed_hz: f64) -> Mot17 {
    Mot17 { name, length, offset, filmed_hz, size: (1920.0, 1080.0) }
}

/// The seven sequences; half-val has one frame less than the whole has in its second half, as its makers cut it.
pub const SEQUENCES: [Mot17; 7] = [
    full_hd("MOT17-02", 299, 301, 30.0),
    full_hd("MOT17-04", 524, 526, 30.0),
    Mot17 { name: "MOT17-05", length: 418, offset: 419, filmed_hz: 14.0, size: (640.0, 480.0) },
    full_hd("MOT17-09", 262, 263, 30.0),
    full_hd("MOT17-10", 326, 328, 30.0),
    full_hd("MOT17-11", 449, 451, 30.0),
    full_hd("MOT17-13", 374, 376, 25.0),
];

/// A sequence with its boxes in memory.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Which.
    pub facts: Mot17,
    truth: Vec<MotRow>,
    /// By frame of the half, from 1 at index 0.
    detections: Vec<Vec<Detection>>,
}

impl Mot17 {
    /// Reads the sequence from the folder that holds `det` and `gt`.
    pub fn load(&self, folder: &Path) -> Result<Loaded> {
        let mut detections = vec![Vec::new(); self.length as usize];
        for row in read_rows(&self.file(folder, "det"))? {
            let frame = row.frame.checked_sub(self.offset + 1).and_then(|index| detections.get_mut(index as usize));
            if let Some(frame) = frame {
                frame.extend(self.detection(&row));
            }
        }
        Ok(Loaded { facts: *self, truth: read_rows(&self.file(folder, "gt"))?, detections })
    }

    /// Scores the reference result that lies beside the ground truth.
    pub fn score_reference(&self, folder: &Path) -> Result<Scores> {
        let (truth, found) = (read_rows(&self.file(folder, "gt"))?, read_rows(&self.file(folder, "ref"))?);
        Ok(Scores::of(&prepare(&truth, &found, 1..=self.length)))
    }

    fn file(&self, folder: &Path, kind: &str) -> PathBuf {
        folder.join(kind).join(format!("{}.txt.gz", self.name))
    }

    fn detection(&self, row: &MotRow) -> Option<Detection> {
        let (width, height) = self.size;
        let PixelBox { left, top, width: box_width, height: box_height } = row.bbox;
        let x = |pixels: f64| ((pixels / width + ROOM) / CANVAS) as f32;
        let y = |pixels: f64| ((pixels / height + ROOM) / CANVAS) as f32;
        let bbox = BBox::clipped(x(left), y(top), x(left + box_width), y(top + box_height))?;
        Some(Detection { bbox, class: Class::person(), score: row.confidence as f32, look: None })
    }

    fn row(&self, frame: u32, track: &Track) -> MotRow {
        let (width, height) = self.size;
        let bbox = PixelBox {
            left: (f64::from(track.bbox.x1) * CANVAS - ROOM) * width,
            top: (f64::from(track.bbox.y1) * CANVAS - ROOM) * height,
            width: f64::from(track.bbox.width()) * CANVAS * width,
            height: f64::from(track.bbox.height()) * CANVAS * height,
        };
        MotRow { frame, id: track.key.number as i64, bbox, confidence: f64::from(track.score), class: -1 }
    }
}

/// The tracker's settings for these detections.
pub fn settings() -> TrackerSettings {
    TrackerSettings::for_confidence(DETECT_CONFIDENCE)
}

/// Reads all of [`SEQUENCES`].
pub fn load_all(folder: &Path) -> Result<Vec<Loaded>> {
    SEQUENCES.iter().map(|facts| facts.load(folder)).collect()
}

impl Loaded {
    /// Tracks the scheduled pictures and scores the confirmed tracks found in them.
    pub fn score(&self, schedule: Schedule, settings: TrackerSettings) -> Scores {
        let facts = &self.facts;
        let aspect = (facts.size.0 / facts.size.1) as f32;
        let frames = schedule.frames(facts.length, facts.filmed_hz);
        let mut tracker = Tracker::new(settings, Uuid::nil());
        let mut found = Vec::new();
        for &frame in &frames {
            let at = Duration::from_secs_f64(f64::from(frame) / facts.filmed_hz);
            let detections = &self.detections[frame as usize - 1];
            let picture = tracker.observe(detections, at, Timestamp::EPOCH.plus(at), aspect);
            let tracks = picture.expect("frames are in time order").tracks;
            let shown = tracks.iter().filter(|track| track.observed && track.state == TrackState::Confirmed);
            found.extend(shown.map(|track| facts.row(frame, track)));
        }
        Scores::of(&prepare(&self.truth, &found, frames))
    }
}
