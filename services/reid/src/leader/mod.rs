//! Association: the one leader's jobs. Runs while this node holds the lease and not a moment longer; Postgres is the truth, so
//! whoever leads next goes on from there.

mod acting;
mod announcing;
mod association;
mod candidates;
mod cases;
mod company;
mod exemplars;
mod index;
mod known;
mod maintenance;
mod mind;
mod relabel;
mod search;
mod subjects;
mod sweep;
mod track;

use std::time::Duration;

use iris_bus::leases::{LEASE_TIME, RENEW_EVERY};
use iris_bus::{Bus, Lease, LeaseError, work};
use iris_runtime::{CancellationToken, Tasks};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use crate::Deps;
pub use maintenance::pass as tidy_up;
pub use mind::Mind;

/// The name of the lease.
const LEASE: &str = "reid.leader";
/// How often a node that stands by asks for the lease: with the time that one takes to run out, well within ten seconds.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// A leader that could not renew for so long stops: a moment later another one may lead.
const TRUSTED_FOR: Duration = LEASE_TIME.saturating_sub(Duration::from_secs(1));
/// What the jobs of a leader get to end by themselves; then they are cut off, which costs nothing: what they had in hand is given
/// again.
const STOP_WITHIN: Duration = Duration::from_millis(500);

/// Leads whenever the lease is to be had, until told to stop.
///
/// # Errors
/// Never; what fails is tried again.
pub async fn run(deps: &Deps, stop: &CancellationToken) -> anyhow::Result<()> {
    if stop.run_until_cancelled(deps.status.database_prepared()).await.is_none() {
        return Ok(());
    }
    let mut asks = tokio::time::interval(ASK_EVERY);
    asks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(asks.tick()).await.is_some() {
        match acquire(deps).await {
            Ok(lease) => lead(deps, lease, stop).await,
            Err(LeaseError::Taken) => {}
            Err(LeaseError::Bus(error)) => debug!("nobody can be asked for the lead: {error}"),
        }
    }
    Ok(())
}

/// Throws observations away unseen until told to stop.
pub async fn discard(bus: &Bus, stop: &CancellationToken) {
    let mut work = bus.work(work::ASSOCIATION);
    while let Some(job) = stop.run_until_cancelled(work.next()).await {
        metrics::counter!("iris_reid_observations_dropped_total", "reason" => "biometrics_off").increment(1);
        job.done().await;
    }
}

async fn acquire(deps: &Deps) -> Result<Lease, LeaseError> {
    deps.bus.leases().await?.acquire(LEASE, &deps.instance).await
}

async fn lead(deps: &Deps, mut lease: Lease, stop: &CancellationToken) {
    info!("this node leads: it decides who is who");
    deps.status.set_leader(true);
    let jobs = deps.tasks.child();
    start(deps, &jobs);
    let kept = keep(&mut lease, stop).await;
    if let Err(late) = jobs.drain(STOP_WITHIN).await {
        debug!("cut off: {late}");
    }
    deps.status.set_leader(false);
    if kept {
        lease.release().await;
    } else {
        warn!("this node does not lead any more: another one does, or the bus cannot be reached");
    }
}

/// Keeps the lease until told to stop (true) or until it cannot be trusted any more (false).
async fn keep(lease: &mut Lease, stop: &CancellationToken) -> bool {
    let mut renewed = Instant::now();
    loop {
        if stop.run_until_cancelled(tokio::time::sleep(RENEW_EVERY)).await.is_none() {
            return true;
        }
        let asked = Instant::now();
        match tokio::time::timeout_at(renewed + TRUSTED_FOR, lease.renew()).await {
            // The lease runs from when it was asked for at the earliest.
            Ok(Ok(())) => renewed = asked,
            Ok(Err(LeaseError::Taken)) | Err(_) => return false,
            Ok(Err(LeaseError::Bus(error))) => {
                debug!("the lead could not be renewed: {error}");
                if renewed.elapsed() + RENEW_EVERY >= TRUSTED_FOR {
                    return false;
                }
            }
        }
    }
}

/// Starts the jobs of a leader.
fn start(deps: &Deps, jobs: &Tasks) {
    // One place: any number of changes of people are one pass over what was seen.
    let (people_changed, people_changes) = watch::channel(0_u64);
    let shared = deps.clone();
    jobs.supervise("association", move |stop| {
        let (deps, people_changed) = (shared.clone(), people_changed.clone());
        async move { association::run(&deps, people_changed, &stop).await }
    });
    let shared = deps.clone();
    jobs.supervise("relabelling", move |stop| {
        let (deps, changes) = (shared.clone(), people_changes.clone());
        async move { relabel::run(&deps, changes, &stop).await }
    });
    let shared = deps.clone();
    jobs.supervise("searches", move |stop| {
        let deps = shared.clone();
        async move { search::run(&deps, &stop).await }
    });
    let shared = deps.clone();
    jobs.supervise("event subjects", move |stop| {
        let deps = shared.clone();
        async move { subjects::run(&deps, &stop).await }
    });
    let shared = deps.clone();
    jobs.supervise("maintenance", move |stop| {
        let deps = shared.clone();
        async move { maintenance::run(&deps, &stop).await }
    });
    let shared = deps.clone();
    jobs.supervise("picture sweep", move |stop| {
        let deps = shared.clone();
        async move { sweep::run(&deps, &stop).await }
    });
}
