//! Beards, painted hair by hair.

use super::complexion::{lit, mixed};
use super::face::BeardStyle;
use super::face_painter::FacePainter;
use super::face_shape::{FaceShape, smooth_step};

/// Hairs that are tried; those outside the beard are not painted.
const HAIRS: usize = 3200;

/// The beard of a face.
pub fn paint(painter: &mut FacePainter) {
    let (beard, shape) = (painter.face.beard, painter.shape);
    if beard.style == BeardStyle::Shaved {
        return;
    }
    shade(painter);
    let stubble = beard.style == BeardStyle::Stubble;
    let (length, cover) = if stubble { (0.0016, 0.4) } else { (0.006, 0.75) };
    for _ in 0..(HAIRS as f32 * (0.5 + beard.density)) as usize {
        let angle = painter.any(-1.45, 1.45);
        let height = painter.any(shape.chin - 0.022, shape.nose_base + 0.03);
        let aside = shape.at(angle, height).x.abs();
        if painter.any(0.0, 1.0) > growth(beard.style, shape, aside, angle, height) {
            continue;
        }
        let shade = lit(beard.colour, painter.any(0.65, 1.35));
        let fall = length * painter.any(0.5, 1.2);
        let sway = painter.any(-0.018, 0.018) + 0.01 * angle;
        let (root, tip) = (shape.spot_at(angle, height), shape.spot_at(angle + sway, height - fall));
        painter.brush.hair(root, tip, 0.0044, (shade, cover));
    }
}

/// The skin between the hairs, darker.
fn shade(painter: &mut FacePainter) {
    let (beard, shape, skin) = (painter.face.beard, painter.shape, painter.face.skin);
    let strength = if beard.style == BeardStyle::Stubble { 0.30 } else { 0.85 } * beard.density;
    let tint = (mixed(beard.colour, skin, 0.15), strength);
    for row in 0..22 {
        for column in -18..=18 {
            let angle = column as f32 * 0.08;
            let height = shape.chin - 0.022 + row as f32 * 0.005;
            let aside = shape.at(angle, height).x.abs();
            let share = growth(beard.style, shape, aside, angle, height);
            if share > 0.05 {
                painter.brush.soft(shape.spot_at(angle, height), [0.026, 0.022], (tint.0, tint.1 * share * 0.5));
            }
        }
    }
}

/// How dense a beard is at a place, from 0 to 1.
fn growth(style: BeardStyle, shape: &FaceShape, aside: f32, angle: f32, height: f32) -> f32 {
    let side = angle.abs();
    let half = shape.mouth_half_width;
    let on_lips = aside < half * 0.8 && (shape.mouth - 0.008..shape.mouth + 0.004).contains(&height);
    if on_lips {
        return 0.0;
    }
    let below_nose = smooth_step(shape.nose_base - 0.001, shape.nose_base - 0.005, height);
    let moustache = below_nose
        * smooth_step(half + 0.008, half - 0.002, aside)
        * smooth_step(shape.mouth - 0.001, shape.mouth + 0.002, height);
    let around_mouth = smooth_step(half + 0.010, half + 0.003, aside);
    let goatee = around_mouth
        * smooth_step(shape.mouth + 0.003, shape.mouth - 0.004, height)
        * smooth_step(shape.chin - 0.018, shape.chin - 0.006, height);
    // The upper edge rises from the corner of the mouth to the ear.
    let cheek_edge = shape.mouth + 0.004 + 0.062 * smooth_step(0.55, 1.35, side);
    let cheeks = smooth_step(cheek_edge + 0.004, cheek_edge - 0.004, height) * smooth_step(1.5, 1.35, side);
    let jaw = cheeks * smooth_step(shape.chin - 0.02, shape.chin - 0.01, height - 0.03 * side);
    match style {
        BeardStyle::Shaved => 0.0,
        BeardStyle::Moustache => moustache,
        BeardStyle::Goatee => moustache.max(goatee),
        BeardStyle::Stubble | BeardStyle::Full => {
            moustache.max(goatee).max(jaw * if aside < half { goatee.max(0.4) } else { 1.0 })
        }
    }
}
