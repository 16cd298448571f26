//! YOLOX: `[N, A, 5 + classes]` over grids of stride 8, 16, 32 (and 64 in the P6 models). The usual export is raw:
//! boxes are offsets within a cell and logarithms of sizes; with `--decode_in_inference` they are pixels already.
//! BGR bytes, neither scaled nor normalised, at the top left of a field of 114. (Models of release 0.1.0 and before
//! wanted normalised RGB; they are not supported.)
//!
//! Source: Megvii-BaseDetection/YOLOX, `yolox/data/data_augment.py`, `yolox/utils/demo_utils.py`.

use super::candidates::{Candidates, from_centre};
use super::grid::{cell_count_of_all, cells};
use super::objectness::{BEFORE_CLASSES, decode_row, rows};
use super::{Adapter, Evidence, Misfit, Overlaps, classes_beside};
use crate::pixels::{ChannelOrder, Fit, Normalisation, Recipe, Size};
use crate::tensor::Output;

const STRIDES: &[usize] = &[8, 16, 32];
const STRIDES_P6: &[usize] = &[8, 16, 32, 64];

pub(super) struct Yolox {
    classes: usize,
    boxes: Boxes,
}

enum Boxes {
    Raw { strides: &'static [usize] },
    Decoded,
}

impl Yolox {
    pub(super) fn fit(evidence: &Evidence<'_>) -> Result<Self, Misfit> {
        let (anchors, row_length) = evidence.single_table()?;
        let classes = classes_beside(BEFORE_CLASSES, row_length)?;
        if sizes_are_pixels(rows(evidence.outputs, 0, row_length)?) {
            return Ok(Self { classes, boxes: Boxes::Decoded });
        }
        let strides = [STRIDES, STRIDES_P6]
            .into_iter()
            .find(|strides| cell_count_of_all(evidence.input, strides) == anchors)
            .ok_or_else(|| Misfit(format!("{anchors} rows are not the cells of YOLOX's grids")))?;
        Ok(Self { classes, boxes: Boxes::Raw { strides } })
    }
}

/// Raw sizes are logarithms of strides and lie around 0 to 4; decoded ones are whole strides, of which the smallest is
/// 8 pixels. So most rows tell, whatever the picture.
fn sizes_are_pixels(rows: std::slice::ChunksExact<'_, f32>) -> bool {
    let total = rows.len();
    2 * rows.filter(|row| row[2] > 8.0 && row[3] > 8.0).count() > total
}

impl Adapter for Yolox {
    fn recipe(&self) -> Recipe {
        Recipe { fit: Fit::TopLeft, order: ChannelOrder::Bgr, normalisation: Normalisation::NONE, padding: 114 }
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
        let rows = rows(outputs, item, BEFORE_CLASSES + self.classes)?;
        match self.boxes {
            Boxes::Decoded => rows.for_each(|row| decode_row(row, found, from_centre)),
            Boxes::Raw { strides } => {
                if rows.len() != cell_count_of_all(input, strides) {
                    return Err(Misfit(format!("{} rows are not the cells of the grids", rows.len())));
                }
                for (cell, row) in cells(input, strides).zip(rows) {
                    decode_row(row, found, |[x, y, width, height]| {
                        from_centre([x + cell.x, y + cell.y, width.exp(), height.exp()].map(|n| n * cell.stride))
                    });
                }
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

    const INPUT: Size = Size { width: 64, height: 64 };
    const ANCHORS: usize = 64 + 16 + 4;

    fn raw_outputs() -> Vec<Output<'static>> {
        let mut outputs = table(ANCHORS, 7, |_, _| 0.0);
        // Third cell of the second row of stride 16: centre (2.5, 1.25) cells, 2 by 1 cells.
        let row = (64 + 4 + 2) * 7;
        outputs[0].data.to_mut()[row..row + 7].copy_from_slice(&[0.5, 0.25, 2f32.ln(), 0.0, 0.8, 0.25, 0.5]);
        outputs
    }

    #[test]
    fn raw_boxes_are_cells_offsets_and_logarithms() {
        let outputs = raw_outputs();
        let mut yolox = Yolox::fit(&evidence(INPUT, &outputs)).unwrap();
        assert_eq!(yolox.class_count(), Some(2));
        let found = decoded(&mut yolox, &outputs, INPUT, 0.1);
        assert_eq!(found, [Candidate { corners: [24.0, 12.0, 56.0, 28.0], class: 1, score: 0.4 }]);
    }

    #[test]
    fn decoded_boxes_are_taken_as_they_are() {
        let outputs = table(ANCHORS, 6, |row, column| {
            if row == 5 { [20.0, 30.0, 16.0, 12.0, 1.0, 0.75][column] } else { [1.0, 1.0, 9.0, 9.0, 0.0, 0.0][column] }
        });
        let mut yolox = Yolox::fit(&evidence(INPUT, &outputs)).unwrap();
        let found = decoded(&mut yolox, &outputs, INPUT, 0.1);
        assert_eq!(found, [Candidate { corners: [12.0, 24.0, 28.0, 36.0], class: 0, score: 0.75 }]);
    }

    #[test]
    fn rows_that_are_no_grid_are_refused() {
        let outputs = table(ANCHORS - 1, 7, |_, _| 0.0);
        assert!(Yolox::fit(&evidence(INPUT, &outputs)).is_err());
        let mut yolox = Yolox::fit(&evidence(INPUT, &raw_outputs())).unwrap();
        let mut found = Candidates::default();
        assert!(yolox.decode(&outputs, 0, INPUT, &mut found).is_err());
        assert!(yolox.decode(&[], 0, INPUT, &mut found).is_err());
    }
}
