//! The posture for everything a person does: going, standing, talking, telephoning, riding, and what the arms carry.

use std::f32::consts::TAU;

use glam::{EulerRot, Quat, Vec3};

use super::bicycle::BicycleModel;
use super::gait::Stride;
use super::person::{Action, Carried, Person, PersonPose};
use super::skeleton::{Arm, Bone, FootPlace, Posture, Side, Skeleton};

/// How high the hip joints are above what one sits on, as a share of the height.
const SEAT: f32 = 0.05;
/// The posture of a person in a pose, in the body's space.
pub(super) fn posture(person: &Person, skeleton: &Skeleton, pose: &PersonPose) -> Posture {
    let mut posture = match pose.action {
        Action::Walk => {
            let [_, swing, bounce] = person.gait;
            Stride::new(skeleton, pose.speed, person.cadence(pose.speed), swing, bounce).posture(pose.phase)
        }
        Action::Stand | Action::Talk | Action::Phone => standing(skeleton, pose.phase),
        Action::Ride => riding(skeleton, pose.phase),
    };
    match pose.action {
        Action::Talk => posture.arms = talking_arms(skeleton, pose.phase),
        Action::Phone => posture.arms[1] = telephoning_arm(skeleton, pose.phase),
        Action::Walk | Action::Stand | Action::Ride => {}
    }
    if let Some(carried) = pose.carried {
        carry(skeleton, carried, &mut posture);
    }
    let looks_down = if pose.action == Action::Phone { 0.35 } else { 0.0 };
    posture.head_turn = Quat::from_euler(EulerRot::YXZ, pose.head_yaw, pose.head_pitch + looks_down, 0.0);
    // The shoulders follow a head that looks far to the side.
    posture.chest_turn = Quat::from_rotation_y(0.25 * pose.head_yaw) * posture.chest_turn;
    posture
}

/// Standing with the weight on one leg, then on the other. At 0 seconds it is on both.
fn standing(skeleton: &Skeleton, seconds: f32) -> Posture {
    let weight = (TAU * seconds / 11.0).sin() * (0.75 + 0.25 * (TAU * seconds / 4.7).cos());
    let breath = (TAU * seconds / 3.6).sin();
    let hip = skeleton.joint(Bone::Thigh(Side::Left));
    let foot = |side: Side| FootPlace {
        ankle: Vec3::new(hip.x * 1.15 * side.sign(), skeleton.ankle, if side == Side::Left { 0.015 } else { -0.015 }),
        pitch: 0.0,
        toes: 0.0,
        yaw: 0.2 * side.sign(),
    };
    let shift = hip.x * 0.55 * weight;
    let arm = |side: Side| Arm::Hangs {
        forward: 0.03 + 0.02 * weight * side.sign(),
        outward: 0.09,
        elbow: 0.2 + 0.01 * breath,
    };
    Posture {
        pelvis: Vec3::new(shift, hip.y - 0.003 - shift.abs() * 0.1, 0.0),
        pelvis_turn: Quat::from_euler(EulerRot::YXZ, 0.05 * weight, 0.0, 0.06 * weight),
        chest_turn: Quat::from_euler(EulerRot::YXZ, 0.03 * weight, 0.02 + 0.006 * breath, -0.035 * weight),
        head_turn: Quat::IDENTITY,
        feet: Side::BOTH.map(foot),
        arms: Side::BOTH.map(arm),
    }
}

/// A place before the chest: to the left, up from the shoulders and forwards, as shares of the arm's length.
fn before_the_chest(skeleton: &Skeleton, [left, up, forward]: [f32; 3]) -> Vec3 {
    let arm = skeleton.arm[0] + skeleton.arm[1];
    Vec3::new(left * arm, skeleton.joint(Bone::UpperArm(Side::Left)).y - 0.02 + up * arm, forward * arm)
}

