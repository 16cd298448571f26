//! What is in walls: windows, doors, shop windows, and dark ways in.

use std::sync::Arc;

use rand::{Rng, RngExt as _};

use super::canvas::{Canvas, Rgb, mix, pick, shade, vary};
use crate::texture::Texture;

/// How the windows of a house look.
#[derive(Clone, Copy)]
pub struct WindowStyle {
    /// Paint of the frames.
    pub frame: Rgb,
    /// Panes side by side.
    pub columns: u32,
    /// A bar across the upper third.
    pub transom: bool,
}

impl WindowStyle {
    /// Any.
    pub fn any(random: &mut impl Rng) -> Self {
        let frame = pick(
            &[[224, 222, 214], [232, 230, 226], [96, 66, 46], [60, 64, 66], [58, 84, 70], [186, 176, 156]],
            random,
        );
        Self { frame, columns: random.random_range(1..=3), transom: random.random_bool(0.5) }
    }
}

/// A window of `size` metres: a dark room behind glass, curtains or blinds or a plant, the sky mirrored, the frame.
pub fn window(size: [f32; 2], style: WindowStyle, random: &mut impl Rng) -> Arc<Texture> {
    let [width, height] = size;
    let room = vary(pick(&[[42, 44, 48], [54, 50, 46], [36, 42, 46]], random), 0.15, random);
    let mut canvas = Canvas::new([128, 128], size, room);
    canvas.fade([0.0, 0.0, width, height * 0.6], (shade(room, 0.6), 1.0), (room, 1.0));
    match random.random_range(0..6) {
        0 | 1 => curtains(&mut canvas, random),
        2 => blinds(&mut canvas, random),
        3 => plant(&mut canvas, random),
        4 => {
            let net = vary([214, 212, 206], 0.05, random);
            canvas.rect([0.0, 0.0, width, height * pick(&[0.5, 1.0], random)], net, 0.75);
        }
        _ => {}
    }
    reflection(&mut canvas, random);
    frame(&mut canvas, style);
    canvas.finish()
}

fn curtains(canvas: &mut Canvas, random: &mut impl Rng) {
    let [width, height] = canvas.size();
    let cloth = pick(
        &[[188, 180, 164], [150, 86, 74], [112, 128, 146], [196, 170, 120], [128, 140, 112], [208, 206, 200]],
        random,
    );
    let reach = width * random.random_range(0.16..0.42);
    for side in [0.0, width - reach] {
        canvas.rect([side, 0.0, reach, height], cloth, 1.0);
        for fold in 0..5 {
            let x = side + reach * (fold as f32 + 0.5) / 5.0;
            canvas.rect([x, 0.0, reach * 0.07, height], shade(cloth, 0.72), 0.8);
        }
    }
}

fn blinds(canvas: &mut Canvas, random: &mut impl Rng) {
    let [width, height] = canvas.size();
    let (slat, reach) = (vary([196, 192, 184], 0.1, random), height * random.random_range(0.3..1.0));
    let count = (reach / 0.06) as u32;
    for index in 0..count {
        canvas.rect([0.0, index as f32 * 0.06, width, 0.042], slat, 1.0);
    }
}

fn plant(canvas: &mut Canvas, random: &mut impl Rng) {
    let [width, height] = canvas.size();
    for pot in 0..random.random_range(1..4) {
        let x = width * (0.2 + 0.28 * pot as f32);
        for _ in 0..14 {
            let at = [x + random.random_range(-0.1..0.1), height - random.random_range(0.12..0.4)];
            canvas.oval(at, [0.05, 0.02], random.random_range(0.0..3.0), vary([66, 98, 56], 0.3, random), 1.0);
        }
        canvas.rect([x - 0.06, height - 0.2, 0.12, 0.14], [150, 84, 60], 1.0);
    }
}

