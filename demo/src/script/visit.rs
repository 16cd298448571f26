//! A visit: one member of the cast in one place, from coming to leaving.

use super::track::{Sample, Track};
use super::{Actor, Identity, Pose, Seconds};
use crate::cast::{Action, AnimalPose, BicycleModel, BicyclePose, Carried, PersonPose, VehiclePose};
use crate::place::PlaceName;

/// Distance between the axles of a car, in metres.
const WHEELBASE: f32 = 2.6;
/// Fall of a body, in metres per second squared; says how far a bicycle leans in a curve.
const GRAVITY: f32 = 9.81;
/// How far a bicycle leans on its stand.
const ON_ITS_STAND: f32 = -0.1;
/// Time in which one who has come is where others have to give way, in seconds.
const SETTLING: f32 = 1.5;

/// Somebody's visit of a place.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Unique in the world.
    pub number: u32,
    /// Who.
    pub identity: Identity,
    /// Where.
    pub place: PlaceName,
    /// From when to when, and how.
    pub track: Track,
    /// What there is to see besides.
    pub look: Look,
}

/// What there is to see of somebody besides where they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Look {
    /// A person on foot.
    Walker {
        /// In which of their outfits.
        outfit: usize,
        /// With what.
        carried: Option<Carried>,
    },
    /// A person on a bicycle, whose track is the bicycle's.
    Rider {
        /// In which of their outfits.
        outfit: usize,
    },
    /// Nothing else.
    Itself,
}

impl Visit {
    /// The actor at a moment of the visit; `lights` says whether vehicles have theirs on.
    pub fn actor(&self, time: Seconds, lights: bool) -> Option<Actor> {
        let sample = self.track.at(time)?;
        let since = (time - self.track.start) as f32;
        let pose = match (self.look, self.identity) {
            (Look::Walker { outfit, carried }, _) => {
                Pose::Person { outfit, pose: self.walking(&sample, since, carried) }
            }
            (Look::Rider { outfit }, _) => Pose::Person { outfit, pose: self.riding(&sample) },
            (Look::Itself, Identity::Vehicle(_)) => Pose::Vehicle(VehiclePose {
                position: sample.position,
                heading: sample.heading,
                rolled: sample.travelled,
                steering: (self.track.curvature(time) * WHEELBASE).atan(),
                lights: lights && !self.track.is_at_rest(),
            }),
            (Look::Itself, Identity::Bicycle(_)) => Pose::Bicycle(self.rolling(&sample, time)),
            (Look::Itself, _) => Pose::Animal(AnimalPose {
                position: sample.position,
                heading: sample.heading,
                speed: sample.speed,
                phase: if sample.speed > 0.0 { sample.steps } else { since },
            }),
        };
        Some(Actor { identity: self.identity, visit: self.number, pose })
    }

    /// From 0 when just come or about to leave to 1 in between: who comes through a door does not push anybody at once.
    pub fn settled(&self, time: Seconds) -> f32 {
        let from_an_end = (time - self.track.start).min(self.track.end() - time);
        super::path::smooth_step(from_an_end as f32 / SETTLING)
    }

    fn walking(&self, sample: &Sample, since: f32, carried: Option<Carried>) -> PersonPose {
        let standing = sample.action != Action::Walk;
        // Everybody looks about at a pace of their own.
        let own = self.number as f32 % 97.0;
        let about = 0.22 * (0.47 * since + own).sin() + 0.18 * (0.83 * since + 2.0 * own).sin();
        let (head_yaw, head_pitch) = match sample.action {
            Action::Phone => (0.2 * about, 0.5),
            Action::Talk => (0.4 * about, 0.08 * (1.9 * since).sin()),
            Action::Stand => (1.7 * about, 0.08),
            Action::Walk | Action::Ride => (about, 0.1 + 0.1 * (0.31 * since + own).sin()),
        };
        PersonPose {
            position: sample.position,
            heading: sample.heading,
            speed: sample.speed,
            phase: if standing { since } else { sample.steps },
            action: sample.action,
            head_yaw,
            head_pitch,
            carried,
        }
    }

    fn riding(&self, sample: &Sample) -> PersonPose {
        PersonPose {
            position: sample.position - super::track::direction(sample.heading) * BicycleModel::SADDLE[1],
            heading: sample.heading,
            speed: sample.speed,
            phase: sample.travelled / BicycleModel::DEVELOPMENT,
            action: Action::Ride,
            head_yaw: 0.2 * (0.05 * sample.travelled + self.number as f32).sin(),
            head_pitch: 0.05,
            carried: None,
        }
    }

    fn rolling(&self, sample: &Sample, time: Seconds) -> BicyclePose {
        // A heading turns to the left, a positive lean is to the right.
        let in_curve = -(sample.speed.powi(2) * self.track.curvature(time) / GRAVITY).atan();
        let lean = if self.track.is_at_rest() { ON_ITS_STAND } else { in_curve };
        BicyclePose { position: sample.position, heading: sample.heading, rolled: sample.travelled, lean }
    }
}
