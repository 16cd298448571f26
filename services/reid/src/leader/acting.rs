//! Does what was decided about a track: writes its sighting with all that hangs on it, brings the gallery in line, tells the bus, and
//! writes down what a successor needs. In this order, so that after a crash anywhere the same observation does the rest.

use std::time::Duration;

use iris_domain::TrackKey;
use iris_domain::identity::{Decision, Evidence, ExemplarKind, MatchKind};
use iris_store::{
    Belongs, NewFaceSample, RecognisedPerson, RecordSighting, Recorded, StoreError, Traits, WrittenSighting,
};
use tracing::{debug, info};

use super::candidates;
use super::exemplars::{self, ExemplarChange};
use super::mind::Mind;
use super::track::{LastRecord, Place, Track};
use crate::blocking;
use crate::models::Kind;
use crate::patience::patiently;

/// How often the time in view is written of a track that shows nothing new.
const RECORD_EVERY: Duration = Duration::from_secs(5);
/// Captured faces of one track at most: enough to choose from for enrolling, few enough that a long presence does not fill the page.
const FACES_PER_TRACK: usize = 5;

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acted {
    /// It is done.
    Done,
    /// What it was about vanished meanwhile.
    DecideAnew,
}

impl Mind {
    /// Acts on a decision; without one there was nothing to decide, and only the time in view goes on.
    ///
    /// # Errors
    /// The database or the gallery refuses.
    pub(super) async fn act(&mut self, key: TrackKey, decision: Option<Decision>) -> anyhow::Result<Acted> {
        let decision = match decision {
            Some(Decision::Drop(_) | Decision::Found(_)) => self.place_by_name(key, decision).await?,
            decided => decided,
        };
        let Some(track) = self.tracks.get_mut(&key) else { return Ok(Acted::Done) };
        let decided = decision.is_some();
        if decided {
            track.fresh = false;
        }
        let belongs = match decision {
            Some(Decision::Wait(reason)) => return self.wait(key, reason).await,
            Some(Decision::Drop(reason)) => return self.drop_track(key, reason).await,
            Some(Decision::Join { identity, evidence, .. }) => Belongs::To(identity, evidence),
            Some(Decision::Found(evidence)) => Belongs::ToNew(evidence),
            Some(Decision::Confirm(evidence)) => match &track.place {
                Some(place) => Belongs::To(place.identity, evidence),
                None => return Ok(Acted::Done),
            },
            Some(Decision::Reassign { to: Some(identity), evidence }) => Belongs::To(identity, evidence),
            Some(Decision::Reassign { to: None, evidence }) => match &track.place {
                Some(place) => Belongs::AwayFrom(place.identity, evidence),
                None => Belongs::ToNew(evidence),
            },
            Some(Decision::Keep) | None => Belongs::AsBefore,
        };
        if track.place.is_none() && belongs == Belongs::AsBefore {
            track.look_again = None;
            return Ok(Acted::Done);
        }
        let acted = self.record(key, belongs, decided).await?;
        if acted == Acted::DecideAnew
            && let Some(track) = self.tracks.get_mut(&key)
        {
            track.fresh = true;
        }
        Ok(acted)
    }

    /// What becomes of a track that is like no identity, or was not seen well enough, if it has an enrolled person's face: it is whom
    /// that person was recognised as before, and else somebody new. Asked when nothing else is known: one that waits may yet show what
    /// joins it to an identity that is there.
    async fn place_by_name(&mut self, key: TrackKey, decision: Option<Decision>) -> anyhow::Result<Option<Decision>> {
        if self.tracks.get(&key).is_none_or(|track| track.place.is_some()) {
            return Ok(decision);
        }
        let Some(person) = self.recognise(key).await? else { return Ok(decision) };
        if let Some(track) = self.tracks.get_mut(&key) {
            // Recording asks again, and writes it down.
            track.unrecognised = true;
        }
        let known = patiently(|| self.deps.store.sightings().identity_of_person(person.person_id)).await?;
        let beside = self.identities_beside(key).await?;
        Ok(Some(match known.filter(|identity| !beside.contains(identity)) {
            Some(identity) => {
                let reason = "it has the face of the enrolled person that this one is";
                Decision::Join { identity, kind: MatchKind::Face, evidence: by_name(MatchKind::Face, person, reason) }
            }
            None => match decision {
                Some(Decision::Found(evidence)) => Decision::Found(evidence),
                _ => Decision::Found(by_name(MatchKind::New, person, "it has an enrolled person's face")),
            },
        }))
    }

