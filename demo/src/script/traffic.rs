//! What goes through a place on wheels within a slot, and what is parked there. Drivers know what those before them do and
//! where people will walk: they brake for whoever is about to cross.

use glam::Vec3;
use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

use super::acquaintances::{LONGEST_RIDE, Ride};
use super::path::Path;
use super::routes::{Routes, any, gates};
use super::slots::{Numbers, ROAD_USERS, SLOT, Slot};
use super::track::{STEP, Sample, Track, turn};
use super::visit::{Look, Visit};
use super::{Cast, Identity, Seconds, World};
use crate::cast::Action;
use crate::place::{Place, PlaceName, Role};
use crate::seed;

/// The most cars through a place within a slot, in the busiest hour.
const CARS: f64 = 8.0;
/// How fast drivers gain and lose speed, in metres per second squared.
const ACCELERATION: f32 = 1.8;
const BRAKING: f32 = 3.0;
/// Sideways acceleration at which a driver slows down before a curve.
const IN_CURVES: f32 = 2.2;
/// A driver stops so far before people, middle of the car to their line, in metres.
const BEFORE_PEOPLE: f32 = 5.0;
/// Somebody nearer to the line a car drives on than this is in its way, in metres.
const IN_THE_WAY: f32 = 1.9;
/// A driver looks this far ahead, in metres, and sees where people will be in so many seconds.
const SIGHT: f32 = 30.0;
const FORESIGHT: [Seconds; 4] = [0.0, 0.8, 1.6, 2.4];
/// From middle to middle a car keeps this distance to who is before it, in metres.
const HEADWAY: f32 = 7.5;

/// Something on wheels before its way is worked out.
struct Driver {
    identity: Identity,
    rider: Option<Ride>,
    number: u32,
    start: Seconds,
    path: Path,
    speed: f32,
}

/// What goes through `place` in a slot. `walkers` are the people in it, `rides` those who want to come by bicycle.
pub fn plan(world: &World, place: &Place, slot: Slot, walkers: &[Visit], rides: &[Ride]) -> Vec<Visit> {
    let mut drivers = drivers(world, place, slot, rides);
    drivers.sort_by(|a, b| a.start.total_cmp(&b.start));
    let mut visits: Vec<Visit> = Vec::new();
    let mut before: Vec<Track> = Vec::new();
    for driver in drivers {
        let Some(track) = driver.drive(walkers, &before, slot.end()) else { continue };
        before.push(track.clone());
        if let Some(ride) = driver.rider {
            let (number, identity) = (ride.number, Identity::Person(ride.person));
            let look = Look::Rider { outfit: ride.outfit };
            visits.push(Visit { number, identity, place: place.name, track: track.clone(), look });
        }
        let (number, identity) = (driver.number, driver.identity);
        visits.push(Visit { number, identity, place: place.name, track, look: Look::Itself });
    }
    visits
}

fn drivers(world: &World, place: &Place, slot: Slot, rides: &[Ride]) -> Vec<Driver> {
    let index = slot.index() * PlaceName::ALL.len() as u64 + place.name as u64;
    let mut random = seed::stream(world.seed, "traffic", index);
    let numbers = Numbers::of(&world.cast);
    let mut vehicles: Vec<usize> = (parked_vehicles(world)..world.cast.vehicles.len()).collect();
    vehicles.shuffle(&mut random);
    // Cars keep to the street; the yard's ways are for bicycles.
    let most = if place.name == PlaceName::Street { CARS * slot.bustle() } else { 0.0 };
    vehicles.truncate((most * random.random::<f64>()).round() as usize);
    let cars = vehicles.into_iter().map(|vehicle| {
        let start = slot.start() + random.random_range(0.0..SLOT - LONGEST_RIDE);
        (Identity::Vehicle(vehicle), None, start, random.random_range(7.0..11.0))
    });
    let mut wishes: Vec<_> = cars.collect();
    let in_time = rides.iter().filter(|ride| ride.place == place.name && ride.start < slot.end() - LONGEST_RIDE);
    for ride in in_time.filter(|ride| ride.start >= slot.start()) {
        wishes.push((Identity::Bicycle(ride.person), Some(*ride), ride.start, random.random_range(3.4..5.2)));
    }
    wishes.truncate(ROAD_USERS);
    let drivers = wishes.into_iter().enumerate().filter_map(|(which, (identity, rider, start, speed))| {
        let (aside, rounding) = if rider.is_some() { (0.7, 1.6) } else { (0.0, 3.0) };
        let path = Path::new(&way_through(place, rider.is_some(), &mut random)?, aside, rounding, &[]);
        let number = numbers.road_user(slot, place.name, which);
        Some(Driver { identity, rider, number, start, path, speed })
    });
    drivers.collect()
}

/// The corners of a way from one gate of the roads to another; bicycles fit through those to other places too.
fn way_through(place: &Place, bicycle: bool, random: &mut ChaCha8Rng) -> Option<Vec<Vec3>> {
    let routes = Routes::driving(&place.roads, random);
    let gates = gates(&place.roads, |to| bicycle || to.is_none());
    let pairs = gates.iter().flat_map(|&from| gates.iter().map(move |&to| (from, to)));
    let ways: Vec<_> = pairs.filter(|(from, to)| from != to && routes.between(*from, *to).is_some()).collect();
    any(&ways, random).and_then(|(from, to)| routes.between(from, to))
}

