//! Finds, among the outputs of a face detector, those of each stride: told by their widths and lengths, since every
//! exporter gives them other names and another order.

use crate::families::Misfit;
use crate::families::grid::cell_count;
use crate::pixels::Size;
use crate::tensor::Output;

/// Numbers of a box.
pub(super) const BOX: usize = 4;
/// Numbers of five points.
pub(super) const POINTS: usize = 10;

/// The outputs of one stride.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Level {
    pub(super) stride: usize,
    /// Rows of a cell of the grid.
    pub(super) anchors: usize,
    /// Numbers of the outputs of width 1: scores, or the parts of scores.
    pub(super) scores: Vec<usize>,
    boxes: usize,
    points: usize,
}

/// The rows of one stride.
pub(super) struct Rows<'a> {
    pub(super) boxes: &'a [[f32; BOX]],
    pub(super) points: &'a [[f32; POINTS]],
}

impl Level {
    /// The levels of the strides, with `parts` outputs of width 1 each.
    pub(super) fn find(
        outputs: &[Output<'_>],
        input: Size,
        strides: &[usize],
        anchors: usize,
        parts: usize,
    ) -> Result<Vec<Self>, Misfit> {
        let level = |&stride: &usize| {
            let rows = anchors * cell_count(input, stride);
            let of_width = |width| numbers(outputs, rows, width);
            match (&of_width(1)[..], &of_width(BOX)[..], &of_width(POINTS)[..]) {
                (scores, &[boxes], &[points]) if scores.len() == parts => {
                    Ok(Self { stride, anchors, scores: scores.to_vec(), boxes, points })
                }
                _ => Err(Misfit(format!("it has not one set of outputs with {rows} rows for stride {stride}"))),
            }
        };
        strides.iter().map(level).collect()
    }

    /// One number a row of an output of width 1.
    pub(super) fn scores<'o>(&self, part: usize, outputs: &'o [Output<'_>], input: Size) -> Result<&'o [f32], Misfit> {
        self.values(outputs, self.scores[part], input, 1)
    }

    /// The boxes and points of all rows.
    pub(super) fn rows<'o>(&self, outputs: &'o [Output<'_>], input: Size) -> Result<Rows<'o>, Misfit> {
        let boxes = self.values(outputs, self.boxes, input, BOX)?.as_chunks().0;
        let points = self.values(outputs, self.points, input, POINTS)?.as_chunks().0;
        Ok(Rows { boxes, points })
    }

    fn values<'o>(
        &self,
        outputs: &'o [Output<'_>],
        number: usize,
        input: Size,
        width: usize,
    ) -> Result<&'o [f32], Misfit> {
        let rows = self.anchors * cell_count(input, self.stride);
        let output = outputs.get(number).ok_or_else(|| Misfit("an output is missing".into()))?;
        output
            .item(0, 3)
            .filter(|values| values.len() == rows * width)
            .ok_or_else(|| Misfit(format!("output {output} is not {rows} rows of {width}")))
    }
}

/// How many outputs have that last size.
pub(super) fn count_of_width(outputs: &[Output<'_>], width: usize) -> usize {
    outputs.iter().filter(|output| output.last() == width).count()
}

fn numbers(outputs: &[Output<'_>], rows: usize, width: usize) -> Vec<usize> {
    let fits = |output: &Output<'_>| output.shape.ends_with(&[rows, width]);
    (0..outputs.len()).filter(|&number| fits(&outputs[number])).collect()
}

/// Five points from their numbers.
pub(super) fn points(numbers: &[f32; POINTS], place: impl Fn([f32; 2]) -> [f32; 2]) -> [[f32; 2]; 5] {
    let mut points = [[0.0; 2]; 5];
    for (point, numbers) in points.iter_mut().zip(numbers.as_chunks::<2>().0) {
        *point = place(*numbers);
    }
    points
}
