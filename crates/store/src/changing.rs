//! How a transaction that changes who is who begins, and the one order in which everything takes its locks, so that nothing ever
//! waits in a circle:
//!
//! 1. the identities' lock, an advisory one: transactions that change identities, sightings, people or the gallery's epochs come one
//!    after the other, and their epochs become visible in order. Rows of identities and people are only locked beneath it;
//! 2. the camera's row;
//! 3. rows of events, oldest first;
//! 4. all else: sightings and what hangs on them, counters.
//!
//! Events are opened, changed and deleted without the first lock; they take 2, 3 and 4 in this order. Whoever deletes events together with
//! sightings deletes the events first, since both end at rows that opening an event waits for.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};

use crate::Store;
use crate::error::{Failure, StoreError};

/// Names the identities' lock among the advisory locks of a database: "irid" in ASCII.
const IDENTITIES_LOCK: i64 = 0x6972_6964;

/// The longest a correction may take once it has the identities' lock: an identity with a hundred thousand sightings takes a few
/// seconds to merge, split or delete. What records sightings meanwhile fails as unavailable and tries again.
const CORRECT_WITHIN: Duration = Duration::from_secs(20);

impl Store {
    /// Begins a transaction and waits for the identities' lock, as long as an operation may take.
    pub(crate) async fn begin_changing(&self) -> Result<DatabaseTransaction, Failure> {
        let transaction = self.database.begin().await?;
        transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({IDENTITIES_LOCK})")).await?;
        Ok(transaction)
    }

    /// As [`Self::begin_changing`], with time for a large correction afterwards; to be run by [`Self::correct`].
    pub(crate) async fn begin_correcting(&self) -> Result<DatabaseTransaction, Failure> {
        let begun = tokio::time::timeout(self.answer_within, self.begin_changing());
        let transaction = begun.await.map_err(|_| Failure::NotInTime(self.answer_within))??;
        let limit = CORRECT_WITHIN.as_millis();
        transaction.execute_unprepared(&format!("SET LOCAL statement_timeout = {limit}")).await?;
        Ok(transaction)
    }

    /// Runs one correction within its time. What it leaves unfinished is rolled back.
    pub(crate) async fn correct<T>(
        &self,
        attempt: &'static str,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, StoreError> {
        crate::within(CORRECT_WITHIN, attempt, work).await
    }
}
