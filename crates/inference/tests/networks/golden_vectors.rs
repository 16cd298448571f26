//! Real recognisers and embedders on real pictures, against what a plain Python reference gave for the same files, and
//! against who the people are. What would spoil recognition without anybody noticing, exchanged colours and wrong
//! alignment, is done here on purpose, to see that these tests would notice.

use std::collections::BTreeMap;

use iris_domain::{BBox, Embedding};
use iris_inference::{
    AlignedFace, Crop, Embedder, EmbedderPreset, EmbedderPresetChoice, EmbedderSpec, FACE_WIDTH_USUAL, Face,
    FaceDetector, FaceMeasures, FaceRecognizer, Landmarks,
};

use crate::faces::face_detector;
use crate::pictures::Picture;
use crate::realdata::Realdata;
use crate::vectors::{embedder, recognizer};

/// Least cosine between a vector and its golden one.
const COSINE_MIN: f32 = 0.99;
/// Least cosine between vectors of one person, by which the pairs are judged.
const SAME_MIN: f32 = 0.40;

const DETECTOR: &str = "face_det/scrfd_500m_dyn.onnx";
const RECOGNIZER: &str = "face_rec/w600k_mbf_int8_512.onnx";
const EMBEDDER: &str = "reid/osnet_x0_25_msmt17.onnx";

struct Faces {
    real: Realdata,
    detector: FaceDetector,
    recognizer: FaceRecognizer,
}

impl Faces {
    fn open() -> Option<Self> {
        let real = Realdata::open()?;
        let detector = FaceDetector::load(&face_detector(real.path(DETECTOR))).unwrap();
        let recognizer = FaceRecognizer::load(&recognizer(real.path(RECOGNIZER))).unwrap();
        Some(Self { real, detector, recognizer })
    }

    fn embed(&mut self, picture: &Picture, landmarks: &[Landmarks]) -> Vec<Embedding> {
        let faces: Vec<_> =
            landmarks.iter().map(|landmarks| AlignedFace::cut(picture.whole(), landmarks).unwrap()).collect();
        self.recognizer.embed(&faces).unwrap().into_iter().map(Option::unwrap).collect()
    }

    /// The largest face of a picture, of one in which the face may fill the picture.
    fn largest(&mut self, picture: &Picture) -> Option<Face> {
        let mut faces = self.detector.detect(picture.whole(), 0.5, None).unwrap();
        faces.extend(self.detector.detect(picture.whole(), 0.5, Some(320)).unwrap());
        faces.into_iter().max_by(|a, b| a.bbox.area().total_cmp(&b.bbox.area()))
    }
}

/// The points of the reference's faces from left to right, as its vectors are ordered.
fn points_in_order(real: &Realdata) -> Vec<Landmarks> {
    let mut faces = real.golden_faces("scrfd_500m", "t1.jpg");
    faces.sort_by(|a, b| a.corners[0].total_cmp(&b.corners[0]));
    faces.into_iter().map(|face| face.landmarks).collect()
}

/// The least cosine to the golden vectors.
fn worst(vectors: &[Embedding], golden: &[Embedding]) -> f32 {
    assert_eq!(vectors.len(), golden.len());
    let cosines: Vec<_> = vectors.iter().zip(golden).map(|(vector, golden)| vector.cosine(golden)).collect();
    println!("cosines {cosines:.4?}");
    cosines.into_iter().fold(1.0, f32::min)
}

#[test]
fn faces_are_the_vectors_that_the_reference_gave() {
    let Some(mut faces) = Faces::open() else { return };
    assert_eq!(faces.recognizer.fit_for_people(), Ok(()));
    assert_eq!((faces.recognizer.info().batch_max, faces.recognizer.info().normalises), (1, false));
    let (picture, golden) = (faces.real.picture("t1.jpg"), faces.real.golden_face_vectors());
    let points = points_in_order(&faces.real);
    assert!(worst(&faces.embed(&picture, &points), &golden) >= COSINE_MIN);

    // And by the points that we find ourselves.
    let mut found = faces.detector.detect(picture.whole(), 0.5, None).unwrap();
    found.sort_by(|a, b| a.bbox.x1.total_cmp(&b.bbox.x1));
    let points: Vec<_> = found.iter().map(|face| face.landmarks).collect();
    assert!(worst(&faces.embed(&picture, &points), &golden) >= COSINE_MIN);
}

