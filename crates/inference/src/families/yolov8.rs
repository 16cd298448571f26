//! YOLOv8, v9, 11 and 12 as Ultralytics exports them: `[N, 4 + classes, A]`, a column for each anchor: centre and size
//! in pixels, then class scores; no objectness. RGB 0..1 in the middle of a field of 114.
//!
//! Source: ultralytics/ultralytics, `utils/nms.py`, `data/augment.py` (`LetterBox`).

use super::candidates::{Candidates, from_centre};
use super::{Adapter, Evidence, Misfit, Overlaps, classes_beside};
use crate::pixels::{ChannelOrder, Fit, Normalisation, Recipe, Size};
use crate::tensor::Output;

/// What Ultralytics does to pictures.
pub(super) const ULTRALYTICS: Recipe =
    Recipe { fit: Fit::Centred, order: ChannelOrder::Rgb, normalisation: Normalisation::UNIT, padding: 114 };

/// The rows before the classes.
const BEFORE_CLASSES: usize = 4;

pub(super) struct YoloV8 {
    classes: usize,
    /// The best score of each column, kept from picture to picture.
    best: Vec<f32>,
}

impl YoloV8 {
    pub(super) fn fit(evidence: &Evidence<'_>) -> Result<Self, Misfit> {
        let (rows, _) = evidence.single_table()?;
        Ok(Self { classes: classes_beside(BEFORE_CLASSES, rows)?, best: Vec::new() })
    }

    /// Goes along the rows, as they lie in memory, so that the search for good columns is a few vector instructions.
    fn find_best(&mut self, scores: &[f32], anchors: usize) {
        self.best.clear();
        self.best.resize(anchors, f32::NEG_INFINITY);
        for row in scores.chunks_exact(anchors) {
            for (best, score) in self.best.iter_mut().zip(row) {
                *best = if *score > *best { *score } else { *best };
            }
        }
    }
}

impl Adapter for YoloV8 {
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
        let output = outputs.first().ok_or_else(|| Misfit("no output".into()))?;
        let (rows, anchors) = (BEFORE_CLASSES + self.classes, output.last());
        let values = output
            .item(item, 3)
            .filter(|values| anchors > 0 && values.len() == rows * anchors)
            .ok_or_else(|| Misfit::shape(output, &format!("{rows} rows for each picture")))?;
        let (boxes, scores) = values.split_at(BEFORE_CLASSES * anchors);
        self.find_best(scores, anchors);
        for (anchor, &best) in self.best.iter().enumerate() {
            if !found.wants(best) {
                continue;
            }
            let class = scores[anchor..].iter().step_by(anchors).position(|score| *score == best).unwrap_or(0);
            let corners = from_centre([0, 1, 2, 3].map(|row| boxes[row * anchors + anchor]));
            found.push(corners, class, best);
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

    #[test]
    fn a_column_is_a_box_and_its_classes() {
        let column = [10.0, 20.0, 4.0, 6.0, 0.2, 0.9, 0.3];
        let outputs = table(7, 84, |row, anchor| if anchor == 83 { column[row] } else { 0.0 });
        let mut family = YoloV8::fit(&evidence(INPUT, &outputs)).unwrap();
        assert_eq!(family.class_count(), Some(3));
        let found = decoded(&mut family, &outputs, INPUT, 0.25);
        assert_eq!(found, [Candidate { corners: [8.0, 17.0, 12.0, 23.0], class: 1, score: 0.9 }]);
    }

    #[test]
    fn a_column_of_no_numbers_finds_nothing() {
        let outputs = table(7, 84, |_, _| f32::NAN);
        let mut family = YoloV8::fit(&evidence(INPUT, &outputs)).unwrap();
        assert_eq!(decoded(&mut family, &outputs, INPUT, 0.0), []);
    }

    #[test]
    fn a_table_of_another_height_is_refused() {
        let mut family = YoloV8::fit(&evidence(INPUT, &table(7, 84, |_, _| 0.0))).unwrap();
        let mut found = Candidates::default();
        assert!(family.decode(&table(8, 84, |_, _| 0.0), 0, INPUT, &mut found).is_err());
        assert!(family.decode(&table(7, 0, |_, _| 0.0), 0, INPUT, &mut found).is_err());
    }
}
