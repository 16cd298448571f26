//! RT-DETR, D-FINE, DEIM and DEIMv2 by their authors' exporters: a second input `orig_target_sizes` and outputs
//! `labels`, `boxes` (corners in the units of that size) and `scores`; nothing to suppress. We pass the input's own
//! size, so that boxes come in its pixels like everybody's. RGB 0..1, stretched. (The larger DEIMv2 models, S and up,
//! want ImageNet's mean and deviation on top and are not supported.)
//!
//! Source: Peterande/D-FINE, `tools/inference/onnx_inf.py`; Intellindust-AI-Lab/DEIMv2, `tools/deployment/export_onnx.py`.

use super::candidates::Candidates;
use super::end2end::class_number;
use super::yolov8::ULTRALYTICS;
use super::{Adapter, Evidence, Misfit, Overlaps};
use crate::pixels::{Fit, Recipe, Size};
use crate::tensor::Output;

pub(super) struct RtDetr {
    labels: usize,
    boxes: usize,
    scores: usize,
}

impl RtDetr {
    pub(super) fn fit(evidence: &Evidence<'_>) -> Result<Self, Misfit> {
        let position = |name: &str| {
            evidence
                .outputs
                .iter()
                .position(|output| output.name == name)
                .ok_or_else(|| Misfit(format!("it has no output `{name}`")))
        };
        Ok(Self { labels: position("labels")?, boxes: position("boxes")?, scores: position("scores")? })
    }
}

impl Adapter for RtDetr {
    fn recipe(&self) -> Recipe {
        Recipe { fit: Fit::Stretch, ..ULTRALYTICS }
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
        let part = |index: usize, rank: usize| {
            let output = outputs.get(index).ok_or_else(|| Misfit("an output is missing".into()))?;
            output.item(item, rank).ok_or_else(|| Misfit::shape(output, "a list for each picture"))
        };
        let (labels, boxes, scores) = (part(self.labels, 2)?, part(self.boxes, 3)?, part(self.scores, 2)?);
        let corners = boxes.as_chunks::<4>().0;
        if labels.len() != scores.len() || corners.len() != scores.len() {
            return Err(Misfit(format!("{} labels, {} boxes, {} scores", labels.len(), corners.len(), scores.len())));
        }
        for ((label, corners), score) in labels.iter().zip(corners).zip(scores) {
            if let Some(class) = class_number(*label) {
                found.push(*corners, class, *score);
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

    const INPUT: Size = Size { width: 64, height: 64 };

    fn outputs(batch_axis: &[usize]) -> Vec<Output<'static>> {
        let output = |name, sizes: &[usize], data: &[f32]| Output {
            name,
            shape: [batch_axis, sizes].concat(),
            data: Cow::Owned(data.to_vec()),
        };
        vec![
            output("scores", &[2], &[0.9, 0.1]),
            output("labels", &[2], &[17.0, 3.0]),
            output("boxes", &[2, 4], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]),
        ]
    }

    #[test]
    fn the_three_lists_are_read_by_name_with_and_without_batch_axis() {
        for outputs in [outputs(&[1]), outputs(&[])] {
            let mut family = RtDetr::fit(&evidence(INPUT, &outputs)).unwrap();
            let found = decoded(&mut family, &outputs, INPUT, 0.5);
            assert_eq!(found, [Candidate { corners: [1.0, 2.0, 3.0, 4.0], class: 17, score: 0.9 }]);
        }
    }

    #[test]
    fn lists_of_different_lengths_are_refused() {
        let mut outputs = outputs(&[]);
        let mut family = RtDetr::fit(&evidence(INPUT, &outputs)).unwrap();
        outputs[0] = Output { name: "scores", shape: vec![1], data: Cow::Owned(vec![0.9]) };
        assert!(family.decode(&outputs, 0, INPUT, &mut Candidates::default()).is_err());
    }
}
