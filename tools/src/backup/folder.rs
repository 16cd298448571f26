//! Backups in a folder. A new one shares with the last, by hard links, the files that did not change, so that it is quick and takes the
//! room of what is new; each can be deleted by itself. It has a hidden name until it is finished and on the disk.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, bail, ensure};
use iris_library::StoredFile;
use iris_models::Digest;

use super::manifest::{Backup, MANIFEST, Manifest, SUMS, Sums, all_in, text_of};
use super::{Content, Destination};
use crate::check::stamp;
use crate::surroundings::LIBRARY;

/// The end of the name of a backup that is not finished, which begins with a dot.
const UNFINISHED: &str = ".unfinished";

/// What stays free beside the files: the dump, and the folders themselves.
const SPARE_BYTES: u64 = 256 << 20;

/// A folder of backups, of which this process is the only writer.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
    _lock: File,
}

/// A backup that is being made.
#[derive(Debug)]
pub struct Unfinished {
    place: PathBuf,
    folder: PathBuf,
    name: String,
    previous: Option<Backup>,
    copied_files: u64,
    copied_bytes: u64,
}

impl Place {
    /// Opens the folder, making it if need be, for its owner alone: a backup holds the cameras' passwords. What a run that was broken off
    /// has left is removed.
    ///
    /// # Errors
    /// Another backup is being made there, or nothing can be written.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.with_context(|| format!("make the folder {}", folder.display()))?;
        let path = folder.join(".lock");
        let lock = File::create(&path).with_context(|| format!("write in {}", folder.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another backup is being made in {}", folder.display()),
            Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("lock {}", path.display())),
        }
        for entry in fs::read_dir(folder)? {
            let (entry, left) = (entry?, |name: &str| name.starts_with('.') && name.ends_with(UNFINISHED));
            if entry.file_name().to_str().is_some_and(left) {
                fs::remove_dir_all(entry.path()).context("remove a backup that was not finished")?;
            }
        }
        Ok(Self { folder: folder.to_owned(), _lock: lock })
    }

    /// Begins a backup. The newest one there is built upon, if it can be read.
    ///
    /// # Errors
    /// There is one of this second already, or nothing can be written.
    pub fn begin(&self, now: SystemTime) -> anyhow::Result<Unfinished> {
        let name = stamp(now);
        ensure!(!self.folder.join(&name).exists(), "there is a backup {name} already");
        let folder = self.folder.join(format!(".{name}{UNFINISHED}"));
        let made = DirBuilder::new().mode(0o700).create(&folder);
        made.with_context(|| format!("make the folder {}", folder.display()))?;
        let previous = all_in(&self.folder)?.pop().and_then(|newest| match Backup::open(&newest) {
            Ok(previous) => Some(previous),
            Err(error) => {
                eprintln!("iris: the last backup is of no use for this one, which takes everything anew: {error:#}");
                None
            }
        });
        Ok(Unfinished { place: self.folder.clone(), folder, name, previous, copied_files: 0, copied_bytes: 0 })
    }

    /// Deletes all but so many of the newest backups, and names those that are gone.
    ///
    /// # Errors
    /// One cannot be deleted.
    pub fn prune(&self, keep: usize) -> anyhow::Result<Vec<PathBuf>> {
        let mut old = all_in(&self.folder)?;
        old.truncate(old.len().saturating_sub(keep));
        for folder in &old {
            // Without it, what a broken-off removal leaves is no backup.
            fs::remove_file(folder.join(MANIFEST)).with_context(|| format!("delete {}", folder.display()))?;
            fs::remove_dir_all(folder).with_context(|| format!("delete {}", folder.display()))?;
        }
        Ok(old)
    }
}

impl Unfinished {
    /// Files that were copied, not shared with the last backup; and their bytes.
    pub fn copied(&self) -> (u64, u64) {
        (self.copied_files, self.copied_bytes)
    }

    /// Writes what it says of itself, brings everything to the disk, and gives it its name.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn finish(self, manifest: &Manifest, sums: &Sums) -> anyhow::Result<PathBuf> {
        fs::write(self.folder.join(SUMS), text_of(sums)).context("write the hashes")?;
        fs::write(self.folder.join(MANIFEST), manifest.to_json()?).context("write the manifest")?;
        // One call for a hundred thousand files.
        rustix::fs::syncfs(File::open(&self.folder)?).context("bring the backup to the disk")?;
        let named = self.place.join(&self.name);
        fs::rename(&self.folder, &named).context("give the backup its name")?;
        File::open(&self.place)?.sync_all().context("bring the backup's name to the disk")?;
        Ok(named)
    }

    /// The last backup's file of this path and its hash, if it is the same file by size and time.
    fn shared(&self, path: &str, size_bytes: u64, modified: SystemTime) -> Option<(PathBuf, Digest)> {
        let previous = self.previous.as_ref()?;
        let digest = previous.sums.get(path)?;
        let file = previous.path(path);
        let metadata = fs::symlink_metadata(&file).ok()?;
        let same = metadata.is_file() && metadata.len() == size_bytes && metadata.modified().ok()? == modified;
        same.then(|| (file, digest.clone()))
    }
}

impl Destination for Unfinished {
    fn expect(&self, files: &[StoredFile]) -> anyhow::Result<()> {
        let new = |file: &&StoredFile| {
            self.shared(&format!("{LIBRARY}/{}", file.path), file.size_bytes, file.modified).is_none()
        };
        let needed: u64 = files.iter().filter(new).map(|file| file.size_bytes).sum();
        let disk = rustix::fs::statvfs(&self.folder).context("measure the disk of the backups")?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let place = self.place.display();
        ensure!(
            needed.saturating_add(SPARE_BYTES) <= free,
            "{place} has {} MiB free, and this backup needs {} MiB: make room, or delete an old backup",
            free >> 20,
            needed.saturating_add(SPARE_BYTES) >> 20
        );
        Ok(())
    }

    fn scratch(&self) -> &Path {
        &self.folder
    }

    fn put(&mut self, path: &str, content: Content) -> anyhow::Result<Digest> {
        let to = self.folder.join(path);
        if let Some(folder) = to.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        // Taken before, and changed since.
        match fs::remove_file(&to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        if let Some((file, digest)) = self.shared(path, content.size_bytes, content.modified)
            // A file system without hard links, or a file with too many: then it is copied.
            && fs::hard_link(file, &to).is_ok()
        {
            return Ok(digest);
        }
        let mut copy = File::options().write(true).create_new(true).mode(0o600).open(&to)?;
        let modified = content.modified;
        let (digest, size_bytes) = content.copy_to(&mut copy)?;
        copy.set_modified(modified)?;
        self.copied_files += 1;
        self.copied_bytes += size_bytes;
        Ok(digest)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After `finish` there is nothing of that name; what cannot be removed is by the next run.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
