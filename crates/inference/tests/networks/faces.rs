//! Face detectors by graphs whose answer is known: one face whose score is the mean of the first plane that the network
//! saw; and those that are refused.

use std::path::PathBuf;

use iris_inference::{
    Device, Face, FaceDetector, FaceDetectorSpec, FaceFamily, FaceFamilyChoice, InputSize, PictureRef, PixelFormat,
};
use rstest::rstest;

use crate::pictures::Picture;
use crate::{onnxruntime, tiny};

/// On the CPU, with one thread, all else left open.
pub fn face_detector(path: PathBuf) -> FaceDetectorSpec {
    FaceDetectorSpec { path, family: FaceFamilyChoice::Auto, device: Device::Cpu, threads: 1 }
}

fn refused(spec: &FaceDetectorSpec) -> String {
    match FaceDetector::load(spec) {
        Ok(detector) => panic!("loaded as {:?}", detector.info()),
        Err(error) => error.to_string(),
    }
}

/// The face in all the tiny models, in a picture of twice the input's side.
fn assert_the_face(face: &Face, score: f32) {
    assert!((face.score - score).abs() < 2e-3, "score {}, wanted {score}", face.score);
    let box_off = [face.bbox.x1 - 0.25, face.bbox.y1 - 0.25, face.bbox.x2 - 0.5, face.bbox.y2 - 0.625];
    assert!(box_off.iter().all(|off| off.abs() < 1e-3), "{:?}", face.bbox);
    let points = [[40.0, 48.0], [56.0, 48.0], [48.0, 56.0], [40.0, 68.0], [56.0, 68.0]];
    for (point, wanted) in face.landmarks.0.iter().zip(points) {
        assert!(
            (point[0] - wanted[0]).abs() < 0.01 && (point[1] - wanted[1]).abs() < 0.01,
            "{point:?}, not {wanted:?}"
        );
    }
}

#[rstest]
// Half-bright red: (191 - 127.5) / 128.
#[case::scrfd("scrfd", FaceFamily::Scrfd, Picture::plain(128, 128, [191, 20, 132]), 63.5 / 128.0)]
#[case::without_batch("scrfd_unbatched", FaceFamily::Scrfd, Picture::plain(128, 128, [191, 20, 132]), 63.5 / 128.0)]
// A blue of one in 255 is a whole one to a network that takes bytes, and the root of it is the score.
#[case::yunet("yunet", FaceFamily::YuNet, Picture::plain(128, 128, [9, 9, 1]), 1.0)]
fn a_family_is_recognised_fed_and_read(
    #[case] model: &str,
    #[case] family: FaceFamily,
    #[case] picture: Picture,
    #[case] score: f32,
) {
    if !onnxruntime() {
        return;
    }
    let mut detector = FaceDetector::load(&face_detector(tiny(model))).unwrap();
    assert_eq!(detector.info().family, family);
    assert_eq!(detector.info().input_size, InputSize::Fixed { width: 64, height: 64 });
    assert_eq!(detector.info().fingerprint.len(), 64);
    let found = detector.detect(picture.whole(), 0.1, None).unwrap();
    let [face] = &found[..] else { panic!("{found:?}") };
    assert_the_face(face, score);
    assert_eq!(detector.detect(picture.whole(), score + 0.01, None).unwrap(), []);
}

#[test]
fn a_named_family_is_taken_or_refused() {
    if onnxruntime() {
        let family = FaceFamilyChoice::Named(FaceFamily::YuNet);
        assert!(FaceDetector::load(&FaceDetectorSpec { family, ..face_detector(tiny("yunet")) }).is_ok());
        let message = refused(&FaceDetectorSpec { family, ..face_detector(tiny("scrfd")) });
        assert!(message.contains("9 outputs are not the 12 of YuNet"), "{message}");
    }
}

#[test]
fn an_open_input_follows_the_picture_and_the_wish() {
    if !onnxruntime() {
        return;
    }
    let mut detector = FaceDetector::load(&face_detector(tiny("scrfd_open"))).unwrap();
    assert_eq!(detector.info().input_size, InputSize::Dynamic { stride: 32 });
    let picture = Picture::plain(100, 50, [255; 3]);
    // At twice and at half of its scale, the face of the input's corner is another part of the picture.
    for (input_size, eye_x) in [(200, 20.0 / 2.24), (64, 20.0 / 0.64)] {
        let found = detector.detect(picture.whole(), 0.1, Some(input_size)).unwrap();
        assert!((found[0].landmarks.0[0][0] - eye_x).abs() < 0.2, "{:?}", found[0]);
    }
}

#[test]
fn a_picture_in_planes_is_looked_at_too() {
    if onnxruntime() {
        let mut detector = FaceDetector::load(&face_detector(tiny("scrfd"))).unwrap();
        let planes = [&[191; 128 * 128][..], &[128; 2 * 64 * 64]].concat();
        let picture = PictureRef::new(128, 128, PixelFormat::I420, &planes).unwrap();
        let found = detector.detect(picture, 0.1, None).unwrap();
        assert_the_face(&found[0], 63.5 / 128.0);
    }
}

#[rstest]
#[case::without_points("scrfd_without_points", "6 outputs are scores and boxes without key points")]
#[case::a_detector("yolov8", "1 outputs are not the 9 or 15 of SCRFD")]
#[case::more_inputs("rtdetr", "it wants more than a picture")]
#[case::huge_input("huge_input", "not within 1 to 4096 pixels")]
fn a_model_that_finds_no_faces_is_refused_with_what_was_seen(#[case] model: &str, #[case] reason: &str) {
    if onnxruntime() {
        let message = refused(&face_detector(tiny(model)));
        assert!(message.contains(reason), "{message}");
        assert!(message.contains(&format!("{model}.onnx` is no face detector")), "{message}");
        assert!(message.contains("; seen: inputs `images`"), "{message}");
    }
}

#[test]
fn a_model_with_any_byte_changed_never_panics() {
    if !onnxruntime() {
        return;
    }
    let whole = std::fs::read(tiny("yunet")).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let picture = Picture::plain(8, 8, [90; 3]);
    for index in (0..whole.len()).step_by(23) {
        let mut damaged = whole.clone();
        damaged[index] ^= 0x15;
        std::fs::write(file.path(), &damaged).unwrap();
        if let Ok(mut detector) = FaceDetector::load(&face_detector(file.path().to_owned())) {
            let _ = detector.detect(picture.whole(), 0.0, None);
        }
    }
}
