//! Tidies up, hourly, by comparing what is wanted with what is there: files of events that do not exist, unfinished files of a
//! crash, rows that wait for a clip nobody cuts any more, and deletions remembered for longer than anyone could ask.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use iris_domain::stored_files::{SETTLED, WaitingFacts, is_forgotten};
use iris_domain::{ClipChange, Event, EventChange, EventKey, Timestamp};
use iris_library::{MediaPath, StoredFile};
use iris_runtime::CancellationToken;
use tracing::{info, warn};

use crate::recording::Recordings;
use crate::{Deps, blocking};

const EVERY: Duration = Duration::from_secs(60 * 60);
/// A recorder that was away for longer has no journal worth keeping.
const DELETIONS_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Keys asked for, or rows read, in one statement.
const BATCH: usize = 500;

/// Tidies up until told to stop.
///
/// # Errors
/// When the database or the disk does not answer; the next start tries again.
pub async fn run(deps: &Deps, recordings: &Recordings, stop: &CancellationToken) -> anyhow::Result<()> {
    if stop.run_until_cancelled(deps.status.database_prepared()).await.is_none() {
        return Ok(());
    }
    let mut hours = tokio::time::interval(EVERY);
    while stop.run_until_cancelled(hours.tick()).await.is_some() {
        let library = deps.library.clone();
        blocking(move || library.remove_stale_temps(SystemTime::now() - SETTLED)).await?;
        remove_orphans(deps, recordings).await?;
        fail_forgotten(deps, recordings).await?;
        let before = Timestamp::from_system(SystemTime::now()).minus(DELETIONS_KEPT);
        deps.store.events().forget_deletions(before).await?;
    }
    Ok(())
}

/// Files whose event does not exist: its deletion, or a discarded event's clip, was interrupted.
async fn remove_orphans(deps: &Deps, recordings: &Recordings) -> anyhow::Result<()> {
    let library = deps.library.clone();
    let settled_before = SystemTime::now() - SETTLED;
    let files = blocking(move || {
        let mut files = Vec::new();
        let mut note = |file: StoredFile| match file.path.event_key() {
            Some(key) if file.modified < settled_before => files.push((key, file.path)),
            _ => {}
        };
        library.walk(&mut note).map(|()| files)
    })
    .await?;
    let unfinished = unfinished_keys(recordings);
    for batch in files.chunks(BATCH) {
        let keys: Vec<EventKey> = batch.iter().map(|(key, _)| *key).collect();
        let existing = deps.store.events().existing(&keys).await?;
        let orphans = batch.iter().filter(|(key, _)| !existing.contains(key) && !unfinished.contains(key));
        remove(deps, orphans.map(|(_, path)| path.clone()).collect()).await?;
    }
    Ok(())
}

async fn remove(deps: &Deps, orphans: Vec<MediaPath>) -> anyhow::Result<()> {
    if orphans.is_empty() {
        return Ok(());
    }
    let (library, count) = (deps.library.clone(), orphans.len());
    blocking(move || orphans.iter().try_for_each(|path| library.delete(path).map(drop))).await?;
    metrics::counter!("iris_recorder_orphans_removed_total").increment(count as u64);
    info!(files = count, "removed files of events that do not exist");
    Ok(())
}

/// Rows of this cell's cameras that wait for a clip although no journal does: the folder was lost. They say so from now on.
async fn fail_forgotten(deps: &Deps, recordings: &Recordings) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let rows = deps.store.events().unfinished(after, BATCH as u64).await?;
        let Some(newest) = rows.last() else { return Ok(()) };
        after = Some(newest.id);
        let unfinished = unfinished_keys(recordings);
        let now = Timestamp::from_system(SystemTime::now());
        let facts = |row: &Event| WaitingFacts {
            journalled: unfinished.contains(&row.key),
            recorded_here: deps.cell.records(row.camera_id),
            age: now.since(row.ts),
        };
        for row in rows.iter().filter(|row| is_forgotten(facts(row))) {
            let reason = "the recorder's notes of this event were lost".to_owned();
            let end_ts = Some(row.end_ts.unwrap_or(row.ts));
            let change = EventChange { end_ts, clip: Some(ClipChange::Failed(reason)), ..EventChange::default() };
            deps.store.events().update(row.key, &change).await?;
            warn!(event.id = %row.id, "event {} waited for a clip that nobody cuts; it has none now", row.id);
        }
    }
}

fn unfinished_keys(recordings: &Recordings) -> HashSet<EventKey> {
    recordings.all().iter().map(|recording| recording.now().key).collect()
}
