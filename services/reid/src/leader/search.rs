//! Answers who looks most like a picture. Only the leader does: where the index is in memory, it is the leader's.

use std::collections::BTreeMap;

use anyhow::Context as _;
use iris_bus::message::{SearchReply, SearchRequest, SearchRow};
use iris_bus::topic;
use iris_domain::identity::ExemplarKind;
use iris_domain::{Feature, IdentityId, SightingId};
use iris_gallery::{Hit, Of, Query, Subject};
use iris_runtime::CancellationToken;
use tracing::warn;

use super::index::kind;
use crate::Deps;

/// An identity that looks similar: the score and the exemplar, of face and appearance.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    face: Option<(f32, u64)>,
    body: Option<(f32, u64)>,
}

/// Answers until told to stop.
///
/// # Errors
/// The bus is closed.
pub async fn run(deps: &Deps, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut questions = deps.bus.questions(topic::ASK_REID_SEARCH, topic::LEADER).await?;
    while let Some(question) = stop.run_until_cancelled(questions.next()).await {
        let question = question.context("the bus was closed")?;
        match search(deps, &question.body).await {
            Ok(reply) => question.answer(&reply).await,
            // The asker's deadline covers it; nothing useful can be said.
            Err(error) => warn!("a search failed: {error:#}"),
        }
        metrics::counter!("iris_reid_searches_total").increment(1);
    }
    Ok(())
}

async fn search(deps: &Deps, request: &SearchRequest) -> anyhow::Result<SearchReply> {
    let limit = usize::try_from(request.limit)?;
    let mut found: BTreeMap<IdentityId, Found> = BTreeMap::new();
    for hit in hits(deps, request.face.as_ref(), ExemplarKind::Face, limit).await? {
        if let Subject::Identity(id) = hit.subject {
            found.entry(id).or_default().face = Some((hit.score, hit.entry));
        }
    }
    for hit in hits(deps, request.body.as_ref(), ExemplarKind::Appearance, limit).await? {
        if let Subject::Identity(id) = hit.subject {
            found.entry(id).or_default().body = Some((hit.score, hit.entry));
        }
    }
    let mut found: Vec<(IdentityId, Found)> = found.into_iter().collect();
    // Faces say more than clothes, so who was found by one comes first.
    let score = |found: &Found| (found.face.map_or(-2.0, |(face, _)| face), found.body.map_or(-2.0, |(body, _)| body));
    found.sort_by(|(_, a), (_, b)| {
        let ((a_face, a_body), (b_face, b_body)) = (score(a), score(b));
        b_face.total_cmp(&a_face).then(b_body.total_cmp(&a_body))
    });
    found.truncate(limit);
    Ok(SearchReply { rows: rows(deps, &found).await? })
}

async fn hits(deps: &Deps, feature: Option<&Feature>, of: ExemplarKind, limit: usize) -> anyhow::Result<Vec<Hit>> {
    let Some(feature) = feature else { return Ok(Vec::new()) };
    Ok(deps.gallery.search(&Query::new(Of::Identities, kind(of), feature, limit)).await?)
}

/// Names the sightings that the exemplars were taken of. An identity that vanished meanwhile is left out.
async fn rows(deps: &Deps, found: &[(IdentityId, Found)]) -> anyhow::Result<Vec<SearchRow>> {
    let ids: Vec<IdentityId> = found.iter().map(|(id, _)| *id).collect();
    let identities = deps.store.gallery().identities_of(&ids).await?;
    let sighting = |id: IdentityId, entry: u64| -> Option<SightingId> {
        let identity = identities.iter().find(|identity| identity.id == id)?;
        let exemplar = identity.exemplars.iter().find(|exemplar| exemplar.id.get().unsigned_abs() == entry)?;
        Some(exemplar.sighting)
    };
    let row = |(identity, found): &(IdentityId, Found)| {
        let (_, entry) = found.face.or(found.body)?;
        Some(SearchRow {
            identity: *identity,
            sighting: sighting(*identity, entry)?,
            face_score: found.face.map(|(score, _)| score),
            body_score: found.body.map(|(score, _)| score),
        })
    };
    Ok(found.iter().filter_map(row).collect())
}
