//! A track in the leader's mind: what is known of it, what it was settled to be, and which of its pictures are kept. The part that a
//! successor needs is written to Postgres as JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use iris_bus::message::SightingFact;
use iris_domain::identity::{AssociationRules, Evidence, MatchKind, Observation, Settled, Tracklet};
use iris_domain::{IdentityId, PersonId, SightingId, Timestamp};
use iris_store::{RecognisedPerson, Sighting};
use serde::{Deserialize, Serialize};

/// One track.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Track {
    /// What the networks said of it so far.
    pub tracklet: Tracklet,
    /// The camera's source generation.
    pub source_generation: i64,
    /// Whether all that was observed of it is known here; of one that was over and is heard of again only its sighting is.
    pub complete: bool,
    /// What it is a sighting of, once that is decided.
    pub place: Option<Place>,
    /// Path of its best crop.
    pub body_path: Option<String>,
    /// Paths of the faces that were kept as files, by when they were filmed.
    pub face_paths: BTreeMap<Timestamp, String>,
    /// Those of them that are captured faces in Postgres by now.
    pub faces_recorded: Vec<Timestamp>,
    /// As whom it was recognised.
    #[serde(skip)]
    pub person: Option<RecognisedPerson>,
    /// What the bus was told of it last.
    #[serde(skip)]
    pub told: Option<SightingFact>,
    /// How often this leader told the bus of it.
    #[serde(skip)]
    pub told_count: u64,
    /// What was written of it last, and when.
    #[serde(skip)]
    pub recorded: Option<LastRecord>,
    /// There is something to decide about.
    #[serde(skip)]
    pub fresh: bool,
    /// Its faces are to be compared with the enrolled people.
    #[serde(skip)]
    pub unrecognised: bool,
    /// What is written down of it is not what is known.
    #[serde(skip)]
    pub unsaved: bool,
    /// When to look at it again should nothing be heard.
    #[serde(skip)]
    pub look_again: Option<Timestamp>,
}

/// What a track is a sighting of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The row.
    pub sighting: SightingId,
    /// Whose it is.
    pub identity: IdentityId,
    /// Why.
    pub evidence: Evidence,
}

/// What was written of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastRecord {
    /// By the leader's clock.
    pub at: Timestamp,
    /// The latest picture with it.
    pub last_seen: Timestamp,
    /// Whether it was over.
    pub ended: bool,
}

/// What a track's views are, to see whether they changed.
#[derive(PartialEq)]
struct Views {
    faces: Vec<Timestamp>,
    bodies: Vec<Timestamp>,
    companions: usize,
    ended: bool,
}

/// Which of an observation's pictures are worth keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorthKeeping {
    /// The crop is the best so far.
    pub body: bool,
    /// The face is one of the best.
    pub face: bool,
}

impl Track {
    /// A track that was not heard of before.
    pub fn begin(first: &Observation, source_generation: i64, now: Timestamp) -> Self {
        Self {
            tracklet: Tracklet::begin(first, now),
            source_generation,
            complete: true,
            place: None,
            body_path: None,
            face_paths: BTreeMap::new(),
            faces_recorded: Vec::new(),
            person: None,
            told: None,
            told_count: 0,
            recorded: None,
            fresh: true,
            unrecognised: true,
            unsaved: true,
            look_again: None,
        }
    }

    /// A track of which only its sighting is left.
    pub fn again(first: &Observation, source_generation: i64, sighting: &Sighting, now: Timestamp) -> Self {
        let mut track = Self::begin(first, source_generation, now);
        track.tracklet.class = sighting.object_class.clone();
        let evidence = Evidence { kind: sighting.match_kind, ..sighting.evidence.clone() };
        track.place = Some(Place { sighting: sighting.id, identity: sighting.identity_id, evidence });
        track.body_path = sighting.thumb_path.clone();
        track.complete = false;
        track
    }

    /// Takes in what one crop said.
    pub fn take_in(&mut self, observation: &Observation, now: Timestamp) -> WorthKeeping {
        let (before, class) = (self.views(), self.tracklet.class.clone());
        let noted = self.tracklet.observe(observation, now);
        if self.place.is_some() {
            // What a sighting is of, it stays.
            self.tracklet.class = class.clone();
        }
        let after = self.views();
        let new_face = before.faces != after.faces;
        self.fresh |= before != after || self.tracklet.class != class;
        self.unsaved |= before != after;
        self.unrecognised |= new_face;
        // The best of the few views since is not the best there was.
        let best_body = noted.best_body && (self.complete || self.body_path.is_none());
        WorthKeeping { body: best_body, face: new_face && after.faces.contains(&observation.captured) }
    }

