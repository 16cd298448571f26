//! Keeps the disk bounded: each minute, and at once when a clip found the disk full. Measures, lets `domain` decide, deletes: an
//! event's row first, then its files, so that no row ever promises a clip that is gone. While Postgres is away nothing is deleted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use iris_domain::retention::{Candidate, RetentionRules, RoomTaken, choose};
use iris_domain::{EventFilter, Timestamp};
use iris_library::{Library, MediaPath};
use iris_runtime::CancellationToken;
use iris_store::{DELETE_BATCH, DeletedEvent};
use tokio::sync::{Notify, watch};
use tracing::{error, info, warn};

use crate::{Deps, blocking};

/// A minute of recording is little beside any quota or floor that makes sense.
const EVERY: Duration = Duration::from_secs(60);
/// Looked at in one go; deleting as many takes well under a second.
const CANDIDATES: u64 = 100;
/// What clips take a day is counted over a week, since weekends differ from the days between.
const RATE_OVER: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// The first minutes of a new system tell nothing of its days.
const RATE_OVER_MIN: Duration = Duration::from_secs(60 * 60);
/// What a full disk needs at least, whatever the rules say: a few long clips.
const FULL_DISK_BYTES: u64 = 512 << 20;
/// A clip waits this long for room before it tries again by itself.
const ROOM_WITHIN: Duration = Duration::from_secs(30);

/// Where those meet who need room and who makes it.
#[derive(Debug, Default)]
pub struct Room {
    wanted: Notify,
    disk_full: AtomicBool,
    passes: watch::Sender<u64>,
}

impl Room {
    /// Asks for room on a full disk and waits until something was done about it.
    pub async fn make(&self) {
        let mut passes = self.passes.subscribe();
        passes.mark_unchanged();
        self.disk_full.store(true, Ordering::Relaxed);
        self.wanted.notify_one();
        let _in_vain = tokio::time::timeout(ROOM_WITHIN, passes.changed()).await;
    }
}

/// Keeps the rules until told to stop.
pub async fn run(deps: &Deps, rules: RetentionRules, stop: &CancellationToken) {
    if stop.run_until_cancelled(deps.status.database_prepared()).await.is_none() {
        return;
    }
    let mut minutes = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = minutes.tick() => {}
            () = deps.room.wanted.notified() => {}
        }
        let done = run_once(deps, &rules).await;
        deps.room.passes.send_modify(|passes| *passes += 1);
        if let Err(error) = done {
            warn!("the disk is not kept in bounds: {error:#}; the next minute tries again");
        }
    }
}

async fn run_once(deps: &Deps, rules: &RetentionRules) -> anyhow::Result<()> {
    let disk_full = deps.room.disk_full.swap(false, Ordering::Relaxed);
    if let Some(before) = rules.oldest_kept(now()) {
        delete_older(deps, before).await?;
    }
    let taken = measure(deps).await?;
    metrics::gauge!("iris_recorder_library_bytes").set(taken.clips_bytes as f64);
    let bytes_a_day = rate(deps).await?;
    deps.status.set_forecast(bytes_a_day, rules.full_in(taken, bytes_a_day));
    let asked = if disk_full { FULL_DISK_BYTES.saturating_sub(taken.free_bytes) } else { 0 };
    let excess = rules.excess_bytes(taken).max(asked);
    if excess > 0 { free(deps, excess).await } else { Ok(()) }
}

async fn measure(deps: &Deps) -> anyhow::Result<RoomTaken> {
    let library = deps.library.clone();
    let free_bytes = blocking(move || library.space()).await?.free_bytes;
    metrics::gauge!("iris_recorder_disk_free_bytes").set(free_bytes as f64);
    // Deleting what lies elsewhere frees nothing here.
    let free_bytes = if deps.library.is_on_disk() { free_bytes } else { u64::MAX };
    let clips_bytes = deps.store.events().clip_bytes_total().await?;
    deps.status.set_library_bytes(clips_bytes);
    Ok(RoomTaken { clips_bytes, free_bytes })
}

/// What clips took a day of late.
async fn rate(deps: &Deps) -> anyhow::Result<u64> {
    let now = now();
    let (bytes, oldest) = deps.store.events().clip_bytes_since(now.minus(RATE_OVER)).await?;
    let Some(oldest) = oldest else { return Ok(0) };
    let over = now.since(oldest).max(RATE_OVER_MIN);
    Ok((bytes as f64 / over.as_secs_f64() * 86_400.0) as u64)
}

/// Deletes the oldest unprotected events with clips until `excess` bytes are free.
async fn free(deps: &Deps, excess: u64) -> anyhow::Result<()> {
    let mut freed = 0;
    while freed < excess {
        let oldest = deps.store.events().oldest_with_clip(CANDIDATES).await?;
        let candidates: Vec<Candidate> =
            oldest.iter().map(|clip| Candidate { event: clip.id, ts: clip.ts, size_bytes: clip.size_bytes }).collect();
        let chosen = choose(&candidates, excess - freed, now());
        if chosen.is_empty() {
            error!(excess_bytes = excess - freed, "the disk or the quota is full and no clip may be deleted");
            return Ok(());
        }
        let deleted = deps.store.events().delete(&chosen).await?;
        let gone = candidates.iter().filter(|clip| chosen.contains(&clip.event));
        freed += gone.map(|clip| clip.size_bytes).sum::<u64>();
        remove_files(deps, "room", deleted).await;
    }
    info!(freed_bytes = freed, "made room by deleting the oldest events");
    Ok(())
}

async fn delete_older(deps: &Deps, before: Timestamp) -> anyhow::Result<()> {
    let older = EventFilter { to: Some(before), ..EventFilter::default() };
    loop {
        let deleted = deps.store.events().delete_batch(&older).await?;
        let count = deleted.len() as u64;
        remove_files(deps, "age", deleted).await;
        if count < DELETE_BATCH {
            return Ok(());
        }
    }
}

async fn remove_files(deps: &Deps, why: &'static str, deleted: Vec<DeletedEvent>) {
    metrics::counter!("iris_recorder_events_retired_total", "reason" => why).increment(deleted.len() as u64);
    let library: Arc<Library> = deps.library.clone();
    let paths = deleted.into_iter().flat_map(|event| [event.clip_path, event.thumbnail_path]).flatten();
    let paths: Vec<MediaPath> = paths.filter_map(|path| path.parse().ok()).collect();
    let removed = blocking(move || {
        for path in paths {
            // What cannot be removed now is nobody's, and found so by the next sweep.
            if let Err(error) = library.delete(&path) {
                warn!("{error}");
            }
        }
        std::io::Result::Ok(())
    });
    if let Err(error) = removed.await {
        warn!("remove the files of deleted events: {error:#}");
    }
}

fn now() -> Timestamp {
    Timestamp::from_system(SystemTime::now())
}
