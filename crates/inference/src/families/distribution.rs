//! Distances as NanoDet gives them: for each side of a box a distribution over 0 to 7 strides, whose mean is the
//! distance from the cell's centre to that side.

/// Steps of a distribution.
const BINS: usize = 8;

/// Numbers for the four sides of a box.
pub(super) const DISTANCES: usize = 4 * BINS;

/// What NanoDet does to pictures, in BGR order: OpenCV's mean and deviation of ImageNet.
pub(super) const NANODET_MEAN: [f32; 3] = [103.53, 116.28, 123.675];
/// See [`NANODET_MEAN`].
pub(super) const NANODET_DEVIATION: [f32; 3] = [57.375, 57.12, 58.395];

/// Corners of the box around `(x, y)`, from `DISTANCES` numbers.
pub(super) fn corners(distances: &[f32], (x, y): (f32, f32), stride: f32) -> [f32; 4] {
    let mut sides = [0.0; 4];
    for (side, logits) in sides.iter_mut().zip(distances.as_chunks::<BINS>().0) {
        *side = mean(logits) * stride;
    }
    let [left, top, right, bottom] = sides;
    [x - left, y - top, x + right, y + bottom]
}

/// Mean of the softmax. The largest is taken off first, so that no exponential overflows.
fn mean(logits: &[f32; BINS]) -> f32 {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut total, mut weighted) = (0.0, 0.0);
    for (step, logit) in logits.iter().enumerate() {
        let weight = (logit - largest).exp();
        total += weight;
        weighted += weight * step as f32;
    }
    weighted / total
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Certain of one step.
    pub(super) fn certain(step: usize) -> [f32; BINS] {
        let mut logits = [0.0; BINS];
        logits[step] = 1000.0;
        logits
    }

    #[test]
    fn certain_sides_are_whole_strides() {
        let distances = [certain(1), certain(2), certain(3), certain(4)].concat();
        assert_eq!(corners(&distances, (100.0, 100.0), 8.0), [92.0, 84.0, 124.0, 132.0]);
    }

    #[test]
    fn an_even_distribution_is_its_middle() {
        assert_eq!(mean(&[0.0; BINS]), 3.5);
        assert!(mean(&[f32::NEG_INFINITY; BINS]).is_nan());
    }
}
