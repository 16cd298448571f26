//! Who is who: the pairing of tracks and detections worth most in all. Driven by the tracker, once per stage;
//! knows neither scores nor classes.

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

/// A track (row) and a detection (column) that may belong together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub row: usize,
    pub column: usize,
    /// What the pair is worth, above 0 and at most 1.
    pub worth: f32,
}

/// The assignment works on whole numbers, which compare and add exactly: one unit is a millionth of the greatest worth.
const UNITS: f32 = 1e6;

/// Pairs each row with at most one column and each column with at most one row, so that the sum of their worth is greatest. Only
/// the given candidates are paired; which of several equal pairings is taken depends on the order of rows and columns alone.
pub(super) fn assign(rows: usize, columns: usize, candidates: &[Candidate]) -> Vec<(usize, usize)> {
    if candidates.is_empty() {
        return Vec::new();
    }
    // The library wants at most as many rows as columns.
    let flipped = rows > columns;
    let (height, width) = if flipped { (columns, rows) } else { (rows, columns) };
    let mut weights = Matrix::new(height, width, 0_i64);
    for candidate in candidates {
        let cell = if flipped { (candidate.column, candidate.row) } else { (candidate.row, candidate.column) };
        weights[cell] = (candidate.worth * UNITS) as i64;
    }
    let (_, chosen) = kuhn_munkres(&weights);
    let pairs = chosen.into_iter().enumerate().filter(|&cell| weights[cell] > 0);
    if flipped { pairs.map(|(column, row)| (row, column)).collect() } else { pairs.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(row: usize, column: usize, worth: f32) -> Candidate {
        Candidate { row, column, worth }
    }

    #[test]
    fn the_sum_counts_and_not_the_first_best_pair() {
        let candidates = [candidate(0, 0, 0.9), candidate(0, 1, 0.8), candidate(1, 0, 0.7)];
        assert_eq!(assign(2, 2, &candidates), [(0, 1), (1, 0)]);
    }

    #[test]
    fn only_candidates_are_paired_whichever_side_is_longer() {
        assert_eq!(assign(3, 1, &[candidate(2, 0, 0.3)]), [(2, 0)]);
        assert_eq!(assign(1, 3, &[candidate(0, 2, 0.3)]), [(0, 2)]);
        assert_eq!(assign(2, 2, &[candidate(1, 1, 0.5)]), [(1, 1)]);
        assert!(assign(0, 0, &[]).is_empty());
    }
}
