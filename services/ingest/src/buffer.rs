//! The segment buffer on disk: one folder per camera, whose file names are the index. Written by capture, read by whoever asks, kept
//! within its age by [`Buffer::expire`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use iris_domain::{CameraId, SegmentName, Timestamp};
use parking_lot::Mutex;

/// Says under which source generation a folder was filled.
const GENERATION_FILE: &str = "generation";

/// Where this cell's media lies.
#[derive(Debug, Clone)]
pub struct Folders {
    segments: PathBuf,
    state: PathBuf,
}

impl Folders {
    /// Makes what is missing.
    pub fn open(data_dir: &Path) -> anyhow::Result<Self> {
        let folders = Self { segments: data_dir.join("segments"), state: data_dir.join("ingest") };
        for folder in [&folders.segments, &folders.state] {
            std::fs::create_dir_all(folder).with_context(|| format!("make the folder {}", folder.display()))?;
        }
        Ok(folders)
    }

    /// Where ingest keeps what it must remember without the bus.
    pub fn state(&self) -> &Path {
        &self.state
    }

    fn camera(&self, camera: CameraId) -> PathBuf {
        self.segments.join(camera.to_string())
    }

    /// Removes a deleted camera's buffer.
    pub fn remove(&self, camera: CameraId) -> std::io::Result<()> {
        ignore_missing(std::fs::remove_dir_all(self.camera(camera)))
    }

