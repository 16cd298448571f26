//! Walking and running: where the feet, the pelvis and the arms are at a phase of the cycle. Feet on the ground are placed
//! first, so that they cannot slide; the knees follow from them.

use std::f32::consts::TAU;

use glam::{EulerRot, Quat, Vec3};

use super::skeleton::{Arm, FootPlace, Posture, Side, Skeleton};

/// Above this speed, in metres a second, a person runs.
const RUN: f32 = 2.5;

/// Pairs of steps a second of a person of 1.75 m: walking as step length grows with speed to the power of 0.58 (Grieve and
/// Gear), running with little change.
pub(super) fn cadence(height: f32, speed: f32) -> f32 {
    let short = (1.75 / height).sqrt();
    let speed = speed.max(0.05);
    short * if speed <= RUN { 0.87 * speed.powf(0.42) } else { 1.32 + 0.05 * (speed - RUN) }
}

/// A way of going at a speed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stride<'a> {
    skeleton: &'a Skeleton,
    /// Metres of a pair of steps.
    length: f32,
    /// The share of the cycle that a foot is on the ground.
    stance: f32,
    /// How far before the hip the ankle is when the heel comes down, as a share of the length.
    lead: f32,
    /// How the foot is pitched when the heel comes down, and when the toes leave.
    pitches: [f32; 2],
    /// How high the foot is carried.
    lift: f32,
    /// 0 for a step of no length, 1 for full steps.
    strength: f32,
    runs: bool,
    swing: f32,
    bounce: f32,
}

impl<'a> Stride<'a> {
    /// `swing` and `bounce` are a person's own, each about 1.
    pub fn new(skeleton: &'a Skeleton, speed: f32, cadence: f32, swing: f32, bounce: f32) -> Self {
        let length = speed / cadence;
        let legs = skeleton.leg[0] + skeleton.leg[1];
        let strength = (length / (1.5 * legs)).min(1.0);
        let runs = speed > RUN;
        let common = Self {
            skeleton,
            length,
            stance: 0.62,
            lead: 0.226,
            pitches: [0.4 * strength, -1.05 * strength],
            lift: 0.05 * strength,
            strength,
            runs,
            swing,
            bounce,
        };
        if runs { Self { stance: 0.36, lead: 0.13, pitches: [0.12, -0.9], lift: 0.3 * legs, ..common } } else { common }
    }

    /// The whole posture, `phase` as in [`super::PersonPose`].
    pub fn posture(&self, phase: f32) -> Posture {
        let wave = |harmonic: f32, late: f32| (TAU * harmonic * (phase - late)).cos();
        let width = if self.runs { 0.45 } else { 0.75 };
        let hip = self.skeleton.joint(super::skeleton::Bone::Thigh(Side::Left)).x;
        let foot =
            |side: Side| self.foot(phase + if side == Side::Left { 0.0 } else { 0.5 }, hip * width * side.sign(), side);
        let strong = self.strength;
        // The left hip is forward when the left heel comes down, and the shoulders turn against it.
        let pelvis_turn =
            Quat::from_euler(EulerRot::YXZ, -0.09 * strong * wave(1.0, 0.0), 0.0, 0.05 * strong * wave(1.0, 0.12));
        let lean = if self.runs { 0.17 } else { 0.03 + 0.03 * strong };
        let twist = 0.10 * strong * self.swing * wave(1.0, 0.02);
        let chest_turn = Quat::from_euler(EulerRot::YXZ, twist, lean, -0.025 * strong * wave(1.0, 0.12));
        let sway = if self.runs { 0.01 } else { 0.022 * strong };
        let pelvis =
            Vec3::new(sway * wave(1.0, 0.31), self.pelvis_base() + self.bob(phase), if self.runs { 0.02 } else { 0.0 });
        Posture {
            pelvis,
            pelvis_turn,
            chest_turn,
            head_turn: Quat::IDENTITY,
            feet: Side::BOTH.map(foot),
            arms: Side::BOTH.map(|side| self.arm(phase + if side == Side::Left { 0.0 } else { 0.5 })),
        }
    }

    /// An arm swings against the leg of its side.
    fn arm(&self, phase: f32) -> Arm {
        let swing = -(TAU * (phase - 0.03)).cos() * self.swing * self.strength;
        let late = -(TAU * (phase - 0.09)).cos() * self.swing * self.strength;
        if self.runs {
            Arm::Hangs { forward: -0.12 + 0.6 * swing, outward: 0.2, elbow: 1.55 + 0.25 * late }
        } else {
            Arm::Hangs { forward: -0.04 + 0.36 * swing, outward: 0.09, elbow: 0.2 + 0.05 * self.strength + 0.14 * late }
        }
    }

