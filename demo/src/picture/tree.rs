//! Leaves in the wind.

use glam::Vec3;

use crate::mesh::{Part, Vertex};
use crate::place::Tree;
use crate::script::Seconds;

/// How far a storm moves a leaf of a tall tree, in metres.
const STORM: f32 = 0.25;
/// Leaves this high above the foot of their tree move all the way.
const TALL: f32 = 4.0;

/// The leaves of a tree as they hang at a moment.
#[derive(Debug)]
pub struct Foliage {
    calm: Tree,
    /// The leaves now.
    pub parts: Vec<Part>,
}

impl Foliage {
    /// The leaves of a tree in a calm.
    pub fn new(tree: &Tree) -> Self {
        Self { calm: tree.clone(), parts: tree.leaves.clone() }
    }

    /// A ball around them, wherever they hang.
    pub fn ball(&self) -> (Vec3, f32) {
        let corners = || self.calm.leaves.iter().flat_map(|part| &part.mesh.vertices).map(|vertex| vertex.position);
        let (low, high) = corners().fold((Vec3::MAX, Vec3::MIN), |(low, high), at| (low.min(at), high.max(at)));
        ((low + high) / 2.0, (high - low).length() / 2.0 + STORM)
    }

    /// Moves them to where they hang at a moment.
    pub fn sway(&mut self, time: Seconds, wind: f32) {
        // The angles of the swaying are made of time in double precision: a day has many of them.
        let turn = |per_second: f64| {
            ((time + f64::from(self.calm.offset)) * per_second).rem_euclid(std::f64::consts::TAU) as f32
        };
        let (slow, quick) = (turn(1.1), turn(3.7));
        for (part, calm) in self.parts.iter_mut().zip(&self.calm.leaves) {
            for (vertex, Vertex { position, .. }) in part.mesh.vertices.iter_mut().zip(&calm.mesh.vertices) {
                let height = ((position.y - self.calm.position.y) / TALL).clamp(0.0, 1.0);
                let tree = 0.6 + 0.4 * slow.sin();
                let twig = (quick + position.x * 2.3 + position.z * 1.7).sin();
                let along = wind * STORM * height * (0.6 * tree + 0.4 * twig);
                vertex.position = *position + Vec3::new(along * 0.8, -along * 0.15, along * 0.6 * twig);
            }
        }
    }
}
