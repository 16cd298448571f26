//! Flow control by credit: how many pictures of a camera may be out for detection, and when the next one goes.
//!
//! Driven by ingest. A slow detector makes detection rarer, never late: while `in_flight_max` pictures are out nothing is sent, and
//! what is sent then is the newest. A missing one is known at once and asked again only now and then.
//!
//! A node that dies takes with it what it held, and nobody says so. What is out for much longer than answers take is therefore
//! *overdue*: another picture may go in its place. Its answer still counts should it come, and shows that answers take longer, so
//! that a node which became slow is not given more and more.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::pace::Pace;

/// A picture without an answer for this long is lost. The slowest supported model on a busy small machine needs about 2 s.
const ANSWER_DEADLINE: Duration = Duration::from_secs(5);
/// Answers that take so many times as long as usual are overdue.
const OVERDUE_TIMES: u32 = 4;
/// Nothing is overdue sooner: a camera is watched again within two seconds of a node's death, and a busy machine may stop for some
/// hundred milliseconds.
const OVERDUE_MIN: Duration = Duration::from_secs(1);
/// How much of what answers took is kept with each quicker one; a slower one counts at once.
const REMEMBERED: f64 = 0.9;
/// While the bus finds no detection node one picture is tried this often.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// The credit of one camera.
#[derive(Debug)]
pub struct Credit {
    in_flight_max: usize,
    out: VecDeque<Out>,
    pace: Pace,
    next_sequence: u64,
    detector_missing: bool,
    /// How long answers take: the longest of late. `None` before the first, when a model may still be cold.
    answers_take: Option<Duration>,
}

#[derive(Debug, Clone, Copy)]
struct Out {
    sequence: u64,
    sent: Instant,
}

impl Credit {
    /// At most `in_flight_max` pictures out at a time; two keep one node busy while the next picture travels.
    pub fn new(in_flight_max: usize) -> Self {
        let in_flight_max = in_flight_max.max(1);
        let out = VecDeque::with_capacity(in_flight_max);
        let pace = Pace::default();
        Self { in_flight_max, out, pace, next_sequence: 1, detector_missing: false, answers_take: None }
    }

    /// Whether the newest picture may go out now, `interval` being the wanted time between two.
    pub fn is_due(&mut self, interval: Duration, now: Instant) -> bool {
        self.forget_lost(now);
        let overdue_after = self.overdue_after();
        let awaited = self.out.iter().filter(|out| now.duration_since(out.sent) < overdue_after).count();
        self.pace.is_due(self.rest(interval), now) && awaited < self.in_flight_max
    }

    /// Counts a picture as out and numbers it.
    pub fn send(&mut self, interval: Duration, now: Instant) -> u64 {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.pace.take(self.rest(interval), now);
        self.out.push_back(Out { sequence, sent: now });
        sequence
    }

    /// An answer came; how long it took, or `None` when nobody waits for it any more.
    pub fn answered(&mut self, sequence: u64, now: Instant) -> Option<Duration> {
        let position = self.out.iter().position(|out| out.sequence == sequence)?;
        self.detector_missing = false;
        let took = self.out.remove(position).map(|out| now.duration_since(out.sent))?;
        let before = self.answers_take.unwrap_or_default();
        self.answers_take = Some(took.max(before.mul_f64(REMEMBERED) + took.mul_f64(1.0 - REMEMBERED)));
        Some(took)
    }

    /// The picture could not even be handed to the bus.
    pub fn not_sent(&mut self, sequence: u64) {
        self.out.retain(|out| out.sequence != sequence);
        self.detector_missing = true;
    }

    /// The bus says that no detection node is there: what is out will not be answered.
    pub fn no_detector(&mut self) {
        self.out.clear();
        self.detector_missing = true;
    }

    /// The time between two pictures as things are.
    fn rest(&self, interval: Duration) -> Duration {
        if self.detector_missing { interval.max(PROBE_EVERY) } else { interval }
    }

