//! RT-DETR as Ultralytics exports it: `[N, 300, 4 + classes]` rows of centre and size in 0..1 of the input and class
//! scores; nothing to suppress. RGB 0..1, stretched.
//!
//! Source: ultralytics/ultralytics, `models/rtdetr/predict.py`.

use super::candidates::{Candidates, best_class, from_centre};
use super::yolov8::ULTRALYTICS;
use super::{Adapter, Evidence, Misfit, Overlaps, classes_beside};
use crate::pixels::{Fit, Recipe, Size};
use crate::tensor::Output;

/// The numbers before the classes.
const BEFORE_CLASSES: usize = 4;

pub(super) struct RtDetrUltralytics {
    classes: usize,
}

impl RtDetrUltralytics {
    pub(super) fn fit(evidence: &Evidence<'_>) -> Result<Self, Misfit> {
        let (_, row_length) = evidence.single_table()?;
        Ok(Self { classes: classes_beside(BEFORE_CLASSES, row_length)? })
    }
}

impl Adapter for RtDetrUltralytics {
    fn recipe(&self) -> Recipe {
        Recipe { fit: Fit::Stretch, ..ULTRALYTICS }
    }

    fn overlaps(&self) -> Overlaps {
        Overlaps::Duplicates
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
        let row_length = BEFORE_CLASSES + self.classes;
        let output = outputs.first().ok_or_else(|| Misfit("no output".into()))?;
        let values = output
            .item(item, 3)
            .filter(|_| output.last() == row_length)
            .ok_or_else(|| Misfit::shape(output, &format!("rows of {row_length} for each picture")))?;
        let (input_width, input_height) = (input.width as f32, input.height as f32);
        for row in values.chunks_exact(row_length) {
            let [cx, cy, width, height, ref scores @ ..] = *row else { continue };
            let (class, score) = best_class(scores);
            let centre = [cx * input_width, cy * input_height, width * input_width, height * input_height];
            found.push(from_centre(centre), class, score);
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
    fn a_row_is_a_box_in_fractions() {
        let input = Size { width: 64, height: 32 };
        let outputs = table(300, 6, |row, column| if row == 2 { [0.5, 0.5, 0.25, 0.5, 0.1, 0.9][column] } else { 0.0 });
        let mut family = RtDetrUltralytics::fit(&evidence(input, &outputs)).unwrap();
        let found = decoded(&mut family, &outputs, input, 0.25);
        assert_eq!(found, [Candidate { corners: [24.0, 8.0, 40.0, 24.0], class: 1, score: 0.9 }]);
    }
}
