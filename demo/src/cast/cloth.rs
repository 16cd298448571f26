//! Paints the textures of clothes: patterns, seams, buttons, pockets and folds. Canvases are in metres; a trunk's goes all
//! the way around, from the middle of the back over the right side, the front and the left side.

use std::sync::Arc;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, covering, shaded};
use super::clothes::{Bag, Bottom, BottomCut, Dye, Outfit, Pattern, Top, TopCut};
use crate::texture::Texture;

/// Around a trunk and from the neck to the hem of a jacket, in metres.
const TRUNK: [f32; 2] = [1.05, 0.6];
/// Around an arm, and its length.
const SLEEVE: [f32; 2] = [0.36, 0.56];
/// Around a leg, and its length.
const LEG: [f32; 2] = [0.45, 0.85];
/// Around what hangs about the legs, and its length.
const HANGING: [f32; 2] = [1.2, 0.6];
/// How dark seams are.
const SEAM: f32 = 0.35;
/// Unevenness of cloth, of 255.
const GRAIN: f32 = 5.0;

const BLACK: [u8; 3] = [0, 0, 0];
const WHITE: [u8; 3] = [255, 255, 255];

/// The trunk of a top, with the straps of the bag.
pub(super) fn trunk(outfit: &Outfit, random: &mut ChaCha8Rng) -> Arc<Texture> {
    let [width, height] = TRUNK;
    let mut canvas = Canvas::new([256, 256], [0.0, 0.0, width, height]);
    let top = &outfit.top;
    weave(&mut canvas, TRUNK, top);
    match top.pattern {
        Pattern::TwoTone => {
            canvas.block([0.0, 0.0], [width, 0.24], covering(top.second.colour, 1.0));
            canvas.line(&[[0.0, 0.24], [width, 0.24]], 0.005, covering(BLACK, SEAM));
        }
        Pattern::Logo => sign(&mut canvas, [width / 2.0, 0.24], 0.11, top),
        Pattern::BackPrint => {
            for middle in [0.0, width] {
                sign(&mut canvas, [middle, 0.27], 0.15, top);
            }
        }
        Pattern::Plain | Pattern::Stripes | Pattern::Pinstripes | Pattern::Checks => {}
    }
    hollows(&mut canvas, TRUNK);
    front(&mut canvas, top, [width / 2.0, height]);
    folds(&mut canvas, TRUNK, 26, random);
    if let Some((bag, dye)) = outfit.bag {
        straps(&mut canvas, bag, dye);
    }
    canvas.speckle(GRAIN, random);
    canvas.texture()
}

/// A sleeve; the same for both arms.
pub(super) fn sleeve(top: &Top, random: &mut ChaCha8Rng) -> Arc<Texture> {
    let size = [SLEEVE[0], SLEEVE[1] * top.sleeve];
    let mut canvas = Canvas::new([128, 128], [0.0, 0.0, size[0], size[1]]);
    weave(&mut canvas, size, top);
    if top.pattern == Pattern::TwoTone {
        canvas.block([0.0, 0.0], [size[0], 0.16], covering(top.second.colour, 1.0));
    }
    folds(&mut canvas, size, if top.sleeve > 0.5 { 14 } else { 4 }, random);
    let cuff = size[1] - if top.cut == TopCut::Hoodie { 0.05 } else { 0.025 };
    canvas.block([0.0, cuff], size, covering(BLACK, 0.08));
    canvas.line(&[[0.0, cuff], [size[0], cuff]], 0.004, covering(BLACK, SEAM));
    canvas.speckle(GRAIN, random);
    canvas.texture()
}

/// What of a coat, a dress or a skirt hangs around the legs.
pub(super) fn hanging(top: &Top, random: &mut ChaCha8Rng) -> Arc<Texture> {
    let [width, height] = HANGING;
    let mut canvas = Canvas::new([256, 128], [0.0, 0.0, width, height]);
    let plain =
        Top { pattern: if matches!(top.pattern, Pattern::TwoTone) { Pattern::Plain } else { top.pattern }, ..*top };
    weave(&mut canvas, HANGING, &plain);
    for _ in 0..22 {
        let x = random.random_range(0.0..width);
        let lean = random.random_range(-0.03..0.03);
        fold(
            &mut canvas,
            &[[x, 0.05], [x + lean * 0.4, 0.3], [x + lean, height]],
            random.random_range(0.015..0.04),
            0.8,
        );
    }
    if top.cut == TopCut::Coat {
        let middle = width / 2.0;
        canvas.line(&[[middle + 0.02, 0.0], [middle + 0.03, height]], 0.008, covering(BLACK, 0.45));
        canvas.line(&[[0.0, 0.25], [0.0, height]], 0.008, covering(BLACK, 0.4));
    }
    canvas.line(&[[0.0, height - 0.03], [width, height - 0.03]], 0.004, covering(BLACK, 0.2));
    canvas.speckle(GRAIN, random);
    canvas.texture()
}

