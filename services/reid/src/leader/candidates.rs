//! Who a track may be: the gallery says who looks alike, and then every exemplar of those is compared exactly, so that an identity
//! that was found by its clothes is also compared by its face.

use std::collections::BTreeSet;

use iris_domain::identity::{
    AssociationRules, Candidate, ExemplarKind, ExemplarRef, PersonCandidate, Recognition, Tracklet, identity_score,
    recognise,
};
use iris_domain::{Feature, IdentityId, SightingId, Timestamp};
use iris_gallery::{Gallery, Kind, Of, Query, Subject};
use iris_store::{Exemplar, GalleryIdentity};

use crate::patience::patiently;

/// Identities that the gallery is asked for, by each of face and appearance: many more than ever come near a threshold.
const NEAREST: usize = 16;
/// People that the gallery is asked for: the best, and enough to see that nobody comes near.
const PEOPLE_NEAREST: usize = 4;
/// Exemplars that are kept as evidence, of each kind.
const EXEMPLARS_SHOWN: usize = 3;

/// What a track looks like.
pub struct Views {
    face: Option<Feature>,
    body: Option<Feature>,
}

impl Views {
    /// Of a track.
    pub fn of(tracklet: &Tracklet, rules: &AssociationRules) -> Self {
        Self { face: tracklet.face_mean(rules), body: tracklet.body_mean(rules) }
    }

    /// What an identity is to them. Exemplars of the sighting `own` are left out: they would only say that it is like itself.
    pub fn compare(
        &self,
        identity: &GalleryIdentity,
        own: Option<SightingId>,
        cannot_link: bool,
        appearances_since: Timestamp,
    ) -> Candidate {
        let of = |kind: ExemplarKind| {
            let others = identity.exemplars.iter().filter(move |one| one.kind == kind && Some(one.sighting) != own);
            others.filter(move |one| kind == ExemplarKind::Face || one.captured >= appearances_since)
        };
        let faces: Vec<&Exemplar> = of(ExemplarKind::Face).collect();
        let bodies: Vec<&Exemplar> = of(ExemplarKind::Appearance).collect();
        let score = |view: &Option<Feature>, exemplars: &[&Exemplar]| {
            identity_score(view.as_ref()?, exemplars.iter().map(|exemplar| &exemplar.feature))
        };
        let mut exemplars = shown(self.face.as_ref(), &faces);
        exemplars.extend(shown(self.body.as_ref(), &bodies));
        Candidate {
            identity: identity.id,
            named: identity.is_named,
            class: identity.object_class.clone(),
            face: score(&self.face, &faces),
            body: score(&self.body, &bodies),
            last_seen: identity.last_seen,
            cannot_link,
            apart_from: BTreeSet::new(),
            exemplars,
        }
    }
}

/// The most similar exemplars, most similar first.
fn shown(view: Option<&Feature>, exemplars: &[&Exemplar]) -> Vec<ExemplarRef> {
    let reference = |exemplar: &&Exemplar| {
        let score = view?.similarity(&exemplar.feature)?;
        Some(ExemplarRef { sighting: exemplar.sighting, kind: exemplar.kind, score })
    };
    let mut shown: Vec<ExemplarRef> = exemplars.iter().filter_map(reference).collect();
    shown.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.sighting.cmp(&b.sighting)));
    shown.truncate(EXEMPLARS_SHOWN);
    shown
}

/// The identities that look like a track.
///
/// # Errors
/// The gallery refuses.
pub async fn nearest(
    gallery: &dyn Gallery,
    tracklet: &Tracklet,
    rules: &AssociationRules,
) -> anyhow::Result<BTreeSet<IdentityId>> {
    let (face, body) = (tracklet.face_mean(rules), tracklet.body_mean(rules));
    let since = tracklet.first_seen.minus(rules.body_window);
    let mut queries = Vec::new();
    if let Some(face) = &face {
        queries.push(Query { class: Some(&tracklet.class), ..Query::new(Of::Identities, Kind::Face, face, NEAREST) });
    }
    if let Some(body) = &body {
        let query = Query::new(Of::Identities, Kind::Appearance, body, NEAREST);
        queries.push(Query { class: Some(&tracklet.class), since: Some(since), ..query });
    }
    if queries.is_empty() {
        return Ok(BTreeSet::new());
    }
    let hits = patiently(|| gallery.search_batch(&queries)).await?;
    let identity = |subject| match subject {
        Subject::Identity(id) => Some(id),
        Subject::Person(_) => None,
    };
    Ok(hits.into_iter().flatten().filter_map(|hit| identity(hit.subject)).collect())
}

/// The enrolled person that a track is, by its faces on the whole.
///
/// # Errors
/// The gallery refuses.
pub async fn person(
    gallery: &dyn Gallery,
    tracklet: &Tracklet,
    rules: &AssociationRules,
) -> anyhow::Result<Option<Recognition>> {
    let Some(face) = tracklet.recognisable_mean(rules) else { return Ok(None) };
    Ok(recognise(tracklet, &people_like(gallery, &face).await?, rules))
}

/// The enrolled people whose faces are most similar.
///
/// # Errors
/// The gallery refuses.
pub async fn people_like(gallery: &dyn Gallery, face: &Feature) -> anyhow::Result<Vec<PersonCandidate>> {
    let query = Query::new(Of::People, Kind::Face, face, PEOPLE_NEAREST);
    let hits = patiently(|| gallery.search(&query)).await?;
    let candidate = |hit: iris_gallery::Hit| match hit.subject {
        Subject::Person(person) => Some(PersonCandidate { person, score: hit.score }),
        Subject::Identity(_) => None,
    };
    Ok(hits.into_iter().filter_map(candidate).collect())
}
