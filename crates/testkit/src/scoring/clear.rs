//! CLEAR MOT (Bernardin and Stiefelhagen 2008): misses, extras and switches of identity at an overlap of one half. Driven by
//! [`super::Scores`].

use super::assignment::heaviest_pairs;
use super::preparation::{Frame, Sequence};

const MATCH_IOU: f64 = 0.5;
/// Outweighs any overlap, so that a pair of the last frame stays a pair while it can.
const CONTINUITY: f64 = 1000.0;

/// What MOTA is computed from; counts of several sequences add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClearCounts {
    /// True boxes that were found.
    pub hits: u64,
    /// True boxes that were not (FN).
    pub misses: u64,
    /// Found boxes that are none (FP).
    pub extras: u64,
    /// True trajectories whose found trajectory changed (IDSW).
    pub switches: u64,
}

/// Which found trajectory each true one was paired with: ever, and in the frame before.
struct Memory {
    ever: Vec<Option<usize>>,
    before: Vec<Option<usize>>,
}

impl ClearCounts {
    /// Counts one sequence.
    pub fn of(sequence: &Sequence) -> Self {
        let nobody = vec![None; sequence.truth_count];
        let mut memory = Memory { ever: nobody.clone(), before: nobody };
        let mut counts = Self::default();
        for frame in &sequence.frames {
            counts.count(frame, &mut memory);
        }
        counts
    }

    fn count(&mut self, frame: &Frame, memory: &mut Memory) {
        let (truth, found) = (frame.truth.len(), frame.found.len());
        // As in TrackEval, a frame without true or without found boxes does not break continuity.
        let pairs = if truth == 0 || found == 0 { Vec::new() } else { memory.pair(frame) };
        self.hits += pairs.len() as u64;
        self.misses += (truth - pairs.len()) as u64;
        self.extras += (found - pairs.len()) as u64;
        for (a, b) in pairs {
            let (truth, found) = (frame.truth[a], frame.found[b]);
            self.switches += u64::from(memory.ever[truth].is_some_and(|other| other != found));
            memory.ever[truth] = Some(found);
        }
    }

    /// Adds another sequence's counts.
    pub fn add(&mut self, other: &Self) {
        self.hits += other.hits;
        self.misses += other.misses;
        self.extras += other.extras;
        self.switches += other.switches;
    }

    /// Multiple object tracking accuracy; at most 1 and below 0 when there are more mistakes than true boxes.
    pub fn mota(&self) -> f64 {
        let wrong = (self.misses + self.extras + self.switches) as f64;
        1.0 - wrong / (self.hits + self.misses).max(1) as f64
    }
}

impl Memory {
    fn pair(&mut self, frame: &Frame) -> Vec<(usize, usize)> {
        let pairs = heaviest_pairs(frame.truth.len(), frame.found.len(), |a, b| {
            let iou = frame.iou(a, b);
            if iou < MATCH_IOU - f64::EPSILON {
                return 0.0;
            }
            let continues = self.before[frame.truth[a]] == Some(frame.found[b]);
            if continues { CONTINUITY + iou } else { iou }
        });
        self.before.fill(None);
        for &(a, b) in &pairs {
            self.before[frame.truth[a]] = Some(frame.found[b]);
        }
        pairs
    }
}
