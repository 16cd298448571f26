//! Which views of a camera's tracks are cut out in full resolution, and why. Driven by ingest with the tracks of each picture; it
//! never touches pixels.
//!
//! A track is shown once when it is confirmed, then whenever it is seen clearly better, at most twice a second; and, since only the
//! crop tells whether a face is turned to the camera, now and then while it is not: soon at first, since many a visit is short, and
//! ever more rarely. When a track is gone, that is told too, with the tracks that were seen beside it: they can never be the same
//! thing.

mod company;
mod view;

#[cfg(test)]
mod scenes;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::tracking::{Track, TrackState};
use crate::{BBox, Class, Timestamp, TrackKey};

use company::Company;
pub use view::CropView;

/// Longer side of a crop in pixels, at most: a face of a person that fills it is far larger than any network wants.
pub const CROP_SIDE_MAX: u32 = 1280;
/// JPEG quality of a crop, 1 to 100: faces keep what recognition needs.
pub const CROP_JPEG_QUALITY: u8 = 92;

/// How often and how many crops are cut.
#[derive(Debug, Clone, PartialEq)]
pub struct CropSettings {
    /// Least time between two crops of one track.
    pub interval: Duration,
    /// A view is clearly better when its merit is this many times that of the best one sent.
    pub better: f32,
    /// A track that is not seen better is shown again after this time; each such time doubles the next wait.
    pub again: Duration,
    /// Longest wait for a track to be shown again.
    pub again_max: Duration,
    /// Crops of one picture at most: cutting and encoding must not hold up the pictures after it. What is left out comes with the
    /// next picture.
    pub per_picture: usize,
    /// Lower things are not cut, in pixels: no network sees anything in them.
    pub height_px_min: f32,
    /// Part of the box that a crop shows more on each side: detectors cut hair and feet.
    pub margin: f32,
    /// Part of the box's height that a crop shows above that: faces are found by whole heads.
    pub head_room: f32,
}

impl Default for CropSettings {
    fn default() -> Self {
        Self {
            interval: Duration::from_millis(500),
            better: 1.15,
            again: Duration::from_millis(500),
            again_max: Duration::from_secs(30),
            per_picture: 4,
            height_px_min: 40.0,
            margin: 0.1,
            head_room: 0.05,
        }
    }
}

/// Why a view is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CropReason {
    /// The track is believed from now on.
    Confirmed,
    /// It is seen clearly better than before.
    Better,
    /// It was not seen better for a while: this is the latest view.
    Last,
}

impl CropReason {
    /// The word of logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Better => "better",
            Self::Last => "last",
        }
    }
}

/// A track as the crops' receivers know it.
#[derive(Debug, Clone, PartialEq)]
pub struct CropSubject {
    /// Its name.
    pub track: TrackKey,
    /// What it is by now.
    pub class: Class,
    /// First picture it was found in.
    pub first_seen: Timestamp,
    /// Latest picture it was found in.
    pub last_seen: Timestamp,
    /// Tracks seen beside it so far, ascending.
    pub companions: Vec<TrackKey>,
}

/// What ingest has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum CropOutput {
    /// Cut this out of the picture just given.
    Cut {
        /// Of whom.
        subject: CropSubject,
        /// Why.
        reason: CropReason,
        /// What.
        view: CropView,
    },
    /// A track of which crops were cut is gone.
    Ended(CropSubject),
}

/// The machine, one per camera.
#[derive(Debug, Default)]
pub struct CropChooser {
    settings: CropSettings,
    shown: BTreeMap<TrackKey, Shown>,
    company: Company,
}

/// A track that was confirmed.
#[derive(Debug)]
struct Shown {
    subject: CropSubject,
    /// The latest crop; none yet of one that was too small or that others went before.
    sent: Option<Sent>,
}

#[derive(Debug, Clone, Copy)]
struct Sent {
    at: Timestamp,
    best: f32,
    again: Duration,
}

