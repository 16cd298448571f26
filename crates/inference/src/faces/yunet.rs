//! YuNet of 2023: for each of the strides 8, 16 and 32 two parts of a score, a box around a cell and five points. The
//! score is the mean of the parts by multiplication, so that which is which does not matter. BGR bytes, neither scaled
//! nor normalised, at the top left of a field of 0.
//!
//! Source: opencv, `modules/objdetect/src/face_detect.cpp`.

use super::FaceAdapter;
use super::candidates::{FaceCandidate, FaceCandidates};
use super::levels::{Level, points};
use crate::families::Misfit;
use crate::families::grid::cells;
use crate::pixels::{ChannelOrder, Fit, Normalisation, Recipe, Size};
use crate::tensor::Output;

const STRIDES: [usize; 3] = [8, 16, 32];
/// Outputs of a stride: what it is a face by, and how well the box lies, both 0..1; the box; the points.
pub(super) const OUTPUTS: usize = 4 * STRIDES.len();
const IOU: f32 = 0.3;

pub(super) struct YuNet {
    levels: Vec<Level>,
}

impl YuNet {
    pub(super) fn fit(outputs: &[Output<'_>], input: Size) -> Result<Self, Misfit> {
        if outputs.len() != OUTPUTS {
            return Err(Misfit(format!("its {} outputs are not the {OUTPUTS} of YuNet", outputs.len())));
        }
        Ok(Self { levels: Level::find(outputs, input, &STRIDES, 1, 2)? })
    }
}

impl FaceAdapter for YuNet {
    fn recipe(&self) -> Recipe {
        Recipe { fit: Fit::TopLeft, order: ChannelOrder::Bgr, normalisation: Normalisation::NONE, padding: 0 }
    }

    fn iou(&self) -> f32 {
        IOU
    }

    fn stride(&self) -> usize {
        STRIDES[STRIDES.len() - 1]
    }

    fn decode(&self, outputs: &[Output<'_>], input: Size, found: &mut FaceCandidates) -> Result<(), Misfit> {
        for level in &self.levels {
            let parts = [level.scores(0, outputs, input)?, level.scores(1, outputs, input)?];
            let rows = level.rows(outputs, input)?;
            for (index, cell) in cells(input, &[level.stride]).enumerate() {
                let [a, b] = parts.map(|part| part[index].clamp(0.0, 1.0));
                let score = (a * b).sqrt();
                if found.wants(score) {
                    let at = |[dx, dy]: [f32; 2]| [(cell.x + dx) * cell.stride, (cell.y + dy) * cell.stride];
                    let [dx, dy, width, height] = rows.boxes[index];
                    let ([x, y], half) = (at([dx, dy]), [width, height].map(|side| side.exp() * cell.stride / 2.0));
                    found.push(FaceCandidate {
                        corners: [x - half[0], y - half[1], x + half[0], y + half[1]],
                        points: points(&rows.points[index], at),
                        score,
                    });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{decoded, output, put};
    use super::*;
    use crate::families::grid::cell_count;

    const INPUT: Size = Size { width: 64, height: 32 };

    /// One face in cell (1, 1) of stride 16.
    fn outputs() -> Vec<Output<'static>> {
        let mut outputs = Vec::new();
        for width in [1, 1, 4, 10] {
            outputs.extend(STRIDES.map(|stride| output(cell_count(INPUT, stride), width, true)));
        }
        let row = 4 + 1;
        put(&mut outputs[1], row, &[0.5]);
        put(&mut outputs[4], row, &[2.0]);
        put(&mut outputs[7], row, &[0.5, 0.25, 0.0, 2f32.ln()]);
        put(&mut outputs[10], row, &[0.25, 0.0, 0.75, 0.0, 0.5, 0.25, 0.25, 0.5, 0.75, 0.5]);
        outputs
    }

    #[test]
    fn a_score_is_the_mean_of_its_parts() {
        let outputs = outputs();
        let yunet = YuNet::fit(&outputs, INPUT).unwrap();
        let face = FaceCandidate {
            corners: [16.0, 4.0, 32.0, 36.0],
            points: [[20.0, 16.0], [28.0, 16.0], [24.0, 20.0], [20.0, 24.0], [28.0, 24.0]],
            score: 0.5f32.sqrt(),
        };
        assert_eq!(decoded(&yunet, &outputs, INPUT, 0.7), [face]);
        assert_eq!(decoded(&yunet, &outputs, INPUT, 0.71), []);
    }

    #[test]
    fn other_outputs_are_refused() {
        let mut outputs = outputs();
        assert!(YuNet::fit(&outputs, Size { width: 64, height: 64 }).is_err());
        outputs.pop();
        assert!(YuNet::fit(&outputs, INPUT).is_err());
    }
}