    /// Removes the segments of a camera that ended before `oldest`; for cameras whose buffer nobody here has open.
    pub fn expire(&self, camera: CameraId, oldest: Timestamp) -> std::io::Result<usize> {
        let (folder, mut removed) = (self.camera(camera), 0);
        for entry in std::fs::read_dir(&folder)? {
            let name = entry?.file_name();
            let segment = name.to_str().and_then(|name| name.parse::<SegmentName>().ok());
            if segment.is_some_and(|segment| segment.end() < oldest) {
                ignore_missing(std::fs::remove_file(folder.join(name)))?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// The cameras that have a buffer here.
    pub fn cameras(&self) -> std::io::Result<Vec<CameraId>> {
        let names = std::fs::read_dir(&self.segments)?.map(|entry| Ok(entry?.file_name()));
        let names = names.collect::<std::io::Result<Vec<_>>>()?;
        Ok(names.iter().filter_map(|name| name.to_str()?.parse().ok()).collect())
    }
}

/// One camera's buffer.
#[derive(Debug)]
pub struct Buffer {
    folder: PathBuf,
    /// The folder's content by sequence, so that a question does not cost a directory listing.
    index: Mutex<BTreeMap<u64, SegmentName>>,
}

impl Buffer {
    /// Opens a camera's buffer: saves what a crash left open, and empties it when it was filled from another source.
    pub fn open(folders: &Folders, camera: CameraId, generation: i64) -> anyhow::Result<Self> {
        let folder = folders.camera(camera);
        let marker = folder.join(GENERATION_FILE);
        let filled_under = std::fs::read_to_string(&marker).ok();
        if filled_under.is_some_and(|filled_under| filled_under.trim() != generation.to_string()) {
            folders.remove(camera).context("empty the buffer of the former source")?;
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("make the folder {}", folder.display()))?;
        std::fs::write(&marker, generation.to_string()).context("mark the buffer's source")?;
        iris_media::salvage(&folder).context("save segments that were open")?;
        let mut index = BTreeMap::new();
        for entry in std::fs::read_dir(&folder).context("list the buffer")? {
            if let Some(name) = entry?.file_name().to_str().and_then(|name| name.parse::<SegmentName>().ok()) {
                index.insert(name.sequence, name);
            }
        }
        Ok(Self { folder, index: Mutex::new(index) })
    }

    /// Where segments are written.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The number of the next segment.
    pub fn next_sequence(&self) -> u64 {
        self.index.lock().last_key_value().map_or(0, |(sequence, _)| sequence + 1)
    }

    /// The number of the next connection.
    pub fn next_run(&self) -> u32 {
        self.index.lock().values().map(|name| name.run).max().map_or(1, |run| run.wrapping_add(1))
    }

    /// Takes note of a closed segment; answers for how long nothing was recorded before it, since the one before.
    pub fn add(&self, name: SegmentName) -> Duration {
        let mut index = self.index.lock();
        let before = index.range(..name.sequence).next_back().map(|(_, before)| before.end());
        index.insert(name.sequence, name);
        before.map_or(Duration::ZERO, |before| name.start.since(before))
    }

    /// The newest segments, oldest first.
    pub fn newest(&self, count: usize) -> Vec<SegmentName> {
        let index = self.index.lock();
        index.values().skip(index.len().saturating_sub(count)).copied().collect()
    }

    /// Where a segment lies.
    pub fn path(&self, sequence: u64) -> Option<PathBuf> {
        self.index.lock().get(&sequence).map(|name| self.folder.join(name.to_string()))
    }

    /// Removes the segments that ended before `oldest`. What an event has pinned stays through its own link.
    pub fn expire(&self, oldest: Timestamp) -> std::io::Result<usize> {
        self.remove_while(|name| name.end() < oldest)
    }

    /// Makes room on a full disk by giving up the oldest part of the buffer.
    pub fn give_up_oldest(&self, length: Duration) -> std::io::Result<usize> {
        let first = self.index.lock().first_key_value().map(|(_, name)| name.start);
        first.map_or(Ok(0), |first| self.remove_while(|name| name.start < first.plus(length)))
    }

    fn remove_while(&self, goes: impl Fn(&SegmentName) -> bool) -> std::io::Result<usize> {
        let leaving: Vec<SegmentName> = self.index.lock().values().take_while(|name| goes(name)).copied().collect();
        for name in &leaving {
            ignore_missing(std::fs::remove_file(self.folder.join(name.to_string())))?;
            self.index.lock().remove(&name.sequence);
        }
        Ok(leaving.len())
    }
}

fn ignore_missing(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(sequence: u64) -> SegmentName {
        let start = Timestamp::from_millis(1_000_000 + i64::try_from(sequence).unwrap() * 2_000).unwrap();
        SegmentName { start, duration_ms: 2_000, sequence, run: 3, starts_with_key: true }
    }

    fn filled(root: &Path, generation: i64) -> Buffer {
        let folders = Folders::open(root).unwrap();
        Buffer::open(&folders, CameraId::new(7).unwrap(), generation).unwrap()
    }

    fn record(buffer: &Buffer, sequences: std::ops::Range<u64>) {
        for sequence in sequences {
            std::fs::write(buffer.folder().join(name(sequence).to_string()), b"x").unwrap();
            buffer.add(name(sequence));
        }
    }

    #[test]
    fn the_folder_is_the_index() {
        let root = tempfile::tempdir().unwrap();
        let buffer = filled(root.path(), 1);
        assert_eq!((buffer.next_sequence(), buffer.next_run()), (0, 1));
        record(&buffer, 0..5);
        let again = filled(root.path(), 1);
        assert_eq!((again.next_sequence(), again.next_run()), (5, 4));
        assert_eq!(again.newest(2), [name(3), name(4)]);
    }

    #[test]
    fn what_is_too_old_goes_and_no_more() {
        let root = tempfile::tempdir().unwrap();
        let buffer = filled(root.path(), 1);
        record(&buffer, 0..5);
        assert_eq!(buffer.expire(name(2).start).unwrap(), 1, "segment 1 ends exactly there");
        assert_eq!(buffer.give_up_oldest(Duration::from_secs(3)).unwrap(), 2);
        assert_eq!(buffer.newest(9), [name(3), name(4)]);
        assert!(buffer.path(0).is_none() && buffer.path(3).unwrap().exists());
    }

    #[test]
    fn a_buffer_that_nobody_has_open_gets_no_older_either() {
        let root = tempfile::tempdir().unwrap();
        record(&filled(root.path(), 1), 0..5);
        let folders = Folders::open(root.path()).unwrap();
        let removed = folders.expire(CameraId::new(7).unwrap(), name(2).start).unwrap();
        assert_eq!((removed, filled(root.path(), 1).newest(9).len()), (1, 4), "segment 1 ends exactly there");
    }

    #[test]
    fn another_source_starts_with_an_empty_buffer() {
        let root = tempfile::tempdir().unwrap();
        record(&filled(root.path(), 1), 0..5);
        assert!(filled(root.path(), 2).newest(9).is_empty());
    }
}
