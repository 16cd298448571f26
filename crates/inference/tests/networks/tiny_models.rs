//! Every family by a graph of its shape whose answer is known: the box is a constant, the score the mean of the first
//! plane that the network saw.

use iris_domain::Detection;
use iris_inference::{BatchSupport, DetectRequest, Detector, Family, FamilyChoice, InputSize};
use rstest::rstest;

use crate::pictures::Picture;
use crate::{onnxruntime, spec, tiny};

/// Columns in turn black and with the lowest bit of every channel set: a mean of a half, where bytes go in raw.
fn stripes() -> Picture {
    Picture::new(64, 64, |x, _| [(x % 2) as u8; 3])
}

/// Half-bright red, a little green, 132 blue: in 0..1, that is 0.5 of the first plane where it is red; as NanoDet
/// normalises blue, (132 - 103.53) / 57.375.
fn colour() -> Picture {
    Picture::plain(64, 64, [128, 20, 132])
}

fn detect(detector: &mut Detector, picture: &Picture) -> Vec<Detection> {
    detector.detect(&[picture.request()]).unwrap().remove(0).detections
}

#[rstest]
#[case::yolov8("yolov8", Family::YoloV8, colour(), "class_1", 128.0 / 255.0)]
#[case::half_floats("yolov8_half", Family::YoloV8, colour(), "class_1", 128.0 / 255.0)]
#[case::bytes("yolov8_bytes", Family::YoloV8, stripes(), "class_1", 0.5)]
#[case::yolov5("yolov5", Family::YoloV5, colour(), "class_1", 128.0 / 255.0)]
#[case::yolox("yolox", Family::Yolox, stripes(), "class_1", 0.5)]
#[case::nanodet_plus("nanodet_plus", Family::NanoDetPlus, colour(), "class_1", (132.0 - 103.53) / 57.375)]
#[case::end2end("end2end", Family::YoloEnd2End, colour(), "bicycle", 128.0 / 255.0)]
#[case::nanodet("nanodet", Family::NanoDet, colour(), "class_1", (132.0 - 103.53) / 57.375)]
#[case::rtdetr("rtdetr", Family::RtDetr, colour(), "bicycle", 128.0 / 255.0)]
#[case::rtdetr_ultralytics("rtdetr_ultralytics", Family::RtDetrUltralytics, colour(), "class_0", 128.0 / 255.0)]
fn a_family_is_recognised_fed_and_read(
    #[case] model: &str,
    #[case] family: Family,
    #[case] picture: Picture,
    #[case] class: &str,
    #[case] score: f32,
) {
    if !onnxruntime() {
        return;
    }
    let mut detector = Detector::load(&spec(tiny(model))).unwrap();
    assert_eq!(detector.info().family, family);
    assert_eq!(detector.info().input_size, InputSize::Fixed { width: 64, height: 64 });
    assert_eq!(detector.info().providers, ["CPUExecutionProvider"]);
    let found = detect(&mut detector, &picture);
    let [Detection { bbox, class: found_class, score: found_score, .. }] = &found[..] else { panic!("{found:?}") };
    assert_eq!(found_class.as_str(), class);
    assert!((found_score - score).abs() < 2e-3, "score {found_score}, wanted {score}");
    let off = [bbox.x1 - 0.25, bbox.y1 - 0.25, bbox.x2 - 0.375, bbox.y2 - 0.5];
    assert!(off.iter().all(|off| off.abs() < 1e-3), "{bbox:?}");
}

/// What the score of a grey picture is in `yolov8_open`.
fn grey(width: u32, height: u32, byte: u8) -> Picture {
    Picture::plain(width, height, [byte; 3])
}

#[test]
fn an_open_batch_answers_each_picture_by_its_own_thresholds() {
    if !onnxruntime() {
        return;
    }
    let mut detector = Detector::load(&spec(tiny("yolov8_open"))).unwrap();
    assert_eq!(detector.info().max_batch, BatchSupport::Dynamic);
    assert_eq!(detector.info().input_size, InputSize::Dynamic { stride: 32 });
    let names: Vec<_> = detector.info().classes.iter().map(|class| class.as_str()).collect();
    assert_eq!(names, ["cat", "dog's"]);

    // Sizes alternate, so that the batches by size must be put back into the caller's order.
    let pictures: Vec<_> = (0..40).map(|n| grey(64, if n % 2 == 0 { 64 } else { 32 }, 100 + n)).collect();
    let requests: Vec<_> = pictures
        .iter()
        .enumerate()
        .map(|(n, picture)| DetectRequest {
            input_size: Some(64),
            min_score: if n % 5 == 0 { 0.9 } else { 0.1 },
            ..picture.request()
        })
        .collect();
    let outcomes = detector.detect(&requests).unwrap();
    assert_eq!(outcomes.len(), pictures.len());
    for (n, outcome) in outcomes.iter().enumerate() {
        if n % 5 == 0 {
            assert_eq!(outcome.detections, []);
        } else {
            let wanted = (100 + n) as f32 / 255.0;
            assert!((outcome.detections[0].score - wanted).abs() < 1e-4, "{n}: {:?}", outcome.detections);
        }
    }
    assert!(detector.detect(&[]).unwrap().is_empty());
}

#[test]
fn a_batch_of_two_is_padded_and_split() {
    if !onnxruntime() {
        return;
    }
    let mut detector = Detector::load(&spec(tiny("yolov8_batch_of_two"))).unwrap();
    assert_eq!(detector.info().max_batch, BatchSupport::Fixed(2));
    let pictures = [grey(64, 64, 51), grey(64, 64, 102), grey(64, 64, 153)];
    let outcomes = detector.detect(&pictures.each_ref().map(Picture::request)).unwrap();
    let scores: Vec<_> = outcomes.iter().map(|outcome| (outcome.detections[0].score * 10.0).round()).collect();
    assert_eq!(scores, [2.0, 4.0, 6.0]);
}

#[test]
fn a_batch_open_in_name_only_is_found_out_at_load() {
    if !onnxruntime() {
        return;
    }
    let mut detector = Detector::load(&spec(tiny("open_batch_in_name_only"))).unwrap();
    assert_eq!(detector.info().max_batch, BatchSupport::Fixed(1));
    let pictures = [grey(64, 64, 51), grey(64, 64, 102)];
    let outcomes = detector.detect(&pictures.each_ref().map(Picture::request)).unwrap();
    assert!((outcomes[1].detections[0].score - 0.4).abs() < 1e-4);
}

#[test]
fn settings_name_the_family_and_the_classes() {
    if !onnxruntime() {
        return;
    }
    let class_names = Some(vec!["Hedgehog".to_owned(), "fox".to_owned()]);
    let family = FamilyChoice::Named(Family::YoloV8);
    let mut named = spec(tiny("yolov8"));
    (named.class_names, named.family) = (class_names, family);
    let mut detector = Detector::load(&named).unwrap();
    assert_eq!(detect(&mut detector, &colour())[0].class.as_str(), "fox");
}

#[rstest]
#[case::not_a_number("not_a_number")]
#[case::empty_list("empty_list")]
fn a_network_that_says_nonsense_or_nothing_finds_nothing(#[case] model: &str) {
    if onnxruntime() {
        let mut detector = Detector::load(&spec(tiny(model))).unwrap();
        assert_eq!(detect(&mut detector, &colour()), []);
    }
}
