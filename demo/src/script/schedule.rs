//! Who is where: brings together what people, animals and vehicles have planned for a moment.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;

use super::acquaintances::{self, Plan, Ride};
use super::courtesy::way_given;
use super::slots::Slot;
use super::track::Sample;
use super::visit::{Look, Visit};
use super::{Actor, Cast, Pose, Seconds, World, WorldSettings, strays, traffic};
use crate::cast::{Animal, Bicycle, Person, Vehicle};
use crate::place::{Place, PlaceName};

/// Cars that drive through, beside those that are parked.
const DRIVING: usize = 14;
/// Dogs and cats.
const ANIMALS: usize = 8;
/// Plans kept; more than are needed for a moment of all places. When there are more, all are forgotten.
const KEPT: usize = 512;
/// Nobody goes further aside for others, in metres.
const MOST_ASIDE: f32 = 0.6;

/// Everybody who appears in the world of `seed`.
pub fn cast(seed: u64, settings: &WorldSettings, places: &[Place]) -> Cast {
    let bays =
        |name| places.iter().filter(|place| place.name == name).map(|place| traffic::bays(place).len()).sum::<usize>();
    let vehicles = traffic::FOR_EACH_BAY * bays(PlaceName::Street) + DRIVING;
    let bicycles = acquaintances::cyclists(settings.people) + bays(PlaceName::Yard);
    Cast {
        people: (0..settings.people).map(|index| Person::draw(seed, index)).collect(),
        vehicles: (0..vehicles).map(|index| Vehicle::draw(seed, index)).collect(),
        animals: (0..ANIMALS).map(|index| Animal::draw(seed, index)).collect(),
        bicycles: (0..bicycles).map(|index| Bicycle::draw(seed, index)).collect(),
    }
}

/// Plans already made. They follow from the seed, so forgetting one costs time and changes nothing.
#[derive(Debug, Clone, Default)]
pub struct Plans(Arc<RwLock<HashMap<Key, Arc<Plan>>>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Acquaintances(usize, Slot),
    Stray(usize, Slot),
    Traffic(PlaceName, Slot),
    Parked(PlaceName, u64),
}

impl Plans {
    fn get(&self, key: Key, make: impl FnOnce() -> Plan) -> Arc<Plan> {
        if let Some(plan) = self.0.read().get(&key) {
            return Arc::clone(plan);
        }
        let plan = Arc::new(make());
        let mut plans = self.0.write();
        if plans.len() >= KEPT {
            plans.clear();
        }
        plans.insert(key, Arc::clone(&plan));
        plan
    }
}

/// Everybody and everything that is in a place at a moment, in the order of their visits.
pub fn at(world: &World, place: PlaceName, time: Seconds) -> Vec<Actor> {
    let slot = Slot::at(time);
    let mut plans = on_foot(world, time);
    plans.push(traffic_of(world, place, slot));
    plans.push(world.plans.get(Key::Parked(place, slot.day), || Plan {
        visits: traffic::parked(world, world.place(place), slot.day),
        rides: Vec::new(),
    }));
    let visits = plans.iter().flat_map(|plan| &plan.visits).filter(|visit| visit.place == place);
    let present: Vec<(&Visit, Sample)> = visits.filter_map(|visit| Some((visit, visit.track.at(time)?))).collect();
    let weather = world.weather(time);
    let lights = weather.darkness > 0.4 || weather.rain > 0.4;
    let mut actors: Vec<Actor> = present.iter().filter_map(|(visit, _)| visit.actor(time, lights)).collect();
    for (actor, (visit, sample)) in actors.iter_mut().zip(&present) {
        if let (Pose::Person { pose, .. }, Look::Walker { .. }) = (&mut actor.pose, visit.look) {
            pose.position += aside(time, visit, sample, &present);
        }
    }
    actors.sort_by_key(|actor| actor.visit);
    actors
}

/// How far somebody goes aside for all others who walk there.
fn aside(time: Seconds, visit: &Visit, sample: &Sample, present: &[(&Visit, Sample)]) -> glam::Vec3 {
    let walkers = present.iter().filter(|(other, _)| matches!(other.look, Look::Walker { .. }));
    let others = walkers.filter(|(other, _)| other.number != visit.number);
    let pushes = others.map(|(other, at)| way_given(sample, at, visit.number < other.number) * other.settled(time));
    (pushes.sum::<glam::Vec3>() * visit.settled(time)).clamp_length_max(MOST_ASIDE)
}

/// The plans of all people and animals at a moment.
fn on_foot(world: &World, time: Seconds) -> Vec<Arc<Plan>> {
    let mut plans = Vec::new();
    let day = Slot::at(time).day;
    let pairs = acquaintances::of_day(world, day);
    let count = pairs.len();
    for (index, people) in pairs.iter().enumerate() {
        if let Some(slot) = Slot::shifted(time, (index * 1000 / count) as u64) {
            let key = Key::Acquaintances(index, slot);
            plans.push(world.plans.get(key, || acquaintances::plan(world, people, slot)));
        }
    }
    let count = world.cast.animals.len();
    for animal in 0..count {
        if let Some(slot) = Slot::shifted(time, (animal * 1000 / count) as u64) {
            let make = || Plan { visits: strays::plan(world, animal, slot), rides: Vec::new() };
            plans.push(world.plans.get(Key::Stray(animal, slot), make));
        }
    }
    plans
}

fn traffic_of(world: &World, place: PlaceName, slot: Slot) -> Arc<Plan> {
    world.plans.get(Key::Traffic(place, slot), || {
        // Every plan of the slot is under way at its begin or at its end, for all slots are as long.
        let mut plans = on_foot(world, slot.start());
        plans.extend(on_foot(world, slot.end() - 0.001));
        let mut rides: Vec<Ride> = plans.iter().flat_map(|plan| plan.rides.iter().copied()).collect();
        let visits = plans.iter().flat_map(|plan| &plan.visits).filter(|visit| visit.place == place);
        let mut walkers: Vec<Visit> = visits.cloned().collect();
        walkers.sort_by_key(|visit| visit.number);
        walkers.dedup_by_key(|visit| visit.number);
        rides.sort_by_key(|ride| ride.number);
        rides.dedup_by_key(|ride| ride.number);
        Plan { visits: traffic::plan(world, world.place(place), slot, &walkers, &rides), rides: Vec::new() }
    })
}
