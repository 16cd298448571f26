//! When an event opens, goes on and ends, for one camera. Driven by the recorder with what ingest followed in each picture;
//! it never touches clips, files or rows.
//!
//! A presence opens after `min_trigger_frames` consecutive pictures with a triggering thing. It goes on while such a thing is
//! seen or comes back within `post`, and its times are those of its first and last trigger. A thing that cannot walk away by
//! itself (anything but a person or an animal) stops counting once it has stood still for [`PARKED_AFTER`]. A presence longer
//! than [`LENGTH_MAX`] is split; since every clip has its own pre- and post-roll, no second is lost between the parts.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::parking::Parking;
use crate::{BBox, Class, Timestamp, TrackKey};

/// A longer presence is split: long enough for any visit, short enough that a clip stays handy (about 150 MB at 2 Mbit/s).
pub const LENGTH_MAX: Duration = Duration::from_secs(600);
/// Pictures may come late by this much before their absence ends a presence.
const LATENESS: Duration = Duration::from_secs(2);
/// A rare detection (one picture a minute, say) must not end a presence between two pictures.
const PICTURE_GAPS_HELD: f64 = 1.5;

pub use crate::parking::PARKED_AFTER;

/// How a camera's presence is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct PresenceRules {
    /// Classes that open an event.
    pub trigger_classes: Vec<Class>,
    /// Consecutive pictures with a trigger before an event opens.
    pub min_trigger_frames: u32,
    /// Must pass between the end of one event and the start of the next.
    pub trigger_cooldown: Duration,
    /// Clip before the first trigger.
    pub pre: Duration,
    /// Clip after the last trigger; also how long a presence waits for a return.
    pub post: Duration,
    /// Lowest score that counts as a trigger, 0..1.
    pub min_score: f32,
}

/// One followed thing, as far as presence cares.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Its track.
    pub key: TrackKey,
    /// What it is.
    pub class: Class,
    /// Where it is.
    pub bbox: BBox,
    /// Score of its newest detection.
    pub score: f32,
    /// Seen often enough to be believed.
    pub confirmed: bool,
    /// Seen in this very picture.
    pub observed: bool,
}

/// What is known of a presence; survives in the recorder's journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PresenceSummary {
    /// The class that triggered.
    pub label: Class,
    /// First trigger detection.
    pub first: Timestamp,
    /// Last trigger detection so far.
    pub last: Timestamp,
    /// Highest score of a trigger.
    pub confidence: f32,
    /// Confirmed things that took part.
    pub num_tracks: u32,
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

/// What the driver has to act on.
#[derive(Debug, Clone, PartialEq)]
pub enum PresenceOutput {
    /// An event begins.
    Opened(PresenceSummary),
    /// It goes on and something worth showing changed: another thing joined, or the score rose.
    Changed(PresenceSummary),
    /// It ended.
    Closed(PresenceSummary),
}

/// The machine.
#[derive(Debug, Default)]
pub struct Presence {
    state: State,
    parking: Parking,
    last_picture: Option<Timestamp>,
    picture_gap: Duration,
    last_end: Option<Timestamp>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    /// Triggering pictures in a row, not yet enough.
    Arming { pictures: u32, summary: PresenceSummary, tracks: BTreeSet<TrackKey> },
    Open(Open),
}

#[derive(Debug)]
struct Open {
    summary: PresenceSummary,
    tracks: BTreeSet<TrackKey>,
    /// When the driver was last told of a trigger, by its own clock.
    told_at: Instant,
    /// Wait for a return after the last trigger.
    hold: Duration,
    /// Operators deleted the event: the presence goes on unrecorded.
    discarded: bool,
}

impl Presence {
    /// Goes on with a presence that was open when the recorder stopped.
    pub fn resume(summary: PresenceSummary, now: Instant) -> Self {
        let hold = summary.post;
        let open = Open { summary, tracks: BTreeSet::new(), told_at: now, hold, discarded: false };
        Self { state: State::Open(open), ..Self::default() }
    }

    /// The presence going on, if any.
    pub fn current(&self) -> Option<&PresenceSummary> {
        match &self.state {
            State::Open(open) if !open.discarded => Some(&open.summary),
            _ => None,
        }
    }

    /// The open event was deleted: this presence is not recorded again.
    pub fn discard(&mut self) {
        if let State::Open(open) = &mut self.state {
            open.discarded = true;
        }
    }

    /// Takes one picture. Pictures older than the newest are ignored.
    pub fn observe(&mut self, captured: Timestamp, seen: &[Seen], rules: &PresenceRules, now: Instant) -> Vec<PresenceOutput> {
        if self.last_picture.is_some_and(|last| captured <= last) {
            return Vec::new();
        }
        self.picture_gap = self.last_picture.map_or(Duration::ZERO, |last| captured.since(last));
        self.last_picture = Some(captured);
        let parked = self.parking.observe(captured, seen);
        let triggers: Vec<&Seen> = seen
            .iter()
            .filter(|thing| thing.observed && rules.trigger_classes.contains(&thing.class) && !parked.contains(&thing.key))
            .collect();
        let mut outputs = Vec::new();
        self.close_if_over(captured, &mut outputs);
        if triggers.is_empty() {
            if let State::Arming { .. } = self.state {
                self.state = State::Idle;
            }
        } else {
            self.trigger(captured, &triggers, rules, now, &mut outputs);
        }
        outputs
    }

    /// Ends a presence whose pictures stopped coming.
    pub fn tick(&mut self, now: Instant) -> Vec<PresenceOutput> {
        match self.next_deadline() {
            Some(deadline) if now >= deadline => self.end(),
            _ => Vec::new(),
        }
    }

