//! Deleting events. Each function deletes rows and names the files that are now nobody's, for the caller to remove; a trigger
//! keeps the keys, so that no late write brings an event back.

use std::collections::HashSet;

use iris_domain::{CameraId, EventFilter, EventId, EventKey, Timestamp};
use sea_orm::sea_query::{Condition, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TransactionTrait};

use super::Events;
use super::entity::{Column, Entity, Model, deleted};
use super::list::{condition, matches_nothing};
use crate::cameras::entity as camera;
use crate::error::{Failure, StoreError};
use crate::time;

/// Events deleted by one statement at most: few enough that their counters are not locked for long, many enough that a million
/// are gone in minutes.
pub const DELETE_BATCH: u64 = 200;

/// An event that is gone, and what it leaves in the media library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedEvent {
    /// Its former row.
    pub id: EventId,
    /// The recorder's name for it.
    pub key: EventKey,
    /// Whose it was.
    pub camera_id: CameraId,
    /// Its clip's path.
    pub clip_path: Option<String>,
    /// Its thumbnail's path.
    pub thumbnail_path: Option<String>,
}

impl Events<'_> {
    /// Deletes the events of these ids, in one transaction. Ids that nobody has are passed over: compare with what comes back.
    pub async fn delete(self, ids: &[EventId]) -> Result<Vec<DeletedEvent>, StoreError> {
        let these = Condition::all().add(Column::Id.is_in(ids.iter().map(|id| id.get())));
        self.store.run("delete events", delete_in_order(&self.store.database, these, None)).await
    }

    /// Deletes the oldest [`DELETE_BATCH`] events that match. Fewer coming back means that none is left.
    pub async fn delete_batch(self, filter: &EventFilter) -> Result<Vec<DeletedEvent>, StoreError> {
        if matches_nothing(filter) {
            return Ok(Vec::new());
        }
        let these = condition(filter);
        self.store
            .run("delete a batch of events", delete_in_order(&self.store.database, these, Some(DELETE_BATCH)))
            .await
    }

    /// Deletes the oldest [`DELETE_BATCH`] events that a camera recorded before it was repointed. Fewer coming back means that
    /// none is left.
    pub async fn delete_batch_of_former_sources(self, camera_id: CameraId) -> Result<Vec<DeletedEvent>, StoreError> {
        let today = Query::select()
            .column(camera::Column::SourceGeneration)
            .from(camera::Entity)
            .and_where(camera::Column::Id.eq(camera_id.get()))
            .to_owned();
        let these = Condition::all()
            .add(Column::CameraId.eq(camera_id.get()))
            .add(sea_orm::sea_query::ExprTrait::lt(Column::SourceGeneration.into_expr(), today));
        let work = delete_in_order(&self.store.database, these, Some(DELETE_BATCH));
        self.store.run("delete a batch of events of a former source", work).await
    }

    /// Which of these keys belong to an event that still exists; a file of any other is an orphan.
    pub async fn existing(self, keys: &[EventKey]) -> Result<HashSet<EventKey>, StoreError> {
        let work = async {
            let found = Entity::find()
                .select_only()
                .column(Column::Key)
                .filter(Column::Key.is_in(keys.iter().map(|key| key.0)))
                .into_tuple::<uuid::Uuid>()
                .all(&self.store.database)
                .await?;
            Ok(found.into_iter().map(EventKey).collect())
        };
        self.store.run("look for events by key", work).await
    }

    /// Forgets deletions older than `before`, after which no recorder writes about those events any more. Says how many.
    pub async fn forget_deletions(self, before: Timestamp) -> Result<u64, StoreError> {
        let work = async {
            let older = deleted::Column::DeletedAt.lt(time::to_column(before));
            Ok(deleted::Entity::delete_many().filter(older).exec(&self.store.database).await?.rows_affected)
        };
        self.store.run("forget deletions", work).await
    }
}

/// Deletes all events of a camera inside a transaction that has locked the camera.
pub(crate) async fn delete_all_of(
    database: &impl ConnectionTrait,
    camera_id: CameraId,
) -> Result<Vec<DeletedEvent>, Failure> {
    let rows = Entity::delete_many().filter(Column::CameraId.eq(camera_id.get())).exec_with_returning(database).await?;
    rows.into_iter().map(deleted_event).collect()
}

/// Deletes events inside a transaction that has locked them.
pub(crate) async fn delete_locked(
    database: &impl ConnectionTrait,
    ids: Vec<i64>,
) -> Result<Vec<DeletedEvent>, Failure> {
    let rows = Entity::delete_many().filter(Column::Id.is_in(ids)).exec_with_returning(database).await?;
    rows.into_iter().map(deleted_event).collect()
}

/// Locks the rows in the one order that all deletions use, oldest first, so that two of them never wait for each other.
async fn delete_in_order(
    database: &impl TransactionTrait<Transaction = sea_orm::DatabaseTransaction>,
    these: Condition,
    limit: Option<u64>,
) -> Result<Vec<DeletedEvent>, Failure> {
    let transaction = database.begin().await?;
    let ids: Vec<i64> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(these)
        .order_by_asc(Column::Ts)
        .order_by_asc(Column::Id)
        .limit(limit)
        .lock_exclusive()
        .into_tuple()
        .all(&transaction)
        .await?;
    let deleted = delete_locked(&transaction, ids).await?;
    transaction.commit().await?;
    Ok(deleted)
}

fn deleted_event(row: Model) -> Result<DeletedEvent, Failure> {
    let broken = |field: &str| Failure::Corrupt(format!("event {}: {field}", row.id));
    Ok(DeletedEvent {
        id: EventId::new(row.id).map_err(|_| broken("id"))?,
        key: EventKey(row.key),
        camera_id: CameraId::new(row.camera_id).map_err(|_| broken("camera_id"))?,
        clip_path: row.clip_path,
        thumbnail_path: row.thumbnail_path,
    })
}
