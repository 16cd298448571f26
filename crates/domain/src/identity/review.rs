//! Whether a track that was settled stays where it is. Driven by [`super::decide`]; an operator's word is never reviewed.

use super::candidate::{Candidate, Settled};
use super::decide::{Case, Decision};
use super::evidence::MatchKind;
use super::views::Faces;

/// Looks at a settled track again: better views may confirm it, or show that it is another.
pub(super) fn review(case: &Case<'_>, settled: &Settled) -> Decision {
    if settled.evidence.kind == MatchKind::Manual {
        return Decision::Keep;
    }
    let own = case.candidates.iter().copied().find(|candidate| candidate.identity == settled.identity);
    if own.is_some_and(|own| own.cannot_link) && settled.evidence.kind == MatchKind::Appearance {
        return leave(case, settled);
    }
    if settled.alone && settled.evidence.kind == MatchKind::New {
        return rejoin(case, settled);
    }
    if case.looks.faces == Faces::Good {
        match by_face(case, settled, own) {
            Decision::Keep => {}
            decision => return decision,
        }
    }
    by_appearance(case, settled, own)
}

/// A companion is the same identity by better evidence, or an operator said that it is not this one.
fn leave(case: &Case<'_>, settled: &Settled) -> Decision {
    match case.place() {
        Decision::Join { identity, evidence, .. } if identity != settled.identity => {
            Decision::Reassign { to: Some(identity), evidence }
        }
        Decision::Found(evidence) => Decision::Reassign { to: None, evidence },
        _ => Decision::Keep,
    }
}

/// It founded its identity, which is nothing but this track: where a better view shows somebody known, nothing is lost by moving.
fn rejoin(case: &Case<'_>, settled: &Settled) -> Decision {
    match case.place() {
        Decision::Join { identity, evidence, .. } if identity != settled.identity => {
            Decision::Reassign { to: Some(identity), evidence }
        }
        _ => Decision::Keep,
    }
}

fn by_face(case: &Case<'_>, settled: &Settled, own: Option<&Candidate>) -> Decision {
    let own_face = own.and_then(|own| own.face);
    let another = |candidate: &Candidate| candidate.identity != settled.identity && !candidate.cannot_link;
    let rival = case.nearest(|candidate| candidate.face, another, another);
    let rival = rival.filter(|rival| rival.score >= case.rules.face_join);
    if let Some(rival) = rival {
        let ahead = match own_face {
            Some(own) => rival.score - own >= case.rules.reassign_margin,
            // It was never compared by face, or its face exemplars are gone: only what was linked otherwise may move.
            None => {
                settled.evidence.kind != MatchKind::Face
                    && rival.margin.is_none_or(|margin| margin >= case.rules.face_margin)
            }
        };
        if ahead {
            let evidence = rival.evidence(MatchKind::Face, "the face turned out to be another's");
            return Decision::Reassign { to: Some(rival.candidate.identity), evidence };
        }
    }
    match (own, own_face) {
        (Some(own), Some(face)) if face >= case.rules.face_join => confirm(case, settled, own),
        (_, Some(face)) if face < case.rules.face_veto => contradict(case, settled),
        _ => Decision::Keep,
    }
}

/// What its first views linked, all of them together may deny: a tracker goes over from one person to another where two meet. What a
/// face linked stays.
fn by_appearance(case: &Case<'_>, settled: &Settled, own: Option<&Candidate>) -> Decision {
    let Some(own_body) = own.and_then(|own| case.body_of(own)).filter(|_| settled.evidence.kind != MatchKind::Face)
    else {
        return Decision::Keep;
    };
    if own_body < case.rules.body_new {
        return leave(case, settled);
    }
    let another = |candidate: &Candidate| candidate.identity != settled.identity && !case.is_barred(candidate);
    match case.nearest(|candidate| case.body_of(candidate), another, |_| true) {
        Some(rival) if rival.score >= case.rules.body_join && rival.score - own_body >= case.rules.reassign_margin => {
            let evidence = rival.evidence(MatchKind::Appearance, "the appearance turned out to be another's");
            Decision::Reassign { to: Some(rival.candidate.identity), evidence }
        }
        _ => Decision::Keep,
    }
}

/// What appearance linked, a face now says too.
fn confirm(case: &Case<'_>, settled: &Settled, own: &Candidate) -> Decision {
    let this = |candidate: &Candidate| candidate.identity == own.identity;
    match case.nearest(|candidate| candidate.face, this, |rival| !rival.cannot_link) {
        Some(nearest) if settled.evidence.kind == MatchKind::Appearance => {
            Decision::Confirm(nearest.evidence(MatchKind::Face, "the appearance was the same, and then the face too"))
        }
        _ => Decision::Keep,
    }
}

/// What appearance linked, the face denies. What a face linked stays: then the track itself is likely of two people.
fn contradict(case: &Case<'_>, settled: &Settled) -> Decision {
    if settled.evidence.kind != MatchKind::Appearance || !case.looks.face_founds {
        return Decision::Keep;
    }
    let evidence = case.novelty("it looked like a known one, but the face is of somebody else");
    Decision::Reassign { to: None, evidence }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::evidence::Evidence;
    use super::super::rules::AssociationRules;
    use super::super::tracklet::Tracklet;
    use super::*;
    use crate::identity::toys::{Person, at, observation};
    use crate::{Class, IdentityId};

    /// Where a track moves that is as like its own identity and another as told.
    fn moves(kind: MatchKind, own: f32, other: f32) -> Option<i64> {
        let rules = AssociationRules::default();
        let mut tracklet = Tracklet::begin(&observation(1, 0.0), at(0.0));
        tracklet.observe(&Person::number(1).seen(observation(1, 2.0), 0.0, 0.7), at(0.0));
        let candidate = |id: i64, body: f32| Candidate {
            identity: IdentityId::new(id).unwrap(),
            named: false,
            class: Class::person(),
            face: None,
            body: Some(body),
            last_seen: at(0.0),
            cannot_link: false,
            apart_from: BTreeSet::new(),
            exemplars: Vec::new(),
        };
        let candidates = [candidate(1, own), candidate(2, other)];
        let evidence = Evidence {
            kind,
            score: None,
            margin: None,
            face: None,
            body: None,
            exemplars: Vec::new(),
            reason: "".into(),
        };
        let settled = Settled { identity: candidates[0].identity, evidence, alone: false };
        match review(&Case::new(&tracklet, &candidates, &rules, at(3.0)), &settled) {
            Decision::Reassign { to, .. } => Some(to.map_or(0, IdentityId::get)),
            _ => None,
        }
    }

    #[test]
    fn an_appearance_that_is_clearly_anothers_moves_what_an_appearance_linked() {
        assert_eq!(moves(MatchKind::Appearance, 0.84, 0.995), Some(2));
        assert_eq!(moves(MatchKind::Appearance, 0.86, 0.995), None, "the other is not so much more alike");
        assert_eq!(moves(MatchKind::Appearance, 0.75, 0.91), None, "nor alike enough to join");
        assert_eq!(moves(MatchKind::Appearance, 0.75, 0.80), Some(0), "it is like nobody");
        assert_eq!(moves(MatchKind::Face, 0.1, 0.995), None);
        assert_eq!(moves(MatchKind::Manual, 0.1, 0.995), None);
    }
}
