//! What a track is: somebody known, somebody new, or not to be said yet. Driven by the leader of re-ID with each observation of the
//! track and when [`Tracklet::deadline`] has come.

use super::candidate::{Candidate, Settled};
use super::evidence::{Evidence, MatchKind};
use super::review::review;
use super::rules::AssociationRules;
use super::tracklet::Tracklet;
use super::views::{Faces, Looks};
use crate::{IdentityId, Timestamp};

/// What to do with a track.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Nothing yet, and what it waits for.
    Wait(&'static str),
    /// It is this identity.
    Join {
        /// Which.
        identity: IdentityId,
        /// By what.
        kind: MatchKind,
        /// Why.
        evidence: Evidence,
    },
    /// It is somebody nobody knows yet: found an identity.
    Found(Evidence),
    /// It is over and showed too little; its event remains.
    Drop(&'static str),
    /// It stays what it was settled to be.
    Keep,
    /// It stays what it was settled to be, and now a face says so.
    Confirm(Evidence),
    /// It was taken for another than it is.
    Reassign {
        /// Whom it is; `None` founds an identity.
        to: Option<IdentityId>,
        /// Why.
        evidence: Evidence,
    },
}

/// What a track is. The order of the candidates does not matter.
pub fn decide(
    tracklet: &Tracklet,
    current: Option<&Settled>,
    candidates: &[Candidate],
    rules: &AssociationRules,
    now: Timestamp,
) -> Decision {
    let case = Case::new(tracklet, candidates, rules, now);
    match current {
        Some(settled) => review(&case, settled),
        None => case.place(),
    }
}

impl Tracklet {
    /// When to decide again should nothing be heard of the track: its patience ends, then its silence is taken for its end.
    pub fn deadline(&self, rules: &AssociationRules, now: Timestamp) -> Option<Timestamp> {
        let deadlines = [self.began_at.plus(rules.patience), self.heard_at.plus(rules.silence)];
        deadlines.into_iter().filter(|deadline| now < *deadline).min()
    }

    /// Whether nothing more will come of it: it ended, or its end was lost.
    pub fn is_over(&self, rules: &AssociationRules, now: Timestamp) -> bool {
        self.ended || self.heard_at.plus(rules.silence) <= now
    }
}

/// What one kind of evidence says.
enum Verdict {
    /// It is this one.
    Join(Decision),
    /// It may be somebody known; a better view is worth waiting for.
    Unsure(&'static str),
    /// It is like several that are known and nothing tells them apart.
    Ambiguous(&'static str),
    /// It is like nobody.
    Nobody,
}

/// One track with everything that decides about it.
pub(super) struct Case<'a> {
    pub tracklet: &'a Tracklet,
    pub looks: Looks,
    pub rules: &'a AssociationRules,
    /// Those of its class.
    pub candidates: Vec<&'a Candidate>,
    /// Nothing more will come.
    over: bool,
    /// It has waited long enough for a second view.
    waited: bool,
}

impl<'a> Case<'a> {
    pub fn new(
        tracklet: &'a Tracklet,
        candidates: &'a [Candidate],
        rules: &'a AssociationRules,
        now: Timestamp,
    ) -> Self {
        let over = tracklet.is_over(rules, now);
        Self {
            tracklet,
            looks: Looks::of(tracklet, rules),
            rules,
            candidates: candidates.iter().filter(|candidate| candidate.class == tracklet.class).collect(),
            over,
            waited: over || tracklet.began_at.plus(rules.patience) <= now,
        }
    }

    /// Finds a place for a track that has none: face first, then appearance, else a new identity.
    pub fn place(&self) -> Decision {
        let by_face = match self.by_face() {
            Verdict::Join(decision) => return decision,
            verdict => verdict,
        };
        let by_body = match self.by_body() {
            Verdict::Join(decision) => return decision,
            verdict => verdict,
        };
        match (by_face, by_body) {
            (Verdict::Unsure(reason) | Verdict::Ambiguous(reason), _) => self.found_unless_waiting(reason),
            // A good face of its own says more than clothes that several wear.
            (_, Verdict::Ambiguous(reason)) if !self.looks.face_founds => {
                if self.over {
                    Decision::Drop(reason)
                } else {
                    Decision::Wait(reason)
                }
            }
            (_, Verdict::Unsure(reason)) => self.found_unless_waiting(reason),
            _ => self.found(self.waited),
        }
    }

    /// The identity whose face it has.
    fn by_face(&self) -> Verdict {
        if self.looks.faces == Faces::None {
            return Verdict::Nobody;
        }
        let possible = |candidate: &Candidate| !candidate.cannot_link;
        let Some(best) = self.nearest(|candidate| candidate.face, possible, possible) else { return Verdict::Nobody };
        match self.looks.faces {
            Faces::Single if best.score >= self.rules.face_single => self.clear_face(&best),
            Faces::Single if best.score >= self.rules.face_join => {
                Verdict::Unsure("one poor face is like somebody known: a better one is awaited")
            }
            Faces::Good if best.score >= self.rules.face_join => self.clear_face(&best),
            Faces::Good if best.score >= self.rules.face_maybe => self.faint_face(&best),
            _ => Verdict::Nobody,
        }
    }

    /// Similar enough; but two that are as similar wait for a view that tells them apart, while there may be one.
    fn clear_face(&self, best: &Nearest<'_>) -> Verdict {
        if best.margin.is_none_or(|margin| margin >= self.rules.face_close) {
            return Verdict::Join(join(best, MatchKind::Face, "the face is the same"));
        }
        if self.appearance_prefers(best.candidate) {
            return Verdict::Join(join(
                best,
                MatchKind::Face,
                "two faces are as similar, and the appearance tells which",
            ));
        }
        if self.waited {
            return Verdict::Join(join(best, MatchKind::Face, "the most similar of two faces that are about the same"));
        }
        Verdict::Unsure("two known faces are as similar: a better view is awaited")
    }

    /// Not quite similar enough: something else must speak for it.
    fn faint_face(&self, best: &Nearest<'_>) -> Verdict {
        let agrees = self.body_of(best.candidate).is_some_and(|body| body >= self.rules.body_agrees);
        if agrees && best.margin.is_none_or(|margin| margin >= self.rules.face_close) {
            return Verdict::Join(join(best, MatchKind::Face, "the face is similar and the appearance agrees"));
        }
        Verdict::Unsure("the face is like a known one, but not enough: a better view is awaited")
    }

    /// The identity whose appearance it has. Those it cannot be count as rivals none the less: where they look the same, looks say
    /// nothing.
    fn by_body(&self) -> Verdict {
        if self.looks.body.is_none() {
            return Verdict::Nobody;
        }
        let possible = |candidate: &Candidate| !self.is_barred(candidate);
        let Some(best) = self.nearest(|candidate| self.body_of(candidate), possible, |_| true) else {
            return Verdict::Nobody;
        };
        if best.score < self.rules.body_new {
            return Verdict::Nobody;
        }
        if best.score < self.rules.body_join {
            return Verdict::Unsure("the appearance is like a known one, but not enough: a better view is awaited");
        }
        if best.margin.is_some_and(|margin| margin < self.rules.body_margin) {
            return Verdict::Ambiguous("several known ones look like it, and no face tells which");
        }
        if self.looks.bodies < 2 && !self.waited {
            return Verdict::Unsure("the appearance is a known one's: a second view is awaited");
        }
        if self.is_doubted(best.candidate) && !self.over {
            return Verdict::Unsure("the appearance is a known one's, a poor face is not: a better one is awaited");
        }
        Verdict::Join(join(&best, MatchKind::Appearance, "the appearance is the same, and it was seen not long ago"))
    }

    /// It cannot be this one, however it looks: good faces on both sides are of two people, or something else forbids it.
    pub fn is_barred(&self, candidate: &Candidate) -> bool {
        let vetoed = self.looks.faces == Faces::Good && candidate.face.is_some_and(|face| face < self.rules.face_veto);
        candidate.cannot_link || vetoed
    }

    /// One poor face that is not the candidate's: no proof that it is somebody else, but worth waiting for another.
    fn is_doubted(&self, candidate: &Candidate) -> bool {
        self.looks.faces == Faces::Single && candidate.face.is_some_and(|face| face < self.rules.face_veto)
    }

    /// The similarity of appearance, where it says anything: clothes change.
    pub fn body_of(&self, candidate: &Candidate) -> Option<f32> {
        let recent = self.tracklet.first_seen.since(candidate.last_seen) <= self.rules.body_window;
        candidate.body.filter(|_| recent && self.looks.body.is_some())
    }

    fn appearance_prefers(&self, candidate: &Candidate) -> bool {
        let nearest = self.nearest(|candidate| self.body_of(candidate), |candidate| !candidate.cannot_link, |_| true);
        nearest.is_some_and(|nearest| {
            nearest.candidate.identity == candidate.identity
                && nearest.score >= self.rules.body_agrees
                && nearest.margin.is_some_and(|margin| margin >= self.rules.body_margin)
        })
    }

    /// It may be somebody known: it founds an identity only when nothing better can come.
    fn found_unless_waiting(&self, reason: &'static str) -> Decision {
        let face_is_here = self.looks.face_founds && self.waited;
        if self.over || face_is_here { self.found(true) } else { Decision::Wait(reason) }
    }

    /// It is nobody known: whether it is seen well enough to be somebody new.
    fn found(&self, waited: bool) -> Decision {
        if self.looks.face_founds {
            return Decision::Found(self.novelty("a good face that nobody known has"));
        }
        let Some(quality) = self.looks.body else {
            return self
                .wait_or_drop("no view is good enough yet", "it showed neither a good face nor a good appearance");
        };
        if self.tracklet.last_seen.since(self.tracklet.first_seen) < self.rules.found_seen {
            return self.wait_or_drop("it was seen too briefly yet", "it was seen too briefly");
        }
        let seen_well = quality >= self.rules.body_found_quality;
        if seen_well && (waited || self.looks.bodies >= 2) {
            return Decision::Found(self.novelty("an appearance that nobody known has"));
        }
        if self.over && quality >= self.rules.body_provisional_quality {
            return Decision::Found(self.novelty("nobody known looks like it, though it was not seen well"));
        }
        self.wait_or_drop("a better view is awaited", "it was not seen well enough")
    }

    fn wait_or_drop(&self, wait: &'static str, drop: &'static str) -> Decision {
        if self.over { Decision::Drop(drop) } else { Decision::Wait(wait) }
    }

    /// The evidence of somebody new: how like the most similar known one it is.
    pub fn novelty(&self, reason: &str) -> Evidence {
        let highest = |score: &dyn Fn(&Candidate) -> Option<f32>| {
            self.candidates.iter().filter_map(|candidate| score(candidate)).max_by(f32::total_cmp)
        };
        let face = highest(&|candidate| candidate.face).filter(|_| self.looks.faces != Faces::None);
        let body = highest(&|candidate| self.body_of(candidate));
        let score = if self.looks.faces == Faces::Good { face.or(body) } else { body.or(face) };
        Evidence { kind: MatchKind::New, score, margin: None, face, body, exemplars: Vec::new(), reason: reason.into() }
    }

    /// The most similar candidate of those that are possible, with its distance to the most similar of the rivals that are certainly
    /// somebody else; the smaller id of two that are as similar, so that the answer does not depend on their order.
    pub fn nearest(
        &self,
        score: impl Fn(&Candidate) -> Option<f32>,
        possible: impl Fn(&Candidate) -> bool,
        rival: impl Fn(&Candidate) -> bool,
    ) -> Option<Nearest<'a>> {
        let scored = || self.candidates.iter().filter_map(|candidate| Some((*candidate, score(candidate)?)));
        let better =
            |a: &(&Candidate, f32), b: &(&Candidate, f32)| a.1.total_cmp(&b.1).then(b.0.identity.cmp(&a.0.identity));
        let (candidate, best) = scored().filter(|(candidate, _)| possible(candidate)).max_by(better)?;
        let rivals = scored().filter(|(other, _)| candidate.apart_from.contains(&other.identity) && rival(other));
        let margin = rivals.map(|(_, score)| score).max_by(f32::total_cmp).map(|rival| best - rival);
        Some(Nearest { candidate, score: best, margin })
    }
}

/// The most similar candidate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nearest<'a> {
    pub candidate: &'a Candidate,
    pub score: f32,
    pub margin: Option<f32>,
}

impl Nearest<'_> {
    /// The evidence that it is the one.
    pub fn evidence(&self, kind: MatchKind, reason: &str) -> Evidence {
        Evidence {
            kind,
            score: Some(self.score),
            margin: self.margin,
            face: self.candidate.face,
            body: self.candidate.body,
            exemplars: self.candidate.exemplars.clone(),
            reason: reason.into(),
        }
    }
}

fn join(nearest: &Nearest<'_>, kind: MatchKind, reason: &str) -> Decision {
    let evidence = nearest.evidence(kind, reason);
    Decision::Join { identity: nearest.candidate.identity, kind, evidence }
}
