//! Who is to be told of which visit, and when: a target takes one delivery at a time, says how it went, and takes the next. What a
//! process held when it died is held again by another when its time is over, and told as it was.

use iris_domain::Timestamp;
use iris_domain::visit::Visit;
use sea_orm::prelude::{Json, TimeDateTimeWithTimeZone as DateTime};
use sea_orm::{FromQueryResult, TransactionTrait};

use super::{Visits, reading, revision};
use crate::error::{Failure, StoreError};
use crate::{sql, time};

/// A visit to tell a target of, held for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Who is to be told.
    pub target: String,
    /// The visit as it is to be told: as it is now, or as the target may know it already.
    pub visit: Visit,
    /// Whether the target knows of the visit.
    pub was_told: bool,
    /// Tries since the last that succeeded, this one included.
    pub attempts: u32,
    /// When the first of them was.
    pub failing_since: Timestamp,
}

#[derive(FromQueryResult)]
struct Row {
    held: Json,
    told_revision: i64,
    attempts: i32,
    failing_since: DateTime,
}

impl Visits<'_> {
    /// The next that a target is to be told, held until `held_until`. What is about to end is not told before it has.
    pub async fn hold(
        self,
        target: &str,
        now: Timestamp,
        held_until: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let work = async {
            let row: Option<Row> = sql::one(
                &self.store.database,
                "WITH next AS ( \
                     SELECT d.target, d.visit_id FROM visit_deliveries AS d JOIN visits AS v ON v.id = d.visit_id \
                     WHERE d.target = $1 AND d.next_attempt <= $2 AND (v.ended_at IS NOT NULL OR v.due_at > $2) \
                     ORDER BY d.next_attempt LIMIT 1 FOR UPDATE OF d SKIP LOCKED) \
                 UPDATE visit_deliveries AS d \
                 SET next_attempt = $3, attempts = d.attempts + 1, failing_since = coalesce(d.failing_since, $2), \
                 held = coalesce(d.held, v.state) \
                 FROM next, visits AS v \
                 WHERE (d.target, d.visit_id) = (next.target, next.visit_id) AND v.id = d.visit_id \
                 RETURNING d.held, d.told_revision, d.attempts, d.failing_since",
                [target.into(), time::to_column(now).into(), time::to_column(held_until).into()],
            )
            .await?;
            let delivery = |row: Row| {
                Ok(Delivery {
                    target: target.to_owned(),
                    visit: reading::visit(row.held)?,
                    was_told: row.told_revision > 0,
                    attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
                    failing_since: time::from_column(row.failing_since, "failing_since")?,
                })
            };
            row.map(delivery).transpose()
        };
        self.store.run("hold what is to be told", work).await
    }

    /// The target knows the visit as it was held. What changed meanwhile is told next.
    pub async fn told(self, delivery: &Delivery) -> Result<(), StoreError> {
        self.settle(delivery, true).await
    }

    /// The target does not take it: it is told of the visit's next change.
    pub async fn give_up(self, delivery: &Delivery) -> Result<(), StoreError> {
        self.settle(delivery, false).await
    }

    /// The target does not have it, and is told then, of what is by then.
    pub async fn refused(self, delivery: &Delivery, again_at: Timestamp) -> Result<(), StoreError> {
        self.put_off(delivery, again_at, true).await
    }

    /// Nobody knows whether the target has it. Then it is told the same again, so that it is not told twice of a beginning.
    pub async fn lost(self, delivery: &Delivery, again_at: Timestamp) -> Result<(), StoreError> {
        self.put_off(delivery, again_at, false).await
    }

    async fn put_off(self, delivery: &Delivery, at: Timestamp, refused: bool) -> Result<(), StoreError> {
        let update = "UPDATE visit_deliveries SET next_attempt = $3, held = CASE WHEN $4 THEN NULL ELSE held END \
                      WHERE (target, visit_id) = ($1, $2)";
        let (target, visit) = (delivery.target.as_str(), delivery.visit.id.0);
        let values = [target.into(), visit.into(), time::to_column(at).into(), refused.into()];
        let work = async { sql::execute(&self.store.database, update, values).await.map(drop) };
        self.store.run("put off what is to be told", work).await
    }

    /// How many visits a target has still to be told of.
    pub async fn waiting(self, target: &str) -> Result<u64, StoreError> {
        let count = "SELECT count(*) FROM visit_deliveries WHERE target = $1 AND next_attempt IS NOT NULL";
        let work = sql::count(&self.store.database, count, [target.into()]);
        self.store.run("count what is to be told", work).await
    }

    async fn settle(self, delivery: &Delivery, told: bool) -> Result<(), StoreError> {
        let (visit, known) = (delivery.visit.id.0, revision(&delivery.visit));
        let work = async {
            let known: i64 = known?;
            let transaction = self.store.database.begin().await?;
            // Whoever changes the visit does so before this or after it, and sees what it wrote.
            let newest = "SELECT revision FROM visits WHERE id = $1 FOR SHARE";
            let newest: Option<i64> = sql::value(&transaction, newest, [visit.into()]).await?;
            sql::execute(
                &transaction,
                "UPDATE visit_deliveries SET attempts = 0, failing_since = NULL, held = NULL, \
                 told_revision = CASE WHEN $3 THEN greatest(told_revision, $4) ELSE told_revision END, \
                 next_attempt = CASE WHEN $5 > $4 THEN now() END WHERE (target, visit_id) = ($1, $2)",
                [
                    delivery.target.as_str().into(),
                    visit.into(),
                    told.into(),
                    known.into(),
                    newest.unwrap_or(known).into(),
                ],
            )
            .await?;
            Ok::<_, Failure>(transaction.commit().await?)
        };
        self.store.run("note what was told", work).await
    }
}
