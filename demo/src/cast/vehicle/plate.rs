//! Licence plates: letters and digits as strokes of a seven-segment grid, which is all a camera in the street sees of them.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::cast::canvas::{Canvas, Spot};

/// The characters that seven segments can show, each with its segments: top, upper right, lower right, bottom, lower left,
/// upper left, middle, from the lowest bit.
const GLYPHS: [(char, u8); 18] = [
    ('0', 0b011_1111),
    ('1', 0b000_0110),
    ('2', 0b101_1011),
    ('3', 0b100_1111),
    ('4', 0b110_0110),
    ('5', 0b110_1101),
    ('6', 0b111_1101),
    ('7', 0b000_0111),
    ('8', 0b111_1111),
    ('9', 0b110_1111),
    ('A', 0b111_0111),
    ('C', 0b011_1001),
    ('E', 0b111_1001),
    ('F', 0b111_0001),
    ('H', 0b111_0110),
    ('L', 0b011_1000),
    ('P', 0b111_0011),
    ('U', 0b011_1110),
];

/// The ends of the segments in a glyph of width and height 1, y down.
const SEGMENTS: [[Spot; 2]; 7] = [
    [[0.0, 0.0], [1.0, 0.0]],
    [[1.0, 0.0], [1.0, 0.5]],
    [[1.0, 0.5], [1.0, 1.0]],
    [[0.0, 1.0], [1.0, 1.0]],
    [[0.0, 0.5], [0.0, 1.0]],
    [[0.0, 0.0], [0.0, 0.5]],
    [[0.0, 0.5], [1.0, 0.5]],
];

/// How many of [`GLYPHS`] are digits.
const DIGITS: usize = 10;

/// Half the width and half the height of a plate, in metres.
pub const HALF_SIZE: [f32; 2] = [0.26, 0.055];

/// What is written on a plate: two letters, a gap, three or four digits, a letter.
pub fn draw(random: &mut ChaCha8Rng) -> String {
    let mut pick = |from: usize, to: usize| GLYPHS[random.random_range(from..to)].0;
    let letters = [pick(DIGITS, GLYPHS.len()), pick(DIGITS, GLYPHS.len())];
    let digits = [pick(1, DIGITS), pick(0, DIGITS), pick(0, DIGITS)];
    let last = pick(DIGITS, GLYPHS.len());
    letters.into_iter().chain([' ']).chain(digits).chain([last]).collect()
}

/// Paints the plate `text` around `middle` on a canvas in metres whose y grows upwards.
pub fn paint(canvas: &mut Canvas, [x, y]: Spot, text: &str) {
    let [across, up] = HALF_SIZE;
    canvas.block([x - across - 0.012, y + up + 0.012], [x + across + 0.012, y - up - 0.012], [24, 24, 26, 255]);
    canvas.block([x - across, y + up], [x + across, y - up], [226, 226, 214, 255]);
    canvas.block([x - across, y + up], [x - across + 0.04, y - up], [38, 62, 140, 255]);
    let step = (2.0 * across - 0.08) / text.len() as f32;
    for (index, character) in text.chars().enumerate() {
        let left = x - across + 0.06 + index as f32 * step;
        glyph(canvas, [left, y + 0.036], [step * 0.58, -0.072], character);
    }
}

fn glyph(canvas: &mut Canvas, [left, top]: Spot, [width, down]: [f32; 2], character: char) {
    let segments = GLYPHS.iter().find(|(known, _)| *known == character).map_or(0, |(_, segments)| *segments);
    for (_, ends) in SEGMENTS.iter().enumerate().filter(|(index, _)| segments & (1 << index) != 0) {
        let placed = ends.map(|[x, y]| [left + x * width, top + y * down]);
        canvas.line(&placed, 0.014, [20, 20, 22, 255]);
    }
}
