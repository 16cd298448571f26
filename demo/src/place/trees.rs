//! Trees and bushes, which move in the wind.

use glam::{Affine3A, Quat, Vec2, Vec3};
use rand::{Rng, RngExt as _};

use super::assembly::{Assembly, bar};
use super::paint::canvas::{Rgb, pick, vary};
use super::paint::leaves;
use crate::mesh::{Material, Mesh, Part};

/// A tree or a bush: a trunk that stands, and leaves that move.
#[derive(Debug, Clone)]
pub struct Tree {
    /// Where it grows.
    pub position: Vec3,
    /// Trunk and branches, in the place's space; they do not move.
    pub trunk: Vec<Part>,
    /// Leaves, in the place's space, as they hang in a calm. The wind moves each corner sideways by up to 0.25 m in a storm,
    /// more the higher it is above the tree's foot.
    pub leaves: Vec<Part>,
    /// Sets this tree's swaying apart from its neighbour's, in seconds.
    pub offset: f32,
}

/// Tufts of leaves on a tree; each is two triangles, drawn in every picture.
const TUFTS: u32 = 260;
const TUFTS_OF_A_BUSH: u32 = 60;

/// What all trees of a place are made of.
pub struct Species {
    bark: Material,
    leaves: [Material; 2],
    /// Half its height and width of the crown over the height of the tree.
    crown: Vec2,
}

impl Species {
    /// One of the usual.
    pub fn any(random: &mut impl Rng) -> Self {
        let kinds: [(Rgb, Rgb, f32, [f32; 2]); 4] = [
            ([82, 116, 52], [92, 80, 66], 0.05, [0.33, 0.30]),
            ([104, 128, 62], [176, 172, 164], 0.035, [0.36, 0.20]),
            ([66, 100, 56], [84, 70, 58], 0.06, [0.30, 0.36]),
            ([126, 120, 56], [96, 82, 66], 0.045, [0.34, 0.26]),
        ];
        let (leaf, bark, size, crown) = pick(&kinds, random);
        let leaf = vary(leaf, 0.12, random);
        let tufts = |random: &mut _| Material::matt(leaves::leaves(leaf, size, random)).two_sided();
        Self {
            bark: Material::matt(leaves::bark(bark, random)),
            leaves: [tufts(random), tufts(random)],
            crown: Vec2::from_array(crown),
        }
    }

    /// A tree of that height.
    pub fn tree(&self, random: &mut impl Rng, position: Vec3, height: f32) -> Tree {
        let radii = Vec3::new(self.crown.y, self.crown.x, self.crown.y) * height;
        let middle = position + Vec3::Y * (height - radii.y);
        let mut wood = Mesh::default();
        let fork =
            position + Vec3::new(random.random_range(-0.15..0.15), height * 0.42, random.random_range(-0.15..0.15));
        let thick = 0.022 * height + 0.03;
        wood.add(&bar(fork, position, [thick * 0.75, thick * 1.15], 9), &Affine3A::IDENTITY);
        let ends: Vec<Vec3> = (0..11).map(|_| middle + in_ball(random) * radii * 0.75).collect();
        for end in &ends {
            let knee = fork.lerp(*end, 0.45) + Vec3::Y * height * 0.04;
            wood.add(&bar(knee, fork, [thick * 0.35, thick * 0.6], 5), &Affine3A::IDENTITY);
            wood.add(&bar(*end, knee, [thick * 0.1, thick * 0.35], 5), &Affine3A::IDENTITY);
        }
        let spread = radii.min_element() * 0.42;
        let leaves = self.tufts(random, middle, TUFTS, height * 0.13, |random, tuft| {
            let end = ends[tuft as usize % ends.len()];
            end + in_ball(random) * Vec3::new(spread, spread * 0.75, spread)
        });
        let trunk = vec![Part { mesh: wood.with_uv(Vec2::new(2.0, 2.0), Vec2::ZERO), material: self.bark.clone() }];
        Tree { position, trunk, leaves, offset: random.random_range(0.0..100.0) }
    }

    /// A bush: leaves from the ground on.
    pub fn bush(&self, random: &mut impl Rng, position: Vec3, radii: Vec3) -> Tree {
        let middle = position + Vec3::Y * radii.y * 0.85;
        let leaves = self.tufts(random, middle, TUFTS_OF_A_BUSH, radii.max_element() * 0.75, |random, _| {
            let at = middle + in_ball(random).normalize_or_zero() * random.random_range(0.4..0.9_f32) * radii;
            Vec3::new(at.x, at.y.max(position.y + 0.1), at.z)
        });
        Tree { position, trunk: Vec::new(), leaves, offset: random.random_range(0.0..100.0) }
    }