    /// Forgets a track altogether, and its pictures that no row names.
    pub(super) async fn forget(&mut self, key: TrackKey) -> anyhow::Result<()> {
        let Some(track) = self.tracks.remove(&key) else { return Ok(()) };
        let gone = [key];
        patiently(|| self.deps.store.tracklets().delete(&gone)).await?;
        let recorded = track.place.is_some();
        let unrecorded = |captured| !track.faces_recorded.contains(&captured);
        let faces = track.face_paths.iter().filter(|(captured, _)| unrecorded(**captured)).map(|(_, path)| path);
        let body = track.body_path.iter().filter(|_| !recorded);
        let paths: Vec<_> = faces.chain(body).filter_map(|path| path.parse().ok()).collect();
        let library = self.deps.library.clone();
        blocking(move || paths.iter().try_for_each(|path| library.delete(path).map(drop))).await
    }

    async fn wait(&mut self, key: TrackKey, reason: &'static str) -> anyhow::Result<Acted> {
        let rules = self.deps.rules.clone();
        let Some(track) = self.tracks.get_mut(&key) else { return Ok(Acted::Done) };
        debug!(track = track.tracklet.track.number, camera.id = %track.tracklet.camera, "a track waits: {reason}");
        metrics::counter!("iris_reid_decisions_total", "decision" => "wait").increment(1);
        track.look_again = track.tracklet.deadline(&rules, self.deps.clock.now());
        self.save(key).await?;
        Ok(Acted::Done)
    }

    async fn drop_track(&mut self, key: TrackKey, reason: &'static str) -> anyhow::Result<Acted> {
        debug!(track = key.number, "a track is left: {reason}");
        metrics::counter!("iris_reid_decisions_total", "decision" => "drop").increment(1);
        self.forget(key).await?;
        Ok(Acted::Done)
    }

    async fn record(&mut self, key: TrackKey, belongs: Belongs, decided: bool) -> anyhow::Result<Acted> {
        let (rules, now) = (self.deps.rules.clone(), self.deps.clock.now());
        let person = self.recognise(key).await?;
        let Some(track) = self.tracks.get(&key) else { return Ok(Acted::Done) };
        let nothing_new = !decided && person == track.person;
        if nothing_new && !track.is_outdated(now, RECORD_EVERY, &rules) {
            return Ok(Acted::Done);
        }
        let changes = self.exemplars(key, &belongs).await?;
        let Some(track) = self.tracks.get(&key) else { return Ok(Acted::Done) };
        let wanted = self.sighting_of(track, belongs, person, changes);
        let written = match patiently(|| self.deps.store.sightings().record(&wanted)).await {
            Ok(Recorded::Written(written)) => written,
            Ok(Recorded::Gone) => return Ok(Acted::DecideAnew),
            Ok(Recorded::Stale) | Err(StoreError::NoSuchCamera { .. }) => {
                metrics::counter!("iris_reid_observations_dropped_total", "reason" => "stale").increment(1);
                if let Some(track) = self.tracks.get_mut(&key) {
                    // Its rows are gone, and with them whatever named its pictures.
                    track.place = None;
                    track.faces_recorded.clear();
                }
                self.forget(key).await?;
                return Ok(Acted::Done);
            }
            Err(error) => return Err(error.into()),
        };
        self.note(key, &wanted, &written);
        if written.created || written.moved_from.is_some() || !wanted.exemplars_added.is_empty() {
            let own: Vec<_> = [Some(written.identity), written.moved_from].into_iter().flatten().collect();
            self.catch_up(&own).await?;
        }
        self.tell_written(key, &written).await;
        self.leave_or_save(key).await?;
        Ok(Acted::Done)
    }

