//! What can go wrong between a settings file and what a network says of a picture, by what the caller can do about it.

use std::path::PathBuf;

use crate::device::Device;
use crate::families::Family;

/// Why a model cannot be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    /// The shared library is absent, too old or not ONNX Runtime. Install it, or point at it.
    #[error(
        "load ONNX Runtime from `{path}`: {reason}; set ORT_DYLIB_PATH to the file libonnxruntime.so, \
         or run the install script"
    )]
    RuntimeMissing {
        /// The path tried.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// The library loaded but would not start.
    #[error("start ONNX Runtime: {reason}")]
    RuntimeFailed {
        /// What it said.
        reason: String,
    },
    /// A device was asked for that this machine or this build of ONNX Runtime lacks.
    #[error("use device `{device}`: {reason}; {remedy}")]
    DeviceMissing {
        /// The device asked for.
        device: Device,
        /// What was found instead.
        reason: String,
        /// What to install or to set.
        remedy: &'static str,
    },
    /// The model file cannot be read.
    #[error("read model `{path}`: {source}")]
    ModelUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a model that ONNX Runtime can run.
    #[error("load model `{path}`: {reason}")]
    ModelBroken {
        /// The file.
        path: PathBuf,
        /// What ONNX Runtime said.
        reason: String,
    },
    /// The model runs but is not a detector of a family that Iris reads.
    #[error("model `{path}` is not a detector that can be read: {reason}; seen: {seen}")]
    FamilyUnknown {
        /// The file.
        path: PathBuf,
        /// Which rule refused it.
        reason: String,
        /// Its inputs and outputs.
        seen: String,
    },
    /// The settings name a family whose tensors the model does not have.
    #[error("model `{path}` cannot be read as family `{family}`: {reason}; seen: {seen}")]
    FamilyMismatch {
        /// The file.
        path: PathBuf,
        /// The family that was asked for.
        family: Family,
        /// Which rule refused it.
        reason: String,
        /// Its inputs and outputs.
        seen: String,
    },
    /// The model runs but cannot do the work that it was given for.
    #[error("model `{path}` is no {role} that can be read: {reason}; seen: {seen}")]
    RoleMismatch {
        /// The file.
        path: PathBuf,
        /// The work, such as `face detector`.
        role: &'static str,
        /// Which rule refused it.
        reason: String,
        /// Its inputs and outputs.
        seen: String,
    },
    /// The class names given do not go with the model.
    #[error("class names for model `{path}`: {reason}")]
    ClassNames {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// A model that loaded failed on a batch of pictures.
    #[error("run model `{model}`: {reason}")]
    RunFailed {
        /// The model's name.
        model: String,
        /// What ONNX Runtime said, or which output had an unexpected shape.
        reason: String,
    },
}