/// The part of trousers around the hips, from the belt to the crotch.
pub(super) fn hips(bottom: &Bottom, random: &mut ChaCha8Rng) -> Arc<Texture> {
    let [width, height] = [1.05, 0.2];
    let mut canvas = Canvas::new([128, 32], [0.0, 0.0, width, height]);
    canvas.flood(bottom.dye.colour);
    canvas.block([0.0, 0.03], [width, 0.065], covering([38, 28, 22], 1.0));
    canvas.block([width / 2.0 - 0.02, 0.03], [width / 2.0 + 0.02, 0.065], covering([150, 145, 130], 1.0));
    for middle in [0.12, width - 0.12] {
        canvas.outline(
            &[[middle - 0.06, 0.1], [middle + 0.06, 0.1], [middle + 0.06, 0.19], [middle - 0.06, 0.19]],
            0.008,
            covering(BLACK, 0.3),
        );
    }
    canvas.line(&[[width / 2.0, 0.065], [width / 2.0, height]], 0.008, covering(BLACK, 0.3));
    canvas.speckle(GRAIN, random);
    canvas.texture()
}

/// A leg of trousers; the same for both.
pub(super) fn leg(bottom: &Bottom, random: &mut ChaCha8Rng) -> Arc<Texture> {
    let [width, height] = LEG;
    let mut canvas = Canvas::new([128, 256], [0.0, 0.0, width, height]);
    canvas.flood(bottom.dye.colour);
    if bottom.cut == BottomCut::Jeans {
        // Worn pale at the thigh and the knee.
        for share in [1.0, 0.75, 0.5, 0.25] {
            canvas.oval([width / 2.0, 0.24], [0.09 * share, 0.24 * share], covering(WHITE, 0.035));
        }
    }
    for seam in [width * 0.25, width * 0.75] {
        canvas.line(&[[seam, 0.0], [seam, height]], 0.006, covering(BLACK, SEAM));
    }
    if bottom.cut == BottomCut::Trousers {
        canvas.line(&[[width / 2.0, 0.05], [width / 2.0, height]], 0.004, covering(WHITE, 0.14));
    }
    canvas.fade([0.0, 0.0], [width, 0.16], [covering(BLACK, 0.22), covering(BLACK, 0.0)]);
    folds(&mut canvas, LEG, 12, random);
    // Cloth gathers at the back of the knee and above the shoe.
    for (middle, reach, count) in [(height * 0.5, 0.07, 7), (height * 0.93, 0.05, 8)] {
        for _ in 0..count {
            let (x, y) = (random.random_range(0.0..width), middle + random.random_range(-reach..reach));
            let lean = random.random_range(-0.02..0.02);
            fold(&mut canvas, &[[x - 0.06, y], [x, y + lean], [x + 0.06, y - lean * 0.5]], 0.016, 0.55);
        }
    }
    canvas.line(&[[0.0, height - 0.025], [width, height - 0.025]], 0.004, covering(BLACK, 0.3));
    canvas.speckle(GRAIN, random);
    canvas.texture()
}

/// A shoe: the sole on the lower half of the way around, laces on top.
pub(super) fn shoe(outfit: &Outfit, random: &mut ChaCha8Rng) -> Arc<Texture> {
    let mut canvas = Canvas::new([64, 64], [0.0, 0.0, 1.0, 1.0]);
    canvas.flood(outfit.shoes.colour);
    let sole = if outfit.white_soles { [225, 222, 214] } else { [28, 26, 25] };
    canvas.block([0.0, 0.0], [0.24, 1.0], covering(sole, 1.0));
    canvas.block([0.76, 0.0], [1.0, 1.0], covering(sole, 1.0));
    let laces = if outfit.white_soles { WHITE } else { shaded(outfit.shoes.colour, 0.5) };
    for lace in 0..4_u8 {
        let v = 0.38 + 0.07 * f32::from(lace);
        canvas.line(&[[0.45, v], [0.55, v]], 0.02, covering(laces, 0.8));
    }
    canvas.block([0.24, 0.8], [0.76, 1.0], covering(BLACK, 0.12));
    canvas.line(&[[0.24, 0.76], [0.5, 0.7], [0.76, 0.76]], 0.02, covering(BLACK, 0.3));
    canvas.speckle(GRAIN, random);
    canvas.texture()
}

