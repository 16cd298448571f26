//! Hair as far as it is painted on the head: cropped hair, and the roots below longer hair.

use std::f32::consts::PI;

use super::complexion::{lit, mixed};
use super::face::{Face, HairStyle};
use super::face_painter::FacePainter;
use super::face_shape::{CROWN, FaceShape, curve};

/// A bald head with a hair line that went back further than this has a wreath; others are shaved.
const WREATH: f32 = 0.45;

/// The height at which hair begins to grow, at an angle from the front.
pub fn hair_edge(face: &Face, shape: &FaceShape, angle: f32) -> f32 {
    let (line, eye, back) = (shape.hair_line, shape.eye, 0.024 * face.hair.receding);
    let temple = (line - 0.004 + back).min(CROWN - 0.014);
    let knots = [
        [0.0, (line + 0.3 * back).min(CROWN - 0.012)],
        [0.50, (line + back).min(CROWN - 0.010)],
        [0.82, temple],
        [1.08, eye + 0.034],
        [1.24, eye + 0.004],
        [1.42, eye - 0.004],
        [1.56, eye + 0.016],
        [1.90, eye + 0.010],
        [2.10, 0.085],
        [2.40, 0.052],
        [PI, 0.040],
    ];
    curve(&knots, angle.abs())
}

/// Paints the hair's roots, or all of it when it is cropped.
pub fn paint(painter: &mut FacePainter) {
    let (hair, skin) = (painter.face.hair, painter.face.skin);
    match hair.style {
        HairStyle::Bald if hair.receding > WREATH => wreath(painter),
        HairStyle::Bald => {}
        HairStyle::Buzz => roots(painter, mixed(skin, hair.colour, 0.8), 0.78),
        _ => roots(painter, lit(hair.colour, 0.72), 0.95),
    }
}

fn roots(painter: &mut FacePainter, colour: [u8; 3], cover: f32) {
    let (face, shape) = (painter.face, painter.shape);
    for (above, share) in [(0.0, 0.4), (0.004, 0.6), (0.010, 1.0)] {
        let edge = (0..=60).map(|step| {
            let angle = (step as f32 / 30.0 - 1.0) * PI;
            shape.spot_at(angle, (hair_edge(face, shape, angle) + above).min(CROWN - 0.004))
        });
        let outline: Vec<_> = [[0.0, -0.01]].into_iter().chain(edge).chain([[1.0, -0.01]]).collect();
        painter.brush.patch(&outline, (colour, cover * share));
    }
    for _ in 0..1500 {
        let angle = painter.any(-PI, PI);
        let up = painter.any(0.0, 1.0);
        let edge = hair_edge(face, shape, angle);
        let height = edge + (CROWN - 0.003 - edge) * up * up;
        let shade = lit(colour, painter.any(0.75, 1.25));
        let (root, tip) =
            (shape.spot_at(angle, height), shape.spot_at(angle + painter.any(-0.02, 0.02), height - 0.005));
        painter.brush.hair(root, tip, 0.0045, (shade, 0.55 * cover));
    }
}

/// Hair around the sides and the back of a bald head.
fn wreath(painter: &mut FacePainter) {
    let (hair, shape) = (painter.face.hair, painter.shape);
    for _ in 0..1800 {
        let angle = painter.any(1.15, 2.0 * PI - 1.15);
        let angle = if angle > PI { angle - 2.0 * PI } else { angle };
        let bottom = if angle.abs() < 1.9 { shape.eye + 0.008 } else { 0.05 };
        let top = 0.150 + 0.012 * (angle.abs() - 1.15);
        let height = painter.any(bottom, top);
        let shade = lit(hair.colour, painter.any(0.7, 1.2));
        painter.brush.hair(shape.spot_at(angle, height), shape.spot_at(angle, height - 0.009), 0.006, (shade, 0.6));
    }
}
