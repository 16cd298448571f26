//! Where somebody is at each moment of a visit: worked out once while planning, looked up afterwards.

use glam::Vec3;

use super::Seconds;
use crate::cast::Action;

/// Time between two samples: short enough that the line between them passes for a curve.
pub const STEP: Seconds = 0.1;

/// A moment of a track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// On the ground.
    pub position: Vec3,
    /// Where it looks.
    pub heading: f32,
    /// Metres a second.
    pub speed: f32,
    /// Metres since the start.
    pub travelled: f32,
    /// Pairs of steps since the start.
    pub steps: f32,
    /// What the body does.
    pub action: Action,
}

/// Somebody's way through a place.
#[derive(Debug, Clone)]
pub struct Track {
    /// When it begins.
    pub start: Seconds,
    /// One sample each `step`.
    pub samples: Vec<Sample>,
    /// Time between two samples; [`STEP`] of what moves.
    pub step: Seconds,
}

impl Track {
    /// When it ends.
    pub fn end(&self) -> Seconds {
        self.start + self.samples.len().saturating_sub(1) as f64 * self.step
    }

    /// How things stand at a moment; `None` before the start and from the end on.
    pub fn at(&self, time: Seconds) -> Option<Sample> {
        let place = (time - self.start) / self.step;
        if place < 0.0 {
            return None;
        }
        let index = place as usize;
        let (before, after) = (self.samples.get(index)?, self.samples.get(index + 1)?);
        let share = (place - index as f64) as f32;
        let between = |from: f32, to: f32| from + (to - from) * share;
        Some(Sample {
            position: before.position.lerp(after.position, share),
            heading: before.heading + turn(before.heading, after.heading) * share,
            speed: between(before.speed, after.speed),
            travelled: between(before.travelled, after.travelled),
            steps: between(before.steps, after.steps),
            action: before.action,
        })
    }

    /// The track of something that stays where it is.
    pub fn parked(position: Vec3, heading: f32, start: Seconds, end: Seconds) -> Self {
        let sample = Sample { position, heading, speed: 0.0, travelled: 0.0, steps: 0.0, action: Action::Stand };
        Self { start, samples: vec![sample; 2], step: end - start }
    }

    /// Nothing moves from its start to its end.
    pub fn is_at_rest(&self) -> bool {
        self.samples.iter().all(|sample| sample.travelled == 0.0)
    }

    /// By how much the heading changes each metre at a moment, in radians.
    pub fn curvature(&self, time: Seconds) -> f32 {
        let (Some(before), Some(after)) = (self.at(time - 3.0 * STEP), self.at(time + 3.0 * STEP)) else { return 0.0 };
        let metres = after.travelled - before.travelled;
        if metres < 0.1 { 0.0 } else { turn(before.heading, after.heading) / metres }
    }

    /// The track of somebody or something that keeps beside this one: `right` metres to its right and `ahead` of it, with
    /// steps of its own.
    pub fn beside(&self, right: f32, ahead: f32, cadence: impl Fn(f32) -> f32) -> Self {
        // Who turns on the spot does not swing their companion round: the offset follows the heading of some seconds.
        let headings = smoothed_headings(&self.samples);
        let places = self
            .samples
            .iter()
            .zip(headings)
            .map(|(sample, heading)| sample.position + to_the_right(heading) * right + direction(heading) * ahead);
        let places: Vec<Vec3> = places.collect();
        let mut samples = Vec::with_capacity(places.len());
        let (mut travelled, mut steps) = (0.0, 0.0);
        for (index, (&position, leader)) in places.iter().zip(&self.samples).enumerate() {
            let moved = position.distance(places[index.saturating_sub(1)]);
            // The first comes as fast as it goes on.
            let speed =
                if index > 0 { moved } else { position.distance(places[1.min(places.len() - 1)]) } / STEP as f32;
            let still = leader.speed < STANDING && speed < 0.3;
            travelled += moved;
            steps += if still { 0.0 } else { cadence(speed) * STEP as f32 };
            let action = if still { leader.action } else { Action::Walk };
            let speed = if still { 0.0 } else { speed };
            samples.push(Sample { position, heading: leader.heading, speed, travelled, steps, action });
        }
        Self { start: self.start, samples, step: STEP }
    }
}

/// Below this speed somebody stands.
pub const STANDING: f32 = 0.05;

/// Headings averaged over three seconds.
fn smoothed_headings(samples: &[Sample]) -> Vec<f32> {
    const REACH: usize = (1.5 / STEP) as usize;
    let around = |index: usize| &samples[index.saturating_sub(REACH)..(index + REACH + 1).min(samples.len())];
    let mean = |index| around(index).iter().map(|sample| direction(sample.heading)).sum::<Vec3>();
    (0..samples.len()).map(|index| heading_of(mean(index)).unwrap_or(samples[index].heading)).collect()
}

/// The shortest turn from one heading to another.
pub fn turn(from: f32, to: f32) -> f32 {
    use std::f32::consts::{PI, TAU};
    (to - from + PI).rem_euclid(TAU) - PI
}

/// The direction of a heading.
pub fn direction(heading: f32) -> Vec3 {
    Vec3::new(heading.sin(), 0.0, heading.cos())
}

/// What is to the right of somebody with that heading.
pub fn to_the_right(heading: f32) -> Vec3 {
    Vec3::new(-heading.cos(), 0.0, heading.sin())
}

/// The heading of a way; `None` of no way at all.
pub fn heading_of(way: Vec3) -> Option<f32> {
    (way.x * way.x + way.z * way.z > 1e-8).then(|| way.x.atan2(way.z))
}
