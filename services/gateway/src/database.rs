//! Postgres as the gateway sees it: not to be asked before its schema is up to date, and perhaps away at any time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use iris_runtime::{CancellationToken, Component};
use iris_store::{Store, StoreError};

use crate::error::ApiError;

/// How often a database that is away is asked for again, and one that is there whether it still is.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);

/// The database.
pub struct Database {
    store: Store,
    prepared: AtomicBool,
    answers: AtomicBool,
}

impl Database {
    /// A database that was not asked for anything yet.
    pub fn new(store: Store) -> Self {
        Self { store, prepared: AtomicBool::new(false), answers: AtomicBool::new(false) }
    }

    /// The store, for a request.
    ///
    /// # Errors
    /// The schema is not there yet: the database was away since the gateway's start.
    pub fn store(&self) -> Result<&Store, ApiError> {
        if self.prepared.load(Ordering::Acquire) {
            return Ok(&self.store);
        }
        Err(ApiError::unavailable("The database is not available.", "its schema was not prepared yet"))
    }

    /// Whether it answered when it was last looked at, at most some seconds ago.
    pub fn answers(&self) -> bool {
        self.answers.load(Ordering::Relaxed)
    }

    /// Brings the schema up to date as soon as the database is there, then watches whether it stays.
    pub async fn watch(&self, health: &Component, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(CHECK_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let Some(outcome) = stop.run_until_cancelled(self.check()).await else { return };
            self.answers.store(outcome.is_ok(), Ordering::Relaxed);
            match outcome {
                Ok(()) => health.ready(),
                Err(error) => health.not_ready(error.to_string()),
            }
        }
    }

    async fn check(&self) -> Result<(), StoreError> {
        if !self.prepared.load(Ordering::Acquire) {
            self.store.migrate().await?;
            self.prepared.store(true, Ordering::Release);
        }
        self.store.ping().await
    }
}
