//! Bicycles: which frame, colour and equipment; and their surfaces in a pose. The rider is an actor of its own, whose pose
//! fits the measures of [`BicycleModel`].

mod frame;
mod wheel;

use std::f32::consts::TAU;

use glam::{Affine3A, Quat, Vec3};
use rand::RngExt as _;

use super::Figure;
use super::forms::moved;
use crate::mesh::{Mesh, Part};
use crate::seed;

/// How a frame is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameStyle {
    /// A level tube from the saddle to the handlebar.
    Diamond,
    /// Low in the middle, to step through.
    StepThrough,
    /// As a diamond, with a dropped handlebar.
    Sport,
}

/// What a bicycle carries things in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Luggage {
    /// Nothing.
    None,
    /// A rack above the rear wheel.
    Rack,
    /// A rack, and a basket before the handlebar.
    Basket,
}

/// A bicycle, for life.
#[derive(Debug, Clone, PartialEq)]
pub struct Bicycle {
    /// How its frame is built.
    pub frame: FrameStyle,
    /// The name of its colour.
    pub colour_name: &'static str,
    /// Its colour, sRGB.
    pub colour: [u8; 3],
    /// From the axle to the ground.
    pub wheel_radius: f32,
    /// What it carries things in.
    pub luggage: Luggage,
    /// It has mudguards.
    pub mudguards: bool,
    /// Saddle and grips are of brown leather.
    pub leather: bool,
}

/// How a bicycle stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BicyclePose {
    /// On the ground, midway between the wheels.
    pub position: Vec3,
    /// Where it points.
    pub heading: f32,
    /// How far it has rolled, in metres.
    pub rolled: f32,
    /// How far it leans to its right; parked on its stand about -0.1.
    pub lean: f32,
}

/// The colours of bicycles.
const COLOURS: [(&str, [u8; 3]); 9] = [
    ("black", [26, 26, 28]),
    ("red", [176, 30, 32]),
    ("blue", [36, 78, 160]),
    ("green", [38, 104, 66]),
    ("white", [226, 226, 222]),
    ("silver", [168, 172, 176]),
    ("yellow", [226, 184, 40]),
    ("orange", [220, 104, 30]),
    ("turquoise", [70, 172, 168]),
];

impl Bicycle {
    /// The `index`th bicycle of the world of `seed`.
    #[must_use]
    pub fn draw(seed: u64, index: usize) -> Self {
        let mut random = seed::stream(seed, "bicycle", index as u64);
        let frame = match random.random_range(0..10) {
            0..4 => FrameStyle::Diamond,
            4..7 => FrameStyle::StepThrough,
            _ => FrameStyle::Sport,
        };
        let (colour_name, colour) = COLOURS[random.random_range(0..COLOURS.len())];
        let luggage = match (frame, random.random_range(0..3)) {
            (FrameStyle::Sport, _) | (_, 0) => Luggage::None,
            (_, 1) => Luggage::Rack,
            _ => Luggage::Basket,
        };
        Self {
            frame,
            colour_name,
            colour,
            wheel_radius: random.random_range(0.32..0.35),
            luggage,
            mudguards: frame != FrameStyle::Sport && random.random_bool(0.7),
            leather: random.random_bool(0.3),
        }
    }

    /// What it is, for the truth: `blue bicycle`.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{} bicycle", self.colour_name)
    }
}

/// A bicycle ready to be posed.
#[derive(Debug, Clone)]
pub struct BicycleModel {
    frame: Part,
    /// Tyre and rim, around the origin.
    tyre: Part,
    /// Spokes, around the origin.
    spokes: Part,
    /// The chain wheel with both cranks, around the origin, the left one pointing forward.
    cranks: Part,
    pedal: Mesh,
    wheel_radius: f32,
}

impl BicycleModel {
    /// Height of the saddle above the ground, and how far behind the middle it is; pedals go round 0.28 m above the ground
    /// at the middle. A rider's pose fits this.
    pub const SADDLE: [f32; 2] = [0.95, 0.2];

    /// Height of the handlebar's grips, how far before the middle they are, and how far apart.
    pub const GRIPS: [f32; 3] = [1.02, 0.45, 0.5];

    /// How high above the ground the cranks turn, at the middle; how long they are; how far apart the pedals are.
    pub const CRANKS: [f32; 3] = [0.28, 0.17, 0.2];

