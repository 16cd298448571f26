//! What people read: shop signs, posters, notices, traffic signs.

use std::sync::Arc;

use rand::{Rng, RngExt as _};

use super::canvas::{Canvas, Rgb, mix, pick, shade, vary};
use crate::texture::Texture;

const OWNERS: [&str; 14] = [
    "ORLANE", "MIRKO", "TASSELL", "BRAMM", "VELDA", "QUINCE", "HARROW", "PELLO", "SORBUS", "LINNET", "DORVIK",
    "AMBERLY", "KESTREL", "NOVIK",
];
const TRADES: [&str; 14] = [
    "BAKERY", "BOOKS", "SHOES", "CAFE", "FLOWERS", "OPTICS", "TAILOR", "CYCLES", "PHARMACY", "RADIO", "FRUIT", "HAIR",
    "PAPER", "KEYS",
];

/// A shop's trade and owner, invented.
pub fn shop_name(random: &mut impl Rng) -> String {
    let (owner, trade) = (pick(&OWNERS, random), pick(&TRADES, random));
    match random.random_range(0..3) {
        0 => format!("{owner} {trade}"),
        1 => format!("{trade} {owner}"),
        _ => trade.to_owned(),
    }
}

/// A board above a shop, `size` in metres.
pub fn shop_sign(size: [f32; 2], random: &mut impl Rng) -> Arc<Texture> {
    let (ground, ink): (Rgb, Rgb) = pick(
        &[
            ([38, 62, 52], [226, 210, 160]),
            ([120, 34, 34], [240, 230, 210]),
            ([232, 226, 210], [52, 44, 40]),
            ([34, 48, 82], [234, 234, 228]),
            ([214, 164, 44], [52, 38, 24]),
            ([48, 48, 50], [214, 120, 70]),
            ([92, 128, 120], [244, 240, 228]),
        ],
        random,
    );
    let mut canvas = Canvas::new([512, 64], size, ground);
    let [width, height] = size;
    canvas.rect([0.0, 0.0, width, height * 0.07], shade(ground, 0.6), 1.0);
    canvas.rect([0.0, height * 0.93, width, height * 0.07], shade(ground, 0.6), 1.0);
    canvas.text_within(&shop_name(random), [width * 0.06, height * 0.22, width * 0.88, height * 0.56], ink);
    canvas.mottle(random, 10, height, 0.08);
    canvas.finish()
}

/// A poster with a picture of simple shapes and a few words.
pub fn poster(random: &mut impl Rng) -> Arc<Texture> {
    let ground = [random.random_range(60..235), random.random_range(60..225), random.random_range(60..215)];
    let mut canvas = Canvas::new([128, 256], [1.0, 1.6], ground);
    let ink = mix(ground, if ground[1] > 140 { [20, 20, 30] } else { [250, 246, 236] }, 0.85);
    for _ in 0..random.random_range(2..6) {
        let (at, rgb) = (canvas.anywhere(random), [random.random_range(40..240), random.random_range(40..240), 120]);
        let radius = random.random_range(0.1..0.35);
        canvas.oval(at, [radius, radius * random.random_range(0.4..1.0)], random.random_range(0.0..3.0), rgb, 0.9);
    }
    canvas.text_within(
        pick(&["CONCERT", "MARKET", "CIRCUS", "THEATRE", "FAIR", "FILM"], random),
        [0.08, 0.1, 0.84, 0.2],
        ink,
    );
    for row in 0..4 {
        canvas.rect([0.12, 1.2 + row as f32 * 0.08, random.random_range(0.4..0.76), 0.03], ink, 0.9);
    }
    canvas.line(&[[0.0, 0.0], [1.0, 0.0], [1.0, 1.6], [0.0, 1.6], [0.0, 0.0]], 0.05, [236, 234, 228], 1.0);
    canvas.finish()
}

