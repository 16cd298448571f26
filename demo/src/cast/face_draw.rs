//! Drawing a face from the seed: how likely which features are.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::complexion;
use super::face::{Beard, BeardStyle, Brows, Eyes, Face, Glasses, Hair, HairStyle, Lenses, Mouth, Nose, Skull};
use crate::seed;

/// A number around `middle`, at most `reach` away, nearer ones likelier.
fn around(random: &mut ChaCha8Rng, middle: f32, reach: f32) -> f32 {
    middle + reach * (random.random::<f32>() + random.random::<f32>() - 1.0)
}

impl Face {
    /// The face of the `index`th person of the world of `seed`.
    #[must_use]
    pub fn draw(seed: u64, index: usize) -> Self {
        let random = &mut seed::stream(seed, "face", index as u64);
        let man = random.random_bool(0.5);
        let age = 17.0 + 60.0 * random.random::<f32>().powf(1.35);
        let tone = random.random_range(0.0..1.0_f32);
        let colours = complexion::draw(random, tone, age);
        let skull = skull(random, man);
        let hair = hair(random, man, age, colours.hair);
        Self {
            man,
            age,
            skin: colours.skin,
            blush: random.random_range(0.0..1.0),
            freckles: if tone < 0.45 && random.random_bool(0.2) { random.random_range(0.3..1.0) } else { 0.0 },
            moles: moles(random),
            grain: random.random(),
            skull,
            eyes: eyes(random, man, age, colours.iris),
            brows: brows(random, man, colours.brows),
            nose: nose(random, man, tone),
            mouth: mouth(random, man, tone, colours.lips),
            ears: [around(random, 1.0, 0.22), random.random_range(0.0..1.0)],
            hair,
            beard: beard(random, man, colours.beard),
            glasses: random.random_bool(0.27).then(|| glasses(random)),
        }
    }
}

fn moles(random: &mut ChaCha8Rng) -> Vec<[f32; 2]> {
    let count = random.random_range(0..4_u32).saturating_sub(1);
    (0..count).map(|_| [random.random_range(-0.052..0.052), random.random_range(0.025..0.18)]).collect()
}

fn skull(random: &mut ChaCha8Rng, man: bool) -> Skull {
    let male = f32::from(u8::from(man));
    Skull {
        width: around(random, 0.99 + 0.02 * male, 0.11),
        depth: around(random, 1.0, 0.07),
        chin: around(random, 0.016 - 0.006 * male, 0.013),
        jaw: around(random, 0.95 + 0.08 * male, 0.16),
        square: (0.25 + 0.35 * male + around(random, 0.0, 0.5)).clamp(0.0, 1.0),
        chin_width: around(random, 0.95 + 0.12 * male, 0.4),
        chin_out: around(random, 0.0, 0.008),
        cheekbones: around(random, 1.0, 0.07),
        forehead: around(random, 0.4 + 0.2 * male, 0.6),
        ridge: (0.3 + 0.5 * male + around(random, 0.0, 0.5)).max(0.0),
        flesh: random.random_range(0.0..1.0),
    }
}

fn eyes(random: &mut ChaCha8Rng, man: bool, age: f32, iris: [u8; 3]) -> Eyes {
    Eyes {
        aside: around(random, 0.0318, 0.0048),
        up: around(random, 0.001, 0.007),
        width: around(random, 0.0305, 0.0048),
        open: around(random, if man { 0.0105 } else { 0.0118 }, 0.0038),
        slant: around(random, 0.0006, 0.0036),
        depth: random.random_range(0.4..1.3),
        lid: random.random_range(0.0..1.0),
        bags: (age / 110.0 + around(random, 0.0, 0.3)).clamp(0.0, 1.0),
        lashes: if man { random.random_range(0.4..0.75) } else { random.random_range(0.55..1.0) },
        iris,
    }
}

fn brows(random: &mut ChaCha8Rng, man: bool, colour: [u8; 3]) -> Brows {
    Brows {
        up: around(random, if man { 0.0190 } else { 0.0212 }, 0.0052),
        length: around(random, 0.041, 0.009),
        thickness: around(random, if man { 0.0075 } else { 0.0052 }, 0.0034),
        arch: around(random, if man { 0.003 } else { 0.0048 }, 0.004),
        slant: around(random, 0.001, 0.0055),
        apart: around(random, 0.0125, 0.0062),
        density: around(random, if man { 0.8 } else { 0.7 }, 0.35),
        colour,
    }
}

fn nose(random: &mut ChaCha8Rng, man: bool, tone: f32) -> Nose {
    let male = f32::from(u8::from(man));
    Nose {
        length: around(random, 0.0465 + 0.002 * male, 0.008),
        wings: around(random, 0.0145 + 0.0015 * male + 0.003 * tone, 0.0042),
        bridge: around(random, 1.0 + 0.15 * tone, 0.4),
        out: around(random, 1.06 - 0.16 * tone + 0.05 * male, 0.36),
        hump: around(random, 0.1, 1.0),
        tip: around(random, 1.0 + 0.1 * male, 0.35),
        tilt: around(random, 0.2, 1.0),
    }
}

