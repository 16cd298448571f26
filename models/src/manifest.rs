//! `manifest.toml`: the models that Iris knows. Read and judged as a whole here; what comes out of it can be believed:
//! names are unique, no path leads out of its folder, addresses are encrypted, and a detector's family can be read.

use std::collections::HashSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use url::{Host, Url};

use crate::digest::Digest;
use crate::role::Role;

/// The models of one manifest, in its order.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// All of them.
    pub models: Vec<Model>,
}

/// One model that Iris knows.
#[derive(Debug, Clone)]
pub struct Model {
    /// What the command line calls it.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// How its tensors are read; for a detector one of the families of `iris-inference`.
    pub family: String,
    /// The file's name in the models folder.
    pub file: String,
    /// The file's size, where it is known.
    pub size_bytes: Option<u64>,
    /// The file's hash, where it is known.
    pub sha256: Option<Digest>,
    /// An SPDX identifier, or plain words where there is none.
    pub licence: String,
    /// Why the operator is asked before this model is fetched or used; `None` when nobody needs to be asked.
    pub ask_first: Option<String>,
    /// The project's page.
    pub project: Url,
    /// Where the file comes from.
    pub origin: Origin,
    /// Its input tensors: name, shape, colours, scale, placement.
    pub input: String,
    /// Its output tensors.
    pub output: String,
    /// What it is good for.
    pub good_for: String,
}

/// Where a model's file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It can be fetched from this address.
    Address(Url),
    /// The operator has to make or unpack it; the text says how.
    ByHand(String),
    /// It comes with Iris and lies here.
    Shipped(PathBuf),
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("read the list of models `{path}`: {source}; run this in Iris's folder, or name the file by --manifest")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML of the right form.
    #[error("read the list of models `{path}`: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the parser says, with the line.
        reason: String,
    },
    /// It is of the right form and wrong; all that is wrong.
    #[error("the list of models `{path}` is wrong:{}", .mistakes.iter().map(|mistake| format!("\n  {mistake}")).collect::<String>())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// One line for each mistake.
        mistakes: Vec<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    model: Vec<Entry>,
}

/// A model as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    role: Role,
    family: String,
    file: Option<String>,
    size_bytes: Option<u64>,
    sha256: Option<String>,
    licence: String,
    ask_first: Option<String>,
    project: String,
    url: Option<String>,
    how: Option<String>,
    path: Option<String>,
    input: String,
    output: String,
    good_for: String,
}

impl Manifest {
    /// Reads and judges the file. Files that come with Iris are looked for beside it.
    pub fn read(path: &Path) -> Result<Self, ManifestError> {
        let text =
            fs::read_to_string(path).map_err(|source| ManifestError::Unreadable { path: path.to_owned(), source })?;
        let file: File = toml::from_str(&text)
            .map_err(|error| ManifestError::Malformed { path: path.to_owned(), reason: error.to_string() })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut mistakes = Vec::new();
        let models: Vec<Model> =
            file.model.into_iter().filter_map(|entry| entry.judge(folder, &mut mistakes)).collect();
        mistakes.extend(repeated("name", models.iter().map(|model| model.name.as_str())));
        mistakes.extend(repeated("file", models.iter().map(|model| model.file.as_str())));
        match mistakes.is_empty() {
            true => Ok(Self { models }),
            false => Err(ManifestError::Wrong { path: path.to_owned(), mistakes }),
        }
    }

    /// The model of this name.
    pub fn find(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }
}

impl Entry {
    /// The model, if nothing is wrong with it.
    fn judge(self, folder: &Path, mistakes: &mut Vec<String>) -> Option<Model> {
        let before = mistakes.len();
        let name = self.name.clone();
        let mut wrong = |what: String| mistakes.push(format!("`{name}`: {what}"));

        // A name that looked like a file could not be told from one on the command line.
        if !is_plain(&self.name) || self.name.ends_with(".onnx") {
            wrong("its name is not of small letters, digits, `.`, `-`, `_`, or ends in .onnx".into());
        }
        for (key, text) in [
            ("family", &self.family),
            ("licence", &self.licence),
            ("input", &self.input),
            ("output", &self.output),
            ("good_for", &self.good_for),
        ] {
            if text.trim().is_empty() {
                wrong(format!("its `{key}` is empty"));
            }
        }
        if self.role == Role::Detector
            && let Err(error) = self.family.parse::<iris_inference::Family>()
        {
            wrong(error.to_string());
        }
        if self.size_bytes == Some(0) {
            wrong("its `size_bytes` is 0".into());
        }
        let sha256 = self.sha256.as_deref().map(str::parse::<Digest>).transpose();
        let sha256 = sha256.unwrap_or_else(|error| {
            wrong(error.to_string());
            None
        });
        let project = address(&self.project).map_err(|reason| wrong(format!("its `project` {reason}"))).ok();
        let origin = self.origin(folder).map_err(&mut wrong).ok();
        if matches!(origin, Some(Origin::Shipped(_))) && self.sha256.is_none() {
            wrong("a model that comes with Iris has a `sha256`".into());
        }
        let file = self.file_name().map_err(&mut wrong).ok();

        let (project, origin, file) = (project?, origin?, file?);
        (mistakes.len() == before).then_some(Model {
            name: self.name,
            role: self.role,
            family: self.family,
            file,
            size_bytes: self.size_bytes,
            sha256,
            licence: self.licence,
            ask_first: self.ask_first,
            project,
            origin,
            input: self.input,
            output: self.output,
            good_for: self.good_for,
        })
    }

    fn origin(&self, folder: &Path) -> Result<Origin, String> {
        match (&self.url, &self.how, &self.path) {
            (Some(url), None, None) => {
                address(url).map(Origin::Address).map_err(|reason| format!("its `url` {reason}"))
            }
            (None, Some(how), None) if !how.trim().is_empty() => Ok(Origin::ByHand(how.clone())),
            (None, None, Some(path)) if stays_inside(path) => Ok(Origin::Shipped(folder.join(path))),
            (None, None, Some(path)) => Err(format!("its path `{path}` is not one below the manifest's folder")),
            _ => Err("it needs one of `url`, `how` and `path`, and only one".into()),
        }
    }

    /// The name below the models folder; a model that comes with Iris is called as it lies there.
    fn file_name(&self) -> Result<String, String> {
        let name = match (&self.file, &self.path) {
            (Some(file), None) => file.as_str(),
            (None, Some(path)) => path.rsplit('/').next().unwrap_or(path),
            _ => return Err("it needs a `file`, or a `path` in its place".into()),
        };
        match is_plain(name) && name.ends_with(".onnx") {
            true => Ok(name.to_owned()),
            false => Err(format!(
                "its file `{name}` is not a plain name of small letters, digits, `.`, `-`, `_` that ends in .onnx"
            )),
        }
    }
}

/// Whether a name can stand in a path, an argument and a table's head without surprise.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_');
    !name.is_empty() && !name.starts_with(['.', '-']) && name.bytes().all(plain)
}

fn stays_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// Encrypted, because a hash that is not known yet is all that would tell a forged file; or on this machine.
fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("`{text}` is not an address: {error}"))?;
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if here => Ok(url),
        _ => Err(format!("`{text}` does not begin with https://")),
    }
}

fn repeated<'a>(key: &str, values: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = HashSet::new();
    values.filter(|value| !seen.insert(*value)).map(|value| format!("the {key} `{value}` is there twice")).collect()
}
