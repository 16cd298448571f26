//! What is known of a model's file without running it: its name, its fingerprint, and, of the network in it, the few
//! things that decide how it has to be fed and that no runtime tells.

mod graph;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::InferenceError;

pub(crate) use self::graph::Graph;

/// Bytes read at a time while hashing: enough that the calls cost nothing beside the hash.
const READ_BYTES: usize = 1 << 20;
/// How much of a fingerprint names a model beside others: 64 bits, so that no two that anybody has are alike.
const SHORT_DIGITS: usize = 16;

/// `yolox-nano-416` for `models/yolox_nano_416.onnx`.
pub(crate) fn name(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().replace('_', "-")).unwrap_or_default()
}

/// SHA-256 in hexadecimal.
pub(crate) fn fingerprint(path: &Path) -> Result<String, InferenceError> {
    let unreadable = |source| InferenceError::ModelUnreadable { path: path.to_owned(), source };
    let mut hasher = Sha256::new();
    hash(path, &mut hasher).map_err(unreadable)?;
    Ok(hexadecimal(hasher))
}

/// SHA-256 of the file and of the files beside it that hold its weights, where it keeps them there: the vectors of a
/// network are as much its weights' as its own.
pub(crate) fn fingerprint_with_weights(path: &Path, graph: &Graph) -> Result<String, InferenceError> {
    let mut hasher = Sha256::new();
    hash(path, &mut hasher).map_err(|source| InferenceError::ModelUnreadable { path: path.to_owned(), source })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    for file in &graph.weight_files {
        let path = folder.join(file);
        hash(&path, &mut hasher).map_err(|source| InferenceError::ModelUnreadable { path, source })?;
    }
    Ok(hexadecimal(hasher))
}

/// The beginning of a fingerprint.
pub(crate) fn short(fingerprint: &str) -> &str {
    fingerprint.get(..SHORT_DIGITS).unwrap_or(fingerprint)
}

fn hash(path: &Path, hasher: &mut Sha256) -> io::Result<()> {
    let mut file = BufReader::with_capacity(READ_BYTES, File::open(path)?);
    loop {
        let chunk = file.fill_buf()?;
        if chunk.is_empty() {
            return Ok(());
        }
        hasher.update(chunk);
        let length = chunk.len();
        file.consume(length);
    }
}

fn hexadecimal(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_name_is_the_files_with_dashes() {
        assert_eq!(name(Path::new("models/yolox_nano_416.onnx")), "yolox-nano-416");
    }

    #[test]
    fn other_weights_are_another_model() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.onnx");
        fs::write(&path, "abc").unwrap();
        fs::write(folder.path().join("w.data"), "1").unwrap();
        let graph = Graph { weight_files: ["w.data".to_owned()].into(), ..Graph::default() };
        let first = fingerprint_with_weights(&path, &graph).unwrap();
        fs::write(folder.path().join("w.data"), "2").unwrap();
        assert_ne!(fingerprint_with_weights(&path, &graph).unwrap(), first);
        assert_eq!(fingerprint_with_weights(&path, &Graph::default()).unwrap(), fingerprint(&path).unwrap());
        assert_eq!(short(&fingerprint(&path).unwrap()), "ba7816bf8f01cfea");
        fs::remove_file(folder.path().join("w.data")).unwrap();
        assert!(fingerprint_with_weights(&path, &graph).unwrap_err().to_string().contains("w.data"));
    }
}
