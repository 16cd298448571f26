//! Follows events: one that was opened after its tracks were recorded, or that grew since, learns who is in it.

use std::time::Duration;

use iris_bus::message::EventFact;
use iris_bus::{Job, work};
use iris_runtime::CancellationToken;
use tracing::warn;

use crate::Deps;
use crate::patience::patiently;

/// Pause before an event is linked again that the database refused.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Links events until told to stop.
///
/// # Errors
/// Never; what fails is tried again.
pub async fn run(deps: &Deps, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut work = deps.bus.work(work::EVENT_SUBJECTS);
    while let Some(job) = stop.run_until_cancelled(work.next()).await {
        if stop.run_until_cancelled(link(deps, job)).await.is_none() {
            break;
        }
    }
    Ok(())
}

async fn link(deps: &Deps, mut job: Job<EventFact>) {
    let event = job.fact.event;
    match job.during(patiently(|| deps.store.sightings().link_event(event))).await {
        Ok(()) => job.done().await,
        Err(error) => {
            warn!(event.id = %event, "who is in event {event} could not be written: {error}");
            job.retry_later(AGAIN_AFTER).await;
        }
    }
}
