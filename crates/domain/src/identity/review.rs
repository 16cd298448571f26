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
    if case.looks.faces != Faces::Good {
        return Decision::Keep;
    }
    by_face(case, settled, own)
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
