//! Staged pictures: actors put where a camera sees them, for training. The script shows a place as it lives, mostly empty
//! and with few identities; a stage shows as many as wanted, of every kind, near and far, in any pose.

use std::ops::Range;

use glam::{Vec2, Vec3};
use rand::{Rng, RngExt as _};

use crate::cast::{Action, AnimalPose, BicycleModel, BicyclePose, Carried, PersonPose, VehiclePose};
use crate::place::{Camera, Place, Ways};
use crate::script::{Actor, Cast, Identity, Pose, direction};

/// How far from a way somebody may stand, in metres.
const OFF_THE_WAY: f32 = 1.2;
/// Nearer to the camera, or further away, nobody is put.
const DISTANCES: Range<f32> = 2.5..28.0;
/// Tries to find room for one actor before it is left out.
const TRIES: usize = 60;

/// A stage before one camera.
pub struct Stage<'a, R> {
    cast: &'a Cast,
    place: &'a Place,
    camera: &'a Camera,
    aspect: f32,
    distances: Range<f32>,
    random: R,
    actors: Vec<Actor>,
}

impl<'a, R: Rng> Stage<'a, R> {
    /// An empty stage. `aspect` is the picture's width over its height.
    pub fn new(cast: &'a Cast, place: &'a Place, camera: &'a Camera, aspect: f32, random: R) -> Self {
        Self { cast, place, camera, aspect, distances: DISTANCES, random, actors: Vec::new() }
    }

    /// The same, with nobody further from the camera than that, in metres.
    pub fn within(self, farthest: f32) -> Self {
        Self { distances: DISTANCES.start..farthest, ..self }
    }

    /// Everybody who found room.
    pub fn into_actors(self) -> Vec<Actor> {
        self.actors
    }

    /// Puts a person somewhere, in any of their outfits; `facing` is the largest angle by which they look past the camera.
    pub fn person(&mut self, index: usize, facing: f32) {
        let Some(position) = self.room(&self.place.walks, 0.55) else { return };
        let outfit = self.random.random_range(0..self.cast.people[index].outfits.len());
        let heading = self.towards_camera(position) + self.random.random_range(-facing..=facing);
        let action = match self.random.random_range(0..10) {
            0..6 => Action::Walk,
            6..8 => Action::Stand,
            8 => Action::Talk,
            _ => Action::Phone,
        };
        let carried = match self.random.random_range(0..12) {
            0 => Some(Carried::ShoppingBag),
            1 => Some(Carried::Parcel),
            2 if !self.place.indoors => Some(Carried::Umbrella),
            _ => None,
        };
        let speed = if action == Action::Walk { self.random.random_range(0.8..1.7) } else { 0.0 };
        let pose = PersonPose {
            position,
            heading,
            speed,
            phase: self.random.random_range(0.0..100.0),
            action,
            head_yaw: self.random.random_range(-0.6..0.6),
            head_pitch: self.random.random_range(-0.15..0.35),
            carried,
        };
        self.add(Identity::Person(index), Pose::Person { outfit, pose });
    }

    /// Puts a vehicle on the road, along it or, now and then, across.
    pub fn vehicle(&mut self, index: usize) {
        let Some(position) = self.room(&self.place.roads, 3.0) else { return };
        let heading =
            if self.random.random_bool(0.8) { self.along(&self.place.roads, position) } else { self.any_heading() };
        let pose = VehiclePose {
            position,
            heading,
            rolled: self.random.random_range(0.0..10.0),
            steering: self.random.random_range(-0.3..0.3),
            lights: self.random.random_bool(0.3),
        };
        self.add(Identity::Vehicle(index), Pose::Vehicle(pose));
    }

    /// Puts an animal somewhere.
    pub fn animal(&mut self, index: usize) {
        let Some(position) = self.room(&self.place.walks, 0.5) else { return };
        let speed = if self.random.random_bool(0.6) { self.random.random_range(0.5..2.5) } else { 0.0 };
        let pose =
            AnimalPose { position, heading: self.any_heading(), speed, phase: self.random.random_range(0.0..100.0) };
        self.add(Identity::Animal(index), Pose::Animal(pose));
    }

