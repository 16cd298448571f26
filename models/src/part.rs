//! A file on its way: the bytes that have come, under a temporary name, and beside them a note of what they are a part
//! of, so that a later run can go on where this one stopped and never joins two different files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::fs::{File, OpenOptions};
use url::Url;

/// The bytes so far of one file of the models folder.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Where they are.
    pub(crate) path: PathBuf,
    note: PathBuf,
}

/// Which version of which file the bytes belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    /// Where it is fetched from.
    pub(crate) url: Url,
    /// What the server calls this version: a strong ETag, or the time of the last change.
    pub(crate) validator: String,
}

/// Where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResumePoint {
    /// Bytes that are there.
    pub(crate) offset: u64,
    /// Of this version.
    pub(crate) version: Version,
}

impl Part {
    /// Of the file that will be called `target`.
    pub(crate) fn of(target: &Path) -> Self {
        let with = |suffix: &str| {
            let mut name = target.file_name().unwrap_or_default().to_owned();
            name.push(suffix);
            target.with_file_name(name)
        };
        Self { path: with(".part"), note: with(".part.toml") }
    }

    /// How many bytes are there.
    pub(crate) fn length(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    /// Where a download from `url` can go on; `None` when it has to begin at the start. A note that cannot be read is
    /// as good as none.
    pub(crate) fn resume_point(&self, url: &Url) -> Option<ResumePoint> {
        let version: Version = toml::from_str(&fs::read_to_string(&self.note).ok()?).ok()?;
        let offset = self.length();
        (offset > 0 && version.url == *url).then_some(ResumePoint { offset, version })
    }

    /// Empties it and notes what is to come; without a version it cannot be resumed later.
    pub(crate) async fn start_over(&self, version: Option<&Version>) -> io::Result<File> {
        let file = File::create(&self.path).await?;
        match version.and_then(|version| toml::to_string(version).ok()) {
            Some(note) => fs::write(&self.note, note)?,
            None => remove(&self.note)?,
        }
        Ok(file)
    }

    /// Opens it at its end.
    pub(crate) async fn go_on(&self) -> io::Result<File> {
        OpenOptions::new().append(true).open(&self.path).await
    }

    /// Removes all of it.
    pub(crate) fn discard(&self) -> io::Result<()> {
        remove(&self.note)?;
        remove(&self.path)
    }

    /// Gives it its name, in place of what had it before.
    pub(crate) fn finish(&self, target: &Path) -> io::Result<()> {
        remove(&self.note)?;
        fs::rename(&self.path, target)
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
