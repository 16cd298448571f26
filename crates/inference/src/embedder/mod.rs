//! A body embedder, for re-identification: a crop of a person (or of whatever it was trained on) goes in, a vector comes
//! out that lies near those of the same one's other crops. Driven by one thread at a time; who it is, is decided
//! elsewhere.

mod preset;

use std::path::PathBuf;

use iris_domain::{Embedding, ModelFingerprint};

use crate::crops::{Crop, CropNetwork, CropSource};
use crate::device::Device;
use crate::error::InferenceError;
use crate::model_file;
use crate::vectors;

pub use self::preset::{EmbedderPreset, EmbedderPresetChoice, UnknownPreset};

/// Which embedder to load, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbedderSpec {
    /// The ONNX file.
    pub path: PathBuf,
    /// How to feed it.
    pub preset: EmbedderPresetChoice,
    /// Where to run it.
    pub device: Device,
    /// Threads that one run may use on the CPU, as [`DetectorSpec::threads`](crate::DetectorSpec::threads).
    pub threads: usize,
}

/// What was loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbedderInfo {
    /// From the file's name, such as `osnet-x0-25-msmt17`.
    pub name: String,
    /// How it is fed.
    pub preset: EmbedderPreset,
    /// Width of its input in pixels.
    pub width: u32,
    /// Height of its input in pixels.
    pub height: u32,
    /// How many numbers a vector has.
    pub dimensions: usize,
    /// Most crops of one run; 1 where a network's answer would depend on the crops beside it.
    pub batch_max: usize,
    /// The device in use, such as `cpu`; never `auto`.
    pub device: String,
    /// ONNX Runtime's execution providers in use, first choice first, such as `CPUExecutionProvider`.
    pub providers: Vec<String>,
    /// SHA-256 of the file and its weights, in hexadecimal.
    pub fingerprint: String,
    /// What its vectors carry.
    pub model: ModelFingerprint,
    /// Cosine from which two of its vectors are of one, where the file says so (metadata `join_threshold`).
    pub join_threshold: Option<f32>,
}

/// See the module's comment. Made by [`Embedder::load`].
pub struct Embedder {
    network: CropNetwork,
    info: EmbedderInfo,
}

impl Embedder {
    /// Loads and tries the model.
    ///
    /// # Errors
    /// The file, the device or ONNX Runtime is not what it should be; the message says what to do.
    pub fn load(spec: &EmbedderSpec) -> Result<Self, InferenceError> {
        let source = CropSource { path: &spec.path, device: spec.device, threads: spec.threads, role: "body embedder" };
        let opened = source.open()?;
        let preset = match spec.preset {
            EmbedderPresetChoice::Auto => EmbedderPreset::of(&opened.graph),
            EmbedderPresetChoice::Named(preset) => preset,
        };
        let input = opened.input(preset::INPUT);
        let join_threshold = opened.join_threshold(&source)?;
        let (network, dimensions) = opened.into_network(&source, input, preset.preprocessor(), vectors::dimensions)?;
        let model = format!("{}/{preset}", model_file::short(&network.fingerprint));
        let info = EmbedderInfo {
            name: network.name.clone(),
            preset,
            width: input.width as u32,
            height: input.height as u32,
            dimensions,
            batch_max: network.batch_max(),
            device: network.model.device.to_string(),
            providers: network.model.providers.clone(),
            fingerprint: network.fingerprint.clone(),
            model: ModelFingerprint::new(&model).expect("a hexadecimal number and a name are a fingerprint"),
            join_threshold,
        };
        Ok(Self { network, info })
    }

    /// What was loaded.
    pub fn info(&self) -> &EmbedderInfo {
        &self.info
    }

    /// How many numbers a vector has.
    pub fn dimensions(&self) -> usize {
        self.info.dimensions
    }

    /// A vector for each crop, in their order; `None` for one of which the network says nothing.
    ///
    /// # Errors
    /// The model or the device failed; speaks of all of them.
    pub fn embed(&mut self, crops: &[Crop<'_>]) -> Result<Vec<Option<Embedding>>, InferenceError> {
        self.network.run(crops, vectors::embedding)
    }
}
