//! Wheels: a tyre with a rim, of several designs.

use std::f32::consts::TAU;

use glam::{Vec2, Vec3};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::VehicleKind;
use crate::cast::canvas::{Canvas, Rgba, shaded};
use crate::cast::forms::{Corner, Net};
use crate::mesh::{Material, Part};

/// What a rim looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WheelDesign {
    /// How many spokes, 5 to 12; 0 is a steel disc with holes.
    pub spokes: u32,
    /// The share of the space between two spokes that a spoke takes.
    pub spoke_width: f32,
    /// The rim's radius against the tyre's.
    pub rim: f32,
    /// Its colour.
    pub colour: [u8; 3],
}

impl WheelDesign {
    pub(super) fn draw(kind: VehicleKind, random: &mut ChaCha8Rng) -> Self {
        let steel = random.random_bool(if kind == VehicleKind::Van { 0.6 } else { 0.12 });
        let silver = random.random_range(150..205);
        let dark = random.random_bool(0.25);
        let colour = if dark { [48, 49, 52] } else { [silver, silver + 2, silver + 5] };
        Self {
            spokes: if steel { 0 } else { random.random_range(5..=12) },
            spoke_width: random.random_range(0.3..0.55),
            rim: random.random_range(0.64..0.74),
            colour,
        }
    }
}

/// Half the width of a tyre, in metres.
const HALF_WIDTH: f32 = 0.105;

/// Corners of a tyre seen from the side.
const SECTORS: u32 = 16;

/// A left wheel around the origin: its outside looks along +x.
pub fn part(design: &WheelDesign, radius: f32) -> Part {
    // Distance along the axle, radius, from the inner edge of the tread to the middle of the outer face.
    let profile = [
        [-HALF_WIDTH, radius * 0.97],
        [HALF_WIDTH * 0.8, radius],
        [HALF_WIDTH, radius * design.rim],
        [HALF_WIDTH - 0.03, radius * design.rim * 0.93],
        [HALF_WIDTH - 0.012, 0.0],
    ];
    let rows: Vec<Vec<Corner>> = profile
        .iter()
        .map(|&[out, round]| {
            let corner = |sector: u32| {
                let (sin, cos) = (-(sector as f32) / SECTORS as f32 * TAU).sin_cos();
                // The tread is seen edge-on in the picture of the face: its corners take the tyre's rim.
                let uv = Vec2::new(0.5 + cos * round / radius * 0.49, 0.5 + sin * round / radius * 0.49);
                Corner { position: Vec3::new(out, cos * round, sin * round), uv }
            };
            (0..=SECTORS).map(corner).collect()
        })
        .collect();
    let mut net = Net::default();
    net.rows(&rows);
    Part { mesh: net.smooth(0.7), material: Material::matt(face(design).texture()).glossy(0.25) }
}

/// A wheel seen from its side; the tyre's radius is 1.
fn face(design: &WheelDesign) -> Canvas {
    let mut canvas = Canvas::new([128, 128], [-1.02, -1.02, 1.02, 1.02]);
    canvas.flood([30, 30, 31]);
    canvas.ring([0.0, 0.0], [0.9, 0.9], 0.02, [48, 48, 49, 255]);
    canvas.oval([0.0, 0.0], [design.rim; 2], opaque(shaded(design.colour, 0.92)));
    if design.spokes == 0 {
        steel(&mut canvas, design)
    } else {
        alloy(&mut canvas, design)
    }
    canvas.oval([0.0, 0.0], [0.12; 2], opaque(shaded(design.colour, 0.8)));
    canvas.oval([0.0, 0.0], [0.07; 2], [36, 37, 40, 255]);
    canvas
}

/// Spokes before a dark gap with a brake disc.
fn alloy(canvas: &mut Canvas, design: &WheelDesign) {
    let inner = design.rim * 0.9;
    canvas.oval([0.0, 0.0], [inner; 2], [22, 22, 24, 255]);
    canvas.ring([0.0, 0.0], [inner * 0.55; 2], inner * 0.25, [70, 68, 66, 255]);
    for spoke in 0..design.spokes {
        let middle = spoke as f32 / design.spokes as f32 * TAU;
        let half = design.spoke_width * TAU / design.spokes as f32 / 2.0;
        let at = |angle: f32, radius: f32| [angle.cos() * radius, angle.sin() * radius];
        let outline = [
            at(middle - half * 1.6, 0.14),
            at(middle - half * 0.8, inner + 0.02),
            at(middle + half * 0.8, inner + 0.02),
            at(middle + half * 1.6, 0.14),
        ];
        canvas.fill(&outline, opaque(design.colour));
        canvas.line(&outline[2..], 0.02, opaque(shaded(design.colour, 0.6)));
    }
}

/// A pressed disc with a ring of holes.
fn steel(canvas: &mut Canvas, design: &WheelDesign) {
    canvas.ring([0.0, 0.0], [design.rim * 0.86; 2], 0.04, opaque(shaded(design.colour, 0.55)));
    canvas.ring([0.0, 0.0], [design.rim * 0.42; 2], 0.03, opaque(shaded(design.colour, 0.65)));
    for hole in 0..10 {
        let angle = hole as f32 / 10.0 * TAU;
        let distance = design.rim * 0.65;
        canvas.oval([angle.cos() * distance, angle.sin() * distance], [0.065; 2], [30, 30, 32, 255]);
    }
}

fn opaque([red, green, blue]: [u8; 3]) -> Rgba {
    [red, green, blue, 255]
}
