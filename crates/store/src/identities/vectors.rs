//! What the sightings of identities look like: for splitting an identity in two, and for searching by a sighting.

use iris_domain::{CameraId, Feature, IdentityId, SightingId, Span};
use sea_orm::FromQueryResult;
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;

use super::Identities;
use crate::error::{Failure, StoreError};
use crate::sightings::Sightings;
use crate::{sql, time};

/// A sighting with its vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct SightingVectors {
    /// The sighting.
    pub sighting: SightingId,
    /// Where.
    pub camera: CameraId,
    /// When.
    pub span: Span,
    /// The track's faces on the whole.
    pub face: Option<Feature>,
    /// The track's appearance on the whole.
    pub body: Option<Feature>,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    camera_id: i64,
    ts: DateTime,
    end_ts: DateTime,
    face_vector: Option<Vec<u8>>,
    face_model: Option<String>,
    face_quality: Option<f32>,
    body_vector: Option<Vec<u8>>,
    body_model: Option<String>,
    body_quality: Option<f32>,
}

const SELECT: &str = "SELECT s.id, s.camera_id, s.ts, s.end_ts, v.face_vector, v.face_model, v.face_quality, v.body_vector, v.body_model, \
    v.body_quality FROM sightings AS s LEFT JOIN sighting_vectors AS v ON v.sighting_id = s.id";

impl Identities<'_> {
    /// The newest sightings of an identity with their vectors, newest first, at most `limit`.
    pub async fn vectors_of(self, id: IdentityId, limit: u64) -> Result<Vec<SightingVectors>, StoreError> {
        let work = async {
            let select = format!("{SELECT} WHERE s.identity_id = $1 ORDER BY s.ts DESC, s.id DESC LIMIT $2");
            let values = [id.get().into(), sql::bound(limit).into()];
            let rows: Vec<Row> = sql::all(&self.store.database, &select, values).await?;
            rows.into_iter().map(vectors).collect()
        };
        self.store.run("read an identity's vectors", work).await
    }
}

impl Sightings<'_> {
    /// One sighting with its vectors, `None` when nobody has that id.
    pub async fn vectors_of(self, id: SightingId) -> Result<Option<SightingVectors>, StoreError> {
        let work = async {
            let select = format!("{SELECT} WHERE s.id = $1");
            let row: Option<Row> = sql::one(&self.store.database, &select, [id.get().into()]).await?;
            row.map(vectors).transpose()
        };
        self.store.run("read a sighting's vectors", work).await
    }
}

fn vectors(row: Row) -> Result<SightingVectors, Failure> {
    let name = format!("sighting {}", row.id);
    let (start, end) = (time::from_column(row.ts, "ts")?, time::from_column(row.end_ts, "end_ts")?);
    Ok(SightingVectors {
        sighting: sql::id(row.id, &name)?,
        camera: sql::id(row.camera_id, &name)?,
        span: Span::new(start, end).ok_or_else(|| Failure::Corrupt(format!("{name}: end_ts")))?,
        face: sql::optional_feature(row.face_vector, row.face_model, row.face_quality, &name)?,
        body: sql::optional_feature(row.body_vector, row.body_model, row.body_quality, &name)?,
    })
}
