//! Tells the bus who a track is: when it is decided, when it changes, when somebody corrects it, and never twice the same.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use iris_bus::message::SightingFact;
use iris_bus::topic;
use iris_domain::TrackKey;
use iris_store::{TrackIdentity, WrittenSighting};
use tracing::{Instrument, Span, debug_span};

use super::mind::Mind;
use crate::telling;

impl Mind {
    /// Tells what was written.
    pub(super) async fn tell_written(&mut self, key: TrackKey, written: &WrittenSighting) {
        let Some(track) = self.tracks.get(&key) else { return };
        let fact = SightingFact {
            sighting: written.sighting,
            track: key,
            identity: written.identity,
            identity_name: written.identity_name.clone(),
            person: written.person_id,
            person_name: written.person_name.clone(),
            match_kind: written.match_kind,
            score: track.place.as_ref().and_then(|place| place.evidence.score),
            ended: track.recorded.is_some_and(|last| last.ended),
        };
        self.tell(key, fact).await;
    }

    /// Tells what somebody decided elsewhere.
    pub(super) async fn tell_placed(&mut self, placed: &TrackIdentity) {
        let Some(track) = self.tracks.get(&placed.track) else { return };
        let fact = SightingFact {
            sighting: placed.sighting,
            track: placed.track,
            identity: placed.identity,
            identity_name: placed.identity_name.clone(),
            person: placed.person_id,
            person_name: placed.person_name.clone(),
            match_kind: placed.match_kind,
            score: track.place.as_ref().and_then(|place| place.evidence.score),
            ended: track.recorded.is_some_and(|last| last.ended),
        };
        self.tell(placed.track, fact).await;
    }

    /// Tells the bus unless it knows.
    async fn tell(&mut self, key: TrackKey, fact: SightingFact) {
        let Some(track) = self.tracks.get_mut(&key) else { return };
        if track.told.as_ref() == Some(&fact) {
            return;
        }
        // What was true, was not and is again is told again, as the count says; what a successor repeats is not, as all else says.
        let mut content = DefaultHasher::new();
        (fact.identity, &fact.identity_name, fact.person, &fact.person_name).hash(&mut content);
        (fact.match_kind, fact.ended, track.tracklet.last_seen).hash(&mut content);
        let id = format!("{}.{}.{}.{:x}", key.run, key.number, track.told_count, content.finish());
        let span = debug_span!(parent: self.spans.get(&key).and_then(Span::id), "publish_sighting", sighting.id = %fact.sighting);
        let published = telling::publish(&self.deps.bus, topic::SIGHTING, track.tracklet.camera, &id, &fact);
        published.instrument(span).await;
        metrics::counter!("iris_reid_sightings_published_total").increment(1);
        track.told = Some(fact);
        track.told_count += 1;
    }
}
