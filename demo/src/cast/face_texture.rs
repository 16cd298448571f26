//! The texture of a head: skin and everything that is painted on it.

use std::sync::Arc;

use rand::RngExt as _;

use super::brush::ellipse;
use super::complexion::{lit, mixed};
use super::face::Face;
use super::face_painter::FacePainter;
use super::face_shape::FaceShape;
use super::{beard, eyes, glasses, scalp};
use crate::texture::Texture;

/// Pixels of a head's texture: one and a half millimetres or less each on the face.
const SIZE: [u32; 2] = [512, 512];
/// What blood under the skin looks like.
const BLOOD: [u8; 3] = [196, 84, 74];

/// The texture of a face's head.
#[must_use]
pub fn paint(face: &Face, shape: &FaceShape) -> Arc<Texture> {
    let mut painter = FacePainter::new(face, shape, SIZE);
    skin(&mut painter);
    shadows(&mut painter);
    age(&mut painter);
    marks(&mut painter);
    nose(&mut painter);
    mouth(&mut painter);
    eyes::paint(&mut painter);
    scalp::paint(&mut painter);
    beard::paint(&mut painter);
    eyes::paint_brows(&mut painter);
    glasses::paint_shadow(&mut painter);
    painter.brush.grain(3, &mut painter.random);
    painter.brush.texture()
}

/// Skin with its uneven colour, and blood in cheeks, nose and chin.
fn skin(painter: &mut FacePainter) {
    let (face, shape) = (painter.face, painter.shape);
    painter.brush.flood(face.skin);
    for _ in 0..70 {
        let place = [painter.any(0.12, 0.88), painter.any(0.1, 1.0)];
        let colour = lit(face.skin, painter.any(0.86, 1.12));
        let radius = painter.any(0.01, 0.06);
        painter.brush.soft(place, [radius, radius], (colour, 0.35));
    }
    let red = mixed(face.skin, BLOOD, 0.75);
    let strength = 0.12 + 0.3 * face.blush;
    painter.soft_twice([0.042, shape.nose_base + 0.010], [0.024, 0.018], (red, strength));
    painter.soft([0.0, shape.nose_tip], [0.016, 0.014], (red, strength * 0.8));
    painter.soft([0.0, shape.chin + 0.014], [0.018, 0.012], (red, strength * 0.4));
    let light = lit(face.skin, 1.14);
    painter.soft([0.0, shape.brow + 0.03], [0.04, 0.022], (light, 0.5));
    painter.soft_twice([0.040, shape.eye - 0.020], [0.016, 0.009], (light, 0.45));
    painter.soft([0.0, shape.nose_tip + 0.014], [0.004, 0.022], (light, 0.6));
}

/// Where less light comes: eye sockets, below nose, lips and chin, the sides of the face, the neck.
fn shadows(painter: &mut FacePainter) {
    let (face, shape) = (painter.face, painter.shape);
    let dark = mixed(lit(face.skin, 0.5), [92, 40, 30], 0.25);
    let ridge = (0.2 + 0.15 * face.skull.ridge + 0.1 * face.eyes.depth).min(0.55);
    painter.soft_twice([shape.eye_aside - 0.004, shape.eye + 0.005], [0.024, 0.015], (dark, ridge));
    painter.soft_twice([shape.eye_aside - 0.016, shape.eye + 0.004], [0.010, 0.016], (dark, 0.4));
    painter.soft_twice([shape.eye_aside, shape.eye - 0.011], [0.019, 0.009], (dark, 0.12 + 0.38 * face.eyes.bags));
    painter.soft([0.0, shape.nose_base - 0.004], [0.018, 0.009], (dark, 0.55));
    painter.soft_twice([shape.wings * 0.7, shape.nose_tip + 0.016], [0.007, 0.022], (dark, 0.28));
    painter.soft([0.0, shape.mouth - 0.017], [0.022, 0.007], (dark, 0.45));
    painter.soft_twice([0.050, shape.mouth + 0.004], [0.020, 0.030], (dark, 0.1 + 0.3 * (1.0 - face.skull.flesh)));
    for angle in [-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5_f32] {
        let below = shape.chin - 0.016 + 0.022 * (angle.abs() - 0.4).max(0.0);
        let spot = shape.spot_at(angle, below);
        painter.brush.soft(spot, [0.12, 0.055], (dark, 0.3));
    }
}

