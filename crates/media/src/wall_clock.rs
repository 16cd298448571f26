//! Gives every picture its wall time. The media clock runs; wall time is an anchor on it, so that a stepped system clock or a late
//! packet moves nothing. Pure: the source feeds it, it reads no clock.

use std::time::Duration;

use iris_domain::Timestamp;

use crate::MediaTime;

/// A sender's clock further than this from the packet's arrival is not set; cameras without NTP start in 1970 or 2000.
const SENDER_SANE: Duration = Duration::from_secs(10);

/// Difference between anchor and observation that is put down to the network or the encoder.
const TOLERANCE_MICROS: i64 = 1_000_000;

/// For how long, in media time, observations must differ by more before the anchor is moved. A burst after a stall is shorter.
const PATIENCE_MICROS: i64 = 5_000_000;

/// Maps the media time of one connection to wall time.
#[derive(Debug)]
pub(crate) struct WallClock {
    /// Whether packets arrive when they are filmed. Those of a file do not, so only the first one's arrival counts.
    live: bool,
    /// Wall time of media time zero, in microseconds.
    anchor: Option<i64>,
    /// Latest picture so far; a B-frame arrives after a later picture and says nothing new.
    latest: i64,
    /// Since when observations disagree with the anchor.
    adrift_since: Option<i64>,
}

impl WallClock {
    pub(crate) fn new(live: bool) -> Self {
        Self { live, anchor: None, latest: 0, adrift_since: None }
    }

    /// The wall time of the packet shown at `pts`, which arrived at `arrival` and of which the sender says it was filmed at
    /// `sender`.
    pub(crate) fn observe(&mut self, pts: MediaTime, arrival: Timestamp, sender: Option<Timestamp>) -> Timestamp {
        let pts = pts.as_micros();
        let filmed = sender.filter(|sender| is_near(*sender, arrival)).unwrap_or(arrival);
        let observed = filmed.as_micros() - pts;
        let anchor = match self.anchor {
            None => observed,
            Some(anchor) if pts <= self.latest => anchor,
            Some(anchor) => self.judge(anchor, observed, pts),
        };
        self.latest = if self.anchor.is_none() { pts } else { self.latest.max(pts) };
        self.anchor = Some(anchor);
        at(anchor, pts)
    }

    /// The anchor to go on with.
    fn judge(&mut self, anchor: i64, observed: i64, pts: i64) -> i64 {
        if !self.live || (observed - anchor).abs() <= TOLERANCE_MICROS {
            self.adrift_since = None;
            return anchor;
        }
        let since = *self.adrift_since.get_or_insert(pts);
        if pts - since < PATIENCE_MICROS {
            return anchor;
        }
        self.adrift_since = None;
        observed
    }
}

fn is_near(sender: Timestamp, arrival: Timestamp) -> bool {
    sender.since(arrival).max(arrival.since(sender)) <= SENDER_SANE
}

fn at(anchor: i64, pts: i64) -> Timestamp {
    Timestamp::from_micros(anchor.saturating_add(pts).max(0)).unwrap_or(Timestamp::EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_800_000_000_000_000;

    fn wall(clock: &mut WallClock, pts_ms: i64, arrival_ms: i64, sender_ms: Option<i64>) -> i64 {
        let moment = |ms: i64| Timestamp::from_micros(START + ms * 1_000).unwrap();
        let wall = clock.observe(MediaTime::from_micros(pts_ms * 1_000), moment(arrival_ms), sender_ms.map(moment));
        (wall.as_micros() - START) / 1_000
    }

    #[test]
    fn late_packets_and_b_frames_keep_their_place() {
        let mut clock = WallClock::new(true);
        assert_eq!(wall(&mut clock, 0, 500, None), 500);
        assert_eq!(wall(&mut clock, 120, 900, None), 620);
        assert_eq!(wall(&mut clock, 40, 901, None), 540);
        assert_eq!(wall(&mut clock, 80, 902, None), 580);
    }

    #[test]
    fn a_stepped_clock_moves_the_anchor_only_after_a_while() {
        let mut clock = WallClock::new(true);
        assert_eq!(wall(&mut clock, 0, 0, None), 0);
        for pts in (1..=130).map(|n| n * 40) {
            let at = wall(&mut clock, pts, pts + 3_600_000, None);
            assert_eq!(at, if pts < 5_040 { pts } else { pts + 3_600_000 }, "{pts}");
        }
    }

    #[test]
    fn a_file_read_at_once_is_not_moved() {
        let mut clock = WallClock::new(false);
        for pts in (0..500).map(|n| n * 40) {
            assert_eq!(wall(&mut clock, pts, 0, None), pts);
        }
    }

    #[test]
    fn a_stall_that_is_caught_up_moves_nothing() {
        let mut clock = WallClock::new(true);
        wall(&mut clock, 0, 0, None);
        for pts in (1..100).map(|n| n * 40) {
            assert_eq!(wall(&mut clock, pts, pts.max(3_900), None), pts);
        }
        assert!(clock.adrift_since.is_none());
    }

    #[test]
    fn the_senders_clock_counts_when_it_is_sane() {
        let mut clock = WallClock::new(true);
        assert_eq!(wall(&mut clock, 0, 9_000, Some(400)), 400);
        let mut clock = WallClock::new(true);
        assert_eq!(wall(&mut clock, 0, 9_000, Some(-90_000)), 9_000);
    }
}
