//! How this process fares: the components behind `/ready`, and what waits to be told. That a target takes no messages is the target's
//! trouble: it is in the log and the metrics, and this process stays ready.

use std::time::Duration;

use iris_runtime::{CancellationToken, Component, Context};
use iris_store::StoreError;
use tokio::sync::watch;

use crate::Deps;

const PROBE_EVERY: Duration = Duration::from_secs(2);

/// What the jobs wait for.
#[derive(Debug, Default)]
pub struct Status {
    /// Whether the database has its schema.
    prepared: watch::Sender<bool>,
}

impl Status {
    /// Resolves when the database was there for the first time.
    pub async fn database_prepared(&self) {
        let mut prepared = self.prepared.subscribe();
        // The sender is this value's own, so it cannot be gone.
        let _lives = prepared.wait_for(|prepared| *prepared).await;
    }
}

/// Starts asking the bus and the database how they are.
pub fn watch(context: &Context, deps: &Deps) {
    let (deps, bus, postgres) = (deps.clone(), context.health.component("bus"), context.health.component("postgres"));
    context.tasks.supervise("probe", move |stop| {
        let (deps, bus, postgres) = (deps.clone(), bus.clone(), postgres.clone());
        async move {
            probe(&deps, &bus, &postgres, &stop).await;
            Ok(())
        }
    });
}

async fn probe(deps: &Deps, bus: &Component, postgres: &Component, stop: &CancellationToken) {
    let mut ticks = tokio::time::interval(PROBE_EVERY);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        if deps.bus.is_connected() {
            bus.ready();
        } else {
            bus.not_ready("the message bus is not reachable; facts wait there");
        }
        match look_after(deps).await {
            Ok(()) => postgres.ready(),
            Err(_) => postgres.not_ready("the database does not answer; facts wait on the bus"),
        }
    }
}

/// Brings the schema up to date once, as every service does that needs it, then counts what waits.
async fn look_after(deps: &Deps) -> Result<(), StoreError> {
    if !*deps.status.prepared.borrow() {
        deps.store.migrate().await?;
        deps.status.prepared.send_replace(true);
    }
    for target in deps.targets.iter() {
        let waiting = deps.store.visits().waiting(&target.name).await?;
        metrics::gauge!("iris_notify_waiting", "target" => target.name.clone()).set(waiting as f64);
    }
    Ok(())
}
