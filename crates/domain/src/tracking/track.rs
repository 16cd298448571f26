//! One thing that is being followed: what the world sees of it ([`Track`]) and what the tracker keeps ([`LiveTrack`]).
//! Driven by the tracker; never decides which detection belongs to it.

use std::time::Duration;

use uuid::Uuid;

use super::appearance::Appearance;
use super::class_group::ClassGroup;
use super::kalman::Motion;
use super::settings::TrackerSettings;
use super::shape::Shape;
use crate::{BBox, Class, Detection, Look, Timestamp, TrackKey};

/// How sure the tracker is that a track is a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackState {
    /// Found once; may be a mistake of the detector.
    Tentative,
    /// Found often enough to be believed; stays confirmed until it ends.
    Confirmed,
}

/// A followed thing as of one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Its name, for ever.
    pub key: TrackKey,
    /// The class most of its detections had, weighted by their scores.
    pub class: Class,
    /// Where it is by the tracker's estimate, clipped to the picture; for one that left the picture, where it was last inside.
    pub bbox: BBox,
    /// Score of its latest detection, 0..1.
    pub score: f32,
    /// Whether it is believed yet.
    pub state: TrackState,
    /// Pictures in which it was found.
    pub hits: u32,
    /// Wall time of the first picture in which it was found.
    pub first_seen: Timestamp,
    /// Wall time of the latest picture in which it was found.
    pub last_seen: Timestamp,
    /// Whether it was found in this very picture; otherwise `bbox` is a prediction.
    pub observed: bool,
}

/// One picture's times: the monotonic one that drives the motion and the wall time it is reported with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub at: Duration,
    pub captured: Timestamp,
}

/// A track with what only the tracker needs.
#[derive(Debug)]
pub(super) struct LiveTrack {
    pub number: u64,
    pub group: ClassGroup,
    pub motion: Motion,
    /// The box of its latest detection, as detected.
    pub last_observed: Shape,
    /// What it looks like, once it was seen plainly.
    pub appearance: Option<Appearance>,
    pub last_hit: Moment,
    pub state: TrackState,
    pub observed: bool,
    /// Pictures since the latest hit.
    pub missed: u32,
    hits: u32,
    first_seen: Timestamp,
    score: f32,
    /// The latest estimate that lay inside the picture.
    bbox: BBox,
    /// Scores added up by class, in order of first appearance.
    votes: Vec<(Class, f32)>,
}

impl LiveTrack {
    pub fn new(number: u64, group: ClassGroup, detection: &Detection, seen: Shape, moment: Moment) -> Self {
        Self {
            number,
            group,
            motion: Motion::new(&seen),
            last_observed: seen,
            appearance: None,
            last_hit: moment,
            state: TrackState::Tentative,
            observed: true,
            missed: 0,
            hits: 1,
            first_seen: moment.captured,
            score: detection.score,
            bbox: detection.bbox,
            votes: vec![(detection.class.clone(), detection.score)],
        }
    }

    /// Starts a new picture: moves on by `seconds` and counts as not found until [`Self::hit`].
    pub fn predict(&mut self, seconds: f32) {
        if !self.observed {
            self.motion.hold_size();
        }
        self.motion.predict(seconds);
        self.observed = false;
        self.missed = self.missed.saturating_add(1);
    }

    /// What a similarity to this track is worth: a thing in plain sight takes a contested detection before one that was not seen
    /// for a while, and both before one that may be a mistake.
    pub fn standing(&self, at: Duration, settings: &TrackerSettings) -> f32 {
        if self.state == TrackState::Tentative {
            return settings.tentative_weight;
        }
        let lost = (at - self.last_hit.at).as_secs_f32() / settings.keep_lost.as_secs_f32().max(f32::EPSILON);
        1.0 - (1.0 - settings.lost_weight) * lost.min(1.0)
    }

    /// What the colours of a detection make of its similarity, above 0 and at most 1.
    pub fn likeness(&self, detection: &Detection, settings: &TrackerSettings) -> f32 {
        let (Some(appearance), Some(look)) = (&self.appearance, &detection.look) else { return 1.0 };
        1.0 - settings.look_weight * (1.0 - (-(appearance.distance(look) / settings.look_scale).powi(2) / 2.0).exp())
    }

    /// It was seen plainly: nothing else is before it.
    pub fn learn(&mut self, look: &Look) {
        match &mut self.appearance {
            Some(appearance) => appearance.learn(look),
            None => self.appearance = Some(Appearance::new(look)),
        }
    }

    /// It was found in this picture.
    pub fn hit(&mut self, detection: &Detection, seen: Shape, moment: Moment, confirm_hits: u32) {
        self.motion.correct(&seen);
        self.last_observed = seen;
        self.last_hit = moment;
        self.observed = true;
        self.missed = 0;
        self.score = detection.score;
        self.hits = self.hits.saturating_add(1);
        if self.hits >= confirm_hits {
            self.state = TrackState::Confirmed;
        }
        match self.votes.iter_mut().find(|(class, _)| *class == detection.class) {
            Some((_, sum)) => *sum += detection.score,
            None => self.votes.push((detection.class.clone(), detection.score)),
        }
    }

    /// Ends a picture: the reported box follows the estimate while it is in the picture.
    pub fn settle(&mut self, aspect: f32) {
        if let Some(bbox) = self.motion.shape().to_bbox(aspect) {
            self.bbox = bbox;
        }
    }

    /// What the world sees.
    pub fn view(&self, run: Uuid) -> Track {
        Track {
            key: TrackKey { run, number: self.number },
            class: self.class().clone(),
            bbox: self.bbox,
            score: self.score,
            state: self.state,
            hits: self.hits,
            first_seen: self.first_seen,
            last_seen: self.last_hit.captured,
            observed: self.observed,
        }
    }

    fn class(&self) -> &Class {
        let mut best = &self.votes[0];
        for vote in &self.votes[1..] {
            if vote.1 > best.1 {
                best = vote;
            }
        }
        &best.0
    }
}
