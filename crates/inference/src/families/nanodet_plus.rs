//! NanoDet-Plus: one `[N, A, classes + 32]` over grids of stride 8, 16, 32 and 64, scores before distances. A box
//! stands around its cell's top left corner, unlike NanoDet's.
//!
//! Source: RangiLyu/nanodet, `nanodet/model/head/nanodet_plus_head.py`.

use super::candidates::{Candidates, best_class};
use super::distribution::{DISTANCES, corners};
use super::grid::{cell_count_of_all, cells};
use super::nanodet::NANODET;
use super::{Adapter, Evidence, Misfit, Overlaps, classes_beside};
use crate::pixels::{Recipe, Size};
use crate::tensor::Output;

const STRIDES: &[usize] = &[8, 16, 32, 64];

pub(super) struct NanoDetPlus {
    classes: usize,
}

impl NanoDetPlus {
    pub(super) fn fit(evidence: &Evidence<'_>) -> Result<Self, Misfit> {
        let (rows, row_length) = evidence.single_table()?;
        if rows != cell_count_of_all(evidence.input, STRIDES) {
            return Err(Misfit(format!("{rows} rows are not the cells of NanoDet-Plus's grids")));
        }
        Ok(Self { classes: classes_beside(DISTANCES, row_length)? })
    }
}

impl Adapter for NanoDetPlus {
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
        let row_length = self.classes + DISTANCES;
        let rows = cell_count_of_all(input, STRIDES);
        let output = outputs.first().ok_or_else(|| Misfit("no output".into()))?;
        let values = output
            .item(item, 3)
            .filter(|values| values.len() == rows * row_length)
            .ok_or_else(|| Misfit::shape(output, &format!("{rows} rows of {row_length}")))?;
        for (cell, row) in cells(input, STRIDES).zip(values.chunks_exact(row_length)) {
            let (scores, distances) = row.split_at(self.classes);
            let (class, score) = best_class(scores);
            if found.wants(score) {
                let corner = (cell.x * cell.stride, cell.y * cell.stride);
                found.push(corners(distances, corner, cell.stride), class, score);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::candidates::Candidate;
    use super::super::select::testing::{decoded, evidence, table};
    use super::*;

    #[test]
    fn a_box_stands_around_its_cells_corner() {
        let input = Size { width: 64, height: 64 };
        let mut outputs = table(64 + 16 + 4 + 1, 2 + DISTANCES, |_, _| 0.0);
        // Cell (1, 1) of stride 32, one stride to each side.
        let row = (64 + 16 + 3) * (2 + DISTANCES);
        let values = outputs[0].data.to_mut();
        values[row] = 0.625;
        for side in 0..4 {
            values[row + 2 + side * 8 + 1] = 1000.0;
        }
        let mut family = NanoDetPlus::fit(&evidence(input, &outputs)).unwrap();
        let found = decoded(&mut family, &outputs, input, 0.35);
        assert_eq!(found, [Candidate { corners: [0.0, 0.0, 64.0, 64.0], class: 0, score: 0.625 }]);
    }
}