impl CropChooser {
    /// A chooser that has seen nothing.
    pub fn new(settings: CropSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Takes the tracks of one picture of this many pixels and says what to cut out of it, most needed first, and which tracks are
    /// gone: those that the tracker does not name any more.
    pub fn observe(&mut self, captured: Timestamp, tracks: &[Track], width_px: u32, height_px: u32) -> Vec<CropOutput> {
        self.company.observe(captured, tracks);
        let mut outputs = self.end_missing(tracks);
        let mut wanted: Vec<(f32, CropReason, CropView, &Track)> = Vec::new();
        for track in tracks.iter().filter(|track| track.state == TrackState::Confirmed) {
            self.update(track);
            if track.observed {
                let view = CropView::of(track, tracks, width_px, height_px, &self.settings);
                if let Some((need, reason)) = self.need(captured, track, &view, height_px) {
                    wanted.push((need, reason, view, track));
                }
            }
        }
        wanted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.3.key.cmp(&b.3.key)));
        for (_, reason, view, track) in wanted.into_iter().take(self.settings.per_picture) {
            outputs.extend(self.cut(captured, track.key, reason, view));
        }
        outputs
    }

    /// The camera's analysis stops: every track is gone.
    pub fn end(&mut self) -> Vec<CropOutput> {
        self.end_missing(&[])
    }

    fn end_missing(&mut self, tracks: &[Track]) -> Vec<CropOutput> {
        let gone = |key: &TrackKey| !tracks.iter().any(|track| track.key == *key);
        let missing: Vec<TrackKey> = self.shown.keys().copied().filter(gone).collect();
        let mut ended = Vec::new();
        for key in missing {
            let shown = self.shown.remove(&key).filter(|shown| shown.sent.is_some());
            ended.extend(shown.map(|shown| CropOutput::Ended(self.in_company(shown.subject))));
            self.company.forget(key);
        }
        ended
    }

    fn in_company(&self, subject: CropSubject) -> CropSubject {
        CropSubject { companions: self.company.of(subject.track), ..subject }
    }

    /// Keeps up with what the tracker says of a track.
    fn update(&mut self, track: &Track) {
        let subject = CropSubject {
            track: track.key,
            class: track.class.clone(),
            first_seen: track.first_seen,
            last_seen: track.last_seen,
            companions: Vec::new(),
        };
        match self.shown.get_mut(&track.key) {
            Some(shown) => shown.subject = subject,
            None => {
                self.shown.insert(track.key, Shown { subject, sent: None });
            }
        }
    }

    /// How much a view of the track is needed, and why: the never seen first, then what improves most, then the long unseen.
    fn need(&self, captured: Timestamp, track: &Track, view: &CropView, height_px: u32) -> Option<(f32, CropReason)> {
        if track.bbox.height() * (height_px as f32) < self.settings.height_px_min {
            return None;
        }
        let Some(sent) = self.shown.get(&track.key)?.sent else {
            return Some((f32::MAX, CropReason::Confirmed));
        };
        let since = captured.since(sent.at);
        if since < self.settings.interval {
            return None;
        }
        if view.merit >= sent.best * self.settings.better {
            return Some((1.0 + view.merit / sent.best, CropReason::Better));
        }
        (since >= sent.again).then_some((view.merit, CropReason::Last))
    }

    fn cut(&mut self, captured: Timestamp, key: TrackKey, reason: CropReason, view: CropView) -> Option<CropOutput> {
        let shown = self.shown.get_mut(&key)?;
        let before = shown.sent;
        let again = match (reason, before) {
            (CropReason::Last, Some(sent)) => (sent.again * 2).min(self.settings.again_max),
            (_, Some(sent)) => sent.again,
            (_, None) => self.settings.again,
        };
        // A view of no merit at all must not make every next one an infinite improvement.
        let best = before.map_or(0.0, |sent| sent.best).max(view.merit).max(f32::MIN_POSITIVE);
        shown.sent = Some(Sent { at: captured, best, again });
        let subject = CropSubject { companions: self.company.of(key), ..shown.subject.clone() };
        Some(CropOutput::Cut { subject, reason, view })
    }
}

/// Which part of a box others cover: the largest share that any of them has of it.
fn overlap(bbox: &BBox, others: impl Iterator<Item = BBox>) -> f32 {
    let area = bbox.area().max(f32::MIN_POSITIVE);
    others.map(|other| bbox.intersection(&other) / area).fold(0.0, f32::max).min(1.0)
}