    /// The enrolled person that a track is.
    async fn recognise(&mut self, key: TrackKey) -> anyhow::Result<Option<RecognisedPerson>> {
        let (rules, gallery) = (self.deps.rules.clone(), self.deps.gallery.clone());
        let Some(track) = self.tracks.get_mut(&key) else { return Ok(None) };
        if !std::mem::take(&mut track.unrecognised) || Kind::of(&track.tracklet.class) != Some(Kind::Person) {
            return Ok(track.person);
        }
        let found = candidates::person(gallery.as_ref(), &track.tracklet, &rules).await?;
        Ok(found.map(|found| RecognisedPerson { person_id: found.person, score: found.score }).or(track.person))
    }

    /// What the track brings to the identity that it is to be.
    async fn exemplars(&mut self, key: TrackKey, belongs: &Belongs) -> anyhow::Result<ExemplarChange> {
        let (rules, store) = (self.deps.rules.clone(), self.deps.store.clone());
        let Some(track) = self.tracks.get(&key) else { return Ok(ExemplarChange::default()) };
        let own = track.place.as_ref().map(|place| place.sighting);
        let identity = match belongs {
            Belongs::To(identity, _) => Some(*identity),
            Belongs::ToNew(_) | Belongs::AwayFrom(..) => None,
            Belongs::AsBefore => track.place.as_ref().map(|place| place.identity),
        };
        let identity = match identity {
            Some(identity) => self.known.of(&store, &[identity]).await?.pop(),
            None => None,
        };
        let Some(track) = self.tracks.get(&key) else { return Ok(ExemplarChange::default()) };
        Ok(exemplars::change(&track.tracklet, track.complete, own, identity.as_deref(), &rules))
    }

    fn sighting_of(
        &self,
        track: &Track,
        belongs: Belongs,
        person: Option<RecognisedPerson>,
        changes: ExemplarChange,
    ) -> RecordSighting {
        let (tracklet, rules) = (&track.tracklet, &self.deps.rules);
        let is_vehicle = Kind::of(&tracklet.class) == Some(Kind::Vehicle);
        let colour = tracklet.colour();
        let brings_face = changes.added.iter().any(|exemplar| exemplar.kind == ExemplarKind::Face);
        let chooses_faces = track.complete || brings_face;
        RecordSighting {
            track: tracklet.track,
            camera_id: tracklet.camera,
            source_generation: track.source_generation,
            object_class: tracklet.class.clone(),
            ts: tracklet.first_seen,
            end_ts: tracklet.last_seen,
            ended: tracklet.is_over(rules, self.deps.clock.now()),
            confidence: tracklet.score.clamp(0.0, 1.0),
            belongs,
            person,
            thumb_path: track.body_path.clone(),
            face: tracklet.face_mean(rules),
            body: tracklet.body_mean(rules),
            traits: Traits {
                color: colour.map(|colour| colour.name.as_str().to_owned()),
                color_hex: colour.map(|colour| colour.hex()),
                make: None,
                vehicle_type: is_vehicle.then(|| tracklet.class.as_str().to_owned()),
            },
            face_samples: if chooses_faces { self.face_samples(track) } else { Vec::new() },
            exemplars_added: changes.added,
            exemplars_removed: changes.removed,
        }
    }

    /// The best faces that are worth choosing from and not written yet.
    fn face_samples(&self, track: &Track) -> Vec<NewFaceSample> {
        let room = FACES_PER_TRACK.saturating_sub(track.faces_recorded.len());
        let agreeing = track.tracklet.agreeing_faces(&self.deps.rules);
        let new = agreeing.into_iter().filter(|face| !track.faces_recorded.contains(&face.captured));
        let sample = |face: &iris_domain::identity::KeptFace| {
            let thumb_path = track.face_paths.get(&face.captured)?.clone();
            Some(NewFaceSample { ts: face.captured, feature: face.view.feature.clone(), thumb_path })
        };
        new.filter_map(sample).take(room).collect()
    }

