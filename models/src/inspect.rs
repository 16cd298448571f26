//! What a file turns out to be when it is opened: by its first bytes, and by loading and running it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use iris_inference::{
    Detector, DetectorSpec, Device, Embedder, EmbedderInfo, EmbedderPresetChoice, EmbedderSpec, FaceDetector,
    FaceDetectorSpec, FaceFamilyChoice, FaceRecognizer, FaceRecognizerSpec, FamilyChoice, InputSize, VehicleAttributes,
    VehicleAttributesInfo, VehicleAttributesSpec,
};

use crate::role::Role;

/// The beginning of a list of names; the rest is counted.
const NAMES_SHOWN: usize = 6;

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

/// What a model turned out to be.
pub(crate) struct Found {
    /// How it is fed and read, in the manifest's words.
    pub(crate) family: &'static str,
    /// For people.
    pub(crate) description: String,
}

/// Loads and runs a model of a role, on the CPU: what it is does not depend on the device, and a GPU may be busy.
pub(crate) fn open(role: Role, path: &Path) -> anyhow::Result<Found> {
    match role {
        Role::Detector => detector(path),
        Role::FaceDetector => face_detector(path),
        Role::FaceRecognizer => face_recognizer(path),
        Role::Embedder => embedder(path),
        Role::VehicleAttributes => vehicle_attributes(path),
    }
}

/// Such as `family yolox, input 416x416, 80 classes: person, bicycle, ...`.
fn detector(path: &Path) -> anyhow::Result<Found> {
    let spec = DetectorSpec {
        path: path.to_owned(),
        family: FamilyChoice::Auto,
        class_names: None,
        device: Device::Cpu,
        threads: 1,
    };
    let detector = Detector::load(&spec)?;
    let info = detector.info();
    let (family, input, count) = (info.family.as_str(), input(info.input_size), info.classes.len());
    let classes = names(info.classes.iter().map(|class| class.as_str()));
    let noun = if count == 1 { "class" } else { "classes" };
    Ok(Found { family, description: format!("family {family}, input {input}, {count} {noun}: {classes}") })
}

fn face_detector(path: &Path) -> anyhow::Result<Found> {
    let spec =
        FaceDetectorSpec { path: path.to_owned(), family: FaceFamilyChoice::Auto, device: Device::Cpu, threads: 1 };
    let detector = FaceDetector::load(&spec)?;
    let (family, input) = (detector.info().family.as_str(), input(detector.info().input_size));
    Ok(Found { family, description: format!("family {family}, input {input}, five points for each face") })
}

fn face_recognizer(path: &Path) -> anyhow::Result<Found> {
    let spec = FaceRecognizerSpec { path: path.to_owned(), device: Device::Cpu, threads: 1 };
    let recognizer = FaceRecognizer::load(&spec)?;
    recognizer.fit_for_people()?;
    let description = format!("family arcface, vectors of {} numbers", recognizer.dimensions());
    Ok(Found { family: "arcface", description })
}

fn embedder(path: &Path) -> anyhow::Result<Found> {
    let spec =
        EmbedderSpec { path: path.to_owned(), preset: EmbedderPresetChoice::Auto, device: Device::Cpu, threads: 1 };
    let embedder = Embedder::load(&spec)?;
    let EmbedderInfo { preset, width, height, dimensions, .. } = embedder.info();
    let description = format!("family {preset}, input {width}x{height}, vectors of {dimensions} numbers");
    Ok(Found { family: preset.as_str(), description })
}

fn vehicle_attributes(path: &Path) -> anyhow::Result<Found> {
    let spec = VehicleAttributesSpec { path: path.to_owned(), device: Device::Cpu, threads: 1 };
    let network = VehicleAttributes::load(&spec)?;
    let VehicleAttributesInfo { colours, types, .. } = network.info();
    let list = |list: &[String]| names(list.iter().map(String::as_str));
    let description = format!("{} colours: {}; {} types: {}", colours.len(), list(colours), types.len(), list(types));
    Ok(Found { family: "vehicle-attributes", description })
}

fn input(size: InputSize) -> String {
    match size {
        InputSize::Fixed { width, height } => format!("{width}x{height}"),
        InputSize::Dynamic { stride } => format!("of any size in steps of {stride}"),
    }
}

/// The beginning of a list.
fn names<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = if names.len() > NAMES_SHOWN { ", ..." } else { "" };
    format!("{}{more}", names.take(NAMES_SHOWN).collect::<Vec<_>>().join(", "))
}
