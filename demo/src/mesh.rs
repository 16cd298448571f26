//! Surfaces: triangles with normals and texture coordinates, the few shapes everything is put together from, and the
//! materials they are made of.

use std::sync::Arc;

use glam::{Affine3A, Vec2, Vec3};

use crate::texture::Texture;

/// A corner of triangles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vertex {
    /// Where, in metres.
    pub position: Vec3,
    /// Which way the surface looks there; of length 1.
    pub normal: Vec3,
    /// Where in the texture: (0, 0) is its upper left, (1, 1) its lower right; beyond, the texture repeats.
    pub uv: Vec2,
}

/// A surface. Triangles are counter-clockwise seen from outside.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mesh {
    /// The corners.
    pub vertices: Vec<Vertex>,
    /// Three indices into `vertices` each.
    pub triangles: Vec<[u32; 3]>,
}

/// What a surface is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Material {
    /// Its colours.
    pub texture: Arc<Texture>,
    /// How much of the sun and the lamps it mirrors as a highlight: 0 cloth, 0.2 skin, 0.8 car paint.
    pub gloss: f32,
    /// How much it shines by itself: 0 almost everything, 1 a lamp, a lit window.
    pub glow: f32,
    /// Drawn from both sides (leaves, cloth, spokes); otherwise from outside only.
    pub two_sided: bool,
}

impl Material {
    /// Dull, dark by itself, seen from outside.
    #[must_use]
    pub fn matt(texture: Arc<Texture>) -> Self {
        Self { texture, gloss: 0.0, glow: 0.0, two_sided: false }
    }

    /// The same with a highlight.
    #[must_use]
    pub fn glossy(self, gloss: f32) -> Self {
        Self { gloss, ..self }
    }

    /// The same, shining.
    #[must_use]
    pub fn glowing(self, glow: f32) -> Self {
        Self { glow, ..self }
    }

    /// The same, seen from both sides.
    #[must_use]
    pub fn two_sided(self) -> Self {
        Self { two_sided: true, ..self }
    }
}

/// A surface and what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Its shape.
    pub mesh: Mesh,
    /// Its material.
    pub material: Material,
}

impl Mesh {
    /// Adds another surface, moved by `to`. A mirroring `to` turns the triangles round, so that outside stays outside.
    pub fn add(&mut self, other: &Self, to: &Affine3A) {
        let first = self.vertices.len() as u32;
        let normals = to.matrix3.inverse().transpose();
        self.vertices.extend(other.vertices.iter().map(|vertex| Vertex {
            position: to.transform_point3(vertex.position),
            normal: (normals * vertex.normal).normalize_or_zero(),
            uv: vertex.uv,
        }));
        let mirrored = to.matrix3.determinant() < 0.0;
        self.triangles.extend(other.triangles.iter().map(|&[a, b, c]| {
            let [a, b, c] = [a + first, b + first, c + first];
            if mirrored { [a, c, b] } else { [a, b, c] }
        }));
    }

    /// This surface with its texture coordinates stretched by `scale` and then moved by `by`.
    #[must_use]
    pub fn with_uv(mut self, scale: Vec2, by: Vec2) -> Self {
        for vertex in &mut self.vertices {
            vertex.uv = vertex.uv * scale + by;
        }
        self
    }

    /// A surface over a grid of `columns` by `rows` quads. `at(u, v)`, with both in 0..=1, gives the position; `u` goes
    /// round counter-clockwise seen from above when `v` goes down, so that the outside of a closed shape is outside.
    /// Normals follow from the shape; texture coordinates are `(u, v)`.
    #[must_use]
    pub fn grid(columns: u32, rows: u32, at: impl Fn(f32, f32) -> Vec3) -> Self {
        let step = 1e-3;
        let mut mesh = Self::default();
        for row in 0..=rows {
            for column in 0..=columns {
                let (u, v) = (column as f32 / columns as f32, row as f32 / rows as f32);
                let along_u = at(u + step, v) - at(u - step, v);
                // At a pole there is no way round; the normal a hair away is as good.
                let inside = v.clamp(step, 1.0 - step);
                let along_u = if along_u.length_squared() < 1e-12 {
                    at(u + step, inside) - at(u - step, inside)
                } else {
                    along_u
                };
                let along_v = at(u, (v + step).min(1.0)) - at(u, (v - step).max(0.0));
                let normal = along_v.cross(along_u).normalize_or_zero();
                mesh.vertices.push(Vertex { position: at(u, v), normal, uv: Vec2::new(u, v) });
            }
        }
        for row in 0..rows {
            for column in 0..columns {
                let upper = row * (columns + 1) + column;
                let lower = upper + columns + 1;
                mesh.triangles.push([upper, lower, lower + 1]);
                mesh.triangles.push([upper, lower + 1, upper + 1]);
            }
        }
        mesh
    }

