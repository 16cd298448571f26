//! Where a model runs: the wish in the settings, and what ONNX Runtime's library can give.

use std::fmt;
use std::str::FromStr;

use ort::ep::{self, ExecutionProvider, ExecutionProviderDispatch};
use serde::{Deserialize, Serialize};

use crate::error::InferenceError;

/// The device that a model is wanted on; in settings one of `auto`, `cpu`, `cuda`, `tensorrt`, `openvino`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Device {
    /// The fastest that is there without a long preparation: CUDA, else OpenVINO, else the CPU. Says which.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// An NVIDIA GPU by CUDA.
    Cuda,
    /// An NVIDIA GPU by TensorRT, which compiles the model at start (minutes), with CUDA for what it cannot do.
    TensorRt,
    /// Intel's OpenVINO.
    OpenVino,
}

/// The settings name a device that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown device `{0}`: one of auto, cpu, cuda, tensorrt, openvino")]
pub struct UnknownDevice(String);

impl Device {
    /// What the settings call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::TensorRt => "tensorrt",
            Self::OpenVino => "openvino",
        }
    }

    /// The devices to try, best first; the last one's failure is the answer.
    pub(crate) fn candidates(self) -> &'static [Self] {
        match self {
            Self::Auto => &[Self::Cuda, Self::OpenVino, Self::Cpu],
            Self::Cpu => &[Self::Cpu],
            Self::Cuda => &[Self::Cuda],
            Self::TensorRt => &[Self::TensorRt],
            Self::OpenVino => &[Self::OpenVino],
        }
    }

    /// Whether the loaded library was built for this device, else the error that says what to install.
    pub(crate) fn require_built_in(self) -> Result<(), InferenceError> {
        let built_in = match self {
            Self::Auto | Self::Cpu => Ok(true),
            Self::Cuda => ep::CUDA::is_available(),
            Self::TensorRt => ep::TensorRT::is_available(),
            Self::OpenVino => ep::OpenVINO::is_available(),
        };
        match built_in {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.missing("this build of ONNX Runtime does not contain it".into())),
            Err(error) => Err(self.missing(error.to_string())),
        }
    }

    /// What to register with a session, each an error when it cannot be had. The CPU is always there and last.
    pub(crate) fn providers(self) -> Vec<ExecutionProviderDispatch> {
        match self {
            Self::Auto | Self::Cpu => Vec::new(),
            Self::Cuda => vec![ep::CUDA::default().build().error_on_failure()],
            Self::TensorRt => {
                vec![ep::TensorRT::default().build().error_on_failure(), ep::CUDA::default().build().error_on_failure()]
            }
            Self::OpenVino => vec![ep::OpenVINO::default().build().error_on_failure()],
        }
    }

    /// The error for a device that is not to be had, with what would bring it.
    pub(crate) fn missing(self, reason: String) -> InferenceError {
        InferenceError::DeviceMissing { device: self, reason, remedy: self.remedy() }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Auto | Self::Cpu => "reinstall ONNX Runtime by the install script",
            Self::Cuda => {
                "install an NVIDIA driver, CUDA, cuDNN and the package onnxruntime-gpu, and set ORT_DYLIB_PATH to \
                 its libonnxruntime.so, or set the device to cpu"
            }
            Self::TensorRt => {
                "install an NVIDIA driver, CUDA, cuDNN, TensorRT and the package onnxruntime-gpu, and set \
                 ORT_DYLIB_PATH to its libonnxruntime.so, or set the device to cpu"
            }
            Self::OpenVino => {
                "install the package onnxruntime-openvino and set ORT_DYLIB_PATH to its libonnxruntime.so, \
                 or set the device to cpu"
            }
        }
    }
}

/// The devices that the loaded ONNX Runtime was built for; loads it if nobody has. That one is built in does not say that its card is
/// there: loading a network on it does.
pub fn built_in_devices() -> Result<Vec<Device>, InferenceError> {
    crate::runtime::environment()?;
    let all = [Device::Cpu, Device::Cuda, Device::TensorRt, Device::OpenVino];
    Ok(all.into_iter().filter(|device| device.require_built_in().is_ok()).collect())
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Device {
    type Err = UnknownDevice;
    fn from_str(text: &str) -> Result<Self, UnknownDevice> {
        let wanted = text.trim().to_ascii_lowercase();
        [Self::Auto, Self::Cpu, Self::Cuda, Self::TensorRt, Self::OpenVino]
            .into_iter()
            .find(|device| device.as_str() == wanted)
            .ok_or_else(|| UnknownDevice(text.to_owned()))
    }
}

impl TryFrom<String> for Device {
    type Error = UnknownDevice;
    fn try_from(text: String) -> Result<Self, UnknownDevice> {
        text.parse()
    }
}

impl From<Device> for &'static str {
    fn from(device: Device) -> Self {
        device.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_text_is_read_and_written_alike() {
        for device in [Device::Auto, Device::Cpu, Device::Cuda, Device::TensorRt, Device::OpenVino] {
            assert_eq!(device.to_string().parse::<Device>().unwrap(), device);
        }
        assert_eq!(" TensorRT ".parse::<Device>().unwrap(), Device::TensorRt);
        assert_eq!(
            "gpu".parse::<Device>().unwrap_err().to_string(),
            "unknown device `gpu`: one of auto, cpu, cuda, tensorrt, openvino"
        );
    }

    #[test]
    fn only_auto_falls_back() {
        for device in [Device::Cpu, Device::Cuda, Device::TensorRt, Device::OpenVino] {
            assert_eq!(device.candidates(), [device]);
        }
        assert_eq!(Device::Auto.candidates().last(), Some(&Device::Cpu));
    }
}
