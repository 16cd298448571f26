//! What of a sequence is scored: MOT17's rules about distractors and unmarked boxes. Driven by whoever scores; the measures see
//! only what is left here.

use std::collections::{BTreeMap, HashMap};

use super::assignment::heaviest_pairs;
use super::mot_format::MotRow;

/// Boxes of these MOT classes (static person, person on a vehicle, distractor, reflection) are people to a detector and not to the
/// benchmark: finding one is neither right nor wrong.
const DISTRACTORS: [i64; 4] = [2, 7, 8, 12];
const PEDESTRIAN: i64 = 1;
/// Overlap from which a result counts as having found a box.
const MATCH_IOU: f64 = 0.5;

/// A sequence ready for the measures; identities are numbered from 0 without gaps.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// Number of true trajectories.
    pub truth_count: usize,
    /// Number of found trajectories.
    pub found_count: usize,
    /// In time order.
    pub frames: Vec<Frame>,
}

/// One scored picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Trajectory of each true box.
    pub truth: Vec<usize>,
    /// Trajectory of each found box.
    pub found: Vec<usize>,
    /// Overlaps, one row of `found.len()` for each true box.
    ious: Vec<f64>,
}

impl Frame {
    /// Overlap of a true box and a found one, by their places in the frame.
    pub fn iou(&self, truth: usize, found: usize) -> f64 {
        self.ious[truth * self.found.len() + found]
    }
}

/// Numbers from 0 in order of first use.
#[derive(Default)]
struct Numbers(HashMap<i64, usize>);

impl Numbers {
    fn of(&mut self, id: i64) -> usize {
        let next = self.0.len();
        *self.0.entry(id).or_insert(next)
    }
}

/// Applies the benchmark's rules to the given frames of ground truth and results, and drops everything in other frames.
pub fn prepare(truth: &[MotRow], found: &[MotRow], frames: impl IntoIterator<Item = u32>) -> Sequence {
    let (truth, found) = (by_frame(truth), by_frame(found));
    let (mut truth_numbers, mut found_numbers) = (Numbers::default(), Numbers::default());
    let boxes = |rows: &BTreeMap<u32, Vec<MotRow>>, frame| rows.get(&frame).cloned().unwrap_or_default();
    let prepared = frames.into_iter().map(|frame| {
        let truth = boxes(&truth, frame);
        let found = without_distractors(&truth, boxes(&found, frame));
        let truth: Vec<MotRow> =
            truth.into_iter().filter(|row| row.confidence != 0.0 && row.class == PEDESTRIAN).collect();
        Frame {
            ious: truth.iter().flat_map(|a| found.iter().map(|b| a.bbox.iou(&b.bbox))).collect(),
            truth: truth.iter().map(|row| truth_numbers.of(row.id)).collect(),
            found: found.iter().map(|row| found_numbers.of(row.id)).collect(),
        }
    });
    let frames = prepared.collect();
    Sequence { truth_count: truth_numbers.0.len(), found_count: found_numbers.0.len(), frames }
}

fn by_frame(rows: &[MotRow]) -> BTreeMap<u32, Vec<MotRow>> {
    let mut frames: BTreeMap<u32, Vec<MotRow>> = BTreeMap::new();
    for row in rows {
        frames.entry(row.frame).or_default().push(*row);
    }
    frames
}

fn without_distractors(truth: &[MotRow], found: Vec<MotRow>) -> Vec<MotRow> {
    let overlap = |a: usize, b: usize| {
        let iou = truth[a].bbox.iou(&found[b].bbox);
        if iou >= MATCH_IOU - f64::EPSILON { iou } else { 0.0 }
    };
    let mut keep = vec![true; found.len()];
    for (a, b) in heaviest_pairs(truth.len(), found.len(), overlap) {
        keep[b] = !DISTRACTORS.contains(&truth[a].class);
    }
    found.into_iter().zip(keep).filter_map(|(row, keep)| keep.then_some(row)).collect()
}
