//! The surface of a vehicle's body: cross-sections joined along its length, a rounded cap at the front and the rear, mirrors,
//! and a dark core that stands for everything below.

use glam::{Affine3A, Vec2, Vec3};

use super::shape::{COWL, NOSE, Shape, TAIL};
use crate::cast::canvas::Spot;
use crate::cast::forms::{Corner, Net};
use crate::mesh::Mesh;

/// Where on the body's texture its sides, its top, its front and its rear are: left, top, right, bottom in shares of it.
pub mod region {
    /// The sides: the front at the left, from the roof down to the ground. Both sides show the same.
    pub const SIDE: [f32; 4] = [0.0, 0.0, 1.0, 0.375];
    /// The top: the front at the left, from the middle line to the outside. Both halves show the same.
    pub const TOP: [f32; 4] = [0.0, 0.375, 1.0, 0.625];
    /// The front as one sees it standing before it.
    pub const FRONT: [f32; 4] = [0.0, 0.625, 0.46875, 1.0];
    /// The rear as one sees it standing behind it.
    pub const REAR: [f32; 4] = [0.46875, 0.625, 0.9375, 1.0];
    /// Black.
    pub const BLACK: [f32; 2] = [0.97, 0.8];
    /// The mirrors' caps.
    pub const MIRROR: [f32; 2] = [0.97, 0.95];
}

/// Which end of a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Where the headlights are.
    Front,
    /// Where the tail lights are.
    Rear,
}

/// Faces that meet at less than this look rounded.
const CREASE: f32 = 0.6;

/// The body without wheels and lamps.
#[must_use]
pub fn mesh(shape: &Shape) -> Mesh {
    let mut net = Net::default();
    for side in [1.0, -1.0] {
        hull(shape, side, &mut net);
    }
    for end in [End::Front, End::Rear] {
        net.rows(&cap_rows(shape, end));
    }
    let mut mesh = net.smooth(CREASE);
    mesh.add(&core(shape), &Affine3A::IDENTITY);
    for side in [1.0, -1.0] {
        mesh.add(&mirror(shape), &Affine3A::from_scale(Vec3::new(side, 1.0, 1.0)));
    }
    mesh
}

/// One half of the sides and the top; `side` is 1 for the left.
fn hull(shape: &Shape, side: f32, net: &mut Net) {
    let stations = shape.stations();
    let sections: Vec<(f32, [Spot; 6])> = stations.iter().map(|z| (*z, shape.section(*z))).collect();
    let strips: [(&[usize], bool); 2] = [(&[0, 1, 2, 3], false), (&[3, 4, 5], true)];
    for (indices, is_top) in strips {
        let rows: Vec<Vec<Corner>> = indices
            .iter()
            .rev()
            .map(|&index| {
                let corner = |(z, section): &(f32, [Spot; 6])| {
                    let position = Vec3::new(section[index][0] * side, section[index][1], *z);
                    let uv = if is_top { top_uv(shape, position) } else { side_uv(shape, position) };
                    Corner { position, uv }
                };
                let row = sections.iter().map(corner);
                // Seen from its own side, the front of the left half is at the left, that of the right half at the right.
                if side > 0.0 { row.collect() } else { row.rev().collect() }
            })
            .collect();
        net.rows(&rows);
    }
}

/// The rounded front or rear, between the cross-sections at the nose or the tail.
fn cap_rows(shape: &Shape, end: End) -> Vec<Vec<Corner>> {
    let across = [-1.0, -0.9, -0.65, -0.3, 0.0, 0.3, 0.65, 0.9, 1.0];
    let down = [0.0, 0.1, 0.3, 0.52, 0.76, 1.0];
    let corner = |across: f32, down: f32| {
        let position = cap(shape, end, across, down);
        Corner { position, uv: end_uv(shape, end, position) }
    };
    // From before it, its left (+x) is at the right; from behind, at the left.
    let sign = if end == End::Front { 1.0 } else { -1.0 };
    down.iter().map(|down| across.iter().map(|across| corner(sign * across, *down)).collect()).collect()
}

