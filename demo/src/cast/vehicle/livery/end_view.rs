//! A vehicle's front and rear: grille, bumpers, emblem, plate, rear window where it stands upright, dirt. Painted in metres,
//! (distance from the middle to the right, y).

use super::{GLASS, GLASS_LIGHT, Grille, MUD, PLASTIC, gap};
use crate::cast::canvas::{Canvas, Spot, covering, shaded};
use crate::cast::vehicle::body::End;
use crate::cast::vehicle::shape::{NOSE, Shape, TAIL};
use crate::cast::vehicle::{Vehicle, VehicleKind, plate};

/// The front or the rear as one sees it standing before it.
pub fn paint(vehicle: &Vehicle, end: End, size: [u32; 2]) -> Canvas {
    let shape = &vehicle.shape;
    let half = shape.width / 2.0;
    let mut canvas = Canvas::new(size, [-half, shape.height, half, 0.0]);
    canvas.flood(vehicle.paint.colour);
    match end {
        End::Front => front(&mut canvas, vehicle),
        End::Rear => rear(&mut canvas, vehicle),
    }
    let top = shape.sill + 0.2 + 0.4 * vehicle.livery.dirt;
    let share = 0.15 + 0.5 * vehicle.livery.dirt;
    canvas.fade([-half, top], [half, shape.sill], [covering(MUD, 0.0), covering(MUD, share)]);
    canvas
}

/// The heights of the upper edge of an end, and of its lower one.
fn heights(shape: &Shape, bend: usize) -> [f32; 2] {
    let section = shape.section(shape.silhouette[bend][0]);
    [section[3][1], section[0][1]]
}

fn front(canvas: &mut Canvas, vehicle: &Vehicle) {
    let shape = &vehicle.shape;
    let half = shape.width / 2.0;
    let [top, bottom] = heights(shape, NOSE);
    let height = |down: f32| top + (bottom - top) * down;
    canvas.line(&[[-half, height(0.09)], [half, height(0.09)]], 0.016, gap(vehicle.paint.colour));
    let bumper = if vehicle.livery.cladding { PLASTIC } else { covering(shaded(vehicle.paint.colour, 0.9), 1.0) };
    canvas.block([-half, height(0.55)], [half, bottom], bumper);
    canvas.line(&[[-half, height(0.55)], [half, height(0.55)]], 0.014, gap(vehicle.paint.colour));
    grille(canvas, vehicle, [height(0.24), height(0.5), height(0.86)]);
    let intake = [
        [-half * 0.62, height(0.74)],
        [-half * 0.52, height(0.93)],
        [half * 0.52, height(0.93)],
        [half * 0.62, height(0.74)],
    ];
    canvas.fill(&intake, [18, 18, 20, 255]);
    for side in [-1.0, 1.0] {
        canvas.oval([side * half * 0.76, height(0.8)], [0.09, 0.055], [22, 22, 24, 255]);
        canvas.oval([side * half * 0.76, height(0.8)], [0.05, 0.038], [196, 198, 196, 255]);
    }
    plate::paint(canvas, [0.0, height(0.65)], &vehicle.livery.plate);
}

