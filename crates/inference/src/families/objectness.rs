//! Rows of `[four numbers of a box, objectness, a score for each class]`, as YOLOX and YOLOv5 give them.
//! The score of a box is objectness times the best class.

use super::Misfit;
use super::candidates::{Candidates, best_class};
use crate::tensor::Output;

/// The numbers before the classes.
pub(super) const BEFORE_CLASSES: usize = 5;

/// The rows of picture `item`, of `row_length` numbers each.
pub(super) fn rows<'o>(
    outputs: &'o [Output<'_>],
    item: usize,
    row_length: usize,
) -> Result<std::slice::ChunksExact<'o, f32>, Misfit> {
    let output = outputs.first().ok_or_else(|| Misfit("no output".into()))?;
    match output.item(item, 3) {
        Some(values) if output.last() == row_length => Ok(values.chunks_exact(row_length)),
        _ => Err(Misfit::shape(output, &format!("rows of {row_length} for each picture"))),
    }
}

/// Decodes one row when its score suffices; `corners` makes a box of the row's first four numbers.
pub(super) fn decode_row(row: &[f32], found: &mut Candidates, corners: impl FnOnce([f32; 4]) -> [f32; 4]) {
    let [a, b, c, d, objectness, ref classes @ ..] = *row else { return };
    // A class score is at most 1, so nothing below can come back up; most rows end here.
    if !found.wants(objectness) {
        return;
    }
    let (class, score) = best_class(classes);
    if found.wants(objectness * score) {
        found.push(corners([a, b, c, d]), class, objectness * score);
    }
}