/// Lines that come with the years.
fn age(painter: &mut FacePainter) {
    let (face, shape) = (painter.face, painter.shape);
    let years = ((face.age - 24.0) / 46.0).clamp(0.0, 1.0);
    let dark = mixed(lit(face.skin, 0.48), [92, 40, 30], 0.3);
    let fold = 0.12 + 0.5 * years;
    let (wings, base, corner) = (shape.wings, shape.nose_base, shape.mouth_half_width);
    let nasolabial =
        [[wings + 0.002, base + 0.008], [wings + 0.009, base - 0.004], [corner + 0.007, shape.mouth + 0.004]];
    for (width, share) in [(0.006, 0.2), (0.0035, 0.25), (0.0015, 0.3)] {
        painter.line_twice(&nasolabial, width, (dark, fold * share));
    }
    let below_eye = |down: f32| {
        [
            [shape.eye_aside - 0.014, shape.eye - 0.007 - down],
            [shape.eye_aside, shape.eye - 0.012 - down],
            [shape.eye_aside + 0.013, shape.eye - 0.008 - down],
        ]
    };
    painter.line_twice(&below_eye(0.0), 0.0013, (dark, 0.1 + 0.45 * face.eyes.bags));
    if years < 0.25 {
        return;
    }
    for row in 0..3 {
        let height = shape.brow + 0.016 + 0.0085 * row as f32;
        let bend = painter.any(-0.003, 0.003);
        painter.line(
            &[[-0.036, height], [-0.014, height + bend], [0.014, height + bend], [0.036, height]],
            0.0024,
            (dark, 0.3 * years),
        );
    }
    for row in [-1.0, 0.0, 1.0] {
        let from = [shape.eye_aside + 0.019, shape.eye + 0.003 * row];
        painter.line_twice(
            &[from, [from[0] + 0.006, from[1] + 0.0012 * row], [from[0] + 0.012, from[1] + 0.004 * row]],
            0.001,
            (dark, 0.45 * years),
        );
    }
    painter.line_twice(
        &[[corner + 0.003, shape.mouth - 0.004], [corner + 0.005, shape.mouth - 0.018]],
        0.0018,
        (dark, 0.45 * years),
    );
    painter.line_twice(&[[0.004, shape.brow - 0.004], [0.005, shape.brow + 0.008]], 0.0012, (dark, 0.4 * years));
}

/// Freckles and moles.
fn marks(painter: &mut FacePainter) {
    let (face, shape) = (painter.face, painter.shape);
    let brown = mixed(face.skin, [120, 62, 34], 0.6);
    for _ in 0..(face.freckles * 170.0) as usize {
        let place = [painter.any(-0.055, 0.055), shape.nose_base + painter.any(-0.012, 0.045)];
        let radius = painter.any(0.0006, 0.0015);
        painter.patch(&ellipse(place, [radius, radius]), (brown, 0.55));
    }
    let dark = lit(mixed(face.skin, [80, 40, 28], 0.6), 0.6);
    for (index, mole) in face.moles.iter().enumerate() {
        let radius = 0.0016 + 0.0008 * index as f32;
        painter.patch(&ellipse(*mole, [radius, radius]), (dark, 0.9));
    }
}

/// Nostrils and the edges of the wings.
fn nose(painter: &mut FacePainter) {
    let (face, shape) = (painter.face, painter.shape);
    let dark = mixed(lit(face.skin, 0.3), [60, 22, 18], 0.4);
    let (wings, base) = (shape.wings, shape.nose_base);
    for side in [-1.0, 1.0_f32] {
        let nostril =
            ellipse([side * wings * 0.5, base + 0.0035], [wings * 0.26, 0.0022 + 0.0008 * face.nose.tilt.max(0.0)]);
        painter.patch(&nostril, (dark, 0.7));
    }
    let edge = [
        [wings * 0.8, base + 0.012],
        [wings * 1.04, base + 0.007],
        [wings * 0.85, base + 0.0015],
        [wings * 0.3, base + 0.0005],
    ];
    painter.line_twice(&edge, 0.0022, (lit(face.skin, 0.5), 0.4));
    painter.line_twice(
        &[[0.0035, base - 0.002], [0.004, shape.mouth + face.mouth.upper]],
        0.0016,
        (lit(face.skin, 0.7), 0.35),
    );
}

/// The lips and the line between them.
fn mouth(painter: &mut FacePainter) {
    let (mouth, shape) = (painter.face.mouth, painter.shape);
    let (half, line, corner) = (shape.mouth_half_width, shape.mouth, shape.mouth_corner);
    let between = [
        [-half, corner],
        [-half * 0.5, line + 0.0006],
        [0.0, line - 0.0008 * mouth.bow],
        [half * 0.5, line + 0.0006],
        [half, corner],
    ];
    let notch = mouth.upper * (0.95 - 0.3 * mouth.bow);
    let bow = [[half * 0.62, line + mouth.upper * 0.72], [half * 0.22, line + mouth.upper], [0.0, line + notch]];
    let upper = [
        between[4],
        bow[0],
        bow[1],
        bow[2],
        [-bow[1][0], bow[1][1]],
        [-bow[0][0], bow[0][1]],
        between[0],
        between[1],
        between[2],
        between[3],
    ];
    let under = [
        [half * 0.6, line - mouth.lower * 0.75],
        [half * 0.22, line - mouth.lower],
        [-half * 0.22, line - mouth.lower],
        [-half * 0.6, line - mouth.lower * 0.75],
    ];
    let lower = [between[4], under[0], under[1], under[2], under[3], between[0], between[1], between[2], between[3]];
    painter.patch(&upper, (lit(mouth.colour, 0.86), 0.92));
    painter.patch(&lower, (mouth.colour, 0.92));
    painter.soft([0.0, line - mouth.lower * 0.5], [half * 0.5, mouth.lower * 0.4], (lit(mouth.colour, 1.3), 0.5));
    let dark = mixed(lit(mouth.colour, 0.35), [40, 12, 12], 0.4);
    painter.line(&between, 0.0018, (dark, 0.85));
    painter.soft_twice([half, corner], [0.004, 0.0035], (dark, 0.6));
    if painter.random.random_bool(0.5) {
        painter.line(
            &[[-half * 0.4, line - mouth.lower - 0.001], [half * 0.4, line - mouth.lower - 0.001]],
            0.0015,
            (dark, 0.25),
        );
    }
}