    /// The place as decisions want it. `alone` tells whether this track is all there is of its identity.
    pub fn settled(&self, alone: bool) -> Option<Settled> {
        let place = self.place.as_ref()?;
        Some(Settled { identity: place.identity, evidence: place.evidence.clone(), alone })
    }

    /// Whether what was written is older than `within`, though there is more to write.
    pub fn is_outdated(&self, now: Timestamp, within: Duration, rules: &AssociationRules) -> bool {
        match self.recorded {
            None => true,
            Some(last) if last.ended != self.tracklet.is_over(rules, now) => true,
            Some(last) => last.last_seen < self.tracklet.last_seen && last.at.plus(within) <= now,
        }
    }

    /// It is another's by now, as somebody decided elsewhere.
    pub fn moved(&mut self, identity: IdentityId, kind: MatchKind, person: Option<PersonId>) {
        if let Some(place) = &mut self.place {
            self.unsaved |= place.identity != identity || place.evidence.kind != kind;
            place.identity = identity;
            place.evidence.kind = kind;
        }
        self.person = self.person.filter(|known| Some(known.person_id) == person);
    }

    fn views(&self) -> Views {
        Views {
            faces: self.tracklet.faces().iter().map(|face| face.captured).collect(),
            bodies: self.tracklet.bodies().iter().map(|body| body.captured).collect(),
            companions: self.tracklet.companions.len(),
            ended: self.tracklet.ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use iris_domain::identity::FaceView;
    use iris_domain::{CameraId, Class, Embedding, Feature, ModelFingerprint, TrackKey};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_000 * seconds).unwrap()
    }

    fn observation(seconds: i64, quality: Option<f32>) -> Observation {
        let feature = |quality| Feature {
            embedding: Embedding::new(&[1.0, 0.5]).unwrap(),
            model: ModelFingerprint::new("toy").unwrap(),
            quality,
        };
        let face =
            quality.map(|quality| FaceView { feature: feature(quality), width_px: 80.0, yaw_ratio: 0.0, score: 0.9 });
        Observation {
            track: TrackKey { run: "0192f1a0-7c3e-7b4c-8f00-0123456789ab".parse().unwrap(), number: 1 },
            camera: CameraId::new(1).unwrap(),
            class: Class::person(),
            first_seen: at(0),
            last_seen: at(seconds),
            captured: at(seconds),
            score: 0.9,
            companions: Vec::new(),
            ended: false,
            body: quality.map(feature),
            face,
            colour: None,
        }
    }

    #[test]
    fn only_what_is_new_is_worth_a_decision() {
        let first = observation(0, Some(0.5));
        let mut track = Track::begin(&first, 1, at(0));
        assert_eq!(track.take_in(&first, at(0)), WorthKeeping { body: true, face: true });
        track.fresh = false;
        assert_eq!(track.take_in(&first, at(1)), WorthKeeping { body: false, face: false });
        track.take_in(&observation(2, None), at(2));
        assert!(!track.fresh, "the same again, and a view of nothing");
        assert_eq!(track.take_in(&observation(3, Some(0.4)), at(3)), WorthKeeping { body: false, face: true });
        assert!(track.fresh);
        track.fresh = false;
        track.take_in(&Observation { ended: true, ..observation(4, None) }, at(4));
        assert!(track.fresh, "the end decides");
    }

    #[test]
    fn a_successor_reads_what_was_written() {
        let first = observation(0, Some(0.5));
        let mut track = Track::begin(&first, 7, at(0));
        track.take_in(&first, at(0));
        track.face_paths.insert(at(0), "faces/x.jpg".to_owned());
        let read: Track = serde_json::from_slice(&serde_json::to_vec(&track).unwrap()).unwrap();
        assert_eq!((&read.tracklet, read.source_generation), (&track.tracklet, 7));
        assert_eq!((read.face_paths, read.complete), (track.face_paths, true));
    }
}
