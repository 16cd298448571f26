//! Ears: small cups at the sides of the head.

use std::sync::Arc;

use glam::{Affine3A, Vec3};

use super::brush::{Brush, Spot};
use super::complexion::{lit, mixed};
use super::face::{Face, HairStyle};
use super::face_shape::FaceShape;
use crate::mesh::{Material, Mesh, Part};
use crate::texture::Texture;

/// The angle from the front at which ears grow.
const PLACE: f32 = 1.63;

/// Both ears; `None` when the hair hangs over them.
#[must_use]
pub fn part(face: &Face, shape: &FaceShape) -> Option<Part> {
    if matches!(face.hair.style, HairStyle::Bob | HairStyle::Long) {
        return None;
    }
    let [size, off] = face.ears;
    let (height, width) = (0.064 * size, 0.037 * size);
    let top = shape.eye + 0.016;
    let left = Mesh::grid(3, 3, |u, v| {
        let foot = shape.at(PLACE, top - height * v);
        // The rim is bent outwards.
        let away = (0.25 + 0.5 * off) * u + 0.15 * u * (1.0 - v);
        foot + Vec3::new(away * width - 0.003, 0.0, width * (0.12 - u * (0.95 - 0.25 * off)) - 0.006 * (1.0 - v) * u)
    });
    let mut mesh = left.clone();
    mesh.add(&left, &Affine3A::from_scale(Vec3::new(-1.0, 1.0, 1.0)));
    Some(Part { mesh, material: Material::matt(paint(face)).glossy(0.1).two_sided() })
}

fn paint(face: &Face) -> Arc<Texture> {
    let mut brush = Brush::new([64, 64]);
    let skin = mixed(lit(face.skin, 0.95), [196, 84, 74], 0.14);
    let outline: [Spot; 10] = [
        [0.0, 0.22],
        [0.25, 0.04],
        [0.62, 0.03],
        [0.95, 0.25],
        [0.92, 0.5],
        [0.7, 0.72],
        [0.5, 0.94],
        [0.22, 0.97],
        [0.02, 0.8],
        [-0.1, 0.5],
    ];
    brush.patch(&outline, (skin, 1.0));
    brush.stay_within(&outline);
    let dark = lit(skin, 0.5);
    brush.soft([0.38, 0.5], [0.3, 0.27], (dark, 0.9));
    brush.line(&[[0.2, 0.22], [0.5, 0.14], [0.78, 0.3], [0.74, 0.5], [0.56, 0.68]], 0.05, (dark, 0.6));
    brush.line(&[[0.1, 0.16], [0.5, 0.05], [0.9, 0.28], [0.85, 0.52]], 0.06, (lit(skin, 1.12), 0.7));
    brush.texture()
}