/// Cloth or leather of one colour, with folds and a seam: bags, hats, scarves.
pub(super) fn stuff(dye: Dye, random: &mut ChaCha8Rng) -> Arc<Texture> {
    let mut canvas = Canvas::new([64, 64], [0.0, 0.0, 0.4, 0.4]);
    canvas.flood(dye.colour);
    canvas.fade([0.0, 0.0], [0.4, 0.4], [covering(WHITE, 0.08), covering(BLACK, 0.2)]);
    canvas.line(&[[0.0, 0.13], [0.4, 0.13]], 0.012, covering(BLACK, SEAM));
    canvas.outline(&[[0.12, 0.2], [0.28, 0.2], [0.28, 0.34], [0.12, 0.34]], 0.01, covering(BLACK, SEAM));
    folds(&mut canvas, [0.4, 0.4], 5, random);
    canvas.speckle(GRAIN, random);
    canvas.texture()
}

/// The colour and the pattern of cloth.
fn weave(canvas: &mut Canvas, [width, height]: [f32; 2], top: &Top) {
    canvas.flood(top.dye.colour);
    let second = |share: f32| covering(top.second.colour, share);
    // A whole number of repeats around, so that the pattern closes at the back.
    let across = width / (width / top.repeat).round().max(1.0);
    let count = |length: f32, step: f32| (length / step).ceil() as u16;
    match top.pattern {
        Pattern::Stripes => {
            for stripe in 0..count(height, top.repeat) {
                let y = top.repeat * f32::from(stripe);
                canvas.block([0.0, y], [width, y + top.repeat * 0.45], second(1.0));
            }
        }
        Pattern::Pinstripes => {
            for stripe in 0..count(width, across) {
                let x = across * f32::from(stripe);
                canvas.block([x, 0.0], [x + across * 0.3, height], second(0.9));
            }
        }
        Pattern::Checks => {
            for stripe in 0..count(width, across) {
                let x = across * f32::from(stripe);
                canvas.block([x, 0.0], [x + across * 0.45, height], second(0.55));
                canvas.block([x + across * 0.68, 0.0], [x + across * 0.74, height], covering(WHITE, 0.3));
            }
            for stripe in 0..count(height, across) {
                let y = across * f32::from(stripe);
                canvas.block([0.0, y], [width, y + across * 0.45], second(0.55));
                canvas.block([0.0, y + across * 0.68], [width, y + across * 0.74], covering(WHITE, 0.3));
            }
        }
        Pattern::Plain | Pattern::TwoTone | Pattern::Logo | Pattern::BackPrint => {}
    }
}

/// A sign of one of a few forms, `size` from the middle to its edge.
fn sign(canvas: &mut Canvas, [x, y]: [f32; 2], size: f32, top: &Top) {
    let colour = covering(top.second.colour, 1.0);
    match (top.repeat * 1000.0) as u32 % 4 {
        0 => canvas.oval([x, y], [size, size], colour),
        1 => {
            for row in 0..3_u8 {
                let y = y + size * (f32::from(row) - 1.0) * 0.6;
                let wide = size * (1.0 - 0.25 * f32::from(row % 2));
                canvas.block([x - wide, y - size * 0.18], [x + wide, y + size * 0.18], colour);
            }
        }
        2 => canvas.fill(&[[x, y - size], [x - size, y + size * 0.8], [x + size, y + size * 0.8]], colour),
        _ => {
            canvas.ring([x, y], [size * 0.8, size * 0.8], size * 0.3, colour);
            canvas.block([x - size * 0.9, y - size * 0.12], [x + size * 0.9, y + size * 0.12], colour);
        }
    }
}

/// It is darker under the arms and towards the hem.
fn hollows(canvas: &mut Canvas, [width, height]: [f32; 2]) {
    for side in [0.25, 0.75] {
        for share in [1.0, 0.75, 0.5, 0.25] {
            canvas.oval([width * side, height * 0.4], [0.11 * share, 0.3 * share], covering(BLACK, 0.06));
        }
    }
    canvas.fade([0.0, height * 0.7], [width, height], [covering(BLACK, 0.0), covering(BLACK, 0.15)]);
}