/// Sky and the house over the way, mirrored aslant.
fn reflection(canvas: &mut Canvas, random: &mut impl Rng) {
    let [width, height] = canvas.size();
    let (strength, slant) = (random.random_range(0.08..0.3), random.random_range(0.1..0.6) * height);
    canvas.fade([0.0, 0.0, width, height], ([188, 206, 222], strength), ([120, 128, 134], strength * 0.4));
    let edge = random.random_range(0.2..0.6) * height;
    let strip =
        [[0.0, edge + slant], [width, edge], [width, edge + height * 0.22], [0.0, edge + slant + height * 0.22]];
    canvas.shape(&strip, [226, 232, 236], strength * 0.55);
}

fn frame(canvas: &mut Canvas, style: WindowStyle) {
    let [width, height] = canvas.size();
    let (bar, rgb) = (0.055, style.frame);
    let mut bars = vec![
        [0.0, 0.0, width, bar],
        [0.0, height - bar, width, bar],
        [0.0, 0.0, bar, height],
        [width - bar, 0.0, bar, height],
    ];
    bars.extend(
        (1..style.columns).map(|column| [width * column as f32 / style.columns as f32 - bar / 2.0, 0.0, bar, height]),
    );
    if style.transom {
        bars.push([0.0, height * 0.3, width, bar]);
    }
    for area in bars {
        canvas.rect([area[0] + 0.012, area[1] + 0.012, area[2], area[3]], shade(rgb, 0.4), 0.6);
        canvas.rect(area, rgb, 1.0);
    }
}

/// A shop window of `size` metres with goods on display.
pub fn shop_window(size: [f32; 2], frame_colour: Rgb, random: &mut impl Rng) -> Arc<Texture> {
    let [width, height] = size;
    let room = vary([62, 58, 54], 0.2, random);
    let mut canvas = Canvas::new([512, 256], size, room);
    canvas.fade([0.0, 0.0, width, height * 0.5], (mix(room, [230, 214, 170], 0.35), 1.0), (room, 1.0));
    shelves(&mut canvas, random);
    canvas.rect([0.0, height - 0.22, width, 0.22], vary([120, 104, 84], 0.2, random), 1.0);
    goods(&mut canvas, random);
    if random.random_bool(0.5) {
        let (left, rgb) =
            (random.random_range(0.1..width * 0.6), pick(&[[196, 40, 36], [232, 196, 40], [240, 240, 236]], random));
        canvas.rect([left, 0.35, 0.8, 0.5], rgb, 1.0);
        let ink = if rgb[1] > 150 { [40, 36, 36] } else { [244, 240, 230] };
        canvas.text_within(pick(&["SALE", "NEW", "OPEN", "-20"], random), [left + 0.08, 0.44, 0.64, 0.3], ink);
    }
    reflection(&mut canvas, random);
    frame(
        &mut canvas,
        WindowStyle { frame: frame_colour, columns: (width / 1.4).round().max(1.0) as u32, transom: false },
    );
    canvas.finish()
}

fn shelves(canvas: &mut Canvas, random: &mut impl Rng) {
    let [width, height] = canvas.size();
    for row in 0..3 {
        let y = height * (0.3 + 0.18 * row as f32);
        canvas.rect([0.0, y, width, 0.03], [96, 84, 70], 0.9);
        let mut x = 0.1;
        while x < width - 0.2 {
            let (wide, high) = (random.random_range(0.05..0.2), random.random_range(0.08..0.28));
            let bright = [random.random_range(50..190), random.random_range(50..180), random.random_range(50..170)];
            canvas.rect([x, y - high, wide, high], shade(bright, 0.75), 0.9);
            x += wide + random.random_range(0.0..0.12);
        }
    }
}

fn goods(canvas: &mut Canvas, random: &mut impl Rng) {
    let [width, height] = canvas.size();
    for _ in 0..(width * 3.0) as u32 {
        let rgb = [random.random_range(70..225), random.random_range(60..215), random.random_range(60..205)];
        let (x, size) = (random.random_range(0.1..width - 0.1), random.random_range(0.07..0.2));
        let foot = height - random.random_range(0.12..0.26);
        match random.random_range(0..3) {
            0 => canvas.oval([x, foot - size], [size * 0.7, size], 0.0, rgb, 1.0),
            1 => canvas.rect([x - size / 2.0, foot - size * 1.6, size, size * 1.6], rgb, 1.0),
            _ => canvas.shape(&[[x - size, foot], [x, foot - size * 2.0], [x + size, foot]], rgb, 1.0),
        }
    }
}

