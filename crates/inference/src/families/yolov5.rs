//! YOLOv5 and YOLOv7: `[N, A, 5 + classes]` with three anchors a cell, decoded to pixels in the graph: centre, size,
//! objectness, classes. RGB 0..1 in the middle of a field of 114.
//!
//! Source: ultralytics/yolov5, `models/yolo.py` (`Detect`), `utils/general.py`; WongKinYiu/yolov7, `export.py`.

use super::candidates::{Candidates, from_centre};
use super::objectness::{BEFORE_CLASSES, decode_row, rows};
use super::yolov8::ULTRALYTICS;
use super::{Adapter, Evidence, Misfit, Overlaps, classes_beside};
use crate::pixels::{Recipe, Size};
use crate::tensor::Output;

pub(super) struct YoloV5 {
    classes: usize,
}

impl YoloV5 {
    pub(super) fn fit(evidence: &Evidence<'_>) -> Result<Self, Misfit> {
        let (_, row_length) = evidence.single_table()?;
        Ok(Self { classes: classes_beside(BEFORE_CLASSES, row_length)? })
    }
}

impl Adapter for YoloV5 {
    fn recipe(&self) -> Recipe {
        ULTRALYTICS
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
        _input: Size,
        found: &mut Candidates,
    ) -> Result<(), Misfit> {
        rows(outputs, item, BEFORE_CLASSES + self.classes)?.for_each(|row| decode_row(row, found, from_centre));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::candidates::Candidate;
    use super::super::select::testing::{decoded, evidence, table};
    use super::*;

    #[test]
    fn a_row_is_a_box_in_pixels_and_the_score_a_product() {
        let input = Size { width: 32, height: 32 };
        let outputs =
            table(63, 7, |row, column| if row == 9 { [10.0, 12.0, 4.0, 8.0, 0.5, 0.5, 1.0][column] } else { 0.0 });
        let mut family = YoloV5::fit(&evidence(input, &outputs)).unwrap();
        let found = decoded(&mut family, &outputs, input, 0.3);
        assert_eq!(found, [Candidate { corners: [8.0, 8.0, 12.0, 16.0], class: 1, score: 0.5 }]);
    }
}
