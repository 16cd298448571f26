//! Sightings between their row and what the repository hands out.

use iris_domain::identity::Evidence;
use iris_domain::{Class, SightingId, TrackKey};
use sea_orm::FromQueryResult;
use sea_orm::prelude::{Json, TimeDateTimeWithTimeZone as DateTime, Uuid};

use super::Sighting;
use crate::error::Failure;
use crate::{sql, time};

/// Selects [`SightingRow`]s of a table called `s`; conditions and order follow.
pub(crate) const SELECT: &str = "SELECT s.id, s.track_run, s.track_number, s.identity_id, i.name AS identity_name, s.camera_id, \
    c.name AS camera_name, s.object_class, s.ts, s.end_ts, s.ended, s.confidence, s.match_kind, s.match_score, s.match_margin, \
    s.evidence, s.person_id, s.person_name, s.thumb_path, \
    (SELECT event_id FROM event_sightings WHERE sighting_id = s.id ORDER BY event_ts, event_id LIMIT 1) AS event_id \
    FROM sightings AS s JOIN identities AS i ON i.id = s.identity_id JOIN cameras AS c ON c.id = s.camera_id";

#[derive(Debug, FromQueryResult)]
pub(crate) struct SightingRow {
    id: i64,
    track_run: Uuid,
    track_number: i64,
    identity_id: i64,
    identity_name: Option<String>,
    camera_id: i64,
    camera_name: String,
    object_class: String,
    ts: DateTime,
    end_ts: DateTime,
    ended: bool,
    confidence: f32,
    match_kind: String,
    match_score: Option<f32>,
    match_margin: Option<f32>,
    evidence: Json,
    person_id: Option<i64>,
    person_name: Option<String>,
    thumb_path: Option<String>,
    event_id: Option<i64>,
}

/// The sighting in a row.
pub(crate) fn sighting(row: SightingRow) -> Result<Sighting, Failure> {
    let broken = |field: &str| Failure::Corrupt(format!("sighting {}: {field}", row.id));
    let evidence: Evidence = serde_json::from_value(row.evidence).map_err(|_| broken("evidence"))?;
    Ok(Sighting {
        id: SightingId::new(row.id).map_err(|_| broken("id"))?,
        track: track(row.track_run, row.track_number)?,
        identity_id: sql::id(row.identity_id, "sighting: identity_id")?,
        identity_name: row.identity_name,
        camera_id: sql::id(row.camera_id, "sighting: camera_id")?,
        camera_name: row.camera_name,
        object_class: Class::new(&row.object_class).map_err(|_| broken("object_class"))?,
        ts: time::from_column(row.ts, "ts")?,
        end_ts: time::from_column(row.end_ts, "end_ts")?,
        ended: row.ended,
        confidence: row.confidence,
        match_kind: row.match_kind.parse().map_err(|_| broken("match_kind"))?,
        match_score: row.match_score,
        match_margin: row.match_margin,
        evidence,
        person_id: row.person_id.map(|id| sql::id(id, "sighting: person_id")).transpose()?,
        person_name: row.person_name,
        event_id: row.event_id.map(|id| sql::id(id, "sighting: event_id")).transpose()?,
        thumb_path: row.thumb_path,
    })
}

/// A track's key from its columns.
pub(crate) fn track(run: Uuid, number: i64) -> Result<TrackKey, Failure> {
    Ok(TrackKey { run, number: sql::natural(number, "track_number")? })
}

/// A track's number as its column takes it.
pub(crate) fn track_number(track: TrackKey) -> Result<i64, Failure> {
    i64::try_from(track.number)
        .map_err(|_| Failure::Corrupt(format!("track number {} exceeds its column", track.number)))
}
