//! A vehicle's side: windows between their pillars, doors with handles, sill, arches, dirt. Painted in metres, (z, y).

use super::{GLASS, GLASS_LIGHT, MUD, PLASTIC, gap};
use crate::cast::canvas::{Canvas, Spot, covering, shaded};
use crate::cast::vehicle::shape::{COWL, DECK, NOSE, ROOF_REAR, Shape, TAIL};
use crate::cast::vehicle::{Vehicle, VehicleKind};

/// The side of a vehicle, its front at the left.
pub fn paint(vehicle: &Vehicle, size: [u32; 2]) -> Canvas {
    let shape = &vehicle.shape;
    let (front, rear) = (shape.silhouette[NOSE][0], shape.silhouette[TAIL][0]);
    let mut canvas = Canvas::new(size, [front, shape.height, rear, 0.0]);
    canvas.flood(vehicle.paint.colour);
    panels(&mut canvas, vehicle, [front, rear]);
    band(&mut canvas, vehicle);
    windows(&mut canvas, vehicle);
    doors(&mut canvas, vehicle);
    lower(&mut canvas, vehicle, [front, rear]);
    end_lamps(&mut canvas, vehicle, [front, rear]);
    canvas
}

/// Light from above and dark below, and the crease along the doors.
fn panels(canvas: &mut Canvas, vehicle: &Vehicle, [front, rear]: [f32; 2]) {
    let (shape, paint) = (&vehicle.shape, vehicle.paint.colour);
    let dark = covering(shaded(paint, 0.5), 0.0);
    let sill = shape.sill;
    canvas.fade([front, shape.belt[0]], [rear, sill], [dark, covering(shaded(paint, 0.55), 0.5)]);
    let crease = |lift: f32| {
        let height = |belt: f32| sill + (belt - sill) * vehicle.livery.crease + lift;
        [[front, height(shape.belt[0]) - 0.03], [rear, height(shape.belt[1])]]
    };
    canvas.line(&crease(0.012), 0.03, covering([255, 255, 255], 0.22));
    canvas.line(&crease(-0.018), 0.035, covering([0, 0, 0], 0.28));
}

/// The band of a firm, with bars that stand for its name.
fn band(canvas: &mut Canvas, vehicle: &Vehicle) {
    let Some(colour) = vehicle.livery.band else { return };
    let (sill, top) = (vehicle.shape.sill, vehicle.shape.height);
    let height = top - sill;
    let colour = covering(colour, 1.0);
    canvas.fill(
        &[
            [0.9, sill + 0.3 * height],
            [0.4, sill + 0.42 * height],
            [-2.5, sill + 0.42 * height],
            [-2.5, sill + 0.3 * height],
        ],
        colour,
    );
    canvas.oval([0.15, sill + 0.66 * height], [0.2, 0.2], colour);
    for (index, length) in [0.22, 0.34, 0.18, 0.28, 0.3].into_iter().enumerate() {
        let left = -0.2 - 0.38 * index as f32;
        canvas.block([left, sill + 0.71 * height], [left - length, sill + 0.61 * height], colour);
    }
}

/// Where the rearmost side window ends at the belt line.
fn windows_end(vehicle: &Vehicle) -> f32 {
    let shape = &vehicle.shape;
    match vehicle.kind {
        VehicleKind::Van => shape.silhouette[COWL][0] - 1.35,
        VehicleKind::Sedan => shape.silhouette[DECK][0] + 0.22,
        VehicleKind::Pickup => shape.silhouette[DECK][0] + 0.14,
        VehicleKind::Hatchback | VehicleKind::Suv => shape.silhouette[DECK][0] + 0.2,
    }
}

/// The glass between belt line and roof, cut by pillars.
fn windows(canvas: &mut Canvas, vehicle: &Vehicle) {
    let shape = &vehicle.shape;
    let (start, end) = (shape.silhouette[COWL][0] - 0.16, windows_end(vehicle));
    let outline = glass_outline(shape, start, end);
    let frame = if vehicle.livery.chrome { [186, 190, 194, 255] } else { [18, 18, 19, 255] };
    let top = shape.height - 0.1;
    canvas.fade_within(
        &outline,
        [[0.0, top], [0.0, shape.belt[1]]],
        [covering(GLASS_LIGHT, 1.0), covering(GLASS, 1.0)],
    );
    canvas.outline(&outline, 0.03, frame);
    for pillar in pillars(vehicle) {
        let belt = shape.belt_at(pillar) + 0.02;
        let edge = shape.section(pillar)[3][1] - 0.02;
        canvas.line(&[[pillar, belt], [pillar - 0.06 * (edge - belt), edge]], 0.065, [20, 20, 21, 255]);
    }
}

/// The corners of all the glass, along the belt line and back under the roof.
fn glass_outline(shape: &Shape, start: f32, end: f32) -> Vec<Spot> {
    let steps = 28;
    let at = |index: i32| start + (end - start) * index as f32 / steps as f32;
    let below = (0..=steps).map(at).map(|z| [z, shape.belt_at(z) + 0.025]);
    let above = (0..=steps).rev().map(at).map(|z| {
        let belt = shape.belt_at(z) + 0.025;
        [z, (shape.section(z)[3][1] - 0.035).max(belt)]
    });
    below.chain(above).collect()
}

