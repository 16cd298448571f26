//! A vehicle's top: bonnet, windscreen, roof, rear window, boot or load bed. Painted in shares: along the silhouette from the
//! nose to the tail, and from the middle line to the widest point.

use super::{GLASS, GLASS_LIGHT, gap};
use crate::cast::canvas::{Canvas, Spot, covering, shaded};
use crate::cast::vehicle::shape::{COWL, DECK, ROOF_FRONT, ROOF_REAR, Shape, TAIL};
use crate::cast::vehicle::{Vehicle, VehicleKind};

/// The left half of the top, its front at the left.
pub fn paint(vehicle: &Vehicle, size: [u32; 2]) -> Canvas {
    let shape = &vehicle.shape;
    let mut canvas = Canvas::new(size, [0.0, 0.0, 1.0, 1.0]);
    canvas.flood(vehicle.paint.colour);
    bonnet(&mut canvas, vehicle);
    roof(&mut canvas, vehicle);
    glass(&mut canvas, shape, [COWL, ROOF_FRONT]);
    wipers(&mut canvas, shape);
    if !shape.square_rear {
        glass(&mut canvas, shape, [DECK, ROOF_REAR]);
    }
    if shape.bed {
        bed(&mut canvas, shape)
    } else {
        boot(&mut canvas, vehicle)
    }
    canvas
}

fn along(shape: &Shape, bend: usize) -> f32 {
    shape.share_along_top(shape.silhouette[bend][0])
}

/// A window between two bends of the silhouette, from its foot to its head, a little smaller than the opening.
fn glass(canvas: &mut Canvas, shape: &Shape, bends: [usize; 2]) {
    let [foot, head] = bends.map(|bend| along(shape, bend));
    let half = shape.width / 2.0;
    let at_foot = shape.section(shape.silhouette[bends[0]][0])[4][0] / half - 0.02;
    let at_head = shape.section(shape.silhouette[bends[1]][0])[4][0] / half - 0.02;
    let inset = (head - foot) * 0.07;
    let outline: [Spot; 4] =
        [[foot + inset, 0.0], [foot + inset, at_foot], [head - inset, at_head], [head - inset, 0.0]];
    canvas.fade_within(&outline, [[foot, 0.0], [head, 0.0]], [covering(GLASS, 1.0), covering(GLASS_LIGHT, 1.0)]);
    canvas.line(&outline, 0.012, [16, 16, 17, 255]);
}

fn bonnet(canvas: &mut Canvas, vehicle: &Vehicle) {
    let shape = &vehicle.shape;
    let cowl = along(shape, COWL);
    let paint = vehicle.paint.colour;
    let edge = [[0.0, 0.84], [cowl * 0.5, 0.86], [cowl - 0.005, 0.86]];
    canvas.line(&edge, 0.012, gap(paint));
    let crease = [[0.02, 0.42], [cowl - 0.01, 0.56]];
    canvas.line(&crease, 0.02, covering(shaded(paint, 0.7), 0.5));
    canvas.line(&crease.map(|[x, y]| [x, y - 0.025]), 0.02, covering(shaded(paint, 1.25), 0.5));
    // The black strip under the wipers.
    canvas.block([cowl - 0.012, 0.0], [cowl + 0.012, 0.86], [24, 24, 26, 255]);
}

fn wipers(canvas: &mut Canvas, shape: &Shape) {
    let (cowl, head) = (along(shape, COWL), along(shape, ROOF_FRONT));
    canvas.line(&[[cowl + 0.006, 0.1], [cowl + (head - cowl) * 0.2, 0.62]], 0.012, [12, 12, 13, 255]);
}

fn roof(canvas: &mut Canvas, vehicle: &Vehicle) {
    let shape = &vehicle.shape;
    let (front, rear) = (along(shape, ROOF_FRONT), along(shape, ROOF_REAR));
    if vehicle.livery.black_roof {
        canvas.block([front, 0.0], [rear, 1.0], [20, 21, 23, 255]);
    }
    let rail = shape.roof / (shape.width / 2.0) - 0.12;
    match vehicle.kind {
        VehicleKind::Suv => canvas.line(&[[front + 0.03, rail], [rear - 0.01, rail]], 0.035, [34, 34, 36, 255]),
        VehicleKind::Van => ribs(canvas, vehicle, [front, rear]),
        _ => canvas.line(&[[front, rail], [rear, rail]], 0.012, gap(vehicle.paint.colour)),
    }
}

/// The beads pressed into a van's roof.
fn ribs(canvas: &mut Canvas, vehicle: &Vehicle, [front, rear]: [f32; 2]) {
    for rib in 0..4 {
        let y = 0.12 + 0.18 * rib as f32;
        canvas.line(&[[front + 0.08, y], [rear - 0.02, y]], 0.03, covering(shaded(vehicle.paint.colour, 0.8), 0.7));
    }
}

fn boot(canvas: &mut Canvas, vehicle: &Vehicle) {
    let shape = &vehicle.shape;
    let (deck, tail) = (along(shape, DECK), along(shape, TAIL));
    if vehicle.kind == VehicleKind::Sedan {
        canvas.line(&[[deck, 0.78], [tail, 0.78]], 0.014, gap(vehicle.paint.colour));
    }
    if vehicle.kind == VehicleKind::Suv || vehicle.kind == VehicleKind::Hatchback {
        // The spoiler above the rear window.
        let roof = along(shape, ROOF_REAR);
        canvas.block([roof - 0.012, 0.0], [roof + 0.01, 0.62], covering(shaded(vehicle.paint.colour, 0.75), 1.0));
    }
}

/// The floor of a pickup's bed, ribbed, and its edges.
fn bed(canvas: &mut Canvas, shape: &Shape) {
    let half = shape.width / 2.0;
    let (deck, tail) = (shape.silhouette[DECK][0], shape.silhouette[TAIL][0]);
    let (front, rear) = (shape.share_along_top(deck - 0.02), shape.share_along_top(tail + 0.03));
    let wall = shape.section(deck - 0.1)[3][0] / half - 0.02;
    canvas.block([front, 0.0], [rear, wall], [46, 47, 49, 255]);
    for rib in 0..6 {
        let y = 0.05 + 0.13 * rib as f32;
        canvas.line(&[[front, y], [rear, y]], 0.03, [66, 67, 70, 255]);
    }
}
