//! Shapes that vehicles, animals and bicycles are put together from, beyond those of [`crate::mesh`]: nets of quads with
//! creases, and tubes along a bent line.

use std::collections::HashMap;

use glam::{Affine3A, Vec2, Vec3};

use crate::mesh::{Mesh, Part, Vertex};

/// A corner before it has a normal.
#[derive(Debug, Clone, Copy)]
pub struct Corner {
    /// Where.
    pub position: Vec3,
    /// Where in the texture.
    pub uv: Vec2,
}

/// Triangles whose normals are still to be found.
#[derive(Debug, Default)]
pub struct Net {
    triangles: Vec<[Corner; 3]>,
}

impl Net {
    /// Adds a net of quads between rows of corners, the rows going down and the corners to the right as seen from outside.
    pub fn rows(&mut self, rows: &[Vec<Corner>]) {
        for pair in rows.windows(2) {
            for column in 1..pair[0].len() {
                let [upper, lower] = [&pair[0], &pair[1]];
                self.triangle([upper[column - 1], lower[column - 1], lower[column]]);
                self.triangle([upper[column - 1], lower[column], upper[column]]);
            }
        }
    }

    /// Adds a triangle, unless it has no area.
    fn triangle(&mut self, corners: [Corner; 3]) {
        let [a, b, c] = corners.map(|corner| corner.position);
        if (b - a).cross(c - a).length_squared() > 1e-12 {
            self.triangles.push(corners);
        }
    }

    /// The surface, smooth where faces meet at less than `crease` radians and sharp elsewhere.
    #[must_use]
    pub fn smooth(self, crease: f32) -> Mesh {
        let faces: Vec<Vec3> = self.triangles.iter().map(face_normal).collect();
        let mut around: HashMap<[i32; 3], Vec<Vec3>> = HashMap::new();
        for (triangle, face) in self.triangles.iter().zip(&faces) {
            for corner in triangle {
                around.entry(steps(corner.position)).or_default().push(*face);
            }
        }
        let mut mesh = Mesh::default();
        let mut known = HashMap::new();
        for (triangle, face) in self.triangles.iter().zip(&faces) {
            let indices = triangle.map(|corner| {
                let neighbours = &around[&steps(corner.position)];
                let alike = neighbours.iter().filter(|other| other.angle_between(*face) < crease);
                let normal = alike.sum::<Vec3>().normalize_or_zero();
                *known.entry((steps(corner.position), steps(normal), steps(corner.uv.extend(0.0)))).or_insert_with(
                    || {
                        mesh.vertices.push(Vertex { position: corner.position, normal, uv: corner.uv });
                        mesh.vertices.len() as u32 - 1
                    },
                )
            });
            mesh.triangles.push(indices);
        }
        mesh
    }
}

/// The way a triangle looks; its length is twice its area, so that large faces weigh more.
fn face_normal([a, b, c]: &[Corner; 3]) -> Vec3 {
    (b.position - a.position).cross(c.position - a.position)
}

/// A vector in steps of a tenth of a millimetre, to compare.
fn steps(vector: Vec3) -> [i32; 3] {
    (vector * 1e4).round().as_ivec3().to_array()
}

/// A ring of a tube: its middle, half its width (along the tube's side axis) and half its depth.
pub type Ring = (Vec3, [f32; 2]);

/// A tube through `rings`, open at its ends unless the ring there is tiny. `side` is the axis of the rings' widths. Its
/// texture begins below (against the way `along x side`) and runs over the side away from `side`, the top, and `side`; v
/// grows from the first ring to the last.
#[must_use]
pub fn tube(rings: &[Ring], side: Vec3, sectors: u32) -> Mesh {
    let last = rings.len() - 1;
    let rows: Vec<Vec<Corner>> = (0..=last)
        .map(|index| {
            let (middle, [across, deep]) = rings[index];
            let along = rings[(index + 1).min(last)].0 - rings[index.saturating_sub(1)].0;
            let up = along.cross(side).normalize_or_zero();
            let corner = |sector: u32| {
                let share = sector as f32 / sectors as f32;
                let (sin, cos) = (share * std::f32::consts::TAU).sin_cos();
                let position = middle - up * deep * cos - side * across * sin;
                Corner { position, uv: Vec2::new(share, index as f32 / last as f32) }
            };
            (0..=sectors).map(corner).collect()
        })
        .collect();
    let mut net = Net::default();
    net.rows(&rows);
    net.smooth(1.2)
}

/// A straight round bar, open at its ends.
#[must_use]
pub fn rod(from: Vec3, to: Vec3, radius: f32, sectors: u32) -> Mesh {
    let side = (to - from).normalize().any_orthonormal_vector();
    tube(&[(from, [radius; 2]), (to, [radius; 2])], side, sectors)
}

/// This surface in the rectangle of a texture from `from` to `to`.
#[must_use]
pub fn in_region(mesh: Mesh, from: Vec2, to: Vec2) -> Mesh {
    mesh.with_uv(to - from, from)
}

/// A part moved into the world.
#[must_use]
pub fn moved(part: &Part, to: &Affine3A) -> Part {
    let mut mesh = Mesh {
        vertices: Vec::with_capacity(part.mesh.vertices.len()),
        triangles: Vec::with_capacity(part.mesh.triangles.len()),
    };
    mesh.add(&part.mesh, to);
    Part { mesh, material: part.material.clone() }
}
