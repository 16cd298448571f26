//! Glasses: a thin front standing off the face, two arms to the ears, and the shadow they cast.

use std::sync::Arc;

use glam::{Affine3A, Vec3};

use super::brush::{Brush, Spot};
use super::complexion::lit;
use super::face::{Face, Glasses, Lenses};
use super::face_painter::FacePainter;
use super::face_shape::FaceShape;
use crate::mesh::{Material, Mesh, Part};
use crate::texture::Texture;

/// Half the width and half the height of the front's surface.
const FRONT: [f32; 2] = [0.064, 0.032];
/// The share of the texture's height that shows the front; below it is plain frame, for the arms.
const FRONT_SHARE: f32 = 0.75;

/// The glasses of a face.
#[must_use]
pub fn part(glasses: &Glasses, shape: &FaceShape) -> Part {
    let middle = shape.eye - 0.001;
    let ridge = [0.0, shape.eye_aside * 0.7, shape.eye_aside].map(|aside| {
        let [upper, lower] = [shape.brow, shape.eye].map(|height| shape.front(aside, height).z);
        upper.max(lower) + 0.003
    });
    let foremost = ridge.into_iter().fold(0.0, f32::max);
    let depth = |aside: f32| foremost - 2.6 * aside * aside;
    let mut mesh = Mesh::grid(6, 1, |u, v| {
        let aside = (2.0 * u - 1.0) * FRONT[0];
        Vec3::new(aside, middle + FRONT[1] * (1.0 - 2.0 * v), depth(aside))
    });
    for vertex in &mut mesh.vertices {
        vertex.uv.y *= FRONT_SHARE;
    }
    let hinge = hinge(glasses, shape);
    let arm = arm(Vec3::new(hinge[0], hinge[1], depth(hinge[0])), shape.at(1.6, hinge[1]) + Vec3::X * 0.004);
    mesh.add(&arm, &Affine3A::IDENTITY);
    mesh.add(&arm, &Affine3A::from_scale(Vec3::new(-1.0, 1.0, 1.0)));
    Part { mesh, material: Material::matt(paint(glasses, shape)).glossy(0.5).two_sided() }
}

/// Where the left arm begins.
fn hinge(glasses: &Glasses, shape: &FaceShape) -> Spot {
    [shape.eye_aside + glasses.half_width * 0.98, shape.eye + glasses.half_height * 0.35]
}

fn arm(from: Vec3, to: Vec3) -> Mesh {
    let half = Vec3::Y * 0.0018;
    let mut mesh = Mesh::quad([from + half, from - half, to - half, to + half]);
    for vertex in &mut mesh.vertices {
        vertex.uv.y = 1.0 - (1.0 - vertex.uv.y) * (1.0 - FRONT_SHARE) * 0.4;
    }
    mesh
}

/// The edge of a lens.
fn lens(glasses: &Glasses, shape: &FaceShape, side: f32) -> Vec<Spot> {
    let (power, pear) = match glasses.lenses {
        Lenses::Round => (1.0, 0.0),
        Lenses::Square => (0.45, 0.06),
        Lenses::Pilot => (0.75, 0.24),
    };
    let bent = |value: f32| value.signum() * value.abs().powf(power);
    (0..24)
        .map(|step| {
            let (sin, cos) = (step as f32 / 24.0 * std::f32::consts::TAU).sin_cos();
            let narrower = 1.0 - pear * (1.0 - bent(sin)) / 2.0;
            [
                side * (shape.eye_aside + glasses.half_width * bent(cos) * narrower),
                shape.eye - 0.001 + glasses.half_height * bent(sin),
            ]
        })
        .collect()
}

/// The bow over the nose.
fn bridge(glasses: &Glasses, shape: &FaceShape) -> [Spot; 3] {
    let inner = shape.eye_aside - glasses.half_width * 0.94;
    let height = shape.eye + glasses.half_height * 0.3;
    [[-inner, height], [0.0, height + 0.003], [inner, height]]
}

fn paint(glasses: &Glasses, shape: &FaceShape) -> Arc<Texture> {
    let mut brush = Brush::new([256, 128]);
    let spot = |[aside, height]: Spot| {
        let down = (1.0 - (height - shape.eye + 0.001) / FRONT[1]) / 2.0;
        [(1.0 + aside / FRONT[0]) / 2.0, down * FRONT_SHARE]
    };
    let thick = glasses.thickness / (2.0 * FRONT[1]) * FRONT_SHARE;
    for side in [-1.0, 1.0] {
        let edge: Vec<Spot> = lens(glasses, shape, side).into_iter().map(spot).collect();
        if glasses.dark {
            brush.patch(&edge, ([24, 24, 28], 1.0));
            brush.soft(edge[7], [0.12, 0.2], ([120, 126, 134], 0.35));
        }
        brush.ring(&edge, thick, (glasses.colour, 1.0));
        let [aside, height] = hinge(glasses, shape);
        brush.line(
            &[spot([side * (aside - 0.004), height]), spot([side * (aside + 0.003), height])],
            thick * 1.3,
            (glasses.colour, 1.0),
        );
    }
    brush.line(&bridge(glasses, shape).map(spot), thick * 1.1, (glasses.colour, 1.0));
    brush.line(&[[-0.1, 0.95], [1.1, 0.95]], 0.14, (lit(glasses.colour, 0.9), 1.0));
    brush.texture()
}

/// Darkens the face behind the frame: it shows where the frame itself has become too thin to be drawn.
pub fn paint_shadow(painter: &mut FacePainter) {
    let (face, shape): (&Face, &FaceShape) = (painter.face, painter.shape);
    let Some(glasses) = &face.glasses else { return };
    let tint = (lit(glasses.colour, 0.8), if glasses.dark { 0.2 } else { 0.5 });
    for side in [-1.0, 1.0] {
        let mut edge = lens(glasses, shape, side);
        if glasses.dark {
            painter.patch(&edge, ([24, 24, 28], 0.9));
        }
        edge.push(edge[0]);
        painter.line(&edge, glasses.thickness * 0.8, tint);
    }
    painter.line(&bridge(glasses, shape), glasses.thickness * 0.8, tint);
}
