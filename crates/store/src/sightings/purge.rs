//! Removing what a camera saw: all of it when the camera is deleted, what it saw before when it was repointed. Identities that are left
//! without a sighting go, whatever their name: nobody has seen them any more.

use iris_domain::{CameraId, IdentityId, Timestamp};
use sea_orm::DatabaseTransaction;

use super::{Sightings, events};
use crate::error::{Failure, StoreError};
use crate::identities::upkeep;
use crate::{sql, time};

/// Sightings deleted by one transaction at most.
pub const DELETE_SIGHTINGS_BATCH: u64 = 500;

/// Sightings that are gone, and what they leave in the library.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeletedSightings {
    /// How many.
    pub sightings: u64,
    /// Paths of their crops and faces.
    pub paths: Vec<String>,
    /// Identities that went with their last sighting.
    pub identities: Vec<IdentityId>,
}

impl Sightings<'_> {
    /// Deletes up to [`DELETE_SIGHTINGS_BATCH`] sightings of a camera. Fewer coming back means that none is left.
    pub async fn delete_batch_of_camera(self, camera: CameraId) -> Result<DeletedSightings, StoreError> {
        let select = "SELECT id FROM sightings WHERE camera_id = $1 LIMIT $2";
        self.store.run("delete a batch of a camera's sightings", self.delete_batch(select, camera)).await
    }

    /// Deletes up to [`DELETE_SIGHTINGS_BATCH`] sightings that a camera made before it was repointed. Fewer coming back means that none
    /// is left.
    pub async fn delete_batch_of_former_sources(self, camera: CameraId) -> Result<DeletedSightings, StoreError> {
        let select = "SELECT id FROM sightings WHERE camera_id = $1 \
                      AND source_generation < (SELECT source_generation FROM cameras WHERE id = $1) LIMIT $2";
        self.store.run("delete a batch of sightings of a former source", self.delete_batch(select, camera)).await
    }

    async fn delete_batch(self, select: &str, camera: CameraId) -> Result<DeletedSightings, Failure> {
        let batch = || [camera.get().into(), sql::bound(DELETE_SIGHTINGS_BATCH).into()];
        if sql::column::<i64>(&self.store.database, select, batch()).await?.is_empty() {
            return Ok(DeletedSightings::default());
        }
        let transaction = self.store.begin_changing().await?;
        let ids: Vec<i64> = sql::column(&transaction, select, batch()).await?;
        let deleted = delete(&transaction, &ids).await?;
        transaction.commit().await?;
        Ok(deleted)
    }

    /// Forgets since when tracks were deleted, if before `before`: nothing tells of them any more. Says how many.
    pub async fn forget_deletions(self, before: Timestamp) -> Result<u64, StoreError> {
        let delete = "DELETE FROM forgotten_tracks WHERE forgotten_at < $1";
        let work = async { sql::execute(&self.store.database, delete, [time::to_column(before).into()]).await };
        self.store.run("forget deleted tracks", work).await
    }
}

/// Deletes all sightings of a camera inside a transaction that has locked the camera.
pub(crate) async fn delete_all_of(
    transaction: &DatabaseTransaction,
    camera: CameraId,
) -> Result<DeletedSightings, Failure> {
    let select = "SELECT id FROM sightings WHERE camera_id = $1";
    let ids: Vec<i64> = sql::column(transaction, select, [camera.get().into()]).await?;
    delete(transaction, &ids).await
}

async fn delete(transaction: &DatabaseTransaction, ids: &[i64]) -> Result<DeletedSightings, Failure> {
    let select = "SELECT id FROM identities WHERE id IN (SELECT identity_id FROM sightings WHERE id = ANY($1)) \
                  ORDER BY id FOR UPDATE";
    let identities: Vec<i64> = sql::column(transaction, select, [ids.to_vec().into()]).await?;
    let events = events::lock_of_sightings(transaction, ids).await?;
    let paths = remove(transaction, ids).await?;
    let dropped = upkeep::settle_or_drop(transaction, &identities).await?;
    events::refresh(transaction, &events).await?;
    Ok(DeletedSightings {
        sightings: ids.len() as u64,
        paths,
        identities: dropped.into_iter().map(|id| sql::id(id, "identity")).collect::<Result<_, _>>()?,
    })
}

/// Removes sightings with all that hangs on them, the state of their tracks included; answers with the paths of their files.
pub(crate) async fn remove(transaction: &DatabaseTransaction, ids: &[i64]) -> Result<Vec<String>, Failure> {
    let select = "SELECT thumb_path FROM sightings WHERE id = ANY($1) AND thumb_path IS NOT NULL \
                  UNION SELECT thumb_path FROM face_samples WHERE sighting_id = ANY($1) ORDER BY 1";
    let paths: Vec<String> = sql::column(transaction, select, [ids.to_vec().into()]).await?;
    let tracklets = "DELETE FROM tracklets WHERE (track_run, track_number) IN \
                     (SELECT track_run, track_number FROM sightings WHERE id = ANY($1))";
    sql::execute(transaction, tracklets, [ids.to_vec().into()]).await?;
    sql::execute(transaction, "DELETE FROM sightings WHERE id = ANY($1)", [ids.to_vec().into()]).await?;
    Ok(paths)
}
