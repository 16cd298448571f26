//! Deciding about the tracks of one moment together: two that were seen side by side are never given one identity, and each
//! identity goes where it fits best in all, not to who comes first. Driven by the leader of re-ID.

use std::collections::BTreeSet;

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

use super::candidate::{Candidate, Settled};
use super::decide::{Decision, decide};
use super::rules::AssociationRules;
use super::tracklet::Tracklet;
use crate::{IdentityId, Timestamp};

/// The assignment works on whole numbers: one unit is a millionth of a cosine.
const UNITS: f32 = 1e6;

/// A track to decide about.
#[derive(Debug, Clone, Copy)]
pub struct Undecided<'a> {
    /// The track.
    pub tracklet: &'a Tracklet,
    /// What it was settled to be.
    pub current: Option<&'a Settled>,
    /// Who it may be.
    pub candidates: &'a [Candidate],
}

/// As [`decide`], for several tracks at once; the answers are in their order.
pub fn decide_together(cases: &[Undecided<'_>], rules: &AssociationRules, now: Timestamp) -> Vec<Decision> {
    let alone = |case: &Undecided<'_>| decide(case.tracklet, case.current, case.candidates, rules, now);
    let wanted: Vec<Decision> = cases.iter().map(alone).collect();
    if !has_conflict(cases, &wanted) {
        return wanted;
    }
    let mut decisions = wanted.clone();
    let given = assign(cases, rules);
    for (index, case) in cases.iter().enumerate() {
        let taken = taken_beside(index, cases, &given);
        let candidates: Vec<Candidate> = case.candidates.iter().map(|one| barred(one, &taken)).collect();
        decisions[index] = decide(case.tracklet, case.current, &candidates, rules, now);
    }
    settle_rest(cases, &mut decisions, rules, now);
    give_back(cases, wanted, &mut decisions);
    decisions
}

/// Whom a decision makes the track.
fn becomes(decision: &Decision, current: Option<&Settled>) -> Option<IdentityId> {
    match decision {
        Decision::Join { identity, .. } => Some(*identity),
        Decision::Reassign { to, .. } => *to,
        Decision::Keep | Decision::Confirm(_) => current.map(|settled| settled.identity),
        Decision::Wait(_) | Decision::Found(_) | Decision::Drop(_) => None,
    }
}

fn side_by_side(a: &Tracklet, b: &Tracklet) -> bool {
    a.companions.contains(&b.track) || b.companions.contains(&a.track)
}

fn clash(cases: &[Undecided<'_>], decisions: &[Decision], a: usize, b: usize) -> bool {
    let (one, other) = (becomes(&decisions[a], cases[a].current), becomes(&decisions[b], cases[b].current));
    one.is_some() && one == other && side_by_side(cases[a].tracklet, cases[b].tracklet)
}

fn has_conflict(cases: &[Undecided<'_>], decisions: &[Decision]) -> bool {
    (0..cases.len()).any(|a| (0..a).any(|b| clash(cases, decisions, a, b)))
}

/// Gives each track at most one identity and each identity at most one track, so that they fit best in all. A settled track has
/// its own.
fn assign(cases: &[Undecided<'_>], rules: &AssociationRules) -> Vec<Option<IdentityId>> {
    let settled = |case: &Undecided<'_>| case.current.map(|settled| settled.identity);
    let identities: BTreeSet<IdentityId> =
        cases.iter().flat_map(|case| case.candidates.iter().map(|candidate| candidate.identity)).collect();
    let identities: Vec<IdentityId> = identities.into_iter().collect();
    // As many columns of nobody as rows, so that no track has to be somebody.
    let mut weights = Matrix::new(cases.len(), identities.len() + cases.len(), 0_i64);
    for (row, case) in cases.iter().enumerate().filter(|(_, case)| settled(case).is_none()) {
        for candidate in case.candidates.iter().filter(|candidate| candidate.class == case.tracklet.class) {
            let column = identities.binary_search(&candidate.identity).expect("every candidate is in the list");
            weights[(row, column)] = (worth(candidate, rules) * UNITS) as i64;
        }
    }
    let (_, chosen) = kuhn_munkres(&weights);
    let given = |(row, column): (usize, usize)| {
        let won = identities.get(column).copied().filter(|_| weights[(row, column)] > 0);
        settled(&cases[row]).or(won)
    };
    chosen.into_iter().enumerate().map(given).collect()
}

/// What it is worth that a track is a candidate: any face that counts before any appearance.
fn worth(candidate: &Candidate, rules: &AssociationRules) -> f32 {
    if candidate.cannot_link {
        return 0.0;
    }
    let face = candidate.face.filter(|face| *face >= rules.face_maybe).map(|face| 1.0 + face);
    let body = candidate.body.filter(|body| *body >= rules.body_new);
    face.or(body).unwrap_or(0.0)
}

fn taken_beside(index: usize, cases: &[Undecided<'_>], given: &[Option<IdentityId>]) -> BTreeSet<IdentityId> {
    let beside = |other: &usize| *other != index && side_by_side(cases[index].tracklet, cases[*other].tracklet);
    (0..cases.len()).filter(beside).filter_map(|other| given[other]).collect()
}

fn barred(candidate: &Candidate, taken: &BTreeSet<IdentityId>) -> Candidate {
    let cannot_link = candidate.cannot_link || taken.contains(&candidate.identity);
    Candidate { cannot_link, ..candidate.clone() }
}

/// Whatever still clashes (two that were settled alike before they were known to be two) is left to the first; the others are
/// decided without that identity.
fn settle_rest(cases: &[Undecided<'_>], decisions: &mut [Decision], rules: &AssociationRules, now: Timestamp) {
    for index in 1..cases.len() {
        let clashing = (0..index).filter(|other| clash(cases, decisions, index, *other));
        let taken: BTreeSet<IdentityId> =
            clashing.filter_map(|other| becomes(&decisions[other], cases[other].current)).collect();
        if !taken.is_empty() {
            let candidates: Vec<Candidate> = cases[index].candidates.iter().map(|one| barred(one, &taken)).collect();
            decisions[index] = decide(cases[index].tracklet, cases[index].current, &candidates, rules, now);
        }
    }
}

/// A track that went without an identity for the sake of another, which then did not take it, has it after all.
fn give_back(cases: &[Undecided<'_>], wanted: Vec<Decision>, decisions: &mut [Decision]) {
    for (index, wish) in wanted.into_iter().enumerate() {
        let went_without = becomes(&decisions[index], cases[index].current).is_none();
        if went_without && becomes(&wish, cases[index].current).is_some() {
            let instead = std::mem::replace(&mut decisions[index], wish);
            if (0..cases.len()).any(|other| other != index && clash(cases, decisions, index, other)) {
                decisions[index] = instead;
            }
        }
    }
}
