//! All that the leader knows: the tracks that are in view or undecided, the identities met of late, who is kept apart, and the
//! gallery. Owned by the leader's loop. What it must not forget is in Postgres before the bus is told that it is done.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use iris_bus::message::ObservationFact;
use iris_domain::identity::{ApartPairs, Decision};
use iris_domain::{IdentityId, Timestamp, TrackKey};
use iris_store::{Sighting, TrackIdentity};
use tokio::sync::watch;
use tracing::{Span, info, warn};

use super::acting::Acted;
use super::company::Company;
use super::index::Index;
use super::known::Known;
use super::track::{Track, WorthKeeping};
use crate::patience::patiently;
use crate::{Deps, blocking, pictures};

/// How often a decision is tried anew when what it was about vanished meanwhile: more than once is a coincidence.
const DECISIONS_MAX: usize = 3;
/// How often the gallery is counted.
const COUNT_EVERY: Duration = Duration::from_secs(5);

/// See the module's comment.
pub struct Mind {
    pub(super) deps: Deps,
    pub(super) tracks: BTreeMap<TrackKey, Track>,
    pub(super) known: Known,
    pub(super) index: Index,
    pub(super) apart: ApartPairs,
    pub(super) company: Company,
    people_changed: watch::Sender<u64>,
    counted_at: Option<Timestamp>,
    /// What is done for these tracks in this round belongs to the trace of what was observed of them.
    pub(super) spans: BTreeMap<TrackKey, Span>,
}

impl Mind {
    /// Reads what an earlier leader left.
    ///
    /// # Errors
    /// The database holds what cannot be read, or refuses.
    pub async fn load(deps: &Deps, people_changed: watch::Sender<u64>) -> anyhow::Result<Self> {
        let index = Index::load(&deps.store, &deps.gallery).await?;
        let apart = patiently(|| deps.store.identities().apart_pairs()).await?;
        let mut mind = Self {
            deps: deps.clone(),
            tracks: BTreeMap::new(),
            known: Known::default(),
            index,
            apart,
            company: Company::default(),
            people_changed,
            counted_at: None,
            spans: BTreeMap::new(),
        };
        mind.load_tracks().await?;
        // People may have changed while nobody led. Who is looked for before they are in the gallery is found to be nobody.
        mind.people_changed.send_modify(|changes| *changes += 1);
        Ok(mind)
    }

    /// The newest change by an operator that is obeyed.
    pub fn epoch(&self) -> i64 {
        i64::try_from(self.index.epoch()).unwrap_or(i64::MAX)
    }

    /// Takes in what was observed, and decides as far as can be.
    ///
    /// # Errors
    /// The database or the gallery refuses.
    pub async fn take_in(&mut self, facts: &[ObservationFact]) -> anyhow::Result<()> {
        self.meet(facts).await?;
        let mut touched: Vec<TrackKey> = Vec::new();
        for fact in facts {
            self.observe(fact).await?;
            if !touched.contains(&fact.observation.track) {
                touched.push(fact.observation.track);
            }
        }
        self.settle(touched).await
    }

    /// Looks after tracks whose patience has ended or of which nothing was heard for long, and after those to be recognised anew.
    ///
    /// # Errors
    /// The database or the gallery refuses.
    pub async fn tick(&mut self) -> anyhow::Result<()> {
        let now = self.deps.clock.now();
        let is_due = |track: &Track| {
            (track.unrecognised && track.place.is_some()) || track.look_again.is_some_and(|at| at <= now)
        };
        let due: Vec<TrackKey> = self.tracks.iter().filter(|(_, track)| is_due(track)).map(|(key, _)| *key).collect();
        for key in &due {
            if let Some(track) = self.tracks.get_mut(key) {
                track.fresh |= track.look_again.is_some_and(|at| at <= now);
            }
        }
        self.settle(due).await?;
        if self.counted_at.is_none_or(|at| at.plus(COUNT_EVERY) <= now) {
            self.counted_at = Some(now);
            let (faces, bodies) = self.index.count().await?;
            self.deps.status.set_indexed(faces, bodies);
            metrics::gauge!("iris_reid_tracks").set(self.tracks.len() as f64);
        }
        Ok(())
    }

