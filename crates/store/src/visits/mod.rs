//! The visits' repository: what people are notified of, and who was told what. The service notify drives it; what a visit is,
//! `iris_domain::visit` decides. Every change of visits is one transaction beneath one lock, with the deliveries that come of it, so
//! that any number of processes may do so, and a change is either written with all that follows from it or not at all.

mod delivery;
mod reading;

use iris_domain::visit::{SeenEvent, Visit};
use iris_domain::{EventId, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};

use crate::error::{Failure, StoreError};
use crate::{Store, sql, time};

pub use delivery::Delivery;
pub use reading::{VisitNames, WatchedCamera};

/// Names the visits' lock among the advisory locks of a database: "iriv" in ASCII.
const VISITS_LOCK: i64 = 0x6972_6976;
/// Visits ended in one transaction.
const END_BATCH: i64 = 100;

/// The visits of a [`Store`].
#[derive(Debug, Clone, Copy)]
pub struct Visits<'a> {
    pub(crate) store: &'a Store,
}

impl Visits<'_> {
    /// Takes in an event as it is now. `decide` is given the visits that may matter (see [`iris_domain::visit::observe`]) and answers
    /// those that changed; `targets` says who is to be told of one. `by_identity` is whether anybody's identity is to be looked at.
    /// Answers the visits that changed; an event that is gone, or was recorded by hand, changes none.
    pub async fn observe(
        self,
        event: EventId,
        by_identity: bool,
        decide: impl FnOnce(&[Visit], &SeenEvent) -> Vec<Visit>,
        targets: impl Fn(&Visit) -> Vec<String>,
    ) -> Result<Vec<Visit>, StoreError> {
        let work = async {
            let transaction = self.begin().await?;
            let Some(seen) = reading::seen_event(&transaction, event, by_identity).await? else {
                return Ok(Vec::new());
            };
            let changed = decide(&reading::visits_about(&transaction, &seen).await?, &seen);
            for visit in &changed {
                write(&transaction, visit, &targets(visit)).await?;
            }
            transaction.commit().await?;
            Ok(changed)
        };
        self.store.run("take an event into visits", work).await
    }

    /// Ends visits that are due. Answers those that `decide` ended.
    pub async fn end_due(
        self,
        now: Timestamp,
        decide: impl FnOnce(&[Visit]) -> Vec<Visit>,
        targets: impl Fn(&Visit) -> Vec<String>,
    ) -> Result<Vec<Visit>, StoreError> {
        let work = async {
            let transaction = self.begin().await?;
            let ended = decide(&reading::due(&transaction, now, END_BATCH).await?);
            for visit in &ended {
                write(&transaction, visit, &targets(visit)).await?;
            }
            transaction.commit().await?;
            Ok(ended)
        };
        self.store.run("end visits", work).await
    }

    /// Forgets visits that ended before, with what there was to tell of them.
    pub async fn forget(self, ended_before: Timestamp) -> Result<u64, StoreError> {
        let delete = "DELETE FROM visits WHERE ended_at < $1";
        let work = sql::execute(&self.store.database, delete, [time::to_column(ended_before).into()]);
        self.store.run("forget visits", work).await
    }

    async fn begin(self) -> Result<DatabaseTransaction, Failure> {
        let transaction = self.store.database.begin().await?;
        transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({VISITS_LOCK})")).await?;
        Ok(transaction)
    }
}

/// Writes a visit that changed, and lets those be told who were told before or want to be. A target that is being told, or cannot be,
/// keeps its time.
async fn write(database: &impl ConnectionTrait, visit: &Visit, targets: &[String]) -> Result<(), Failure> {
    let unfit = |_| Failure::Corrupt(format!("visit {}: its state cannot be written", visit.id));
    let events: Vec<i64> = visit.stays.iter().map(|stay| stay.event.get()).collect();
    sql::execute(
        database,
        "INSERT INTO visits AS kept (id, visitor, events, state, revision, due_at, ended_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (id) DO UPDATE SET visitor = excluded.visitor, events = excluded.events, state = excluded.state, \
         revision = excluded.revision, due_at = excluded.due_at, ended_at = excluded.ended_at, updated_at = now()",
        [
            visit.id.0.into(),
            visit.visitor.to_string().into(),
            events.into(),
            serde_json::to_value(visit).map_err(unfit)?.into(),
            revision(visit)?.into(),
            time::to_column(visit.due).into(),
            visit.ended.map(time::to_column).into(),
        ],
    )
    .await?;
    sql::execute(
        database,
        "INSERT INTO visit_deliveries (target, visit_id) SELECT target, $2 FROM unnest($1::text[]) AS target \
         ON CONFLICT DO NOTHING",
        [targets.to_vec().into(), visit.id.0.into()],
    )
    .await?;
    sql::execute(
        database,
        "UPDATE visit_deliveries SET next_attempt = least(next_attempt, greatest($2, now())) \
         WHERE visit_id = $1 AND attempts = 0 AND told_revision < $3",
        [visit.id.0.into(), time::to_column(visit.announced_from).into(), revision(visit)?.into()],
    )
    .await?;
    Ok(())
}

fn revision(visit: &Visit) -> Result<i64, Failure> {
    i64::try_from(visit.revision).map_err(|_| Failure::Corrupt(format!("visit {}: revision", visit.id)))
}
