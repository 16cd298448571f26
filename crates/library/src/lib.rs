//! Stored media (clips, thumbnails) in a folder. The recorder puts and deletes, the gateway opens and deletes; which file goes
//! first when room is short is decided in `domain`. Every path is opened beneath the root by handle, so that neither a path nor
//! a link on the disk leads out; a name appears only by rename of a finished file. All of it blocks: call it off the async threads.

mod error;
mod path;
mod temp;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirEntry};

use temp::TEMP_FOLDER;

pub use error::LibraryError;
pub use path::{InvalidMediaPath, MediaPath};
pub use temp::TempFile;

/// A folder of stored media.
#[derive(Debug)]
pub struct Library {
    path: PathBuf,
    root: Dir,
}

/// An opened file.
#[derive(Debug)]
pub struct OpenedFile {
    /// Its content, at the start.
    pub file: File,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was written last.
    pub modified: SystemTime,
}

/// A file as a walk finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Where it stands.
    pub path: MediaPath,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was written last.
    pub modified: SystemTime,
}

/// What the library holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Number of files.
    pub files: u64,
    /// Their sizes together, in bytes.
    pub bytes: u64,
}

/// The file system the library lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Bytes that an ordinary process can still write.
    pub free_bytes: u64,
    /// Its size in bytes.
    pub total_bytes: u64,
}

impl Library {
    /// Opens the folder, making it if need be.
    pub fn open(path: &Path) -> Result<Self, LibraryError> {
        let failed = |source| LibraryError::new("open the library", path.display(), source);
        Dir::create_ambient_dir_all(path, ambient_authority()).map_err(failed)?;
        let root = Dir::open_ambient_dir(path, ambient_authority()).map_err(failed)?;
        root.create_dir_all(TEMP_FOLDER).map_err(failed)?;
        Ok(Self { path: path.to_owned(), root })
    }

    /// An empty file to be filled and then [`put`](Self::put); `extension` without its dot, for libraries that choose a format
    /// by it.
    pub fn create_temp(&self, extension: &str) -> Result<TempFile, LibraryError> {
        let create = || TempFile::create(&self.path, self.root.open_dir(TEMP_FOLDER)?, extension);
        create().map_err(|source| LibraryError::new("create a file in", TEMP_FOLDER, source))
    }

    /// Gives a finished file its name, replacing what stood there; returns its size in bytes. After a crash the name stands for
    /// the whole file or does not exist.
    pub fn put(&self, file: TempFile, to: &MediaPath) -> Result<u64, LibraryError> {
        let put = || {
            self.root.create_dir_all(to.folder())?;
            let size_bytes = file.keep(&self.root, to.as_path())?;
            self.sync_folders(to.folder())?;
            Ok(size_bytes)
        };
        put().map_err(|source| LibraryError::new("store", to, source))
    }

    /// [`put`](Self::put) for content in memory.
    pub fn put_bytes(&self, content: &[u8], to: &MediaPath) -> Result<u64, LibraryError> {
        let file = self.create_temp("part")?;
        let write = || File::options().write(true).open(file.path())?.write_all(content);
        write().map_err(|source| LibraryError::new("store", to, source))?;
        self.put(file, to)
    }

    /// Opens a file; `None` when there is none of that name.
    pub fn get(&self, path: &MediaPath) -> Result<Option<OpenedFile>, LibraryError> {
        let open = || {
            let file = self.root.open(path.as_path())?.into_std();
            let metadata = file.metadata()?;
            if !metadata.is_file() {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            Ok(OpenedFile { size_bytes: metadata.len(), modified: metadata.modified()?, file })
        };
        unless_missing(open()).map_err(|source| LibraryError::new("open", path, source))
    }

    /// Deletes a file and says whether there was one. A file that is being read stays readable to whoever reads it.
    pub fn delete(&self, path: &MediaPath) -> Result<bool, LibraryError> {
        let deleted = unless_missing(self.root.remove_file(path.as_path()));
        Ok(deleted.map_err(|source| LibraryError::new("delete", path, source))?.is_some())
    }

    /// Shows every file to `visit`, in no order. Links, hidden names and what vanishes meanwhile are passed over.
    pub fn walk(&self, mut visit: impl FnMut(StoredFile)) -> Result<(), LibraryError> {
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            let failed = |source| LibraryError::new("walk through", &folder, source);
            let shown = if folder.is_empty() { "." } else { folder.as_str() };
            let Some(entries) = unless_missing(self.root.read_dir(shown)).map_err(failed)? else { continue };
            for entry in entries {
                let entry = entry.map_err(failed)?;
                match unless_missing(found(&folder, &entry)).map_err(failed)?.flatten() {
                    Some(Found::Folder(folder)) => folders.push(folder),
                    Some(Found::File(file)) => visit(file),
                    None => {}
                }
            }
        }
        Ok(())
    }

    /// What it holds, counted by a walk.
    pub fn usage(&self) -> Result<Usage, LibraryError> {
        let mut usage = Usage::default();
        self.walk(|file| {
            usage.files += 1;
            usage.bytes += file.size_bytes;
        })?;
        Ok(usage)
    }

    /// How much room its file system has.
    pub fn space(&self) -> Result<Space, LibraryError> {
        let failed =
            |source: rustix::io::Errno| LibraryError::new("measure the disk of", self.path.display(), source.into());
        let disk = rustix::fs::fstatvfs(&self.root).map_err(failed)?;
        Ok(Space {
            free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
            total_bytes: disk.f_blocks.saturating_mul(disk.f_frsize),
        })
    }

    /// Removes unfinished files last written before `before`, which a crash has left; says how many.
    pub fn remove_stale_temps(&self, before: SystemTime) -> Result<u64, LibraryError> {
        let remove = || {
            let mut removed = 0;
            for entry in self.root.read_dir(TEMP_FOLDER)? {
                let entry = entry?;
                let stale = || Ok(entry.metadata()?.modified()?.into_std() < before && entry.remove_file().is_ok());
                removed += u64::from(unless_missing(stale())?.unwrap_or(false));
            }
            Ok(removed)
        };
        remove().map_err(|source| LibraryError::new("remove stale files of", TEMP_FOLDER, source))
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
