//! Embedding: crops in, observations out. Any number of nodes share the crops of all cameras; a node remembers nothing of one crop
//! when it looks at the next. An observation is named after its crop, so that a crop that is looked at twice is one fact.

mod body;
mod face;
mod look;
mod networks;

use std::time::{Duration, SystemTime};

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use iris_bus::message::{Crop, ObservationFact};
use iris_bus::{Bus, Job, topic, work};
use iris_domain::Timestamp;
use iris_runtime::CancellationToken;
use tracing::{Instrument, debug_span, warn};

pub use look::{Looker, NoLooker};
pub use networks::{LookError, Networks};

use crate::telling;

/// Crops in hand at once: one is looked at, one is decoded next, and the observations of two are on their way.
const IN_HAND_MAX: usize = 4;
/// A network that failed may do better with another crop's memory gone.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// Looks at crops until told to stop.
///
/// # Errors
/// The networks' thread has ended.
pub async fn run(bus: &Bus, networks: &Networks, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut work = bus.work(work::EMBEDDING);
    let mut in_hand = FuturesUnordered::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = networks.gone().cancelled() => anyhow::bail!("the networks' thread ended"),
            job = work.next(), if in_hand.len() < IN_HAND_MAX => in_hand.push(traced(bus, networks, job)),
            Some(()) = in_hand.next(), if !in_hand.is_empty() => {}
        }
    }
}

/// Throws crops away unseen until told to stop: an operator does not want anybody to be known again.
pub async fn discard(bus: &Bus, stop: &CancellationToken) {
    let mut work = bus.work(work::EMBEDDING);
    while let Some(job) = stop.run_until_cancelled(work.next()).await {
        metrics::counter!("iris_reid_crops_received_total").increment(1);
        metrics::counter!("iris_reid_crops_dropped_total", "reason" => "biometrics_off").increment(1);
        job.done().await;
    }
}

/// Handles a crop as a part of the trace that began with its picture.
async fn traced(bus: &Bus, networks: &Networks, job: Job<Crop>) {
    let span = debug_span!(parent: None, "embed", camera.id = %job.camera, track = job.fact.track.number);
    job.trace.attach(&span);
    handle(bus, networks, job).instrument(span).await;
}

async fn handle(bus: &Bus, networks: &Networks, mut job: Job<Crop>) {
    metrics::counter!("iris_reid_crops_received_total").increment(1);
    let (camera, crop) = (job.camera, job.fact.clone());
    let (id, filmed) = (crop.id(), crop.view.as_ref().map_or(crop.last_seen, |view| view.captured));
    let age = Timestamp::from_system(SystemTime::now()).since(filmed);
    metrics::gauge!("iris_reid_crop_age_seconds").set(age.as_secs_f64());
    let looked = job.during(networks.crop(camera, crop)).await;
    match looked {
        Ok(Some(fact)) => {
            job.during(publish(bus, &id, &fact)).await;
            metrics::counter!("iris_reid_observations_published_total").increment(1);
            job.done().await;
        }
        Ok(None) => job.done().await,
        // Another node, or this one after its restart, gets it.
        Err(LookError::Gone) => {}
        Err(error) => {
            warn!(camera.id = %camera, "a crop could not be looked at: {error:#}");
            metrics::counter!("iris_reid_crops_failed_total").increment(1);
            job.retry_later(AGAIN_AFTER).await;
        }
    }
}

/// The crop's id names the observation too, by another ending: both lie in one stream, which takes the same id for the same fact.
async fn publish(bus: &Bus, id: &str, fact: &ObservationFact) {
    let id = format!("{id}.observed");
    telling::publish(bus, topic::OBSERVATION, fact.observation.camera, &id, fact).await;
}
