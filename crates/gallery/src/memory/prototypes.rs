//! A few directions that stand for all entries of a group, in one table for all groups: a search looks through it to learn
//! which groups are worth looking into.

use iris_domain::Embedding;

use super::quantised::{Probe, Rows};

/// An entry joins the prototype to which its cosine is at least this; otherwise it founds one. The mean of a look is nearer to
/// a query of that look than any single entry of it; the mean of two looks (another side of a face, other clothes) is near to
/// neither.
const JOIN: f32 = 0.6;

/// Prototypes of groups that are known by their numbers.
#[derive(Default)]
pub(super) struct Prototypes {
    rows: Rows,
    /// The group of each row.
    groups: Vec<u32>,
    /// The rows of each group.
    rows_of: Vec<Vec<u32>>,
}

impl Prototypes {
    /// One more group, which has none yet; its number is the next free one.
    pub(super) fn add(&mut self) {
        self.rows_of.push(Vec::new());
    }

    /// Gives a group those that stand for its entries, which come in the order of their ids.
    pub(super) fn set<'a>(&mut self, group: u32, entries: impl Iterator<Item = &'a Embedding>) {
        self.drop_rows(group);
        for prototype in standing_for(entries) {
            self.rows_of[group as usize].push(self.groups.len() as u32);
            self.groups.push(group);
            self.rows.push(&prototype);
        }
    }

    /// Removes a group; the last one takes its number.
    pub(super) fn swap_remove(&mut self, group: u32) {
        self.drop_rows(group);
        self.rows_of.swap_remove(group as usize);
        for row in self.rows_of.get(group as usize).into_iter().flatten() {
            self.groups[*row as usize] = group;
        }
    }

    /// The best cosine to a prototype of each group, about; -1 for those that are not admitted.
    pub(super) fn best(&self, probe: &Probe, admitted: &[bool]) -> Vec<f32> {
        let mut best = vec![-1.0f32; admitted.len()];
        for (row, group) in self.groups.iter().enumerate() {
            let group = *group as usize;
            if admitted[group] {
                best[group] = best[group].max(self.rows.cosine(row, probe));
            }
        }
        best
    }

    fn drop_rows(&mut self, group: u32) {
        while let Some(row) = self.rows_of[group as usize].pop() {
            let last = self.groups.len() as u32 - 1;
            let owner = self.groups[last as usize] as usize;
            if let Some(moved) = self.rows_of[owner].iter_mut().find(|of_owner| **of_owner == last) {
                *moved = row;
            }
            self.groups.swap_remove(row as usize);
            self.rows.swap_remove(row as usize);
        }
    }
}

/// Each entry in turn goes to the nearest prototype so far.
fn standing_for<'a>(entries: impl Iterator<Item = &'a Embedding>) -> Vec<Embedding> {
    let mut looks: Vec<Look<'a>> = Vec::new();
    for entry in entries {
        let nearest =
            looks.iter_mut().map(|look| (look.mean.cosine(entry), look)).max_by(|(a, _), (b, _)| a.total_cmp(b));
        match nearest {
            Some((cosine, look)) if cosine >= JOIN => look.add(entry),
            _ => looks.push(Look { mean: entry.clone(), entries: vec![entry] }),
        }
    }
    looks.into_iter().map(|look| look.mean).collect()
}

struct Look<'a> {
    mean: Embedding,
    entries: Vec<&'a Embedding>,
}

impl<'a> Look<'a> {
    fn add(&mut self, entry: &'a Embedding) {
        self.entries.push(entry);
        // Entries on one side of a direction never cancel out.
        if let Some(mean) = Embedding::mean(self.entries.iter().map(|entry| (*entry, 1.0))) {
            self.mean = mean;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(degrees: f32) -> Embedding {
        let (y, x) = degrees.to_radians().sin_cos();
        Embedding::new(&[x, y]).unwrap()
    }

    fn of_groups(count: usize) -> Prototypes {
        let mut prototypes = Prototypes::default();
        (0..count).for_each(|_| prototypes.add());
        prototypes
    }

    fn best(prototypes: &Prototypes, degrees: f32) -> Vec<i32> {
        let admitted = vec![true; prototypes.rows_of.len()];
        let cosines = prototypes.best(&Probe::new(&at(degrees)), &admitted);
        cosines.iter().map(|cosine| cosine.acos().to_degrees().round() as i32).collect()
    }

    #[test]
    fn one_stands_for_entries_that_are_alike_and_two_for_two_looks() {
        let entries = [at(10.0), at(30.0), at(170.0)];
        let angle = |embedding: &Embedding| embedding.values()[1].atan2(embedding.values()[0]).to_degrees().round();
        assert_eq!(standing_for(entries.iter()).iter().map(angle).collect::<Vec<_>>(), [20.0, 170.0]);
    }

    #[test]
    fn each_group_keeps_its_own_when_others_change_or_go() {
        let mut prototypes = of_groups(3);
        prototypes.set(0, [at(0.0), at(90.0)].iter());
        prototypes.set(1, [at(45.0)].iter());
        prototypes.set(2, [at(180.0), at(300.0)].iter());
        assert_eq!(best(&prototypes, 0.0), [0, 45, 60]);
        prototypes.set(1, [at(20.0), at(120.0)].iter());
        assert_eq!(best(&prototypes, 0.0), [0, 20, 60]);
        prototypes.swap_remove(0);
        assert_eq!(best(&prototypes, 0.0), [60, 20], "the last took the first one's number");
        prototypes.swap_remove(1);
        assert_eq!(best(&prototypes, 170.0), [10]);
        prototypes.swap_remove(0);
        assert_eq!((prototypes.rows.len(), best(&prototypes, 0.0).len()), (0, 0));
    }

    #[test]
    fn a_group_that_is_not_admitted_is_not_scored() {
        let mut prototypes = of_groups(2);
        prototypes.set(0, [at(0.0)].iter());
        prototypes.set(1, [at(0.0)].iter());
        let cosines = prototypes.best(&Probe::new(&at(0.0)), &[false, true]);
        assert!(cosines[0] == -1.0 && cosines[1] > 0.99);
    }
}
