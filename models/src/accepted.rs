//! What the operator of this machine has said yes to, in `accepted.toml` in the models folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// The answers, by the model's name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Accepted {
    models: BTreeMap<String, Answers>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Answers {
    #[serde(skip_serializing_if = "Option::is_none")]
    licence: Option<Answer<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<Answer<Digest>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Answer<T> {
    accepted: T,
    at: Timestamp,
}

const HEAD: &str = "# Written by iris-models: licences and hashes that were accepted on this machine. To take a yes back, remove it.\n\n";

impl Accepted {
    /// Reads the file; nobody has accepted anything where there is none.
    pub fn read(path: &Path) -> io::Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    /// Writes the file beside its place and renames it.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let text = toml::to_string(self).map_err(io::Error::other)?;
        let beside = path.with_extension("toml.new");
        fs::write(&beside, format!("{HEAD}{text}"))?;
        fs::rename(&beside, path)
    }

    /// The hash that was accepted for a model whose manifest knows none.
    pub fn sha256(&self, name: &str) -> Option<&Digest> {
        self.models.get(name)?.sha256.as_ref().map(|answer| &answer.accepted)
    }

    /// Whether this model was accepted under this licence; another text is another licence.
    pub fn has_licence(&self, name: &str, licence: &str) -> bool {
        let answer = self.models.get(name).and_then(|answers| answers.licence.as_ref());
        answer.is_some_and(|answer| answer.accepted == licence)
    }

    pub(crate) fn accept_licence(&mut self, name: &str, licence: &str, now: Timestamp) {
        let answer = Answer { accepted: licence.to_owned(), at: now };
        self.models.entry(name.to_owned()).or_default().licence = Some(answer);
    }

    pub(crate) fn accept_sha256(&mut self, name: &str, sha256: &Digest, now: Timestamp) {
        let answer = Answer { accepted: sha256.clone(), at: now };
        self.models.entry(name.to_owned()).or_default().sha256 = Some(answer);
    }
}
