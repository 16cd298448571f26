//! SCRFD with key points: for each stride a tensor of scores, one of distances to the sides of the box and one of five
//! points, with or without batch axis, in any order. Strides 8, 16 and 32 with two anchors a cell, or 8 to 128 with one.
//! An anchor is the upper left corner of its cell. RGB from -1 to 1 by a divisor of 128, at the top left of a field of 0.
//!
//! Source: deepinsight/insightface, `python-package/insightface/model_zoo/scrfd.py`.

use super::FaceAdapter;
use super::candidates::{FaceCandidate, FaceCandidates};
use super::levels::{BOX, Level, POINTS, Rows, count_of_width, points};
use crate::families::Misfit;
use crate::families::grid::{Cell, cell_count, cells};
use crate::pixels::{ChannelOrder, Fit, Normalisation, Recipe, Size};
use crate::tensor::Output;

const STRIDES: &[usize] = &[8, 16, 32, 64, 128];
/// Strides of the form with two anchors a cell; the larger faces of the form with one need two strides more.
const STRIDES_OF_THREE: usize = 3;
const IOU: f32 = 0.4;

pub(super) struct Scrfd {
    levels: Vec<Level>,
}

impl Scrfd {
    pub(super) fn fit(outputs: &[Output<'_>], input: Size) -> Result<Self, Misfit> {
        let count = count_of_width(outputs, 1);
        if outputs.len() == 2 * count && count_of_width(outputs, BOX) == count {
            return Err(Misfit(format!(
                "its {} outputs are scores and boxes without key points, which alignment needs: take the export with \
                 key points, of {} outputs",
                outputs.len(),
                3 * count
            )));
        }
        let regular = outputs.len() == 3 * count && count_of_width(outputs, POINTS) == count;
        if !regular || ![STRIDES_OF_THREE, STRIDES.len()].contains(&count) {
            return Err(Misfit(format!("its {} outputs are not the 9 or 15 of SCRFD", outputs.len())));
        }
        let strides = &STRIDES[..count];
        let longest = outputs.iter().filter_map(|output| output.shape.iter().rev().nth(1)).max();
        let anchors = longest.map_or(0, |rows| rows / cell_count(input, STRIDES[0]));
        if !(1..=2).contains(&anchors) {
            return Err(Misfit(format!("it has {anchors} anchors a cell, not one or two")));
        }
        Ok(Self { levels: Level::find(outputs, input, strides, anchors, 1)? })
    }
}

impl FaceAdapter for Scrfd {
    fn recipe(&self) -> Recipe {
        let normalisation = Normalisation { mean: [127.5; 3], deviation: [128.0; 3] };
        Recipe { fit: Fit::TopLeftRoundedDown, order: ChannelOrder::Rgb, normalisation, padding: 0 }
    }

    fn iou(&self) -> f32 {
        IOU
    }

    fn stride(&self) -> usize {
        self.levels.iter().map(|level| level.stride).max().unwrap_or(1)
    }

    fn decode(&self, outputs: &[Output<'_>], input: Size, found: &mut FaceCandidates) -> Result<(), Misfit> {
        for level in &self.levels {
            let scores = level.scores(0, outputs, input)?;
            let rows = level.rows(outputs, input)?;
            for (cell_number, cell) in cells(input, &[level.stride]).enumerate() {
                for row in (cell_number * level.anchors..).take(level.anchors) {
                    if found.wants(scores[row]) {
                        found.push(face(&rows, row, cell, scores[row]));
                    }
                }
            }
        }
        Ok(())
    }
}

/// A row's face, around the corner of its cell.
fn face(rows: &Rows<'_>, row: usize, cell: Cell, score: f32) -> FaceCandidate {
    let at = |[dx, dy]: [f32; 2]| [(cell.x + dx) * cell.stride, (cell.y + dy) * cell.stride];
    let [left, top, right, bottom] = rows.boxes[row];
    let ([x1, y1], [x2, y2]) = (at([-left, -top]), at([right, bottom]));
    FaceCandidate { corners: [x1, y1, x2, y2], points: points(&rows.points[row], at), score }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{decoded, output, put};
    use super::*;

    const INPUT: Size = Size { width: 64, height: 32 };

    /// One face at the second anchor of cell (1, 0) of stride 16; the order is that of no exporter.
    fn two_anchors(batch: bool) -> Vec<Output<'static>> {
        let mut outputs = Vec::new();
        for (width, stride) in [(10, 32), (1, 8), (4, 16), (1, 32), (4, 8), (10, 16), (1, 16), (10, 8), (4, 32)] {
            outputs.push(output(2 * cell_count(INPUT, stride), width, batch));
        }
        put(&mut outputs[6], 3, &[0.75]);
        put(&mut outputs[2], 3, &[0.5, 0.25, 1.0, 2.0]);
        put(&mut outputs[5], 3, &[0.0, 0.0, 0.5, 0.0, 0.25, 0.5, 0.0, 1.0, 0.5, 1.0]);
        outputs
    }

    const FACE: FaceCandidate = FaceCandidate {
        corners: [8.0, -4.0, 32.0, 32.0],
        points: [[16.0, 0.0], [24.0, 0.0], [20.0, 8.0], [16.0, 16.0], [24.0, 16.0]],
        score: 0.75,
    };

    #[test]
    fn outputs_are_told_by_their_shapes() {
        for batch in [false, true] {
            let outputs = two_anchors(batch);
            let scrfd = Scrfd::fit(&outputs, INPUT).unwrap();
            assert_eq!(scrfd.stride(), 32);
            assert_eq!(decoded(&scrfd, &outputs, INPUT, 0.5), [FACE]);
            assert_eq!(decoded(&scrfd, &outputs, INPUT, 0.8), []);
        }
    }

    #[test]
    fn five_strides_have_one_anchor_a_cell() {
        let input = Size { width: 128, height: 128 };
        let shapes = STRIDES.iter().flat_map(|stride| [1, 4, 10].map(|width| (cell_count(input, *stride), width)));
        let mut outputs: Vec<_> = shapes.map(|(rows, width)| output(rows, width, true)).collect();
        put(&mut outputs[12], 0, &[0.5]);
        put(&mut outputs[13], 0, &[0.0, 0.0, 0.5, 1.0]);
        let scrfd = Scrfd::fit(&outputs, input).unwrap();
        assert_eq!(scrfd.stride(), 128);
        let found = decoded(&scrfd, &outputs, input, 0.5);
        assert_eq!(found.iter().map(|face| face.corners).collect::<Vec<_>>(), [[0.0, 0.0, 64.0, 128.0]]);
    }

    #[test]
    fn what_has_no_key_points_is_refused_with_the_reason() {
        let mut outputs = two_anchors(true);
        outputs.retain(|output| output.last() != POINTS);
        let refusal = Scrfd::fit(&outputs, INPUT).err().unwrap();
        assert!(refusal.0.contains("without key points") && refusal.0.contains("of 9 outputs"), "{}", refusal.0);
    }

    #[test]
    fn other_outputs_are_refused() {
        let mut outputs = two_anchors(true);
        assert!(Scrfd::fit(&outputs, Size { width: 64, height: 96 }).is_err());
        let scrfd = Scrfd::fit(&outputs, INPUT).unwrap();
        outputs.pop();
        assert!(Scrfd::fit(&outputs, INPUT).is_err());
        assert!(scrfd.decode(&outputs, INPUT, &mut FaceCandidates::default()).is_err());
        assert!(Scrfd::fit(&[], INPUT).is_err());
    }
}
