//! NanoDet of 2021: for each of three strides a tensor of class scores and one of distances, in any order, with or
//! without batch axis. A box stands around the middle of its cell's pixels. Normalised BGR in the middle of a field
//! of 0.
//!
//! Source: RangiLyu/nanodet v0.3, `nanodet/model/head/nanodet_head.py`, and hpc203/nanodet-opncv-dnn-cpp-python.

use super::candidates::{Candidates, best_class};
use super::distribution::{DISTANCES, NANODET_DEVIATION, NANODET_MEAN, corners};
use super::grid::{cell_count, cells};
use super::{Adapter, Evidence, Misfit, Overlaps, classes_beside};
use crate::pixels::{ChannelOrder, Fit, Normalisation, Recipe, Size};
use crate::tensor::Output;

const STRIDES: [usize; 3] = [8, 16, 32];

/// What the network wants of a picture; the same for NanoDet-Plus.
pub(super) const NANODET: Recipe = Recipe {
    fit: Fit::Centred,
    order: ChannelOrder::Bgr,
    normalisation: Normalisation { mean: NANODET_MEAN, deviation: NANODET_DEVIATION },
    padding: 0,
};

pub(super) struct NanoDet {
    classes: usize,
    levels: [Level; 3],
}

/// Which outputs belong to a stride.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Level {
    stride: usize,
    scores: usize,
    distances: usize,
}

impl NanoDet {
    pub(super) fn fit(evidence: &Evidence<'_>) -> Result<Self, Misfit> {
        if evidence.outputs.len() != 2 * STRIDES.len() {
            return Err(Misfit(format!("it has {} outputs, not six", evidence.outputs.len())));
        }
        let [first, second, third] = STRIDES.map(|stride| level(evidence, stride));
        let levels = [first?, second?, third?];
        let row_lengths = levels.map(|level| evidence.outputs[level.scores].last());
        if row_lengths.iter().any(|length| *length != row_lengths[0]) {
            return Err(Misfit("its levels tell different numbers of classes apart".into()));
        }
        Ok(Self { classes: classes_beside(0, row_lengths[0])?, levels })
    }
}

/// The two outputs with as many rows as the stride's grid has cells; the one of 32 columns holds distances. With 32
/// classes both have 32 columns, and scores come first, as the network lists them.
fn level(evidence: &Evidence<'_>, stride: usize) -> Result<Level, Misfit> {
    let cells = cell_count(evidence.input, stride);
    let of_stride: Vec<usize> = (0..evidence.outputs.len())
        .filter(|&index| {
            let shape = &evidence.outputs[index].shape;
            shape.len() >= 2 && shape[shape.len() - 2] == cells
        })
        .collect();
    let holds_distances = |index: usize| evidence.outputs[index].last() == DISTANCES;
    match of_stride[..] {
        [scores, distances] if holds_distances(distances) => Ok(Level { stride, scores, distances }),
        [distances, scores] if holds_distances(distances) => Ok(Level { stride, scores, distances }),
        _ => Err(Misfit(format!("it has no pair of outputs with {cells} rows for stride {stride}"))),
    }
}

impl Adapter for NanoDet {
    fn recipe(&self) -> Recipe {
        NANODET
    }

    fn overlaps(&self) -> Overlaps {
        Overlaps::SameClass
    }

    fn class_count(&self) -> Option<usize> {
        Some(self.classes)
    }

    fn decode(
        &mut self,
        outputs: &[Output<'_>],
        item: usize,
        input: Size,
        found: &mut Candidates,
    ) -> Result<(), Misfit> {
        for Level { stride, scores, distances } in self.levels {
            let cell_total = cell_count(input, stride);
            let part = |index: usize, row_length: usize| {
                let output = outputs.get(index).ok_or_else(|| Misfit("an output is missing".into()))?;
                output
                    .item(item, 3)
                    .filter(|values| values.len() == cell_total * row_length)
                    .ok_or_else(|| Misfit::shape(output, &format!("{cell_total} rows of {row_length}")))
            };
            let scores = part(scores, self.classes)?.chunks_exact(self.classes);
            let distances = part(distances, DISTANCES)?.chunks_exact(DISTANCES);
            for ((cell, scores), distances) in cells(input, &[stride]).zip(scores).zip(distances) {
                let (class, score) = best_class(scores);
                if found.wants(score) {
                    let middle = |index: f32| (index + 0.5) * cell.stride - 0.5;
                    found.push(corners(distances, (middle(cell.x), middle(cell.y)), cell.stride), class, score);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::super::candidates::Candidate;
    use super::super::select::testing::{decoded, evidence};
    use super::*;

    const INPUT: Size = Size { width: 32, height: 32 };

    /// All-zero outputs but for one thing in cell (1, 0) of stride 16; distances listed before scores.
    fn outputs(classes: usize) -> Vec<Output<'static>> {
        let output = |name, rows: usize, columns: usize| Output {
            name,
            shape: vec![rows, columns],
            data: Cow::Owned(vec![0.0; rows * columns]),
        };
        let mut outputs = vec![
            output("d32", 1, DISTANCES),
            output("s16", 4, classes),
            output("d8", 16, DISTANCES),
            output("s32", 1, classes),
            output("d16", 4, DISTANCES),
            output("s8", 16, classes),
        ];
        outputs[1].data.to_mut()[classes + 1] = 0.75;
        for (side, step) in [1, 0, 2, 1].into_iter().enumerate() {
            outputs[4].data.to_mut()[DISTANCES + side * 8 + step] = 1000.0;
        }
        outputs
    }

    #[test]
    fn levels_are_told_by_their_rows() {
        let outputs = outputs(3);
        let mut family = NanoDet::fit(&evidence(INPUT, &outputs)).unwrap();
        let found = decoded(&mut family, &outputs, INPUT, 0.35);
        // The middle of the cell is (23.5, 7.5).
        assert_eq!(found, [Candidate { corners: [7.5, 7.5, 55.5, 23.5], class: 1, score: 0.75 }]);
    }

    #[test]
    fn six_outputs_of_other_sizes_are_refused() {
        let mut outputs = outputs(3);
        outputs[2].shape = vec![15, DISTANCES];
        assert!(NanoDet::fit(&evidence(INPUT, &outputs)).is_err());
    }
}
