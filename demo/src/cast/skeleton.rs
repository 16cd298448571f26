//! The bones of a body: where its joints are when it stands straight, and where they are in a posture.

use glam::{Affine3A, Mat3, Quat, Vec3};

use super::person::Build;

/// A side of the body. A figure that looks along +z has its left at +x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

impl Side {
    pub const BOTH: [Self; 2] = [Self::Left, Self::Right];

    /// Which way along x it is.
    pub fn sign(self) -> f32 {
        match self {
            Self::Left => 1.0,
            Self::Right => -1.0,
        }
    }
}

/// What a piece of surface is fixed to. Bones in the middle of a bend (`Waist`, `Elbow`, `Knee` and so on) turn half as
/// far as the bones around them, so that every piece is rigid and yet no joint is pinched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bone {
    Pelvis,
    Waist,
    Chest,
    Neck,
    Head,
    Shoulder(Side),
    UpperArm(Side),
    Elbow(Side),
    Forearm(Side),
    Hand(Side),
    Hip(Side),
    Thigh(Side),
    Knee(Side),
    Shin(Side),
    Foot(Side),
    Toes(Side),
    /// What hangs round both legs, a skirt or a coat: the first follows the left thigh, the middle one both, the last the
    /// right.
    Hanging(usize),
}

/// How many `Hanging` bones there are.
pub(super) const HANGING: usize = 5;
/// How many bones there are.
const BONES: usize = 27 + HANGING;

impl Bone {
    /// Its place in [`Frames`].
    pub fn index(self) -> usize {
        let limb = |place: usize, side: Side| 5 + 2 * place + usize::from(side == Side::Right);
        match self {
            Self::Pelvis => 0,
            Self::Waist => 1,
            Self::Chest => 2,
            Self::Neck => 3,
            Self::Head => 4,
            Self::Shoulder(side) => limb(0, side),
            Self::UpperArm(side) => limb(1, side),
            Self::Elbow(side) => limb(2, side),
            Self::Forearm(side) => limb(3, side),
            Self::Hand(side) => limb(4, side),
            Self::Hip(side) => limb(5, side),
            Self::Thigh(side) => limb(6, side),
            Self::Knee(side) => limb(7, side),
            Self::Shin(side) => limb(8, side),
            Self::Foot(side) => limb(9, side),
            Self::Toes(side) => limb(10, side),
            Self::Hanging(place) => 27 + place,
        }
    }
}

/// Where each bone is: from its own space (origin at its joint, axes as the body's when it stands straight).
pub(super) type Frames = [Affine3A; BONES];

/// Where one foot is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FootPlace {
    /// The ankle.
    pub ankle: Vec3,
    /// Positive: the toes are up.
    pub pitch: f32,
    /// The same of the toes.
    pub toes: f32,
    /// Where it points against the heading; positive to the left.
    pub yaw: f32,
}

/// How an arm is held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Arm {
    /// Hanging: lifted forwards and sideways by so much, the elbow bent by so much.
    Hangs { forward: f32, outward: f32, elbow: f32 },
    /// The wrist is at a place in the body's space; the hand points along the forearm, turned by so much about the side's axis.
    Reaches { wrist: Vec3, hand_pitch: f32 },
}

/// A posture in the body's space: origin on the ground, looking along +z. Of both sides the left is the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Posture {
    /// The middle between the hip joints.
    pub pelvis: Vec3,
    pub pelvis_turn: Quat,
    pub chest_turn: Quat,
    pub head_turn: Quat,
    pub feet: [FootPlace; 2],
    pub arms: [Arm; 2],
}

/// A body's joints when it stands straight with hanging arms, and the lengths that follow.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Skeleton {
    /// The joints by [`Bone::index`].
    pub joints: [Vec3; BONES],
    /// Hip to knee, knee to ankle.
    pub leg: [f32; 2],
    /// Shoulder to elbow, elbow to wrist.
    pub arm: [f32; 2],
    /// Height of the ankle above the sole; from there back to the heel, on to the ball and to the tip of the toes.
    pub ankle: f32,
    pub heel: f32,
    pub ball: f32,
    pub tip: f32,
    /// How large the head is against that of a person of 1.75 m.
    pub head_scale: f32,
}

