//! Nets of ways: where one walks and drives.

use glam::{Vec2, Vec3};
use rand::{Rng, RngExt as _};

use super::{Obstacle, PlaceName};

/// A net of ways.
#[derive(Debug, Clone, Default)]
pub struct Ways {
    /// Where ways begin, end, cross or bend.
    pub nodes: Vec<Node>,
    /// Pairs of indices into `nodes` between which one can go straight, either way on walks, from first to second on roads.
    pub links: Vec<[usize; 2]>,
}

/// A point of a net of ways.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// On the ground.
    pub position: Vec3,
    /// What it is for.
    pub role: Role,
}

/// What a point of a net of ways is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Role {
    /// Just passed.
    Pass,
    /// A way in and out; `to` is the place behind it, `None` the rest of the town. Out of sight of all cameras, or behind
    /// a door.
    Gate {
        /// The place behind it.
        to: Option<PlaceName>,
    },
    /// One may stand here for a while, looking along `heading`: a shop window, a desk, a bus stop.
    Stop {
        /// Where one looks.
        heading: f32,
    },
    /// There is room for two or three to stand and talk.
    Meet,
}

/// How near to an obstacle a way may lead, in metres: half a pair of shoulders.
const CLEARANCE: f32 = 0.3;

impl Ways {
    /// The gates, and what is behind them.
    pub fn gates(&self) -> impl Iterator<Item = (usize, Option<PlaceName>)> {
        self.nodes.iter().enumerate().filter_map(|(index, node)| match node.role {
            Role::Gate { to } => Some((index, to)),
            _ => None,
        })
    }

    /// Adds a point.
    pub(super) fn add(&mut self, position: Vec3, role: Role) -> usize {
        self.nodes.push(Node { position, role });
        self.nodes.len() - 1
    }

    /// Adds a line of points from one to the next.
    pub(super) fn chain(&mut self, points: &[(Vec3, Role)]) -> Vec<usize> {
        let indices: Vec<usize> = points.iter().map(|&(position, role)| self.add(position, role)).collect();
        self.links.extend(indices.windows(2).map(|pair| [pair[0], pair[1]]));
        indices
    }

    /// Scatters points about `spacing` metres apart over an area at height `y`, where nothing stands.
    pub(super) fn scatter(
        &mut self,
        random: &mut impl Rng,
        (min, max): (Vec2, Vec2),
        y: f32,
        spacing: f32,
        obstacles: &[Obstacle],
    ) {
        let counts = ((max - min) / spacing).round().max(Vec2::ONE);
        let jitter = spacing * 0.14;
        for column in 0..=counts.x as u32 {
            for row in 0..=counts.y as u32 {
                let at = min + (max - min) * Vec2::new(column as f32, row as f32) / counts;
                let (by_x, by_z) = (random.random_range(-jitter..jitter), random.random_range(-jitter..jitter));
                let position = Vec3::new(at.x + by_x, y, at.y + by_z);
                if is_clear(obstacles, position, position) {
                    self.add(position, Role::Pass);
                }
            }
        }
    }

    /// Links all points at most `reach` metres apart between which nothing stands, and forgets those that furniture has cut
    /// off from the first gate.
    pub(super) fn weave(&mut self, reach: f32, obstacles: &[Obstacle]) {
        for first in 0..self.nodes.len() {
            for second in first + 1..self.nodes.len() {
                let (from, to) = (self.nodes[first].position, self.nodes[second].position);
                if from.distance_squared(to) < reach * reach && is_clear(obstacles, from, to) {
                    self.links.push([first, second]);
                }
            }
        }
        let first_gate = self.gates().next().map(|(gate, _)| gate);
        if let Some(gate) = first_gate {
            self.keep(&self.reached(gate, true));
        }
    }

    fn keep(&mut self, kept: &[bool]) {
        // Each point's new index is how many before it are kept.
        let renamed: Vec<usize> =
            (0..kept.len()).map(|index| kept[..index].iter().filter(|kept| **kept).count()).collect();
        self.links.retain(|link| link.iter().all(|&index| kept[index]));
        self.links.iter_mut().for_each(|link| *link = link.map(|index| renamed[index]));
        let mut index = 0..;
        self.nodes.retain(|_| index.next().is_some_and(|index: usize| kept[index]));
    }

    /// Makes the passed points nearest to each of `spots` a place to meet.
    pub(super) fn meet_at(&mut self, spots: &[Vec3]) {
        for spot in spots {
            let passed = self.nodes.iter_mut().filter(|node| node.role == Role::Pass);
            let distance = |node: &&mut Node| node.position.distance_squared(*spot);
            if let Some(node) = passed.min_by(|one, other| distance(one).total_cmp(&distance(other))) {
                node.role = Role::Meet;
            }
        }
    }

    /// Which points one comes to from `start`; `both_ways` on walks.
    pub(super) fn reached(&self, start: usize, both_ways: bool) -> Vec<bool> {
        let mut reached = vec![false; self.nodes.len()];
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            if std::mem::replace(&mut reached[node], true) {
                continue;
            }
            for &[from, to] in &self.links {
                if from == node {
                    open.push(to);
                } else if both_ways && to == node {
                    open.push(from);
                }
            }
        }
        reached
    }
}

fn is_clear(obstacles: &[Obstacle], from: Vec3, to: Vec3) -> bool {
    !obstacles.iter().any(|obstacle| obstacle.is_in_the_way(from, to, CLEARANCE))
}
