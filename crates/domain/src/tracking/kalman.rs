//! Where a box is and how fast it moves: a constant-velocity Kalman filter in seconds. Driven by the tracker, which says how much
//! time passed; never counts pictures.
//!
//! Centre and size are four independent numbers, each with its velocity: transition, noise and observation all keep them apart, so
//! the 8x8 filter of the literature falls into four 2x2 ones that are a few multiplications each.
//!
//! Noise is proportional to the size of the box, as in ByteTrack, whose figures per picture at 30 pictures a second are turned into
//! rates: the variance added grows with elapsed time, so that six predictions over 1/30 s are as unsure as one over 1/5 s.

use super::shape::{SIDE_MIN, Shape};

/// Standard deviation of a measurement, and of the unexplained change of position over [`REFERENCE_SECONDS`], in box sizes.
/// ByteTrack says 1/20; boxes of today's detectors overlap the truth by 0.87 where they find it, which is an error of about 1/30 of
/// the size at the centre, and believing them that much more is worth 0.7 points of IDF1 at 5 pictures a second on MOT17 half-val.
const POSITION_STD: f32 = 1.0 / 30.0;
/// Standard deviation of the change of velocity over [`REFERENCE_SECONDS`], in box sizes per second: 1/160 per picture (ByteTrack).
const VELOCITY_STD: f32 = 30.0 / 160.0;
/// The time that ByteTrack's figures are for: one picture at 30 a second.
const REFERENCE_SECONDS: f32 = 1.0 / 30.0;
/// A new track's position is twice as unsure as a measurement and its velocity ten times as unsure as a change (ByteTrack).
const INITIAL_POSITION_FACTOR: f32 = 2.0;
const INITIAL_VELOCITY_FACTOR: f32 = 10.0;

/// One number and its velocity, with their covariance.
#[derive(Debug, Clone, Copy)]
struct Axis {
    value: f32,
    velocity: f32,
    value_variance: f32,
    covariance: f32,
    velocity_variance: f32,
}

impl Axis {
    fn new(value: f32, size: f32) -> Self {
        Self {
            value,
            velocity: 0.0,
            value_variance: (INITIAL_POSITION_FACTOR * POSITION_STD * size).powi(2),
            covariance: 0.0,
            velocity_variance: (INITIAL_VELOCITY_FACTOR * VELOCITY_STD * size).powi(2),
        }
    }

    fn predict(&mut self, seconds: f32, size: f32) {
        let steps = seconds / REFERENCE_SECONDS;
        self.value += self.velocity * seconds;
        self.value_variance += seconds * (2.0 * self.covariance + seconds * self.velocity_variance)
            + steps * (POSITION_STD * size).powi(2);
        self.covariance += seconds * self.velocity_variance;
        self.velocity_variance += steps * (VELOCITY_STD * size).powi(2);
    }

    fn correct(&mut self, measured: f32, size: f32) {
        let innovation_variance = self.value_variance + (POSITION_STD * size).powi(2);
        let value_gain = self.value_variance / innovation_variance;
        let velocity_gain = self.covariance / innovation_variance;
        let innovation = measured - self.value;
        self.value += value_gain * innovation;
        self.velocity += velocity_gain * innovation;
        self.velocity_variance -= velocity_gain * self.covariance;
        self.covariance *= 1.0 - value_gain;
        self.value_variance *= 1.0 - value_gain;
    }
}

/// The motion of one box.
#[derive(Debug, Clone, Copy)]
pub(super) struct Motion {
    cx: Axis,
    cy: Axis,
    width: Axis,
    height: Axis,
}

impl Motion {
    /// At rest where it was first seen.
    pub fn new(seen: &Shape) -> Self {
        Self {
            cx: Axis::new(seen.cx, seen.width),
            cy: Axis::new(seen.cy, seen.height),
            width: Axis::new(seen.width, seen.width),
            height: Axis::new(seen.height, seen.height),
        }
    }

    /// The estimate now.
    pub fn shape(&self) -> Shape {
        Shape {
            cx: self.cx.value,
            cy: self.cy.value,
            width: self.width.value.max(SIDE_MIN),
            height: self.height.value.max(SIDE_MIN),
        }
    }

    /// Moves the estimate on by `seconds`.
    pub fn predict(&mut self, seconds: f32) {
        let Shape { width, height, .. } = self.shape();
        self.cx.predict(seconds, width);
        self.cy.predict(seconds, height);
        self.width.predict(seconds, width);
        self.height.predict(seconds, height);
    }

    /// Takes in where the box was seen.
    pub fn correct(&mut self, seen: &Shape) {
        let Shape { width, height, .. } = self.shape();
        self.cx.correct(seen.cx, width);
        self.cy.correct(seen.cy, height);
        self.width.correct(seen.width, width);
        self.height.correct(seen.height, height);
    }

    /// Stops growing and shrinking: out of sight, a size that was just changing (mostly because the thing was being covered) would
    /// run away.
    pub fn hold_size(&mut self) {
        self.width.velocity = 0.0;
        self.height.velocity = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walker(x: f32) -> Shape {
        Shape { cx: x, cy: 0.5, width: 0.1, height: 0.3 }
    }

    #[test]
    fn learns_a_velocity_in_seconds_whatever_the_intervals() {
        let mut motion = Motion::new(&walker(0.0));
        let mut at = 0.0;
        for step in 0..60 {
            let seconds = [0.03, 0.2, 0.07, 0.5][step % 4];
            at += seconds;
            motion.predict(seconds);
            motion.correct(&walker(0.2 * at));
        }
        motion.predict(0.5);
        assert!((motion.shape().cx - 0.2 * (at + 0.5)).abs() < 0.005, "{}", motion.shape().cx);
    }

    #[test]
    fn unsureness_depends_on_the_time_passed_and_not_on_the_number_of_predictions() {
        let (mut often, mut once) = (Motion::new(&walker(0.0)), Motion::new(&walker(0.0)));
        (0..6).for_each(|_| often.predict(1.0 / 30.0));
        once.predict(0.2);
        let ratio = often.cx.value_variance / once.cx.value_variance;
        assert!((0.9..1.1).contains(&ratio), "{ratio}");
    }

    #[test]
    fn variances_stay_positive_over_a_long_life() {
        let mut motion = Motion::new(&walker(0.3));
        for _ in 0..100_000 {
            motion.predict(0.033);
            motion.correct(&walker(0.3));
        }
        for axis in [motion.cx, motion.cy, motion.width, motion.height] {
            assert!(axis.value_variance > 0.0 && axis.velocity_variance > 0.0);
        }
    }
}
