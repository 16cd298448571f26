//! What a backup says of itself: `manifest.json`, and `SHA256SUMS`, which `sha256sum -c` can read too where there is no Iris.
//!
//! ```text
//! 2026-11-30T094512Z/manifest.json    who made it, when, how much; the hash of SHA256SUMS
//!                    SHA256SUMS       the hash of every file below
//!                    database.dump    by pg_dump, custom format
//!                    library/         clips and pictures, by the paths that the rows name
//!                    settings/        each service's settings in force, without secrets
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use iris_domain::Timestamp;
use iris_models::Digest;
use serde::{Deserialize, Serialize};

/// The file that makes a folder a backup; it is written last.
pub const MANIFEST: &str = "manifest.json";
/// The hashes.
pub const SUMS: &str = "SHA256SUMS";
/// The database.
pub const DUMP: &str = "database.dump";
/// Settings, to be read by a person.
pub const SETTINGS: &str = "settings";

/// A later format is refused by name instead of being misread.
const FORMAT: u32 = 1;

/// The hash of each file, by its path in the backup.
pub type Sums = BTreeMap<String, Digest>;

/// What `manifest.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    format: u32,
    /// The version of Iris that made it.
    pub iris: String,
    /// When its database was dumped.
    pub made_at: String,
    /// The major version of the database server.
    pub postgres: u32,
    /// Files in it.
    pub files: u64,
    /// Their sizes together, in bytes.
    pub bytes: u64,
    /// The hash of `SHA256SUMS`.
    sums: Digest,
}

impl Manifest {
    /// Of a backup made now.
    pub fn new(made_at: Timestamp, postgres: u32, bytes: u64, sums: &Sums) -> Self {
        Self {
            format: FORMAT,
            iris: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: made_at.to_string(),
            postgres,
            files: sums.len() as u64,
            bytes,
            sums: digest_of(&text_of(sums)),
        }
    }

    /// As it is written.
    pub fn to_json(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

/// A finished backup, read.
#[derive(Debug)]
pub struct Backup {
    /// Its folder.
    pub folder: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
    /// What it consists of.
    pub sums: Sums,
}

impl Backup {
    /// Reads what a backup says of itself. `folder` is the backup, or the place of several, of which the newest is taken.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let folder = if folder.join(MANIFEST).is_file() { folder.to_owned() } else { newest_in(folder)? };
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
        };
        let manifest: Manifest = serde_json::from_str(&read(MANIFEST)?)
            .with_context(|| format!("{} is not the manifest of a backup", folder.join(MANIFEST).display()))?;
        let format = manifest.format;
        ensure!(
            format == FORMAT,
            "this backup is of format {format}, this Iris knows {FORMAT}: use the Iris that made it, or a newer one"
        );
        let text = read(SUMS)?;
        ensure!(
            digest_of(&text) == manifest.sums,
            "{} is not what it was when the backup was made",
            folder.join(SUMS).display()
        );
        let sums = parse(&text).with_context(|| format!("{}", folder.join(SUMS).display()))?;
        Ok(Self { folder, manifest, sums })
    }

    /// Where one of its files is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The newest finished backup in a place of backups.
fn newest_in(place: &Path) -> anyhow::Result<PathBuf> {
    match all_in(place)?.pop() {
        Some(newest) => Ok(newest),
        None => bail!("{} is no backup, and there is none in it", place.display()),
    }
}

/// The finished backups in a place, oldest first: their names are their times.
pub fn all_in(place: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(place).with_context(|| format!("list {}", place.display()))? {
        let path = entry?.path();
        let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.join(MANIFEST).is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// `SHA256SUMS`, as sha256sum writes it.
pub fn text_of(sums: &Sums) -> String {
    sums.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect()
}

/// Reads it. A path that leads out of the backup is refused, since a restore writes by it.
pub fn parse(text: &str) -> anyhow::Result<Sums> {
    let mut sums = Sums::new();
    for line in text.lines() {
        let (digest, path) = line.split_once("  ").with_context(|| format!("`{line}` is not a hash and a path"))?;
        let inside = !path.is_empty() && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        ensure!(inside, "`{path}` is not a path in the backup");
        sums.insert(path.to_owned(), digest.parse()?);
    }
    Ok(sums)
}

fn digest_of(text: &str) -> Digest {
    let copied = Digest::of_copy(&mut text.as_bytes(), &mut std::io::sink());
    copied.map(|(digest, _)| digest).expect("memory can be read")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surroundings::LIBRARY;

    fn sums() -> Sums {
        let of = |text: &str| (format!("{LIBRARY}/{text}.mp4"), digest_of(text));
        [of("a"), of("b")].into()
    }

    fn written(folder: &Path, sums_text: &str, manifest: &Manifest) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join(SUMS), sums_text).unwrap();
        fs::write(folder.join(MANIFEST), manifest.to_json().unwrap()).unwrap();
    }

    #[test]
    fn a_backup_is_found_by_itself_and_as_the_newest_of_a_place() {
        let place = tempfile::tempdir().unwrap();
        let manifest = Manifest::new(Timestamp::EPOCH, 15, 2, &sums());
        for name in ["2026-11-29T120000Z", "2026-11-30T094512Z", ".2026-12-01T000000Z.unfinished"] {
            written(&place.path().join(name), &text_of(&sums()), &manifest);
        }
        let newest = Backup::open(place.path()).unwrap();
        assert!(newest.folder.ends_with("2026-11-30T094512Z"));
        assert_eq!((newest.sums, newest.manifest), (sums(), manifest));
        Backup::open(&place.path().join("2026-11-29T120000Z")).unwrap();
    }

    #[test]
    fn what_was_changed_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let manifest = Manifest::new(Timestamp::EPOCH, 15, 2, &sums());
        let text = text_of(&sums());
        written(place.path(), text.lines().next().unwrap(), &manifest);
        assert!(Backup::open(place.path()).unwrap_err().to_string().contains("not what it was"));
        written(place.path(), &text, &Manifest { format: 2, ..manifest });
        assert!(Backup::open(place.path()).unwrap_err().to_string().contains("format 2"));
    }

    #[test]
    fn a_path_stays_in_the_backup() {
        let digest = digest_of("a");
        assert_eq!(parse(&text_of(&sums())).unwrap(), sums());
        for path in ["../x", "/etc/passwd", "library/../../x", "", "library//x", "."] {
            assert!(parse(&format!("{digest}  {path}\n")).is_err(), "{path}");
        }
        assert!(parse("abc  library/x\n").is_err() && parse("nothing\n").is_err());
    }
}
