//! Exports that have settled overlaps themselves: `[N, 300, 6]` rows of left, top, right, bottom in pixels, score and
//! class number: YOLOv10 and YOLO26 by design, other Ultralytics models by `nms=True`.
//!
//! Source: ultralytics/ultralytics, `utils/nms.py` and the guide on end-to-end detection.

use super::candidates::Candidates;
use super::yolov8::ULTRALYTICS;
use super::{Adapter, CLASSES_MAX, Evidence, Misfit, Overlaps};
use crate::pixels::{Recipe, Size};
use crate::tensor::Output;

/// Numbers in a row.
pub(super) const ROW_LENGTH: usize = 6;

pub(super) struct End2End;

impl End2End {
    pub(super) fn fit(evidence: &Evidence<'_>) -> Result<Self, Misfit> {
        match evidence.single_table()? {
            (_, ROW_LENGTH) => Ok(Self),
            (rows, columns) => Err(Misfit(format!("its output is {rows} rows of {columns}, not of {ROW_LENGTH}"))),
        }
    }
}

impl Adapter for End2End {
    fn recipe(&self) -> Recipe {
        ULTRALYTICS
    }

    fn overlaps(&self) -> Overlaps {
        Overlaps::Duplicates
    }

    fn class_count(&self) -> Option<usize> {
        None
    }

    fn decode(
        &mut self,
        outputs: &[Output<'_>],
        item: usize,
        _input: Size,
        found: &mut Candidates,
    ) -> Result<(), Misfit> {
        let output = outputs.first().ok_or_else(|| Misfit("no output".into()))?;
        let values = output
            .item(item, 3)
            .filter(|_| output.last() == ROW_LENGTH)
            .ok_or_else(|| Misfit::shape(output, "rows of 6 for each picture"))?;
        for &[x1, y1, x2, y2, score, class] in values.as_chunks::<ROW_LENGTH>().0 {
            if let Some(class) = class_number(class) {
                found.push([x1, y1, x2, y2], class, score);
            }
        }
        Ok(())
    }
}

/// A class number that came as a float; `None` when it cannot be one.
pub(super) fn class_number(class: f32) -> Option<usize> {
    (0.0..CLASSES_MAX as f32).contains(&class).then_some(class as usize)
}

#[cfg(test)]
mod tests {
    use super::super::candidates::Candidate;
    use super::super::select::testing::{decoded, evidence, table};
    use super::*;

    #[test]
    fn a_row_is_a_finished_box() {
        let input = Size { width: 64, height: 64 };
        let rows =
            [[1.0, 2.0, 3.0, 4.0, 0.9, 7.0], [1.0, 2.0, 3.0, 4.0, 0.9, -1.0], [1.0, 2.0, 3.0, 4.0, 0.9, f32::NAN]];
        let outputs = table(300, 6, |row, column| rows.get(row).map_or(0.0, |row| row[column]));
        let mut family = End2End::fit(&evidence(input, &outputs)).unwrap();
        let found = decoded(&mut family, &outputs, input, 0.25);
        assert_eq!(found, [Candidate { corners: [1.0, 2.0, 3.0, 4.0], class: 7, score: 0.9 }]);
    }
}
