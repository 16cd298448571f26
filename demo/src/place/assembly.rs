//! How a place is put together: surfaces sorted by material, with the obstacles, lamps and trees that come with them.

use std::sync::Arc;

use glam::{Affine3A, Vec2, Vec3};

use super::trees::Tree;
use super::{Lamp, Obstacle};
use crate::mesh::{Material, Mesh, Part, Vertex};

/// Large surfaces are cut into pieces of about this many metres, so that a lamp lights the near ones more than the far.
const PIECE: f32 = 1.5;

/// A place in the making.
#[derive(Default)]
pub struct Assembly {
    /// What never moves, one part a material.
    pub parts: Vec<Part>,
    /// What one cannot walk through.
    pub obstacles: Vec<Obstacle>,
    /// What gives light.
    pub lamps: Vec<Lamp>,
    /// What moves in the wind.
    pub trees: Vec<Tree>,
}

impl Assembly {
    /// Adds a surface, moved by `to`.
    pub fn add(&mut self, mesh: &Mesh, to: &Affine3A, material: &Material) {
        let known = self.parts.iter_mut().find(|part| same(&part.material, material));
        match known {
            Some(part) => part.mesh.add(mesh, to),
            None => {
                let mut moved = Mesh::default();
                moved.add(mesh, to);
                self.parts.push(Part { mesh: moved, material: material.clone() });
            }
        }
    }

    /// Adds a surface that is already where it belongs.
    pub fn add_here(&mut self, mesh: &Mesh, material: &Material) {
        self.add(mesh, &Affine3A::IDENTITY, material);
    }

    /// Adds a box around `centre` in the space of `to`.
    pub fn boxed(&mut self, to: &Affine3A, centre: Vec3, size: Vec3, material: &Material) {
        self.add(&Mesh::cuboid(size), &(*to * Affine3A::from_translation(centre)), material);
    }

    /// Adds level ground from `min` to `max` (x and z) at height `y`; its texture repeats every `tile` metres.
    pub fn level(&mut self, min: Vec2, max: Vec2, y: f32, material: &Material, tile: f32) {
        let face = Face { origin: Vec3::new(min.x, y, max.y), right: Vec3::X, up: Vec3::NEG_Z, size: max - min };
        self.add_here(&face.tiled(0.0, tile, &[]), material);
    }

    /// Says that nobody walks through the rectangle of half size `half` around `to`'s origin moved by `centre`.
    pub fn block(&mut self, to: &Affine3A, centre: Vec2, half: Vec2) {
        let corners = [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)]
            .map(|(x, z)| to.transform_point3(Vec3::new(centre.x + x * half.x, 0.0, centre.y + z * half.y)))
            .map(|corner| Vec2::new(corner.x, corner.z));
        let min = corners.into_iter().fold(Vec2::INFINITY, Vec2::min);
        let max = corners.into_iter().fold(Vec2::NEG_INFINITY, Vec2::max);
        self.obstacles.push(Obstacle { min, max });
    }
}

fn same(one: &Material, other: &Material) -> bool {
    Arc::ptr_eq(&one.texture, &other.texture)
        && one.two_sided == other.two_sided
        && (one.gloss, one.glow) == (other.gloss, other.glow)
}

/// A flat surface with a left, a right and an up, such as a house front.
#[derive(Clone, Copy)]
pub struct Face {
    /// Its lower left corner as seen from in front.
    pub origin: Vec3,
    /// Its direction to the right; of length 1.
    pub right: Vec3,
    /// Its direction upwards; of length 1.
    pub up: Vec3,
    /// Its width and height.
    pub size: Vec2,
}

/// A part of a face, measured from its lower left corner.
#[derive(Clone, Copy)]
pub struct Area {
    /// From the left edge.
    pub left: f32,
    /// From the foot.
    pub bottom: f32,
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
}

