//! Times in which cameras gave no pictures. The gateways write them, several perhaps the same at once: one is kept.

use iris_domain::downtime::{Downtime, DowntimeChange};
use iris_domain::{CameraId, Page, Timestamp};
use sea_orm::FromQueryResult;
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;

use crate::Store;
use crate::error::{Failure, StoreError};
use crate::sql::{self, Conditions};
use crate::time::{from_column, to_column};

const SELECT: &str = "SELECT d.id, d.camera_id, c.name AS camera_name, d.ts, d.end_ts, d.reason \
    FROM camera_downtimes AS d JOIN cameras AS c ON c.id = d.camera_id";

/// The downtimes of a [`Store`].
#[derive(Debug, Clone, Copy)]
pub struct Downtimes<'a> {
    pub(crate) store: &'a Store,
}

/// Which of them; what is `None` is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DowntimeFilter {
    /// Of this camera.
    pub camera_id: Option<CameraId>,
    /// That were not over before.
    pub from: Option<Timestamp>,
    /// That began before.
    pub to: Option<Timestamp>,
}

/// A page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDowntimes {
    /// All that match, on whatever page.
    pub total: u64,
    /// Those of the page, newest first.
    pub downtimes: Vec<Downtime>,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    camera_id: i64,
    camera_name: String,
    ts: DateTime,
    end_ts: Option<DateTime>,
    reason: String,
}

impl Downtimes<'_> {
    /// Those that match, newest first.
    pub async fn list(self, filter: &DowntimeFilter, page: Page) -> Result<ListedDowntimes, StoreError> {
        let mut conditions = Conditions::default();
        if let Some(camera) = filter.camera_id {
            conditions.add("d.camera_id = ?", camera.get());
        }
        if let Some(from) = filter.from {
            conditions.add("(d.end_ts IS NULL OR d.end_ts > ?)", to_column(from));
        }
        if let Some(to) = filter.to {
            conditions.add("d.ts < ?", to_column(to));
        }
        let work = async {
            let count = format!("SELECT count(*) FROM camera_downtimes AS d{}", conditions.clause());
            let total = sql::count(&self.store.database, &count, conditions.values()).await?;
            let clause = conditions.clause().to_owned();
            let (limit, offset) = (sql::bound(page.limit), sql::bound(page.offset));
            let (limit, offset) = (conditions.place(limit), conditions.place(offset));
            let select = format!("{SELECT}{clause} ORDER BY d.ts DESC, d.id DESC LIMIT {limit} OFFSET {offset}");
            let rows: Vec<Row> = sql::all(&self.store.database, &select, conditions.values()).await?;
            Ok(ListedDowntimes { total, downtimes: rows.into_iter().map(downtime).collect::<Result<_, _>>()? })
        };
        self.store.run("list downtimes", work).await
    }

    /// Those that go on, at most one of each camera.
    pub async fn open(self) -> Result<Vec<Downtime>, StoreError> {
        let work = async {
            let select = format!("{SELECT} WHERE d.end_ts IS NULL");
            let rows: Vec<Row> = sql::all(&self.store.database, &select, []).await?;
            rows.into_iter().map(downtime).collect()
        };
        self.store.run("list open downtimes", work).await
    }

    /// Keeps what changed about a camera. What another gateway did already is not done again; a camera that was deleted has none.
    pub async fn apply(self, camera: CameraId, change: &DowntimeChange) -> Result<(), StoreError> {
        let database = &self.store.database;
        let work = async {
            match change {
                DowntimeChange::Began { since, reason } => {
                    let insert = "INSERT INTO camera_downtimes (camera_id, ts, reason) \
                        SELECT id, $2, $3 FROM cameras WHERE id = $1 FOR KEY SHARE \
                        ON CONFLICT (camera_id) WHERE end_ts IS NULL DO NOTHING";
                    let values = [camera.get().into(), to_column(*since).into(), reason.as_str().into()];
                    sql::execute(database, insert, values).await
                }
                DowntimeChange::Ended { id, until } => {
                    let update =
                        "UPDATE camera_downtimes SET end_ts = greatest($2, ts) WHERE id = $1 AND end_ts IS NULL";
                    sql::execute(database, update, [id.get().into(), to_column(*until).into()]).await
                }
                DowntimeChange::Mistaken { id } => {
                    let delete = "DELETE FROM camera_downtimes WHERE id = $1 AND end_ts IS NULL";
                    sql::execute(database, delete, [id.get().into()]).await
                }
            }
        };
        self.store.run("keep a downtime", work).await.map(drop)
    }

    /// Forgets those that were over before a time, and of each camera all that are over but the newest so many. Answers how many went.
    pub async fn forget(self, before: Timestamp, kept_of_each: u32) -> Result<u64, StoreError> {
        let work = async {
            let old = "DELETE FROM camera_downtimes WHERE end_ts < $1";
            let old = sql::execute(&self.store.database, old, [to_column(before).into()]).await?;
            let many = "DELETE FROM camera_downtimes WHERE end_ts IS NOT NULL AND id IN ( \
                SELECT id FROM ( \
                    SELECT id, row_number() OVER (PARTITION BY camera_id ORDER BY ts DESC, id DESC) AS place \
                    FROM camera_downtimes) AS placed WHERE place > $1)";
            let many = sql::execute(&self.store.database, many, [i64::from(kept_of_each).into()]).await?;
            Ok(old + many)
        };
        self.store.run("forget downtimes", work).await
    }
}

fn downtime(row: Row) -> Result<Downtime, Failure> {
    Ok(Downtime {
        id: sql::id(row.id, "downtime")?,
        camera: sql::id(row.camera_id, "camera_id")?,
        camera_name: row.camera_name,
        since: from_column(row.ts, "ts")?,
        until: row.end_ts.map(|end| from_column(end, "end_ts")).transpose()?,
        reason: row.reason,
    })
}
