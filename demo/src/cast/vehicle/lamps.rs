//! Headlights and tail lights: patches a hair before the body's front and rear, that can glow.

use glam::{Vec2, Vec3};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::VehicleKind;
use super::body::{End, cap};
use super::shape::Shape;
use crate::cast::canvas::{Canvas, Rgba};
use crate::cast::forms::{Corner, Net};
use crate::mesh::{Material, Mesh, Part};

/// Where lamps are and what they look like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LampStyle {
    /// The headlights' inner edge, upper and lower edge as [`cap`] counts across and down.
    pub front: [f32; 3],
    /// The tail lights' ones.
    pub rear: [f32; 3],
    /// How many round lamps are behind the headlight's glass.
    pub bulbs: u32,
    /// How much further down (or up) a lamp's inner end is than its outer one.
    pub slant: f32,
}

impl LampStyle {
    pub(super) fn draw(kind: VehicleKind, random: &mut ChaCha8Rng) -> Self {
        let upright = matches!(kind, VehicleKind::Van | VehicleKind::Pickup);
        let mut about = |from: f32, to: f32| random.random_range(from..to);
        let front_top = about(0.10, 0.17);
        let front_height = if upright { about(0.22, 0.3) } else { about(0.13, 0.26) };
        let front = [about(0.48, 0.7), front_top, front_top + front_height];
        let rear = match kind {
            VehicleKind::Van => [about(0.86, 0.9), 0.52, about(0.7, 0.76)],
            VehicleKind::Pickup => [about(0.82, 0.88), 0.06, about(0.4, 0.52)],
            _ => [about(0.5, 0.78), about(0.05, 0.12), about(0.28, 0.42)],
        };
        let slant = if upright { 0.0 } else { about(-0.06, 0.06) };
        Self { front, rear, bulbs: random.random_range(1..=3), slant }
    }
}

/// Headlights and tail lights, not burning.
#[must_use]
pub fn parts(shape: &Shape, style: &LampStyle) -> [Part; 2] {
    let front = Material::matt(headlamp(style).texture()).glossy(0.7);
    let rear = Material::matt(tail_lamp().texture()).glossy(0.5);
    [
        Part { mesh: patches(shape, End::Front, style.front, style.slant), material: front },
        Part { mesh: patches(shape, End::Rear, style.rear, style.slant), material: rear },
    ]
}

/// The lamps of both sides; the texture's left is the inner edge.
fn patches(shape: &Shape, end: End, [inner, top, bottom]: [f32; 3], slant: f32) -> Mesh {
    let mut net = Net::default();
    let outwards = if end == End::Front { 1.0 } else { -1.0 };
    for side in [1.0, -1.0] {
        let corner = |u: f32, v: f32| {
            let across = inner + (1.0 - inner) * u;
            // Lamps get lower towards the middle of the car.
            let down = top + (bottom - top) * (v * (0.75 + 0.25 * u) + 0.12 * (1.0 - u)) + slant * (1.0 - u);
            let on_body = cap(shape, end, side * across, down.clamp(0.0, 1.0));
            let position = on_body + Vec3::new(side * 0.006, 0.0, outwards * 0.012);
            Corner { position, uv: Vec2::new(u.clamp(0.02, 0.98), v) }
        };
        let shares = [0.0, 0.35, 0.7, 0.9, 1.0];
        let leftwards = side * outwards < 0.0;
        let rows: Vec<Vec<Corner>> = [0.0, 0.5, 1.0]
            .iter()
            .map(|v| {
                let row = shares.iter().map(|u| corner(*u, *v));
                if leftwards { row.rev().collect() } else { row.collect() }
            })
            .collect();
        net.rows(&rows);
    }
    net.smooth(1.0)
}

fn headlamp(style: &LampStyle) -> Canvas {
    let mut canvas = Canvas::new([64, 32], [0.0, 0.0, 2.0, 1.0]);
    canvas.flood([150, 156, 162]);
    canvas.fade([0.0, 0.0], [2.0, 1.0], [[236, 240, 244, 230], [120, 126, 134, 230]]);
    for bulb in 0..style.bulbs {
        let x = 2.0 * (bulb as f32 + 0.6) / (style.bulbs as f32 + 0.2);
        canvas.oval([x, 0.52], [0.34, 0.34], [70, 74, 80, 255]);
        canvas.oval([x, 0.52], [0.26, 0.26], [252, 250, 240, 255]);
    }
    framed(canvas, [40, 42, 46, 255])
}

fn tail_lamp() -> Canvas {
    let mut canvas = Canvas::new([64, 32], [0.0, 0.0, 2.0, 1.0]);
    canvas.flood([150, 10, 14]);
    canvas.fade([0.0, 0.0], [2.0, 0.6], [[214, 28, 26, 255], [140, 8, 12, 255]]);
    canvas.block([0.1, 0.62], [0.9, 0.9], [226, 214, 206, 255]);
    canvas.block([1.0, 0.62], [1.9, 0.9], [208, 96, 22, 255]);
    framed(canvas, [60, 6, 8, 255])
}

fn framed(mut canvas: Canvas, colour: Rgba) -> Canvas {
    canvas.outline(&[[0.0, 0.0], [0.0, 1.0], [2.0, 1.0], [2.0, 0.0]], 0.1, colour);
    canvas
}