#[test]
fn exchanged_colours_and_wrong_alignment_would_be_noticed() {
    let Some(mut faces) = Faces::open() else { return };
    let (picture, golden) = (faces.real.picture("t1.jpg"), faces.real.golden_face_vectors());
    let points = points_in_order(&faces.real);

    let exchanged = faces.real.picture("t1.jpg").with_red_and_blue_exchanged();
    let exchanged = faces.embed(&exchanged, &points);
    assert!(worst(&exchanged, &golden) < COSINE_MIN);

    // Eyes exchanged, as by an order of points that is the subject's own.
    let by_the_subject = points.iter().map(|Landmarks([a, b, nose, c, d])| Landmarks([*b, *a, *nose, *d, *c]));
    let turned = faces.embed(&picture, &by_the_subject.collect::<Vec<_>>());
    assert!(worst(&turned, &golden) < COSINE_MIN);

    // Three pixels to one side.
    let moved = points.iter().map(|points| Landmarks(points.0.map(|[x, y]| [x + 3.0, y])));
    let moved = faces.embed(&picture, &moved.collect::<Vec<_>>());
    assert!(worst(&moved, &golden) < COSINE_MIN);
}

#[test]
fn three_hundred_pairs_of_faces_are_told_apart() {
    let Some(mut faces) = Faces::open() else { return };
    let pairs = faces.real.face_pairs();
    assert_eq!(pairs.len(), 300);
    let mut vectors: BTreeMap<String, Embedding> = BTreeMap::new();
    for name in pairs.iter().flat_map(|(a, b, _)| [a, b]) {
        if !vectors.contains_key(name) {
            let picture = faces.real.picture(&format!("faces_pairs/{name}"));
            let face = faces.largest(&picture).unwrap_or_else(|| panic!("no face in {name}"));
            let vector = faces.embed(&picture, &[face.landmarks]).remove(0);
            vectors.insert(name.clone(), vector);
        }
    }
    let judged = pairs.iter().map(|(a, b, same)| (vectors[a].cosine(&vectors[b]), *same, format!("{a} {b}")));
    let (same, other): (Vec<_>, Vec<_>) = judged.partition(|(_, same, _)| *same);
    let least = same.iter().map(|(cosine, ..)| *cosine).fold(1.0, f32::min);
    let most = other.iter().map(|(cosine, ..)| *cosine).fold(-1.0, f32::max);
    println!("{} of one person from {least:.3}, {} of two to {most:.3}", same.len(), other.len());
    let wrong: Vec<_> = same.iter().chain(&other).filter(|(cosine, same, _)| (*cosine >= SAME_MIN) != *same).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_recogniser_of_another_length_is_not_for_people() {
    let Some(real) = Realdata::open() else { return };
    let recognizer = FaceRecognizer::load(&recognizer(real.path("face_rec/mobilefacenet_128.onnx"))).unwrap();
    assert_eq!(recognizer.fit_for_people().unwrap_err().dimensions, 128);
}

/// The vectors of the reference's boxes by our embedder, and its own.
fn bodies(
    real: &Realdata,
    spec: &EmbedderSpec,
    change: impl Fn(Picture) -> Picture,
) -> (Vec<Embedding>, Vec<Embedding>) {
    let mut embedder = Embedder::load(spec).unwrap();
    let (mut vectors, mut golden) = (Vec::new(), Vec::new());
    for body in real.golden_bodies() {
        let picture = change(real.picture(&format!("prw/{}", body.image)));
        let [x, y, width, height] = body.rectangle;
        let (full_width, full_height) = (picture.width as f32, picture.height as f32);
        let bbox = BBox::clipped(x / full_width, y / full_height, (x + width) / full_width, (y + height) / full_height);
        let crop = Crop { picture: picture.whole(), bbox: bbox.unwrap() };
        vectors.extend(embedder.embed(&[crop]).unwrap().into_iter().flatten());
        golden.push(body.vector);
    }
    (vectors, golden)
}

#[test]
fn bodies_are_the_vectors_that_the_reference_gave() {
    let Some(real) = Realdata::open() else { return };
    let spec = embedder(real.path(EMBEDDER));
    let info = Embedder::load(&spec).unwrap().info().clone();
    assert_eq!((info.preset, info.dimensions, info.width, info.height), (EmbedderPreset::OsNet, 512, 128, 256));
    let (vectors, golden) = bodies(&real, &spec, |picture| picture);
    assert_eq!(golden.len(), 12);
    assert!(worst(&vectors, &golden) >= COSINE_MIN);
}

#[test]
fn bodies_fed_wrongly_would_be_noticed() {
    let Some(real) = Realdata::open() else { return };
    let spec = embedder(real.path(EMBEDDER));
    let (exchanged, golden) = bodies(&real, &spec, Picture::with_red_and_blue_exchanged);
    assert!(worst(&exchanged, &golden) < COSINE_MIN);
    for preset in [EmbedderPreset::FastReid, EmbedderPreset::ClipReid] {
        let preset = EmbedderPresetChoice::Named(preset);
        let (vectors, golden) = bodies(&real, &EmbedderSpec { preset, ..spec.clone() }, |picture| picture);
        assert!(worst(&vectors, &golden) < COSINE_MIN);
    }
}

#[test]
fn several_bodies_at_once_are_each_what_they_are_alone() {
    let Some(real) = Realdata::open() else { return };
    let mut embedder = Embedder::load(&embedder(real.path(EMBEDDER))).unwrap();
    assert_eq!(embedder.info().batch_max, 32);
    let picture = real.picture("prw/c1s1_002301.jpg");
    let boxes = [0.1, 0.3, 0.5, 0.7].map(|x1| BBox { x1, y1: 0.3, x2: x1 + 0.1, y2: 0.9 });
    let crops = boxes.map(|bbox| Crop { picture: picture.whole(), bbox });
    let together = embedder.embed(&crops).unwrap();
    for (crop, vector) in crops.iter().zip(&together) {
        let alone = embedder.embed(&[*crop]).unwrap().remove(0).unwrap();
        assert!(alone.cosine(vector.as_ref().unwrap()) > 0.9999);
    }
}

#[test]
fn weights_beside_the_file_are_found_and_part_of_its_fingerprint() {
    let Some(real) = Realdata::open() else { return };
    let folder = tempfile::tempdir().unwrap();
    let from = real.path("reid/extdata");
    for name in ["osnet_x0_25_msmt17.onnx", "osnet_x0_25_msmt17.onnx.data"] {
        std::fs::copy(from.join(name), folder.path().join(name)).unwrap();
    }
    let there = Embedder::load(&embedder(from.join("osnet_x0_25_msmt17.onnx"))).unwrap();
    assert_eq!((there.dimensions(), there.info().batch_max), (512, 1));
    let weights = folder.path().join("osnet_x0_25_msmt17.onnx.data");
    let mut bytes = std::fs::read(&weights).unwrap();
    bytes[1000] ^= 1;
    std::fs::remove_file(&weights).unwrap();
    std::fs::write(&weights, bytes).unwrap();
    let changed = Embedder::load(&embedder(folder.path().join("osnet_x0_25_msmt17.onnx"))).unwrap();
    assert_ne!(changed.info().model, there.info().model);
}

#[test]
fn a_smaller_view_of_a_face_is_a_worse_one() {
    let Some(mut faces) = Faces::open() else { return };
    let picture = faces.real.picture("t1.jpg");
    let quality = |faces: &mut Faces, picture: &Picture| {
        let face = faces.largest(picture).unwrap();
        let aligned = AlignedFace::cut(picture.whole(), &face.landmarks).unwrap();
        let measures = FaceMeasures::of(&face, picture.whole(), &aligned);
        println!("{measures:?}: {:.3}", measures.quality(FACE_WIDTH_USUAL));
        measures.quality(FACE_WIDTH_USUAL)
    };
    let (large, small) = (quality(&mut faces, &picture), quality(&mut faces, &picture.every(4)));
    assert!(large > 0.4 && small < large / 2.0, "{large} and {small}");
}
