//! The files of deleted things. Rows are gone when this runs; a file that cannot be removed is logged. Of events' files, whatever
//! stays is found as an orphan by the recorder's retention.

use std::sync::Arc;

use iris_library::{Library, MediaPath};
use iris_store::DeletedEvent;

/// Removes the clips and thumbnails of these events.
pub async fn remove(library: &Arc<Library>, deleted: &[DeletedEvent]) {
    let paths = deleted.iter().flat_map(|event| [&event.clip_path, &event.thumbnail_path]).flatten();
    // Gathered before the wait: a future that holds the iterator is not sent between threads.
    let paths: Vec<String> = paths.cloned().collect();
    remove_paths(library, paths).await;
}

/// Removes the files of these paths.
pub async fn remove_paths(library: &Arc<Library>, paths: impl IntoIterator<Item = String>) {
    let paths: Vec<String> = paths.into_iter().collect();
    if paths.is_empty() {
        return;
    }
    let library = library.clone();
    let removal = tokio::task::spawn_blocking(move || paths.iter().for_each(|path| remove_one(&library, path)));
    if let Err(error) = removal.await {
        tracing::error!("removing files of what was deleted: {error}");
    }
}

fn remove_one(library: &Library, path: &str) {
    let outcome = match path.parse::<MediaPath>() {
        Ok(path) => library.delete(&path).map(drop).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = outcome {
        tracing::warn!(path, "a file of what was deleted stays: {error}");
    }
}
