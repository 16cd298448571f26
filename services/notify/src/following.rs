//! Makes visits of facts: each says only that something changed, so the event is read as it is now and taken into the visits. A fact
//! that comes twice, late or in another order changes nothing that is right already.

use std::time::Duration;

use iris_bus::{Job, work};
use iris_domain::visit::{self, Visit, VisitId};
use iris_domain::{EventId, SightingId};
use iris_runtime::CancellationToken;
use iris_store::StoreError;
use tracing::{debug, error, warn};
use uuid::Uuid;

use crate::{Deps, now};

/// How often it is looked whether a visit is over: at once, as people see it.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often visits that are over are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
/// How long they are kept: for longer than somebody is tried to be told of them.
const KEPT: Duration = Duration::from_secs(3 * 24 * 3600);
/// Pauses while the database is away.
const PAUSE: Duration = Duration::from_secs(1);
/// Pause before a fact is taken up again that the database refused.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Takes in what changed about events.
///
/// # Errors
/// Never; what fails is tried again.
pub async fn events(deps: &Deps, stop: &CancellationToken) -> anyhow::Result<()> {
    if stop.run_until_cancelled(deps.status.database_prepared()).await.is_none() {
        return Ok(());
    }
    let mut work = deps.bus.work(work::VISIT_EVENTS);
    while let Some(mut job) = stop.run_until_cancelled(work.next()).await {
        let event = job.fact.event;
        match stop.run_until_cancelled(job.during(take_in(deps, event))).await {
            Some(taken) => end(job, taken).await,
            None => break,
        }
    }
    Ok(())
}

/// Takes in who was seen.
///
/// # Errors
/// Never; what fails is tried again.
pub async fn sightings(deps: &Deps, stop: &CancellationToken) -> anyhow::Result<()> {
    if stop.run_until_cancelled(deps.status.database_prepared()).await.is_none() {
        return Ok(());
    }
    let mut work = deps.bus.work(work::VISIT_SIGHTINGS);
    while let Some(mut job) = stop.run_until_cancelled(work.next()).await {
        let sighting = job.fact.sighting;
        match stop.run_until_cancelled(job.during(take_in_sighting(deps, sighting))).await {
            Some(taken) => end(job, taken).await,
            None => break,
        }
    }
    Ok(())
}

/// Ends visits, and forgets those that are long over.
///
/// # Errors
/// Never; what fails is tried again.
pub async fn ends(deps: &Deps, stop: &CancellationToken) -> anyhow::Result<()> {
    if stop.run_until_cancelled(deps.status.database_prepared()).await.is_none() {
        return Ok(());
    }
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut forget = tokio::time::interval(FORGET_EVERY);
    loop {
        let done = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            _ = looks.tick() => end_due(deps).await,
            _ = forget.tick() => deps.store.visits().forget(now().minus(KEPT)).await.map(drop),
        };
        if let Err(error) = done {
            debug!("visits that are over wait: {error}");
        }
    }
}

async fn end_due(deps: &Deps) -> Result<(), StoreError> {
    let now = now();
    let ended = deps.store.visits().end_due(now, |due| visit::tick(due, now), |visit| deps.targets_of(visit)).await?;
    note(deps, &ended);
    Ok(())
}

async fn take_in(deps: &Deps, event: EventId) -> Result<(), StoreError> {
    loop {
        let fresh = || VisitId(Uuid::now_v7());
        let decide =
            |visits: &[Visit], seen: &visit::SeenEvent| visit::observe(visits, seen, &deps.rules, now(), fresh);
        let observed = deps.store.visits().observe(event, deps.by_identity, decide, |visit| deps.targets_of(visit));
        match observed.await {
            Ok(changed) => {
                note(deps, &changed);
                return Ok(());
            }
            Err(error) => pass(error).await?,
        }
    }
}

async fn take_in_sighting(deps: &Deps, sighting: SightingId) -> Result<(), StoreError> {
    let events = loop {
        match deps.store.visits().events_of(sighting).await {
            Ok(events) => break events,
            Err(error) => pass(error).await?,
        }
    };
    for event in events {
        take_in(deps, event).await?;
    }
    Ok(())
}

/// Waits out what comes back by itself.
async fn pass(error: StoreError) -> Result<(), StoreError> {
    match error {
        StoreError::Unavailable { .. } | StoreError::Conflict { .. } => {
            debug!("waiting: {error}");
            tokio::time::sleep(PAUSE).await;
            Ok(())
        }
        error => Err(error),
    }
}

async fn end<M>(job: Job<M>, taken: Result<(), StoreError>) {
    match taken {
        Ok(()) => job.done().await,
        Err(corrupt @ StoreError::Corrupt { .. }) => {
            error!("a fact cannot be taken into visits: {corrupt}");
            job.give_up("what it is about cannot be read").await;
        }
        Err(error) => {
            warn!("a fact is taken up again: {error}");
            job.retry_later(AGAIN_AFTER).await;
        }
    }
}

fn note(deps: &Deps, changed: &[Visit]) {
    for visit in changed {
        let what = match (visit.revision, visit.is_open()) {
            (1, true) => "started",
            (_, true) => "updated",
            (_, false) => "ended",
        };
        metrics::counter!("iris_notify_visits_total", "what" => what).increment(1);
        debug!(visit.id = %visit.id, visit.revision, "visit {} {what}", visit.id);
    }
    if !changed.is_empty() {
        deps.wake();
    }
}
