//! What a vehicle wears on its surface: windows, doors, grille, plates, trim, dirt; drawn from the seed here, painted by
//! [`side_view`], [`top_view`] and [`end_view`].

mod end_view;
mod side_view;
mod top_view;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::body::{End, region};
use super::{Vehicle, VehicleKind, plate};
use crate::cast::canvas::{Canvas, Rgba, covering, shaded};
use crate::mesh::Material;

/// What a vehicle wears.
#[derive(Debug, Clone, PartialEq)]
pub struct Livery {
    /// How the grille looks.
    pub grille: Grille,
    /// What is written on its plates.
    pub plate: String,
    /// Doors of the driver only, or two on each side.
    pub doors: u32,
    /// Window frames shine instead of being black.
    pub chrome: bool,
    /// Sills, arches and bumpers are of dark plastic.
    pub cladding: bool,
    /// The roof is black.
    pub black_roof: bool,
    /// A firm's colour, as a band on the side.
    pub band: Option<[u8; 3]>,
    /// How dirty it is, 0 to 1.
    pub dirt: f32,
    /// Where its crease along the doors is, between sill (0) and window (1).
    pub crease: f32,
    /// Seed of the dirt's speckles.
    speckles: u64,
}

/// How a grille looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grille {
    /// Bars across.
    Bars,
    /// Two halves.
    Kidneys,
    /// A tall trapezium down to the bumper.
    Shield,
    /// A thin slot.
    Slot,
    /// None, as electric cars have it.
    Closed,
}

/// What firms paint on their vans.
const BANDS: [[u8; 3]; 5] = [[196, 36, 32], [24, 84, 160], [34, 130, 76], [230, 140, 20], [70, 40, 110]];

impl Livery {
    pub(super) fn draw(kind: VehicleKind, random: &mut ChaCha8Rng) -> Self {
        let grilles = [Grille::Bars, Grille::Kidneys, Grille::Shield, Grille::Slot, Grille::Closed];
        let two_doors = match kind {
            VehicleKind::Van => true,
            VehicleKind::Hatchback => random.random_bool(0.35),
            VehicleKind::Pickup => false,
            VehicleKind::Sedan | VehicleKind::Suv => false,
        };
        let clad = match kind {
            VehicleKind::Suv => 0.6,
            VehicleKind::Van | VehicleKind::Pickup => 0.5,
            VehicleKind::Sedan | VehicleKind::Hatchback => 0.1,
        };
        let banded = kind == VehicleKind::Van && random.random_bool(0.45);
        Self {
            grille: grilles[random.random_range(0..grilles.len())],
            plate: plate::draw(random),
            doors: if two_doors { 1 } else { 2 },
            chrome: random.random_bool(0.35),
            cladding: random.random_bool(clad),
            black_roof: random.random_bool(0.12) && kind != VehicleKind::Van,
            band: banded.then(|| BANDS[random.random_range(0..BANDS.len())]),
            dirt: random.random_range(0.0f32..1.0).powi(2),
            crease: random.random_range(0.45..0.72),
            speckles: random.random(),
        }
    }
}

/// The colour of windows from inside the shade of a car.
const GLASS: [u8; 3] = [30, 35, 40];

/// The sky in a window.
const GLASS_LIGHT: [u8; 3] = [92, 104, 114];

/// Dark plastic and rubber.
const PLASTIC: Rgba = [44, 45, 47, 255];

/// Dried mud.
const MUD: [u8; 3] = [122, 106, 86];

/// Pixels of the body's texture across and down.
const SIZE: u32 = 512;

/// The body's material with everything painted on it.
#[must_use]
pub fn material(vehicle: &Vehicle) -> Material {
    let mut atlas = Canvas::new([SIZE, SIZE], [0.0, 0.0, 1.0, 1.0]);
    atlas.flood(vehicle.paint.colour);
    let views = [
        (side_view::paint(vehicle, pixels(region::SIDE)), region::SIDE),
        (top_view::paint(vehicle, pixels(region::TOP)), region::TOP),
        (end_view::paint(vehicle, End::Front, pixels(region::FRONT)), region::FRONT),
        (end_view::paint(vehicle, End::Rear, pixels(region::REAR)), region::REAR),
    ];
    for (view, region) in &views {
        atlas.paste(view, [region[0], region[1]].map(|share| (share * SIZE as f32).round() as i32));
    }
    let [x, y] = region::BLACK;
    atlas.block([x - 0.03, y - 0.1], [x + 0.03, y + 0.1], [14, 14, 15, 255]);
    let [x, y] = region::MIRROR;
    let mirror = if vehicle.livery.cladding { [30, 30, 32] } else { vehicle.paint.colour };
    atlas.block([x - 0.03, y - 0.05], [x + 0.03, y + 0.05], covering(mirror, 1.0));
    let mut random = crate::seed::stream(vehicle.livery.speckles, "vehicle speckles", 0);
    atlas.speckle(3.0 + 9.0 * vehicle.livery.dirt, &mut random);
    Material::matt(atlas.texture()).glossy(0.8 - 0.35 * vehicle.livery.dirt)
}

fn pixels([left, top, right, bottom]: [f32; 4]) -> [u32; 2] {
    [right - left, bottom - top].map(|share| (share * SIZE as f32).round() as u32)
}

/// The dark line of a gap between two panels of this paint.
fn gap(paint: [u8; 3]) -> Rgba {
    covering(shaded(paint, 0.42), 0.9)
}
