//! Galleries, entries and a plain scan.

use std::collections::BTreeMap;
use std::time::Duration;

use iris_domain::{CameraId, Class, Embedding, Feature, IdentityId, ModelFingerprint, PersonId, Timestamp};
use iris_gallery::{Entry, Hit, Kind, QdrantGallery, QdrantSettings, Query, SCORES_MAX, Subject};
use secrecy::SecretString;

/// A new gallery in the Qdrant for tests; `None`, said aloud, without one.
pub fn qdrant() -> Option<QdrantGallery> {
    Some(QdrantGallery::connect(&qdrant_settings()?).unwrap())
}

/// How a new gallery in the Qdrant for tests is reached; `None`, said aloud, without one.
pub fn qdrant_settings() -> Option<QdrantSettings> {
    let Ok(url) = std::env::var("IRIS_TEST_QDRANT_URL") else {
        println!("skipped: IRIS_TEST_QDRANT_URL names no Qdrant");
        return None;
    };
    let api_key = std::env::var("IRIS_TEST_QDRANT_API_KEY").ok().map(SecretString::from);
    let prefix = format!("test-{}", uuid::Uuid::new_v4().simple());
    // The server may be one that was built without optimisation.
    let deadline = Duration::from_secs(30);
    Some(QdrantSettings { api_key, prefix, deadline, ..QdrantSettings::new(url) })
}

pub fn identity(number: i64) -> Subject {
    Subject::Identity(IdentityId::new(number).unwrap())
}

pub fn person(number: i64) -> Subject {
    Subject::Person(PersonId::new(number).unwrap())
}

pub fn feature(values: &[f32]) -> Feature {
    let model = ModelFingerprint::new("test/model").unwrap();
    Feature { embedding: Embedding::new(values).unwrap(), model, quality: 1.0 }
}

/// Looks in a direction of a plane.
pub fn at(degrees: f32) -> Feature {
    let (y, x) = degrees.to_radians().sin_cos();
    feature(&[x, y])
}

pub fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000).unwrap()
}

/// A face of a person on camera 1.
pub fn entry(id: u64, subject: Subject, feature: Feature) -> Entry {
    let camera = Some(CameraId::new(1).unwrap());
    Entry { id, subject, kind: Kind::Face, feature, class: Class::person(), camera, captured: seconds(100) }
}

pub fn subjects(hits: &[Hit]) -> Vec<Subject> {
    hits.iter().map(|hit| hit.subject).collect()
}

/// What a search has to answer, found by looking at everything.
pub fn plain_scan<'a>(entries: impl IntoIterator<Item = &'a Entry>, query: &Query<'_>) -> Vec<Hit> {
    let mut by_subject: BTreeMap<Subject, Vec<(f32, u64)>> = BTreeMap::new();
    for entry in entries.into_iter().filter(|entry| is_asked_for(entry, query)) {
        let Some(score) = query.feature.similarity(&entry.feature) else { continue };
        by_subject.entry(entry.subject).or_default().push((score, entry.id));
    }
    let mut hits: Vec<Hit> = by_subject
        .into_iter()
        .map(|(subject, mut scores)| {
            scores.sort_by(|(a, id_a), (b, id_b)| b.total_cmp(a).then(id_a.cmp(id_b)));
            scores.truncate(SCORES_MAX);
            let (score, entry) = scores[0];
            Hit { subject, entry, score, scores: scores.into_iter().map(|(score, _)| score).collect() }
        })
        .collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score));
    hits.truncate(query.limit);
    hits
}

fn is_asked_for(entry: &Entry, query: &Query<'_>) -> bool {
    entry.subject.of() == query.of
        && entry.kind == query.kind
        && query.class.is_none_or(|class| *class == entry.class)
        && query.since.is_none_or(|since| entry.captured >= since)
        && !query.exclude.contains(&entry.subject)
}
