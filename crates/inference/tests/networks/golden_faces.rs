//! Real face detectors on real pictures, against what a plain Python reference gave for the same files.

use iris_domain::BBox;
use iris_inference::{Face, FaceDetector, FaceFamily};
use rstest::rstest;

use crate::faces::face_detector;
use crate::realdata::{GoldenFace, Realdata};

/// Furthest that a point may lie from its golden one, in pixels.
const POINT_OFF_MAX: f32 = 1.0;
const IOU_MIN: f32 = 0.95;
const SCORE_OFF_MAX: f32 = 0.02;

#[rstest]
#[case::open_without_batch("scrfd_500m_dyn", "scrfd_500m", FaceFamily::Scrfd)]
#[case::fixed_with_batch("scrfd_500m_640_batched", "scrfd_500m", FaceFamily::Scrfd)]
#[case::larger("scrfd_2.5g_640_batched", "scrfd_2.5g", FaceFamily::Scrfd)]
#[case::yunet("yunet_2023mar_640", "yunet", FaceFamily::YuNet)]
fn a_real_face_detector_finds_the_faces_and_their_points(
    #[case] model: &str,
    #[case] golden: &str,
    #[case] family: FaceFamily,
    #[values("t1.jpg", "six_faces.jpg")] picture: &str,
) {
    let Some(real) = Realdata::open() else { return };
    let mut detector = FaceDetector::load(&face_detector(real.path(&format!("face_det/{model}.onnx")))).unwrap();
    assert_eq!(detector.info().family, family);
    let image = real.picture(picture);
    let found = detector.detect(image.whole(), 0.5, None).unwrap();
    assert!(found.is_sorted_by(|a, b| a.score >= b.score));
    let golden = real.golden_faces(golden, picture);
    assert_eq!((golden.len(), found.len()), (6, 6), "{found:?}");
    let faults: Vec<_> =
        golden.iter().filter_map(|golden| fault(golden, &found, (image.width, image.height))).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What keeps the golden face from being matched; `None` when nothing does.
fn fault(golden: &GoldenFace, found: &[Face], (width, height): (u32, u32)) -> Option<String> {
    let [x1, y1, x2, y2] = golden.corners;
    let (width, height) = (width as f32, height as f32);
    let bbox = BBox::clipped(x1 / width, y1 / height, x2 / width, y2 / height).unwrap();
    let best = found.iter().max_by(|a, b| a.bbox.iou(&bbox).total_cmp(&b.bbox.iou(&bbox)))?;
    let points = best.landmarks.0.iter().zip(golden.landmarks.0);
    let off = points.map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1])).fold(0.0, f32::max);
    let (iou, score_off) = (best.bbox.iou(&bbox), (best.score - golden.score).abs());
    let line = format!("face at {x1:.0},{y1:.0}: points off by {off:.2} px, IoU {iou:.3}, score by {score_off:.4}");
    println!("{line}");
    (off > POINT_OFF_MAX || iou < IOU_MIN || score_off > SCORE_OFF_MAX).then_some(line)
}
