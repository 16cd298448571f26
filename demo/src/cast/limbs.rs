//! The shapes of a body and of the clothes on it: arms, legs, hands, shoes and the neck.

use glam::{Affine3A, Quat, Vec3};

use super::person::Build;
use super::skeleton::{Bone, Side, Skeleton};
use super::surface::{Ring, Surface};
use crate::mesh::Mesh;

/// Half of an arm's thickness in metres at shares of the way from the shoulder to the wrist, of a person of 1.75 m.
const ARM: [[f32; 2]; 11] = [
    [-0.062, 0.01],
    [-0.045, 0.03],
    [0.0, 0.048],
    [0.05, 0.053],
    [0.14, 0.052],
    [0.3, 0.046],
    [0.46, 0.04],
    [0.546, 0.039],
    [0.63, 0.042],
    [0.86, 0.031],
    [1.0, 0.026],
];

/// The same of a leg from the hip joint to the ankle: share, half its width, half its depth, how far its middle is behind.
const LEG: [[f32; 4]; 11] = [
    [-0.03, 0.086, 0.098, -0.004],
    [0.1, 0.084, 0.092, 0.0],
    [0.24, 0.076, 0.083, 0.004],
    [0.38, 0.064, 0.07, 0.004],
    [0.46, 0.057, 0.06, 0.002],
    [0.495, 0.056, 0.059, 0.001],
    [0.55, 0.053, 0.056, -0.004],
    [0.66, 0.055, 0.06, -0.012],
    [0.8, 0.045, 0.049, -0.012],
    [0.92, 0.037, 0.041, -0.006],
    [1.0, 0.036, 0.042, -0.004],
];

/// Adds to surfaces what a body of one build consists of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limbs<'a> {
    pub skeleton: &'a Skeleton,
    pub build: &'a Build,
}