    /// Takes over what changed in Postgres. `own` are the identities that were just written here.
    ///
    /// # Errors
    /// The database or the gallery refuses.
    pub async fn catch_up(&mut self, own: &[IdentityId]) -> anyhow::Result<()> {
        let changes = self.index.catch_up().await?;
        let foreign = changes.identities.keys().any(|id| !own.contains(id));
        let changed: BTreeSet<IdentityId> = changes.identities.keys().copied().collect();
        for (id, identity) in changes.identities {
            match identity {
                Some(identity) => self.known.remember(identity),
                None => self.known.forget(id),
            }
        }
        if foreign {
            self.apart = patiently(|| self.deps.store.identities().apart_pairs()).await?;
            self.follow_corrections(&changed).await?;
        }
        if !changes.people.is_empty() {
            self.tracks.values_mut().for_each(|track| track.unrecognised = true);
            self.people_changed.send_modify(|changes| *changes += 1);
        }
        Ok(())
    }

    async fn load_tracks(&mut self) -> anyhow::Result<()> {
        let stored = patiently(|| self.deps.store.tracklets().all()).await?;
        let mut broken = Vec::new();
        for tracklet in stored {
            match serde_json::from_slice::<Track>(&tracklet.state) {
                Ok(mut track) => {
                    track.fresh = true;
                    track.unrecognised = true;
                    track.look_again = Some(self.deps.clock.now());
                    self.tracks.insert(tracklet.track, track);
                }
                Err(error) => {
                    warn!("what an earlier leader wrote of a track cannot be read: {error}");
                    broken.push(tracklet.track);
                }
            }
        }
        patiently(|| self.deps.store.tracklets().delete(&broken)).await?;
        let all: Vec<TrackKey> = self.tracks.keys().copied().collect();
        self.look_up(&all).await?;
        if !all.is_empty() {
            info!(tracks = all.len(), "going on with what an earlier leader knew of tracks");
        }
        Ok(())
    }

    /// Makes room for tracks that are new here: of some the sighting is all that is left.
    async fn meet(&mut self, facts: &[ObservationFact]) -> anyhow::Result<()> {
        let unknown: Vec<TrackKey> = facts
            .iter()
            .map(|fact| fact.observation.track)
            .filter(|track| !self.tracks.contains_key(track))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let placed = patiently(|| self.deps.store.sightings().by_tracks(&unknown)).await?;
        for key in unknown {
            let Some(first) = facts.iter().find(|fact| fact.observation.track == key) else { continue };
            let sighting = match placed.iter().find(|placed| placed.track == key) {
                Some(placed) => self.sighting(placed).await?,
                None => None,
            };
            let track = match sighting {
                Some(sighting) => {
                    Track::again(&first.observation, first.source_generation, &sighting, self.deps.clock.now())
                }
                None => Track::begin(&first.observation, first.source_generation, self.deps.clock.now()),
            };
            self.tracks.insert(key, track);
        }
        Ok(())
    }

    async fn sighting(&self, placed: &TrackIdentity) -> anyhow::Result<Option<Sighting>> {
        Ok(patiently(|| self.deps.store.sightings().get(placed.sighting)).await?)
    }

    async fn observe(&mut self, fact: &ObservationFact) -> anyhow::Result<()> {
        let key = fact.observation.track;
        let Some(track) = self.tracks.get_mut(&key) else { return Ok(()) };
        let worth = track.take_in(&fact.observation, self.deps.clock.now());
        let captured = fact.observation.captured;
        let body_path = match (&fact.body_jpeg, worth) {
            (Some(jpeg), WorthKeeping { body: true, .. }) => {
                let path = match &track.body_path {
                    Some(path) => path.parse()?,
                    None => pictures::body(key, track.tracklet.first_seen)?,
                };
                Some((path, jpeg.clone()))
            }
            _ => None,
        };
        let face_path = match (&fact.face_jpeg, worth) {
            (Some(jpeg), WorthKeeping { face: true, .. }) => Some((pictures::face(key, captured)?, jpeg.clone())),
            _ => None,
        };
        if let Some((path, _)) = &body_path {
            track.body_path = Some(path.as_str().to_owned());
            track.unsaved = true;
        }
        if let Some((path, _)) = &face_path {
            track.face_paths.insert(captured, path.as_str().to_owned());
        }
        let library = self.deps.library.clone();
        let files: Vec<_> = body_path.into_iter().chain(face_path).collect();
        if !files.is_empty() {
            blocking(move || files.iter().try_for_each(|(path, jpeg)| library.put_bytes(jpeg, path).map(drop))).await?;
        }
        Ok(())
    }

