//! Identity measures (Ristani et al. 2016): whole trajectories are paired once, and boxes count where their trajectories' partners
//! overlap by half. Driven by [`super::Scores`].

use super::assignment::heaviest_pairs;
use super::preparation::Sequence;

const MATCH_IOU: f64 = 0.5;

/// What IDF1 is computed from; counts of several sequences add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IdentityCounts {
    /// Boxes found under the identity their trajectory was paired with (IDTP).
    pub hits: u64,
    /// All true boxes.
    pub truth: u64,
    /// All found boxes.
    pub found: u64,
}

impl IdentityCounts {
    /// Counts one sequence. The pairing that makes the fewest mistakes is the one that shares the most boxes, since every box of a
    /// pair beyond the shared ones is a mistake whether its trajectory is paired or not.
    pub fn of(sequence: &Sequence) -> Self {
        let columns = sequence.found_count;
        let mut shared = vec![0_u64; sequence.truth_count * columns];
        let mut counts = Self::default();
        for frame in &sequence.frames {
            counts.truth += frame.truth.len() as u64;
            counts.found += frame.found.len() as u64;
            for (a, truth) in frame.truth.iter().enumerate() {
                for (b, found) in frame.found.iter().enumerate() {
                    shared[truth * columns + found] += u64::from(frame.iou(a, b) >= MATCH_IOU);
                }
            }
        }
        let pairs = heaviest_pairs(sequence.truth_count, columns, |a, b| shared[a * columns + b] as f64);
        counts.hits = pairs.iter().map(|(a, b)| shared[a * columns + b]).sum();
        counts
    }

    /// Adds another sequence's counts.
    pub fn add(&mut self, other: &Self) {
        self.hits += other.hits;
        self.truth += other.truth;
        self.found += other.found;
    }

    /// Harmonic mean of identity precision and recall, 0..1.
    pub fn idf1(&self) -> f64 {
        2.0 * self.hits as f64 / (self.truth + self.found).max(1) as f64
    }
}