    /// Takes in what was written.
    fn note(&mut self, key: TrackKey, wanted: &RecordSighting, written: &WrittenSighting) {
        let age = self.deps.clock.now().since(wanted.end_ts);
        metrics::histogram!("iris_reid_crop_to_sighting_seconds").record(age.as_secs_f64());
        self.known.seen(written.identity, wanted.end_ts);
        if let Some(gone) = written.moved_from {
            self.known.forget(gone);
        }
        let Some(track) = self.tracks.get_mut(&key) else { return };
        let before = track.place.as_ref().map(|place| &place.evidence);
        let evidence = evidence(&wanted.belongs, before, written.match_kind);
        let is_new = track.place.as_ref().is_none_or(|place| place.identity != written.identity);
        if is_new {
            metrics::counter!("iris_reid_decisions_total", "decision" => written.match_kind.as_str()).increment(1);
            info!(sighting.id = %written.sighting, identity.id = %written.identity, camera.id = %wanted.camera_id,
                "a track on camera {} is identity {}, by {}", wanted.camera_id, written.identity, written.match_kind);
        }
        track.unsaved = true;
        track.place = Some(Place { sighting: written.sighting, identity: written.identity, evidence });
        track.faces_recorded.extend(wanted.face_samples.iter().map(|sample| sample.ts));
        track.person = match (written.person_id, wanted.person) {
            (Some(id), Some(person)) if id == person.person_id => Some(person),
            (Some(person_id), _) => Some(RecognisedPerson { person_id, score: 0.0 }),
            (None, _) => None,
        };
        track.recorded = Some(LastRecord { at: self.deps.clock.now(), last_seen: wanted.end_ts, ended: wanted.ended });
    }

    /// Lets go of a track that is over, else writes down what is known of it.
    async fn leave_or_save(&mut self, key: TrackKey) -> anyhow::Result<()> {
        let rules = self.deps.rules.clone();
        let Some(track) = self.tracks.get_mut(&key) else { return Ok(()) };
        if track.tracklet.is_over(&rules, self.deps.clock.now()) {
            return self.forget(key).await;
        }
        track.look_again = track.tracklet.deadline(&rules, self.deps.clock.now());
        self.save(key).await
    }

    async fn save(&mut self, key: TrackKey) -> anyhow::Result<()> {
        let Some(track) = self.tracks.get_mut(&key).filter(|track| track.unsaved) else { return Ok(()) };
        let state = serde_json::to_vec(track)?;
        patiently(|| self.deps.store.tracklets().save(key, track.tracklet.camera, &state)).await?;
        track.unsaved = false;
        Ok(())
    }
}

/// Why a track is who it is now: what was asked for where it was done, else what it was before.
fn evidence(asked: &Belongs, before: Option<&Evidence>, kind: MatchKind) -> Evidence {
    let asked = match asked {
        Belongs::ToNew(evidence) | Belongs::To(_, evidence) | Belongs::AwayFrom(_, evidence) => Some(evidence),
        Belongs::AsBefore => None,
    };
    let nothing = || Evidence {
        kind,
        score: None,
        margin: None,
        face: None,
        body: None,
        exemplars: Vec::new(),
        reason: "it was written before".to_owned(),
    };
    let why = asked.filter(|asked| asked.kind == kind).or(before).cloned().unwrap_or_else(nothing);
    Evidence { kind, ..why }
}

/// The evidence of an enrolled person's face.
fn by_name(kind: MatchKind, person: RecognisedPerson, reason: &str) -> Evidence {
    Evidence {
        kind,
        score: Some(person.score),
        margin: None,
        face: Some(person.score),
        body: None,
        exemplars: Vec::new(),
        reason: reason.to_owned(),
    }
}