    /// Decides about tracks and acts, those that are side by side together, all others one after the other: what is founded by one
    /// is who the next may be.
    async fn settle(&mut self, mut open: Vec<TrackKey>) -> anyhow::Result<()> {
        for _ in 0..DECISIONS_MAX {
            let mut again = Vec::new();
            while !open.is_empty() {
                let together = self.side_by_side(&mut open);
                again.extend(self.settle_together(&together).await?);
            }
            if again.is_empty() {
                return Ok(());
            }
            open = again;
        }
        metrics::counter!("iris_reid_decisions_put_off_total").increment(open.len() as u64);
        let later = self.deps.clock.now().plus(self.deps.rules.patience);
        for key in open {
            if let Some(track) = self.tracks.get_mut(&key) {
                track.look_again = Some(later);
            }
        }
        Ok(())
    }

    /// Takes out the first and those that each are beside all of those taken before.
    fn side_by_side(&self, open: &mut Vec<TrackKey>) -> Vec<TrackKey> {
        let beside = |a: &TrackKey, b: &TrackKey| {
            let companions = |one: &TrackKey, other: &TrackKey| {
                self.tracks.get(one).is_some_and(|track| track.tracklet.companions.contains(other))
            };
            companions(a, b) || companions(b, a)
        };
        let mut together: Vec<TrackKey> = Vec::new();
        open.retain(|key| {
            let joins = together.iter().all(|other| beside(key, other));
            if joins {
                together.push(*key);
            }
            !joins
        });
        together
    }

    /// Decides and acts; says which have to be decided anew.
    async fn settle_together(&mut self, keys: &[TrackKey]) -> anyhow::Result<Vec<TrackKey>> {
        let mut cases = Vec::new();
        for key in keys {
            if self.tracks.get(key).is_some_and(|track| track.fresh) {
                cases.push(self.case(*key).await?);
            }
        }
        let mut decided: BTreeMap<TrackKey, Decision> =
            cases.iter().map(|case| case.track).zip(self.judge(&cases)).collect();
        let mut again = Vec::new();
        for key in keys {
            if self.act(*key, decided.remove(key)).await? == Acted::DecideAnew {
                again.push(*key);
            }
        }
        if !again.is_empty() {
            self.catch_up(&[]).await?;
        }
        Ok(again)
    }

    /// Lets tracks follow their sightings, which somebody moved, named or deleted.
    async fn follow_corrections(&mut self, changed: &BTreeSet<IdentityId>) -> anyhow::Result<()> {
        let concerned = |track: &Track| track.place.as_ref().is_some_and(|place| changed.contains(&place.identity));
        let keys: Vec<TrackKey> =
            self.tracks.iter().filter(|(_, track)| concerned(track)).map(|(key, _)| *key).collect();
        self.look_up(&keys).await
    }

    /// Brings the places of tracks in line with their sightings.
    async fn look_up(&mut self, keys: &[TrackKey]) -> anyhow::Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let placed = patiently(|| self.deps.store.sightings().by_tracks(keys)).await?;
        for key in keys {
            match placed.iter().find(|placed| placed.track == *key) {
                Some(placed) => self.follow(placed).await?,
                // It was deleted: what comes of the track is not to be recorded, which recording will say.
                None => {
                    if self.tracks.get(key).is_some_and(|track| track.place.is_some()) {
                        self.forget(*key).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn follow(&mut self, placed: &TrackIdentity) -> anyhow::Result<()> {
        let unplaced = self.tracks.get(&placed.track).is_some_and(|track| track.place.is_none());
        // The leader before this one recorded it and died before it wrote that down.
        let sighting = if unplaced { self.sighting(placed).await? } else { None };
        let Some(track) = self.tracks.get_mut(&placed.track) else { return Ok(()) };
        if let Some(sighting) = sighting {
            track.place = Some(super::track::Place {
                sighting: sighting.id,
                identity: sighting.identity_id,
                evidence: sighting.evidence,
            });
        }
        track.moved(placed.identity, placed.match_kind, placed.person_id);
        self.tell_placed(placed).await;
        Ok(())
    }
}
