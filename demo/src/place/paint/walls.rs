//! Walls: brick, plaster, stone, panels, corrugated metal. Each picture fits itself at its edges.

use std::sync::Arc;

use rand::{Rng, RngExt as _};

use super::canvas::{Canvas, Rgb, mix, pick, shade, vary};
use crate::texture::Texture;

/// The side of a wall texture in metres.
pub const WALL: f32 = 4.0;

fn wall(rgb: Rgb) -> Canvas {
    Canvas::new([512, 512], [WALL, WALL], rgb)
}

/// For walls without fine lines.
fn plain_wall(rgb: Rgb) -> Canvas {
    Canvas::new([256, 256], [WALL, WALL], rgb)
}

/// Stretcher bond with mortar, burnt and pale bricks, and streaks of lime.
pub fn brick(random: &mut impl Rng) -> Arc<Texture> {
    let base =
        pick(&[[138, 74, 56], [156, 96, 70], [118, 66, 54], [172, 140, 98], [104, 84, 74], [190, 178, 160]], random);
    let mortar = vary(pick(&[[168, 160, 148], [120, 114, 106], [192, 186, 174]], random), 0.06, random);
    let mut canvas = wall(mortar);
    let (columns, rows) = (16, 48);
    let (width, height) = (WALL / columns as f32, WALL / rows as f32);
    for row in 0..rows {
        let shift = if row % 2 == 0 { 0.0 } else { width / 2.0 };
        for column in 0..=columns {
            let edge = shift > 0.0 && (column == 0 || column == columns);
            let odd = if random.random_bool(0.12) { 0.72 } else { 1.0 };
            let rgb = if edge { base } else { vary(shade(base, odd), 0.14, random) };
            let left = column as f32 * width - shift;
            canvas.rect([left, row as f32 * height, width - 0.012, height - 0.012], rgb, 1.0);
        }
    }
    weather(&mut canvas, random, 0.10);
    canvas.grain(random, 14.0);
    canvas.finish()
}

/// Plaster in a colour, with cracks and stains.
pub fn plaster(base: Rgb, random: &mut impl Rng) -> Arc<Texture> {
    let mut canvas = plain_wall(base);
    canvas.mottle(random, 25, 0.5, 0.06);
    weather(&mut canvas, random, 0.08);
    for _ in 0..random.random_range(0..4) {
        let (start, angle) = (canvas.anywhere(random), random.random_range(0.8..2.4));
        canvas.crack(random, start, angle, 9, 0.12, shade(base, 0.68));
    }
    canvas.grain(random, 9.0);
    canvas.finish()
}

/// Clean paint, as indoors, with a few marks.
pub fn paint(base: Rgb, random: &mut impl Rng) -> Arc<Texture> {
    let mut canvas = plain_wall(base);
    canvas.mottle(random, 12, 0.6, 0.03);
    for _ in 0..random.random_range(0..5) {
        let at = canvas.anywhere(random);
        canvas.blot(at, random.random_range(0.03..0.12), shade(base, 0.7), 0.4);
    }
    canvas.grain(random, 5.0);
    canvas.finish()
}

/// Ashlar: large stones with deep joints, as at the foot of old houses.
pub fn stone(base: Rgb, random: &mut impl Rng) -> Arc<Texture> {
    let mut canvas = wall(shade(base, 0.6));
    let (columns, rows) = (5, 10);
    let (width, height) = (WALL / columns as f32, WALL / rows as f32);
    for row in 0..rows {
        let shift = if row % 2 == 0 { 0.0 } else { width / 2.0 };
        for column in 0..=columns {
            let edge = shift > 0.0 && (column == 0 || column == columns);
            let rgb = if edge { base } else { vary(base, 0.07, random) };
            let area = [column as f32 * width - shift, row as f32 * height, width - 0.03, height - 0.03];
            canvas.rect(area, rgb, 1.0);
            canvas.rect([area[0], area[1], area[2], 0.02], shade(rgb, 1.15), 0.7);
            canvas.rect([area[0], area[1] + area[3] - 0.02, area[2], 0.02], shade(rgb, 0.8), 0.7);
        }
    }
    weather(&mut canvas, random, 0.1);
    canvas.grain(random, 14.0);
    canvas.finish()
}

/// Upright ribs: corrugated metal, a shutter, a cladding.
pub fn ribs(base: Rgb, width: f32, random: &mut impl Rng) -> Arc<Texture> {
    let mut canvas = wall(base);
    let count = (WALL / width).round() as u32;
    for rib in 0..count {
        let left = rib as f32 * WALL / count as f32;
        canvas.rect([left, 0.0, width * 0.3, WALL], shade(base, 1.18), 0.8);
        canvas.rect([left + width * 0.6, 0.0, width * 0.3, WALL], shade(base, 0.7), 0.8);
    }
    weather(&mut canvas, random, 0.14);
    for _ in 0..random.random_range(0..12) {
        let at = canvas.anywhere(random);
        canvas.blot(at, random.random_range(0.05..0.25), [122, 72, 40], 0.5);
    }
    canvas.grain(random, 8.0);
    canvas.finish()
}

/// Brushed or painted metal, also used for plain smooth things with a little dirt.
pub fn smooth(base: Rgb, random: &mut impl Rng) -> Arc<Texture> {
    let mut canvas = Canvas::new([64, 64], [1.0, 1.0], base);
    canvas.mottle(random, 12, 0.25, 0.10);
    canvas.fade([0.0, 0.6, 1.0, 0.4], (shade(base, 0.6), 0.0), (shade(base, 0.5), 0.35));
    canvas.grain(random, 8.0);
    canvas.finish()
}

/// Roof tiles in overlapping rows.
pub fn roof(random: &mut impl Rng) -> Arc<Texture> {
    let base = pick(&[[142, 72, 52], [96, 58, 48], [72, 74, 80], [112, 92, 80]], random);
    let mut canvas = plain_wall(shade(base, 0.5));
    for row in 0..16 {
        for column in 0..20 {
            let rgb = vary(base, 0.15, random);
            canvas.rect([column as f32 * 0.2, row as f32 * 0.25, 0.19, 0.22], rgb, 1.0);
            canvas.rect([column as f32 * 0.2, row as f32 * 0.25 + 0.18, 0.19, 0.04], shade(rgb, 1.2), 0.6);
        }
    }
    weather(&mut canvas, random, 0.12);
    canvas.finish()
}

/// A colour houses are painted in.
pub fn facade_colour(random: &mut impl Rng) -> Rgb {
    let colours = [
        [206, 190, 158],
        [188, 148, 108],
        [172, 176, 168],
        [196, 172, 150],
        [150, 164, 170],
        [204, 204, 196],
        [180, 128, 104],
        [164, 170, 138],
        [214, 196, 132],
        [134, 128, 122],
        [190, 160, 156],
    ];
    vary(pick(&colours, random), 0.07, random)
}

/// Rain streaks, soot and lime.
fn weather(canvas: &mut Canvas, random: &mut impl Rng, alpha: f32) {
    canvas.mottle(random, 10, 0.7, alpha);
    for _ in 0..random.random_range(6..22) {
        let [x, y] = canvas.anywhere(random);
        let (length, width) = (random.random_range(0.3..1.6_f32), random.random_range(0.03..0.12_f32));
        let rgb = if random.random_bool(0.75) { [40, 36, 32] } else { mix([220, 214, 204], [180, 170, 150], 0.5) };
        let room = length.min(WALL - y);
        canvas.fade([x, y, width.min(WALL - x), room], (rgb, alpha * 1.2), (rgb, 0.0));
    }
}
