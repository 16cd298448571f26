//! The colours of a person: skin, hair, eyes and lips, which do not come independently of each other.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// The colours of a person, sRGB.
pub struct Colours {
    /// Skin.
    pub skin: [u8; 3],
    /// Hair of the head.
    pub hair: [u8; 3],
    /// Eyebrows.
    pub brows: [u8; 3],
    /// Beard.
    pub beard: [u8; 3],
    /// Iris.
    pub iris: [u8; 3],
    /// Lips.
    pub lips: [u8; 3],
}

/// From the lightest to the darkest skin.
const SKINS: [[u8; 3]; 7] =
    [[244, 214, 196], [234, 196, 170], [222, 176, 144], [200, 150, 115], [166, 116, 84], [126, 85, 60], [88, 59, 45]];
/// From the darkest to the lightest hair.
const HAIRS: [[u8; 3]; 7] =
    [[22, 19, 18], [42, 30, 24], [70, 48, 34], [104, 74, 50], [146, 112, 74], [192, 158, 108], [216, 192, 146]];
const RED_HAIR: [u8; 3] = [142, 68, 34];
const GREY_HAIR: [u8; 3] = [188, 186, 183];
const DARK_EYES: [[u8; 3]; 3] = [[44, 28, 20], [70, 44, 28], [98, 66, 38]];
const LIGHT_EYES: [[u8; 3]; 5] = [[86, 112, 138], [112, 144, 168], [92, 110, 78], [124, 104, 62], [118, 124, 126]];

/// Draws the colours of somebody with skin as dark as `tone`, from 0 to 1.
pub fn draw(random: &mut ChaCha8Rng, tone: f32, age: f32) -> Colours {
    let warmth = random.random_range(-7.0..7.0_f32);
    let rosiness = random.random_range(-5.0..5.0_f32);
    let [red, green, blue] = along(&SKINS, tone);
    let skin = [shifted(red, warmth * 0.5 + rosiness), shifted(green, -rosiness * 0.4), shifted(blue, -warmth)];
    let young = hair_when_young(random, tone);
    let greying = ((age - 46.0) / 28.0 + random.random_range(-0.4..0.3)).clamp(0.0, 1.0);
    let hair = mixed(young, GREY_HAIR, greying);
    let light_eyes = random.random_bool(f64::from((0.75 - tone * 1.6).clamp(0.01, 0.75)));
    let irises: &[[u8; 3]] = if light_eyes { &LIGHT_EYES } else { &DARK_EYES };
    let lips = mixed(skin, [166, 62, 66], random.random_range(0.3..0.62) - 0.22 * tone);
    Colours {
        skin,
        hair,
        brows: mixed(mixed(hair, young, 0.6), [30, 22, 18], 0.35),
        beard: mixed(hair, young, 0.3),
        iris: irises[random.random_range(0..irises.len())]
            .map(|channel| shifted(channel, random.random_range(-10.0..10.0))),
        lips: mixed(lips, [70, 30, 30], tone * 0.25),
    }
}

fn hair_when_young(random: &mut ChaCha8Rng, tone: f32) -> [u8; 3] {
    if tone < 0.35 && random.random_bool(0.1) {
        return RED_HAIR;
    }
    let lightest = (1.0 - tone * 1.9).clamp(0.1, 1.0);
    along(&HAIRS, random.random_range(0.0..lightest))
}

/// The colour `share` of the way along `colours`.
fn along(colours: &[[u8; 3]], share: f32) -> [u8; 3] {
    let place = share.clamp(0.0, 1.0) * (colours.len() - 1) as f32;
    let first = (place as usize).min(colours.len() - 2);
    mixed(colours[first], colours[first + 1], place - first as f32)
}

/// `share` of the second colour in the first.
pub fn mixed(first: [u8; 3], second: [u8; 3], share: f32) -> [u8; 3] {
    std::array::from_fn(|index| {
        (f32::from(first[index]) * (1.0 - share) + f32::from(second[index]) * share).clamp(0.0, 255.0) as u8
    })
}

/// A colour times `factor`: darker below 1, lighter above.
pub fn lit(colour: [u8; 3], factor: f32) -> [u8; 3] {
    colour.map(|channel| (f32::from(channel) * factor).min(255.0) as u8)
}

fn shifted(channel: u8, by: f32) -> u8 {
    (f32::from(channel) + by).clamp(0.0, 255.0) as u8
}
