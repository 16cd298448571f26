//! Painting fur: colours by region, the pattern, eyes and nose, and hairs over all of it.

use std::f32::consts::TAU;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::{Coat, EAR, HEAD, LEG, NECK, Pattern, Region, TAIL, TORSO};
use crate::cast::canvas::{Canvas, Rgba, Spot, covering, shaded};

/// Pixels of the texture across and down.
const SIZE: u32 = 256;

/// The fur of a whole animal.
pub fn fur(coat: &Coat, random: &mut ChaCha8Rng) -> Canvas {
    let mut atlas = Canvas::new([SIZE, SIZE], [0.0, 0.0, 1.0, 1.0]);
    atlas.flood(coat.main.rgb);
    let pieces: [(Region, Painter); 6] =
        [(TORSO, torso), (HEAD, head), (LEG, leg), (NECK, neck), (TAIL, tail), (EAR, ear)];
    for ((from, to), painter) in pieces {
        let size = [to.x - from.x, to.y - from.y].map(|share| (share * SIZE as f32) as u32);
        let mut piece = Canvas::new(size, [0.0, 0.0, 1.0, 1.0]);
        piece.flood(coat.main.rgb);
        painter(&mut piece, coat, random);
        atlas.paste(&piece, [from.x, from.y].map(|share| (share * SIZE as f32) as i32));
    }
    atlas.speckle(7.0, random);
    atlas
}

/// Paints one piece, in shares of it.
type Painter = fn(&mut Canvas, &Coat, &mut ChaCha8Rng);

fn torso(canvas: &mut Canvas, coat: &Coat, random: &mut ChaCha8Rng) {
    let second = covering(coat.second.rgb, 1.0);
    match coat.pattern {
        Pattern::Plain => {}
        Pattern::TwoTone => {
            ragged(canvas, [0.0, 0.16], second, random);
            ragged(canvas, [0.84, 1.0], second, random);
            canvas.block([0.0, 0.8], [0.3, 1.0], second);
            canvas.block([0.7, 0.8], [1.0, 1.0], second);
        }
        Pattern::Saddle => ragged(canvas, [0.27, 0.73], second, random),
        Pattern::Spotted => spots(canvas, 34, [0.01, 0.035], second, random),
        Pattern::Tortoise => blots(canvas, coat, random),
        Pattern::Tabby => {
            let dark = covering(shaded(coat.main.rgb, 0.5), 0.85);
            for stripe in 0..9 {
                let v = 0.12 + 0.085 * stripe as f32;
                let sway = random.random_range(-0.03..0.03);
                for side in [-1.0, 1.0] {
                    let at = |out: f32, down: f32| [0.5 + side * out, v + down];
                    canvas.line(&[at(0.0, 0.0), at(0.12, sway), at(0.22, 0.03), at(0.3, 0.03 + sway)], 0.028, dark);
                }
            }
            canvas.line(&[[0.5, 0.05], [0.5, 0.95]], 0.05, dark);
            pale_belly(canvas, coat);
        }
    }
    if coat.pattern == Pattern::Plain {
        pale_belly(canvas, coat);
    }
    hairs(canvas, 620, 0.05, random);
}

/// Bellies are lighter than backs.
fn pale_belly(canvas: &mut Canvas, coat: &Coat) {
    let pale = shaded(coat.main.rgb, 1.25);
    for (edge, inwards) in [(0.0, 0.22), (1.0, 0.78)] {
        let outline = [[edge, 0.0], [edge, 1.0], [inwards, 1.0], [inwards, 0.0]];
        canvas.fade_within(&outline, [[edge, 0.0], [inwards, 0.0]], [covering(pale, 0.7), covering(pale, 0.0)]);
    }
}

/// A band along the body between two lines round it, its edges ragged as fur's are.
fn ragged(canvas: &mut Canvas, [from, to]: [f32; 2], colour: Rgba, random: &mut ChaCha8Rng) {
    let mut edge = |u: f32, v: f32| {
        let rough = if u <= 0.0 || u >= 1.0 { 0.0 } else { random.random_range(-0.035..0.035) };
        [u + rough, v]
    };
    let steps = 16;
    let there: Vec<Spot> = (0..=steps).map(|index| edge(from, index as f32 / steps as f32)).collect();
    let back: Vec<Spot> = (0..=steps).rev().map(|index| edge(to, index as f32 / steps as f32)).collect();
    canvas.fill(&[there, back].concat(), colour);
}

