//! People: who they are and how they can stand.

use glam::Vec3;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::clothes::Outfit;
use super::face::Face;
use super::{gait, wardrobe};
use crate::seed;

/// A person, for life.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// The body's measures.
    pub build: Build,
    /// The face, with skin, hair and beard.
    pub face: Face,
    /// What they wear: the first on the first day, another when they come back in other clothes.
    pub outfits: Vec<Outfit>,
    /// What is theirs in walking: cycles a second at 1 m/s, swing of the arms, bounce, each about 1.
    pub gait: [f32; 3],
}

/// The measures of a body.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Build {
    /// From the ground to the top of the head, in metres, without shoes and hair.
    pub height: f32,
    /// Girth against the average: 0.8 slim to 1.35 heavy.
    pub girth: f32,
    /// Width of the shoulders against the average.
    pub shoulders: f32,
    /// Width of the hips against the average.
    pub hips: f32,
    /// Length of the legs against the average.
    pub legs: f32,
}

/// What a person does with their body.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Action {
    /// Walks, or runs above 2.5 m/s.
    Walk,
    /// Stands, shifting weight.
    Stand,
    /// Stands and talks with their hands.
    Talk,
    /// Looks at a telephone held before the chest.
    Phone,
    /// Sits on a bicycle saddle and pedals.
    Ride,
}

/// What a person has in a hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// A bag hanging from the right hand.
    ShoppingBag,
    /// A box before the chest, in both arms.
    Parcel,
    /// An open umbrella, as in rain.
    Umbrella,
}

/// How a person stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PersonPose {
    /// On the ground between the feet; when riding, on the ground below the saddle.
    pub position: Vec3,
    /// Where the body looks.
    pub heading: f32,
    /// Metres a second over the ground.
    pub speed: f32,
    /// Steps taken in pairs: a whole number is the left heel touching the ground. When standing, seconds.
    pub phase: f32,
    /// What they do.
    pub action: Action,
    /// Where the head looks against the body; positive turns like a heading.
    pub head_yaw: f32,
    /// Positive looks down.
    pub head_pitch: f32,
    /// What they carry beside what belongs to the outfit.
    pub carried: Option<Carried>,
}

impl Person {
    /// The `index`th person of the world of `seed`.
    #[must_use]
    pub fn draw(seed: u64, index: usize) -> Self {
        let stream = |what: &str| seed::stream(seed, what, index as u64);
        let mut random = stream("build");
        let womanly = random.random_bool(0.48);
        let build = Build::draw(&mut random, womanly);
        let mut random = stream("gait");
        let gait = [random.random_range(0.92..1.08), random.random_range(0.6..1.35), random.random_range(0.6..1.4)];
        let mut random = stream("outfits");
        let count = random.random_range(2..=3);
        let outfits = (0..count).map(|_| wardrobe::outfit(&mut random, if womanly { 0.35 } else { 0.0 })).collect();
        Self { build, face: Face::draw(seed, index), outfits, gait }
    }

    /// Pairs of steps a second at a speed in metres a second. The phase of a [`PersonPose`] is its sum over time: steps are
    /// as long as it says, so that feet on the ground do not slide.
    #[must_use]
    pub fn cadence(&self, speed: f32) -> f32 {
        self.gait[0] * gait::cadence(self.build.height, speed)
    }
}

impl Build {
    /// Mostly adults, some children, some old people, who are shorter.
    fn draw(random: &mut ChaCha8Rng, womanly: bool) -> Self {
        let age = random.random_range(0.0..1.0);
        let around = |random: &mut ChaCha8Rng, middle: f32, reach: f32| {
            middle + reach * (random.random_range(-1.0..1.0_f32) + random.random_range(-1.0..1.0_f32)) / 2.0
        };
        let adult = around(random, if womanly { 1.66 } else { 1.79 }, 0.16);
        let child = age < 0.1;
        let height = match age {
            _ if child => random.random_range(1.15..1.5),
            _ if age > 0.88 => adult - 0.06,
            _ => adult,
        };
        let heavy = random.random_range(0.0..1.0_f32);
        let girth = if child {
            around(random, 0.92, 0.1)
        } else {
            0.84 + 0.46 * heavy * heavy + if age > 0.88 { 0.08 } else { 0.0 }
        };
        let (shoulders, hips) = match (child, womanly) {
            (true, _) => (0.94, 0.94),
            (false, true) => (0.91, 1.05),
            (false, false) => (1.04, 0.97),
        };
        Self {
            height,
            girth,
            shoulders: around(random, shoulders, 0.06),
            hips: around(random, hips, 0.05),
            legs: around(random, 1.0, 0.04),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_person_is_the_same_every_time_and_unlike_the_others() {
        assert_eq!(Person::draw(1, 4), Person::draw(1, 4));
        let looks: HashSet<String> = (0..60).map(|index| Person::draw(1, index).outfits[0].describe()).collect();
        assert!(looks.len() >= 58, "only {} outfits among 60 people", looks.len());
    }

    #[test]
    fn a_person_changes_clothes() {
        for index in 0..30 {
            let person = Person::draw(2, index);
            assert!(person.outfits.len() >= 2);
            assert_ne!(person.outfits[0], person.outfits[1]);
        }
    }

    #[test]
    fn faster_is_longer_steps_and_more_of_them() {
        let person = Person::draw(3, 0);
        for (slow, fast) in [(0.5, 1.0), (1.0, 1.6), (2.6, 4.0)] {
            assert!(person.cadence(slow) < person.cadence(fast));
            assert!(slow / person.cadence(slow) < fast / person.cadence(fast));
        }
    }
}
