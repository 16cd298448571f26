//! What an operator said is not the same: pairs of identities that no machine may bring together again.

use std::collections::BTreeSet;

use crate::IdentityId;

/// Pairs of identities that stay apart; a pair has no order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApartPairs(BTreeSet<(IdentityId, IdentityId)>);

impl ApartPairs {
    /// Keeps the two apart; an identity is never apart from itself.
    pub fn insert(&mut self, a: IdentityId, b: IdentityId) {
        if a != b {
            self.0.insert(ordered(a, b));
        }
    }

    /// Whether the two are kept apart.
    pub fn contains(&self, a: IdentityId, b: IdentityId) -> bool {
        self.0.contains(&ordered(a, b))
    }

    /// Every pair, the smaller id first.
    pub fn iter(&self) -> impl Iterator<Item = (IdentityId, IdentityId)> + '_ {
        self.0.iter().copied()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(IdentityId, IdentityId)> for ApartPairs {
    fn from_iter<I: IntoIterator<Item = (IdentityId, IdentityId)>>(pairs: I) -> Self {
        let mut apart = Self::default();
        pairs.into_iter().for_each(|(a, b)| apart.insert(a, b));
        apart
    }
}

fn ordered(a: IdentityId, b: IdentityId) -> (IdentityId, IdentityId) {
    (a.min(b), a.max(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_no_order_and_nobody_is_apart_from_itself() {
        let [a, b, c] = [1, 2, 3].map(|id| IdentityId::new(id).unwrap());
        let apart: ApartPairs = [(b, a), (c, c)].into_iter().collect();
        assert!(apart.contains(a, b) && apart.contains(b, a));
        assert!(!apart.contains(a, c) && !apart.contains(c, c));
        assert_eq!(apart.iter().collect::<Vec<_>>(), [(a, b)]);
    }
}
