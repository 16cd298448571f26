//! The measures of dogs of several builds, and of cats.

use glam::Vec3;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::Species;

/// How ears are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ears {
    /// Upright and pointed.
    Pricked,
    /// Down beside the head.
    Hanging,
}

/// The measures of an animal in metres, its middle at the origin, looking along +z.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnimalBuild {
    /// From the ground to the back above the shoulders.
    pub shoulder: f32,
    /// From the ground to where the legs begin to swing.
    pub leg: f32,
    /// From the hips to the shoulders.
    pub length: f32,
    /// Half the chest's width and half its depth.
    pub chest: [f32; 2],
    /// Half the waist's width and half its depth.
    pub waist: [f32; 2],
    /// Half a leg's thickness above the paw.
    pub leg_radius: f32,
    /// The neck's length.
    pub neck: f32,
    /// How far the neck rises from level.
    pub neck_pitch: f32,
    /// The head's length from the back of the skull to the nose, and half its width.
    pub head: [f32; 2],
    /// The share of the head's length before the eyes.
    pub snout: f32,
    /// How ears are held.
    pub ears: Ears,
    /// How long ears are.
    pub ear_length: f32,
    /// The tail's length and half its thickness.
    pub tail: [f32; 2],
    /// How far the tail rises from level.
    pub tail_pitch: f32,
}

const SHEPHERD: AnimalBuild = AnimalBuild {
    shoulder: 0.62,
    leg: 0.49,
    length: 0.60,
    chest: [0.105, 0.155],
    waist: [0.085, 0.115],
    leg_radius: 0.027,
    neck: 0.21,
    neck_pitch: 0.75,
    head: [0.25, 0.075],
    snout: 0.5,
    ears: Ears::Pricked,
    ear_length: 0.11,
    tail: [0.36, 0.042],
    tail_pitch: -0.75,
};

const LABRADOR: AnimalBuild = AnimalBuild {
    shoulder: 0.57,
    leg: 0.44,
    length: 0.56,
    chest: [0.12, 0.15],
    waist: [0.10, 0.12],
    leg_radius: 0.031,
    neck: 0.17,
    neck_pitch: 0.7,
    head: [0.23, 0.085],
    snout: 0.45,
    ears: Ears::Hanging,
    ear_length: 0.10,
    tail: [0.32, 0.033],
    tail_pitch: 0.05,
};

const TERRIER: AnimalBuild = AnimalBuild {
    shoulder: 0.36,
    leg: 0.27,
    length: 0.34,
    chest: [0.08, 0.095],
    waist: [0.07, 0.08],
    leg_radius: 0.021,
    neck: 0.11,
    neck_pitch: 0.9,
    head: [0.165, 0.058],
    snout: 0.44,
    ears: Ears::Hanging,
    ear_length: 0.05,
    tail: [0.13, 0.018],
    tail_pitch: 1.0,
};

const DACHSHUND: AnimalBuild = AnimalBuild {
    shoulder: 0.29,
    leg: 0.17,
    length: 0.44,
    chest: [0.08, 0.085],
    waist: [0.072, 0.075],
    leg_radius: 0.021,
    neck: 0.13,
    neck_pitch: 0.8,
    head: [0.19, 0.052],
    snout: 0.54,
    ears: Ears::Hanging,
    ear_length: 0.095,
    tail: [0.24, 0.017],
    tail_pitch: -0.1,
};

const GREYHOUND: AnimalBuild = AnimalBuild {
    shoulder: 0.69,
    leg: 0.55,
    length: 0.62,
    chest: [0.09, 0.16],
    waist: [0.07, 0.08],
    leg_radius: 0.022,
    neck: 0.27,
    neck_pitch: 0.85,
    head: [0.25, 0.058],
    snout: 0.56,
    ears: Ears::Hanging,
    ear_length: 0.06,
    tail: [0.42, 0.014],
    tail_pitch: -0.95,
};

const CAT: AnimalBuild = AnimalBuild {
    shoulder: 0.25,
    leg: 0.19,
    length: 0.25,
    chest: [0.05, 0.062],
    waist: [0.05, 0.062],
    leg_radius: 0.014,
    neck: 0.065,
    neck_pitch: 0.55,
    head: [0.098, 0.047],
    snout: 0.3,
    ears: Ears::Pricked,
    ear_length: 0.047,
    tail: [0.28, 0.014],
    tail_pitch: 0.35,
};

const DOGS: [AnimalBuild; 5] = [SHEPHERD, LABRADOR, TERRIER, DACHSHUND, GREYHOUND];

impl AnimalBuild {
    pub(super) fn draw(species: Species, random: &mut ChaCha8Rng) -> Self {
        let typical = match species {
            Species::Dog => DOGS[random.random_range(0..DOGS.len())],
            Species::Cat => CAT,
        };
        let mut about = |most: f32| random.random_range(1.0 - most..1.0 + most);
        let (size, girth, tail, ears) = (about(0.08), about(0.12), about(0.15), about(0.15));
        let scaled = |measure: f32| measure * size;
        Self {
            shoulder: scaled(typical.shoulder),
            leg: scaled(typical.leg),
            length: scaled(typical.length) * about(0.04),
            chest: [scaled(typical.chest[0]) * girth, scaled(typical.chest[1])],
            waist: [scaled(typical.waist[0]) * girth, scaled(typical.waist[1])],
            leg_radius: scaled(typical.leg_radius),
            neck: scaled(typical.neck),
            head: typical.head.map(scaled),
            ear_length: scaled(typical.ear_length) * ears,
            tail: [scaled(typical.tail[0]) * tail, scaled(typical.tail[1])],
            tail_pitch: typical.tail_pitch + (tail - 1.0) * 2.0,
            ..typical
        }
    }

    /// Between the hips, where the hind legs begin.
    #[must_use]
    pub fn hip_joint(&self) -> Vec3 {
        Vec3::new(0.0, self.leg, -self.length / 2.0)
    }

    /// Between the shoulders, where the forelegs begin.
    #[must_use]
    pub fn shoulder_joint(&self) -> Vec3 {
        Vec3::new(0.0, self.leg * 0.98, self.length / 2.0)
    }

    /// Where the neck begins, inside the chest.
    #[must_use]
    pub fn neck_joint(&self) -> Vec3 {
        let [_, deep] = self.chest;
        Vec3::new(0.0, self.shoulder - deep * 0.62, self.length / 2.0 + deep * 0.3)
    }

    /// Where the tail begins, on the rump.
    #[must_use]
    pub fn tail_joint(&self) -> Vec3 {
        let [_, deep] = self.waist;
        Vec3::new(0.0, self.shoulder * 0.99 - deep * 0.5, -self.length / 2.0 - deep * 0.75)
    }

    /// Half the height of a paw.
    #[must_use]
    pub fn paw_radius(&self) -> f32 {
        self.leg_radius * 1.05
    }
}
