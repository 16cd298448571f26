//! Cars, vans and the like: which kind, which paint, which make-like shape; and their surfaces in a pose.

mod body;
mod lamps;
mod livery;
mod paint;
mod plate;
mod shape;
mod wheel;

use glam::{Affine3A, Quat, Vec3};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::Figure;
use super::forms::moved;
use crate::mesh::{Mesh, Part};
use crate::seed;

use lamps::LampStyle;
use livery::Livery;
pub use paint::Paint;
use shape::Shape;
use wheel::WheelDesign;

/// What kind of vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VehicleKind {
    /// A saloon with a boot.
    Sedan,
    /// A small car with a hatch.
    Hatchback,
    /// A tall car.
    Suv,
    /// A panel van.
    Van,
    /// An open load bed.
    Pickup,
}

impl VehicleKind {
    /// As people say it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sedan => "sedan",
            Self::Hatchback => "hatchback",
            Self::Suv => "SUV",
            Self::Van => "van",
            Self::Pickup => "pickup",
        }
    }

    /// As often as on a European street, with more pickups than there, so that they can be learned.
    fn draw(random: &mut ChaCha8Rng) -> Self {
        match random.random_range(0..100) {
            0..26 => Self::Sedan,
            26..54 => Self::Hatchback,
            54..76 => Self::Suv,
            76..90 => Self::Van,
            _ => Self::Pickup,
        }
    }
}

/// A vehicle, for life.
#[derive(Debug, Clone, PartialEq)]
pub struct Vehicle {
    /// What kind.
    pub kind: VehicleKind,
    /// What colour.
    pub paint: Paint,
    /// Its measures and lines.
    pub shape: Shape,
    /// What its wheels look like.
    pub wheels: WheelDesign,
    /// What its lamps look like.
    pub lamps: LampStyle,
    /// Grille, plate, trim and dirt.
    pub livery: Livery,
}

/// How a vehicle stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VehiclePose {
    /// On the ground below its middle.
    pub position: Vec3,
    /// Where its front looks.
    pub heading: f32,
    /// How far it has rolled, in metres; turns the wheels.
    pub rolled: f32,
    /// Where the front wheels point against the heading.
    pub steering: f32,
    /// Headlights and tail lights burn.
    pub lights: bool,
}

impl Vehicle {
    /// The `index`th vehicle of the world of `seed`.
    #[must_use]
    pub fn draw(seed: u64, index: usize) -> Self {
        let stream = |what| seed::stream(seed, what, index as u64);
        let kind = VehicleKind::draw(&mut stream("vehicle kind"));
        Self {
            kind,
            paint: Paint::draw(kind, &mut stream("vehicle paint")),
            shape: Shape::draw(kind, &mut stream("vehicle shape")),
            wheels: WheelDesign::draw(kind, &mut stream("vehicle wheels")),
            lamps: LampStyle::draw(kind, &mut stream("vehicle lamps")),
            livery: Livery::draw(kind, &mut stream("vehicle livery")),
        }
    }

    /// What it is, for the truth: `red hatchback`.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{} {}", self.paint.name, self.kind.name())
    }
}

/// A vehicle ready to be posed.
#[derive(Debug, Clone)]
pub struct VehicleModel {
    body: Part,
    /// The front left one, around the origin.
    wheel: Part,
    hubs: [Vec3; 4],
    wheel_radius: f32,
    headlamps: Part,
    tail_lamps: Part,
}

impl VehicleModel {
    /// The surfaces of a vehicle.
    #[must_use]
    pub fn new(vehicle: &Vehicle) -> Self {
        let shape = &vehicle.shape;
        let [headlamps, tail_lamps] = lamps::parts(shape, &vehicle.lamps);
        Self {
            body: Part { mesh: body::mesh(shape), material: livery::material(vehicle) },
            wheel: wheel::part(&vehicle.wheels, shape.wheel_radius),
            hubs: shape.hubs(),
            wheel_radius: shape.wheel_radius,
            headlamps,
            tail_lamps,
        }
    }

    /// The vehicle in a pose, in the world.
    #[must_use]
    pub fn pose(&self, pose: &VehiclePose) -> Figure {
        let to = Affine3A::from_rotation_translation(Quat::from_rotation_y(pose.heading), pose.position);
        let lamps = [(&self.headlamps, 1.0), (&self.tail_lamps, 0.8)].map(|(lamp, glow)| {
            let part = moved(lamp, &to);
            let material = part.material.glowing(if pose.lights { glow } else { 0.0 });
            Part { mesh: part.mesh, material }
        });
        let mut parts = vec![moved(&self.body, &to), self.posed_wheels(pose, &to)];
        parts.extend(lamps);
        Figure { parts, face: None }
    }

    fn posed_wheels(&self, pose: &VehiclePose, to: &Affine3A) -> Part {
        let mut mesh = Mesh::default();
        let turned = Quat::from_rotation_x((pose.rolled / self.wheel_radius) % std::f32::consts::TAU);
        for hub in self.hubs {
            let steered = Quat::from_rotation_y(if hub.z > 0.0 { pose.steering } else { 0.0 });
            let sided = Affine3A::from_scale(Vec3::new(hub.x.signum(), 1.0, 1.0));
            let at_hub = Affine3A::from_rotation_translation(steered * turned, hub);
            mesh.add(&self.wheel.mesh, &(*to * at_hub * sided));
        }
        Part { mesh, material: self.wheel.material.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARKED: VehiclePose =
        VehiclePose { position: Vec3::ZERO, heading: 0.0, rolled: 0.0, steering: 0.0, lights: false };

    #[test]
    fn vehicles_stand_on_the_ground_within_their_measures_and_triangles() {
        for index in 0..20 {
            let vehicle = Vehicle::draw(3, index);
            let figure = VehicleModel::new(&vehicle).pose(&PARKED);
            let points = figure.parts.iter().flat_map(|part| &part.mesh.vertices).map(|vertex| vertex.position);
            let (low, high) =
                points.fold((Vec3::MAX, Vec3::MIN), |(low, high), point| (low.min(point), high.max(point)));
            assert!(low.y.abs() < 0.02, "{low}");
            assert!((high.y - vehicle.shape.height).abs() < 0.12, "{high} {}", vehicle.shape.height);
            assert!((high.z - low.z - vehicle.shape.length).abs() < 0.35, "{low} {high}");
            let triangles: usize = figure.parts.iter().map(|part| part.mesh.triangles.len()).sum();
            assert!(triangles < 1500, "{triangles}");
        }
    }

    #[test]
    fn two_vehicles_of_a_kind_and_colour_differ_and_stay_themselves() {
        assert_eq!(Vehicle::draw(3, 4), Vehicle::draw(3, 4));
        let all: Vec<Vehicle> = (0..40).map(|index| Vehicle::draw(3, index)).collect();
        let alike = |a: &Vehicle, b: &Vehicle| a.describe() == b.describe();
        let pair =
            all.iter().enumerate().find_map(|(index, a)| all[index + 1..].iter().find(|b| alike(a, b)).map(|b| (a, b)));
        let (a, b) = pair.expect("forty vehicles are enough for two white sedans");
        assert_ne!(a.shape, b.shape);
    }

    #[test]
    fn lamps_glow_only_when_they_burn() {
        let model = VehicleModel::new(&Vehicle::draw(3, 0));
        let glowing =
            |lights| model.pose(&VehiclePose { lights, ..PARKED }).parts.iter().any(|part| part.material.glow > 0.0);
        assert!(glowing(true) && !glowing(false));
    }
}
