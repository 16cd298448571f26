//! What goes into and comes out of a face detector.

use std::path::PathBuf;

use iris_domain::BBox;
use serde::{Deserialize, Serialize};

use crate::choice::{Choice, named};
use crate::device::Device;
use crate::input::InputSize;
use crate::landmarks::Landmarks;

/// A family of face detectors; the text is what settings call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum FaceFamily {
    /// `scrfd`: InsightFace's SCRFD with key points, of any size.
    Scrfd,
    /// `yunet`: YuNet of March 2023, of the OpenCV Zoo.
    YuNet,
}

named!(FaceFamily, UnknownFaceFamily, "face detector family", {
    Scrfd => "scrfd",
    YuNet => "yunet",
});

/// The settings' word on a face detector's family; `auto` tells it from the tensors.
pub type FaceFamilyChoice = Choice<FaceFamily>;

/// Which face detector to load, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaceDetectorSpec {
    /// The ONNX file.
    pub path: PathBuf,
    /// How to read its tensors.
    pub family: FaceFamilyChoice,
    /// Where to run it.
    pub device: Device,
    /// Threads that one run may use on the CPU, as [`DetectorSpec::threads`](crate::DetectorSpec::threads).
    pub threads: usize,
}

/// What was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaceDetectorInfo {
    /// From the file's name, such as `scrfd-500m`.
    pub name: String,
    /// Its family.
    pub family: FaceFamily,
    /// Sizes of pictures that it looks at.
    pub input_size: InputSize,
    /// The device in use, such as `cpu`; never `auto`.
    pub device: String,
    /// ONNX Runtime's execution providers in use, first choice first, such as `CPUExecutionProvider`.
    pub providers: Vec<String>,
    /// SHA-256 of the file, in hexadecimal.
    pub fingerprint: String,
}

/// A face in a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// In 0..1 of the picture as given, clipped to it.
    pub bbox: BBox,
    /// In pixels of the picture as given, since what follows, turning the face upright, needs equal scales of both axes.
    pub landmarks: Landmarks,
    /// How sure the network is, 0..1.
    pub score: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_text_is_read_and_written_alike() {
        for family in FaceFamily::ALL {
            assert_eq!(family.to_string().parse(), Ok(FaceFamilyChoice::Named(*family)));
        }
        assert_eq!(serde_json::from_str::<FaceFamilyChoice>("\"AUTO\"").unwrap(), FaceFamilyChoice::Auto);
        assert_eq!(serde_json::to_string(&FaceFamilyChoice::Named(FaceFamily::YuNet)).unwrap(), "\"yunet\"");
        assert_eq!(
            serde_json::from_str::<FaceFamilyChoice>("\"retina\"").unwrap_err().to_string(),
            "unknown face detector family `retina`: auto, or one of scrfd, yunet"
        );
    }
}
