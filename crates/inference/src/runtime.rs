//! Finds and starts ONNX Runtime's shared library, once per process. Nothing else may touch `ort` before this has
//! succeeded: without a library `ort` panics, so every way in goes through [`environment`]. Never downloads anything.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::logging::LogLevel;

use crate::error::InferenceError;

/// Names the library where the settings do not.
const PATH_VARIABLE: &str = "ORT_DYLIB_PATH";
/// What the system's loader is asked for where nobody names the library.
const SYSTEM_NAME: &str = "libonnxruntime.so";

/// The runtime that was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeInfo {
    /// Such as `1.32.0`; where the library's file name does not carry it, the commit it was built from.
    pub version: String,
}

struct Loaded {
    environment: Environment,
    info: RuntimeInfo,
}

/// One per process and for ever: ONNX Runtime allows one environment, and sessions must not outlive it.
static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);

/// Loads ONNX Runtime from `dylib`, else from what `ORT_DYLIB_PATH` names, else from the system's library path.
/// A second call answers what the first found and ignores its argument; after a failure the next call tries again.
pub fn init(dylib: Option<&Path>) -> Result<RuntimeInfo, InferenceError> {
    with_loaded(dylib, |loaded| loaded.info.clone())
}

/// The environment that sessions are made in; loads the library if nobody has.
pub(crate) fn environment() -> Result<Environment, InferenceError> {
    with_loaded(None, |loaded| loaded.environment.clone())
}

fn with_loaded<T>(dylib: Option<&Path>, read: impl FnOnce(&Loaded) -> T) -> Result<T, InferenceError> {
    // The slot is either empty or whole, so a panic of another thread cannot have left it half written.
    let mut slot = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(loaded) = slot.as_ref() {
        return Ok(read(loaded));
    }
    let loaded = load(&library_path(dylib, std::env::var_os(PATH_VARIABLE)))?;
    Ok(read(slot.insert(loaded)))
}

fn library_path(dylib: Option<&Path>, variable: Option<OsString>) -> PathBuf {
    match (dylib, variable) {
        (Some(path), _) => path.to_owned(),
        (None, Some(path)) if !path.is_empty() => path.into(),
        (None, _) => SYSTEM_NAME.into(),
    }
}

fn load(path: &Path) -> Result<Loaded, InferenceError> {
    let builder = ort::init_from(path)
        .map_err(|error| InferenceError::RuntimeMissing { path: path.to_owned(), reason: error.to_string() })?;
    let environment = builder
        .with_name("iris")
        .with_telemetry(false)
        .with_logger(Arc::new(|level, _category, _id, _location, message| log(level, message)))
        .build()
        .map_err(|error| InferenceError::RuntimeFailed { reason: error.to_string() })?;
    // Its warnings are about how models were exported, hundreds per model, and nothing an operator could act on.
    environment.set_log_level(LogLevel::Error);
    let info = RuntimeInfo { version: version(path, ort::info()) };
    tracing::info!(version = info.version, path = %path.display(), "loaded ONNX Runtime {}", info.version);
    Ok(Loaded { environment, info })
}

fn log(level: LogLevel, message: &str) {
    match level {
        LogLevel::Error | LogLevel::Fatal => tracing::warn!("ONNX Runtime: {message}"),
        LogLevel::Verbose | LogLevel::Info | LogLevel::Warning => tracing::debug!("ONNX Runtime: {message}"),
    }
}

/// The C interface that would tell the version is not reachable through `ort`, but the library is always installed
/// as `libonnxruntime.so.<version>`, if behind links; the build's own line knows at least its commit.
fn version(path: &Path, build_info: &str) -> String {
    let file = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let digits = name.split_once(".so.").map(|(_, digits)| digits);
    match digits.filter(|digits| digits.starts_with("1.") && digits.bytes().all(|b| b == b'.' || b.is_ascii_digit())) {
        Some(digits) => digits.to_owned(),
        None => build_info
            .split(", ")
            .find_map(|part| part.strip_prefix("git-commit-id="))
            .map_or_else(|| "unknown".to_owned(), |commit| format!("commit {commit}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_comes_before_the_environment_before_the_system() {
        assert_eq!(library_path(Some(Path::new("/a")), Some("/b".into())), Path::new("/a"));
        assert_eq!(library_path(None, Some("/b".into())), Path::new("/b"));
        assert_eq!(library_path(None, Some("".into())), Path::new(SYSTEM_NAME));
        assert_eq!(library_path(None, None), Path::new(SYSTEM_NAME));
    }

    #[test]
    fn the_version_is_the_file_names_else_the_commit() {
        let build = "ORT Build Info: git-branch=HEAD, git-commit-id=fab30a4, build type=Release";
        assert_eq!(version(Path::new("/none/libonnxruntime.so.1.32.0"), build), "1.32.0");
        assert_eq!(version(Path::new("/none/libonnxruntime.so"), build), "commit fab30a4");
        assert_eq!(version(Path::new("/none/libonnxruntime.so"), "?"), "unknown");
    }
}
