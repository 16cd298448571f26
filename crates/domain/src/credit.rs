//! Flow control by credit: how many pictures of a camera may be out for detection, and when the next one goes.
//!
//! Driven by ingest. A slow detector makes detection rarer, never late: while `in_flight_max` pictures are out nothing is sent, and
//! what is sent then is the newest. A missing one is known at once and asked again only now and then.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::pace::Pace;

/// A picture without an answer for this long is lost. The slowest supported model on a busy small machine needs about 2 s.
const ANSWER_DEADLINE: Duration = Duration::from_secs(5);
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
    lost: u64,
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
        Self { in_flight_max, out, pace: Pace::default(), next_sequence: 1, detector_missing: false, lost: 0 }
    }

    /// Whether the newest picture may go out now, `interval` being the wanted time between two.
    pub fn is_due(&mut self, interval: Duration, now: Instant) -> bool {
        self.give_up_on_lost(now);
        self.pace.is_due(self.rest(interval), now) && self.out.len() < self.in_flight_max
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
        self.out.remove(position).map(|out| now.duration_since(out.sent))
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

    /// Pictures that were never answered.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// The time between two pictures as things are.
    fn rest(&self, interval: Duration) -> Duration {
        if self.detector_missing { interval.max(PROBE_EVERY) } else { interval }
    }

    fn give_up_on_lost(&mut self, now: Instant) {
        while self.out.front().is_some_and(|out| now.duration_since(out.sent) >= ANSWER_DEADLINE) {
            self.out.pop_front();
            self.lost += 1;
        }
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
        assert_eq!(credit.lost(), 1);
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
