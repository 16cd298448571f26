//! Gathers what decides about a track, and lets the domain decide: who looks like it, who was beside it, who is kept apart from it.

use std::collections::BTreeSet;
use std::sync::Arc;

use iris_domain::identity::{Candidate, Decision, ExemplarKind, Settled, Undecided, decide_together, tell_apart};
use iris_domain::{IdentityId, TrackKey};
use iris_store::GalleryIdentity;

use super::candidates::{self, Views};
use super::known::centroid;
use super::mind::Mind;
use crate::patience::patiently;

/// A track with who it may be.
pub(super) struct Case {
    /// The track.
    pub track: TrackKey,
    current: Option<Settled>,
    candidates: Vec<Candidate>,
}

impl Mind {
    /// What the tracks are; the answers are in the cases' order.
    pub(super) fn judge(&self, cases: &[Case]) -> Vec<Decision> {
        let undecided = cases.iter().filter_map(|case| {
            let tracklet = &self.tracks.get(&case.track)?.tracklet;
            Some(Undecided { tracklet, current: case.current.as_ref(), candidates: &case.candidates })
        });
        decide_together(&undecided.collect::<Vec<_>>(), &self.deps.rules, self.deps.clock.now())
    }

    /// Who a track may be.
    ///
    /// # Errors
    /// The database or the gallery refuses.
    pub(super) async fn case(&mut self, key: TrackKey) -> anyhow::Result<Case> {
        let (rules, gallery, store) = (self.deps.rules.clone(), self.deps.gallery.clone(), self.deps.store.clone());
        let Some(track) = self.tracks.get(&key) else {
            return Ok(Case { track: key, current: None, candidates: Vec::new() });
        };
        let mut ids = candidates::nearest(gallery.as_ref(), &track.tracklet, &rules).await?;
        ids.extend(track.place.as_ref().map(|place| place.identity));
        let beside = self.identities_beside(key).await?;
        let ids: Vec<IdentityId> = ids.into_iter().collect();
        let identities = self.known.of(&store, &ids).await?;
        let Some(track) = self.tracks.get(&key) else {
            return Ok(Case { track: key, current: None, candidates: Vec::new() });
        };
        let own = track.place.as_ref().map(|place| (place.sighting, place.identity));
        let own_sighting = own.map(|(sighting, _)| sighting);
        let alone = identities.iter().any(|identity| {
            Some(identity.id) == own.map(|(_, identity)| identity)
                && !identity.is_named
                && identity.exemplars.iter().all(|one| Some(one.sighting) == own_sighting)
        });
        let views = Views::of(&track.tracklet, &rules);
        let since = track.tracklet.first_seen.minus(rules.body_window);
        let candidate = |identity: &Arc<GalleryIdentity>| {
            let kept_apart = own.is_some_and(|(_, own)| self.apart.contains(own, identity.id));
            let cannot_link = beside.contains(&identity.id) || kept_apart;
            views.compare(identity, own_sighting, cannot_link, since)
        };
        let mut candidates: Vec<Candidate> = identities.iter().map(candidate).collect();
        let faces: Vec<_> = identities.iter().map(|identity| centroid(identity, ExemplarKind::Face, None)).collect();
        let are_apart = |a: IdentityId, b: IdentityId| self.apart.contains(a, b) || self.company.contains(a, b);
        tell_apart(&mut candidates, &faces, are_apart, &rules);
        if let Some((_, own)) = own {
            self.company.note(own, &beside);
        }
        Ok(Case { track: key, current: track.settled(alone), candidates })
    }

    /// The identities of the tracks that were seen beside a track.
    pub(super) async fn identities_beside(&self, key: TrackKey) -> anyhow::Result<BTreeSet<IdentityId>> {
        let Some(track) = self.tracks.get(&key) else { return Ok(BTreeSet::new()) };
        let (here, elsewhere): (Vec<TrackKey>, Vec<TrackKey>) =
            track.tracklet.companions.iter().partition(|companion| self.tracks.contains_key(companion));
        let place = |key: &TrackKey| self.tracks.get(key)?.place.as_ref().map(|place| place.identity);
        let mut beside: BTreeSet<IdentityId> = here.iter().filter_map(place).collect();
        // Company is mutual, whichever of the two heard of it.
        let of_others = self.tracks.values().filter(|other| other.tracklet.companions.contains(&key));
        beside.extend(of_others.filter_map(|other| other.place.as_ref().map(|place| place.identity)));
        if !elsewhere.is_empty() {
            let placed = patiently(|| self.deps.store.sightings().by_tracks(&elsewhere)).await?;
            beside.extend(placed.into_iter().map(|placed| placed.identity));
        }
        Ok(beside)
    }
}
