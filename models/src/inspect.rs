//! What a file turns out to be when it is opened: by its first bytes, and for a detector by loading and running it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use iris_inference::{Detector, DetectorInfo, DetectorSpec, Device, FamilyChoice, InferenceError, InputSize};

/// Names the class list's beginning; the rest is counted.
const CLASSES_SHOWN: usize = 6;

/// What the beginning of a file gives away, where it is not a model: a download that went wrong in a common way.
pub(crate) fn misfetched(path: &Path) -> io::Result<Option<&'static str>> {
    let mut beginning = Vec::new();
    File::open(path)?.take(64).read_to_end(&mut beginning)?;
    let lower = beginning.to_ascii_lowercase();
    let text = lower.trim_ascii_start();
    Ok(if beginning.is_empty() {
        Some("it is empty")
    } else if text.starts_with(b"<!doctype") || text.starts_with(b"<html") || text.starts_with(b"<?xml") {
        Some("it is a web page: the server sent a page in place of the file")
    } else if text.starts_with(b"version https://git-lfs") {
        Some("it is a Git LFS pointer: the repository keeps the file elsewhere, fetch it with `git lfs pull`")
    } else if beginning.starts_with(b"PK\x03\x04") {
        Some("it is a ZIP archive (or a PyTorch checkpoint): unpack or export it to ONNX first")
    } else if beginning[0] != ONNX_FIRST_BYTE {
        Some("it is not an ONNX file")
    } else {
        None
    })
}

/// Every exporter writes the version of the format first: protobuf field 1, a number.
const ONNX_FIRST_BYTE: u8 = 0x08;

/// Loads and runs a detector, on the CPU: what the model is does not depend on the device, and a GPU may be busy.
pub(crate) fn detector(path: &Path) -> Result<DetectorInfo, InferenceError> {
    let spec = DetectorSpec {
        path: path.to_owned(),
        family: FamilyChoice::Auto,
        class_names: None,
        device: Device::Cpu,
        threads: 1,
    };
    Detector::load(&spec).map(|detector| detector.info().clone())
}

/// Such as `family yolox, input 416x416, 80 classes: person, bicycle, ...`.
pub(crate) fn describe(info: &DetectorInfo) -> String {
    let input = match info.input_size {
        InputSize::Fixed { width, height } => format!("{width}x{height}"),
        InputSize::Dynamic { stride } => format!("of any size in steps of {stride}"),
    };
    let shown: Vec<_> = info.classes.iter().take(CLASSES_SHOWN).map(|class| class.as_str()).collect();
    let more = if info.classes.len() > CLASSES_SHOWN { ", ..." } else { "" };
    let count = info.classes.len();
    let noun = if count == 1 { "class" } else { "classes" };
    format!("family {}, input {input}, {count} {noun}: {}{more}", info.family, shown.join(", "))
}