/// A closed door of `size` metres; `glass` is the share of its height that is glazed.
pub fn door(size: [f32; 2], rgb: Rgb, glass: f32, random: &mut impl Rng) -> Arc<Texture> {
    let [width, height] = size;
    let mut canvas = Canvas::new([128, 256], size, rgb);
    let leaves = if width > 1.5 { 2 } else { 1 };
    let leaf = width / leaves as f32;
    for index in 0..leaves {
        let left = index as f32 * leaf;
        let pane = [left + 0.13, 0.14, leaf - 0.26, height * glass];
        if glass > 0.0 {
            canvas.rect(pane, [44, 50, 54], 1.0);
            canvas.fade(pane, ([170, 186, 198], 0.5), ([80, 86, 90], 0.1));
        }
        let top = 0.14 + height * glass + 0.1;
        let room = height - top - 0.16;
        if room > 0.3 {
            for panel in 0..2 {
                let area = [left + 0.13, top + panel as f32 * room / 2.0, leaf - 0.26, room / 2.0 - 0.08];
                canvas.rect(area, shade(rgb, 0.7), 1.0);
                canvas.rect([area[0] + 0.02, area[1] + 0.02, area[2] - 0.02, area[3] - 0.02], shade(rgb, 1.06), 1.0);
            }
        }
        canvas.rect([left, 0.0, 0.015, height], shade(rgb, 0.4), 1.0);
        let handle = if index == 0 { left + leaf - 0.1 } else { left + 0.06 };
        canvas.rect([handle, height * 0.48, 0.035, 0.2], [196, 190, 172], 1.0);
    }
    canvas.fade([0.0, height * 0.8, width, height * 0.2], ([30, 26, 22], 0.0), ([30, 26, 22], 0.4));
    canvas.mottle(random, 8, 0.4, 0.06);
    canvas.finish()
}

/// An open way into a dark inside: a corridor with a far light, a floor and a door frame.
pub fn inside(size: [f32; 2], random: &mut impl Rng) -> Arc<Texture> {
    let [width, height] = size;
    let wall = vary([58, 52, 46], 0.2, random);
    let mut canvas = Canvas::new([128, 128], size, shade(wall, 0.7));
    let (left, right, top, bottom) = (width * 0.28, width * 0.72, height * 0.22, height * 0.78);
    canvas.shape(&[[0.0, height], [left, bottom], [right, bottom], [width, height]], shade(wall, 0.95), 1.0);
    canvas.shape(&[[0.0, 0.0], [left, top], [right, top], [width, 0.0]], shade(wall, 0.45), 1.0);
    canvas.rect([left, top, right - left, bottom - top], shade(wall, 1.2), 1.0);
    canvas.rect(
        [left + width * 0.1, top + height * 0.12, width * 0.18, bottom - top - height * 0.12],
        shade(wall, 0.6),
        1.0,
    );
    canvas.blot([width / 2.0, top], width * 0.3, [240, 214, 160], 0.4);
    canvas.finish()
}

/// A large pane of the hall seen from within: the bright outside, blurred.
pub fn daylight_window(size: [f32; 2], frame_colour: Rgb, random: &mut impl Rng) -> Arc<Texture> {
    let [width, height] = size;
    let mut canvas = Canvas::new([256, 256], size, [206, 216, 224]);
    canvas.fade([0.0, 0.0, width, height], ([216, 226, 236], 1.0), ([176, 178, 174], 1.0));
    for _ in 0..6 {
        let (left, wide) = (random.random_range(-0.5..width), random.random_range(0.6..2.0));
        let top = height * random.random_range(0.1..0.45);
        canvas.rect([left, top, wide, height * 0.75 - top], vary([178, 160, 138], 0.2, random), 0.55);
    }
    canvas.rect([0.0, height * 0.75, width, height * 0.25], [136, 134, 132], 0.8);
    frame(
        &mut canvas,
        WindowStyle { frame: frame_colour, columns: (width / 1.1).round().max(1.0) as u32, transom: true },
    );
    canvas.finish()
}