impl Limbs<'_> {
    /// Size against a person of 1.75 m.
    pub fn size(&self) -> f32 {
        self.build.height / 1.75
    }

    /// A measure of a limb: heavy people's limbs are thicker, but less so than their waist.
    pub fn thick(&self, metres: f32) -> f32 {
        metres * self.size() * (1.0 + 0.6 * (self.build.girth - 1.0))
    }

    /// An arm between two shares of its length, wider than the flesh by `loose` at the shoulder and `cuff` at the lower end.
    pub fn arm(&self, surface: &mut Surface, side: Side, [from, to]: [f32; 2], [loose, cuff]: [f32; 2]) {
        let shoulder = self.skeleton.joint(Bone::UpperArm(side));
        let length = self.skeleton.arm[0] + self.skeleton.arm[1];
        let bend = self.skeleton.arm[0] / length;
        let ring = |share: f32| {
            let bone = match share {
                _ if share < 0.08 => Bone::Shoulder(side),
                _ if share < bend - 0.05 => Bone::UpperArm(side),
                _ if share < bend + 0.05 => Bone::Elbow(side),
                _ => Bone::Forearm(side),
            };
            let down = share.max(0.0);
            let radius = self.thick(profile(&ARM, share)) + loose + (cuff - loose) * down;
            // The muscle of the shoulder is outside of the joint.
            let out = 0.008 * self.size() * side.sign() * (1.0 - down * 3.0).max(0.0);
            let v = (down - from.max(0.0)) / (to - from.max(0.0));
            Ring::level(
                bone,
                shoulder + Vec3::new(out, -share * length, 0.0),
                radius * 0.96,
                radius * 1.05,
                v.clamp(0.0, 1.0),
            )
        };
        let between = ARM.iter().map(|row| row[0]).filter(|&share| share > from + 0.02 && share < to - 0.02);
        let shares: Vec<f32> = std::iter::once(from).chain(between).chain([to]).collect();
        let mut rings: Vec<Ring> = shares.into_iter().map(ring).collect();
        close_hem(&mut rings, 0.75);
        surface.tube(self.skeleton, &rings, 8);
    }

    /// A leg between two shares of its length, wider than the flesh by `loose`; below the knee at least `straight` wide.
    pub fn leg(&self, surface: &mut Surface, side: Side, [from, to]: [f32; 2], loose: f32, straight: f32) {
        let hip = self.skeleton.joint(Bone::Thigh(side));
        let length = self.skeleton.leg[0] + self.skeleton.leg[1];
        let ring = |share: f32| {
            let bone = match share {
                _ if share < 0.05 => Bone::Hip(side),
                _ if share < 0.44 => Bone::Thigh(side),
                _ if share < 0.56 => Bone::Knee(side),
                _ => Bone::Shin(side),
            };
            let [width, depth, behind] = interpolated(&LEG, share);
            let least = if share > 0.3 { straight * self.size() } else { 0.0 };
            let half = |metres: f32| (self.thick(metres) + loose).max(least);
            let centre = hip + Vec3::new(0.0, -share * length, behind * self.size());
            Ring::level(bone, centre, half(width), half(depth), (share - from) / (to - from))
        };
        let between = LEG.iter().map(|row| row[0]).filter(|&share| share > from + 0.02 && share < to - 0.02);
        let shares: Vec<f32> = std::iter::once(from).chain(between).chain([to]).collect();
        let mut rings: Vec<Ring> = shares.into_iter().map(ring).collect();
        close_hem(&mut rings, 0.8);
        surface.tube(self.skeleton, &rings, 8);
    }

    /// A hand with its thumb: fingers together, a little bent.
    pub fn hand(&self, surface: &mut Surface, side: Side) {
        let (bone, size) = (Bone::Hand(side), self.size());
        let wrist = self.skeleton.joint(bone);
        let rows = [
            [0.01, 0.019, 0.025, 0.0],
            [-0.035, 0.018, 0.038, 0.003],
            [-0.085, 0.017, 0.042, 0.004],
            [-0.13, 0.015, 0.036, 0.008],
            [-0.17, 0.009, 0.024, 0.014],
            [-0.18, 0.002, 0.006, 0.014],
        ];
        let ring = |[y, thick, broad, inwards]: [f32; 4]| {
            let centre = wrist + size * Vec3::new(-inwards * side.sign(), y, 0.004);
            Ring::level(bone, centre, thick * size, broad * size, 0.5).round(0.85)
        };
        surface.tube(self.skeleton, &rows.map(ring), 6);
        let thumb = Mesh::ellipsoid(Vec3::new(0.011, 0.036, 0.013) * size, 5, 3);
        let at = wrist + size * Vec3::new(-0.01 * side.sign(), -0.062, 0.047);
        surface.rigid(
            self.skeleton,
            bone,
            &thumb,
            &Affine3A::from_rotation_translation(Quat::from_rotation_x(-0.5), at),
        );
    }

    /// A shoe; the upper half of its texture's way around is leather, the rest sole.
    pub fn shoe(&self, surface: &mut Surface, side: Side) {
        let ankle = self.skeleton.joint(Bone::Foot(side));
        let size = self.size();
        // Forward from the ankle, half the width, height of the upper, how far the sole is above the ground, on the toes.
        let rows = [
            [-0.066, 0.02, 0.06, 0.006, 0.0],
            [-0.035, 0.038, 0.112, 0.0, 0.0],
            [0.03, 0.039, 0.107, 0.0, 0.0],
            [0.085, 0.043, 0.078, 0.0, 0.0],
            [0.132, 0.047, 0.058, 0.0, 0.4],
            [0.165, 0.043, 0.05, 0.0, 1.0],
            [0.19, 0.03, 0.043, 0.004, 1.0],
            [0.2, 0.01, 0.03, 0.012, 1.0],
        ];
        let middle = 0.03;
        let ring = |[forward, width, top, bottom, toes]: [f32; 5]| {
            let bone = if toes > 0.5 { Bone::Toes(side) } else { Bone::Foot(side) };
            let centre = Vec3::new(ankle.x, middle * size, forward * size);
            let up = (top - middle).max(0.004);
            let v = (forward + 0.068) / 0.268;
            let ring = Ring::level(bone, centre, width * size, 0.0, v).back((middle - bottom) / up).round(0.7);
            Ring { front: Vec3::Y * up * size, ..ring }
        };
        surface.tube(self.skeleton, &rows.map(ring), 8);
    }

    /// The neck, into the head above and the collar below.
    pub fn neck(&self, surface: &mut Surface) {
        let (neck, head) = (self.skeleton.joint(Bone::Neck), self.skeleton.joint(Bone::Head));
        let radius = 0.057
            * self.skeleton.head_scale
            * (1.0 + 0.45 * (self.build.girth - 1.0))
            * (0.6 + 0.4 * self.build.shoulders);
        let up = Vec3::Y * 0.03 * self.size();
        let rings = [
            Ring::level(Bone::Head, head + up * 0.6, radius * 0.93, radius * 0.97, 0.0),
            Ring::level(Bone::Neck, neck.lerp(head, 0.5), radius * 0.95, radius, 0.3),
            Ring::level(Bone::Chest, neck, radius * 1.08, radius * 1.05, 0.6),
            Ring::level(Bone::Chest, neck - up * 1.6, radius * 1.6, radius * 1.2, 1.0),
        ];
        surface.tube(self.skeleton, &rings, 8);
    }
}

/// Turns the lower end of cloth inwards, so that it looks thick.
fn close_hem(rings: &mut Vec<Ring>, share: f32) {
    let last = rings[rings.len() - 1];
    rings.push(Ring {
        side: last.side * share,
        front: last.front * share,
        centre: last.centre + Vec3::Y * 0.004,
        ..last
    });
}

/// What a table of shares says between its rows.
fn interpolated<const N: usize>(table: &[[f32; N]], share: f32) -> [f32; 3] {
    let lower = table.iter().position(|row| row[0] >= share).unwrap_or(table.len() - 1).max(1);
    let (above, below) = (table[lower - 1], table[lower]);
    let part = ((share - above[0]) / (below[0] - above[0])).clamp(0.0, 1.0);
    std::array::from_fn(|index| above.get(index + 1).zip(below.get(index + 1)).map_or(0.0, |(a, b)| a + (b - a) * part))
}

fn profile(table: &[[f32; 2]], share: f32) -> f32 {
    interpolated(table, share)[0]
}
