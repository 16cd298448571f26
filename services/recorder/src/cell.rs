//! The cell: the folder that this machine's ingest and recorder share. Knows where everything lies, and lets one recorder at a
//! time work in it.
//!
//! ```text
//! cell                                  the cell's name, which its ingest and its recorder share
//! segments/<camera>/<segment name>.ts   written by ingest, only read here
//! library/                              clips and thumbnails
//! recorder/lock                         held by the recorder at work
//! recorder/open/<event key>/            the journal of one event and its pinned segments
//! ```

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use iris_domain::{CameraId, CellId, SegmentName};
use iris_runtime::CancellationToken;

/// How often a recorder that stands by looks whether the other is gone; its successor is at work well within a camera's
/// shortest post-roll.
const STAND_BY_EVERY: Duration = Duration::from_millis(500);
/// Says under which source generation ingest filled a camera's folder.
const GENERATION_FILE: &str = "generation";

/// The folders of this cell.
#[derive(Debug, Clone)]
pub struct Cell {
    name: CellId,
    segments: PathBuf,
    library: PathBuf,
    recorder: PathBuf,
    open: PathBuf,
}

/// Held while this process is the cell's recorder. The system frees it however the process ends.
#[derive(Debug)]
pub struct CellLock {
    _file: File,
}

impl Cell {
    /// Makes what is missing.
    pub fn open(data_dir: &Path) -> anyhow::Result<Self> {
        let recorder = data_dir.join("recorder");
        let (segments, library) = (data_dir.join("segments"), data_dir.join("library"));
        let name = iris_runtime::cell_name(data_dir).context("read the name of the data folder")?;
        let name =
            CellId::new(&name).context("the data folder's file `cell` holds no name; remove it while nothing runs")?;
        let cell = Self { name, segments, library, open: recorder.join("open"), recorder };
        for folder in [&cell.segments, &cell.library, &cell.open] {
            std::fs::create_dir_all(folder).with_context(|| format!("make the folder {}", folder.display()))?;
        }
        Ok(cell)
    }

    /// What it is called in messages.
    pub fn name(&self) -> &CellId {
        &self.name
    }

    /// Waits until no other recorder works in this cell; `None` when told to stop before.
    pub async fn lock(&self, stop: &CancellationToken) -> anyhow::Result<Option<CellLock>> {
        let path = self.recorder.join("lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.with_context(|| format!("open the lock {}", path.display()))?;
        let mut said = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(CellLock { _file: file })),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("lock {}", path.display()));
                }
            }
            if !std::mem::replace(&mut said, true) {
                tracing::info!("another recorder works in this data folder; standing by");
            }
            if stop.run_until_cancelled(tokio::time::sleep(STAND_BY_EVERY)).await.is_none() {
                return Ok(None);
            }
        }
    }

    /// Where the journals of unfinished events lie.
    pub fn journals(&self) -> &Path {
        &self.open
    }

    /// The media library's root.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// Where ingest writes a camera's segments.
    pub fn segments(&self, camera: CameraId) -> PathBuf {
        self.segments.join(camera.to_string())
    }

    /// Whether this cell has recorded the camera: with several cells each has the segments of some.
    pub fn records(&self, camera: CameraId) -> bool {
        self.segments(camera).is_dir()
    }

    /// The source generation that a camera's buffer was filled under; `None` when there is no buffer.
    pub fn generation(&self, camera: CameraId) -> Option<i64> {
        std::fs::read_to_string(self.segments(camera).join(GENERATION_FILE)).ok()?.trim().parse().ok()
    }
}

/// The closed segments in a folder, in no order; none where there is no folder.
pub fn segment_names(folder: &Path) -> io::Result<Vec<SegmentName>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().to_str().and_then(|name| name.parse::<SegmentName>().ok()));
    }
    Ok(names)
}
