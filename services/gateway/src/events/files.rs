//! The files of deleted events. Rows are gone when this runs; a file that cannot be removed is logged, and found as an orphan by
//! the recorder's retention.

use std::sync::Arc;

use iris_library::{Library, MediaPath};
use iris_store::DeletedEvent;

/// Removes the clips and thumbnails of these events.
pub async fn remove(library: &Arc<Library>, deleted: &[DeletedEvent]) {
    let paths = deleted.iter().flat_map(|event| [&event.clip_path, &event.thumbnail_path]).flatten();
    let paths: Vec<String> = paths.cloned().collect();
    if paths.is_empty() {
        return;
    }
    let library = library.clone();
    let removal = tokio::task::spawn_blocking(move || paths.iter().for_each(|path| remove_one(&library, path)));
    if let Err(error) = removal.await {
        tracing::error!("removing files of deleted events: {error}");
    }
}

fn remove_one(library: &Library, path: &str) {
    let outcome = match path.parse::<MediaPath>() {
        Ok(path) => library.delete(&path).map(drop).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = outcome {
        tracing::warn!(path, "a deleted event's file stays: {error}");
    }
}