/// Buttons, zips, collars, pockets.
fn front(canvas: &mut Canvas, top: &Top, [middle, height]: [f32; 2]) {
    let dark = covering(BLACK, SEAM);
    match top.cut {
        TopCut::TShirt | TopCut::Dress => {
            canvas.line(
                &[[0.0, 0.045], [middle - 0.1, 0.05], [middle, 0.085], [middle + 0.1, 0.05], [middle * 2.0, 0.045]],
                0.014,
                dark,
            );
        }
        TopCut::Shirt => {
            canvas.line(&[[middle + 0.015, 0.05], [middle + 0.015, height]], 0.004, dark);
            for button in 0..6_u8 {
                canvas.oval([middle, 0.1 + 0.085 * f32::from(button)], [0.008, 0.008], covering(WHITE, 0.85));
            }
            for side in [-1.0, 1.0] {
                let collar = [[middle, 0.06], [middle + side * 0.1, 0.03], [middle + side * 0.075, 0.115]];
                canvas.fill(&collar, covering(shaded(top.dye.colour, 1.12), 1.0));
                canvas.outline(&collar, 0.004, dark);
            }
            canvas.outline(
                &[[middle + 0.05, 0.19], [middle + 0.14, 0.19], [middle + 0.14, 0.29], [middle + 0.05, 0.29]],
                0.004,
                dark,
            );
        }
        TopCut::Hoodie => {
            let pocket = [
                [middle - 0.1, 0.4],
                [middle + 0.1, 0.4],
                [middle + 0.15, 0.47],
                [middle + 0.15, 0.54],
                [middle - 0.15, 0.54],
                [middle - 0.15, 0.47],
            ];
            canvas.fill(&pocket, covering(BLACK, 0.1));
            canvas.outline(&pocket, 0.006, dark);
            for side in [-0.035, 0.035] {
                canvas.line(
                    &[[middle + side, 0.06], [middle + side * 1.3, 0.2]],
                    0.008,
                    covering([215, 212, 205], 0.9),
                );
            }
            canvas.block([0.0, height - 0.04], [middle * 2.0, height], covering(BLACK, 0.15));
        }
        TopCut::Jacket | TopCut::Coat => {
            let zip = if top.cut == TopCut::Jacket { covering([170, 170, 168], 0.9) } else { covering(BLACK, 0.5) };
            canvas.line(&[[middle, 0.04], [middle, height]], 0.016, covering(BLACK, 0.35));
            canvas.line(&[[middle, 0.04], [middle, height]], 0.006, zip);
            for side in [-1.0, 1.0] {
                canvas.line(&[[middle + side * 0.1, 0.4], [middle + side * 0.19, 0.5]], 0.012, covering(BLACK, 0.45));
                if top.cut == TopCut::Coat {
                    let lapel = [[middle, 0.3], [middle + side * 0.1, 0.03], [middle + side * 0.14, 0.14]];
                    canvas.fill(&lapel, covering(shaded(top.dye.colour, 1.2), 1.0));
                    canvas.outline(&lapel, 0.005, dark);
                }
            }
            if top.cut == TopCut::Coat {
                for button in 0..3_u8 {
                    canvas.oval(
                        [middle + 0.04, 0.33 + 0.1 * f32::from(button)],
                        [0.013, 0.013],
                        covering([20, 18, 16], 0.9),
                    );
                }
            }
        }
    }
}

/// Straps over the shoulders or across the chest.
fn straps(canvas: &mut Canvas, bag: Bag, dye: Dye) {
    let [width, _] = TRUNK;
    let mut strap = |points: &[[f32; 2]]| {
        canvas.line(points, 0.055, covering(BLACK, 0.25));
        canvas.line(points, 0.042, covering(shaded(dye.colour, 0.85), 1.0));
    };
    match bag {
        Bag::Backpack => {
            for side in [-1.0, 1.0] {
                let front = |across: f32| width / 2.0 + side * across;
                strap(&[
                    [front(0.13), 0.0],
                    [front(0.115), 0.12],
                    [front(0.12), 0.25],
                    [front(0.2), 0.36],
                    [front(0.27), 0.42],
                ]);
            }
        }
        Bag::ShoulderBag => {
            // From the right shoulder to the left hip, before and behind.
            strap(&[[width * 0.37, 0.0], [width * 0.5, 0.22], [width * 0.7, 0.6]]);
            strap(&[[width * 0.13, 0.0], [width * 0.0, 0.25]]);
            strap(&[[width, 0.25], [width * 0.82, 0.6]]);
        }
        Bag::Handbag => {}
    }
}

/// Folds at random, mostly downwards.
fn folds(canvas: &mut Canvas, [width, height]: [f32; 2], count: u8, random: &mut ChaCha8Rng) {
    for _ in 0..count {
        let start = [random.random_range(0.0..width), random.random_range(0.1..0.9) * height];
        let along = [random.random_range(-0.09..0.09), random.random_range(0.04..0.16)];
        let bend = random.random_range(-0.02..0.02);
        let middle = [start[0] + along[0] * 0.5 + bend, start[1] + along[1] * 0.5];
        let strength = random.random_range(0.4..1.0);
        fold(
            canvas,
            &[start, middle, [start[0] + along[0], start[1] + along[1]]],
            random.random_range(0.012..0.03),
            strength,
        );
    }
}

/// A soft valley with a ridge beside it.
fn fold(canvas: &mut Canvas, points: &[[f32; 2]], width: f32, strength: f32) {
    let ridge: Vec<[f32; 2]> = points.iter().map(|[x, y]| [x + width, y - width * 0.2]).collect();
    for share in [1.4, 1.0, 0.6, 0.3] {
        canvas.line(points, width * share, covering(BLACK, 0.06 * strength));
        canvas.line(&ridge, width * share, covering(WHITE, 0.022 * strength));
    }
}