fn spots(canvas: &mut Canvas, count: u32, [small, large]: [f32; 2], colour: Rgba, random: &mut ChaCha8Rng) {
    for _ in 0..count {
        let radius = random.random_range(small..large);
        let middle = [random.random_range(0.05..0.95), random.random_range(0.05..0.95)];
        // A torso's piece is twice as wide as high.
        canvas.oval(middle, [radius, radius * 1.8], colour);
    }
}

/// Irregular patches of the second colour and of black.
fn blots(canvas: &mut Canvas, coat: &Coat, random: &mut ChaCha8Rng) {
    for index in 0..26 {
        let colour = if index % 2 == 0 { coat.second.rgb } else { [38, 32, 30] };
        let (x, y) = (random.random_range(0.0f32..1.0), random.random_range(0.0f32..1.0));
        let size = random.random_range(0.05..0.13);
        let outline: Vec<Spot> = (0..9)
            .map(|corner| {
                let (sin, cos) = (corner as f32 / 9.0 * TAU).sin_cos();
                let reach = size * random.random_range(0.5..1.2);
                [x + cos * reach, y + sin * reach * 1.4]
            })
            .collect();
        canvas.fill(&outline, covering(colour, 0.92));
    }
}

fn head(canvas: &mut Canvas, coat: &Coat, random: &mut ChaCha8Rng) {
    let second = covering(coat.second.rgb, 1.0);
    match coat.pattern {
        Pattern::TwoTone => {
            canvas.fill(
                &[
                    [0.0, 0.5],
                    [0.26, 0.52],
                    [0.38, 0.66],
                    [0.46, 0.6],
                    [0.485, 0.2],
                    [0.515, 0.2],
                    [0.54, 0.6],
                    [0.62, 0.66],
                    [0.74, 0.52],
                    [1.0, 0.5],
                    [1.0, 1.0],
                    [0.0, 1.0],
                ],
                second,
            );
        }
        Pattern::Saddle => canvas.block([0.3, 0.56], [0.7, 1.0], covering(shaded(coat.second.rgb, 0.9), 0.85)),
        Pattern::Spotted => spots(canvas, 9, [0.02, 0.05], second, random),
        Pattern::Tortoise => blots(canvas, coat, random),
        Pattern::Tabby => {
            let dark = covering(shaded(coat.main.rgb, 0.5), 0.85);
            for u in [0.42, 0.47, 0.53, 0.58] {
                canvas.line(&[[u, 0.12], [0.5 + (u - 0.5) * 0.8, 0.42]], 0.022, dark);
            }
            canvas.line(&[[0.24, 0.2], [0.34, 0.44]], 0.03, dark);
            canvas.line(&[[0.76, 0.2], [0.66, 0.44]], 0.03, dark);
            canvas.block([0.0, 0.62], [1.0, 0.95], covering(coat.second.rgb, 0.55));
        }
        Pattern::Plain => {}
    }
    hairs(canvas, 200, 0.07, random);
    features(canvas);
}

/// Eyes, the mouth's line, and the nose.
fn features(canvas: &mut Canvas) {
    for side in [-1.0, 1.0] {
        let eye = [0.5 + side * 0.125, 0.48];
        canvas.oval(eye, [0.055, 0.05], [18, 14, 12, 255]);
        canvas.oval([eye[0], eye[1] + 0.005], [0.038, 0.034], [96, 62, 26, 255]);
        canvas.oval([eye[0], eye[1] + 0.005], [0.024, 0.026], [10, 8, 8, 255]);
        canvas.oval([eye[0] - 0.012, eye[1] - 0.014], [0.009, 0.009], [240, 240, 240, 255]);
        canvas.line(
            &[[0.5 + side * 0.3, 0.64], [0.5 + side * 0.3, 0.86], [0.5 + side * 0.42, 0.95]],
            0.018,
            [30, 22, 20, 200],
        );
    }
    canvas.block([0.34, 0.86], [0.66, 1.0], [22, 19, 19, 255]);
    canvas.block([0.0, 0.95], [1.0, 1.0], [24, 20, 20, 255]);
}