/// A board full of notes.
pub fn notices(random: &mut impl Rng) -> Arc<Texture> {
    let cork = vary([168, 126, 84], 0.1, random);
    let mut canvas = Canvas::new([256, 128], [2.0, 1.0], cork);
    canvas.grain(random, 24.0);
    for index in 0..random.random_range(9..16) {
        let (left, top) = (0.1 + (index % 6) as f32 * 0.3, 0.1 + (index / 6) as f32 * 0.3);
        let at = [left + random.random_range(-0.04..0.04), top + random.random_range(-0.04..0.04)];
        let paper =
            pick(&[[240, 238, 230], [244, 232, 150], [190, 220, 236], [244, 190, 180], [236, 236, 236]], random);
        canvas.rect([at[0] + 0.01, at[1] + 0.01, 0.21, 0.27], [70, 50, 34], 0.6);
        canvas.rect([at[0], at[1], 0.21, 0.27], paper, 1.0);
        for line in 0..5 {
            canvas.rect(
                [at[0] + 0.03, at[1] + 0.05 + line as f32 * 0.04, random.random_range(0.06..0.15), 0.014],
                [60, 60, 66],
                0.8,
            );
        }
    }
    let frame = [[0.0, 0.0], [2.0, 0.0], [2.0, 1.0], [0.0, 1.0], [0.0, 0.0]];
    canvas.line(&frame, 0.1, vary([110, 76, 48], 0.2, random), 1.0);
    canvas.finish()
}

/// A word on a coloured plate.
pub fn plate(text: &str, size: [f32; 2], ground: Rgb, ink: Rgb) -> Arc<Texture> {
    let mut canvas = Canvas::new([256, 64], size, ground);
    let [width, height] = size;
    let edge = [[0.0, 0.0], [width, 0.0], [width, height], [0.0, height], [0.0, 0.0]];
    canvas.line(&edge, height * 0.08, ink, 1.0);
    canvas.text_within(text, [width * 0.1, height * 0.2, width * 0.8, height * 0.6], ink);
    canvas.finish()
}

/// The sign at a zebra crossing: a walker in a white triangle on blue.
pub fn crossing_sign() -> Arc<Texture> {
    let mut canvas = Canvas::new([64, 64], [1.0, 1.0], [30, 70, 150]);
    canvas.shape(&[[0.5, 0.1], [0.92, 0.86], [0.08, 0.86]], [238, 238, 236], 1.0);
    canvas.oval([0.5, 0.38], [0.05, 0.05], 0.0, [24, 24, 28], 1.0);
    canvas.line(&[[0.5, 0.46], [0.48, 0.62], [0.38, 0.78]], 0.06, [24, 24, 28], 1.0);
    canvas.line(&[[0.48, 0.62], [0.6, 0.78]], 0.06, [24, 24, 28], 1.0);
    canvas.line(&[[0.38, 0.56], [0.5, 0.48], [0.62, 0.58]], 0.05, [24, 24, 28], 1.0);
    canvas.finish()
}

/// A picture on the wall of the hall: a landscape.
pub fn painting(random: &mut impl Rng) -> Arc<Texture> {
    let mut canvas = Canvas::new([128, 128], [1.0, 1.0], vary([150, 180, 206], 0.15, random));
    for layer in 0..4 {
        let (base, rgb) =
            (0.35 + layer as f32 * 0.15, vary(mix([110, 130, 130], [70, 88, 40], layer as f32 / 3.0), 0.2, random));
        let mut hills = vec![[0.0, 1.0]];
        hills.extend((0..=8).map(|step| [step as f32 / 8.0, base + random.random_range(-0.1..0.1)]));
        hills.push([1.0, 1.0]);
        canvas.shape(&hills, rgb, 1.0);
    }
    let frame = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]];
    canvas.line(&frame, 0.12, pick(&[[52, 40, 30], [176, 146, 84], [36, 36, 38]], random), 1.0);
    canvas.finish()
}

/// Stripes of cloth for awnings.
pub fn stripes(random: &mut impl Rng) -> Arc<Texture> {
    let cloth = pick(&[[150, 44, 40], [40, 92, 70], [44, 66, 118], [196, 140, 50], [110, 104, 96]], random);
    let mut canvas = Canvas::new([128, 64], [2.0, 1.0], [226, 220, 204]);
    for stripe in 0..8 {
        canvas.rect([stripe as f32 * 0.25, 0.0, 0.125, 1.0], cloth, 1.0);
    }
    canvas.mottle(random, 12, 0.4, 0.1);
    canvas.finish()
}
