//! The events' repository. The recorder opens and changes events by their keys, any number of times; the gateway lists and
//! deletes them; both delete what retention takes.

mod deletion;
pub(crate) mod entity;
mod list;
mod row;
mod subjects;
mod totals;

use iris_domain::{ClipChange, ClipStatus, Event, EventChange, EventId, EventKey, NewEvent, Timestamp};
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;
use sea_orm::sea_query::{Alias, CaseStatement, Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    TransactionTrait, TryInsertResult,
};

use crate::Store;
use crate::cameras::entity as camera;
use crate::error::{Failure, StoreError, is_missing_reference};
use crate::time;
use entity::{Column, Entity, deleted};
use row::NamedRow;

pub use deletion::{DELETE_BATCH, DeletedEvent};
pub(crate) use deletion::{delete_all_of, delete_locked};
pub(crate) use subjects::load;

/// The events of a [`Store`].
#[derive(Debug, Clone, Copy)]
pub struct Events<'a> {
    pub(crate) store: &'a Store,
}

/// A page of events.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// All that match, on whatever page.
    pub total: u64,
    /// Those of the page, newest first.
    pub events: Vec<Event>,
}

/// What became of opening an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// It is written, now or by an earlier attempt.
    Open(EventId),
    /// It was deleted, or its camera looks elsewhere by now: it is not to be recorded again.
    Gone,
}

/// What became of changing an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The row is as the change says.
    Updated,
    /// The event was deleted; stop working on it.
    Gone,
}

/// What retention needs to know of an event with a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredClip {
    /// The event.
    pub id: EventId,
    /// When it began.
    pub ts: Timestamp,
    /// Size of the clip.
    pub size_bytes: u64,
}

impl Events<'_> {
    /// Writes an event for the first time, and finds out who is in it. Fails with [`StoreError::NoSuchCamera`] when its camera was deleted.
    pub async fn open(self, event: &NewEvent) -> Result<Opening, StoreError> {
        let work = async {
            let transaction = self.store.database.begin().await?;
            let insert = Entity::insert(row::columns(event)?)
                .on_conflict(OnConflict::column(Column::Key).do_nothing().to_owned())
                .try_insert();
            let opening = match insert.exec(&transaction).await {
                Ok(TryInsertResult::Inserted(inserted)) => {
                    keep_unless_gone(&transaction, event, inserted.last_insert_id).await?
                }
                Ok(_) => find_by_key(&transaction, event.key).await?,
                Err(error) if is_missing_reference(&error) => return Err(Failure::NoSuchCamera(event.camera_id)),
                Err(error) => return Err(error.into()),
            };
            if opening != Opening::Gone {
                transaction.commit().await?;
            }
            Ok(opening)
        };
        let opening = self.store.run("open an event", work).await?;
        if let Opening::Open(id) = opening {
            self.store.sightings().link_event(id).await?;
        }
        Ok(opening)
    }

    /// Writes a change; when it says when the event ended, finds out who was in it. A clip that is ready or failed does not become
    /// pending again.
    pub async fn update(self, key: EventKey, change: &EventChange) -> Result<Written, StoreError> {
        let work = async {
            let columns = row::changed_columns(change)?;
            let mut update = Entity::update_many().filter(Column::Key.eq(key.0));
            let waits = matches!(change.clip, Some(ClipChange::Pending));
            if !columns.is_changed() && !waits {
                let found = Entity::find().filter(Column::Key.eq(key.0)).count(&self.store.database).await?;
                return Ok(if found > 0 { Written::Updated } else { Written::Gone });
            }
            update = update.set(columns);
            if waits {
                update = update.col_expr(Column::ClipStatus, pending_unless_finished());
            }
            let written = update.exec(&self.store.database).await?.rows_affected;
            Ok(if written > 0 { Written::Updated } else { Written::Gone })
        };
        let written = self.store.run("change an event", work).await?;
        if written == Written::Updated && change.end_ts.is_some() {
            self.link(key).await?;
        }
        Ok(written)
    }

    async fn link(self, key: EventKey) -> Result<(), StoreError> {
        match self.store.run("find an event", find_by_key(&self.store.database, key)).await? {
            Opening::Open(id) => self.store.sightings().link_event(id).await,
            Opening::Gone => Ok(()),
        }
    }

    /// One event, `None` when nobody has that id.
    pub async fn get(self, id: EventId) -> Result<Option<Event>, StoreError> {
        let work = async { Ok(load(&self.store.database, &[id.get()]).await?.pop()) };
        self.store.run("get an event", work).await
    }

    /// Events whose clip is not finished, by id and beyond `after`: what a recorder resumes at its start.
    pub async fn unfinished(self, after: Option<EventId>, limit: u64) -> Result<Vec<Event>, StoreError> {
        let work = async {
            let open = [ClipStatus::Recording, ClipStatus::Pending].map(ClipStatus::as_str);
            let rows = list::named(Entity::find())
                .filter(Column::ClipStatus.is_in(open))
                .filter(Column::Id.gt(after.map_or(0, EventId::get)))
                .order_by_asc(Column::Id)
                .limit(limit)
                .into_model::<NamedRow>()
                .all(&self.store.database)
                .await?;
            subjects::events(&self.store.database, rows).await
        };
        self.store.run("list unfinished events", work).await
    }

    /// The oldest events with a clip: what retention takes first.
    pub async fn oldest_with_clip(self, limit: u64) -> Result<Vec<StoredClip>, StoreError> {
        let work = async {
            let rows: Vec<(i64, sea_orm::prelude::TimeDateTimeWithTimeZone, Option<i64>)> = Entity::find()
                .select_only()
                .columns([Column::Id, Column::Ts, Column::ClipBytes])
                .filter(Column::ClipStatus.eq(ClipStatus::Ready.as_str()))
                .order_by_asc(Column::Ts)
                .order_by_asc(Column::Id)
                .limit(limit)
                .into_tuple()
                .all(&self.store.database)
                .await?;
            rows.into_iter().map(stored_clip).collect()
        };
        self.store.run("list the oldest clips", work).await
    }

    /// The size of the clips of events since a moment, in bytes, and when the oldest of them began.
    pub async fn clip_bytes_since(self, since: Timestamp) -> Result<(u64, Option<Timestamp>), StoreError> {
        let work = async {
            let found = Entity::find()
                .select_only()
                .column_as(Expr::col(Column::ClipBytes).sum().cast_as(Alias::new("bigint")), "sum")
                .column_as(Expr::col(Column::Ts).min(), "oldest")
                .filter(Column::ClipStatus.eq(ClipStatus::Ready.as_str()))
                .filter(Column::Ts.gte(time::to_column(since)))
                .into_tuple::<(Option<i64>, Option<DateTime>)>()
                .one(&self.store.database)
                .await?;
            let (sum, oldest) = found.unwrap_or_default();
            let sum = u64::try_from(sum.unwrap_or(0)).map_err(|_| Failure::Corrupt("events: clip_bytes".to_owned()))?;
            Ok((sum, oldest.map(|ts| time::from_column(ts, "ts")).transpose()?))
        };
        self.store.run("sum the newest clips", work).await
    }

    /// The size of all clips together, in bytes. Reads every event with a clip: a third of a second for a
    /// million.
    pub async fn clip_bytes_total(self) -> Result<u64, StoreError> {
        let work = async {
            let sum = Entity::find()
                .select_only()
                .column_as(Expr::col(Column::ClipBytes).sum().cast_as(Alias::new("bigint")), "sum")
                .filter(Column::ClipStatus.eq(ClipStatus::Ready.as_str()))
                .into_tuple::<Option<i64>>()
                .one(&self.store.database)
                .await?
                .flatten()
                .unwrap_or(0);
            u64::try_from(sum).map_err(|_| Failure::Corrupt(format!("events: clips of {sum} bytes")))
        };
        self.store.run("sum the clips", work).await
    }
}

