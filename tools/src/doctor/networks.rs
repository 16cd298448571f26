//! ONNX Runtime, the graphics cards, and the networks that the settings name: each is the file that it should be, and loads where it
//! is to run.

use std::fs;
use std::path::Path;

use iris_detect::DetectSettings;
use iris_inference::{Detector, DetectorSpec, Device};
use iris_models::{Digest, Manifest};
use iris_reid::{Models, ReidSettings};
use nvml_wrapper::Nvml;

use super::Finding;
use super::settings::Chosen;

const AREA: &str = "models";
const GPU: &str = "gpu";

/// Looks at them, where a service has networks.
pub fn look(chosen: &Chosen, manifest: &Path) -> Vec<Finding> {
    let (detect, reid) = (chosen.detect.as_ref(), chosen.reid.as_ref());
    if !["detect", "reid"].iter().any(|name| chosen.names.contains(name)) {
        return Vec::new();
    }
    let mut findings = cards();
    let library = detect.and_then(|detect| detect.service.onnxruntime.as_deref());
    let library = library.or(reid.and_then(|reid| reid.service.onnxruntime.as_deref()));
    match iris_inference::init(library).and_then(|runtime| Ok((runtime, iris_inference::built_in_devices()?))) {
        Ok((runtime, devices)) => {
            let devices: Vec<&str> = devices.into_iter().map(Device::as_str).collect();
            let seen = format!("ONNX Runtime {} computes on: {}", runtime.version, devices.join(", "));
            findings.push(Finding::ok(AREA, seen));
        }
        Err(error) => {
            let remedy = "deploy/install --onnxruntime fetches it; name its libonnxruntime.so in ORT_DYLIB_PATH";
            findings.push(Finding::fault(AREA, error.to_string(), remedy));
            return findings;
        }
    }
    let known = Manifest::read(manifest).ok();
    if let Some(detect) = detect {
        findings.extend(hash(&detect.service.model, known.as_ref()));
        findings.push(detector(&detect.service));
    }
    if let Some(reid) = reid {
        findings.extend(reid.service.networks().filter_map(|file| hash(file, known.as_ref())));
        findings.push(reid_networks(&reid.service));
    }
    findings
}

/// A file that has a known model's name and is not that model was damaged, or is another version of it.
fn hash(file: &Path, known: Option<&Manifest>) -> Option<Finding> {
    let known = known?;
    let digest = Digest::of_file(file).ok()?;
    if known.models.iter().any(|model| model.sha256.as_ref() == Some(&digest)) {
        return None;
    }
    let name = file.file_name()?;
    let model =
        known.models.iter().find(|model| Path::new(&model.file).file_name() == Some(name) && model.sha256.is_some())?;
    let seen = format!("{} is not the {} that the list of models knows", file.display(), model.name);
    let remedy = format!("fetch it again: iris-models fetch {}", model.name);
    Some(Finding::warning(AREA, seen, remedy))
}

fn detector(settings: &DetectSettings) -> Finding {
    let DetectSettings { model, family, class_names, device, threads, .. } = settings.clone();
    let spec = DetectorSpec { path: model, family, class_names, device, threads };
    match Detector::load(&spec) {
        Ok(detector) => {
            let info = detector.info();
            let seen = format!(
                "detect: {} ({}, {} classes) runs on {}",
                info.name,
                info.family,
                info.classes.len(),
                info.device
            );
            Finding::ok(AREA, seen)
        }
        Err(error) => {
            Finding::fault(AREA, format!("detect: {error}"), "choose another model or device (IRIS_MODEL, IRIS_DEVICE)")
        }
    }
}

/// Loaded as the service loads them.
fn reid_networks(settings: &ReidSettings) -> Finding {
    let count = settings.networks().count();
    if !settings.biometrics_enabled {
        return Finding::ok(AREA, "reid: biometrics are off, nobody is known again");
    }
    if count == 0 {
        let remedy =
            "name networks (IRIS_FACE_DETECTOR, IRIS_FACE_RECOGNIZER, IRIS_EMBEDDER) to have people known again";
        return Finding::warning(AREA, "reid: the settings name no networks", remedy);
    }
    match Models::load(settings) {
        Ok((_, described)) => match described.refusal {
            Some(refusal) => {
                Finding::warning(AREA, format!("reid: {refusal}"), "choose other networks (models/README.md)")
            }
            None => Finding::ok(AREA, format!("reid: {count} networks run on {}", described.device)),
        },
        Err(error) => Finding::fault(AREA, format!("reid: {error}"), "choose other networks or another device"),
    }
}

/// NVIDIA's cards by their driver's own library, and the others by their files.
fn cards() -> Vec<Finding> {
    let nodes = |folder: &str, prefix: &str| -> Vec<String> {
        let names = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
        names.sort();
        names
    };
    let mut findings = Vec::new();
    let nvidia =
        nodes("/dev", "nvidia").into_iter().filter(|name| name["nvidia".len()..].parse::<u32>().is_ok()).count();
    match nvidia_cards() {
        Ok(cards) => findings.extend(cards.into_iter().map(|card| Finding::ok(GPU, card))),
        Err(error) if nvidia > 0 => {
            let remedy = "install the driver's libraries (libnvidia-ml), or give the container the card: docker compose --profile gpu";
            findings.push(Finding::warning(
                GPU,
                format!("there are {nvidia} cards of NVIDIA, and their driver says: {error}"),
                remedy,
            ));
        }
        Err(_) => {}
    }
    for node in nodes("/dev/dri", "renderD") {
        let path = format!("/dev/dri/{node}");
        findings.push(match fs::OpenOptions::new().read(true).write(true).open(&path) {
            Ok(_) => Finding::ok(GPU, format!("{path} can be used")),
            Err(error) => {
                Finding::warning(GPU, format!("{path}: {error}"), "put the services' user into the group `render`")
            }
        });
    }
    if findings.is_empty() {
        findings.push(Finding::ok(GPU, "there is no graphics card: networks run on the processor"));
    }
    findings
}

fn nvidia_cards() -> Result<Vec<String>, nvml_wrapper::error::NvmlError> {
    let nvml = Nvml::init()?;
    let driver = nvml.sys_driver_version()?;
    (0..nvml.device_count()?)
        .map(|index| {
            let device = nvml.device_by_index(index)?;
            let (name, memory) = (device.name()?, device.memory_info()?);
            Ok(format!("{name}, {} of {} MiB free, driver {driver}", memory.free >> 20, memory.total >> 20))
        })
        .collect()
}
