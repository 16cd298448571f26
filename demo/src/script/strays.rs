//! Animals on their own: cats cross a place and sit down here and there, dogs without an owner run about.

use rand::RngExt as _;

use super::acquaintances::owner;
use super::round::{self, Manner};
use super::slots::{Numbers, Slot};
use super::visit::{Look, Visit};
use super::walk::walk;
use super::{Identity, World};
use crate::cast::Species;
use crate::place::PlaceName;
use crate::seed;

/// Chance that an animal comes in a slot, by day and at night, and that it comes to the yard, not the street.
const COMES: f64 = 0.35;
const IN_THE_YARD: f64 = 0.65;
/// Rounds begin so long after the slot's begin at least, in seconds.
const MARGIN: f64 = 3.0;

/// What an animal does on its own in a slot.
pub fn plan(world: &World, animal: usize, slot: Slot) -> Vec<Visit> {
    let count = world.cast.animals.len() as u64;
    let mut random = seed::stream(world.seed, "stray", slot.index() * count + animal as u64);
    if owner(world, animal).is_some() || !random.random_bool(COMES) {
        return Vec::new();
    }
    let usual = match world.cast.animals[animal].species {
        Species::Cat => 0.7,
        Species::Dog => 1.3,
    };
    let manner = Manner { speed: usual * random.random_range(0.85..1.3), aside: random.random_range(-0.6..0.6) };
    let place = if random.random_bool(IN_THE_YARD) { PlaceName::Yard } else { PlaceName::Street };
    let Some(pieces) = round::stray(world.place(place), manner, &mut random) else { return Vec::new() };
    let mut track = walk(slot.start() + MARGIN, &pieces, |speed| world.cast.animals[animal].cadence(speed));
    let room = slot.end() - MARGIN - track.end();
    if room < 0.0 {
        return Vec::new();
    }
    track.start += random.random_range(0.0..=room);
    let number = Numbers::of(&world.cast).animal(slot, animal, 0);
    vec![Visit { number, identity: Identity::Animal(animal), place, track, look: Look::Itself }]
}
