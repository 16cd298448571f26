//! The leader's loop: takes observations in rounds, looks after tracks whose patience ends, takes over what operators corrected. One
//! task owns all that is known, so nothing is locked and everything happens in one order.

use std::time::Duration;

use anyhow::Context as _;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use iris_bus::message::{ObservationFact, ReloadReply};
use iris_bus::{Job, Work, topic, work};
use iris_runtime::CancellationToken;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};
use tracing::{Span, debug_span};

use super::mind::Mind;
use crate::Deps;

/// Observations that are taken in together: enough that a backlog does not wait for each alone.
const ROUND_MAX: usize = 32;
/// How long a round waits for more, once it has one: the bus gives them one by one.
const ROUND_WITHIN: Duration = Duration::from_millis(5);
/// Deadlines of tracks are seconds.
const TICK_EVERY: Duration = Duration::from_millis(250);
/// An operator's correction is obeyed within two seconds, at the latest.
const CATCH_UP_EVERY: Duration = Duration::from_millis(500);

/// Decides until told to stop. `people_changed` counts the changes of enrolled people that were taken over.
///
/// # Errors
/// The database holds what cannot be read, or refuses; the next start reads everything anew.
pub async fn run(deps: &Deps, people_changed: watch::Sender<u64>, stop: &CancellationToken) -> anyhow::Result<()> {
    stop.run_until_cancelled(decide(deps, people_changed)).await.unwrap_or(Ok(()))
}

async fn decide(deps: &Deps, people_changed: watch::Sender<u64>) -> anyhow::Result<()> {
    let mut mind = Mind::load(deps, people_changed).await?;
    let mut work = deps.bus.work(work::ASSOCIATION);
    let mut reloads = deps.bus.questions(topic::ASK_REID_RELOAD, topic::LEADER).await?;
    let (mut ticks, mut changes) = (interval(TICK_EVERY), interval(CATCH_UP_EVERY));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    changes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => mind.tick().await?,
            _ = changes.tick() => mind.catch_up(&[]).await?,
            question = reloads.next() => {
                let question = question.context("the bus was closed")?;
                mind.catch_up(&[]).await?;
                question.answer(&ReloadReply { epoch: mind.epoch() }).await;
            }
            job = work.next() => take_in(&mut mind, round(job, &mut work).await).await?,
        }
    }
}

/// The job with those that are there too.
async fn round(first: Job<ObservationFact>, work: &mut Work<ObservationFact>) -> Vec<Job<ObservationFact>> {
    let mut jobs = vec![first];
    let until = Instant::now() + ROUND_WITHIN;
    while jobs.len() < ROUND_MAX {
        match timeout_at(until, work.next()).await {
            Ok(job) => jobs.push(job),
            Err(_) => break,
        }
    }
    jobs
}

async fn take_in(mind: &mut Mind, mut jobs: Vec<Job<ObservationFact>>) -> anyhow::Result<()> {
    metrics::counter!("iris_reid_observations_received_total").increment(jobs.len() as u64);
    let facts: Vec<ObservationFact> = jobs.iter().map(|job| job.fact.clone()).collect();
    mind.spans = jobs.iter().map(|job| (job.fact.observation.track, span(job))).collect();
    let began = Instant::now();
    during_all(&mut jobs, mind.take_in(&facts).boxed()).await?;
    metrics::histogram!("iris_reid_round_seconds").record(began.elapsed().as_secs_f64());
    mind.spans.clear();
    for job in jobs {
        job.done().await;
    }
    Ok(())
}

fn span(job: &Job<ObservationFact>) -> Span {
    let span =
        debug_span!(parent: None, "associate", camera.id = %job.camera, track = job.fact.observation.track.number);
    job.trace.attach(&span);
    span
}

/// Keeps all the jobs this node's while it works on them together.
fn during_all<'a, T: Send + 'a>(jobs: &'a mut [Job<ObservationFact>], work: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
    match jobs.split_first_mut() {
        None => work,
        Some((first, rest)) => first.during(during_all(rest, work)).boxed(),
    }
}