impl Driver {
    /// Its way through the place among the others; `None` when there is no getting through in time.
    fn drive(&self, walkers: &[Visit], before: &[Track], latest: Seconds) -> Option<Track> {
        let start = self.entry(before)?;
        let mut track = Track { start, samples: Vec::new(), step: STEP };
        let (mut along, mut speed) = (0.0_f32, self.speed);
        while along < self.path.length() {
            let time = start + track.samples.len() as f64 * STEP;
            if time > start + LONGEST_RIDE - 5.0 || time > latest - STEP {
                return None;
            }
            track.samples.push(Sample {
                position: self.path.point(along),
                heading: self.path.heading(along),
                speed,
                travelled: along,
                steps: 0.0,
                action: Action::Ride,
            });
            let wanted = self.allowed(time, along, walkers, before);
            let change = (wanted - speed).clamp(-2.0 * BRAKING * STEP as f32, ACCELERATION * STEP as f32);
            speed = (speed + change).max(0.0);
            along += speed * STEP as f32;
        }
        Some(track)
    }

    /// When there is room at the gate.
    fn entry(&self, before: &[Track]) -> Option<Seconds> {
        let gate = self.path.point(0.0);
        let free = |time: Seconds| {
            let near =
                |track: &Track| track.at(time).is_some_and(|other| other.position.distance(gate) < 2.0 * HEADWAY);
            !before.iter().any(near)
        };
        (0..20).map(|second| self.start + f64::from(second)).find(|&time| free(time))
    }

    /// The speed that curves, people and others allow.
    fn allowed(&self, time: Seconds, along: f32, walkers: &[Visit], before: &[Track]) -> f32 {
        let curve = turn(self.path.heading(along), self.path.heading(along + 3.0)).abs() / 3.0;
        let mut allowed = self.speed.min((IN_CURVES / curve.max(1e-3)).sqrt());
        for walker in walkers {
            let places = FORESIGHT.iter().filter_map(|ahead| walker.track.at(time + ahead));
            for place in places {
                if let Some(distance) = self.ahead(along, place.position) {
                    allowed = allowed.min(stopping_within(distance - BEFORE_PEOPLE));
                }
            }
        }
        for other in before.iter().filter_map(|track| track.at(time)) {
            if let Some(distance) = self.ahead(along, other.position) {
                let room = stopping_within(distance - HEADWAY);
                allowed = allowed.min((room * room + other.speed * other.speed).sqrt());
            }
        }
        allowed
    }

    /// How far ahead something in the way is.
    fn ahead(&self, along: f32, position: Vec3) -> Option<f32> {
        if position.distance(self.path.point(along)) > SIGHT {
            return None;
        }
        let (there, away) = self.path.nearest(position);
        // Who is beside the car already does not stop it.
        let distance = there - along;
        (away < IN_THE_WAY && distance > 1.5).then_some(distance)
    }
}

/// The speed from which one comes to a stop within a distance.
fn stopping_within(distance: f32) -> f32 {
    (2.0 * BRAKING * distance.max(0.0)).sqrt()
}

/// Vehicles for each bay: one today, another on another day.
pub const FOR_EACH_BAY: usize = 2;

/// The bays of a place: where something is parked.
pub fn bays(place: &Place) -> Vec<(Vec3, f32)> {
    let nodes = place.roads.nodes.iter().enumerate();
    let stops = nodes.filter_map(|(index, node)| match node.role {
        Role::Stop { heading } if !is_on_a_lane(place, index) => Some((node.position, heading)),
        _ => None,
    });
    stops.collect()
}

/// Whether nobody gets past a stop without passing it: there one waits, but does not park.
fn is_on_a_lane(place: &Place, stop: usize) -> bool {
    let links = &place.roads.links;
    let before = links.iter().find(|link| link[1] == stop).map(|link| link[0]);
    let after = links.iter().find(|link| link[0] == stop).map(|link| link[1]);
    let (Some(before), Some(after)) = (before, after) else { return false };
    let routes = Routes::driving(&place.roads, &mut seed::stream(0, "bays", 0));
    !routes.lead_past(before, after, stop)
}

/// How many vehicles are for parking: the first ones of the cast.
fn parked_vehicles(world: &World) -> usize {
    (FOR_EACH_BAY * bays(world.place(PlaceName::Street)).len()).min(world.cast.vehicles.len())
}

/// What stands in the bays of a place on a day: cars in the street, bicycles elsewhere.
pub fn parked(world: &World, place: &Place, day: u64) -> Vec<Visit> {
    let mut random = seed::stream(world.seed, "parked", day * PlaceName::ALL.len() as u64 + place.name as u64);
    let bays = bays(place).into_iter().enumerate();
    let visits = bays.filter_map(|(bay, (position, heading))| {
        let (taken, which) = (random.random_bool(0.7), random.random_range(0..FOR_EACH_BAY));
        let identity = identity_in_bay(&world.cast, place.name, bay, which)?;
        let start = Slot { day, of_day: 0, shift: 0 }.start();
        let end = Slot { day: day + 1, of_day: 0, shift: 0 }.start();
        let number = Numbers::of(&world.cast).parked(day, place.name, bay);
        let track = Track::parked(position, heading, start, end);
        taken.then_some(Visit { number, identity, place: place.name, track, look: Look::Itself })
    });
    visits.collect()
}

fn identity_in_bay(cast: &Cast, place: PlaceName, bay: usize, which: usize) -> Option<Identity> {
    match place {
        PlaceName::Street => {
            Some(FOR_EACH_BAY * bay + which).filter(|&index| index < cast.vehicles.len()).map(Identity::Vehicle)
        }
        // The first bicycles are ridden by their owners, the last ones stand in the racks.
        PlaceName::Yard => cast.bicycles.len().checked_sub(bay + 1).map(Identity::Bicycle),
        PlaceName::Hall => None,
    }
}