/// Hands that underline what is said, one more than the other, with pauses.
fn talking_arms(skeleton: &Skeleton, seconds: f32) -> [Arm; 2] {
    Side::BOTH.map(|side| {
        let late = if side == Side::Left { 0.0 } else { 1.3 };
        let wave = |period: f32| (TAU * (seconds + late) / period).sin();
        let eager = (0.5 + 0.6 * wave(7.0)).clamp(0.0, 1.0);
        let beat = [0.05 * wave(0.9), 0.09 * wave(0.7), 0.06 * wave(1.1)];
        let [rest, lively] = [[0.26, -0.72, 0.32], [0.3 + beat[0], -0.42 + beat[1], 0.55 + beat[2]]];
        let mut place: [f32; 3] = std::array::from_fn(|axis| rest[axis] + (lively[axis] - rest[axis]) * eager);
        place[0] *= side.sign();
        Arm::Reaches { wrist: before_the_chest(skeleton, place), hand_pitch: 0.3 * wave(0.8) * eager }
    })
}

/// The right hand before the chest, the thumb busy.
fn telephoning_arm(skeleton: &Skeleton, seconds: f32) -> Arm {
    let busy = 0.01 * (TAU * seconds / 0.8).sin();
    Arm::Reaches { wrist: before_the_chest(skeleton, [-0.12, -0.26 + busy, 0.5]), hand_pitch: 0.25 }
}

/// On the saddle, which is above the origin; one turn of the pedals to a phase, the left foot foremost at a whole one.
fn riding(skeleton: &Skeleton, phase: f32) -> Posture {
    let [saddle, behind] = BicycleModel::SADDLE;
    let [axle, crank, apart] = BicycleModel::CRANKS;
    let height = skeleton.joint(Bone::Pelvis).y / 0.525;
    let foot = |side: Side| {
        let turned = TAU * phase + if side == Side::Left { 0.0 } else { TAU / 2.0 };
        let pedal = Vec3::new(apart / 2.0 * side.sign(), axle - crank * turned.sin(), behind + crank * turned.cos());
        let pitch = -0.25 - 0.15 * turned.cos();
        // The ball of the foot is on the pedal.
        let ball = Quat::from_rotation_x(-pitch) * Vec3::new(0.0, 0.0 - skeleton.ankle, skeleton.ball);
        FootPlace { ankle: pedal - ball, pitch, toes: pitch, yaw: 0.0 }
    };
    let [grip_y, grip_z, grips_apart] = BicycleModel::GRIPS;
    Posture {
        pelvis: Vec3::new(0.0, saddle + SEAT * height, 0.0),
        pelvis_turn: Quat::from_rotation_x(0.25),
        chest_turn: Quat::from_rotation_x(0.42),
        head_turn: Quat::IDENTITY,
        feet: Side::BOTH.map(foot),
        arms: Side::BOTH.map(|side| Arm::Reaches {
            wrist: Vec3::new(grips_apart / 2.0 * side.sign(), grip_y + 0.05, behind + grip_z - 0.08),
            hand_pitch: 0.1,
        }),
    }
}

/// Arms that carry do not swing.
fn carry(skeleton: &Skeleton, carried: Carried, posture: &mut Posture) {
    match carried {
        Carried::ShoppingBag => posture.arms[1] = Arm::Hangs { forward: 0.02, outward: 0.14, elbow: 0.08 },
        Carried::Parcel => {
            let wrist =
                |side: Side| posture.pelvis.with_y(0.0) + before_the_chest(skeleton, [0.27 * side.sign(), -0.56, 0.42]);
            posture.arms = Side::BOTH.map(|side| Arm::Reaches { wrist: wrist(side), hand_pitch: 0.15 });
        }
        Carried::Umbrella => {
            let wrist = posture.pelvis.with_y(0.0) + before_the_chest(skeleton, [-0.2, -0.32, 0.26]);
            posture.arms[1] = Arm::Reaches { wrist, hand_pitch: 0.0 };
        }
    }
}