impl Skeleton {
    /// Shares of the height are those of Drillis and Contini's table of body segments.
    pub fn new(build: &Build) -> Self {
        let height = build.height;
        // Heads grow less than bodies do: a child's is almost as large as an adult's.
        let head_scale = (height / 1.75).powf(0.35);
        let ankle = 0.047 * height;
        let hip = 0.525 * height * build.legs;
        let knee = ankle + (hip - ankle) * 0.495;
        let skull = height - 0.235 * head_scale;
        let neck = hip + (skull - hip) * 0.885;
        let waist = hip + (neck - hip) * 0.3;
        let shoulder = hip + (neck - hip) * 0.875;
        let arm = [0.178 * height, 0.148 * height];
        let [shoulder_x, hip_x] = [0.101 * height * build.shoulders, 0.05 * height * build.hips];
        let (ball, tip) = (0.075 * height, 0.112 * height);
        let mut joints = [Vec3::ZERO; BONES];
        let mut set = |bone: Bone, x: f32, y: f32, z: f32| joints[bone.index()] = Vec3::new(x, y, z);
        set(Bone::Pelvis, 0.0, hip, 0.0);
        set(Bone::Waist, 0.0, waist, 0.0);
        set(Bone::Chest, 0.0, waist, 0.0);
        set(Bone::Neck, 0.0, neck, -0.006 * height);
        set(Bone::Head, 0.0, skull, 0.008 * height);
        for side in Side::BOTH {
            let [shoulder_x, hip_x] = [shoulder_x * side.sign(), hip_x * side.sign()];
            for bone in [Bone::Shoulder(side), Bone::UpperArm(side)] {
                set(bone, shoulder_x, shoulder, -0.01 * height);
            }
            for bone in [Bone::Elbow(side), Bone::Forearm(side)] {
                set(bone, shoulder_x, shoulder - arm[0], -0.01 * height);
            }
            set(Bone::Hand(side), shoulder_x, shoulder - arm[0] - arm[1], -0.01 * height);
            for bone in [Bone::Hip(side), Bone::Thigh(side)] {
                set(bone, hip_x, hip, 0.0);
            }
            for bone in [Bone::Knee(side), Bone::Shin(side)] {
                set(bone, hip_x, knee, 0.0);
            }
            set(Bone::Foot(side), hip_x, ankle, 0.0);
            set(Bone::Toes(side), hip_x, 0.01, ball);
        }
        for place in 0..HANGING {
            set(Bone::Hanging(place), hip_x * (1.0 - 2.0 * place as f32 / (HANGING - 1) as f32), hip, 0.0);
        }
        Self { joints, leg: [hip - knee, knee - ankle], arm, ankle, heel: 0.037 * height, ball, tip, head_scale }
    }

    /// Where a bone's joint is when the body stands straight.
    pub fn joint(&self, bone: Bone) -> Vec3 {
        self.joints[bone.index()]
    }

    /// From one joint to another when the body stands straight.
    fn between(&self, from: Bone, to: Bone) -> Vec3 {
        self.joint(to) - self.joint(from)
    }

    /// All bones in a posture, moved into the world by `to`.
    pub fn frames(&self, posture: &Posture, to: &Affine3A) -> Frames {
        let mut frames = [Affine3A::IDENTITY; BONES];
        let mut set = |bone: Bone, turn: Quat, at: Vec3| {
            frames[bone.index()] = *to * Affine3A::from_rotation_translation(turn, at)
        };
        let (pelvis, chest) = (posture.pelvis_turn, posture.chest_turn);
        let waist_at = posture.pelvis + pelvis * self.between(Bone::Pelvis, Bone::Chest);
        let neck_at = waist_at + chest * self.between(Bone::Chest, Bone::Neck);
        let neck = halfway(chest, posture.head_turn, 0.5);
        set(Bone::Pelvis, pelvis, posture.pelvis);
        set(Bone::Waist, halfway(pelvis, chest, 0.5), waist_at);
        set(Bone::Chest, chest, waist_at);
        set(Bone::Neck, neck, neck_at);
        set(Bone::Head, posture.head_turn, neck_at + neck * self.between(Bone::Neck, Bone::Head));
        for (side, arm) in Side::BOTH.into_iter().zip(posture.arms) {
            let shoulder_at = waist_at + chest * self.between(Bone::Chest, Bone::UpperArm(side));
            let [upper, fore, hand] = self.arm_turns(side, arm, chest, shoulder_at);
            let elbow_at = shoulder_at + upper * Vec3::NEG_Y * self.arm[0];
            set(Bone::Shoulder(side), halfway(chest, upper, 0.5), shoulder_at);
            set(Bone::UpperArm(side), upper, shoulder_at);
            set(Bone::Elbow(side), halfway(upper, fore, 0.5), elbow_at);
            set(Bone::Forearm(side), fore, elbow_at);
            set(Bone::Hand(side), hand, elbow_at + fore * Vec3::NEG_Y * self.arm[1]);
        }
        let mut thighs = [(Quat::IDENTITY, Vec3::ZERO); 2];
        for ((side, foot), kept) in Side::BOTH.into_iter().zip(posture.feet).zip(&mut thighs) {
            let hip_at = posture.pelvis + pelvis * self.between(Bone::Pelvis, Bone::Thigh(side));
            let forward = pelvis * Quat::from_rotation_y(foot.yaw) * Vec3::Z;
            let [thigh, shin] = two_bones(hip_at, foot.ankle, self.leg, forward);
            let knee_at = hip_at + thigh * Vec3::NEG_Y * self.leg[0];
            let ankle_at = knee_at + shin * Vec3::NEG_Y * self.leg[1];
            let flat = Quat::from_rotation_y(foot.yaw);
            let turn = flat * Quat::from_rotation_x(-foot.pitch);
            set(Bone::Hip(side), halfway(pelvis, thigh, 0.5), hip_at);
            set(Bone::Thigh(side), thigh, hip_at);
            set(Bone::Knee(side), halfway(thigh, shin, 0.5), knee_at);
            set(Bone::Shin(side), shin, knee_at);
            set(Bone::Foot(side), turn, ankle_at);
            let ball_at = ankle_at + turn * self.between(Bone::Foot(side), Bone::Toes(side));
            set(Bone::Toes(side), flat * Quat::from_rotation_x(-foot.toes), ball_at);
            *kept = (thigh, hip_at);
        }
        let [(left, left_at), (right, right_at)] = thighs;
        for place in 0..HANGING {
            let share = place as f32 / (HANGING - 1) as f32;
            set(Bone::Hanging(place), halfway(left, right, share), left_at.lerp(right_at, share));
        }
        frames
    }