/// A point of the front or the rear: `across` from -1 (right side) to 1, `down` from 0 (bonnet's edge) to 1 (lower edge).
#[must_use]
pub fn cap(shape: &Shape, end: End, across: f32, down: f32) -> Vec3 {
    let (z, bulge, outwards) = match end {
        End::Front => (shape.silhouette[NOSE][0], shape.bulge[0], 1.0),
        End::Rear => (shape.silhouette[TAIL][0], shape.bulge[1], -1.0),
    };
    let section = shape.section(z);
    let edge_y = section[3][1] + (section[0][1] - section[3][1]) * down;
    let x = width_at(&section, edge_y) * across;
    let crown = crown_at(&section, x.abs()) - section[3][1];
    // Flat in the middle, round at the corners; leaning back at the top and a little below the bumper.
    let plan = 1.0 - across.abs().powf(2.6);
    let profile = interpolated(&[[0.0, 0.0], [0.1, 0.5], [0.3, 0.78], [0.52, 1.0], [0.76, 1.0], [1.0, 0.8]], down);
    Vec3::new(x, edge_y + crown * (1.0 - down).powi(3), z + outwards * bulge * plan * profile)
}

/// How wide a cross-section's side is at a height.
fn width_at(section: &[Spot; 6], y: f32) -> f32 {
    let pair = section[..4].windows(2).find(|pair| y <= pair[1][1] + 1e-5).unwrap_or(&section[2..4]);
    let share = ((y - pair[0][1]) / (pair[1][1] - pair[0][1]).max(1e-5)).clamp(0.0, 1.0);
    pair[0][0] + (pair[1][0] - pair[0][0]) * share
}

/// How high a cross-section's top is at a distance from the middle.
fn crown_at(section: &[Spot; 6], x: f32) -> f32 {
    let points = [section[5], section[4], section[3]];
    interpolated(&points, x)
}

/// The second numbers of `points` at `at` of their growing first ones.
fn interpolated(points: &[Spot], at: f32) -> f32 {
    let pair = points.windows(2).find(|pair| at <= pair[1][0]).unwrap_or(&points[points.len() - 2..]);
    let share = ((at - pair[0][0]) / (pair[1][0] - pair[0][0])).clamp(0.0, 1.0);
    pair[0][1] + (pair[1][1] - pair[0][1]) * share
}

fn within([left, top, right, bottom]: [f32; 4], across: f32, down: f32) -> Vec2 {
    Vec2::new(left + (right - left) * across, top + (bottom - top) * down)
}

fn side_uv(shape: &Shape, position: Vec3) -> Vec2 {
    let [front, rear] = [shape.silhouette[NOSE][0], shape.silhouette[TAIL][0]];
    within(region::SIDE, (front - position.z) / (front - rear), 1.0 - position.y / shape.height)
}

fn top_uv(shape: &Shape, position: Vec3) -> Vec2 {
    within(region::TOP, shape.share_along_top(position.z), (position.x.abs() / (shape.width / 2.0)).min(0.99))
}

fn end_uv(shape: &Shape, end: End, position: Vec3) -> Vec2 {
    let (region, sign) = if end == End::Front { (region::FRONT, 1.0) } else { (region::REAR, -1.0) };
    within(region, 0.5 + sign * position.x / shape.width, 1.0 - position.y / shape.height)
}

/// Everything between the wheels and below the floor: one does not see through a car.
fn core(shape: &Shape) -> Mesh {
    let (front, rear) = (shape.silhouette[NOSE][0] - 0.05, shape.silhouette[TAIL][0] + 0.05);
    // Below the bonnet even where it is lowest.
    let top = shape.belt[0].min(shape.section(shape.silhouette[NOSE][0])[3][1]) - 0.12;
    let size = Vec3::new(shape.width - 0.46, top - shape.sill, front - rear);
    let middle = Vec3::new(0.0, shape.sill + size.y / 2.0, (front + rear) / 2.0);
    let size = if shape.bed { Vec3::new(size.x, 0.3, size.z) } else { size };
    let middle = if shape.bed { Vec3::new(0.0, shape.sill + 0.15, middle.z) } else { middle };
    let mut mesh = Mesh::default();
    let black = Mesh::cuboid(size).with_uv(Vec2::ZERO, Vec2::from(region::BLACK));
    mesh.add(&black, &Affine3A::from_translation(middle));
    mesh
}

/// The left mirror on its foot.
fn mirror(shape: &Shape) -> Mesh {
    let z = shape.silhouette[COWL][0] - 0.42;
    let place = Vec3::new(shape.half_width(z) + 0.07, shape.belt_at(z) + 0.09, z);
    let tall = if shape.square_rear { 0.14 } else { 0.075 };
    let mut mesh = Mesh::default();
    let cap = Mesh::ellipsoid(Vec3::new(0.105, tall, 0.06), 6, 4).with_uv(Vec2::ZERO, Vec2::from(region::MIRROR));
    mesh.add(&cap, &Affine3A::from_translation(place));
    mesh
}