    /// When [`Self::tick`] has something to do, should no picture come before.
    pub fn next_deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Open(open) => Some(open.told_at + open.hold + LATENESS),
            _ => None,
        }
    }

    /// Ends the presence at its last trigger: the camera is no longer watched.
    pub fn end(&mut self) -> Vec<PresenceOutput> {
        match std::mem::take(&mut self.state) {
            State::Open(open) => {
                self.last_end = Some(open.summary.last);
                if open.discarded { Vec::new() } else { vec![PresenceOutput::Closed(open.summary)] }
            }
            State::Idle | State::Arming { .. } => Vec::new(),
        }
    }

    fn close_if_over(&mut self, captured: Timestamp, outputs: &mut Vec<PresenceOutput>) {
        let over = match &self.state {
            State::Open(open) => captured.since(open.summary.last) > open.hold,
            _ => false,
        };
        if over {
            outputs.extend(self.end());
        }
    }

    fn trigger(
        &mut self,
        captured: Timestamp,
        triggers: &[&Seen],
        rules: &PresenceRules,
        now: Instant,
        outputs: &mut Vec<PresenceOutput>,
    ) {
        match &mut self.state {
            State::Open(open) => {
                open.told_at = now;
                open.hold = rules.post.max(self.picture_gap.mul_f64(PICTURE_GAPS_HELD));
                let changed = take_in(&mut open.summary, &mut open.tracks, captured, triggers, rules);
                if open.summary.last.since(open.summary.first) >= LENGTH_MAX {
                    self.split(captured, triggers, rules, now, outputs);
                } else if changed && !open.discarded {
                    outputs.push(PresenceOutput::Changed(open.summary.clone()));
                }
            }
            State::Arming { pictures, summary, tracks } => {
                *pictures += 1;
                take_in(summary, tracks, captured, triggers, rules);
                self.open_if_armed(now, rules, outputs);
            }
            State::Idle => {
                let cooling = self.last_end.is_some_and(|end| captured.since(end) < rules.trigger_cooldown);
                // A presence starts with something the detector is sure of; fainter sightings only continue it.
                let sure = triggers.iter().find(|thing| thing.score >= rules.min_score);
                if let (false, Some(subject)) = (cooling, sure) {
                    let mut tracks = BTreeSet::new();
                    let mut summary = begin(captured, subject, rules);
                    take_in(&mut summary, &mut tracks, captured, triggers, rules);
                    self.state = State::Arming { pictures: 1, summary, tracks };
                    self.open_if_armed(now, rules, outputs);
                }
            }
        }
    }

    fn open_if_armed(&mut self, now: Instant, rules: &PresenceRules, outputs: &mut Vec<PresenceOutput>) {
        match std::mem::take(&mut self.state) {
            State::Arming { pictures, summary, tracks } if pictures >= rules.min_trigger_frames => {
                outputs.push(PresenceOutput::Opened(summary.clone()));
                let hold = rules.post.max(self.picture_gap.mul_f64(PICTURE_GAPS_HELD));
                self.state = State::Open(Open { summary, tracks, told_at: now, hold, discarded: false });
            }
            other => self.state = other,
        }
    }

    /// Closes a presence that grew too long and opens the next one in the same picture.
    fn split(
        &mut self,
        captured: Timestamp,
        triggers: &[&Seen],
        rules: &PresenceRules,
        now: Instant,
        outputs: &mut Vec<PresenceOutput>,
    ) {
        let State::Open(open) = &self.state else { return };
        let (discarded, hold) = (open.discarded, open.hold);
        outputs.extend(self.end());
        let mut tracks = BTreeSet::new();
        let mut summary = begin(captured, triggers[0], rules);
        take_in(&mut summary, &mut tracks, captured, triggers, rules);
        if !discarded {
            outputs.push(PresenceOutput::Opened(summary.clone()));
        }
        self.state = State::Open(Open { summary, tracks, told_at: now, hold, discarded });
    }
}

fn begin(captured: Timestamp, subject: &Seen, rules: &PresenceRules) -> PresenceSummary {
    PresenceSummary {
        label: subject.class.clone(),
        first: captured,
        last: captured,
        confidence: subject.score,
        num_tracks: 0,
        best: BestMoment { at: captured, bbox: subject.bbox, merit: merit(subject) },
        pre: rules.pre,
        post: rules.post,
    }
}

/// Adds a picture's triggers; true when something worth telling changed.
fn take_in(
    summary: &mut PresenceSummary,
    tracks: &mut BTreeSet<TrackKey>,
    captured: Timestamp,
    triggers: &[&Seen],
    rules: &PresenceRules,
) -> bool {
    summary.last = captured;
    (summary.pre, summary.post) = (rules.pre, rules.post);
    let mut changed = false;
    for thing in triggers {
        if thing.confirmed && tracks.insert(thing.key) {
            summary.num_tracks += 1;
            changed = true;
        }
        // Told in steps of five hundredths, so that a creeping score does not write a row with every picture.
        changed |= thing.score >= summary.confidence + 0.05;
        summary.confidence = summary.confidence.max(thing.score);
        let merit = merit(thing);
        if merit > summary.best.merit {
            summary.best = BestMoment { at: captured, bbox: thing.bbox, merit };
        }
    }
    changed
}

/// Large, well scored, and not cut off by the picture's edge (which halves it).
fn merit(thing: &Seen) -> f32 {
    const EDGE: f32 = 0.01;
    let BBox { x1, y1, x2, y2 } = thing.bbox;
    let cut = x1 < EDGE || y1 < EDGE || x2 > 1.0 - EDGE || y2 > 1.0 - EDGE;
    thing.score * thing.bbox.area().sqrt() * if cut { 0.5 } else { 1.0 }
}

