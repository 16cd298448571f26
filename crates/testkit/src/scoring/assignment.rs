//! The pairing with the greatest total weight, which every measure is built on. Driven by the measures.

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

/// The library's weights are whole numbers, which add exactly: one unit is this part of 1. Fine enough that only true ties differ
/// from the reference, small enough that a sum of weights of 1001 over a million pairs fits.
const UNITS: f64 = 1e9;

/// Pairs rows with columns, each at most once, so that the sum of weights is greatest; pairs of weight 0 or less are left out.
pub(super) fn heaviest_pairs(rows: usize, columns: usize, weight: impl Fn(usize, usize) -> f64) -> Vec<(usize, usize)> {
    if rows == 0 || columns == 0 {
        return Vec::new();
    }
    // The library wants at most as many rows as columns.
    let flipped = rows > columns;
    let (height, width) = if flipped { (columns, rows) } else { (rows, columns) };
    let weights = Matrix::from_fn(height, width, |(a, b)| {
        let weight = if flipped { weight(b, a) } else { weight(a, b) };
        (weight.max(0.0) * UNITS).round() as i64
    });
    let (_, chosen) = kuhn_munkres(&weights);
    let pairs = chosen.into_iter().enumerate().filter(|&cell| weights[cell] > 0);
    let pairs = pairs.map(|(a, b)| if flipped { (b, a) } else { (a, b) });
    pairs.collect()
}