    /// Many quads, lit as if they were the outside of a cloud around `middle`.
    fn tufts<R: Rng>(
        &self,
        random: &mut R,
        middle: Vec3,
        count: u32,
        size: f32,
        at: impl Fn(&mut R, u32) -> Vec3,
    ) -> Vec<Part> {
        let mut meshes = [Mesh::default(), Mesh::default()];
        for tuft in 0..count {
            let centre = at(random, tuft);
            let turn = Quat::from_rotation_y(random.random_range(0.0..6.3))
                * Quat::from_rotation_x(random.random_range(-1.2..1.2));
            let half = size * random.random_range(0.4..0.65_f32);
            let corner = |x: f32, y: f32| centre + turn * Vec3::new(x, y, 0.0) * half;
            let mut quad = Mesh::quad([corner(-1.0, 1.0), corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0)]);
            let outwards = (centre - middle + Vec3::Y * 0.4 * size).normalize_or(Vec3::Y);
            for vertex in &mut quad.vertices {
                vertex.normal = outwards;
            }
            meshes[tuft as usize % 2].add(&quad, &Affine3A::IDENTITY);
        }
        let materials = self.leaves.iter().cloned();
        meshes.into_iter().zip(materials).map(|(mesh, material)| Part { mesh, material }).collect()
    }
}

/// A point in the ball of radius 1.
fn in_ball(random: &mut impl Rng) -> Vec3 {
    let direction = Vec3::from_array(std::array::from_fn(|_| random.random_range(-1.0..1.0))).normalize_or(Vec3::Y);
    direction * random.random_range(0.0_f32..1.0).cbrt()
}

/// A pot with a plant that stands still, in the space of `to`.
pub fn pot_plant(
    assembly: &mut Assembly,
    random: &mut impl Rng,
    species: &Species,
    to: &Affine3A,
    pot: &Material,
    height: f32,
) {
    let rings = [[0.42, 0.24, 0.24], [0.4, 0.26, 0.26], [0.0, 0.18, 0.18]];
    assembly.add(&Mesh::tube(&rings, 14), to, pot);
    assembly.add(
        &Mesh::ellipsoid(Vec3::new(0.23, 0.03, 0.23), 10, 4),
        &(*to * Affine3A::from_translation(Vec3::Y * 0.39)),
        &species.bark,
    );
    for _ in 0..5 {
        let end = Vec3::new(random.random_range(-0.2..0.2), height * 0.8, random.random_range(-0.2..0.2));
        assembly.add(&bar(end, Vec3::Y * 0.38, [0.008, 0.014], 5), to, &species.bark);
    }
    let middle = Vec3::Y * (height * 0.5 + 0.3);
    let radii = Vec3::new(0.38, height * 0.5 - 0.2, 0.38);
    for part in species.tufts(random, middle, 70, 0.34, |random, _| middle + in_ball(random) * radii) {
        assembly.add(&part.mesh, to, &part.material);
    }
    assembly.block(to, Vec2::ZERO, Vec2::splat(0.3));
}

/// Ivy on a wall: leaves near the plane z = 0 of `to`, `width` to each side and up to `height`, thinning upwards.
pub fn ivy(assembly: &mut Assembly, random: &mut impl Rng, species: &Species, to: &Affine3A, width: f32, height: f32) {
    let count = (width * height * 16.0) as u32;
    let middle = Vec3::new(0.0, height * 0.4, -2.0);
    let parts = species.tufts(random, middle, count, 0.55, |random, _| {
        let up = random.random_range(0.0_f32..1.0).powf(1.4);
        let side = random.random_range(-1.0..1.0_f32) * (1.0 - up * up * 0.6);
        Vec3::new(side * width, up * height + 0.15, random.random_range(0.06..0.16))
    });
    for mut part in parts {
        // Flat against the wall, whichever way the tuft was turned.
        for vertex in &mut part.mesh.vertices {
            vertex.position.z = 0.04 + (vertex.position.z.abs() * 0.4).min(0.22);
            vertex.position.y = vertex.position.y.max(0.02);
        }
        assembly.add(&part.mesh, to, &part.material);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::stream;

    #[test]
    fn a_tree_stands_on_its_foot_and_keeps_to_its_budget() {
        for seed in 0..4 {
            let mut random = stream(seed, "tree", 0);
            let foot = Vec3::new(3.0, 0.1, 2.0);
            let tree = Species::any(&mut random).tree(&mut random, foot, 7.0);
            let triangles: usize = tree.leaves.iter().map(|part| part.mesh.triangles.len()).sum();
            assert!(triangles <= 600, "{triangles}");
            let lowest = |parts: &[Part]| {
                let heights = parts.iter().flat_map(|part| &part.mesh.vertices).map(|vertex| vertex.position.y);
                heights.fold(f32::INFINITY, f32::min)
            };
            assert!((lowest(&tree.trunk) - foot.y).abs() < 0.1);
            // One walks beneath it.
            assert!(lowest(&tree.leaves) > foot.y + 1.6, "{}", lowest(&tree.leaves));
        }
    }
}
