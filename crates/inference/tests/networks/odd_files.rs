//! Files that are no detectors, or not the ones the settings say: each is an error that tells a person what to do, and
//! none takes the process with it.

use std::path::PathBuf;

use iris_inference::{Detector, DetectorSpec, Device, Family, FamilyChoice, InferenceError};
use rstest::rstest;

use crate::{onnxruntime, spec, tiny};

fn refused(spec: &DetectorSpec) -> String {
    match Detector::load(spec) {
        Ok(detector) => panic!("loaded as {:?}", detector.info()),
        Err(error) => error.to_string(),
    }
}

#[rstest]
#[case::classifier("classifier", "is not a batch of tables")]
#[case::segmentation("segmentation", "for the task `segment`, not `detect`")]
#[case::more_names("more_names_than_scores", "names 3 classes, but its outputs have room for 2")]
#[case::huge_input("huge_input", "not within 1 to 4096 pixels")]
#[case::sequence("sequence", "output `output` is not a tensor")]
fn a_model_that_is_no_detector_is_refused_with_what_was_seen(#[case] model: &str, #[case] reason: &str) {
    if onnxruntime() {
        let message = refused(&spec(tiny(model)));
        assert!(message.contains(reason), "{message}");
        assert!(message.contains(&format!("{model}.onnx")), "{message}");
    }
}

#[test]
fn the_refusal_lists_inputs_and_outputs() {
    if onnxruntime() {
        let message = refused(&spec(tiny("classifier")));
        assert!(message.ends_with("seen: inputs `images` f32[1,3,64,64]; outputs `output` f32[1,3]"), "{message}");
    }
}

#[test]
fn a_family_that_does_not_fit_is_named_in_the_refusal() {
    if onnxruntime() {
        let family = FamilyChoice::Named(Family::YoloEnd2End);
        let message = refused(&DetectorSpec { family, ..spec(tiny("yolov5")) });
        assert!(message.contains("cannot be read as family `yolo-end2end`"), "{message}");
    }
}

#[rstest]
#[case::empty(b"")]
#[case::text(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n")]
#[case::binary(&[0xff; 4096])]
fn a_file_that_is_no_model_is_an_error(#[case] bytes: &[u8]) {
    if onnxruntime() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let error = Detector::load(&spec(file.path().to_owned())).err().unwrap();
        assert!(!matches!(error, InferenceError::ModelUnreadable { .. }), "{error}");
    }
}

#[test]
fn a_model_cut_short_or_with_any_byte_changed_never_panics() {
    if !onnxruntime() {
        return;
    }
    let whole = std::fs::read(tiny("end2end")).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let load = |bytes: &[u8]| {
        std::fs::write(file.path(), bytes).unwrap();
        Detector::load(&spec(file.path().to_owned())).is_ok()
    };
    assert!(load(&whole));
    assert!(!load(&whole[..whole.len() / 2]));
    // A prime step visits all kinds of fields in a second or two.
    for index in (0..whole.len()).step_by(7) {
        let mut damaged = whole.clone();
        damaged[index] ^= 0x15;
        load(&damaged);
    }
}

#[test]
fn a_missing_file_is_an_error_with_its_name() {
    let message = refused(&spec(PathBuf::from("/nowhere/detector.onnx")));
    assert!(message.starts_with("read model `/nowhere/detector.onnx`"), "{message}");
}

#[rstest]
#[case(Device::Cuda, "onnxruntime-gpu")]
#[case(Device::TensorRt, "TensorRT")]
#[case(Device::OpenVino, "onnxruntime-openvino")]
fn a_device_that_is_missing_is_an_error_that_says_what_to_install(#[case] device: Device, #[case] remedy: &str) {
    if !onnxruntime() {
        return;
    }
    match Detector::load(&DetectorSpec { device, ..spec(tiny("yolov8")) }) {
        Ok(detector) => assert_eq!(detector.info().device, device.to_string()),
        Err(error @ InferenceError::DeviceMissing { .. }) => {
            assert!(error.to_string().contains(remedy), "{error}");
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn auto_takes_what_is_there() {
    if onnxruntime() {
        let detector = Detector::load(&DetectorSpec { device: Device::Auto, ..spec(tiny("yolov8")) }).unwrap();
        assert_ne!(detector.info().device, "auto");
    }
}
