//! Reads the vectors that embedding networks give: one row of numbers for each picture.

use iris_domain::Embedding;

use crate::tensor::Output;

/// Fewer numbers are no embedding: the smallest networks in use give 128, and a classifier's scores look alike.
const DIMENSIONS_MIN: usize = 64;
/// As many as an [`Embedding`] may have.
const DIMENSIONS_MAX: usize = 4096;

/// How many numbers the vector of picture `item` has; the error is a reason.
pub(crate) fn dimensions(outputs: &[Output<'_>], item: usize) -> Result<usize, String> {
    let dimensions = row(outputs, item)?.len();
    if (DIMENSIONS_MIN..=DIMENSIONS_MAX).contains(&dimensions) {
        Ok(dimensions)
    } else {
        Err(format!("{dimensions} numbers a picture are no vector: those have {DIMENSIONS_MIN} to {DIMENSIONS_MAX}"))
    }
}

/// The direction of the vector of picture `item`; `None` when it has none, as of zeros or of what is no number.
pub(crate) fn embedding(outputs: &[Output<'_>], item: usize) -> Result<Option<Embedding>, String> {
    row(outputs, item).map(|values| Embedding::new(values).ok())
}

fn row<'o>(outputs: &'o [Output<'_>], item: usize) -> Result<&'o [f32], String> {
    let [output] = outputs else { return Err(format!("it has {} outputs where one was expected", outputs.len())) };
    // Pooling leaves [N, dimensions, 1, 1] where nobody flattens.
    let rank = output.shape.iter().rposition(|size| *size != 1).map_or(1, |last| last + 1).max(2);
    let is_rows = output.shape.len() >= 2 && rank == 2;
    let values = is_rows.then(|| output.item(item, output.shape.len())).flatten();
    values.ok_or_else(|| format!("output {output} is not a row for each picture"))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn output(shape: &[usize]) -> [Output<'static>; 1] {
        let data = (0..shape.iter().product::<usize>()).map(|n| n as f32).collect();
        [Output { name: "out", shape: shape.to_vec(), data: Cow::Owned(data) }]
    }

    #[test]
    fn a_row_is_a_vector() {
        for shape in [&[2, 64][..], &[2, 64, 1, 1]] {
            let outputs = output(shape);
            assert_eq!(dimensions(&outputs, 1), Ok(64));
            let last = embedding(&outputs, 1).unwrap().unwrap().values()[63];
            assert!((last - 127.0 / (64..128).map(|n| (n * n) as f32).sum::<f32>().sqrt()).abs() < 1e-6);
            assert!(dimensions(&outputs, 2).is_err());
        }
    }

    #[test]
    fn what_is_no_row_is_refused() {
        for shape in [&[64][..], &[1, 3], &[1, 5000], &[1, 64, 2], &[0, 64], &[]] {
            assert!(dimensions(&output(shape), 0).is_err(), "{shape:?}");
        }
        assert!(dimensions(&[], 0).unwrap_err().contains("0 outputs"));
    }

    #[test]
    fn zeros_have_no_direction() {
        let mut outputs = output(&[1, 64]);
        outputs[0].data.to_mut().fill(0.0);
        assert_eq!(embedding(&outputs, 0), Ok(None));
    }
}