impl Area {
    /// An area by its measures.
    pub fn new(left: f32, bottom: f32, width: f32, height: f32) -> Self {
        Self { left, bottom, width, height }
    }

    /// Its width and height.
    pub fn size(self) -> [f32; 2] {
        [self.width, self.height]
    }

    fn contains(self, [x, y]: [f32; 2]) -> bool {
        (self.left..self.left + self.width).contains(&x) && (self.bottom..self.bottom + self.height).contains(&y)
    }
}

impl Face {
    /// An upright face of that size whose lower left corner is `origin`.
    pub fn upright(origin: Vec3, right: Vec3, width: f32, height: f32) -> Self {
        Self { origin, right, up: Vec3::Y, size: Vec2::new(width, height) }
    }

    /// Where it looks.
    pub fn out(&self) -> Vec3 {
        self.right.cross(self.up)
    }

    /// The point `x` to the right, `y` up and `depth` behind it (negative: in front).
    pub fn at(&self, x: f32, y: f32, depth: f32) -> Vec3 {
        self.origin + self.right * x + self.up * y - self.out() * depth
    }

    /// The space of things that stand against it: x to its left as one faces it from in front, z away from it.
    pub fn space(&self, x: f32, y: f32, depth: f32) -> Affine3A {
        let turn = glam::Mat3::from_cols(self.right, self.up, self.out());
        Affine3A::from_mat3_translation(turn, self.at(x, y, depth))
    }

    /// A flat picture over an area, `depth` behind the face.
    pub fn picture(&self, area: Area, depth: f32) -> Mesh {
        let (right, top) = (area.left + area.width, area.bottom + area.height);
        Mesh::quad([
            self.at(area.left, top, depth),
            self.at(area.left, area.bottom, depth),
            self.at(right, area.bottom, depth),
            self.at(right, top, depth),
        ])
    }

    /// All of it but the openings, with a texture that repeats every `tile` metres, seamless over the openings.
    pub fn tiled(&self, depth: f32, tile: f32, openings: &[Area]) -> Mesh {
        let columns = cuts(self.size.x, openings.iter().flat_map(|area| [area.left, area.left + area.width]));
        let rows = cuts(self.size.y, openings.iter().flat_map(|area| [area.bottom, area.bottom + area.height]));
        let mut mesh = Mesh::default();
        for column in columns.windows(2) {
            for row in rows.windows(2) {
                let middle = [(column[0] + column[1]) / 2.0, (row[0] + row[1]) / 2.0];
                if openings.iter().any(|area| area.contains(middle)) {
                    continue;
                }
                let first = mesh.vertices.len() as u32;
                let corners = [(column[0], row[1]), (column[0], row[0]), (column[1], row[0]), (column[1], row[1])];
                mesh.vertices.extend(corners.map(|(x, y)| Vertex {
                    position: self.at(x, y, depth),
                    normal: self.out(),
                    uv: Vec2::new(x, -y) / tile,
                }));
                mesh.triangles.extend([[first, first + 1, first + 2], [first, first + 2, first + 3]]);
            }
        }
        mesh
    }

    /// The four inner sides of an opening that goes `depth` into the face, with a texture that repeats every `tile` metres.
    pub fn reveal(&self, area: Area, depth: f32, tile: f32) -> Mesh {
        let (left, right, bottom, top) = (area.left, area.left + area.width, area.bottom, area.bottom + area.height);
        let back = -self.out();
        let sides = [
            Self { origin: self.at(left, bottom, 0.0), right: back, up: self.up, size: Vec2::new(depth, area.height) },
            Self {
                origin: self.at(right, bottom, depth),
                right: -back,
                up: self.up,
                size: Vec2::new(depth, area.height),
            },
            Self {
                origin: self.at(left, bottom, 0.0),
                right: self.right,
                up: back,
                size: Vec2::new(area.width, depth),
            },
            Self {
                origin: self.at(left, top, depth),
                right: self.right,
                up: -back,
                size: Vec2::new(area.width, depth),
            },
        ];
        let mut mesh = Mesh::default();
        for side in sides {
            mesh.add(&side.tiled(0.0, tile, &[]), &Affine3A::IDENTITY);
        }
        mesh
    }
}

