//! The three families of measures together, for one sequence or several. Driven by accuracy tests and `make eval-tracking`.

use super::clear::ClearCounts;
use super::hota::HotaCounts;
use super::identity::IdentityCounts;
use super::preparation::Sequence;

/// Counts from which every measure follows. Sequences are combined by adding counts, as the benchmark does, and not by averaging
/// percentages.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    /// HOTA, DetA, AssA.
    pub hota: HotaCounts,
    /// MOTA, FP, FN, IDSW.
    pub clear: ClearCounts,
    /// IDF1.
    pub identity: IdentityCounts,
}

impl Scores {
    /// Scores one sequence.
    pub fn of(sequence: &Sequence) -> Self {
        Self {
            hota: HotaCounts::of(sequence),
            clear: ClearCounts::of(sequence),
            identity: IdentityCounts::of(sequence),
        }
    }

    /// Scores of several sequences as one.
    pub fn combined<'a>(scores: impl IntoIterator<Item = &'a Self>) -> Self {
        scores.into_iter().fold(Self::default(), |mut sum, scores| {
            sum.hota.add(&scores.hota);
            sum.clear.add(&scores.clear);
            sum.identity.add(&scores.identity);
            sum
        })
    }
}
