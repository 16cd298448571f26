//! Ways through a place: from gate to gate, by what is on the way.

use glam::Vec3;
use pathfinding::prelude::dijkstra;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::place::{PlaceName, Role, Ways};

/// By how much a way may seem longer than it is to somebody choosing theirs, so that not all go the same way.
const WHIM: f32 = 0.3;

/// A net of ways as somebody sees it who is choosing theirs.
pub struct Routes<'a> {
    ways: &'a Ways,
    /// For each node those that can be reached from it, and how far they seem, in millimetres.
    neighbours: Vec<Vec<(usize, u32)>>,
}

impl<'a> Routes<'a> {
    /// A net whose links go both ways.
    pub fn on_foot(ways: &'a Ways, random: &mut ChaCha8Rng) -> Self {
        let mut routes = Self::driving(ways, random);
        for (node, reached) in routes.neighbours.clone().into_iter().enumerate() {
            for (other, cost) in reached {
                routes.neighbours[other].push((node, cost));
            }
        }
        routes
    }

    /// A net whose links go one way.
    pub fn driving(ways: &'a Ways, random: &mut ChaCha8Rng) -> Self {
        let mut neighbours = vec![Vec::new(); ways.nodes.len()];
        for &[from, to] in &ways.links {
            let length = ways.nodes[from].position.distance(ways.nodes[to].position);
            let seems = length * random.random_range(1.0..1.0 + WHIM);
            neighbours[from].push((to, (seems * 1000.0) as u32));
        }
        Self { ways, neighbours }
    }

    /// Whether one gets from one node to another without passing a third.
    pub fn lead_past(&self, from: usize, to: usize, past: usize) -> bool {
        let next = |&node: &usize| {
            let reached = self.neighbours[node].iter().copied();
            reached.filter(|&(other, _)| other != past).collect::<Vec<_>>()
        };
        dijkstra(&from, next, |&node| node == to).is_some()
    }

    /// The corners of the way from one node to another; `None` when there is none.
    pub fn between(&self, from: usize, to: usize) -> Option<Vec<Vec3>> {
        let (nodes, _) = dijkstra(&from, |&node| self.neighbours[node].iter().copied(), |&node| node == to)?;
        Some(nodes.into_iter().map(|node| self.ways.nodes[node].position).collect())
    }
}

/// The gates of a net that satisfy `wanted`.
pub fn gates(ways: &Ways, wanted: impl Fn(Option<PlaceName>) -> bool) -> Vec<usize> {
    let is_wanted = |role: Role| matches!(role, Role::Gate { to } if wanted(to));
    (0..ways.nodes.len()).filter(|&index| is_wanted(ways.nodes[index].role)).collect()
}

/// The gate by which one comes into `ways` who left `from` by its `gate`.
pub fn other_side(from: &Ways, gate: usize, from_name: PlaceName, ways: &Ways, name: PlaceName) -> Option<usize> {
    // Two places may have several gates between them: the first leads to the first.
    let which = gates(from, |to| to == Some(name)).iter().position(|&other| other == gate)?;
    let candidates = gates(ways, |to| to == Some(from_name));
    candidates.get(which % candidates.len().max(1)).copied()
}

/// One of `items`, each as likely.
pub fn any<T: Copy>(items: &[T], random: &mut ChaCha8Rng) -> Option<T> {
    if items.is_empty() { None } else { Some(items[random.random_range(0..items.len())]) }
}