/// Where to cut a length so that every edge is a cut and no piece is much longer than [`PIECE`].
fn cuts(length: f32, edges: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut edges: Vec<f32> = edges.filter(|edge| (0.0..length).contains(edge)).chain([0.0, length]).collect();
    edges.sort_by(f32::total_cmp);
    edges.dedup_by(|one, other| (*one - *other).abs() < 1e-3);
    let mut cuts = vec![0.0];
    for pair in edges.windows(2) {
        let pieces = ((pair[1] - pair[0]) / PIECE).ceil().max(1.0) as u32;
        cuts.extend((1..=pieces).map(|piece| pair[0] + (pair[1] - pair[0]) * piece as f32 / pieces as f32));
    }
    cuts
}

/// A place on the ground, looking along a heading.
pub fn stand(x: f32, y: f32, z: f32, heading: f32) -> Affine3A {
    Affine3A::from_rotation_translation(glam::Quat::from_rotation_y(heading), Vec3::new(x, y, z))
}

/// A round bar from one point to another.
pub fn bar(from: Vec3, to: Vec3, radii: [f32; 2], sectors: u32) -> Mesh {
    let along = (to - from).normalize_or_zero();
    let side = along.any_orthonormal_vector();
    let other = side.cross(along);
    Mesh::grid(sectors, 1, |u, v| {
        let round = u * std::f32::consts::TAU;
        let radius = radii[0] + (radii[1] - radii[0]) * v;
        from.lerp(to, v) + (side * round.cos() + other * round.sin()) * radius
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_looks(mesh: &Mesh, out: impl Fn(Vec3) -> Vec3) {
        for triangle in &mesh.triangles {
            let [a, b, c] = triangle.map(|index| mesh.vertices[index as usize].position);
            assert!((b - a).cross(c - a).dot(out((a + b + c) / 3.0)) > 0.0, "{a} {b} {c}");
        }
    }

    #[test]
    fn faces_look_out_and_reveals_look_in() {
        let face = Face::upright(Vec3::new(1.0, 0.0, 2.0), Vec3::X, 6.0, 4.0);
        let area = Area::new(1.0, 1.0, 2.0, 2.0);
        assert_looks(&face.tiled(0.0, 4.0, &[area]), |_| Vec3::Z);
        assert_looks(&face.picture(area, 0.1), |_| Vec3::Z);
        let middle = face.at(2.0, 2.0, 0.25);
        assert_looks(&face.reveal(area, 0.5, 4.0), |at| middle - at);
    }

    #[test]
    fn bars_look_outwards() {
        let mesh = bar(Vec3::ZERO, Vec3::new(1.0, 2.0, 0.5), [0.1, 0.05], 6);
        let along = Vec3::new(1.0, 2.0, 0.5).normalize();
        assert_looks(&mesh, |at| at - along * at.dot(along));
    }

    #[test]
    fn an_opening_stays_open() {
        let face = Face::upright(Vec3::ZERO, Vec3::X, 6.0, 4.0);
        let whole: f32 = surface(&face.tiled(0.0, 4.0, &[]));
        let open = surface(&face.tiled(0.0, 4.0, &[Area::new(1.0, 0.0, 2.0, 2.2)]));
        assert!((whole - open - 4.4).abs() < 1e-3, "{whole} {open}");
    }

    fn surface(mesh: &Mesh) -> f32 {
        let area = |triangle: &[u32; 3]| {
            let [a, b, c] = triangle.map(|index| mesh.vertices[index as usize].position);
            (b - a).cross(c - a).length() / 2.0
        };
        mesh.triangles.iter().map(area).sum()
    }
}
