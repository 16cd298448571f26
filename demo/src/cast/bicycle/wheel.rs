//! A bicycle's wheel: a thin tyre, and rim, spokes and hub as a picture that is cut out of a disc.

use std::f32::consts::TAU;

use glam::{Vec2, Vec3};

use crate::cast::canvas::Canvas;
use crate::cast::forms::{Corner, Net};
use crate::mesh::{Material, Mesh, Part};
use crate::texture::Texture;

/// Corners of a wheel seen from its side.
const SECTORS: u32 = 22;

/// Half a tyre's thickness, in metres.
const TYRE: f32 = 0.021;

/// Tyre and spokes around the origin; the axle is x.
#[must_use]
pub fn parts(radius: f32) -> [Part; 2] {
    let spokes = Material::matt(picture().texture()).two_sided();
    [
        Part { mesh: tyre(radius), material: Material::matt(Texture::plain([32, 32, 33])) },
        Part { mesh: disc(radius - TYRE), material: spokes },
    ]
}

/// A ring of diamond section.
fn tyre(radius: f32) -> Mesh {
    let section = [[-TYRE, 0.0], [0.0, TYRE], [TYRE, 0.0], [0.0, -TYRE * 1.2], [-TYRE, 0.0]];
    let rows: Vec<Vec<Corner>> = section
        .iter()
        .map(|[x, out]| {
            let corner = |sector: u32| {
                let (sin, cos) = (-(sector as f32) / SECTORS as f32 * TAU).sin_cos();
                let round = radius - TYRE + out;
                Corner { position: Vec3::new(*x, cos * round, sin * round), uv: Vec2::ZERO }
            };
            (0..=SECTORS).map(corner).collect()
        })
        .collect();
    let mut net = Net::default();
    net.rows(&rows);
    net.smooth(1.7)
}

/// A flat disc that carries the picture of the wheel; round, so that its shadow is.
fn disc(half: f32) -> Mesh {
    let row = |radius: f32| -> Vec<Corner> {
        let corner = |sector: u32| {
            let (sin, cos) = (-(sector as f32) / SECTORS as f32 * TAU).sin_cos();
            let uv = Vec2::new(0.5 + 0.5 * sin * radius, 0.5 - 0.5 * cos * radius);
            Corner { position: Vec3::new(0.0, cos, sin) * radius * half, uv }
        };
        (0..=SECTORS).map(corner).collect()
    };
    let mut net = Net::default();
    net.rows(&[row(1.0), row(0.0)]);
    net.smooth(1.0)
}

/// Rim, spokes and hub, transparent between them.
fn picture() -> Canvas {
    let mut canvas = Canvas::new([256, 256], [-1.0, -1.0, 1.0, 1.0]);
    for spoke in 0..28 {
        // Spokes leave the hub alternately forwards and backwards, and cross.
        let angle = spoke as f32 / 28.0 * TAU;
        let lead = if spoke % 2 == 0 { 0.9 } else { -0.9 };
        let at = |angle: f32, radius: f32| [angle.cos() * radius, angle.sin() * radius];
        canvas.line(&[at(angle + lead, 0.08), at(angle, 0.95)], 0.014, [176, 178, 182, 255]);
    }
    canvas.ring([0.0, 0.0], [0.945, 0.945], 0.06, [158, 160, 164, 255]);
    canvas.oval([0.0, 0.0], [0.085, 0.085], [92, 94, 98, 255]);
    canvas
}
