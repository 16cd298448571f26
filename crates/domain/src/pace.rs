//! A wanted rate kept on a stream that comes at another: which pictures to take, so that the average is right.

use std::time::{Duration, Instant};

/// Decides which of a stream's pictures are taken. It keeps its phase: 10 a second out of 25 are the pictures after each
/// tenth of a second, not every third one, which would be 8.3.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pace {
    /// When the last taken picture was wanted.
    slot: Option<Instant>,
}

impl Pace {
    /// Whether a picture at `now` is wanted, `interval` being the wanted time between two.
    pub fn is_due(&self, interval: Duration, now: Instant) -> bool {
        // A camera's pictures are not on time to the millisecond: an eighth early is in time.
        self.slot.is_none_or(|slot| now + interval / 8 >= slot + interval)
    }

    /// Counts a picture as taken. Whoever was late by more than an interval starts anew from here: nothing is made up for.
    pub fn take(&mut self, interval: Duration, now: Instant) {
        let kept = self.slot.map(|slot| slot + interval).filter(|slot| now < *slot + interval);
        self.slot = Some(kept.unwrap_or(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many pictures of a camera are taken in 10 s when so many a second are wanted, each late by `late` of its turn.
    fn taken(camera_rate: u32, wanted_rate: u32, late: impl Fn(u32) -> Duration) -> u32 {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let interval = Duration::from_secs(1) / wanted_rate;
        let mut taken = 0;
        for picture in 0..camera_rate * 10 {
            let now = start + Duration::from_secs(1) * picture / camera_rate + late(picture);
            if pace.is_due(interval, now) {
                pace.take(interval, now);
                taken += 1;
            }
        }
        taken
    }

    #[test]
    fn the_average_is_what_was_wanted() {
        for (camera, wanted) in [(25, 10), (25, 5), (25, 12), (30, 8), (15, 7), (10, 10)] {
            let on_time = taken(camera, wanted, |_| Duration::ZERO);
            let restless = taken(camera, wanted, |picture| Duration::from_millis(u64::from(picture * 7 % 5)));
            for count in [on_time, restless] {
                assert!(count.abs_diff(wanted * 10) <= 1, "{wanted} a second of {camera}: {count} in 10 s");
            }
        }
    }

    #[test]
    fn more_than_there_are_is_all_of_them() {
        assert_eq!(taken(5, 25, |_| Duration::ZERO), 50);
    }

    #[test]
    fn a_pause_is_not_made_up_for() {
        let (mut pace, start, interval) = (Pace::default(), Instant::now(), Duration::from_millis(100));
        pace.take(interval, start);
        let later = start + interval * 50;
        assert!(pace.is_due(interval, later));
        pace.take(interval, later);
        assert!(!pace.is_due(interval, later + interval / 2));
    }
}
