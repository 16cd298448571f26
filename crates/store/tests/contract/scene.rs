//! What tests about identities share: sightings that differ only in what a test is about, and vectors in few dimensions.

use std::time::Duration;

use iris_domain::identity::{Evidence, ExemplarKind, MatchKind};
use iris_domain::{CameraId, Class, Embedding, Feature, IdentityId, ModelFingerprint, SightingId, Timestamp, TrackKey};
use iris_store::{
    Belongs, NewExemplar, NewFaceSample, RecordSighting, Recorded, Sighting, Store, Traits, WrittenSighting,
};
use uuid::Uuid;

use crate::support::*;

/// Who corrects in tests.
pub const OPERATOR: &str = "ann@example.org";

/// The moment most sightings are about.
pub fn noon() -> Timestamp {
    at("2026-11-23T12:00:00Z")
}

pub fn after(seconds: u64) -> Timestamp {
    noon().plus(Duration::from_secs(seconds))
}

pub fn before(seconds: u64) -> Timestamp {
    noon().minus(Duration::from_secs(seconds))
}

pub fn feature(values: &[f32], quality: f32) -> Feature {
    let model = ModelFingerprint::new("test/1").unwrap();
    Feature { embedding: Embedding::new(values).unwrap(), model, quality }
}

/// A direction of its own for each number, never near another's.
pub fn direction(number: usize, quality: f32) -> Feature {
    let angle = number as f32;
    feature(&[angle.cos(), angle.sin(), (angle * 2.3).sin(), (angle * 5.1).cos()], quality)
}

pub fn why(kind: MatchKind) -> Evidence {
    let exemplars = Vec::new();
    Evidence { kind, score: Some(0.75), margin: Some(0.25), face: None, body: None, exemplars, reason: "test".into() }
}

pub fn new() -> Belongs {
    Belongs::ToNew(why(MatchKind::New))
}

pub fn to(identity: IdentityId) -> Belongs {
    Belongs::To(identity, why(MatchKind::Appearance))
}

/// A person's track of ten seconds from `ts` that founds an identity; nothing hangs on it.
pub fn track(camera_id: CameraId, ts: Timestamp) -> RecordSighting {
    RecordSighting {
        track: TrackKey { run: Uuid::new_v4(), number: 1 },
        camera_id,
        source_generation: 1,
        object_class: Class::person(),
        ts,
        end_ts: ts.plus(Duration::from_secs(10)),
        ended: true,
        confidence: 0.5,
        belongs: new(),
        person: None,
        thumb_path: None,
        face: None,
        body: None,
        traits: Traits::default(),
        exemplars_added: Vec::new(),
        exemplars_removed: Vec::new(),
        face_samples: Vec::new(),
    }
}

/// As [`track`], with vectors, an exemplar of each kind, a captured face and files.
pub fn rich_track(camera_id: CameraId, ts: Timestamp, number: usize) -> RecordSighting {
    let bare = track(camera_id, ts);
    let run = bare.track.run;
    let exemplar = |kind| NewExemplar { kind, feature: direction(number, 0.5), captured: ts };
    RecordSighting {
        thumb_path: Some(format!("bodies/{run}.jpg")),
        face: Some(direction(number, 0.5)),
        body: Some(direction(number + 1_000, 0.5)),
        exemplars_added: vec![exemplar(ExemplarKind::Face), exemplar(ExemplarKind::Appearance)],
        face_samples: vec![NewFaceSample {
            ts,
            feature: direction(number, 0.25 + (number % 50) as f32 / 100.0),
            thumb_path: format!("faces/{run}-1.jpg"),
        }],
        ..bare
    }
}

pub async fn recorded(store: &Store, wanted: &RecordSighting) -> WrittenSighting {
    match store.sightings().record(wanted).await.unwrap() {
        Recorded::Written(written) => written,
        other => panic!("{other:?}"),
    }
}

/// An identity with so many rich sightings, a minute apart from `noon`.
pub async fn identity(store: &Store, camera: CameraId, sightings: usize) -> (IdentityId, Vec<SightingId>) {
    let first = recorded(store, &rich_track(camera, noon(), 1)).await;
    let mut ids = vec![first.sighting];
    for number in 1..sightings {
        let wanted = rich_track(camera, after(60 * number as u64), number + 1);
        let joining = RecordSighting { belongs: to(first.identity), ..wanted };
        ids.push(recorded(store, &joining).await.sighting);
    }
    (first.identity, ids)
}

pub async fn sighting(store: &Store, id: SightingId) -> Sighting {
    store.sightings().get(id).await.unwrap().unwrap()
}

/// Whose these sightings are.
pub async fn owners(store: &Store, ids: &[SightingId]) -> Vec<IdentityId> {
    let mut owners = Vec::new();
    for id in ids {
        owners.push(sighting(store, *id).await.identity_id);
    }
    owners
}