    /// A ball of radius 1, stretched by `radii`.
    #[must_use]
    pub fn ellipsoid(radii: Vec3, sectors: u32, rings: u32) -> Self {
        Self::grid(sectors, rings, |u, v| {
            let (round, down) = (u * std::f32::consts::TAU, v * std::f32::consts::PI);
            radii * Vec3::new(down.sin() * round.sin(), down.cos(), down.sin() * round.cos())
        })
    }

    /// A tube around the y axis through `rings`, each (height, half its width in x, half its depth in z), from the top to
    /// the bottom, open at both ends. Its texture begins at the back (-z) and runs over -x (a figure's right), the front and
    /// +x, so that the middle of a texture is the front.
    #[must_use]
    pub fn tube(rings: &[[f32; 3]], sectors: u32) -> Self {
        let last = rings.len() - 1;
        let ring = |v: f32| {
            let place = (v * last as f32).clamp(0.0, last as f32);
            let upper = (place as usize).min(last - 1);
            let share = place - upper as f32;
            std::array::from_fn(|index| rings[upper][index] * (1.0 - share) + rings[upper + 1][index] * share)
        };
        Self::grid(sectors, last as u32, |u, v| {
            let [height, half_width, half_depth]: [f32; 3] = ring(v);
            let round = u * std::f32::consts::TAU + std::f32::consts::PI;
            Vec3::new(half_width * round.sin(), height, half_depth * round.cos())
        })
    }

    /// A box around the origin. Each side shows the whole texture.
    #[must_use]
    pub fn cuboid(size: Vec3) -> Self {
        let mut mesh = Self::default();
        for (out, up) in [
            (Vec3::X, Vec3::Y),
            (Vec3::NEG_X, Vec3::Y),
            (Vec3::Z, Vec3::Y),
            (Vec3::NEG_Z, Vec3::Y),
            (Vec3::Y, Vec3::NEG_Z),
            (Vec3::NEG_Y, Vec3::Z),
        ] {
            let right = up.cross(out);
            let corner = |x: f32, y: f32| (out + right * x + up * y) * size / 2.0;
            mesh.add(
                &Self::quad([corner(-1.0, 1.0), corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0)]),
                &Affine3A::IDENTITY,
            );
        }
        mesh
    }

    /// A flat four-cornered surface: upper left, lower left, lower right, upper right, as seen from outside.
    #[must_use]
    pub fn quad(corners: [Vec3; 4]) -> Self {
        let normal = (corners[1] - corners[0]).cross(corners[3] - corners[0]).normalize_or_zero();
        let uvs = [Vec2::ZERO, Vec2::Y, Vec2::ONE, Vec2::X];
        let vertices = corners.into_iter().zip(uvs).map(|(position, uv)| Vertex { position, normal, uv }).collect();
        Self { vertices, triangles: vec![[0, 1, 2], [0, 2, 3]] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every triangle's corners turn the way its normals look.
    fn assert_outside_is_outside(mesh: &Mesh) {
        for triangle in &mesh.triangles {
            let [a, b, c] = triangle.map(|index| mesh.vertices[index as usize]);
            let turned = (b.position - a.position).cross(c.position - a.position);
            let flat = turned.length() < 1e-7;
            assert!(flat || turned.dot(a.normal + b.normal + c.normal) > 0.0, "{a:?} {b:?} {c:?}");
        }
    }

    #[test]
    fn closed_shapes_look_outwards() {
        let ball = Mesh::ellipsoid(Vec3::new(1.0, 2.0, 3.0), 12, 8);
        let tube = Mesh::tube(&[[1.0, 0.2, 0.1], [0.5, 0.3, 0.2], [0.0, 0.1, 0.1]], 10);
        for mesh in [ball, tube, Mesh::cuboid(Vec3::new(1.0, 2.0, 3.0))] {
            assert_outside_is_outside(&mesh);
            let centre = mesh.vertices.iter().map(|vertex| vertex.position).sum::<Vec3>() / mesh.vertices.len() as f32;
            assert!(mesh.vertices.iter().all(|vertex| (vertex.position - centre).dot(vertex.normal) >= -1e-3));
        }
    }

    #[test]
    fn a_mirrored_shape_looks_outwards_too() {
        let mut mesh = Mesh::default();
        mesh.add(&Mesh::ellipsoid(Vec3::ONE, 8, 6), &Affine3A::from_scale(Vec3::new(-1.0, 1.0, 1.0)));
        assert_outside_is_outside(&mesh);
    }

    #[test]
    fn the_middle_of_a_tubes_texture_is_its_front() {
        let tube = Mesh::tube(&[[1.0, 1.0, 1.0], [0.0, 1.0, 1.0]], 8);
        let front = tube.vertices.iter().find(|vertex| (vertex.uv.x - 0.5).abs() < 1e-6).unwrap();
        assert!(front.position.z > 0.99, "{front:?}");
    }
}