    /// How far the pelvis is above its mean: walking it is highest over the standing foot, running lowest.
    fn bob(&self, phase: f32) -> f32 {
        let (size, highest) = if self.runs { (0.035, self.stance / 2.0 + 0.25) } else { (0.021 * self.strength, 0.31) };
        size * self.bounce * (2.0 * TAU * (phase - highest)).cos()
    }

    /// As high as the pelvis can be with both feet where they are, all cycle long.
    fn pelvis_base(&self) -> f32 {
        let reach = (self.skeleton.leg[0] + self.skeleton.leg[1]) * if self.runs { 0.975 } else { 0.9985 };
        let samples = 24_u8;
        let allowed = |step: u8| {
            let phase = f32::from(step) / f32::from(samples);
            let ankle = self.foot(phase, 0.0, Side::Left).ankle;
            ankle.y + (reach * reach - ankle.z * ankle.z).max(0.0).sqrt() - self.bob(phase)
        };
        (0..samples).map(allowed).fold(f32::INFINITY, f32::min)
    }

    /// A foot at a phase of its own cycle, which begins when its heel touches the ground.
    fn foot(&self, phase: f32, x: f32, side: Side) -> FootPlace {
        let phase = phase.rem_euclid(1.0);
        let swing = ((phase - self.stance) / (1.0 - self.stance)).max(0.0);
        let pitch = self.pitch(phase, swing);
        // While the heel rises the toes stay on the ground; in the air they come back into line with the foot.
        let follows = smooth(swing / 0.35);
        let toes = if pitch < 0.0 { pitch * follows } else { pitch };
        let clearance = self.lift * (std::f32::consts::PI * swing.powf(0.8)).sin().max(0.0).powi(2);
        let [mut z, y] = self.rolled(phase, pitch, follows);
        if swing > 0.0 {
            z = self.swung(swing);
        }
        FootPlace { ankle: Vec3::new(x, y + clearance, z), pitch, toes, yaw: 0.1 * side.sign() }
    }

    /// The foot's pitch: down from the heel to flat, up from the heel to the toes, and back in the air.
    fn pitch(&self, phase: f32, swing: f32) -> f32 {
        let [heel, toe] = self.pitches;
        if swing <= 0.0 {
            let share = phase / self.stance;
            return heel * (1.0 - smooth(share / 0.18)) + toe * smooth((share - 0.52) / 0.48).powf(1.3);
        }
        let trailing = if self.runs { -0.7 * (std::f32::consts::PI * (swing / 0.7).min(1.0)).sin() } else { 0.0 };
        toe + (heel - toe) * smooth(swing / 0.85) + trailing
    }

    /// Where the ankle is, forwards and up, with the foot on the ground in a pitch: it turns over the heel or the ball.
    fn rolled(&self, phase: f32, pitch: f32, follows: f32) -> [f32; 2] {
        let (height, heel) = (self.skeleton.ankle, self.skeleton.heel);
        let flat = self.length * (self.lead - phase);
        let (sin, cos) = (pitch.abs().sin(), pitch.abs().cos());
        if pitch >= 0.0 {
            return [flat + heel * cos - height * sin - heel, height * cos + heel * sin];
        }
        let ball = self.skeleton.ball + (self.skeleton.tip - self.skeleton.ball) * follows;
        [flat + ball * (1.0 - cos) + height * sin, height * cos + ball * sin]
    }

    /// Where the ankle is in the air: from where the toes left to where the heel comes down, with the speeds of there.
    fn swung(&self, share: f32) -> f32 {
        let [heel, toe] = self.pitches;
        let step = 0.01;
        let [from, _] = self.rolled(self.stance, toe, 0.0);
        let [before, _] = self.rolled(self.stance - step, self.pitch(self.stance - step, 0.0), 0.0);
        let [to, _] = self.rolled(0.0, heel, 0.0);
        let length = 1.0 - self.stance;
        let (leaving, landing) = ((from - before) / step * length, -0.5 * self.length * length);
        let (s, s2, s3) = (share, share * share, share * share * share);
        from * (2.0 * s3 - 3.0 * s2 + 1.0)
            + leaving * (s3 - 2.0 * s2 + s)
            + to * (3.0 * s2 - 2.0 * s3)
            + landing * (s3 - s2)
    }
}

/// From 0 to 1 without a corner.
pub(super) fn smooth(share: f32) -> f32 {
    let share = share.clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}
