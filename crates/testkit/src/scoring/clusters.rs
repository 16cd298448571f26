//! How well visits were put together by who came: B-cubed precision and recall (Bagga and Baldwin 1998), false merges and splits.

use std::collections::{BTreeMap, BTreeSet};

/// One visit: who it truly was, and the cluster that it was put into; `None` is a cluster of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Who came.
    pub who: String,
    /// Whom they were taken for.
    pub taken_for: Option<i64>,
}

/// The measures of one grouping.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusterScores {
    /// B-cubed precision, 0..1: how much of a visit's cluster is its own person, on average.
    pub precision: f64,
    /// B-cubed recall, 0..1: how much of its person is in a visit's cluster, on average.
    pub recall: f64,
    /// How many people came.
    pub people: usize,
    /// How many clusters there are, those of nobody left out.
    pub clusters: usize,
    /// Clusters that hold more than one person.
    pub false_merges: usize,
    /// Visits that are in no cluster.
    pub undecided: usize,
}

impl ClusterScores {
    /// Of these visits; all 1 when there are none.
    pub fn of(visits: &[Visit]) -> Self {
        let together = |a: usize, b: usize| {
            a == b || (visits[a].taken_for.is_some() && visits[a].taken_for == visits[b].taken_for)
        };
        let same = |a: usize, b: usize| visits[a].who == visits[b].who;
        let mut people_of: BTreeMap<i64, BTreeSet<&str>> = BTreeMap::new();
        for visit in visits {
            if let Some(cluster) = visit.taken_for {
                people_of.entry(cluster).or_default().insert(&visit.who);
            }
        }
        Self {
            precision: mean_share(visits.len(), &together, &same),
            recall: mean_share(visits.len(), &same, &together),
            people: visits.iter().map(|visit| visit.who.as_str()).collect::<BTreeSet<_>>().len(),
            clusters: people_of.len(),
            false_merges: people_of.values().filter(|people| people.len() > 1).count(),
            undecided: visits.iter().filter(|visit| visit.taken_for.is_none()).count(),
        }
    }

    /// The harmonic mean of precision and recall.
    pub fn f(&self) -> f64 {
        2.0 * self.precision * self.recall / (self.precision + self.recall)
    }
}

/// Over all visits, the mean share of those that are `of` it which are `and` too.
fn mean_share(count: usize, of: &dyn Fn(usize, usize) -> bool, and: &dyn Fn(usize, usize) -> bool) -> f64 {
    if count == 0 {
        return 1.0;
    }
    let share = |a: usize| {
        let all = (0..count).filter(|b| of(a, *b)).count();
        (0..count).filter(|b| of(a, *b) && and(a, *b)).count() as f64 / all as f64
    };
    (0..count).map(share).sum::<f64>() / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visits(of: &[(&str, Option<i64>)]) -> Vec<Visit> {
        of.iter().map(|(who, taken_for)| Visit { who: (*who).to_owned(), taken_for: *taken_for }).collect()
    }

    #[test]
    fn each_error_costs_what_the_definition_says() {
        let right = ClusterScores::of(&visits(&[("a", Some(1)), ("a", Some(1)), ("b", Some(2))]));
        assert_eq!((right.precision, right.recall, right.false_merges), (1.0, 1.0, 0));
        let merged = ClusterScores::of(&visits(&[("a", Some(1)), ("a", Some(1)), ("b", Some(1))]));
        assert!((merged.precision - (2.0 / 3.0 + 2.0 / 3.0 + 1.0 / 3.0) / 3.0).abs() < 1e-12);
        assert_eq!((merged.recall, merged.clusters, merged.false_merges), (1.0, 1, 1));
        let split = ClusterScores::of(&visits(&[("a", Some(1)), ("a", Some(2)), ("b", None), ("b", None)]));
        assert_eq!((split.precision, split.recall), (1.0, 0.5));
        assert_eq!((split.people, split.clusters, split.undecided), (2, 2, 2));
    }
}
