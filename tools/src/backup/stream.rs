//! A backup as one tar archive, for a pipe: to encrypt it, or to send it away without a disk between. What it says of itself comes last,
//! so that an archive that was broken off is no backup.

use std::io::{Seek as _, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use iris_library::StoredFile;
use iris_models::Digest;
use tar::{Builder, Header};

use super::manifest::{MANIFEST, Manifest, SUMS, Sums, text_of};
use super::{Content, Destination};

/// An archive being written.
pub struct Stream<W: Write> {
    archive: Builder<W>,
    scratch: PathBuf,
}

impl<W: Write> Stream<W> {
    /// Writes to `out`; the dump is made in `scratch`, for its size must be known before it is sent.
    pub fn new(out: W, scratch: &Path) -> Self {
        Self { archive: Builder::new(out), scratch: scratch.to_owned() }
    }

    /// Writes what the backup says of itself, and ends the archive.
    ///
    /// # Errors
    /// Nobody takes it any more.
    pub fn finish(mut self, manifest: &Manifest, sums: &Sums) -> anyhow::Result<()> {
        for (name, text) in [(SUMS, text_of(sums)), (MANIFEST, manifest.to_json()?)] {
            self.append(name, &mut text.as_bytes(), text.len() as u64, SystemTime::now())?;
        }
        self.archive.into_inner().and_then(|mut out| out.flush()).context("end the archive")
    }

    fn append(
        &mut self,
        path: &str,
        content: &mut dyn std::io::Read,
        size_bytes: u64,
        modified: SystemTime,
    ) -> anyhow::Result<()> {
        let mut header = Header::new_gnu();
        header.set_size(size_bytes);
        header.set_mode(0o600);
        header.set_mtime(modified.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()));
        self.archive.append_data(&mut header, path, content).context("write the archive")
    }
}

impl<W: Write> Destination for Stream<W> {
    fn expect(&self, _: &[StoredFile]) -> anyhow::Result<()> {
        Ok(())
    }

    fn scratch(&self) -> &Path {
        &self.scratch
    }

    fn put(&mut self, path: &str, content: Content) -> anyhow::Result<Digest> {
        // Its length stands before it, and its hash is wanted too: so it is held for a moment, mostly in the system's memory.
        let mut held = tempfile::tempfile_in(&self.scratch).context("make a file")?;
        let modified = content.modified;
        let (digest, size_bytes) = content.copy_to(&mut held)?;
        held.rewind()?;
        self.append(path, &mut held, size_bytes, modified)?;
        Ok(digest)
    }
}
