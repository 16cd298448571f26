//! What is known of one presence: its times, its subjects and its best moment. Grown by the presence machine picture by
//! picture, written by the recorder into its journal and the event's row; it decides nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{PresenceRules, Seen};
use crate::{BBox, Class, Span, Timestamp, TrackKey};

/// A higher score is told only in steps of this, so that a creeping one does not write a row with every picture.
const SCORE_STEP: f32 = 0.05;
/// A thing nearer than this to the picture's border is taken for cut off by it.
const EDGE: f32 = 0.01;

/// What is known of a presence; survives in the recorder's journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PresenceSummary {
    /// The class that triggered.
    pub label: Class,
    /// First trigger detection.
    pub first: Timestamp,
    /// Last trigger detection so far.
    pub last: Timestamp,
    /// Highest score of a trigger, 0..1.
    pub confidence: f32,
    /// The confirmed things that took part; known by name, so that a recorder that was started again counts none twice.
    pub tracks: BTreeSet<TrackKey>,
    /// The moment worth a thumbnail.
    pub best: BestMoment,
    /// Clip before `first`.
    pub pre: Duration,
    /// Clip after `last`.
    pub post: Duration,
}

/// The moment that shows the subject best: large, well scored and wholly in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BestMoment {
    /// When.
    pub at: Timestamp,
    /// Where.
    pub bbox: BBox,
    /// Higher is better.
    pub merit: f32,
}

impl PresenceSummary {
    pub(super) fn begin(captured: Timestamp, subject: &Seen, rules: &PresenceRules) -> Self {
        Self {
            label: subject.class.clone(),
            first: captured,
            last: captured,
            confidence: subject.score,
            tracks: BTreeSet::new(),
            best: BestMoment { at: captured, bbox: subject.bbox, merit: merit(subject) },
            pre: rules.pre,
            post: rules.post,
        }
    }

    /// Adds a picture's triggers; true when something worth telling changed.
    pub(super) fn take_in(&mut self, captured: Timestamp, triggers: &[&Seen], rules: &PresenceRules) -> bool {
        self.last = captured;
        (self.pre, self.post) = (rules.pre, rules.post);
        let mut changed = false;
        for thing in triggers {
            changed |= thing.confirmed && self.tracks.insert(thing.key);
            changed |= thing.score >= self.confidence + SCORE_STEP;
            self.confidence = self.confidence.max(thing.score);
            let merit = merit(thing);
            if merit > self.best.merit {
                self.best = BestMoment { at: captured, bbox: thing.bbox, merit };
            }
        }
        changed
    }

    /// The stretch its clip promises to show: the presence with its pre- and post-roll.
    pub fn clip_span(&self) -> Span {
        Span { start: self.first.minus(self.pre), end: self.last.plus(self.post) }
    }

    /// How many confirmed things took part.
    pub fn num_tracks(&self) -> u32 {
        u32::try_from(self.tracks.len()).unwrap_or(u32::MAX)
    }
}

/// Large, well scored, and not cut off by the picture's border (which halves it).
fn merit(thing: &Seen) -> f32 {
    let BBox { x1, y1, x2, y2 } = thing.bbox;
    let cut = x1 < EDGE || y1 < EDGE || x2 > 1.0 - EDGE || y2 > 1.0 - EDGE;
    thing.score * thing.bbox.area().sqrt() * if cut { 0.5 } else { 1.0 }
}
