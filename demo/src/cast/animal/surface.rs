//! The surfaces of an animal at rest, each around the joint it turns about.

use glam::{Affine3A, Vec2, Vec3};

use super::build::{AnimalBuild, Ears};
use super::limb::{FORE, HIND};
use super::{Animal, coat};
use crate::cast::forms::{Ring, in_region, tube};
use crate::mesh::{Material, Mesh};

/// An animal's pieces and its fur.
#[derive(Debug, Clone)]
pub struct Surfaces {
    /// Where it is when standing.
    pub torso: Mesh,
    /// Along +z from its lower end.
    pub neck: Mesh,
    /// From the back of the skull along +z.
    pub head: Mesh,
    /// Along -z from the rump.
    pub tail: Mesh,
    /// Down from the shoulder.
    pub upper_arm: Mesh,
    /// Down from the elbow.
    pub forearm: Mesh,
    /// Down from the hip.
    pub thigh: Mesh,
    /// Down from the knee.
    pub shank: Mesh,
    /// Down from the hock.
    pub foot: Mesh,
    /// Around the ankle.
    pub paw: Mesh,
    /// The fur.
    pub material: Material,
}

impl Surfaces {
    /// The pieces of an animal.
    #[must_use]
    pub fn new(animal: &Animal) -> Self {
        let build = &animal.build;
        let (leg, thin) = (build.leg, build.leg_radius);
        let [chest, waist] = [build.chest, build.waist];
        let upper = [0.0, 0.45];
        let lower = [0.45, 0.9];
        Self {
            torso: in_region(torso(build), coat::TORSO.0, coat::TORSO.1),
            neck: in_region(neck(build), coat::NECK.0, coat::NECK.1),
            head: head(build),
            tail: in_region(tail(build), coat::TAIL.0, coat::TAIL.1),
            upper_arm: bone(leg * FORE[0], [[chest[0] * 0.42, chest[1] * 0.52], [thin * 1.25, thin * 1.5]], upper),
            forearm: bone(leg * FORE[1], [[thin * 1.2, thin * 1.4], [thin * 0.85, thin * 0.9]], lower),
            thigh: bone(leg * HIND[0], [[waist[0] * 0.45, waist[1] * 0.85], [thin * 1.4, thin * 2.2]], upper),
            shank: bone(leg * HIND[1], [[thin * 1.4, thin * 2.2], [thin * 0.8, thin * 0.95]], lower),
            foot: bone(leg * HIND[2], [[thin * 0.85, thin * 1.05], [thin * 0.8, thin * 0.85]], [0.7, 0.95]),
            paw: paw(build),
            material: Material::matt(animal.coat.texture()).glossy(0.08),
        }
    }
}

/// From the rump to the breast.
fn torso(build: &AnimalBuild) -> Mesh {
    let half = build.length / 2.0;
    let ([chest_width, chest_depth], [waist_width, waist_depth]) = (build.chest, build.waist);
    let back = build.shoulder;
    // How far along the body, how high the back is against the shoulder, half the width and half the depth there.
    let lines = [
        [-half - waist_depth, 0.86, 0.004, 0.004],
        [-half - waist_depth * 0.8, 0.95, waist_width * 0.62, waist_depth * 0.62],
        [-half - waist_depth * 0.1, 0.99, waist_width * 1.02, waist_depth * 1.02],
        [-half * 0.3, 0.985, waist_width, waist_depth],
        [half * 0.35, 0.98, chest_width, chest_depth * 0.95],
        [half, 1.0, chest_width * 0.98, chest_depth],
        [half + chest_depth * 0.55, 0.97, chest_width * 0.75, chest_depth * 0.75],
        [half + chest_depth * 0.85, 0.84, 0.004, 0.004],
    ];
    let rings: Vec<Ring> = lines
        .iter()
        .map(|&[z, height, across, deep]| (Vec3::new(0.0, back * height - deep, z), [across, deep]))
        .collect();
    tube(&rings, Vec3::X, 10)
}

fn neck(build: &AnimalBuild) -> Mesh {
    let ([width, depth], head) = (build.chest, build.head[1]);
    let rings = [
        (Vec3::new(0.0, -depth * 0.1, -depth * 0.3), [width * 0.72, depth * 0.62]),
        (Vec3::new(0.0, 0.0, build.neck * 0.5), [(width * 0.55).max(head * 0.8), (depth * 0.45).max(head * 0.8)]),
        (Vec3::new(0.0, 0.0, build.neck + head * 0.5), [head * 0.72, head * 0.78]),
    ];
    tube(&rings, Vec3::X, 8)
}

