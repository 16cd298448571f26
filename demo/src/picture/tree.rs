//! Leaves in the wind.

use glam::Vec3;

use super::light::Light;
use super::surface::{Lit, lit};
use super::view::View;
use crate::mesh::{Mesh, Part, Vertex};
use crate::place::Tree;
use crate::script::Seconds;

/// How far a storm moves a leaf of a tall tree, in metres.
const STORM: f32 = 0.25;
/// Leaves this high above the foot of their tree move all the way.
const TALL: f32 = 4.0;

/// The leaves of a tree as they hang at a moment. They are lit as they hang in a calm: the wind moves them too little for
/// the difference to be seen.
#[derive(Debug)]
pub struct Foliage {
    offset: f32,
    leaves: Vec<Leaves>,
}

/// Leaves of one material.
#[derive(Debug)]
struct Leaves {
    now: Part,
    calm: Vec<Calm>,
    lit: Vec<Lit>,
}

/// A corner in a calm.
#[derive(Debug)]
struct Calm {
    corner: Vertex,
    /// How far it moves, 0..=1.
    loose: f32,
    /// Sine and cosine of how far its twig is ahead of the tree.
    ahead: [f32; 2],
}

impl Foliage {
    /// The leaves of a tree in a calm, to be seen from `eye`.
    pub fn new(tree: &Tree, eye: Vec3) -> Self {
        let calm = |corner: &Vertex| Calm {
            corner: *corner,
            loose: ((corner.position.y - tree.position.y) / TALL).clamp(0.0, 1.0),
            ahead: (corner.position.x * 2.3 + corner.position.z * 1.7).sin_cos().into(),
        };
        let leaves = tree.leaves.iter().map(|part| Leaves {
            now: nearest_first(part.clone(), eye),
            calm: part.mesh.vertices.iter().map(calm).collect(),
            lit: Vec::new(),
        });
        Self { offset: tree.offset, leaves: leaves.collect() }
    }

    /// A ball around them, wherever they hang.
    pub fn ball(&self) -> (Vec3, f32) {
        let corners = || self.leaves.iter().flat_map(|leaves| &leaves.calm).map(|calm| calm.corner.position);
        let (low, high) = corners().fold((Vec3::MAX, Vec3::MIN), |(low, high), at| (low.min(at), high.max(at)));
        ((low + high) / 2.0, (high - low).length() / 2.0 + STORM)
    }

    /// Lights them. `in_the_sun` says how much of the sun gets to a point.
    pub fn relight(&mut self, view: &View, light: &Light, in_the_sun: &impl Fn(Vec3) -> f32) {
        let (centre, radius) = self.ball();
        let light = light.around(centre, radius);
        for Leaves { now, calm, lit: corners } in &mut self.leaves {
            corners.clear();
            corners.extend(calm.iter().map(|calm| lit(view, &light, in_the_sun, &now.material, &calm.corner)));
        }
    }

    /// Moves them to where they hang at a moment.
    pub fn sway(&mut self, time: Seconds, wind: f32) {
        // The angles of the swaying are made of time in double precision: a day has many of them.
        let turn =
            |per_second: f64| ((time + f64::from(self.offset)) * per_second).rem_euclid(std::f64::consts::TAU) as f32;
        let (slow, [sin, cos]) = (turn(1.1), <[f32; 2]>::from(turn(3.7).sin_cos()));
        let tree = 0.6 + 0.4 * slow.sin();
        for leaves in &mut self.leaves {
            for (vertex, Calm { corner, loose, ahead }) in leaves.now.mesh.vertices.iter_mut().zip(&leaves.calm) {
                // The sine of a sum.
                let twig = sin * ahead[1] + cos * ahead[0];
                let along = wind * STORM * loose * (0.6 * tree + 0.4 * twig);
                vertex.position = corner.position + Vec3::new(along * 0.8, -along * 0.15, along * 0.6 * twig);
            }
        }
    }

    /// The leaves now, with the light on their corners.
    pub fn parts(&self) -> impl Iterator<Item = (&Part, &[Lit])> {
        self.leaves.iter().map(|leaves| (&leaves.now, leaves.lit.as_slice()))
    }
}

/// The same surface with its triangles in another order: what is drawn first hides what comes later, which then costs less.
fn nearest_first(mut part: Part, eye: Vec3) -> Part {
    let Mesh { vertices, triangles } = &mut part.mesh;
    let squared = |triangle: &[u32; 3]| vertices[triangle[0] as usize].position.distance_squared(eye);
    triangles.sort_by(|a, b| squared(a).total_cmp(&squared(b)));
    part
}
