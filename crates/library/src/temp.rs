//! A file being made: it lies in the library's hidden folder, on the same file system, until it is finished and takes its name.

use std::io;
use std::path::{Path, PathBuf};

use cap_std::fs::Dir;
use uuid::Uuid;

/// The hidden folder, relative to the root.
pub(crate) const TEMP_FOLDER: &str = ".tmp";

/// A file without a name in the library. Dropped without [`crate::Library::put`], it is removed.
#[derive(Debug)]
pub struct TempFile {
    folder: Dir,
    name: String,
    path: PathBuf,
    kept: bool,
}

impl TempFile {
    pub(crate) fn create(root: &Path, folder: Dir, extension: &str) -> io::Result<Self> {
        let name = format!("{}.{extension}", Uuid::new_v4());
        folder.create(&name)?;
        let path = root.join(TEMP_FOLDER).join(&name);
        Ok(Self { folder, name, path, kept: false })
    }

    /// Where it lies, for libraries that write by path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Brings its content to the disk and moves it to `to` beneath `root`, replacing what is there. Returns its size in bytes.
    pub(crate) fn keep(mut self, root: &Dir, to: &Path) -> io::Result<u64> {
        let file = self.folder.open(&self.name)?;
        file.sync_all()?;
        let size_bytes = file.metadata()?.len();
        self.folder.rename(&self.name, root, to)?;
        self.kept = true;
        Ok(size_bytes)
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if !self.kept {
            // Left behind, it is removed with the stale ones.
            let _ = self.folder.remove_file(&self.name);
        }
    }
}