    fn overdue_after(&self) -> Duration {
        let usual = self.answers_take.map_or(ANSWER_DEADLINE, |take| take * OVERDUE_TIMES);
        usual.clamp(OVERDUE_MIN, ANSWER_DEADLINE)
    }

    fn forget_lost(&mut self, now: Instant) {
        self.out.retain(|out| now.duration_since(out.sent) < ANSWER_DEADLINE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIFTH: Duration = Duration::from_millis(200);

    #[test]
    fn a_slow_detector_makes_detection_rarer() {
        let (mut credit, start) = (Credit::new(2), Instant::now());
        let (first, second) = (credit.send(FIFTH, start), credit.send(FIFTH, start + FIFTH));
        assert!(!credit.is_due(FIFTH, start + FIFTH * 10), "two are out");
        assert_eq!(credit.answered(first, start + FIFTH * 10), Some(FIFTH * 10));
        assert!(credit.is_due(FIFTH, start + FIFTH * 10));
        assert_eq!(credit.answered(first, start + FIFTH * 10), None, "answered once");
        assert!(credit.answered(second, start + FIFTH * 11).is_some());
    }

    #[test]
    fn a_lost_answer_gives_its_credit_back() {
        let (mut credit, start) = (Credit::new(1), Instant::now());
        credit.send(FIFTH, start);
        assert!(!credit.is_due(FIFTH, start + ANSWER_DEADLINE - FIFTH));
        assert!(credit.is_due(FIFTH, start + ANSWER_DEADLINE));
        assert_eq!(credit.answered(1, start + ANSWER_DEADLINE), None, "nobody waits for it any more");
    }

    #[test]
    fn what_a_dead_node_held_is_made_good_within_two_seconds() {
        let (mut credit, start) = (Credit::new(2), Instant::now());
        for number in 0..10 {
            let sent = start + FIFTH * number;
            let sequence = credit.send(FIFTH, sent);
            credit.answered(sequence, sent + FIFTH / 2);
        }
        let died = start + FIFTH * 10;
        let held = credit.send(FIFTH, died);
        credit.send(FIFTH, died + FIFTH);
        assert!(!credit.is_due(FIFTH, died + FIFTH * 4), "two are out, and may yet be answered");
        assert!(credit.is_due(FIFTH, died + OVERDUE_MIN), "the first is overdue");
        credit.send(FIFTH, died + OVERDUE_MIN);
        assert!(credit.answered(held, died + OVERDUE_MIN + FIFTH).is_some(), "late, but not too late");
    }

    #[test]
    fn a_node_that_became_slow_is_not_given_more_and_more() {
        let (mut credit, start) = (Credit::new(2), Instant::now());
        let quick = credit.send(FIFTH, start);
        credit.answered(quick, start + FIFTH / 10);
        // From now on each answer takes 3 s; a picture is sent whenever it may be.
        let (mut out, mut most): (VecDeque<(u64, Instant)>, _) = (VecDeque::new(), 0);
        for step in 1..400 {
            let now = start + FIFTH * step;
            while let Some((sequence, sent)) =
                out.front().copied().filter(|(_, sent)| now >= *sent + Duration::from_secs(3))
            {
                out.pop_front();
                assert_eq!(credit.answered(sequence, now), Some(now - sent));
            }
            if credit.is_due(FIFTH, now) {
                out.push_back((credit.send(FIFTH, now), now));
            }
            most = if step > 50 { most.max(out.len()) } else { most };
        }
        assert_eq!(most, 2, "once it is known how long they take");
    }

    #[test]
    fn without_a_detector_pictures_are_only_tried() {
        let (mut credit, start) = (Credit::new(2), Instant::now());
        let sequence = credit.send(FIFTH, start);
        credit.no_detector();
        assert!(!credit.is_due(FIFTH, start + FIFTH * 2));
        assert!(credit.is_due(FIFTH, start + PROBE_EVERY));
        let probe = credit.send(FIFTH, start + PROBE_EVERY);
        assert!(probe > sequence);
        credit.answered(probe, start + PROBE_EVERY + FIFTH);
        assert!(credit.is_due(FIFTH, start + PROBE_EVERY + FIFTH));
    }
}
