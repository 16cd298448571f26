//! A search in three steps. The groups' prototypes say which groups are worth looking into: all of a small index, so that its
//! answers are exact. The eight-bit rows of those groups give every entry bounds of its cosine. Where the bounds leave open who
//! is among the best, and for the best themselves, the cosines are computed in full: of the groups looked into, the answer is
//! exactly what a plain scan of them gives.

use std::ops::Range;

use iris_domain::Timestamp;

use super::index::{ClassNumber, Group, Index, Member, Summary};
use super::quantised::Probe;
use crate::{Hit, Query, SCORES_MAX};

/// An index of no more entries is looked through whole: that costs as much as a search of 100,000 by prototypes.
const EXACT_MAX: usize = 8192;
/// About so many entries of a larger one are looked at; docs/adr/0009-gallery-index.md has what fewer and more of them find
/// and cost.
const ENTRIES_LOOKED_AT: usize = 1280;
/// Groups to look into for each subject that is asked for, where that is more.
const GROUPS_PER_HIT: usize = 4;

/// What of a query is asked of every entry.
struct Filter {
    class: Option<ClassNumber>,
    since: Option<Timestamp>,
}

impl Filter {
    /// Whether any entry of a group may be asked for.
    fn admits_some(&self, of: &Summary) -> bool {
        let of_class = self.class.is_none() || of.class.is_none() || self.class == of.class;
        of_class && self.since.is_none_or(|since| of.newest >= since)
    }

    /// Whether all entries of a group are asked for.
    fn admits_all(&self, of: &Summary) -> bool {
        (self.class.is_none() || self.class == of.class) && self.since.is_none_or(|since| of.oldest >= since)
    }

    fn admits(&self, member: &Member) -> bool {
        self.class.is_none_or(|wanted| wanted == member.class)
            && self.since.is_none_or(|since| member.captured >= since)
    }
}

/// Between which two an entry's cosine lies.
struct Bounds {
    member: usize,
    low: f32,
    high: f32,
}

/// A group of which at least one entry was asked for.
struct Candidate<'a> {
    group: &'a Group,
    /// The bounds of its entries that were asked for, among those of all candidates.
    entries: Range<usize>,
    /// Bounds of its best entry's cosine.
    low: f32,
    high: f32,
}

impl Index {
    pub(super) fn search(&self, query: &Query<'_>) -> Vec<Hit> {
        let class = query.class.map(|class| self.class(class));
        if query.limit == 0 || class == Some(None) {
            return Vec::new();
        }
        let filter = Filter { class: class.flatten(), since: query.since };
        let probe = Probe::new(&query.feature.embedding);
        let mut bounds = Vec::new();
        let groups = self.worth_looking_into(query, &filter, &probe).into_iter();
        let mut candidates: Vec<Candidate<'_>> =
            groups.filter_map(|number| self.candidate(number as usize, &filter, &probe, &mut bounds)).collect();
        let floor = nth_largest(candidates.iter().map(|candidate| candidate.low).collect(), query.limit);
        candidates.retain(|candidate| candidate.high >= floor);
        let hits = candidates.iter().filter_map(|candidate| candidate.hit(&bounds[candidate.entries.clone()], query));
        let mut hits: Vec<Hit> = hits.collect();
        hits.sort_by(Hit::order);
        hits.truncate(query.limit);
        hits
    }

    /// The numbers of the groups.
    fn worth_looking_into(&self, query: &Query<'_>, filter: &Filter, probe: &Probe) -> Vec<u32> {
        let mut admitted: Vec<bool> = self.summaries.iter().map(|summary| filter.admits_some(summary)).collect();
        for number in query.exclude.iter().filter_map(|subject| self.numbers.get(subject)) {
            admitted[*number as usize] = false;
        }
        let numbered = (0..).zip(&admitted);
        let mut groups: Vec<u32> = numbered.filter_map(|(number, admitted)| admitted.then_some(number)).collect();
        let most = self.groups_looked_into(query.limit);
        if groups.len() > most {
            let best = self.prototypes.best(probe, &admitted);
            groups.select_nth_unstable_by(most - 1, |a, b| {
                let (a, b) = (*a as usize, *b as usize);
                best[b].total_cmp(&best[a]).then_with(|| self.groups[a].subject.cmp(&self.groups[b].subject))
            });
            groups.truncate(most);
        }
        groups
    }

    /// The average group decides how many groups the entries to look at make; whoever wants many subjects looks at more.
    fn groups_looked_into(&self, limit: usize) -> usize {
        if self.len() <= EXACT_MAX {
            return usize::MAX;
        }
        (ENTRIES_LOOKED_AT * self.groups.len()).div_ceil(self.len()).max(GROUPS_PER_HIT.saturating_mul(limit))
    }

    fn candidate(
        &self,
        number: usize,
        filter: &Filter,
        probe: &Probe,
        bounds: &mut Vec<Bounds>,
    ) -> Option<Candidate<'_>> {
        let group = &self.groups[number];
        let first = bounds.len();
        // The members themselves are not touched where that can be avoided: they are elsewhere in memory.
        let all = filter.admits_all(&self.summaries[number]);
        let asked_for = (0..group.members.len()).filter(|member| all || filter.admits(&group.members[*member]));
        bounds.extend(asked_for.map(|member| {
            let (cosine, uncertainty) = (group.rows.cosine(member, probe), group.rows.uncertainty(member, probe));
            Bounds { member, low: cosine - uncertainty, high: cosine + uncertainty }
        }));
        let low = bounds[first..].iter().map(|entry| entry.low).reduce(f32::max)?;
        let high = bounds[first..].iter().map(|entry| entry.high).reduce(f32::max)?;
        Some(Candidate { group, entries: first..bounds.len(), low, high })
    }
}

impl Candidate<'_> {
    /// Only entries that may be among the best few are computed in full.
    fn hit(&self, bounds: &[Bounds], query: &Query<'_>) -> Option<Hit> {
        let floor = nth_largest(bounds.iter().map(|entry| entry.low).collect(), SCORES_MAX);
        let open = bounds.iter().filter(|entry| entry.high >= floor).map(|entry| &self.group.members[entry.member]);
        let scores = open.map(|member| (member.id, query.feature.embedding.cosine(&member.embedding))).collect();
        Hit::best_of(self.group.subject, scores)
    }
}

/// The `n`th largest; less than all when there are fewer.
fn nth_largest(mut values: Vec<f32>, n: usize) -> f32 {
    if values.len() < n {
        return f32::NEG_INFINITY;
    }
    *values.select_nth_unstable_by(n - 1, |a, b| b.total_cmp(a)).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_largest_is_the_floor_of_the_n_best() {
        assert_eq!(nth_largest(vec![0.1, 0.5, 0.3], 2), 0.3);
        assert_eq!(nth_largest(vec![0.1], 2), f32::NEG_INFINITY);
    }
}
