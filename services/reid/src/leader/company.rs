//! Who was seen side by side: two identities that are certainly two, however alike they look. Learnt as it happens, and kept in memory
//! only: after a takeover it is learnt anew, and what maintenance may merge is judged by the sightings themselves.

use std::collections::{BTreeSet, HashSet};

use iris_domain::IdentityId;

/// Pairs remembered at most. When there are more, all are forgotten: those that matter are soon back.
const PAIRS_MAX: usize = 100_000;

/// Pairs of identities; a pair has no order.
#[derive(Default)]
pub struct Company(HashSet<(IdentityId, IdentityId)>);

impl Company {
    /// One was seen beside others.
    pub fn note(&mut self, one: IdentityId, beside: &BTreeSet<IdentityId>) {
        if self.0.len() + beside.len() > PAIRS_MAX {
            self.0.clear();
        }
        let others = beside.iter().filter(|other| **other != one);
        self.0.extend(others.map(|other| (one.min(*other), one.max(*other))));
    }

    /// Whether the two were seen side by side.
    pub fn contains(&self, a: IdentityId, b: IdentityId) -> bool {
        self.0.contains(&(a.min(b), a.max(b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn company_is_mutual_and_bounded() {
        let id = |number: i64| IdentityId::new(number).unwrap();
        let mut company = Company::default();
        company.note(id(2), &BTreeSet::from([id(1), id(2), id(3)]));
        assert!(company.contains(id(1), id(2)) && company.contains(id(2), id(1)) && company.contains(id(3), id(2)));
        assert!(!company.contains(id(1), id(3)) && !company.contains(id(2), id(2)));
        for number in 0..2 * PAIRS_MAX as i64 {
            company.note(id(1), &BTreeSet::from([id(number + 10)]));
        }
        assert!(company.0.len() <= PAIRS_MAX);
    }
}