    /// How far a bicycle rolls with one turn of the cranks, in metres. When it has rolled a multiple of this, the left pedal
    /// points forward, and goes down from there.
    pub const DEVELOPMENT: f32 = 5.0;

    /// From the middle to each axle.
    const HALF_WHEELBASE: f32 = 0.53;

    /// The surfaces of a bicycle.
    #[must_use]
    pub fn new(bicycle: &Bicycle) -> Self {
        let material = frame::material(bicycle);
        let part = |mesh| Part { mesh, material: material.clone() };
        let [tyre, spokes] = wheel::parts(bicycle.wheel_radius);
        Self {
            frame: part(frame::mesh(bicycle)),
            tyre,
            spokes,
            cranks: part(frame::cranks()),
            pedal: frame::pedal(),
            wheel_radius: bicycle.wheel_radius,
        }
    }

    /// The bicycle in a pose, in the world.
    #[must_use]
    pub fn pose(&self, pose: &BicyclePose) -> Figure {
        let turned = Quat::from_rotation_y(pose.heading) * Quat::from_rotation_z(pose.lean);
        let to = Affine3A::from_rotation_translation(turned, pose.position);
        let spin = Quat::from_rotation_x((pose.rolled / self.wheel_radius) % TAU);
        let wheels = [1.0, -1.0].map(|end| {
            let hub = Vec3::new(0.0, self.wheel_radius, end * Self::HALF_WHEELBASE);
            to * Affine3A::from_rotation_translation(spin, hub)
        });
        let both = |part: &Part| {
            let mut mesh = Mesh::default();
            for wheel in &wheels {
                mesh.add(&part.mesh, wheel);
            }
            Part { mesh, material: part.material.clone() }
        };
        let mut frame = moved(&self.frame, &to);
        self.add_cranks(pose.rolled, &to, &mut frame.mesh);
        Figure { parts: vec![frame, both(&self.tyre), both(&self.spokes)], face: None }
    }

    /// Cranks at their angle, pedals always level.
    fn add_cranks(&self, rolled: f32, to: &Affine3A, mesh: &mut Mesh) {
        let [height, length, apart] = Self::CRANKS;
        let turn = Quat::from_rotation_x((rolled / Self::DEVELOPMENT).fract() * TAU);
        let axle = Vec3::new(0.0, height, 0.0);
        mesh.add(&self.cranks.mesh, &(*to * Affine3A::from_rotation_translation(turn, axle)));
        for side in [1.0, -1.0] {
            let end = axle + turn * Vec3::new(0.0, 0.0, side * length) + Vec3::X * (side * apart / 2.0);
            mesh.add(&self.pedal, &(*to * Affine3A::from_translation(end)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wheels_stand_on_the_ground_and_the_saddle_fits_a_rider() {
        for index in 0..10 {
            let model = BicycleModel::new(&Bicycle::draw(5, index));
            let figure = model.pose(&BicyclePose { position: Vec3::ZERO, heading: 0.0, rolled: 1.3, lean: 0.0 });
            let points: Vec<Vec3> =
                figure.parts.iter().flat_map(|part| &part.mesh.vertices).map(|vertex| vertex.position).collect();
            let lowest = points.iter().map(|point| point.y).fold(f32::MAX, f32::min);
            assert!(lowest.abs() < 0.02, "{lowest}");
            let saddle =
                points.iter().filter(|point| (point.z + BicycleModel::SADDLE[1]).abs() < 0.1 && point.x.abs() < 0.1);
            let top = saddle.map(|point| point.y).fold(0.0, f32::max);
            assert!((top - BicycleModel::SADDLE[0]).abs() < 0.03, "{top}");
        }
    }

    #[test]
    fn the_left_pedal_begins_forward_and_goes_down() {
        let model = BicycleModel::new(&Bicycle::draw(5, 0));
        let lowest_left = |rolled| {
            let figure = model.pose(&BicyclePose { position: Vec3::ZERO, heading: 0.0, rolled, lean: 0.0 });
            let vertices = figure.parts[0].mesh.vertices.iter().filter(|vertex| (vertex.position.x - 0.1).abs() < 0.05);
            let near = vertices.filter(|vertex| vertex.position.y < 0.6).map(|vertex| vertex.position.y);
            near.fold(f32::MAX, f32::min)
        };
        assert!(lowest_left(BicycleModel::DEVELOPMENT / 4.0) < lowest_left(0.0) - 0.1);
    }
}
