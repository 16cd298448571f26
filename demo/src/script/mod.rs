//! What happens: who is where at a moment, and what the weather is.

mod acquaintances;
mod courtesy;
mod path;
mod round;
mod routes;
mod schedule;
mod slots;
mod strays;
#[cfg(test)]
mod tests;
mod track;
mod traffic;
mod visit;
mod walk;
mod weather;

use glam::Vec3;
use serde::{Deserialize, Serialize};

use crate::cast::{Animal, AnimalPose, Bicycle, BicyclePose, Person, PersonPose, Vehicle, VehiclePose};
use crate::place::{Place, PlaceName};

pub(crate) use track::direction;
pub use weather::Weather;

/// Seconds of the world's clock; 0 is midnight of its first day.
pub type Seconds = f64;

/// Everybody who appears in a world.
#[derive(Debug, Clone)]
pub struct Cast {
    /// People; an index is an identity.
    pub people: Vec<Person>,
    /// Cars, vans and the like.
    pub vehicles: Vec<Vehicle>,
    /// Dogs and cats.
    pub animals: Vec<Animal>,
    /// Bicycles.
    pub bicycles: Vec<Bicycle>,
}

/// What to make of a seed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorldSettings {
    /// How many people there are.
    pub people: usize,
    /// How many of them are in sight of a place at a time, on average.
    pub crowd: f32,
    /// Rain, snow of noise, storm: 0 always fair, 1 changing as the seed has it.
    pub weather: f32,
}

impl Default for WorldSettings {
    fn default() -> Self {
        Self { people: 30, crowd: 2.5, weather: 1.0 }
    }
}

/// Who or what an actor is: an index into the cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "index", rename_all = "snake_case")]
pub enum Identity {
    /// One of the people.
    Person(usize),
    /// One of the vehicles.
    Vehicle(usize),
    /// One of the animals.
    Animal(usize),
    /// One of the bicycles.
    Bicycle(usize),
}

/// How an actor stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Pose {
    /// A person in one of their outfits.
    Person {
        /// Index into the person's outfits.
        outfit: usize,
        /// How they stand.
        pose: PersonPose,
    },
    /// A vehicle.
    Vehicle(VehiclePose),
    /// An animal.
    Animal(AnimalPose),
    /// A bicycle; its rider, if any, is an actor of its own.
    Bicycle(BicyclePose),
}

/// Somebody or something at a moment, in a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    /// Who.
    pub identity: Identity,
    /// Which of its visits this is: one from entering a place to leaving it. Unique in a world.
    pub visit: u32,
    /// How it stands.
    pub pose: Pose,
}

impl Actor {
    /// Where it stands.
    #[must_use]
    pub fn position(&self) -> Vec3 {
        match &self.pose {
            Pose::Person { pose, .. } => pose.position,
            Pose::Vehicle(pose) => pose.position,
            Pose::Animal(pose) => pose.position,
            Pose::Bicycle(pose) => pose.position,
        }
    }
}

/// A world: its places, its cast, and what they do.
#[derive(Debug, Clone)]
pub struct World {
    /// What it was made from.
    pub seed: u64,
    /// What it was made with.
    pub settings: WorldSettings,
    /// Who appears.
    pub cast: Cast,
    /// Where.
    pub places: Vec<Place>,
    plans: schedule::Plans,
}

impl World {
    /// The world of `seed`.
    #[must_use]
    pub fn new(seed: u64, settings: WorldSettings) -> Self {
        let places: Vec<Place> = PlaceName::ALL.into_iter().map(|name| Place::build(name, seed)).collect();
        let cast = schedule::cast(seed, &settings, &places);
        Self { seed, settings, cast, places, plans: schedule::Plans::default() }
    }

    /// A place by its name.
    #[must_use]
    pub fn place(&self, name: PlaceName) -> &Place {
        self.places.iter().find(|place| place.name == name).expect("a world has all places")
    }

    /// Everybody and everything that is in a place at a moment. A function of its arguments alone.
    #[must_use]
    pub fn at(&self, place: PlaceName, time: Seconds) -> Vec<Actor> {
        schedule::at(self, place, time)
    }

    /// The weather at a moment: the same in all places.
    #[must_use]
    pub fn weather(&self, time: Seconds) -> Weather {
        weather::at(self.seed, self.settings.weather, time)
    }
}
