//! Eyes and eyebrows, painted.

use super::brush::{Spot, ellipse};
use super::complexion::{lit, mixed};
use super::face_painter::FacePainter;

const EYE_WHITE: [u8; 3] = [226, 220, 214];
const LASH: [u8; 3] = [24, 17, 15];
/// Radii of an iris and a pupil.
const IRIS: f32 = 0.0061;
const PUPIL: f32 = 0.0027;

/// Both eyes.
pub fn paint(painter: &mut FacePainter) {
    for side in [-1.0, 1.0] {
        eye(painter, side);
    }
}

/// The edge of an eye: from the inner to the outer corner over the upper lid, and back below.
fn edge(painter: &FacePainter, side: f32) -> ([Spot; 5], [Spot; 3]) {
    let (eyes, shape) = (&painter.face.eyes, painter.shape);
    let half = eyes.width / 2.0;
    let at = |along: f32, up: f32| {
        [side * (shape.eye_aside + half * along), shape.eye + up * eyes.open + eyes.slant * along]
    };
    let upper = [at(-1.0, -0.14), at(-0.5, 0.42), at(0.0, 0.6), at(0.55, 0.42), at(1.0, 0.02)];
    (upper, [at(0.55, -0.32), at(0.0, -0.42), at(-0.5, -0.32)])
}

fn eye(painter: &mut FacePainter, side: f32) {
    let (eyes, shape, skin) = (painter.face.eyes, painter.shape, painter.face.skin);
    let (upper, lower) = edge(painter, side);
    let whole: Vec<Spot> = upper.into_iter().chain(lower).collect();
    painter.patch(&whole, (EYE_WHITE, 1.0));
    painter.stay_within(&whole);
    let middle = [side * shape.eye_aside, shape.eye + 0.0006];
    painter.patch(&ellipse(middle, [IRIS, IRIS]), (lit(eyes.iris, 0.45), 1.0));
    painter.patch(&ellipse(middle, [IRIS * 0.84, IRIS * 0.84]), (eyes.iris, 1.0));
    painter.soft([middle[0], middle[1] - 0.0028], [0.004, 0.003], (lit(eyes.iris, 1.5), 0.6));
    painter.patch(&ellipse(middle, [PUPIL, PUPIL]), ([10, 9, 10], 1.0));
    painter.line(&upper, 0.0045, ([40, 28, 26], 0.4));
    painter.soft(
        [side * (shape.eye_aside - eyes.width / 2.0), shape.eye - 0.001],
        [0.004, 0.004],
        ([170, 90, 84], 0.7),
    );
    painter.brush.leave();
    painter.patch(&ellipse([middle[0] + 0.0016, middle[1] + 0.0022], [0.0012, 0.0012]), ([250, 250, 250], 0.9));
    painter.line(&lower, 0.0011, (mixed(lit(skin, 0.5), LASH, 0.3), 0.6));
    painter.line(&upper, 0.0013 + 0.0013 * eyes.lashes, (LASH, 0.55 + 0.4 * eyes.lashes));
    let crease: Vec<Spot> = upper.iter().map(|[aside, height]| [*aside, height + 0.0016 + 0.0030 * eyes.lid]).collect();
    painter.line(&crease, 0.0013, (mixed(lit(skin, 0.45), [80, 34, 28], 0.3), 0.6));
}

/// Both eyebrows, of single hairs over a shadow.
pub fn paint_brows(painter: &mut FacePainter) {
    for side in [-1.0, 1.0] {
        brow(painter, side);
    }
}

fn brow(painter: &mut FacePainter, side: f32) {
    let (brows, shape) = (painter.face.brows, painter.shape);
    let colour = brows.colour;
    let at = |along: f32| {
        let rise = brows.slant * along + brows.arch * (1.0 - ((along - 0.62) / 0.62).powi(2));
        [side * (brows.apart + brows.length * along), shape.brow - 0.002 + rise]
    };
    let thickness = |along: f32| brows.thickness * (0.75 + 0.5 * along - 1.1 * along * along * along).max(0.12);
    let density = brows.density.clamp(0.3, 1.0);
    for step in 0..9 {
        let along = step as f32 / 8.0;
        painter.soft(at(along), [0.006, thickness(along) * 0.8], (colour, 0.38 * density));
    }
    for _ in 0..(110.0 * density) as usize {
        let along = painter.any(0.0, 1.0);
        let [aside, height] = at(along);
        let start = [aside, height + thickness(along) * painter.any(-0.5, 0.35)];
        let [reach, lift] = [painter.any(0.003, 0.006), painter.any(-0.001, 0.003) * (1.0 - along)];
        let shade = lit(colour, painter.any(0.7, 1.15));
        let (root, tip) = (shape.spot(start), shape.spot([start[0] + side * reach, start[1] + lift]));
        painter.brush.hair(root, tip, 0.0045, (shade, 0.75));
    }
}
