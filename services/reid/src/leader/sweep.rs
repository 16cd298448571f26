//! Tidies up, hourly: pictures of tracks that are nobody's sighting, which a crash left between the file and the row or between the
//! row's deletion and the file's; and keys of deleted tracks that no late observation can be of any more.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use iris_domain::TrackKey;
use iris_domain::stored_files::SETTLED;
use iris_library::{MediaPath, StoredFile};
use iris_runtime::CancellationToken;
use tracing::info;

use crate::patience::patiently;
use crate::{Deps, blocking, pictures};

const EVERY: Duration = Duration::from_secs(60 * 60);
/// The bus keeps crops and observations for six hours.
const DELETIONS_KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// Tracks asked for in one statement.
const BATCH: usize = 500;

/// Tidies up until told to stop.
///
/// # Errors
/// The database or the disk refuses; the next start tries again.
pub async fn run(deps: &Deps, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut hours = tokio::time::interval(EVERY);
    while stop.run_until_cancelled(hours.tick()).await.is_some() {
        if let Some(done) = stop.run_until_cancelled(pass(deps)).await {
            done?;
        }
    }
    Ok(())
}

async fn pass(deps: &Deps) -> anyhow::Result<()> {
    let library = deps.library.clone();
    let settled_before = SystemTime::now() - SETTLED;
    let files = blocking(move || {
        let mut files: Vec<(TrackKey, MediaPath)> = Vec::new();
        let mut note = |file: StoredFile| match pictures::track_of(&file.path) {
            Some(track) if file.modified < settled_before => files.push((track, file.path)),
            _ => {}
        };
        library.walk(&mut note).map(|()| files)
    })
    .await?;
    for batch in files.chunks(BATCH) {
        remove_orphans(deps, batch).await?;
    }
    let before = deps.clock.now().minus(DELETIONS_KEPT);
    patiently(|| deps.store.sightings().forget_deletions(before)).await?;
    Ok(())
}

async fn remove_orphans(deps: &Deps, files: &[(TrackKey, MediaPath)]) -> anyhow::Result<()> {
    let tracks: Vec<TrackKey> = files.iter().map(|(track, _)| *track).collect::<HashSet<_>>().into_iter().collect();
    let placed = patiently(|| deps.store.sightings().by_tracks(&tracks)).await?;
    let placed: HashSet<TrackKey> = placed.into_iter().map(|placed| placed.track).collect();
    let mut orphans: Vec<MediaPath> = Vec::new();
    for (track, path) in files.iter().filter(|(track, _)| !placed.contains(track)) {
        // Somebody who has stood there for an hour without being seen well may still become a sighting.
        if patiently(|| deps.store.tracklets().load(*track)).await?.is_none() {
            orphans.push(path.clone());
        }
    }
    if orphans.is_empty() {
        return Ok(());
    }
    let (library, count) = (deps.library.clone(), orphans.len());
    blocking(move || orphans.iter().try_for_each(|path| library.delete(path).map(drop))).await?;
    metrics::counter!("iris_reid_orphans_removed_total").increment(count as u64);
    info!(files = count, "removed pictures of tracks that are nobody's");
    Ok(())
}