/// Looks for a deletion after the row was inserted, and so after whatever the insertion waited for: an event that was deleted
/// before, or a camera that was repointed before, is seen here, and what comes later finds the row and waits for this
/// transaction.
async fn keep_unless_gone(database: &impl ConnectionTrait, event: &NewEvent, id: i64) -> Result<Opening, Failure> {
    let deleted = deleted::Entity::find_by_id(event.key.0).count(database).await? > 0;
    let repointed = camera::Entity::find_by_id(event.camera_id.get())
        .filter(camera::Column::SourceGeneration.gt(event.source_generation))
        .count(database)
        .await?
        > 0;
    if deleted || repointed { Ok(Opening::Gone) } else { opened(id) }
}

async fn find_by_key(database: &impl ConnectionTrait, key: EventKey) -> Result<Opening, Failure> {
    let id: Option<i64> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Key.eq(key.0))
        .into_tuple()
        .one(database)
        .await?;
    id.map_or(Ok(Opening::Gone), opened)
}

fn opened(id: i64) -> Result<Opening, Failure> {
    EventId::new(id).map(Opening::Open).map_err(|_| Failure::Corrupt(format!("event {id}: id")))
}

fn pending_unless_finished() -> Expr {
    let recording = Expr::col(Column::ClipStatus).eq(ClipStatus::Recording.as_str());
    CaseStatement::new().case(recording, ClipStatus::Pending.as_str()).finally(Expr::col(Column::ClipStatus)).into()
}

fn stored_clip(
    (id, ts, bytes): (i64, sea_orm::prelude::TimeDateTimeWithTimeZone, Option<i64>),
) -> Result<StoredClip, Failure> {
    let broken = |field: &str| Failure::Corrupt(format!("event {id}: {field}"));
    Ok(StoredClip {
        id: EventId::new(id).map_err(|_| broken("id"))?,
        ts: time::from_column(ts, "ts")?,
        size_bytes: bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| broken("clip_bytes"))?,
    })
}
