//! Hair as surfaces above the skull: a cap, and what hangs or is tied behind.

use std::f32::consts::{PI, TAU};
use std::sync::Arc;

use glam::{Affine3A, Vec2, Vec3};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::brush::Brush;
use super::complexion::lit;
use super::face::{Face, Hair, HairStyle};
use super::face_shape::{CROWN, FaceShape, smooth_step};
use super::scalp::hair_edge;
use crate::mesh::{Material, Mesh, Part};
use crate::seed;
use crate::texture::Texture;

/// Sectors and rings of the cap, and columns and rows of hanging hair.
const CAP: [u32; 2] = [20, 6];
const HANGING: [u32; 2] = [12, 4];
/// How far down a hair surface single tips begin to show, as a share of its length.
const TIPS: f32 = 0.9;

/// The hair of a face that stands off its head; `None` for bald and cropped heads.
#[must_use]
pub fn part(face: &Face, shape: &FaceShape) -> Option<Part> {
    if matches!(face.hair.style, HairStyle::Bald | HairStyle::Buzz) {
        return None;
    }
    let mut mesh = cap(face, shape);
    match face.hair.style {
        HairStyle::Bob => mesh.add(&hanging(face, shape, shape.chin - 0.01), &Affine3A::IDENTITY),
        HairStyle::Long => mesh.add(&hanging(face, shape, -0.13), &Affine3A::IDENTITY),
        HairStyle::Bun => mesh.add(&bun(&face.hair), &Affine3A::from_translation(Vec3::new(0.0, 0.19, -0.105))),
        HairStyle::PonyTail => mesh.add(&pony_tail(&face.hair), &Affine3A::IDENTITY),
        _ => {}
    }
    Some(Part { mesh, material: Material::matt(paint(face)).glossy(0.12).two_sided() })
}

/// How far the cap stands off the skull, from the crown (0) to its edge (1).
fn thickness(face: &Face, angle: f32, down: f32) -> f32 {
    let hair = &face.hair;
    let at_front = smooth_step(1.1, 0.5, angle.abs());
    let tapered = 1.0 - smooth_step(0.6, 1.0, down) * (0.75 - 0.35 * at_front);
    let full = match hair.style {
        HairStyle::Curly => {
            let curls = (angle * 7.0).sin() * (down * 19.0).sin() + (angle * 11.0 + 1.0).sin() * (down * 13.0).cos();
            return (0.016 + 1.2 * hair.volume) * (0.55 + 0.45 * tapered) + 0.0035 * curls;
        }
        HairStyle::Bun | HairStyle::PonyTail => 0.006,
        // Combed over from the parting.
        HairStyle::Parted => {
            0.007 + hair.volume * (0.75 - 0.5 * (angle - hair.parting).cos() * hair.parting.signum() * angle.sin())
        }
        HairStyle::Short => 0.005 + hair.volume * (0.55 + 0.6 * at_front * smooth_step(0.3, 0.8, down)),
        _ => 0.008 + 0.6 * hair.volume,
    };
    full * tapered
}

/// The height of the cap's lower edge.
fn cap_edge(face: &Face, shape: &FaceShape, angle: f32) -> f32 {
    let (hair, side) = (&face.hair, angle.abs());
    let natural = hair_edge(face, shape, angle) - 0.007;
    let swept = if hair.style == HairStyle::Parted {
        0.35 * smooth_step(-0.5, 0.9, -angle * hair.parting.signum())
    } else {
        0.0
    };
    let fringe = if matches!(hair.style, HairStyle::Bun | HairStyle::PonyTail) { 0.0 } else { hair.fringe.max(swept) };
    let fallen = natural + (shape.brow + 0.006 - natural) * fringe * smooth_step(1.0, 0.6, side);
    let over_ears = matches!(hair.style, HairStyle::Bob | HairStyle::Long | HairStyle::Curly);
    if over_ears { fallen - (fallen - 0.085).max(0.0) * smooth_step(1.1, 1.35, side) } else { fallen }
}

fn cap(face: &Face, shape: &FaceShape) -> Mesh {
    Mesh::grid(CAP[0], CAP[1], |u, v| {
        let angle = (u * TAU - PI + PI).rem_euclid(TAU) - PI;
        let edge = cap_edge(face, shape, angle);
        // Near the crown, rings shrink with the root of their distance from it.
        let height = CROWN - (CROWN - edge) * v.powf(1.55);
        shape.above(angle, height, thickness(face, angle, v))
    })
}

