//! Rain in the air.

use rand::{Rng, RngExt as _};

use super::target::Canvas;

/// Drops in a picture of a million pixels when it pours.
const DROPS: f32 = 900.0;
/// How far a drop falls while the shutter is open, as a share of the picture's height, right before the lens.
const LONGEST: f32 = 0.09;
/// Nearest and furthest drops, against those right before the lens.
const DEPTHS: std::ops::Range<f32> = 0.12..1.0;

/// Draws the streaks of a moment's drops. `bright` is the byte of the sky, which shines through them.
pub fn draw_rain(canvas: &mut Canvas, rain: f32, wind: f32, bright: u8, random: &mut impl Rng) {
    let [width, height] = canvas.size;
    let drops = (DROPS * rain * (width * height) as f32 / 1e6) as usize;
    let slant = wind * 0.35;
    for _ in 0..drops {
        // Most drops are far away: the room grows with the square of the distance.
        let near: f32 = random.random_range(DEPTHS).powi(2) + 0.06;
        let length = (LONGEST * near.min(1.0) * height as f32).max(3.0);
        let (x, y) = (random.random_range(0.0..width as f32), random.random_range(-length..height as f32));
        let share = random.random_range(24.0..70.0) * (1.0 - 0.4 * near);
        let thick = if near > 0.55 { 2 } else { 1 };
        for step in 0..length as usize {
            let (row, column) = (y + step as f32, x + slant * step as f32);
            if row >= 0.0 && (row as usize) < height && column >= 0.0 && (column as usize) + thick <= width {
                let start = (row as usize * width + column as usize) * 3;
                lighten(&mut canvas.rgb[start..start + thick * 3], bright, share as u16);
            }
        }
    }
}

/// Mixes `share` of 256 parts of `bright` into bytes.
fn lighten(bytes: &mut [u8], bright: u8, share: u16) {
    for byte in bytes {
        *byte = ((u16::from(*byte) * (256 - share) + u16::from(bright) * share) >> 8) as u8;
    }
}