    /// Puts a bicycle somewhere, parked or with a rider.
    pub fn bicycle(&mut self, index: usize, rider: Option<usize>) {
        let Some(position) = self.room(&self.place.walks, 1.0) else { return };
        let heading = self.any_heading();
        let lean = if rider.is_some() { 0.0 } else { -0.1 };
        let rolled = self.random.random_range(0.0..10.0);
        self.add(Identity::Bicycle(index), Pose::Bicycle(BicyclePose { position, heading, rolled, lean }));
        let Some(person) = rider else { return };
        let outfit = self.random.random_range(0..self.cast.people[person].outfits.len());
        let pose = PersonPose {
            position: position - direction(heading) * BicycleModel::SADDLE[1],
            heading,
            speed: 4.0,
            phase: self.random.random_range(0.0..100.0),
            action: Action::Ride,
            head_yaw: self.random.random_range(-0.4..0.4),
            head_pitch: 0.0,
            carried: None,
        };
        self.add(Identity::Person(person), Pose::Person { outfit, pose });
    }

    fn add(&mut self, identity: Identity, pose: Pose) {
        let visit = self.actors.len() as u32;
        self.actors.push(Actor { identity, visit, pose });
    }

    /// A point on the ground before the camera, near a way and `apart` metres from everybody else; now and then so near that
    /// the picture's lower edge cuts off the feet.
    fn room(&mut self, ways: &Ways, apart: f32) -> Option<Vec3> {
        for _ in 0..TRIES {
            let on_picture = Vec2::new(self.random.random_range(-1.0..1.0), self.random.random_range(-1.8..0.9));
            let Some(point) = self.ground_at(on_picture) else { continue };
            let distance = point.distance(self.camera.position);
            let near_a_way = nearest_link(ways, point).is_some_and(|(away, _)| away < OFF_THE_WAY);
            let clear = self.actors.iter().all(|other| other.position().distance(point) > apart);
            if self.distances.contains(&distance) && near_a_way && clear {
                return Some(point);
            }
        }
        None
    }

    /// The ground behind a point of the picture, from -1 to 1 to the right and upwards.
    fn ground_at(&self, on_picture: Vec2) -> Option<Vec3> {
        let forward = (self.camera.target - self.camera.position).normalize();
        let right = forward.cross(Vec3::Y).normalize();
        let up = right.cross(forward);
        let height = (self.camera.field_of_view / 2.0).tan();
        let ray = forward + right * (on_picture.x * height * self.aspect) + up * (on_picture.y * height);
        (ray.y < -1e-3).then(|| self.camera.position + ray * (self.camera.position.y / -ray.y))
    }

    fn towards_camera(&self, from: Vec3) -> f32 {
        let way = self.camera.position - from;
        way.x.atan2(way.z)
    }

    fn any_heading(&mut self) -> f32 {
        self.random.random_range(0.0..std::f32::consts::TAU)
    }

    fn along(&mut self, ways: &Ways, point: Vec3) -> f32 {
        let along = nearest_link(ways, point).map_or(Vec3::Z, |(_, along)| along);
        along.x.atan2(along.z) + self.random.random_range(-0.1..0.1)
    }
}

/// How far away the nearest link is, and its direction.
fn nearest_link(ways: &Ways, point: Vec3) -> Option<(f32, Vec3)> {
    let links = ways.links.iter().map(|&[from, to]| (ways.nodes[from].position, ways.nodes[to].position));
    let distances = links.map(|(from, to)| {
        let way = to - from;
        let share = ((point - from).dot(way) / way.length_squared().max(1e-6)).clamp(0.0, 1.0);
        (point.distance(from + way * share), way)
    });
    distances.min_by(|a, b| a.0.total_cmp(&b.0))
}
