//! The table `[detect]` of the settings.

use std::path::{Path, PathBuf};

use garde::Validate;
use iris_inference::{Device, FamilyChoice};
use iris_runtime::Settings;
use serde::{Deserialize, Serialize};

/// Which model this node runs, and how.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
#[serde(default)]
pub struct DetectSettings {
    /// The detector, an ONNX file.
    #[garde(custom(named))]
    pub model: PathBuf,
    /// How to read its tensors: `auto`, or a family such as `yolox`, `yolov8`, `rtdetr`.
    #[garde(skip)]
    pub family: FamilyChoice,
    /// Names of its classes in order, where the file does not say them and they are not COCO's.
    #[garde(inner(length(min = 1, max = 10_000)))]
    pub class_names: Option<Vec<String>>,
    /// Where it runs: `auto`, `cpu`, `cuda`, `tensorrt` or `openvino`.
    #[garde(skip)]
    pub device: Device,
    /// Threads of one run on the CPU; 0 takes one for each core.
    #[garde(range(max = 256))]
    pub threads: usize,
    /// ONNX Runtime's shared library; without it `ORT_DYLIB_PATH` and the system's path are tried.
    #[garde(skip)]
    pub onnxruntime: Option<PathBuf>,
}

impl Default for DetectSettings {
    fn default() -> Self {
        Self {
            model: PathBuf::new(),
            family: FamilyChoice::Auto,
            class_names: None,
            device: Device::Auto,
            threads: 0,
            onnxruntime: None,
        }
    }
}

impl Settings for DetectSettings {
    const TABLE: &'static str = "detect";
}

fn named(model: &Path, _: &()) -> garde::Result {
    if model.as_os_str().is_empty() { Err(garde::Error::new("name the detector, an ONNX file")) } else { Ok(()) }
}
