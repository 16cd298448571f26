//! Floors: asphalt, paving, grass, gravel, tiles, wood. Each picture fits itself at its edges.

use std::sync::Arc;

use rand::{Rng, RngExt as _};

use super::canvas::{Canvas, Rgb, mix, pick, shade, vary};
use crate::texture::Texture;

/// The side of a ground texture in metres.
pub const GROUND: f32 = 4.0;

fn ground(rgb: Rgb) -> Canvas {
    Canvas::new([512, 512], [GROUND, GROUND], rgb)
}

/// Tarmac: small stones, wheel stains, mended cracks.
pub fn asphalt(random: &mut impl Rng) -> Arc<Texture> {
    let base = vary(pick(&[[84, 84, 86], [98, 97, 95], [72, 73, 78], [106, 102, 98]], random), 0.06, random);
    let mut canvas = ground(base);
    canvas.mottle(random, 14, 0.6, 0.07);
    for _ in 0..1300 {
        let (at, rgb) = (canvas.anywhere(random), vary(shade(base, 1.15), 0.4, random));
        let size = random.random_range(0.005..0.016);
        canvas.oval(at, [size, size * 0.7], 0.0, rgb, 0.6);
    }
    for _ in 0..random.random_range(1..4) {
        let (start, angle) = (canvas.anywhere(random), random.random_range(0.0..6.3));
        canvas.crack(random, start, angle, 14, 0.14, shade(base, 0.5));
    }
    canvas.grain(random, 18.0);
    canvas.finish()
}

/// How slabs lie.
#[derive(Clone, Copy)]
pub struct Slabs {
    /// Across, in metres.
    pub width: f32,
    /// Along, in metres.
    pub depth: f32,
    /// Each row is moved by this share of a slab.
    pub shift: f32,
    /// Width of the joints.
    pub joint: f32,
}

impl Slabs {
    /// Any of the usual pavements.
    pub fn any(random: &mut impl Rng) -> Self {
        let [width, depth, shift, joint] = pick(
            &[
                [0.5, 0.5, 0.5, 0.014],
                [0.4, 0.4, 0.0, 0.012],
                [0.8, 0.4, 0.5, 0.014],
                [0.2, 0.1, 0.5, 0.008],
                [0.25, 0.16, 0.5, 0.012],
                [1.0, 0.5, 0.0, 0.016],
            ],
            random,
        );
        Self { width, depth, shift, joint }
    }
}

/// Slabs or cobbles with joints, some worn, some new.
pub fn paving(base: Rgb, slabs: Slabs, random: &mut impl Rng) -> Arc<Texture> {
    let mut canvas = ground(shade(base, 0.62));
    let (columns, rows) = ((GROUND / slabs.width).round(), (GROUND / slabs.depth).round());
    let (width, depth) = (GROUND / columns, GROUND / rows);
    for row in 0..rows as u32 {
        for column in 0..=columns as u32 {
            let odd = if row % 2 == 1 { slabs.shift } else { 0.0 };
            // The first stone of a shifted row is the second half of its last.
            let rgb =
                if odd > 0.0 && (column == 0 || column == columns as u32) { base } else { vary(base, 0.09, random) };
            let left = (column as f32 - odd) * width + slabs.joint / 2.0;
            let area = [left, row as f32 * depth + slabs.joint / 2.0, width - slabs.joint, depth - slabs.joint];
            canvas.rect(area, rgb, 1.0);
            canvas.rect([area[0], area[1], area[2], 0.01], shade(rgb, 1.12), 0.6);
        }
    }
    canvas.mottle(random, 20, 0.45, 0.12);
    for _ in 0..random.random_range(10..60) {
        // Chewing gum and drops of paint.
        let (at, size) = (canvas.anywhere(random), random.random_range(0.008..0.022));
        canvas.oval(at, [size, size * 0.8], 0.4, shade(base, 0.45), 0.7);
    }
    canvas.grain(random, 14.0);
    canvas.finish()
}

/// Smooth concrete or terrazzo, without joints.
pub fn concrete(base: Rgb, random: &mut impl Rng) -> Arc<Texture> {
    let mut canvas = ground(base);
    canvas.mottle(random, 22, 0.5, 0.08);
    for _ in 0..500 {
        let (at, size) = (canvas.anywhere(random), random.random_range(0.006..0.02));
        canvas.oval(at, [size, size * 0.6], random.random_range(0.0..3.0), vary(base, 0.3, random), 0.55);
    }
    canvas.grain(random, 10.0);
    canvas.finish()
}

