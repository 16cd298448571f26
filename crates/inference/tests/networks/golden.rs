//! Real detectors on real pictures, against what a plain Python reference gave for the same files.

use iris_domain::Detection;
use iris_inference::{DetectRequest, Detector, Family, PictureRef, PixelFormat};
use rstest::rstest;

use crate::realdata::{Golden, Realdata};
use crate::spec;

/// How near a box must come to its golden one.
struct Floor {
    iou: f32,
    score: f32,
    /// Golden boxes below this score are not held to it.
    from_score: f32,
}

const FLOAT: Floor = Floor { iou: 0.97, score: 0.01, from_score: 0.0 };
/// Dynamically quantised networks turn a difference of one in a few pixels, as between two ways to round a resize,
/// into another scale for a whole layer: what they are unsure of moves by some hundredths.
const QUANTISED: Floor = Floor { iou: 0.9, score: 0.03, from_score: 0.5 };

#[rstest]
#[case::yolox("yolox_nano_416", Family::Yolox, 0.45, FLOAT)]
#[case::nanodet("nanodet_m_416", Family::NanoDet, 0.6, FLOAT)]
#[case::nanodet_split("nanodet_320_split", Family::NanoDet, 0.6, FLOAT)]
#[case::deimv2("deimv2_atto_320", Family::RtDetr, 0.45, FLOAT)]
#[case::yolov8("yolov8n_640_int8", Family::YoloV8, 0.45, QUANTISED)]
#[case::yolo26("yolo26n_640_int8_e2e", Family::YoloEnd2End, 0.45, QUANTISED)]
fn a_real_detector_finds_what_the_reference_found(
    #[case] model: &str,
    #[case] family: Family,
    #[case] iou: f32,
    #[case] floor: Floor,
) {
    let Some(real) = Realdata::open() else { return };
    let mut detector = Detector::load(&spec(real.model(model))).unwrap();
    assert_eq!(detector.info().family, family);
    assert_eq!(detector.info().classes.len(), 80);

    let mut faults = Vec::new();
    for picture in ["bus.jpg", "person.jpg"] {
        let image = real.picture(picture);
        let request = DetectRequest { iou, ..image.request() };
        let outcome = detector.detect(&[request]).unwrap().remove(0);
        for golden in real.golden(model, picture).iter().filter(|golden| golden.score >= floor.from_score) {
            faults.extend(
                fault(golden, &outcome.detections, (image.width, image.height), &floor)
                    .map(|f| format!("{picture}: {f}")),
            );
        }
    }
    assert!(faults.is_empty(), "{model}:\n{}", faults.join("\n"));
}

/// Half the colour is gone and colours are converted by us: a little further off than RGB.
const PLANES: Floor = Floor { iou: 0.95, score: 0.03, from_score: 0.0 };

#[test]
fn planes_are_seen_as_the_pixels_they_stand_for() {
    let Some(real) = Realdata::open() else { return };
    let mut detector = Detector::load(&spec(real.model("yolox_nano_416"))).unwrap();
    let (planes, width, height) = real.planes("bus.jpg");
    let picture = PictureRef::new(width, height, PixelFormat::I420, &planes).unwrap();
    let request = DetectRequest { picture, min_score: 0.1, iou: 0.45, input_size: None };
    let found = detector.detect(&[request]).unwrap().remove(0).detections;
    let golden = real.golden("yolox_nano_416", "bus.jpg");
    let faults: Vec<_> = golden.iter().filter_map(|one| fault(one, &found, (width, height), &PLANES)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What keeps the golden box from being matched; `None` when nothing does.
fn fault(golden: &Golden, detections: &[Detection], size: (u32, u32), floor: &Floor) -> Option<String> {
    let bbox = golden.bbox(size);
    let same_class = detections.iter().filter(|found| found.class == golden.class);
    let best = same_class.max_by(|a, b| a.bbox.iou(&bbox).total_cmp(&b.bbox.iou(&bbox)));
    let Some(best) = best else { return Some(format!("no {} at all", golden.class)) };
    let (iou, off) = (best.bbox.iou(&bbox), (best.score - golden.score).abs());
    println!("{} {:.3}: IoU {iou:.4}, score off by {off:.4}", golden.class, golden.score);
    (iou < floor.iou || off > floor.score)
        .then(|| format!("{} {:.3}: IoU {iou:.4}, score {:.3}", golden.class, golden.score, best.score))
}
