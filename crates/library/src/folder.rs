//! The library in a folder. Every path is opened beneath the root by handle, so that neither a path nor a link on the disk leads
//! out; a name appears only by rename of a finished file.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirEntry};

use crate::temp::{TEMP_FOLDER, TempFile};
use crate::{MediaPath, Space, StoredFile};

/// A folder of stored media.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    root: Dir,
}

impl Folder {
    /// Opens the folder, making it if need be.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Dir::create_ambient_dir_all(path, ambient_authority())?;
        let root = Dir::open_ambient_dir(path, ambient_authority())?;
        root.create_dir_all(TEMP_FOLDER)?;
        Ok(Self { path: path.to_owned(), root })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn create_temp(&self, extension: &str) -> io::Result<TempFile> {
        TempFile::create(&self.path, self.root.open_dir(TEMP_FOLDER)?, extension)
    }

    pub(crate) fn put(&self, file: TempFile, to: &MediaPath) -> io::Result<u64> {
        self.root.create_dir_all(to.folder())?;
        let size_bytes = file.keep(&self.root, to.as_path())?;
        self.sync_folders(to.folder())?;
        Ok(size_bytes)
    }

    /// A file with its size and its time; `None` when there is none of that name.
    pub(crate) fn get(&self, path: &MediaPath) -> io::Result<Option<(File, u64, SystemTime)>> {
        let open = || {
            let file = self.root.open(path.as_path())?.into_std();
            let metadata = file.metadata()?;
            if !metadata.is_file() {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            Ok((file, metadata.len(), metadata.modified()?))
        };
        unless_missing(open())
    }

    pub(crate) fn delete(&self, path: &MediaPath) -> io::Result<bool> {
        Ok(unless_missing(self.root.remove_file(path.as_path()))?.is_some())
    }

    /// Moves a file to the same path beneath the folder `to`, on the same file system; says whether there was one.
    pub(crate) fn set_aside(&self, path: &MediaPath, to: &Path) -> io::Result<bool> {
        let moved = || {
            let place = to.join(path.as_path());
            let folder = place.parent().unwrap_or(to);
            Dir::create_ambient_dir_all(folder, ambient_authority())?;
            let folder = Dir::open_ambient_dir(folder, ambient_authority())?;
            let name = place.file_name().ok_or(io::ErrorKind::InvalidInput)?;
            self.root.rename(path.as_path(), &folder, name)
        };
        Ok(unless_missing(moved())?.is_some())
    }

    /// Shows every file to `visit`, in no order. Links, hidden names and what vanishes meanwhile are passed over.
    pub(crate) fn walk(&self, mut visit: impl FnMut(StoredFile)) -> io::Result<()> {
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            let shown = if folder.is_empty() { "." } else { folder.as_str() };
            let Some(entries) = unless_missing(self.root.read_dir(shown))? else { continue };
            for entry in entries {
                match unless_missing(found(&folder, &entry?))?.flatten() {
                    Some(Found::Folder(folder)) => folders.push(folder),
                    Some(Found::File(file)) => visit(file),
                    None => {}
                }
            }
        }
        Ok(())
    }

    pub(crate) fn space(&self) -> io::Result<Space> {
        let disk = rustix::fs::fstatvfs(&self.root)?;
        Ok(Space {
            free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
            total_bytes: disk.f_blocks.saturating_mul(disk.f_frsize),
        })
    }

    pub(crate) fn remove_stale_temps(&self, before: SystemTime) -> io::Result<u64> {
        let mut removed = 0;
        for entry in self.root.read_dir(TEMP_FOLDER)? {
            let entry = entry?;
            let stale = || Ok(entry.metadata()?.modified()?.into_std() < before && entry.remove_file().is_ok());
            removed += u64::from(unless_missing(stale())?.unwrap_or(false));
        }
        Ok(removed)
    }

    /// Brings a new name to the disk: its folder, and the folders above, which may be as new.
    fn sync_folders(&self, folder: &Path) -> io::Result<()> {
        for folder in folder.ancestors() {
            let shown = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            self.root.open(shown)?.sync_all()?;
        }
        Ok(())
    }
}

enum Found {
    Folder(String),
    File(StoredFile),
}

/// What an entry of a folder is, `None` when it is nothing of the library's.
fn found(folder: &str, entry: &DirEntry) -> io::Result<Option<Found>> {
    let name = entry.file_name();
    let Some(name) = name.to_str() else { return Ok(None) };
    let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let Ok(path) = path.parse::<MediaPath>() else { return Ok(None) };
    let kind = entry.file_type()?;
    if kind.is_dir() {
        return Ok(Some(Found::Folder(path.to_string())));
    }
    if !kind.is_file() {
        return Ok(None);
    }
    let metadata = entry.metadata()?;
    Ok(Some(Found::File(StoredFile { path, size_bytes: metadata.len(), modified: metadata.modified()?.into_std() })))
}

fn unless_missing<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