    /// How the upper arm, the forearm and the hand are turned.
    fn arm_turns(&self, side: Side, arm: Arm, chest: Quat, shoulder: Vec3) -> [Quat; 3] {
        match arm {
            Arm::Hangs { forward, outward, elbow } => {
                // Both arms hang from a chest that leans; they follow its twist and half of its lean.
                let (twist, _, _) = chest.to_euler(glam::EulerRot::YXZ);
                let hanging = halfway(Quat::from_rotation_y(twist), chest, 0.5);
                let upper = hanging * Quat::from_rotation_z(outward * side.sign()) * Quat::from_rotation_x(-forward);
                // Forearms cross a little in front when bent.
                let fore = upper * Quat::from_rotation_y(-0.25 * side.sign()) * Quat::from_rotation_x(-elbow);
                [upper, fore, fore * Quat::from_rotation_x(-0.12)]
            }
            Arm::Reaches { wrist, hand_pitch } => {
                // Elbows point down, back and outwards: the bend opens to the opposite.
                let [upper, fore] =
                    two_bones(shoulder, wrist, self.arm, chest * Vec3::new(0.55 * side.sign(), -0.9, -0.35));
                // `two_bones` bends like a knee, whose front is outside; an elbow's outside is its back.
                let turned = Quat::from_rotation_y(std::f32::consts::PI);
                [upper * turned, fore * turned, fore * turned * Quat::from_rotation_x(-hand_pitch)]
            }
        }
    }
}

/// A turn between two, `share` of the way.
pub(super) fn halfway(from: Quat, to: Quat, share: f32) -> Quat {
    let to = if from.dot(to) < 0.0 { -to } else { to };
    (from * (1.0 - share) + to * share).normalize()
}

/// The turn of a bone that points along `along` with its front towards `front`.
fn pointing(along: Vec3, front: Vec3) -> Quat {
    let up = -along;
    let right = up.cross(front).normalize_or(Vec3::X);
    Quat::from_mat3(&Mat3::from_cols(right, up, right.cross(up)))
}

/// Turns of two bones of the given lengths from `root` that end at `end`, or as near as they reach; the joint between them
/// points to `front`.
fn two_bones(root: Vec3, end: Vec3, [upper, lower]: [f32; 2], front: Vec3) -> [Quat; 2] {
    let way = end - root;
    let distance = way.length().clamp((upper - lower).abs() + 0.02, (upper + lower) * 0.9995);
    let along = way.normalize_or(Vec3::NEG_Y);
    let front = front.reject_from_normalized(along).normalize_or(Vec3::Z);
    let cosine = (upper * upper + distance * distance - lower * lower) / (2.0 * upper * distance);
    let angle = cosine.clamp(-1.0, 1.0).acos();
    let first = along * angle.cos() + front * angle.sin();
    let joint = first * upper;
    let second = (along * distance - joint) / lower;
    [pointing(first, front), pointing(second.normalize_or(Vec3::NEG_Y), front)]
}
