//! Walking: from pieces of a way, with pauses between them, to a track.

use super::Seconds;
use super::path::Path;
use super::track::{STEP, Sample, Track, turn};
use crate::cast::Action;

/// How fast walkers gain and lose speed, in metres per second squared.
const ACCELERATION: f32 = 1.2;
/// The slowest step when starting and stopping.
const CREEP: f32 = 0.12;
/// How fast one turns on the spot, in radians a second.
const TURNING: f32 = 3.5;
/// Who stands sets off once they look this much along their way.
const ABOUT_THERE: f32 = 0.5;

/// A piece of a way.
#[derive(Debug, Clone)]
pub enum Piece {
    /// Walks along a path.
    Walk {
        /// Where.
        path: Path,
        /// Metres a second, when not starting or stopping.
        speed: f32,
    },
    /// Stands.
    Stand {
        /// How long.
        seconds: f32,
        /// Looking where.
        heading: f32,
        /// Doing what.
        action: Action,
    },
}

/// The track of somebody who does `pieces` one after another from `start` on. Comes and goes at full speed. `cadence` says
/// how many pairs of steps a second a speed takes.
pub fn walk(start: Seconds, pieces: &[Piece], cadence: impl Fn(f32) -> f32) -> Track {
    let mut walker = Walker { track: Track { start, samples: Vec::new(), step: STEP }, cadence };
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Walk { path, speed } => {
                walker.walk(path, *speed, index > 0, index + 1 < pieces.len());
            }
            Piece::Stand { seconds, heading, action } => walker.stand(*seconds, *heading, *action),
        }
    }
    walker.track
}

struct Walker<F> {
    track: Track,
    cadence: F,
}

impl<F: Fn(f32) -> f32> Walker<F> {
    fn walk(&mut self, path: &Path, speed: f32, from_standing: bool, to_standing: bool) {
        if from_standing {
            self.turn_to(path.heading(0.0));
        }
        let mut along = 0.0;
        while along < path.length() {
            // Nobody is a clock: the speed wanders by some percent.
            let wandering = 1.0 + 0.06 * (0.7 * self.track.samples.len() as f32 * STEP as f32).sin();
            let mut speed = speed * wandering;
            if from_standing {
                speed = speed.min(CREEP + (2.0 * ACCELERATION * along).sqrt());
            }
            if to_standing {
                speed = speed.min(CREEP + (2.0 * ACCELERATION * (path.length() - along)).sqrt());
            }
            self.step(path, along, speed);
            along += speed * STEP as f32;
        }
    }

    fn step(&mut self, path: &Path, along: f32, speed: f32) {
        let before = self.track.samples.last();
        let heading = before.map_or(path.heading(along), |before| eased(before.heading, path.heading(along)));
        let position = path.point(along);
        let sample = Sample {
            position,
            heading,
            speed,
            travelled: before.map_or(0.0, |before| before.travelled + before.position.distance(position)),
            steps: before.map_or(0.0, |before| before.steps + (self.cadence)(speed) * STEP as f32),
            action: Action::Walk,
        };
        self.track.samples.push(sample);
    }

    fn stand(&mut self, seconds: f32, heading: f32, action: Action) {
        for _ in 0..(seconds / STEP as f32) as usize {
            self.stay(heading, action);
        }
    }

    fn turn_to(&mut self, heading: f32) {
        while self.track.samples.last().is_some_and(|last| turn(last.heading, heading).abs() > ABOUT_THERE) {
            self.stay(heading, Action::Stand);
        }
    }

    fn stay(&mut self, heading: f32, action: Action) {
        let Some(&last) = self.track.samples.last() else { return };
        self.track.samples.push(Sample { heading: eased(last.heading, heading), speed: 0.0, action, ..last });
    }
}

/// A heading one step later, on the way to another.
fn eased(from: f32, to: f32) -> f32 {
    let rate = (turn(from, to) * 6.0).clamp(-TURNING, TURNING);
    from + rate * STEP as f32
}
