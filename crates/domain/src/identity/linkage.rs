//! Average-link clustering: two groups are as alike as their members are on average, and groups are joined while any two are
//! alike enough. Used for face groups and for splitting; knows neither faces nor thresholds' meaning.

use kodama::{Method, linkage};

/// Distance of two that must never be in one group: so far that no mean over any number of pairs brings them near.
pub(super) const APART: f32 = 1e9;

/// Distances between all pairs of `0..len`: for each the ones to those after it, in order.
pub(super) struct Distances {
    len: usize,
    pairs: Vec<f32>,
}

impl Distances {
    /// Between `len` things, of which the smaller index comes first.
    pub fn between(len: usize, distance: impl Fn(usize, usize) -> f32) -> Self {
        let pairs = (0..len).flat_map(move |a| (a + 1..len).map(move |b| (a, b)));
        Self { len, pairs: pairs.map(|(a, b)| distance(a, b)).collect() }
    }

    /// All rows one after another.
    pub fn from_rows(len: usize, pairs: Vec<f32>) -> Self {
        assert_eq!(pairs.len(), len * len.saturating_sub(1) / 2, "one distance per pair");
        Self { len, pairs }
    }

    /// Gives every pair another distance, in order.
    pub fn change(&mut self, mut distance: impl FnMut(usize, usize, f32) -> f32) {
        let len = self.len;
        let pairs = (0..len).flat_map(|a| (a + 1..len).map(move |b| (a, b)));
        for ((a, b), old) in pairs.zip(&mut self.pairs) {
            *old = distance(a, b, *old);
        }
    }

    /// Of a smaller and a larger index.
    fn of(&self, a: usize, b: usize) -> f32 {
        let before = a * (2 * self.len - a - 1) / 2;
        self.pairs[before + b - a - 1]
    }

    /// Those between some, which are ascending.
    fn among(&self, some: &[usize]) -> Self {
        Self::between(some.len(), |a, b| self.of(some[a], some[b]))
    }
}

/// The groups that are left when no two are nearer than `reach` any more; each ascending, in the order of their first members.
///
/// Two groups with a mean distance within reach have a pair within reach, so only what chains of such pairs connect can come
/// together: clustering each of these parts alone gives the same groups, and costs the square of the largest part and not of all.
pub(super) fn groups_within(distances: &Distances, reach: f32) -> Vec<Vec<usize>> {
    let mut groups = Vec::new();
    for part in connected(distances, reach) {
        let steps = cluster(distances.among(&part)).into_iter().filter(|step| step.2 <= reach);
        let of_part = gather(part.len(), steps.map(|(a, b, _)| (a, b))).into_iter();
        groups.extend(of_part.map(|group| group.into_iter().map(|member| part[member]).collect::<Vec<usize>>()));
    }
    groups.sort_unstable();
    groups
}

/// What chains of pairs within reach connect; each part ascending.
fn connected(distances: &Distances, reach: f32) -> Vec<Vec<usize>> {
    let mut leads_to: Vec<usize> = (0..distances.len).collect();
    let mut pairs = distances.pairs.iter();
    for a in 0..distances.len {
        for (b, distance) in (a + 1..distances.len).zip(&mut pairs) {
            if *distance <= reach {
                let (a, b) = (root(&mut leads_to, a), root(&mut leads_to, b));
                leads_to[a.max(b)] = a.min(b);
            }
        }
    }
    let mut parts = vec![Vec::new(); distances.len];
    for one in 0..distances.len {
        parts[root(&mut leads_to, one)].push(one);
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn root(leads_to: &mut [usize], mut one: usize) -> usize {
    while leads_to[one] != one {
        leads_to[one] = leads_to[leads_to[one]];
        one = leads_to[one];
    }
    one
}

/// The last two groups, and how far apart they are; `None` of less than two things.
pub(super) fn last_two(distances: Distances) -> Option<(Vec<usize>, Vec<usize>, f32)> {
    let len = distances.len;
    let mut steps = cluster(distances);
    let (_, _, apart) = steps.pop()?;
    let mut groups = gather(len, steps.into_iter().map(|(a, b, _)| (a, b))).into_iter();
    Some((groups.next()?, groups.next()?, apart))
}

/// Which groups were joined, nearest first; those after the first `len` are the results of the steps in order.
fn cluster(mut distances: Distances) -> Vec<(usize, usize, f32)> {
    let dendrogram = linkage(&mut distances.pairs, distances.len, Method::Average);
    dendrogram.steps().iter().map(|step| (step.cluster1, step.cluster2, step.dissimilarity)).collect()
}

/// The groups after some first steps.
fn gather(len: usize, steps: impl Iterator<Item = (usize, usize)>) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = (0..len).map(|one| vec![one]).collect();
    for (a, b) in steps {
        let mut joined = std::mem::take(&mut groups[a]);
        joined.append(&mut groups[b]);
        groups.push(joined);
    }
    groups.retain(|group| !group.is_empty());
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups.sort_unstable();
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distances of places on a line.
    fn on_a_line(places: &[f32]) -> Distances {
        Distances::between(places.len(), |a, b| (places[a] - places[b]).abs())
    }

    #[test]
    fn a_chain_is_not_one_group() {
        let places = [0.0, 1.0, 2.1, 3.3, 10.0];
        assert_eq!(groups_within(&on_a_line(&places), 1.5), [vec![0, 1], vec![2, 3], vec![4]]);
        assert_eq!(groups_within(&on_a_line(&places), 2.5), [vec![0, 1, 2, 3], vec![4]]);
        assert_eq!(groups_within(&on_a_line(&[]), 1.0), Vec::<Vec<usize>>::new());
        assert_eq!(groups_within(&on_a_line(&[7.0]), 1.0), [vec![0]]);
    }

    #[test]
    fn parts_that_nothing_connects_are_grouped_as_if_together() {
        let places: Vec<f32> =
            (0..60u32).map(|n| ((n * 37) % 101) as f32 + if n % 2 == 0 { 0.0 } else { 500.0 }).collect();
        let len = places.len();
        let all = cluster(on_a_line(&places)).into_iter().filter(|step| step.2 <= 5.0);
        assert_eq!(groups_within(&on_a_line(&places), 5.0), gather(len, all.map(|(a, b, _)| (a, b))));
    }

    #[test]
    fn what_is_apart_is_never_together() {
        let places = [0.0, 0.1, 0.2, 0.3];
        let apart = |a: usize, b: usize| if (a, b) == (0, 3) { APART } else { places[b] - places[a] };
        let groups = groups_within(&Distances::between(4, apart), 1.0);
        assert!(groups.iter().all(|group| !(group.contains(&0) && group.contains(&3))), "{groups:?}");
        assert_eq!(groups.len(), 2);
    }

    #[test]
    fn the_last_two_groups_and_their_distance() {
        let (one, other, apart) = last_two(on_a_line(&[0.0, 1.0, 9.0, 10.0])).unwrap();
        assert_eq!((one, other, apart), (vec![0, 1], vec![2, 3], 9.0));
        assert_eq!(last_two(on_a_line(&[1.0])), None);
    }
}