/// Skull, snout and ears.
fn head(build: &AnimalBuild) -> Mesh {
    let [length, half] = build.head;
    let eyes = 1.0 - build.snout;
    // Share of the length, height, half the width and half the depth, the last three in halves of the head's width.
    let lines = [
        [-0.1, 0.0, 0.05, 0.05],
        [-0.04, 0.05, 0.68, 0.66],
        [eyes * 0.45, 0.12, 1.0, 0.98],
        [eyes * 0.95, 0.08, 0.86, 0.82],
        [eyes + build.snout * 0.25, -0.2, 0.56, 0.56],
        [eyes + build.snout * 0.7, -0.28, 0.44, 0.42],
        [0.98, -0.26, 0.34, 0.32],
        [1.02, -0.22, 0.05, 0.05],
    ];
    let rings: Vec<Ring> = lines
        .iter()
        .map(|&[z, y, across, deep]| (Vec3::new(0.0, y * half, z * length), [across * half, deep * half]))
        .collect();
    let mut mesh = in_region(tube(&rings, Vec3::X, 8), coat::HEAD.0, coat::HEAD.1);
    let ear = in_region(ear(build), coat::EAR.0, coat::EAR.1);
    for side in [1.0, -1.0] {
        mesh.add(&ear, &Affine3A::from_scale(Vec3::new(side, 1.0, 1.0)));
    }
    mesh
}

/// The left ear.
fn ear(build: &AnimalBuild) -> Mesh {
    let ([length, half], tall) = (build.head, build.ear_length);
    let z = length * (1.0 - build.snout) * 0.42;
    match build.ears {
        Ears::Pricked => {
            let base = Vec3::new(half * 0.58, half * 0.72, z);
            let tip = base + Vec3::new(tall * 0.18, tall, -tall * 0.05);
            let wide = (tall * 0.42).min(half * 0.55);
            tube(
                &[(base, [wide, wide * 0.45]), (base.lerp(tip, 0.5), [wide * 0.72, wide * 0.3]), (tip, [0.002; 2])],
                Vec3::X,
                5,
            )
        }
        Ears::Hanging => {
            let base = Vec3::new(half * 0.75, half * 0.72, z);
            let knee = base + Vec3::new(half * 0.42, -half * 0.1, 0.0);
            let tip = knee + Vec3::new(half * 0.05, -tall, tall * 0.2);
            let wide = tall * 0.36;
            let rings = [
                (base, [wide * 0.8, half * 0.12]),
                (knee, [wide, half * 0.16]),
                (knee.lerp(tip, 0.6), [wide, half * 0.14]),
                (tip, [0.002; 2]),
            ];
            tube(&rings, Vec3::Z, 5)
        }
    }
}

/// Straight at first, then curving up a little.
fn tail(build: &AnimalBuild) -> Mesh {
    let [length, thick] = build.tail;
    let ring = |share: f32, radius: f32| {
        let place = Vec3::new(0.0, length * 0.3 * share * share, -length * share);
        (place, [thick * radius; 2])
    };
    tube(&[ring(-0.06, 0.9), ring(0.25, 1.0), ring(0.55, 0.95), ring(0.85, 0.7), ring(1.0, 0.1)], Vec3::X, 6)
}

/// A bone with its flesh, down from the origin; `along` is its share of the leg's texture.
fn bone(length: f32, [above, below]: [[f32; 2]; 2], along: [f32; 2]) -> Mesh {
    let middle = [0, 1].map(|index| above[index] * 0.45 + below[index] * 0.55);
    let rings = [
        (Vec3::new(0.0, length * 0.12, 0.0), above.map(|radius| radius * 0.6)),
        (Vec3::new(0.0, -length * 0.15, 0.0), above),
        (Vec3::new(0.0, -length * 0.6, 0.0), middle),
        (Vec3::new(0.0, -length * 1.02, 0.0), below),
    ];
    let (from, to) = coat::LEG;
    let row = |share: f32| from.y + (to.y - from.y) * share;
    in_region(tube(&rings, Vec3::X, 5), Vec2::new(from.x, row(along[0])), Vec2::new(to.x, row(along[1])))
}

fn paw(build: &AnimalBuild) -> Mesh {
    let radius = build.paw_radius();
    let rings = [
        (Vec3::new(0.0, 0.0, -radius * 1.1), [radius * 0.5; 2]),
        (Vec3::new(0.0, 0.0, 0.0), [radius * 1.1, radius]),
        (Vec3::new(0.0, -radius * 0.15, radius * 1.3), [radius * 1.05, radius * 0.8]),
        (Vec3::new(0.0, -radius * 0.4, radius * 2.0), [radius * 0.4, radius * 0.3]),
    ];
    let (from, to) = coat::LEG;
    let start = from.y + (to.y - from.y) * 0.88;
    in_region(tube(&rings, Vec3::X, 5), Vec2::new(from.x, start), to)
}
