//! The colours of vehicles, as often as they are on the road.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::VehicleKind;
use crate::cast::canvas::shaded;

/// A named paint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    /// Its name: `white`, `black`, `grey`, `silver`, `red`, `blue`, `green`, `yellow`, `orange`, `brown`.
    pub name: &'static str,
    /// sRGB.
    pub colour: [u8; 3],
}

/// Name, a typical sRGB colour, and how many of a hundred cars have it.
const PAINTS: [(&str, [u8; 3], u32); 10] = [
    ("white", [232, 233, 232], 24),
    ("black", [22, 23, 26], 20),
    ("grey", [92, 96, 101], 17),
    ("silver", [176, 180, 184], 12),
    ("blue", [28, 62, 138], 9),
    ("red", [168, 24, 28], 8),
    ("green", [40, 92, 58], 3),
    ("brown", [92, 64, 44], 3),
    ("orange", [222, 104, 24], 2),
    ("yellow", [232, 190, 36], 2),
];

impl Paint {
    /// A colour for a vehicle; half of the vans are white.
    pub(super) fn draw(kind: VehicleKind, random: &mut ChaCha8Rng) -> Self {
        let white_van = kind == VehicleKind::Van && random.random_bool(0.4);
        let all: u32 = PAINTS.iter().map(|(_, _, share)| share).sum();
        let mut left = if white_van { 0 } else { random.random_range(0..all) };
        let chosen = PAINTS.iter().find(|(_, _, share)| {
            let here = left < *share;
            left = left.saturating_sub(*share);
            here
        });
        let (name, colour, _) = *chosen.expect("the shares add up to `all`");
        Self { name, colour: varied(colour, random) }
    }
}

/// No two makes mix a colour alike: a little lighter or darker, a little warmer or colder.
fn varied(colour: [u8; 3], random: &mut ChaCha8Rng) -> [u8; 3] {
    let lighter = shaded(colour, random.random_range(0.88..1.1));
    let warmth = random.random_range(-5..=5);
    let [red, green, blue] = lighter.map(i32::from);
    [red + warmth, green, blue - warmth].map(|channel| channel.clamp(8, 244) as u8)
}