/// A lawn: blades, dry spots, daisies.
pub fn grass(random: &mut impl Rng) -> Arc<Texture> {
    let base = pick(&[[84, 104, 48], [96, 110, 56], [70, 98, 50], [112, 112, 62]], random);
    let mut canvas = ground(shade(base, 0.8));
    canvas.mottle(random, 18, 0.6, 0.16);
    for _ in 0..4500 {
        let [x, y] = canvas.anywhere(random);
        let (lean, height) = (random.random_range(-0.05..0.05), random.random_range(0.04..0.11));
        let rgb = mix(vary(base, 0.28, random), [170, 160, 90], random.random_range(0.0..0.25));
        canvas.line(&[[x, y], [x + lean, y - height]], 0.012, rgb, 0.9);
    }
    for _ in 0..random.random_range(0..60) {
        let at = canvas.anywhere(random);
        canvas.oval(at, [0.016, 0.016], 0.0, [232, 232, 220], 1.0);
    }
    canvas.finish()
}

/// Earth or gravel.
pub fn gravel(base: Rgb, random: &mut impl Rng) -> Arc<Texture> {
    let mut canvas = ground(shade(base, 0.6));
    for _ in 0..3500 {
        let (at, size) = (canvas.anywhere(random), random.random_range(0.016..0.045));
        let (turn, rgb) = (random.random_range(0.0..3.0), vary(base, 0.17, random));
        canvas.oval(at, [size, size * 0.7], turn, rgb, 1.0);
    }
    canvas.mottle(random, 12, 0.6, 0.12);
    canvas.finish()
}

/// Floor tiles, plain, chequered or with a border stripe.
pub fn tiles(base: Rgb, random: &mut impl Rng) -> Arc<Texture> {
    let side = pick(&[0.4, 0.5, 0.8, 1.0], random);
    let other = pick(&[base, base, shade(base, 0.72), mix(base, [96, 74, 60], 0.5)], random);
    let mut canvas = ground(shade(base, 0.6));
    let count = (GROUND / side) as u32;
    for row in 0..count {
        for column in 0..count {
            let rgb = vary(if (row + column) % 2 == 0 { base } else { other }, 0.04, random);
            let area = [column as f32 * side + 0.006, row as f32 * side + 0.006, side - 0.012, side - 0.012];
            canvas.rect(area, rgb, 1.0);
            let start = [area[0] + random.random_range(0.0..side), area[1] + random.random_range(0.0..side)];
            canvas.blot(start, side * 0.4, shade(rgb, random.random_range(0.85..1.12)), 0.35);
        }
    }
    canvas.mottle(random, 10, 0.5, 0.05);
    canvas.grain(random, 7.0);
    canvas.finish()
}

/// Road paint that traffic has worn, over `size` metres; where it is gone one sees the road.
pub fn road_paint(size: [f32; 2], wear: u32, random: &mut impl Rng) -> Arc<Texture> {
    let mut canvas = Canvas::new([128, 256], size, [206, 205, 196]);
    canvas.mottle(random, 14, 0.5, 0.2);
    for _ in 0..wear {
        let (start, angle) = (canvas.anywhere(random), random.random_range(0.0..6.3));
        let worn = vary([128, 126, 122], 0.1, random);
        canvas.crack(random, start, angle, 4, 0.08, worn);
        let spot = canvas.anywhere(random);
        canvas.blot(spot, random.random_range(0.05..0.2), worn, 0.7);
    }
    canvas.grain(random, 12.0);
    canvas.finish()
}

/// The lid of a manhole.
pub fn manhole(random: &mut impl Rng) -> Arc<Texture> {
    let mut canvas = Canvas::clear([64, 64], [1.0, 1.0]);
    let iron = vary([70, 64, 60], 0.15, random);
    canvas.oval([0.5, 0.5], [0.49, 0.49], 0.0, shade(iron, 1.35), 1.0);
    canvas.oval([0.5, 0.5], [0.43, 0.43], 0.0, iron, 1.0);
    for row in 0..5 {
        for column in 0..5 {
            let at = [0.2 + column as f32 * 0.15, 0.2 + row as f32 * 0.15];
            canvas.rect([at[0] - 0.04, at[1] - 0.04, 0.08, 0.08], shade(iron, 0.6), 0.9);
        }
    }
    canvas.finish()
}

/// Boards side by side, 4 m long.
pub fn boards(base: Rgb, width: f32, random: &mut impl Rng) -> Arc<Texture> {
    let mut canvas = ground(shade(base, 0.45));
    let count = (GROUND / width).round() as u32;
    for board in 0..count {
        let (left, rgb) = (board as f32 * GROUND / count as f32, vary(base, 0.16, random));
        let inner = GROUND / count as f32 - 0.012;
        canvas.rect([left + 0.006, 0.0, inner, GROUND], rgb, 1.0);
        for _ in 0..5 {
            let x = left + random.random_range(0.02..inner);
            let bend = random.random_range(-0.01..0.01);
            canvas.line(&[[x, 0.0], [x + bend, GROUND / 2.0], [x, GROUND]], 0.006, shade(rgb, 0.75), 0.6);
        }
        let knot = [left + inner / 2.0, random.random_range(0.2..3.8)];
        canvas.oval(knot, [0.02, 0.03], 0.0, shade(rgb, 0.5), 0.8);
    }
    canvas.mottle(random, 10, 0.6, 0.1);
    canvas.grain(random, 10.0);
    canvas.finish()
}
