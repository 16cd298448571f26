//! HOTA, higher order tracking accuracy (Luiten et al. 2020): the geometric mean of how well things are found and how well they are
//! kept apart, averaged over nineteen overlap thresholds. Driven by [`super::Scores`].

use super::assignment::heaviest_pairs;
use super::preparation::{Frame, Sequence};

/// Overlap thresholds 0.05, 0.10, ... 0.95.
const THRESHOLDS: usize = 19;

fn threshold(index: usize) -> f64 {
    0.05 * (index + 1) as f64
}

/// Counts at one threshold; counts of several sequences add up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct AtThreshold {
    hits: f64,
    misses: f64,
    extras: f64,
    /// Association accuracy summed over the hits.
    association: f64,
}

/// What HOTA is computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct HotaCounts([AtThreshold; THRESHOLDS]);

impl HotaCounts {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self([AtThreshold::default(); THRESHOLDS])
    }

    /// Counts one sequence.
    pub fn of(sequence: &Sequence) -> Self {
        let alignment = Alignment::of(sequence);
        let pairs: Vec<Vec<(usize, usize)>> = sequence.frames.iter().map(|frame| alignment.pair(frame)).collect();
        let mut counts = Self::new();
        for (index, at) in counts.0.iter_mut().enumerate() {
            *at = alignment.count(sequence, &pairs, threshold(index));
        }
        counts
    }

    /// Adds another sequence's counts.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            mine.hits += theirs.hits;
            mine.misses += theirs.misses;
            mine.extras += theirs.extras;
            mine.association += theirs.association;
        }
    }

    /// HOTA, 0..1.
    pub fn hota(&self) -> f64 {
        self.mean(|at| (at.detection() * at.association()).sqrt())
    }

    /// Detection accuracy, 0..1.
    pub fn det_a(&self) -> f64 {
        self.mean(AtThreshold::detection)
    }

    /// Association accuracy, 0..1.
    pub fn ass_a(&self) -> f64 {
        self.mean(AtThreshold::association)
    }

    fn mean(&self, value: impl Fn(&AtThreshold) -> f64) -> f64 {
        self.0.iter().map(value).sum::<f64>() / THRESHOLDS as f64
    }
}

impl Default for HotaCounts {
    fn default() -> Self {
        Self::new()
    }
}

impl AtThreshold {
    fn detection(&self) -> f64 {
        self.hits / (self.hits + self.misses + self.extras).max(1.0)
    }

    fn association(&self) -> f64 {
        self.association / self.hits.max(1.0)
    }
}

/// How well each true trajectory goes with each found one over the whole sequence: what makes the pairing within a frame prefer
/// the partner of the other frames.
struct Alignment {
    found_count: usize,
    truth_boxes: Vec<f64>,
    found_boxes: Vec<f64>,
    scores: Vec<f64>,
}

impl Alignment {
    fn of(sequence: &Sequence) -> Self {
        let found_count = sequence.found_count;
        let mut truth_boxes = vec![0.0; sequence.truth_count];
        let mut found_boxes = vec![0.0; found_count];
        let mut scores = vec![0.0; sequence.truth_count * found_count];
        for frame in &sequence.frames {
            frame.truth.iter().for_each(|&truth| truth_boxes[truth] += 1.0);
            frame.found.iter().for_each(|&found| found_boxes[found] += 1.0);
            add_shares(frame, found_count, &mut scores);
        }
        for (index, score) in scores.iter_mut().enumerate() {
            *score /= truth_boxes[index / found_count] + found_boxes[index % found_count] - *score;
        }
        Self { found_count, truth_boxes, found_boxes, scores }
    }

    fn pair(&self, frame: &Frame) -> Vec<(usize, usize)> {
        heaviest_pairs(frame.truth.len(), frame.found.len(), |a, b| {
            self.scores[frame.truth[a] * self.found_count + frame.found[b]] * frame.iou(a, b)
        })
    }

    fn count(&self, sequence: &Sequence, pairs: &[Vec<(usize, usize)>], threshold: f64) -> AtThreshold {
        let mut together = vec![0.0; self.scores.len()];
        let mut at = AtThreshold::default();
        for (frame, pairs) in sequence.frames.iter().zip(pairs) {
            let kept = pairs.iter().filter(|&&(a, b)| frame.iou(a, b) >= threshold - f64::EPSILON);
            let mut hits = 0.0;
            for &(a, b) in kept {
                together[frame.truth[a] * self.found_count + frame.found[b]] += 1.0;
                hits += 1.0;
            }
            at.hits += hits;
            at.misses += frame.truth.len() as f64 - hits;
            at.extras += frame.found.len() as f64 - hits;
        }
        let accuracy = together.iter().enumerate().filter(|(_, both)| **both > 0.0).map(|(index, &both)| {
            let either = self.truth_boxes[index / self.found_count] + self.found_boxes[index % self.found_count] - both;
            both * both / either
        });
        at.association = accuracy.sum();
        at
    }
}

/// Adds each pair's overlap as a share of all overlap its two boxes have in the frame.
fn add_shares(frame: &Frame, found_count: usize, shares: &mut [f64]) {
    let (rows, columns) = (frame.truth.len(), frame.found.len());
    let row_sum: Vec<f64> = (0..rows).map(|a| (0..columns).map(|b| frame.iou(a, b)).sum()).collect();
    let column_sum: Vec<f64> = (0..columns).map(|b| (0..rows).map(|a| frame.iou(a, b)).sum()).collect();
    for a in 0..rows {
        for b in 0..columns {
            let all = row_sum[a] + column_sum[b] - frame.iou(a, b);
            if all > f64::EPSILON {
                shares[frame.truth[a] * found_count + frame.found[b]] += frame.iou(a, b) / all;
            }
        }
    }
}
