//! The page's files in memory, each as it is and as the build packed it. Read once; nothing here looks at a disk for a request.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    Identity,
    Brotli,
    Gzip,
}

impl Encoding {
    /// As HTTP says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// One file.
#[derive(Debug)]
pub struct File {
    /// By its name's ending.
    pub content_type: &'static str,
    /// By its content; weak, since it is the same however the file is packed.
    pub etag: String,
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

impl File {
    /// The smallest form that a client takes, by its `Accept-Encoding`.
    pub fn packed_for(&self, accepted: &str) -> (Encoding, Bytes) {
        let packed = [(Encoding::Brotli, &self.brotli), (Encoding::Gzip, &self.gzip)];
        let wanted = packed.into_iter().find_map(|(encoding, bytes)| {
            bytes.clone().filter(|_| accepts(accepted, encoding.as_str())).map(|bytes| (encoding, bytes))
        });
        wanted.unwrap_or_else(|| (Encoding::Identity, self.plain.clone()))
    }
}

/// Whether an `Accept-Encoding` names an encoding and does not give it a weight of nothing.
fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).and_then(|weight| weight.parse::<f32>().ok());
        named && weight.is_none_or(|weight| weight > 0.0)
    })
}

/// The files by their paths, such as `/assets/index.js`.
#[derive(Debug)]
pub struct Files(HashMap<String, File>);

impl Files {
    /// Reads a folder and those in it.
    ///
    /// # Errors
    /// Something cannot be read, or there is no `index.html`.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut bytes = HashMap::new();
        collect(folder, "", &mut bytes)?;
        let plain: Vec<String> = bytes.keys().filter(|path| !is_packed(path)).cloned().collect();
        let files: HashMap<_, _> = plain.into_iter().map(|path| (path.clone(), file(&path, &mut bytes))).collect();
        if files.contains_key("/index.html") {
            Ok(Self(files))
        } else {
            Err(io::Error::new(io::ErrorKind::NotFound, "there is no index.html"))
        }
    }

    /// The file of a path.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

fn collect(folder: &Path, above: &str, bytes: &mut HashMap<String, Bytes>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{above}/{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), &path, bytes)?;
        } else if kind.is_file() {
            bytes.insert(path, fs::read(entry.path())?.into());
        }
    }
    Ok(())
}

fn is_packed(path: &str) -> bool {
    path.ends_with(".br") || path.ends_with(".gz")
}

fn file(path: &str, bytes: &mut HashMap<String, Bytes>) -> File {
    let mut taken = |path: &str| bytes.remove(path);
    let plain = taken(path).unwrap_or_default();
    let hash = Sha256::digest(&plain);
    let etag: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    File {
        content_type: content_type(path),
        etag: format!("W/\"{etag}\""),
        plain,
        brotli: taken(&format!("{path}.br")),
        gzip: taken(&format!("{path}.gz")),
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
