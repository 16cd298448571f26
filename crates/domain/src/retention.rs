//! Which stored clips go when room is short. Driven by the recorder each minute and when a disk is full; it measures nothing and
//! deletes nothing.
//!
//! Three rules, any of them off by setting: an age, a quota for all clips, a floor of free space. The oldest go first, with their
//! events. A clip younger than [`PROTECTED_FOR`] stays, so that a disk filled by something else does not eat what was just recorded.

use std::time::Duration;

use crate::{EventId, Timestamp};

/// A clip is safe for this long after its event began: long enough to be looked at and saved elsewhere.
pub const PROTECTED_FOR: Duration = Duration::from_secs(15 * 60);

/// What lasts for a hundred years lasts for good; without bounds there is room for ever.
const FORECAST_DAYS_MAX: f64 = 36_500.0;
const DAY_SECONDS: f64 = 86_400.0;

/// What an operator allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetentionRules {
    /// All clips together, in bytes; `None` is without bound.
    pub quota_bytes: Option<u64>,
    /// What stays free on the disk, in bytes.
    pub free_floor_bytes: u64,
    /// Events older than this go whatever room there is.
    pub age_max: Option<Duration>,
}

/// How things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomTaken {
    /// All clips together, in bytes.
    pub clips_bytes: u64,
    /// Free space of their disk, in bytes.
    pub free_bytes: u64,
}

/// A stored clip that might go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Its event.
    pub event: EventId,
    /// When that began.
    pub ts: Timestamp,
    /// The clip's size in bytes.
    pub size_bytes: u64,
}

impl RetentionRules {
    /// How much has to go, in bytes, for the quota and the floor both to hold.
    pub fn excess_bytes(&self, taken: RoomTaken) -> u64 {
        let above_quota = self.quota_bytes.map_or(0, |quota| taken.clips_bytes.saturating_sub(quota));
        above_quota.max(self.free_floor_bytes.saturating_sub(taken.free_bytes))
    }

    /// How much may still come, in bytes, before the oldest have to go for the quota or the floor.
    pub fn room_bytes(&self, taken: RoomTaken) -> u64 {
        let below_quota = self.quota_bytes.map_or(u64::MAX, |quota| quota.saturating_sub(taken.clips_bytes));
        below_quota.min(taken.free_bytes.saturating_sub(self.free_floor_bytes))
    }

    /// When the oldest have to go for want of room, if clips keep coming as fast as they did. `None`: never, since nothing comes, or
    /// what is too old goes before.
    pub fn full_in(&self, taken: RoomTaken, bytes_a_day: u64) -> Option<Duration> {
        let room = self.room_bytes(taken);
        let days = room as f64 / bytes_a_day as f64;
        // By then clips of `age_max` are all there are.
        let kept_days = self.age_max.map_or(f64::INFINITY, |age| age.as_secs_f64() / DAY_SECONDS);
        let most = bytes_a_day as f64 * kept_days;
        if bytes_a_day == 0 || days > FORECAST_DAYS_MAX || most <= taken.clips_bytes as f64 + room as f64 {
            return None;
        }
        Some(Duration::from_secs_f64(days * DAY_SECONDS))
    }

    /// Events that began before this moment are too old.
    pub fn oldest_kept(&self, now: Timestamp) -> Option<Timestamp> {
        self.age_max.map(|age| now.minus(age))
    }
}

/// The events to delete so that `excess_bytes` become free: no more than needed, the oldest first. `oldest` is in order of age;
/// what comes back falls short when only protected clips are left.
pub fn choose(oldest: &[Candidate], excess_bytes: u64, now: Timestamp) -> Vec<EventId> {
    let mut freed = 0u64;
    let goes = |clip: &&Candidate| {
        let needed = freed < excess_bytes && now.since(clip.ts) > PROTECTED_FOR;
        freed = freed.saturating_add(clip.size_bytes);
        needed
    };
    oldest.iter().take_while(goes).map(|clip| clip.event).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_800_000_000_000;

    fn now() -> Timestamp {
        Timestamp::from_millis(NOW).unwrap()
    }

    fn clip(id: i64, minutes_ago: i64, size_bytes: u64) -> Candidate {
        let ts = Timestamp::from_millis(NOW - minutes_ago * 60_000).unwrap();
        Candidate { event: EventId::new(id).unwrap(), ts, size_bytes }
    }

    #[test]
    fn the_stricter_of_quota_and_floor_decides() {
        let rules = RetentionRules { quota_bytes: Some(1000), free_floor_bytes: 500, age_max: None };
        for (clips_bytes, free_bytes, excess) in [(900, 600, 0), (1200, 600, 200), (1200, 100, 400), (0, 100, 400)] {
            assert_eq!(rules.excess_bytes(RoomTaken { clips_bytes, free_bytes }), excess);
        }
        let none = RetentionRules::default();
        assert_eq!(none.excess_bytes(RoomTaken { clips_bytes: u64::MAX, free_bytes: 0 }), 0);
        assert_eq!(none.oldest_kept(now()), None);
    }

    #[test]
    fn the_room_that_is_left_lasts_as_long_as_clips_come_unless_age_takes_them_before() {
        let day = Duration::from_secs(86_400);
        let taken = RoomTaken { clips_bytes: 600, free_bytes: 900 };
        let by_quota = RetentionRules { quota_bytes: Some(1000), free_floor_bytes: 100, age_max: None };
        let by_floor = RetentionRules { quota_bytes: None, ..by_quota };
        assert_eq!((by_quota.room_bytes(taken), by_floor.room_bytes(taken)), (400, 800));
        assert_eq!(by_quota.full_in(taken, 100), Some(4 * day));
        assert_eq!(by_floor.full_in(taken, 100), Some(8 * day));
        assert_eq!(by_quota.full_in(taken, 0), None);
        let elsewhere = RoomTaken { clips_bytes: 600, free_bytes: u64::MAX };
        assert_eq!(by_floor.full_in(elsewhere, 1_000_000), None, "an object store has no end");
        assert_eq!(by_quota.full_in(RoomTaken { clips_bytes: 2000, free_bytes: 900 }, 100), Some(Duration::ZERO));
        let kept = |days| RetentionRules { age_max: Some(days * day), ..by_quota };
        assert_eq!(kept(10).full_in(taken, 100), None, "ten days of clips fit");
        assert_eq!(kept(11).full_in(taken, 100), Some(4 * day));
    }

    #[test]
    fn the_oldest_go_and_the_young_stay() {
        let clips = [clip(1, 100, 10), clip(2, 90, 10), clip(3, 80, 10), clip(4, 5, 10)];
        let ids = |excess| choose(&clips, excess, now()).iter().map(|event| event.get()).collect::<Vec<_>>();
        assert_eq!(ids(0), [0i64; 0]);
        assert_eq!(ids(11), [1, 2]);
        assert_eq!(ids(1000), [1, 2, 3]);
    }

    proptest! {
        #[test]
        fn no_more_goes_than_is_needed(sizes in prop::collection::vec(0u64..1000, 0..30), excess in 0u64..20_000) {
            let clips: Vec<_> = sizes.iter().enumerate().map(|(index, size)| clip(index as i64 + 1, 1000 - index as i64, *size)).collect();
            let chosen = choose(&clips, excess, now()).len();
            let freed = |count: usize| sizes[..count].iter().sum::<u64>();
            prop_assert!(freed(chosen) >= excess || chosen == clips.len());
            prop_assert!(chosen == 0 || freed(chosen - 1) < excess);
        }
    }
}
