//! Vectors in eight bits per value, a quarter of their size, with what was lost by it: a product of such a vector is known to
//! lie within bounds of the true cosine.

use iris_domain::Embedding;

use super::kernel;

/// The largest value of eight bits.
const STEPS: f32 = 127.0;
/// A query's values are given in so many parts of one. A product then stays below 2^30: a row is at most 64 times as long as
/// its largest value, 127, since it has at most 4096, and the query's length is this.
const PROBE_STEPS: f32 = 32_767.0;
/// Covers the rounding of the few operations in single precision that make bounds of a product.
const ROUNDING: f32 = 1e-6;

/// Vectors of the same dimensions, one after another.
#[derive(Default)]
pub(super) struct Rows {
    values: Vec<i8>,
    measures: Vec<Measure>,
}

/// What a row's values mean; kept together, since a search misses the cache once for both.
#[derive(Clone, Copy)]
struct Measure {
    /// What a step is worth.
    scale: f32,
    /// The distance of the row from the vector it stands for.
    error: f32,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.measures.len()
    }

    pub(super) fn push(&mut self, embedding: &Embedding) {
        let largest = embedding.values().iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
        let scale = largest / STEPS;
        let mut lost = 0.0f32;
        self.values.extend(embedding.values().iter().map(|value| {
            let steps = (value / scale).round();
            lost += (value - steps * scale).powi(2);
            // Between -127 and 127 by the choice of the scale.
            steps as i8
        }));
        self.measures.push(Measure { scale, error: lost.sqrt() });
    }

    /// Removes a row; the last one takes its place.
    pub(super) fn swap_remove(&mut self, row: usize) {
        let dimensions = self.values.len() / self.len();
        let last = self.values.len() - dimensions;
        self.values.copy_within(last.., row * dimensions);
        self.values.truncate(last);
        self.measures.swap_remove(row);
    }

    /// About the cosine of a row and the probe.
    pub(super) fn cosine(&self, row: usize, probe: &Probe) -> f32 {
        let dimensions = probe.values.len();
        let stored = &self.values[row * dimensions..(row + 1) * dimensions];
        kernel::dot(&probe.values, stored) as f32 * (self.measures[row].scale / PROBE_STEPS)
    }

    /// The true cosine is no further than this from [`Self::cosine`]. For unit vectors x and q that are stored as y and p,
    /// x q - y p = q (x - y) + (q - p) y.
    pub(super) fn uncertainty(&self, row: usize, probe: &Probe) -> f32 {
        let error = self.measures[row].error;
        error + probe.error * (1.0 + error) + ROUNDING
    }
}

/// A query's vector in sixteen bits per value.
pub(super) struct Probe {
    values: Vec<i16>,
    error: f32,
}

impl Probe {
    pub(super) fn new(embedding: &Embedding) -> Self {
        let mut lost = 0.0f32;
        let values = embedding.values().iter().map(|value| {
            let steps = (value * PROBE_STEPS).round();
            lost += (value - steps / PROBE_STEPS).powi(2);
            // Between -32767 and 32767, since no value of a unit vector is larger than one.
            steps as i16
        });
        Self { values: values.collect(), error: lost.sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn embedding(dimensions: usize) -> impl Strategy<Value = Embedding> {
        prop::collection::vec(-1.0f32..1.0, dimensions)
            .prop_filter_map("a direction", |values| Embedding::new(&values).ok())
    }

    proptest! {
        #[test]
        fn the_true_cosine_lies_within_the_bounds((stored, query) in (1usize..600).prop_flat_map(|n| (embedding(n), embedding(n)))) {
            let mut rows = Rows::default();
            rows.push(&stored);
            let probe = Probe::new(&query);
            let distance = (rows.cosine(0, &probe) - stored.cosine(&query)).abs();
            prop_assert!(distance <= rows.uncertainty(0, &probe), "{distance} away");
            prop_assert!(rows.uncertainty(0, &probe) < 0.05, "bounds so wide say nothing");
        }
    }

    #[test]
    fn the_widest_vectors_do_not_overflow() {
        let flat = Embedding::new(&[1.0; 4096]).unwrap();
        let mut rows = Rows::default();
        rows.push(&flat);
        assert!((rows.cosine(0, &Probe::new(&flat)) - 1.0).abs() < 1e-2);
    }

    #[test]
    fn a_removed_row_gives_its_place_to_the_last() {
        let axes: Vec<Embedding> =
            [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]].iter().map(|values| Embedding::new(values).unwrap()).collect();
        let mut rows = Rows::default();
        axes.iter().for_each(|axis| rows.push(axis));
        rows.swap_remove(0);
        assert_eq!(rows.len(), 2);
        let probe = Probe::new(&axes[0]);
        assert!(rows.cosine(0, &probe) < -0.99, "the last");
        assert!(rows.cosine(1, &probe).abs() < 0.01, "the second stays");
    }
}
