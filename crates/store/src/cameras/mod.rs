//! The cameras' repository. The gateway writes it; ingest hears of cameras over the bus, never from here.

pub(crate) mod entity;
mod row;

use iris_domain::{CameraId, CameraRecord, NewCamera};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TransactionTrait};

use crate::Store;
use crate::error::{Failure, StoreError};
use crate::events::{DeletedEvent, delete_all_of};
use crate::sightings::{self, DeletedSightings};
use crate::sql;
use entity::{Column, Entity};

/// The cameras of a [`Store`].
#[derive(Debug, Clone, Copy)]
pub struct Cameras<'a> {
    pub(crate) store: &'a Store,
}

/// A camera before and after an update.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraChanged {
    /// As it was.
    pub before: CameraRecord,
    /// As it is.
    pub after: CameraRecord,
}

/// What a deleted camera takes along.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraDeleted {
    /// Its last events.
    pub events: Vec<DeletedEvent>,
    /// Its last sightings.
    pub sightings: DeletedSightings,
}

impl CameraChanged {
    /// Whether the camera now looks elsewhere, so that its earlier events are to be purged.
    pub fn repointed(&self) -> bool {
        self.before.source_generation != self.after.source_generation
    }
}

impl Cameras<'_> {
    /// All of them, by id.
    pub async fn list(self) -> Result<Vec<CameraRecord>, StoreError> {
        let work = async {
            let rows = Entity::find().order_by_asc(Column::Id).all(&self.store.database).await?;
            rows.into_iter().map(row::camera).collect()
        };
        self.store.run("list the cameras", work).await
    }

    /// One of them, `None` when nobody has that id.
    pub async fn get(self, id: CameraId) -> Result<Option<CameraRecord>, StoreError> {
        let work = async {
            let row = Entity::find_by_id(id.get()).one(&self.store.database).await?;
            row.map(row::camera).transpose()
        };
        self.store.run("get a camera", work).await
    }

    /// Enters a camera.
    pub async fn create(self, camera: &NewCamera) -> Result<CameraRecord, StoreError> {
        let work = async { row::camera(row::columns(camera)?.insert(&self.store.database).await?) };
        self.store.run("create a camera", work).await
    }

    /// Changes a camera: `change` is given the camera as it is and says what it shall be. The row is locked meanwhile, so that
    /// of two partial updates none undoes the other. A changed source counts up the source generation, and what was kept of
    /// downtimes goes. `None` when nobody has
    /// that id.
    pub async fn update(
        self,
        id: CameraId,
        change: impl FnOnce(&CameraRecord) -> NewCamera + Send,
    ) -> Result<Option<CameraChanged>, StoreError> {
        let work = async {
            let transaction = self.store.database.begin().await?;
            let Some(row) = Entity::find_by_id(id.get()).lock_exclusive().one(&transaction).await? else {
                return Ok(None);
            };
            let before = row::camera(row)?;
            let wanted = change(&before);
            let mut columns = row::columns(&wanted)?;
            columns.source_generation = Set(before.source_generation + i64::from(wanted.source != before.source));
            let rows = Entity::update_many()
                .set(columns)
                .col_expr(Column::UpdatedAt, Expr::current_timestamp())
                .filter(Column::Id.eq(id.get()))
                .exec_with_returning(&transaction)
                .await?;
            let row = rows.into_iter().next().ok_or(Failure::NoSuchCamera(id))?;
            let after = row::camera(row)?;
            if after.source_generation != before.source_generation {
                // They were another camera's.
                let delete = "DELETE FROM camera_downtimes WHERE camera_id = $1";
                sql::execute(&transaction, delete, [id.get().into()]).await?;
            }
            transaction.commit().await?;
            Ok(Some(CameraChanged { before, after }))
        };
        self.store.run("update a camera", work).await
    }

    /// Deletes a camera with the events and sightings it still has, whose files are then to be removed; identities that nobody else saw
    /// go too. Nothing of it can be written any more. `None` when nobody has that id. A camera with many of them is emptied first, by
    /// [`crate::Events::delete_batch`] and [`crate::Sightings::delete_batch_of_camera`], or the deletion may take longer than an
    /// operation is given.
    pub async fn delete(self, id: CameraId) -> Result<Option<CameraDeleted>, StoreError> {
        let work = async {
            let transaction = self.store.begin_changing().await?;
            // The lock keeps new events and sightings out: their foreign key waits for it, then finds nothing.
            let Some(row) = Entity::find_by_id(id.get()).lock_exclusive().one(&transaction).await? else {
                return Ok(None);
            };
            let events = delete_all_of(&transaction, id).await?;
            let sightings = sightings::delete_all_of(&transaction, id).await?;
            Entity::delete_by_id(row.id).exec(&transaction).await?;
            transaction.commit().await?;
            Ok(Some(CameraDeleted { events, sightings }))
        };
        self.store.run("delete a camera", work).await
    }
}
