//! When an event opens, goes on and ends, for one camera. Driven by the recorder with what ingest followed in each picture;
//! it never touches clips, files or rows.
//!
//! A presence opens after `min_trigger_frames` consecutive pictures with a triggering thing. It goes on while such a thing is
//! seen or comes back within `post`, and its times are those of its first and last trigger. A thing that cannot walk away by
//! itself (anything but a person or an animal) stops counting once it has stood still for [`PARKED_AFTER`]. A presence longer
//! than [`LENGTH_MAX`] is split; since every clip has its own pre- and post-roll, no second is lost between the parts.

mod summary;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod scenes;

use std::time::{Duration, Instant};

use crate::parking::Parking;
use crate::{BBox, Class, Timestamp, TrackKey};

pub use crate::parking::PARKED_AFTER;
pub use summary::{BestMoment, PresenceSummary};

/// A longer presence is split: long enough for any visit, short enough that a clip stays handy (about 150 MB at 2 Mbit/s).
pub const LENGTH_MAX: Duration = Duration::from_secs(600);
/// Pictures may come late by this much before their absence ends a presence.
pub const LATENESS: Duration = Duration::from_secs(2);
/// A rare detection (one picture a minute, say) must not end a presence between two pictures.
const PICTURE_GAPS_HELD: f64 = 1.5;
/// Pictures of two trackers may interleave for a moment; one that is older than the newest by more than this was filmed after
/// the camera's clock was set back, and ignoring it would blind the machine for as long as the step was.
const CLOCK_STEP: Duration = Duration::from_secs(10);

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
    Arming {
        pictures: u32,
        summary: PresenceSummary,
    },
    Open(Open),
}

#[derive(Debug)]
struct Open {
    summary: PresenceSummary,
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
        Self { state: State::Open(Open { summary, told_at: now, hold, discarded: false }), ..Self::default() }
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

    /// Takes one picture. Pictures a little older than the newest are ignored; a large step back is a clock that was set, which
    /// ends the presence.
    pub fn observe(
        &mut self,
        captured: Timestamp,
        seen: &[Seen],
        rules: &PresenceRules,
        now: Instant,
    ) -> Vec<PresenceOutput> {
        let mut outputs = Vec::new();
        match self.last_picture {
            Some(last) if last.since(captured) > CLOCK_STEP => {
                outputs.extend(self.end());
                *self = Self::default();
            }
            Some(last) if captured <= last => return outputs,
            _ => {}
        }
        self.picture_gap = self.last_picture.map_or(Duration::ZERO, |last| captured.since(last));
        self.last_picture = Some(captured);
        let parked = self.parking.observe(captured, seen);
        let triggers: Vec<&Seen> = seen
            .iter()
            .filter(|thing| thing.observed && rules.trigger_classes.contains(&thing.class))
            .filter(|thing| !parked.contains(&thing.key))
            .collect();
        self.close_if_over(captured, &mut outputs);
        if !triggers.is_empty() {
            self.trigger(captured, &triggers, rules, now, &mut outputs);
        } else if let State::Arming { .. } = self.state {
            self.state = State::Idle;
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
        let hold = self.hold(rules);
        match &mut self.state {
            State::Open(open) => {
                (open.told_at, open.hold) = (now, hold);
                let changed = open.summary.take_in(captured, triggers, rules);
                if open.summary.last.since(open.summary.first) >= LENGTH_MAX {
                    self.split(captured, triggers, rules, now, outputs);
                } else if changed && !open.discarded {
                    outputs.push(PresenceOutput::Changed(open.summary.clone()));
                }
            }
            State::Arming { pictures, summary } => {
                *pictures += 1;
                summary.take_in(captured, triggers, rules);
                self.open_if_armed(now, rules, outputs);
            }
            State::Idle => self.arm(captured, triggers, rules, now, outputs),
        }
    }

    /// A presence starts with something the detector is sure of; fainter sightings only continue it.
    fn arm(
        &mut self,
        captured: Timestamp,
        triggers: &[&Seen],
        rules: &PresenceRules,
        now: Instant,
        outputs: &mut Vec<PresenceOutput>,
    ) {
        let cooling = self.last_end.is_some_and(|end| captured.since(end) < rules.trigger_cooldown);
        let sure = triggers.iter().find(|thing| thing.score >= rules.min_score);
        if let (false, Some(subject)) = (cooling, sure) {
            let mut summary = PresenceSummary::begin(captured, subject, rules);
            summary.take_in(captured, triggers, rules);
            self.state = State::Arming { pictures: 1, summary };
            self.open_if_armed(now, rules, outputs);
        }
    }

    fn open_if_armed(&mut self, now: Instant, rules: &PresenceRules, outputs: &mut Vec<PresenceOutput>) {
        match std::mem::take(&mut self.state) {
            State::Arming { pictures, summary } if pictures >= rules.min_trigger_frames => {
                outputs.push(PresenceOutput::Opened(summary.clone()));
                self.state = State::Open(Open { summary, told_at: now, hold: self.hold(rules), discarded: false });
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
        let mut summary = PresenceSummary::begin(captured, triggers[0], rules);
        summary.take_in(captured, triggers, rules);
        if !discarded {
            outputs.push(PresenceOutput::Opened(summary.clone()));
        }
        self.state = State::Open(Open { summary, told_at: now, hold, discarded });
    }

    fn hold(&self, rules: &PresenceRules) -> Duration {
        rules.post.max(self.picture_gap.mul_f64(PICTURE_GAPS_HELD))
    }
}