fn mouth(random: &mut ChaCha8Rng, man: bool, tone: f32, colour: [u8; 3]) -> Mouth {
    let fullness = around(random, if man { 0.9 } else { 1.1 } + 0.35 * tone, 0.5);
    Mouth {
        down: around(random, 0.36, 0.07),
        half_width: around(random, 0.0250, 0.0058),
        upper: fullness * around(random, 0.0062, 0.0020),
        lower: fullness * around(random, 0.0084, 0.0022),
        corners: around(random, 0.0008, 0.0038),
        bow: random.random_range(0.0..1.0),
        colour,
    }
}

fn hair(random: &mut ChaCha8Rng, man: bool, age: f32, colour: [u8; 3]) -> Hair {
    use HairStyle::{Bald, Bob, Bun, Buzz, Curly, Long, Parted, PonyTail, Short};
    // How many of 100 wear which.
    let men = [(Bald, 12), (Buzz, 19), (Short, 33), (Parted, 18), (Curly, 12), (Long, 3), (Bun, 3)];
    let women = [(Buzz, 2), (Short, 10), (Parted, 8), (Curly, 14), (Bob, 22), (Long, 22), (Bun, 11), (PonyTail, 11)];
    let styles: &[(HairStyle, u32)] = if man { &men } else { &women };
    let style = picked(random, styles);
    let old = ((age - 25.0) / 50.0).max(0.0);
    let receding = if man {
        random.random_range(0.0..0.5) + old * random.random_range(0.0..0.6)
    } else {
        random.random_range(0.0..0.3)
    };
    Hair {
        style,
        colour,
        line: around(random, 0.050 + 0.008 * receding, 0.015),
        receding,
        volume: random.random_range(0.008..0.026),
        fringe: if random.random_bool(0.4) { random.random_range(0.3..0.85) } else { 0.0 },
        parting: random.random_range(0.25..0.65) * if random.random_bool(0.5) { 1.0 } else { -1.0 },
    }
}

/// One of `choices`, each as likely as its number.
fn picked<T: Copy>(random: &mut ChaCha8Rng, choices: &[(T, u32)]) -> T {
    let mut left = random.random_range(0..choices.iter().map(|(_, share)| share).sum());
    for (choice, share) in choices {
        if left < *share {
            return *choice;
        }
        left -= share;
    }
    choices[0].0
}

fn beard(random: &mut ChaCha8Rng, man: bool, colour: [u8; 3]) -> Beard {
    use BeardStyle::{Full, Goatee, Moustache, Shaved, Stubble};
    let grown = picked(random, &[(Shaved, 46), (Stubble, 20), (Moustache, 7), (Goatee, 10), (Full, 17)]);
    let style = if man { grown } else { Shaved };
    Beard { style, density: random.random_range(0.5..1.0), length: random.random_range(0.002..0.012), colour }
}

fn glasses(random: &mut ChaCha8Rng) -> Glasses {
    let lenses = [Lenses::Round, Lenses::Square, Lenses::Square, Lenses::Pilot][random.random_range(0..4)];
    let colours = [
        [18, 17, 18],
        [24, 22, 22],
        [62, 36, 22],
        [95, 90, 88],
        [150, 120, 66],
        [30, 40, 92],
        [120, 28, 34],
        [70, 84, 74],
    ];
    let half_width = random.random_range(0.0215..0.0275);
    let flatness = if lenses == Lenses::Round { 0.95 } else { random.random_range(0.6..0.85) };
    Glasses {
        lenses,
        half_width,
        half_height: half_width * flatness,
        thickness: if random.random_bool(0.45) {
            random.random_range(0.003..0.0055)
        } else {
            random.random_range(0.0016..0.0024)
        },
        colour: colours[random.random_range(0..colours.len())],
        dark: random.random_bool(0.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_is_for_life_and_nobody_elses() {
        assert_eq!(Face::draw(1, 7), Face::draw(1, 7));
        assert_ne!(Face::draw(1, 7), Face::draw(1, 8));
        assert_ne!(Face::draw(1, 7), Face::draw(2, 7));
    }

    #[test]
    fn every_hair_and_beard_style_is_worn_and_women_have_no_beard() {
        let faces: Vec<Face> = (0..600).map(|index| Face::draw(3, index)).collect();
        for style in [HairStyle::Bald, HairStyle::Buzz, HairStyle::Short, HairStyle::Parted, HairStyle::Curly] {
            assert!(faces.iter().any(|face| face.hair.style == style), "{style:?}");
        }
        for style in [HairStyle::Bob, HairStyle::Long, HairStyle::Bun, HairStyle::PonyTail] {
            assert!(faces.iter().any(|face| face.hair.style == style), "{style:?}");
        }
        for style in
            [BeardStyle::Shaved, BeardStyle::Stubble, BeardStyle::Moustache, BeardStyle::Goatee, BeardStyle::Full]
        {
            assert!(faces.iter().any(|face| face.beard.style == style), "{style:?}");
        }
        assert!(faces.iter().all(|face| face.man || face.beard.style == BeardStyle::Shaved));
    }
}