/// Hair hanging at the sides and behind, down to `bottom`.
fn hanging(face: &Face, shape: &FaceShape, bottom: f32) -> Mesh {
    let (top, off) = (0.185, 0.009 + 0.5 * face.hair.volume);
    let mut mesh = Mesh::grid(HANGING[0], HANGING[1], |u, v| {
        let height = top + (bottom - top) * v;
        // Over the shoulders it falls behind them.
        let open = 1.12
            + 0.25 * smooth_step(top, 0.1, height) * face.hair.volume / 0.026
            + 0.75 * smooth_step(0.02, -0.07, height);
        let angle = open + (TAU - 2.0 * open) * u;
        let hung = shape.above(angle, height.max(0.108), off);
        let drop = (0.108 - height).max(0.0);
        let sway = 0.003 * (angle * 9.0).sin() * smooth_step(0.1, 0.0, height);
        Vec3::new(hung.x * (1.0 + 0.5 * drop), height, hung.z - 0.1 * drop + sway)
    });
    for vertex in &mut mesh.vertices {
        vertex.uv.y = 0.12 + 0.88 * vertex.uv.y;
    }
    mesh
}

fn bun(hair: &Hair) -> Mesh {
    let radius = 0.024 + 0.6 * hair.volume;
    Mesh::ellipsoid(Vec3::new(radius, radius * 0.9, radius * 0.85), 9, 5).with_uv(Vec2::new(1.0, 0.75), Vec2::ZERO)
}

fn pony_tail(hair: &Hair) -> Mesh {
    let thick = 0.016 + 0.5 * hair.volume;
    Mesh::grid(7, 5, |u, v| {
        let middle = Vec3::new(0.0, 0.185 - 0.21 * v, -0.098 - 0.055 * (v * PI * 0.8).sin());
        let radius = thick * (0.25 + (v * PI).sin().max(0.0).sqrt()) * (1.0 - 0.55 * v);
        middle + Vec3::new((u * TAU).sin(), 0.0, (u * TAU).cos()) * radius
    })
}

/// Strands from the crown to the tips, with gaps between the tips.
fn paint(face: &Face) -> Arc<Texture> {
    let (hair, random) = (&face.hair, &mut seed::stream(face.grain, "hair", 0));
    let mut brush = Brush::new([256, 256]);
    let dark = lit(hair.colour, 0.7);
    brush.patch(&[[-0.2, -0.2], [-0.2, TIPS], [0.5, TIPS], [1.2, TIPS], [1.2, -0.2]], (dark, 1.0));
    if hair.style == HairStyle::Curly {
        curls(&mut brush, hair, random)
    } else {
        strands(&mut brush, hair, random)
    }
    if hair.style == HairStyle::Parted {
        let across = 0.5 + hair.parting / TAU;
        brush.line(&[[0.5, 0.02], [across, 0.3], [across, 0.8]], 0.012, (lit(face.skin, 0.75), 0.8));
    }
    brush.texture()
}

fn strands(brush: &mut Brush, hair: &Hair, random: &mut ChaCha8Rng) {
    for _ in 0..900 {
        let across = random.random_range(-0.05..1.05_f32);
        let top = random.random_range(-0.1..0.75_f32);
        let end = (top + random.random_range(0.2..0.6_f32)).min(random.random_range(TIPS..1.0));
        let sway = random.random_range(-0.02..0.02_f32);
        // Lighter where the head is roundest, as all hair has a band of light.
        let band = 1.0 + 0.22 * (-((top - 0.2) / 0.2_f32).powi(2)).exp();
        let shade = lit(hair.colour, random.random_range(0.74..1.18) * band);
        brush.line(
            &[[across, top], [across + sway, (top + end) / 2.0], [across + sway * 0.5, end]],
            0.007,
            (shade, 0.85),
        );
    }
}

fn curls(brush: &mut Brush, hair: &Hair, random: &mut ChaCha8Rng) {
    for _ in 0..900 {
        let [x, y] = [random.random_range(-0.02..1.02_f32), random.random_range(0.0..0.95_f32)];
        let [wide, high] = [random.random_range(0.008..0.02_f32), random.random_range(0.008..0.022_f32)];
        let shade = lit(hair.colour, random.random_range(0.6..1.3));
        brush.line(&[[x - wide, y], [x, y - high], [x + wide, y], [x, y + high * 0.8]], 0.011, (shade, 0.9));
    }
}
