//! Legs from their joints to where the feet are: elbows bend back, knees forward, hocks back.

use glam::{Affine3A, Quat, Vec3};

use super::AnimalPose;
use super::build::AnimalBuild;
use super::gait::{self, Leg};
use super::surface::Surfaces;
use crate::mesh::Mesh;

/// The legs of an animal.
pub struct Legs<'a> {
    /// Its measures.
    pub build: &'a AnimalBuild,
    /// Its surfaces.
    pub surfaces: &'a Surfaces,
}

/// Shares of a leg's length: upper arm and forearm.
pub const FORE: [f32; 2] = [0.44, 0.60];

/// Thigh, shank and the foot up to the hock.
pub const HIND: [f32; 3] = [0.44, 0.44, 0.29];

impl Legs<'_> {
    /// Where the four feet are when standing or going, as [`Leg::ALL`] counts.
    pub fn feet(&self, pose: &AnimalPose) -> [Vec3; 4] {
        Leg::ALL.map(|leg| {
            let joint = self.joint(leg);
            let step = gait::step(leg, self.build.leg, pose.speed, pose.phase);
            let behind = if leg.fore { 0.0 } else { -0.05 * self.build.leg };
            Vec3::new(joint.x, step.lift, joint.z + step.ahead + behind)
        })
    }

    /// Where they are when sitting: the hind ones flat on the ground before the hips.
    pub fn sitting_feet(&self, body: &Affine3A) -> [Vec3; 4] {
        Leg::ALL.map(|leg| {
            let joint = body.transform_point3(self.joint(leg));
            let ahead = if leg.fore { 0.12 } else { 0.62 };
            let outwards = if leg.fore { 0.85 } else { 1.35 };
            Vec3::new(joint.x * outwards, 0.0, joint.z + ahead * self.build.leg)
        })
    }

    /// Adds all legs, from the joints of a torso moved by `body` to `feet`.
    pub fn add(&self, body: &Affine3A, feet: [Vec3; 4], place: &Affine3A, mesh: &mut Mesh) {
        for (leg, foot) in Leg::ALL.into_iter().zip(feet) {
            let joint = body.transform_point3(self.joint(leg));
            let ankle = foot + Vec3::new(0.0, self.build.paw_radius(), 0.0);
            if leg.fore {
                self.add_fore(joint, ankle, place, mesh)
            } else {
                self.add_hind(joint, ankle, place, mesh)
            }
            mesh.add(&self.surfaces.paw, &(*place * Affine3A::from_translation(ankle)));
        }
    }

    /// Where a leg begins in the torso at rest.
    fn joint(&self, leg: Leg) -> Vec3 {
        let build = self.build;
        let (middle, out) = if leg.fore {
            (build.shoulder_joint(), build.chest[0] * 0.62)
        } else {
            (build.hip_joint(), build.waist[0] * 0.68)
        };
        middle + Vec3::new(if leg.left { out } else { -out }, 0.0, 0.0)
    }

    fn add_fore(&self, joint: Vec3, ankle: Vec3, place: &Affine3A, mesh: &mut Mesh) {
        let [upper, lower] = FORE.map(|share| share * self.build.leg);
        let elbow = bend(joint, ankle, [upper, lower], -1.0);
        mesh.add(&self.surfaces.upper_arm, &(*place * between(joint, elbow, upper)));
        mesh.add(&self.surfaces.forearm, &(*place * between(elbow, ankle, lower)));
    }

    fn add_hind(&self, joint: Vec3, ankle: Vec3, place: &Affine3A, mesh: &mut Mesh) {
        let [thigh, shank, foot] = HIND.map(|share| share * self.build.leg);
        // The hock leans back, more so the further back the foot is, and folds down when the body is low.
        let room = ((joint.y - ankle.y) / self.build.leg).clamp(0.0, 1.0);
        let lean = 0.25 + 0.5 * ((joint.z - ankle.z) / self.build.leg).clamp(-0.5, 0.5) + 2.2 * (0.8 - room).max(0.0);
        let hock = ankle + Vec3::new(0.0, lean.cos(), -lean.sin()) * foot;
        let knee = bend(joint, hock, [thigh, shank], 1.0);
        mesh.add(&self.surfaces.thigh, &(*place * between(joint, knee, thigh)));
        mesh.add(&self.surfaces.shank, &(*place * between(knee, hock, shank)));
        mesh.add(&self.surfaces.foot, &(*place * between(hock, ankle, foot)));
    }
}

/// Where two bones from `from` to `to` meet, bent forward (1) or back (-1).
fn bend(from: Vec3, to: Vec3, [upper, lower]: [f32; 2], forward: f32) -> Vec3 {
    let way = to - from;
    let distance = way.length().max(1e-4);
    let along = ((upper * upper - lower * lower) / distance + distance) / 2.0;
    let along = along.clamp(0.0, distance);
    let out = (upper * upper - along * along).max(0.0).sqrt();
    let direction = way / distance;
    // Forward, across the way from joint to joint.
    let across = Vec3::X.cross(direction).normalize_or_zero();
    from + direction * along - across * out * forward
}

/// Moves a bone that hangs down from the origin, `length` long, so that it reaches from one joint to another.
fn between(from: Vec3, to: Vec3, length: f32) -> Affine3A {
    let way = to - from;
    let turned = Quat::from_rotation_arc(Vec3::NEG_Y, way.normalize_or(Vec3::NEG_Y));
    let stretched = Vec3::new(1.0, way.length() / length, 1.0);
    Affine3A::from_scale_rotation_translation(stretched, turned, from)
}
