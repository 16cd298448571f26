//! Whether an identity is really two: its sightings fall into two groups, by faces first. Driven by the gateway when an operator
//! asks for it; what comes of it can be undone.

use super::linkage::{APART, Distances, last_two};
use super::rules::AssociationRules;
use crate::{CameraId, Feature, SightingId, Span};

/// A sighting of the identity.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitSighting {
    /// Which.
    pub sighting: SightingId,
    /// Where.
    pub camera: CameraId,
    /// When.
    pub span: Span,
    /// What its face looks like.
    pub face: Option<Feature>,
    /// What it looks like as a whole.
    pub body: Option<Feature>,
}

/// The two groups: first the one that stays, which is the larger or else holds the oldest sighting. `None` when the sightings do
/// not fall into two.
pub fn split_in_two(
    sightings: &[SplitSighting],
    rules: &AssociationRules,
) -> Option<(Vec<SightingId>, Vec<SightingId>)> {
    let mut sorted: Vec<&SplitSighting> = sightings.iter().collect();
    sorted.sort_by_key(|one| (one.span.start, one.sighting));
    sorted.dedup_by_key(|one| one.sighting);
    let seeds = by_vectors(&sorted, |one| one.face.as_ref(), rules.split_face).or_else(|| {
        by_vectors(&sorted, |one| one.body.as_ref(), rules.split_body).filter(|seeds| !tears_faces(&sorted, seeds))
    })?;
    Some(named(&sorted, &follow(&sorted, seeds)))
}

/// Which of the two each sighting is in, so far as is known.
type Sides = Vec<Option<bool>>;

