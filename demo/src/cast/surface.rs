//! Surfaces that bones move: made once of rings around a body that stands straight, then carried along piece by piece.

use glam::{Affine3A, Vec2, Vec3};

use super::skeleton::{Bone, Frames, Skeleton};
use crate::mesh::{Material, Mesh, Part, Vertex};

/// A ring of a surface. Its points go from the back over the right side, the front and the left side to the back again,
/// which is also how the texture runs around.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ring {
    /// What it is fixed to.
    pub bone: Bone,
    /// Its middle when the body stands straight.
    pub centre: Vec3,
    /// From the middle to its left side.
    pub side: Vec3,
    /// From the middle to its front.
    pub front: Vec3,
    /// How far its back is from the middle, against its front.
    pub back: f32,
    /// 1 an ellipse; below, more of a rectangle.
    pub round: f32,
    /// How far down the texture it is.
    pub v: f32,
}

impl Ring {
    /// A level ring around `centre`, so wide to each side and so deep to the front and the back.
    pub fn level(bone: Bone, centre: Vec3, half_width: f32, half_depth: f32, v: f32) -> Self {
        Self { bone, centre, side: Vec3::X * half_width, front: Vec3::Z * half_depth, back: 1.0, round: 1.0, v }
    }

    /// The same with another depth of the back, as a share of the front's.
    pub fn back(self, back: f32) -> Self {
        Self { back, ..self }
    }

    /// The same, rounder or less round.
    pub fn round(self, round: f32) -> Self {
        Self { round, ..self }
    }

    /// The point at a share of the way around.
    fn point(&self, around: f32) -> Vec3 {
        let angle = around * std::f32::consts::TAU;
        // From the back over -x: sine and cosine of half a turn more.
        let (sin, cos) = (-angle.sin(), -angle.cos());
        let boxy = |value: f32| value.signum() * value.abs().powf(self.round);
        let depth = if cos < 0.0 { self.back } else { 1.0 };
        self.centre + self.side * boxy(sin) + self.front * (boxy(cos) * depth)
    }
}

/// A surface whose corners are fixed to bones, in the bones' spaces.
#[derive(Debug, Clone)]
pub(super) struct Surface {
    corners: Vec<(u8, Vertex)>,
    triangles: Vec<[u32; 3]>,
    material: Material,
}

impl Surface {
    /// Nothing yet.
    pub fn of(material: Material) -> Self {
        Self { corners: Vec::new(), triangles: Vec::new(), material }
    }

    /// Adds a tube through `rings`, from the top down.
    pub fn tube(&mut self, skeleton: &Skeleton, rings: &[Ring], sectors: u32) {
        self.bound_tube(skeleton, rings, sectors, |ring, _| ring.bone);
    }

    /// Adds a tube whose bones differ around a ring: `bone` is given the ring and the point.
    pub fn bound_tube(
        &mut self,
        skeleton: &Skeleton,
        rings: &[Ring],
        sectors: u32,
        bone: impl Fn(&Ring, Vec3) -> Bone,
    ) {
        let around = |column: u32| column as f32 / sectors as f32;
        let point = |row: usize, column: u32| rings[row].point(around(column % sectors));
        let last = rings.len() - 1;
        let first = self.corners.len() as u32;
        for (row, ring) in rings.iter().enumerate() {
            for column in 0..=sectors {
                let along_u = point(row, column + 1) - point(row, column + sectors - 1);
                let along_v = point((row + 1).min(last), column) - point(row.saturating_sub(1), column);
                let normal = along_v.cross(along_u).normalize_or(point(row, column) - ring.centre).normalize_or_zero();
                let position = point(row, column);
                let vertex = Vertex { position, normal, uv: Vec2::new(around(column), ring.v) };
                self.push(skeleton, bone(ring, position), vertex);
            }
        }
        for row in 0..last as u32 {
            for column in 0..sectors {
                let upper = first + row * (sectors + 1) + column;
                let lower = upper + sectors + 1;
                self.triangles.push([upper, lower, lower + 1]);
                self.triangles.push([upper, lower + 1, upper + 1]);
            }
        }
    }

    /// Adds a rigid shape in the body's space, fixed to one bone.
    pub fn rigid(&mut self, skeleton: &Skeleton, bone: Bone, mesh: &Mesh, to: &Affine3A) {
        let mut moved = Mesh::default();
        moved.add(mesh, to);
        let first = self.corners.len() as u32;
        for vertex in moved.vertices {
            self.push(skeleton, bone, vertex);
        }
        self.triangles.extend(moved.triangles.iter().map(|triangle| triangle.map(|index| index + first)));
    }

    fn push(&mut self, skeleton: &Skeleton, bone: Bone, vertex: Vertex) {
        let local = Vertex { position: vertex.position - skeleton.joint(bone), ..vertex };
        self.corners.push((bone.index() as u8, local));
    }

    /// The surface with its bones at `frames`.
    pub fn posed(&self, frames: &Frames) -> Part {
        let vertices = self.corners.iter().map(|(bone, vertex)| {
            let frame = &frames[usize::from(*bone)];
            Vertex {
                position: frame.transform_point3(vertex.position),
                normal: frame.transform_vector3(vertex.normal),
                uv: vertex.uv,
            }
        });
        Part {
            mesh: Mesh { vertices: vertices.collect(), triangles: self.triangles.clone() },
            material: self.material.clone(),
        }
    }
}
