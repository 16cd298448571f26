//! A manifest with one model, a server that has it, and an empty models folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use iris_models::{Accepted, Consent, Digest, Downloader, Folder, Manifest, Patience, commands};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::server::Server;
use crate::using::tiny;

/// A tiny embedder with words of documentation, enough for many chunks.
pub fn model_bytes() -> Vec<u8> {
    let mut bytes = fs::read(tiny("osnet")).unwrap();
    // Field 6, the documentation, of 300 000 bytes.
    bytes.extend([6 << 3 | 2, 0xe0, 0xa7, 0x12]);
    bytes.extend((0..300_000u32).map(|n| b'a' + (n * 7 % 25) as u8));
    bytes
}

pub fn digest(bytes: &[u8]) -> Digest {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    Digest::of_file(file.path()).unwrap()
}

pub struct World {
    pub server: Server,
    temp: TempDir,
}

impl World {
    /// With a model `m` whose hash is known.
    pub async fn with_hash() -> Self {
        let world = Self::without_hash().await;
        let bytes = model_bytes();
        world.set_manifest(&format!("sha256 = \"{}\"\nsize_bytes = {}", digest(&bytes), bytes.len()));
        world
    }

    /// With a model `m` whose hash is not known.
    pub async fn without_hash() -> Self {
        let server = Server::start(&model_bytes()).await;
        let world = Self { server, temp: TempDir::new().unwrap() };
        world.set_manifest("");
        world
    }

    /// Writes the model's entry with these lines.
    pub fn set_manifest(&self, lines: &str) {
        let url = &self.server.url;
        let entry = format!(
            "[[model]]\nname = \"m\"\nrole = \"embedder\"\nfamily = \"osnet\"\nfile = \"model.onnx\"\n\
             licence = \"some licence\"\nproject = \"https://example.org\"\nurl = \"{url}\"\ninput = \"i\"\n\
             output = \"o\"\ngood_for = \"tests\"\n{lines}\n"
        );
        fs::write(self.temp.path().join("manifest.toml"), entry).unwrap();
    }

    pub fn manifest(&self) -> Manifest {
        Manifest::read(&self.temp.path().join("manifest.toml")).unwrap()
    }

    pub fn folder(&self) -> Folder {
        Folder::new(self.path())
    }

    pub fn path(&self) -> PathBuf {
        self.temp.path().join("models")
    }

    pub fn file(&self) -> PathBuf {
        self.path().join("model.onnx")
    }

    pub fn accepted(&self) -> Accepted {
        Accepted::read(&self.path().join("accepted.toml")).unwrap()
    }

    /// Names of the files in the models folder but for the lock.
    pub fn kept(&self) -> Vec<String> {
        names(&self.path()).into_iter().filter(|name| name != ".lock").collect()
    }

    /// Fetches with nothing accepted and nobody to ask; answers what was said, or why not.
    pub async fn fetch(&self) -> Result<String, String> {
        self.fetch_with(Consent::default()).await
    }

    pub async fn fetch_with(&self, consent: Consent) -> Result<String, String> {
        self.fetch_from(&self.manifest(), consent).await
    }

    pub async fn fetch_from(&self, manifest: &Manifest, mut consent: Consent) -> Result<String, String> {
        let patience = Patience {
            stall: Duration::from_millis(300),
            pause_min: Duration::from_millis(1),
            pause_max: Duration::from_millis(2),
            ..Patience::default()
        };
        let downloader = Downloader::new(patience).unwrap();
        let (folder, names) = (self.folder(), ["m".to_owned()]);
        let mut out = Vec::new();
        let now = "2026-11-23T12:00:00Z".parse::<Timestamp>().unwrap();
        let fetched = commands::fetch(manifest, &folder, &names, &mut consent, &downloader, now, &mut out).await;
        fetched.map(|()| String::from_utf8(out).unwrap()).map_err(|error| format!("{error:#}"))
    }
}

pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
