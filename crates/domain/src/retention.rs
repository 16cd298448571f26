//! Which stored clips go when room is short. Driven by the recorder each minute and when a disk is full; it measures nothing and
//! deletes nothing.
//!
//! Three rules, any of them off by setting: an age, a quota for all clips, a floor of free space. The oldest go first, with their
//! events. A clip younger than [`PROTECTED_FOR`] stays, so that a disk filled by something else does not eat what was just recorded.

use std::time::Duration;

use crate::{EventId, Timestamp};

/// A clip is safe for this long after its event began: long enough to be looked at and saved elsewhere.
pub const PROTECTED_FOR: Duration = Duration::from_secs(15 * 60);

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
