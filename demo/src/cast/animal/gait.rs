//! How four legs take turns: a walk with three feet on the ground, a trot on diagonal pairs. Feet on the ground stay where
//! they are; that follows from the same stride length here and in [`cadence`].

use std::f32::consts::TAU;

/// Metres a second squared.
const GRAVITY: f32 = 9.81;

/// Above this (speed against leg length, as Froude's number has it) animals trot.
const TROT_FROM: f32 = 0.6;

/// Where a foot is against the joint above it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Forward of the joint.
    pub ahead: f32,
    /// Above the ground.
    pub lift: f32,
}

/// One of the four legs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// A foreleg.
    pub fore: bool,
    /// On the animal's left.
    pub left: bool,
}

impl Leg {
    /// All four.
    pub const ALL: [Self; 4] = [
        Self { fore: true, left: true },
        Self { fore: true, left: false },
        Self { fore: false, left: true },
        Self { fore: false, left: false },
    ];

    /// How far through the cycle this leg is ahead of the left hind one.
    fn offset(self, trots: bool) -> f32 {
        match (trots, self.fore, self.left) {
            (_, false, true) => 0.0,
            (_, false, false) => 0.5,
            (false, true, true) => 0.75,
            (false, true, false) => 0.25,
            (true, true, true) => 0.5,
            (true, true, false) => 0.0,
        }
    }
}

/// Speed against the length of the legs: equal for animals of all sizes that move alike.
fn froude(leg: f32, speed: f32) -> f32 {
    speed * speed / (GRAVITY * leg)
}

/// How far a cycle of all legs carries. Alexander, "Walking and running" (1984): strides of all mammals are about 2.3 leg
/// lengths at a Froude number of 1 and grow with its power of 0.3.
fn stride(leg: f32, speed: f32) -> f32 {
    2.3 * leg * froude(leg, speed).powf(0.3)
}

/// Cycles a second at a speed.
#[must_use]
pub fn cadence(leg: f32, speed: f32) -> f32 {
    if speed > 0.0 { speed / stride(leg, speed) } else { 0.0 }
}

/// Where a foot is at `phase`.
#[must_use]
pub fn step(which: Leg, leg: f32, speed: f32, phase: f32) -> Step {
    if speed <= 0.0 {
        return Step { ahead: 0.0, lift: 0.0 };
    }
    let trots = froude(leg, speed) > TROT_FROM;
    let on_ground = if trots { 0.46 } else { 0.64 };
    let reach = stride(leg, speed) * on_ground;
    let through = (phase + which.offset(trots)).rem_euclid(1.0);
    if through < on_ground {
        return Step { ahead: reach * (0.5 - through / on_ground), lift: 0.0 };
    }
    let swing = (through - on_ground) / (1.0 - on_ground);
    let smooth = swing * swing * (3.0 - 2.0 * swing);
    let lift = leg * if trots { 0.2 } else { 0.12 } * (swing * TAU / 2.0).sin();
    Step { ahead: reach * (smooth - 0.5), lift }
}

/// How far the body rises above its height at rest: twice a cycle, more when trotting.
#[must_use]
pub fn bob(leg: f32, speed: f32, phase: f32) -> f32 {
    if speed <= 0.0 {
        // Breathing.
        return leg * 0.004 * (phase * 2.2).sin();
    }
    let most = if froude(leg, speed) > TROT_FROM { 0.03 } else { 0.012 };
    leg * most * (phase * 2.0 * TAU).sin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foot_on_the_ground_does_not_slide() {
        for (leg, speed) in [(0.5, 1.2), (0.5, 2.5), (0.19, 0.7)] {
            let per_phase = speed / cadence(leg, speed);
            for which in Leg::ALL {
                for index in 0..100 {
                    let [now, soon] = [0.0, 0.001].map(|later| index as f32 / 100.0 + later);
                    let [a, b] = [now, soon].map(|phase| step(which, leg, speed, phase));
                    if a.lift == 0.0 && b.lift == 0.0 {
                        let slid = (b.ahead + per_phase * soon) - (a.ahead + per_phase * now);
                        assert!(slid.abs() < 1e-4, "{which:?} at {now}: {slid}");
                    }
                }
            }
        }
    }
}
