//! How time is cut up: a day into slots. What is planned for a slot ends within it, so that nothing has to be known of the
//! slot before, and any moment can be worked out from the seed and the time alone.

use super::{Cast, Seconds};
use crate::place::PlaceName;

/// Seconds of a slot.
pub const SLOT: Seconds = 360.0;
/// Slots of a day.
pub const SLOTS_A_DAY: u64 = 240;
/// Numbers for parked things in one place.
const BAYS: usize = 64;
/// Numbers for vehicles and bicycles that go through one place within a slot.
pub const ROAD_USERS: usize = 40;

/// A slot of the world's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot {
    /// Days since the world's first.
    pub day: u64,
    /// 0 begins at midnight.
    pub of_day: u64,
    /// Share of a slot by which it begins later, in thousandths: not all begin at the same time.
    pub shift: u64,
}

impl Slot {
    /// The slot of a moment; `None` in the part of a slot before midnight, which belongs to neither day, and in the last
    /// slot of a day, which a shift would carry into the next.
    pub fn shifted(time: Seconds, shift: u64) -> Option<Self> {
        let whole = Self::at(time);
        let since_midnight = time.max(0.0) - whole.day as f64 * SLOTS_A_DAY as f64 * SLOT;
        let since = since_midnight - SLOT * shift as f64 / 1000.0;
        let of_day = (since / SLOT) as u64;
        (since >= 0.0 && of_day + 1 < SLOTS_A_DAY).then_some(Self { day: whole.day, of_day, shift })
    }

    /// The slot of a moment when all begin with the clock.
    pub fn at(time: Seconds) -> Self {
        let since_start = (time.max(0.0) / SLOT) as u64;
        Self { day: since_start / SLOTS_A_DAY, of_day: since_start % SLOTS_A_DAY, shift: 0 }
    }

    /// Which it is since the start of the world.
    pub fn index(self) -> u64 {
        self.day * SLOTS_A_DAY + self.of_day
    }

    /// When it begins.
    pub fn start(self) -> Seconds {
        (self.index() as f64 + self.shift as f64 / 1000.0) * SLOT
    }

    /// When it ends.
    pub fn end(self) -> Seconds {
        self.start() + SLOT
    }

    /// How much is going on at that time of day: 1 on average by day, little at night.
    pub fn bustle(self) -> f64 {
        const BY_HOUR: [f64; 24] = [
            0.15, 0.1, 0.1, 0.1, 0.1, 0.15, 0.5, 0.9, 1.2, 0.9, 0.9, 1.0, 1.3, 1.1, 0.9, 0.9, 1.0, 1.3, 1.1, 0.8, 0.6,
            0.4, 0.3, 0.2,
        ];
        BY_HOUR[(self.of_day * 24 / SLOTS_A_DAY) as usize]
    }
}

/// The numbers of visits: each slot has as many as there can be visits in it. They repeat after 2^32, with some thirty
/// people after a lifetime.
#[derive(Debug, Clone, Copy)]
pub struct Numbers {
    people: usize,
    animals: usize,
}

impl Numbers {
    /// The numbers for a cast.
    pub fn of(cast: &Cast) -> Self {
        Self { people: cast.people.len(), animals: cast.animals.len() }
    }

    /// A leg of a person's round, or of the ride.
    pub fn person(self, slot: Slot, person: usize, leg: usize) -> u32 {
        self.number(slot, person * super::round::LEGS + leg)
    }

    /// A leg of an animal's round.
    pub fn animal(self, slot: Slot, animal: usize, leg: usize) -> u32 {
        self.number(slot, (self.people + animal) * super::round::LEGS + leg)
    }

    /// A vehicle or bicycle going through a place.
    pub fn road_user(self, slot: Slot, place: PlaceName, which: usize) -> u32 {
        self.number(slot, self.legs() + place as usize * (BAYS + ROAD_USERS) + which)
    }

    /// What stands in a bay on the day of the slot.
    pub fn parked(self, day: u64, place: PlaceName, bay: usize) -> u32 {
        let slot = Slot { day, of_day: 0, shift: 0 };
        self.number(slot, self.legs() + place as usize * (BAYS + ROAD_USERS) + ROAD_USERS + bay)
    }

    fn legs(self) -> usize {
        (self.people + self.animals) * super::round::LEGS
    }

    fn number(self, slot: Slot, within: usize) -> u32 {
        let a_slot = self.legs() + PlaceName::ALL.len() * (BAYS + ROAD_USERS);
        (slot.index() * a_slot as u64 + within as u64) as u32
    }
}