/// The grille between `top` and `bottom`; a shield reaches down to `low`.
fn grille(canvas: &mut Canvas, vehicle: &Vehicle, [top, bottom, low]: [f32; 3]) {
    let half = vehicle.shape.width / 2.0 * (vehicle.lamps.front[0] - 0.06);
    let frame = if vehicle.livery.chrome { [200, 203, 206, 255] } else { [30, 30, 32, 255] };
    match vehicle.livery.grille {
        Grille::Bars => {
            let outline = [[-half, top], [-half * 0.9, bottom], [half * 0.9, bottom], [half, top]];
            mesh(canvas, &outline, frame);
            for bar in 1..5 {
                let y = top + (bottom - top) * bar as f32 / 5.0;
                canvas.line(&[[-half * 0.92, y], [half * 0.92, y]], 0.014, frame);
            }
        }
        Grille::Kidneys => {
            for side in [-1.0, 1.0] {
                let outline =
                    [[0.03, top], [0.05, bottom], [half * 0.6, bottom], [half * 0.66, top]].map(|[x, y]| [x * side, y]);
                mesh(canvas, &outline, frame);
            }
        }
        Grille::Shield => {
            let outline = [[-half * 0.62, top], [-half * 0.7, (top + low) / 2.0], [-half * 0.45, low]];
            let mirrored = outline.iter().rev().map(|[x, y]| [-x, *y]);
            let outline: Vec<Spot> = outline.iter().copied().chain(mirrored).collect();
            mesh(canvas, &outline, frame);
        }
        Grille::Slot => {
            let lower = top + (bottom - top) * 0.45;
            mesh(canvas, &[[-half, top], [-half, lower], [half, lower], [half, top]], frame);
        }
        Grille::Closed => canvas.line(&[[-half, bottom], [half, bottom]], 0.02, gap(vehicle.paint.colour)),
    }
    emblem(canvas, (top + bottom) / 2.0);
}

fn mesh(canvas: &mut Canvas, outline: &[Spot], frame: [u8; 4]) {
    canvas.fill(outline, [16, 16, 18, 255]);
    canvas.outline(outline, 0.024, frame);
}

/// No maker's: a ring.
fn emblem(canvas: &mut Canvas, y: f32) {
    canvas.oval([0.0, y], [0.055, 0.055], [40, 42, 46, 255]);
    canvas.ring([0.0, y], [0.052, 0.052], 0.018, [208, 210, 212, 255]);
}

fn rear(canvas: &mut Canvas, vehicle: &Vehicle) {
    let shape = &vehicle.shape;
    let half = shape.width / 2.0;
    let [top, bottom] = heights(shape, TAIL);
    let height = |down: f32| top + (bottom - top) * down;
    let line = gap(vehicle.paint.colour);
    let (bumper_top, plate_at) = match vehicle.kind {
        VehicleKind::Van => (0.84, 0.76),
        VehicleKind::Pickup => (0.72, 0.82),
        _ => (0.6, 0.42),
    };
    if shape.square_rear {
        upright_windows(canvas, shape, [height(0.08), height(0.36)]);
        canvas.line(&[[0.0, top], [0.0, height(bumper_top)]], 0.018, line);
        canvas.line(&[[0.06, height(0.58)], [0.06, height(0.66)]], 0.04, [24, 24, 26, 255]);
    }
    let opening = half * 0.84;
    canvas.line(
        &[[-opening, top], [-opening * 0.97, height(bumper_top)], [opening * 0.97, height(bumper_top)], [opening, top]],
        0.016,
        line,
    );
    let bumper =
        if vehicle.livery.cladding || shape.bed { PLASTIC } else { covering(shaded(vehicle.paint.colour, 0.88), 1.0) };
    canvas.block([-half, height(bumper_top)], [half, bottom], bumper);
    canvas.block([-half, height(0.9)], [half, bottom], PLASTIC);
    for side in [-1.0, 1.0] {
        canvas.block([side * half * 0.66, height(0.76)], [side * half * 0.9, height(0.80)], [138, 14, 16, 255]);
    }
    plate::paint(canvas, [0.0, height(plate_at)], &vehicle.livery.plate);
    if !shape.square_rear {
        emblem(canvas, height(if shape.bed { 0.3 } else { 0.16 }));
    }
}

/// The windows of a van's two rear doors.
fn upright_windows(canvas: &mut Canvas, shape: &Shape, [top, bottom]: [f32; 2]) {
    let outer = shape.roof * 0.86;
    for side in [-1.0, 1.0] {
        let outline = [[0.09, top], [0.09, bottom], [outer + 0.04, bottom], [outer, top]].map(|[x, y]| [x * side, y]);
        canvas.fade_within(&outline, [[0.0, top], [0.0, bottom]], [covering(GLASS_LIGHT, 1.0), covering(GLASS, 1.0)]);
        canvas.outline(&outline, 0.025, [16, 16, 17, 255]);
    }
}
