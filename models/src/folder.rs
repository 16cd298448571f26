//! The models folder: the files, which of them is in use for which role, and what was accepted.
//!
//! ```text
//! data/models/yolox_nano.onnx
//! data/models/accepted.toml
//! data/models/in-use/detector.onnx -> ../yolox_nano.onnx
//! ```

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;

use crate::accepted::Accepted;
use crate::manifest::{Model, Origin};
use crate::role::Role;

/// See the file's comment. Nothing is made on the disk before it is needed.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

/// Holds off other processes that change the same folder, until it is dropped.
#[must_use = "the folder is locked only while this lives"]
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the lock ends when the file is closed")] File);

impl Folder {
    /// The folder at this path, which need not exist yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where the model's file is, or will be.
    pub fn file_of(&self, model: &Model) -> PathBuf {
        match &model.origin {
            Origin::Shipped(path) => path.clone(),
            Origin::Address(_) | Origin::ByHand(_) => self.root.join(&model.file),
        }
    }

    /// Makes the folder and keeps others from changing it at the same time.
    pub fn lock(&self) -> anyhow::Result<Lock> {
        let path = self.root.join(".lock");
        fs::create_dir_all(&self.root).with_context(|| format!("make the models folder `{}`", self.root.display()))?;
        let file =
            File::create(&path).with_context(|| format!("write in the models folder `{}`", self.root.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock(file)),
            Err(TryLockError::WouldBlock) => {
                anyhow::bail!("another iris-models works in `{}`; try again when it has ended", self.root.display())
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("lock `{}`", path.display())),
        }
    }

    /// What was accepted here.
    pub fn accepted(&self) -> anyhow::Result<Accepted> {
        let path = self.accepted_path();
        Accepted::read(&path)
            .with_context(|| format!("read `{}`; mend it, or remove it and accept again", path.display()))
    }

    /// Notes what was accepted.
    pub fn write_accepted(&self, accepted: &Accepted) -> anyhow::Result<()> {
        let path = self.accepted_path();
        accepted.write(&path).with_context(|| format!("write `{}`", path.display()))
    }

    fn accepted_path(&self) -> PathBuf {
        self.root.join("accepted.toml")
    }

    /// The link to the model in use for a role.
    pub fn in_use_link(&self, role: Role) -> PathBuf {
        self.root.join("in-use").join(format!("{role}.onnx"))
    }

    /// Whether the file is the one in use for a role.
    pub fn is_in_use(&self, role: Role, file: &Path) -> bool {
        match (fs::canonicalize(self.in_use_link(role)), fs::canonicalize(file)) {
            (Ok(used), Ok(file)) => used == file,
            _ => false,
        }
    }

    /// Makes the file the one in use for the role. Whoever opens the link finds the old model or the new one; there is no
    /// moment without. The link is relative, so that the folder can be moved and mounted elsewhere.
    pub fn put_in_use(&self, role: Role, file: &Path) -> io::Result<PathBuf> {
        let link = self.in_use_link(role);
        let folder = self.root.join("in-use");
        fs::create_dir_all(&folder)?;
        let target = relative(&fs::canonicalize(&folder)?, &fs::canonicalize(file)?);
        let beside = link.with_extension("onnx.new");
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        symlink(target, &beside)?;
        fs::rename(&beside, &link)?;
        Ok(link)
    }
}

/// The way from a folder to a file, both without links and `..`.
fn relative(folder: &Path, file: &Path) -> PathBuf {
    let shared = folder.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(file.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::beside("/data/models/in-use", "/data/models/a.onnx", "../a.onnx")]
    #[case::elsewhere("/data/models/in-use", "/home/op/a.onnx", "../../../home/op/a.onnx")]
    #[case::below("/data", "/data/models/a.onnx", "models/a.onnx")]
    fn the_way_is_relative(#[case] folder: &str, #[case] file: &str, #[case] way: &str) {
        assert_eq!(relative(Path::new(folder), Path::new(file)), Path::new(way));
    }
}
