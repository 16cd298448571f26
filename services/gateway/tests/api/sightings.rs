//! What re-ID would write and answer, played by the tests: sightings through the store, pictures into the library, and a node that
//! answers about photos as it is told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use iris_bus::message::{EmbedReply, EmbedRequest, Embedded, EmbeddedFace, SearchReply, SearchRequest, SearchRow};
use iris_bus::{Bus, topic};
use iris_domain::identity::{Evidence, ExemplarKind, ExemplarRef, MatchKind};
use iris_domain::{CameraId, Class, Embedding, Feature, IdentityId, ModelFingerprint, SightingId, TrackKey};
use iris_library::MediaPath;
use iris_store::{Belongs, NewExemplar, NewFaceSample, RecordSighting, Recorded, Traits, WrittenSighting};
use serde_json::Value;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::{World, at, id_of};

/// A JPEG as far as anybody looks.
pub const PICTURE: &[u8] = b"\xff\xd8\xff a picture";

/// A vector of somebody with this number: nearly the same for the same, nearly at right angles for others.
pub fn feature(person: u64, variant: u64) -> Feature {
    Feature { embedding: vector(person, variant, 512), model: ModelFingerprint::new("toy/1").unwrap(), quality: 0.8 }
}

pub fn vector(person: u64, variant: u64, dimensions: u64) -> Embedding {
    let noise = |seed: u64, at: u64| {
        let mixed = (seed ^ at.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 29).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed >> 40) as f32 / (1 << 23) as f32) - 1.0
    };
    let (person, variant) = (person.wrapping_mul(0x1234_5677), variant.wrapping_mul(0x7654_3211).wrapping_add(99));
    let values: Vec<f32> = (0..dimensions).map(|at| noise(person, at) + 0.25 * noise(variant, at + 7_000)).collect();
    Embedding::new(&values).unwrap()
}

/// A track to be recorded as re-ID does.
pub struct Seen<'a> {
    pub camera: &'a Value,
    pub ts: &'a str,
    pub seconds: u64,
    pub class: &'a str,
    /// Whose it is; a new identity's when absent.
    pub of: Option<IdentityId>,
    pub kind: MatchKind,
    /// Whose face was seen, captured and kept.
    pub face: Option<u64>,
    /// What was worn.
    pub body: Option<u64>,
    /// The path of the crop; none when empty.
    pub crop: bool,
}

impl<'a> Seen<'a> {
    pub fn by(camera: &'a Value, ts: &'a str) -> Self {
        let (of, face, body) = (None, None, None);
        Self { camera, ts, seconds: 20, class: "person", of, kind: MatchKind::New, face, body, crop: true }
    }
}

impl World {
    /// Records a sighting, with its pictures in the library.
    pub async fn seen(&self, seen: Seen<'_>) -> WrittenSighting {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let track = TrackKey { run: Uuid::new_v4(), number };
        let ts = at(seen.ts);
        let day = seen.ts[..10].replace('-', "/");
        let body_path = format!("bodies/{day}/{}-{number}.jpg", track.run);
        let face_path = format!("faces/{day}/{}-{number}-1.jpg", track.run);
        if seen.face.is_some() {
            self.put(&face_path);
        }
        if seen.crop {
            self.put(&body_path);
        }
        let face = seen.face.map(|person| feature(person, number));
        let body = seen.body.map(|person| feature(person + 1_000, number));
        let exemplars = [(ExemplarKind::Face, &face), (ExemplarKind::Appearance, &body)];
        let exemplar = |(kind, of): (ExemplarKind, &Option<Feature>)| {
            of.clone().map(|feature| NewExemplar { kind, feature, captured: ts })
        };
        let sample = |feature: Feature| NewFaceSample { ts, feature, thumb_path: face_path.clone() };
        let first = SightingId::new(1).unwrap();
        let evidence = Evidence {
            kind: seen.kind,
            score: Some(0.6),
            margin: Some(0.2),
            face: None,
            body: None,
            exemplars: vec![ExemplarRef { sighting: first, kind: ExemplarKind::Face, score: 0.5 }],
            reason: "the test says so".to_owned(),
        };
        let record = RecordSighting {
            track,
            camera_id: CameraId::new(id_of(seen.camera)).unwrap(),
            source_generation: 1,
            object_class: Class::new(seen.class).unwrap(),
            ts,
            end_ts: ts.plus(Duration::from_secs(seen.seconds)),
            ended: true,
            confidence: 0.9,
            belongs: match seen.of {
                Some(identity) => Belongs::To(identity, evidence),
                None => Belongs::ToNew(evidence),
            },
            person: None,
            thumb_path: seen.crop.then_some(body_path),
            exemplars_added: exemplars.into_iter().filter_map(exemplar).collect(),
            exemplars_removed: Vec::new(),
            face_samples: face.clone().map(sample).into_iter().collect(),
            face,
            body,
            traits: Traits::default(),
        };
        match self.store.sightings().record(&record).await.unwrap() {
            Recorded::Written(written) => written,
            other => panic!("the sighting was refused: {other:?}"),
        }
    }

    fn put(&self, path: &str) {
        self.gateway.library().put_bytes(PICTURE, &path.parse::<MediaPath>().unwrap()).unwrap();
    }

    /// Every file in the library whose path begins so.
    pub fn files(&self, folder: &str) -> Vec<String> {
        let mut files = Vec::new();
        let walk = self.gateway.library().walk(|file| files.push(file.path.to_string()));
        walk.unwrap();
        files.retain(|path| path.starts_with(folder));
        files.sort();
        files
    }
}

/// A re-ID node that answers as it is told; gone when dropped.
pub struct ReidNode {
    _answering: JoinSet<()>,
}

impl ReidNode {
    /// Answers every photo with `reply`, and every search with `rows`.
    pub async fn of(bus: &Bus, reply: EmbedReply, rows: Vec<SearchRow>) -> Self {
        let mut answering = JoinSet::new();
        let mut photos = bus.all_questions(topic::ASK_REID_EMBED, topic::REID_GROUP).await.unwrap();
        answering.spawn(async move {
            while let Some(question) = photos.next().await {
                let EmbedRequest { jpeg } = &question.body;
                assert!(jpeg.starts_with(b"\xff\xd8\xff"), "whatever was uploaded, a JPEG is asked about");
                question.answer(&reply).await;
            }
        });
        let mut searches = bus.questions(topic::ASK_REID_SEARCH, topic::LEADER).await.unwrap();
        answering.spawn(async move {
            while let Some(question) = searches.next().await {
                let SearchRequest { limit, .. } = question.body;
                let rows = rows.iter().copied().take(limit as usize).collect();
                question.answer(&SearchReply { rows }).await;
            }
        });
        // The server answers in order: it knows of the subscriptions when it answers this.
        bus.leases().await.unwrap();
        Self { _answering: answering }
    }
}

/// What a node says of a photo with one face.
pub fn one_face(person: u64) -> EmbedReply {
    faces(1, Some(feature(person, 1)))
}

/// What a node says of a photo with so many faces, of which the largest has this vector.
pub fn faces(faces_detected: u32, feature: Option<Feature>) -> EmbedReply {
    let face = feature.map(|feature| EmbeddedFace { feature, jpeg: PICTURE.into() });
    EmbedReply::Embedded(Embedded { faces_detected, face, body: None })
}
