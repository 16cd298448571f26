//! Carries a change of the enrolled people back: looks through the faces of the last days, in pages, and names who they turn out to
//! be. In the background, one pass at a time; a change during a pass begins another one after it, and so does a new leader, as soon
//! as it has the people in the gallery.

use std::time::Duration;

use iris_domain::identity::{AssociationRules, PersonCandidate};
use iris_domain::{PersonId, SightingId, Timestamp};
use iris_runtime::CancellationToken;
use iris_store::{FaceSighting, RecognisedPerson};
use tokio::sync::watch;
use tracing::info;

use super::candidates::people_like;
use crate::Deps;
use crate::patience::patiently;

/// Sightings read and written at once: the transaction holds up live ones, by some 20 ms.
const PAGE: u64 = 200;
/// Between two pages the live ones have the database.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks through what was seen whenever people changed, until told to stop.
///
/// # Errors
/// The database or the gallery refuses; the next start begins the pass anew.
pub async fn run(deps: &Deps, mut changes: watch::Receiver<u64>, stop: &CancellationToken) -> anyhow::Result<()> {
    if deps.relabel_within.is_zero() {
        return Ok(());
    }
    while let Some(Ok(())) = stop.run_until_cancelled(changes.changed()).await {
        if let Some(done) = stop.run_until_cancelled(pass(deps)).await {
            done?;
        }
    }
    Ok(())
}

async fn pass(deps: &Deps) -> anyhow::Result<()> {
    let since = deps.clock.now().minus(deps.relabel_within);
    let mut after: Option<(Timestamp, SightingId)> = None;
    let (mut looked_at, mut renamed) = (0, 0);
    loop {
        let page = patiently(|| deps.store.sightings().faces_since(since, after, PAGE)).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.ts, last.sighting));
        looked_at += page.len();
        let mut changed = Vec::new();
        for sighting in &page {
            let people = people_like(deps.gallery.as_ref(), &sighting.face).await?;
            changed.extend(relabelled(sighting, &people, &deps.rules));
        }
        renamed += changed.len();
        if !changed.is_empty() {
            patiently(|| deps.store.sightings().set_person(&changed)).await?;
        }
        tokio::time::sleep(PAUSE).await;
    }
    metrics::counter!("iris_reid_relabelled_total").increment(renamed as u64);
    info!(sightings = looked_at, renamed, "looked through what was seen for the enrolled people");
    Ok(())
}

/// As whom a sighting is to be recognised from now on; `None` leaves it as it is.
fn relabelled(
    sighting: &FaceSighting,
    people: &[PersonCandidate],
    rules: &AssociationRules,
) -> Option<(SightingId, Option<RecognisedPerson>)> {
    let best = recognised(sighting, people, rules);
    let changes = best.map(|best| best.person_id) != sighting.person_id;
    changes.then_some((sighting.sighting, best))
}

/// The stored vector is that of all faces of the track that agreed, so it counts like two that agree.
fn recognised(
    sighting: &FaceSighting,
    people: &[PersonCandidate],
    rules: &AssociationRules,
) -> Option<RecognisedPerson> {
    let alone = sighting.face.quality < rules.face_alone_quality;
    let needed = if alone { rules.person_single } else { rules.person };
    let best = people.iter().max_by(|a, b| a.score.total_cmp(&b.score).then(b.person.cmp(&a.person)))?;
    let next = people.iter().filter(|one| one.person != best.person).map(|one| one.score).max_by(f32::total_cmp);
    let clear = next.is_none_or(|next| best.score - next >= rules.person_margin);
    (best.score >= needed && clear).then_some(recognised_as(best.person, best.score))
}

fn recognised_as(person_id: PersonId, score: f32) -> RecognisedPerson {
    RecognisedPerson { person_id, score }
}

#[cfg(test)]
mod tests {
    use iris_domain::{CameraId, Embedding, Feature, IdentityId, ModelFingerprint};

    use super::*;

    fn sighting(quality: f32, person: Option<i64>) -> FaceSighting {
        FaceSighting {
            sighting: SightingId::new(1).unwrap(),
            identity: IdentityId::new(1).unwrap(),
            camera: CameraId::new(1).unwrap(),
            ts: Timestamp::from_millis(1).unwrap(),
            person_id: person.map(|id| PersonId::new(id).unwrap()),
            face: Feature {
                embedding: Embedding::new(&[1.0]).unwrap(),
                model: ModelFingerprint::new("toy").unwrap(),
                quality,
            },
        }
    }

    fn becomes(sighting: &FaceSighting, scores: &[f32]) -> Option<Option<i64>> {
        let person = |(id, score): (i64, &f32)| PersonCandidate { person: PersonId::new(id).unwrap(), score: *score };
        let people: Vec<PersonCandidate> = (1..).zip(scores).map(person).collect();
        let changed = relabelled(sighting, &people, &AssociationRules::default());
        changed.map(|(_, person)| person.map(|person| person.person_id.get()))
    }

    #[test]
    fn who_was_nobody_becomes_somebody_and_back() {
        assert_eq!(becomes(&sighting(0.9, None), &[0.2, 0.5]), Some(Some(2)));
        assert_eq!(becomes(&sighting(0.9, Some(2)), &[0.2, 0.5]), None, "they are already");
        assert_eq!(becomes(&sighting(0.9, Some(2)), &[0.2, 0.3]), Some(None), "the photo that said so is gone");
        assert_eq!(becomes(&sighting(0.9, None), &[]), None);
    }

    #[test]
    fn a_poor_face_must_be_very_like_and_nobody_may_come_near() {
        assert_eq!(becomes(&sighting(0.3, None), &[0.5]), None);
        assert_eq!(becomes(&sighting(0.3, None), &[0.6]), Some(Some(1)));
        assert_eq!(becomes(&sighting(0.9, None), &[0.6, 0.55]), None);
    }
}