fn leg(canvas: &mut Canvas, coat: &Coat, random: &mut ChaCha8Rng) {
    let second = covering(coat.second.rgb, 1.0);
    match coat.pattern {
        Pattern::TwoTone => canvas.block([0.0, 0.62], [1.0, 1.0], second),
        Pattern::Spotted => spots(canvas, 7, [0.04, 0.09], second, random),
        Pattern::Tortoise => blots(canvas, coat, random),
        Pattern::Tabby => rings(canvas, coat, [0.1, 0.85], 6),
        Pattern::Plain | Pattern::Saddle => {}
    }
    hairs(canvas, 140, 0.05, random);
    for toe in [0.36, 0.5, 0.64] {
        canvas.line(&[[toe, 0.95], [toe, 1.0]], 0.04, [30, 26, 24, 190]);
    }
}

fn neck(canvas: &mut Canvas, coat: &Coat, random: &mut ChaCha8Rng) {
    let second = covering(coat.second.rgb, 1.0);
    match coat.pattern {
        Pattern::TwoTone => {
            canvas.block([0.0, 0.0], [0.24, 1.0], second);
            canvas.block([0.76, 0.0], [1.0, 1.0], second);
        }
        Pattern::Saddle => canvas.fade([0.3, 0.0], [0.7, 1.0], [second, covering(coat.second.rgb, 0.0)]),
        Pattern::Spotted => spots(canvas, 5, [0.04, 0.08], second, random),
        Pattern::Tortoise => blots(canvas, coat, random),
        Pattern::Tabby => rings(canvas, coat, [0.15, 0.85], 3),
        Pattern::Plain => {}
    }
    hairs(canvas, 120, 0.09, random);
}

fn tail(canvas: &mut Canvas, coat: &Coat, random: &mut ChaCha8Rng) {
    match coat.pattern {
        Pattern::TwoTone => canvas.block([0.0, 0.75], [1.0, 1.0], covering(coat.second.rgb, 1.0)),
        Pattern::Saddle => canvas.block([0.2, 0.0], [0.8, 1.0], covering(coat.second.rgb, 0.9)),
        Pattern::Tabby => rings(canvas, coat, [0.05, 0.95], 8),
        Pattern::Tortoise => blots(canvas, coat, random),
        Pattern::Spotted | Pattern::Plain => {}
    }
    hairs(canvas, 80, 0.1, random);
}

fn ear(canvas: &mut Canvas, coat: &Coat, random: &mut ChaCha8Rng) {
    match coat.pattern {
        Pattern::Spotted => canvas.flood(coat.second.rgb),
        Pattern::Saddle => canvas.flood(shaded(coat.second.rgb, 0.9)),
        _ => canvas.flood(shaded(coat.main.rgb, 0.88)),
    }
    hairs(canvas, 40, 0.1, random);
}

/// Dark rings round a leg or a tail.
fn rings(canvas: &mut Canvas, coat: &Coat, [from, to]: [f32; 2], count: u32) {
    let dark = covering(shaded(coat.main.rgb, 0.5), 0.8);
    for ring in 0..count {
        let v = from + (to - from) * ring as f32 / count as f32;
        canvas.block([0.0, v], [1.0, v + (to - from) / count as f32 * 0.4], dark);
    }
}

/// Short strokes along the body, lighter and darker than what is below.
fn hairs(canvas: &mut Canvas, count: u32, length: f32, random: &mut ChaCha8Rng) {
    for _ in 0..count {
        let (u, v) = (random.random_range(0.0f32..1.0), random.random_range(0.0f32..1.0));
        let aside = random.random_range(-0.012..0.012);
        let light = if random.random_bool(0.5) { [0, 0, 0] } else { [255, 246, 230] };
        let strength = random.random_range(0.04..0.13);
        canvas.line(&[[u, v], [u + aside, v - length]], 0.005, covering(light, strength));
    }
}