/// Where one window ends and the next begins.
fn pillars(vehicle: &Vehicle) -> Vec<f32> {
    let shape = &vehicle.shape;
    let second = middle_pillar(vehicle);
    let third = shape.axles[1] + 0.32;
    match vehicle.kind {
        VehicleKind::Van => Vec::new(),
        VehicleKind::Hatchback if vehicle.livery.doors == 1 => vec![second],
        VehicleKind::Suv => vec![second, third.max(shape.silhouette[ROOF_REAR][0] + 0.35)],
        VehicleKind::Sedan | VehicleKind::Hatchback => vec![second, third],
        VehicleKind::Pickup => vec![second],
    }
}

/// The pillar between the front door and what is behind it.
fn middle_pillar(vehicle: &Vehicle) -> f32 {
    let longer = if vehicle.livery.doors == 1 { 0.18 } else { 0.0 };
    vehicle.shape.silhouette[COWL][0] - 1.05 - longer
}

/// Gaps round the doors, handles, and the fuel flap.
fn doors(canvas: &mut Canvas, vehicle: &Vehicle) {
    let shape = &vehicle.shape;
    let line = gap(vehicle.paint.colour);
    let (hinge, middle) = (shape.silhouette[COWL][0] - 0.22, middle_pillar(vehicle));
    let bottom = shape.sill + 0.09;
    let arch_end = shape.axles[1] + shape.arch_radius();
    let last = match vehicle.kind {
        VehicleKind::Van => middle - 1.15,
        VehicleKind::Pickup => shape.silhouette[DECK][0] + 0.06,
        _ => shape.axles[1] + 0.3,
    };
    let knee = arch_end.max(last) + 0.04;
    canvas.line(
        &[[hinge, shape.belt_at(hinge)], [hinge, bottom], [middle, bottom], [middle, shape.belt_at(middle)]],
        0.014,
        line,
    );
    if vehicle.livery.doors == 2 || vehicle.kind == VehicleKind::Van {
        let top = if vehicle.kind == VehicleKind::Van { shape.height - 0.2 } else { shape.belt_at(last) };
        canvas.line(
            &[[middle, top], [middle, bottom], [knee, bottom], [last, shape.wheel_radius * 2.0 + 0.12], [last, top]],
            0.014,
            line,
        );
        handle(canvas, vehicle, last + 0.12);
    }
    if vehicle.kind == VehicleKind::Van {
        canvas.line(
            &[[last, shape.belt[0] - 0.1], [shape.silhouette[TAIL][0] + 0.15, shape.belt[0] - 0.1]],
            0.025,
            line,
        );
    }
    handle(canvas, vehicle, middle + 0.12);
    let flap = shape.axles[1] - 0.12;
    let height = shape.belt_at(flap) - 0.12;
    canvas.outline(
        &[[flap, height], [flap - 0.15, height], [flap - 0.15, height - 0.14], [flap, height - 0.14]],
        0.01,
        line,
    );
}

/// A door handle with its shadow.
fn handle(canvas: &mut Canvas, vehicle: &Vehicle, z: f32) {
    let y = vehicle.shape.belt_at(z) - 0.1;
    let colour = if vehicle.livery.chrome { [206, 208, 210] } else { shaded(vehicle.paint.colour, 1.12) };
    canvas.block([z + 0.09, y - 0.005], [z - 0.09, y - 0.04], covering([0, 0, 0], 0.55));
    canvas.block([z + 0.09, y + 0.02], [z - 0.09, y - 0.012], covering(colour, 1.0));
}

/// The sill, the arches' edges, and the dirt on them.
fn lower(canvas: &mut Canvas, vehicle: &Vehicle, [front, rear]: [f32; 2]) {
    let (shape, livery) = (&vehicle.shape, &vehicle.livery);
    let sill = shape.sill + if livery.cladding { 0.13 } else { 0.05 };
    canvas.block([front, sill], [rear, 0.0], PLASTIC);
    for axle in shape.axles {
        let edge = shape.arch_radius() + 0.005;
        let width = if livery.cladding { 0.15 } else { 0.035 };
        let colour = if livery.cladding { PLASTIC } else { covering(shaded(vehicle.paint.colour, 0.4), 0.8) };
        canvas.ring([axle, shape.wheel_radius], [edge; 2], width, colour);
        let mud = covering(MUD, 0.45 * livery.dirt);
        canvas.ring([axle, shape.wheel_radius], [edge + 0.08; 2], 0.16, mud);
    }
    let top = shape.sill + 0.15 + 0.4 * livery.dirt;
    canvas.fade([front, top], [rear, shape.sill], [covering(MUD, 0.0), covering(MUD, 0.25 + 0.55 * livery.dirt)]);
}

/// Where the lamps and bumpers reach round the corners.
fn end_lamps(canvas: &mut Canvas, vehicle: &Vehicle, [front, rear]: [f32; 2]) {
    let lamps = &vehicle.lamps;
    let shape = &vehicle.shape;
    let line = gap(vehicle.paint.colour);
    for (end, inwards, [_, top, bottom], glass) in
        [(front, -1.0, lamps.front, [196, 202, 208]), (rear, 1.0, lamps.rear, [164, 16, 18])]
    {
        let section = shape.section(end);
        let height = |down: f32| section[3][1] + (section[0][1] - section[3][1]) * down;
        let (upper, lower) = (height(top), height(bottom));
        let reach = 0.26 * inwards;
        canvas.fill(
            &[[end, upper], [end, lower], [end + reach * 0.5, lower + 0.01], [end + reach, upper]],
            covering(glass, 1.0),
        );
        canvas.line(
            &[[end, lower - 0.03], [end + reach * 1.2, lower - 0.06], [end + reach * 1.3, shape.sill + 0.25]],
            0.014,
            line,
        );
    }
}
