//! The captured faces' repository: what face groups are made of. Re-ID writes them with sightings; the gateway groups, labels, enrols and
//! deletes them. A captured face belongs to the identity of its sighting.

mod clips;
mod deletion;

use iris_domain::{CameraId, FaceSampleId, Feature, IdentityId, Page, SightingId, Timestamp};
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};

use crate::Store;
use crate::error::{Failure, StoreError};
use crate::{sql, time};

pub use deletion::{DELETE_SAMPLES_BATCH, DeletedFaceSamples};

/// The captured faces of a [`Store`].
#[derive(Debug, Clone, Copy)]
pub struct FaceSamples<'a> {
    pub(crate) store: &'a Store,
}

/// A captured face.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceSample {
    /// Its row.
    pub id: FaceSampleId,
    /// Whose it was taken for.
    pub identity_id: IdentityId,
    /// The sighting it was captured of.
    pub sighting_id: SightingId,
    /// Where.
    pub camera_id: CameraId,
    /// The camera's name of today.
    pub camera_name: String,
    /// When.
    pub ts: Timestamp,
    /// How good the view is, 0..1.
    pub quality: f32,
    /// As an operator labelled it.
    pub label: Option<String>,
    /// Path of its picture in the library.
    pub thumb_path: String,
}

/// A captured face with what groups are made by.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleVectors {
    /// The face.
    pub sample: FaceSample,
    /// Its vector.
    pub face: Feature,
    /// The appearance of its track on the whole.
    pub body: Option<Feature>,
}

/// A page of captured faces.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedFaceSamples {
    /// All that match, on whatever page.
    pub total: u64,
    /// Those of the page, newest first.
    pub samples: Vec<FaceSample>,
}

/// Some captured faces do not exist, so nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} of the captured faces do not exist", .0.len())]
pub struct UnknownSamples(pub Vec<FaceSampleId>);

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    identity_id: i64,
    sighting_id: i64,
    camera_id: i64,
    camera_name: String,
    ts: DateTime,
    quality: f32,
    label: Option<String>,
    thumb_path: String,
}

#[derive(FromQueryResult)]
struct VectorRow {
    #[sea_orm(nested)]
    sample: Row,
    model: String,
    vector: Vec<u8>,
    body_model: Option<String>,
    body_vector: Option<Vec<u8>>,
    body_quality: Option<f32>,
}

const COLUMNS: &str =
    "f.id, f.identity_id, f.sighting_id, f.camera_id, c.name AS camera_name, f.ts, f.quality, f.label, f.thumb_path";
const FROM: &str = "FROM face_samples AS f JOIN cameras AS c ON c.id = f.camera_id";

impl FaceSamples<'_> {
    /// The newest captured faces with their vectors, newest first.
    pub async fn sample(self, max: u64) -> Result<Vec<SampleVectors>, StoreError> {
        let work = async {
            let select = format!(
                "SELECT {COLUMNS}, f.model, f.vector, v.body_model, v.body_vector, v.body_quality \
                 {FROM} LEFT JOIN sighting_vectors AS v ON v.sighting_id = f.sighting_id ORDER BY f.ts DESC, f.id DESC LIMIT $1"
            );
            let rows: Vec<VectorRow> = sql::all(&self.store.database, &select, [sql::bound(max).into()]).await?;
            rows.into_iter().map(vectors).collect()
        };
        self.store.run("sample captured faces", work).await
    }

    /// The captured faces of an identity, newest first, and how many there are without the page.
    pub async fn list_of(self, identity: IdentityId, page: Page) -> Result<ListedFaceSamples, StoreError> {
        let work = async {
            let counting = "SELECT count(*) FROM face_samples WHERE identity_id = $1";
            let total = sql::count(&self.store.database, counting, [identity.get().into()]).await?;
            let select = format!(
                "SELECT {COLUMNS} {FROM} WHERE f.identity_id = $1 ORDER BY f.ts DESC, f.id DESC LIMIT $2 OFFSET $3"
            );
            let values = [identity.get().into(), sql::bound(page.limit).into(), sql::bound(page.offset).into()];
            let rows: Vec<Row> = sql::all(&self.store.database, &select, values).await?;
            Ok(ListedFaceSamples { total, samples: rows.into_iter().map(sample).collect::<Result<_, _>>()? })
        };
        self.store.run("list captured faces", work).await
    }

    /// One of them, `None` when nobody has that id.
    pub async fn get(self, id: FaceSampleId) -> Result<Option<FaceSample>, StoreError> {
        let work = async {
            let select = format!("SELECT {COLUMNS} {FROM} WHERE f.id = $1");
            let row: Option<Row> = sql::one(&self.store.database, &select, [id.get().into()]).await?;
            row.map(sample).transpose()
        };
        self.store.run("get a captured face", work).await
    }

    /// Labels captured faces; an empty label takes it away. Says how many. Unless all exist nothing is done.
    pub async fn label(self, ids: &[FaceSampleId], label: &str) -> Result<Result<u64, UnknownSamples>, StoreError> {
        let work = async {
            let transaction = self.store.begin_changing().await?;
            if let Err(unknown) = lock_all(&transaction, ids).await? {
                return Ok(Err(unknown));
            }
            let update = "UPDATE face_samples SET label = nullif($2, '') WHERE id = ANY($1)";
            let labelled = sql::execute(&transaction, update, [sql::array(ids).into(), label.into()]).await?;
            transaction.commit().await?;
            Ok(Ok(labelled))
        };
        self.store.run("label captured faces", work).await
    }
}

/// Locks captured faces, all or none.
pub(crate) async fn lock_all(
    transaction: &DatabaseTransaction,
    ids: &[FaceSampleId],
) -> Result<Result<(), UnknownSamples>, Failure> {
    let select = "SELECT id FROM face_samples WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    missing(transaction, select, ids).await
}

/// Which of these a statement that selects ids does not find.
async fn missing(
    database: &impl ConnectionTrait,
    select: &str,
    ids: &[FaceSampleId],
) -> Result<Result<(), UnknownSamples>, Failure> {
    let found: Vec<i64> = sql::column(database, select, [sql::array(ids).into()]).await?;
    let mut unknown: Vec<FaceSampleId> = Vec::new();
    for id in ids {
        if !found.contains(&id.get()) && !unknown.contains(id) {
            unknown.push(*id);
        }
    }
    Ok(if unknown.is_empty() { Ok(()) } else { Err(UnknownSamples(unknown)) })
}

fn sample(row: Row) -> Result<FaceSample, Failure> {
    Ok(FaceSample {
        id: sql::id(row.id, "face_sample")?,
        identity_id: sql::id(row.identity_id, "face_sample: identity_id")?,
        sighting_id: sql::id(row.sighting_id, "face_sample: sighting_id")?,
        camera_id: sql::id(row.camera_id, "face_sample: camera_id")?,
        ts: time::from_column(row.ts, "ts")?,
        camera_name: row.camera_name,
        quality: row.quality,
        label: row.label,
        thumb_path: row.thumb_path,
    })
}

fn vectors(row: VectorRow) -> Result<SampleVectors, Failure> {
    let name = format!("face_sample {}", row.sample.id);
    Ok(SampleVectors {
        face: sql::feature(&row.vector, &row.model, row.sample.quality, &name)?,
        body: sql::optional_feature(row.body_vector, row.body_model, row.body_quality, &name)?,
        sample: sample(row.sample)?,
    })
}