/// The two groups of those that have a vector, if they are far enough apart.
fn by_vectors<'a>(
    sightings: &[&'a SplitSighting],
    vector: impl Fn(&'a SplitSighting) -> Option<&'a Feature>,
    similarity: f32,
) -> Option<Sides> {
    let with: Vec<(usize, &Feature)> =
        sightings.iter().enumerate().filter_map(|(index, one)| Some((index, vector(one)?))).collect();
    let distances = Distances::between(with.len(), |a, b| {
        if were_side_by_side(sightings[with[a].0], sightings[with[b].0]) {
            return APART;
        }
        // Of two models nothing is known, which is neither near nor far.
        1.0 - with[a].1.similarity(with[b].1).unwrap_or(similarity)
    });
    let (one, other, apart) = last_two(distances)?;
    if 1.0 - apart >= similarity {
        return None;
    }
    let mut sides = vec![None; sightings.len()];
    one.into_iter().for_each(|member| sides[with[member].0] = Some(false));
    other.into_iter().for_each(|member| sides[with[member].0] = Some(true));
    Some(sides)
}

/// One camera saw both at one time.
fn were_side_by_side(a: &SplitSighting, b: &SplitSighting) -> bool {
    a.camera == b.camera && a.span.overlaps(b.span)
}

/// Faces that are one person must not be divided by what the person wore.
fn tears_faces(sightings: &[&SplitSighting], sides: &Sides) -> bool {
    let has_face_on =
        |side: bool| sightings.iter().zip(sides).any(|(sighting, on)| sighting.face.is_some() && *on == Some(side));
    has_face_on(false) && has_face_on(true)
}

/// The others go where they fit best: with the one they look most like, or else with the one seen nearest in time.
fn follow(sightings: &[&SplitSighting], seeds: Sides) -> Vec<bool> {
    let side_of = |index: usize| {
        seeds[index].unwrap_or_else(|| {
            let fit = |other: usize| (fits(sightings[index], sightings[other]), other);
            let seeded = (0..sightings.len()).filter(|other| seeds[*other].is_some());
            let best = seeded.map(fit).max_by(|a, b| a.0.total_cmp(b.0).then(b.1.cmp(&a.1)));
            best.and_then(|(_, other)| seeds[other]).unwrap_or(false)
        })
    };
    (0..sightings.len()).map(side_of).collect()
}

/// How well a sighting fits another.
#[derive(Clone, Copy)]
struct Fit {
    possible: bool,
    looks: f32,
    gap_s: f32,
}

impl Fit {
    fn total_cmp(self, other: Self) -> std::cmp::Ordering {
        let looks = self.looks.total_cmp(&other.looks);
        self.possible.cmp(&other.possible).then(looks).then(other.gap_s.total_cmp(&self.gap_s))
    }
}

fn fits(one: &SplitSighting, other: &SplitSighting) -> Fit {
    let looks = one.body.as_ref().zip(other.body.as_ref()).and_then(|(one, other)| one.similarity(other));
    let gap = one.span.start.since(other.span.end).max(other.span.start.since(one.span.end));
    Fit { possible: !were_side_by_side(one, other), looks: looks.unwrap_or(0.0), gap_s: gap.as_secs_f32() }
}

fn named(sightings: &[&SplitSighting], sides: &[bool]) -> (Vec<SightingId>, Vec<SightingId>) {
    let of = |side: bool| -> Vec<SightingId> {
        let members = sightings.iter().zip(sides).filter(|(_, on)| **on == side);
        members.map(|(sighting, _)| sighting.sighting).collect()
    };
    // The first sighting is the oldest, and the groups are in the order of their oldest members.
    let (one, other) = if sides.first() == Some(&true) { (of(true), of(false)) } else { (of(false), of(true)) };
    if other.len() > one.len() { (other, one) } else { (one, other) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::identity::toys::{Person, at};

    fn sighting(id: i64, minute: f64) -> SplitSighting {
        let start = at(minute * 60.0);
        SplitSighting {
            sighting: SightingId::new(id).unwrap(),
            camera: CameraId::new(1).unwrap(),
            span: Span::new(start, start.plus(Duration::from_secs(20))).unwrap(),
            face: None,
            body: None,
        }
    }

    fn with_face(id: i64, person: u64) -> SplitSighting {
        let person = Person::number(person);
        SplitSighting { face: Some(person.face_like(0.85, id as u64)), ..with_body(id, person) }
    }

    fn with_body(id: i64, person: Person) -> SplitSighting {
        SplitSighting { body: Some(person.body_like(0.95, id as u64)), ..sighting(id, id as f64) }
    }

    fn split(sightings: &[SplitSighting]) -> Option<(Vec<i64>, Vec<i64>)> {
        let ids = |side: Vec<SightingId>| side.into_iter().map(SightingId::get).collect();
        split_in_two(sightings, &AssociationRules::default()).map(|(one, other)| (ids(one), ids(other)))
    }

    #[test]
    fn two_faces_are_two_and_the_faceless_follow_by_their_looks() {
        let mut sightings = vec![with_face(1, 1), with_face(2, 2), with_face(3, 1), with_face(4, 2)];
        sightings.push(with_body(5, Person::number(1)));
        sightings.push(with_body(6, Person::number(1)));
        sightings.push(sighting(7, 4.5));
        assert_eq!(
            split(&sightings),
            Some((vec![1, 3, 5, 6], vec![2, 4, 7])),
            "7 shows nothing and came right after 4"
        );
        sightings.reverse();
        assert_eq!(split(&sightings), Some((vec![1, 3, 5, 6], vec![2, 4, 7])));
    }

    #[test]
    fn one_person_does_not_fall_into_two_by_a_change_of_clothes() {
        let anna = Person::number(1);
        let dressed = |id: i64, clothes: u64| SplitSighting {
            body: Some(Person::number(clothes).body_like(0.95, id as u64)),
            face: Some(anna.face_like(0.85, id as u64)),
            ..sighting(id, id as f64)
        };
        assert_eq!(split(&[dressed(1, 8), dressed(2, 8), dressed(3, 9), dressed(4, 9)]), None);
    }

    #[test]
    fn without_faces_the_looks_decide() {
        let [anna, berta] = [1, 2].map(Person::number);
        let sightings =
            [with_body(1, anna), with_body(2, berta), with_body(3, berta), with_face(4, 1), with_face(5, 1)];
        assert_eq!(split(&sightings), Some((vec![1, 4, 5], vec![2, 3])));
        assert_eq!(split(&sightings[1..3]), None);
        assert_eq!(split(&[sighting(1, 0.0), sighting(2, 1.0)]), None);
        assert_eq!(split(&[]), None);
    }

    #[test]
    fn two_seen_side_by_side_are_two_however_alike() {
        let anna = Person::number(1);
        let mut sightings = [with_body(1, anna), with_body(2, anna), with_body(3, anna)];
        sightings[1].span = sightings[0].span;
        let (one, other) = split(&sightings).unwrap();
        assert!(one.contains(&1) != one.contains(&2) && other.len() == 1);
    }
}
