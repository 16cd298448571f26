//! Recognisers, embedders and the vehicles' network by graphs whose answer tells what the network saw: vectors begin with
//! the means of the three planes and a one.

use std::path::PathBuf;

use iris_domain::{BBox, Embedding};
use iris_inference::{
    AlignedFace, Crop, Device, Embedder, EmbedderPreset, EmbedderPresetChoice, EmbedderSpec, FACE_TEMPLATE,
    FaceDetector, FaceRecognizer, FaceRecognizerSpec, VehicleAttributes, VehicleAttributesSpec,
};
use rstest::rstest;

use crate::faces::face_detector;
use crate::pictures::Picture;
use crate::{onnxruntime, tiny};

/// On the CPU, with one thread.
pub fn recognizer(path: PathBuf) -> FaceRecognizerSpec {
    FaceRecognizerSpec { path, device: Device::Cpu, threads: 1 }
}

/// On the CPU, with one thread, all else left open.
pub fn embedder(path: PathBuf) -> EmbedderSpec {
    EmbedderSpec { path, preset: EmbedderPresetChoice::Auto, device: Device::Cpu, threads: 1 }
}

fn face(colour: [u8; 3]) -> AlignedFace {
    AlignedFace::cut(Picture::plain(112, 112, colour).whole(), &FACE_TEMPLATE).unwrap()
}

/// The means of the planes that a vector began with.
fn seen(vector: Option<&Embedding>) -> [f32; 3] {
    let values = vector.unwrap().values();
    [values[0], values[1], values[2]].map(|value| value / values[3])
}

fn assert_near(seen: [f32; 3], wanted: [f32; 3]) {
    assert!(seen.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 0.02), "saw {seen:?}, not {wanted:?}");
}

#[rstest]
#[case::arcface("arcface", false)]
#[case::normalising_itself("arcface_raw", true)]
fn a_recogniser_sees_minus_one_to_one(#[case] model: &str, #[case] normalises: bool) {
    if !onnxruntime() {
        return;
    }
    let mut recognizer = FaceRecognizer::load(&recognizer(tiny(model))).unwrap();
    assert_eq!((recognizer.dimensions(), recognizer.info().normalises), (512, normalises));
    assert_eq!(recognizer.info().batch_max, 32);
    assert_eq!(recognizer.fit_for_people(), Ok(()));
    let faces: Vec<_> = (0..40).map(|n| face([255, 51, n])).collect();
    let vectors = recognizer.embed(&faces).unwrap();
    assert_eq!(vectors.len(), 40);
    for (n, vector) in vectors.iter().enumerate() {
        assert_near(seen(vector.as_ref()), [1.0, -0.6, n as f32 / 127.5 - 1.0]);
    }
    assert_eq!(recognizer.embed(&[]).unwrap(), []);
}

#[test]
fn vectors_of_a_network_that_quantises_by_its_input_do_not_depend_on_the_faces_beside() {
    if !onnxruntime() {
        return;
    }
    let mut recognizer = FaceRecognizer::load(&recognizer(tiny("arcface_quantised"))).unwrap();
    assert_eq!(recognizer.info().batch_max, 1);
    let (dim, bright) = (face([130, 131, 133]), face([255; 3]));
    let alone = recognizer.embed(std::slice::from_ref(&dim)).unwrap();
    let beside = recognizer.embed(&[dim, bright]).unwrap();
    assert_eq!(alone[0], beside[0]);
}

#[rstest]
#[case::another_size("arcface_of_another_size", "takes pictures of 128x128, aligned faces have 112x112")]
#[case::scores("yolov8", "aligned faces have 112x112")]
#[case::quantised_batch("arcface_quantised_batch_of_two", "what it says of one depends on the others")]
fn a_model_that_is_no_recogniser_is_refused(#[case] model: &str, #[case] reason: &str) {
    if onnxruntime() {
        let message = FaceRecognizer::load(&recognizer(tiny(model))).err().unwrap().to_string();
        assert!(message.contains(reason) && message.contains("is no face recognizer"), "{message}");
    }
}

#[test]
fn vectors_of_another_length_are_not_for_people() {
    if onnxruntime() {
        let recognizer = FaceRecognizer::load(&recognizer(tiny("arcface_128"))).unwrap();
        let reason = recognizer.fit_for_people().unwrap_err().to_string();
        assert!(reason.contains("vectors of 128 numbers, and people are enrolled by vectors of 512"), "{reason}");
    }
}

#[test]
fn a_vectors_origin_is_recogniser_and_detector() {
    if !onnxruntime() {
        return;
    }
    let detectors = ["scrfd", "yunet"].map(|model| FaceDetector::load(&face_detector(tiny(model))).unwrap());
    let recognizers = ["arcface", "arcface_raw"].map(|model| FaceRecognizer::load(&recognizer(tiny(model))).unwrap());
    let models: std::collections::BTreeSet<_> = recognizers
        .iter()
        .flat_map(|recognizer| detectors.iter().map(|detector| recognizer.model(detector.info())))
        .collect();
    assert_eq!(models.len(), 4);
    assert!(models.iter().all(|model| model.as_str().len() < 64), "{models:?}");
}

#[rstest]
// Red of 255, green of 51, blue of 0, as each school sees them.
#[case::osnet("osnet", EmbedderPreset::OsNet, [2.2489, -1.1429, -1.8044])]
#[case::batch_of_two("osnet_batch_of_two", EmbedderPreset::OsNet, [2.2489, -1.1429, -1.8044])]
#[case::fast_reid("fast_reid", EmbedderPreset::FastReid, [1.0, 0.2, 0.0])]
#[case::clip_reid("transformer", EmbedderPreset::ClipReid, [1.0, -0.6, -1.0])]
fn the_graph_tells_how_an_embedder_is_fed(
    #[case] model: &str,
    #[case] preset: EmbedderPreset,
    #[case] wanted: [f32; 3],
) {
    if !onnxruntime() {
        return;
    }
    let mut embedder = Embedder::load(&embedder(tiny(model))).unwrap();
    let info = embedder.info();
    assert_eq!((info.preset, info.width, info.height, info.dimensions), (preset, 128, 256, 64));
    assert_eq!(info.model.as_str(), format!("{}/{preset}", &info.fingerprint[..16]));
    // The left half of the picture is another colour.
    let picture = Picture::new(60, 40, |x, _| if x < 30 { [9, 99, 9] } else { [255, 51, 0] });
    let crop = Crop { picture: picture.whole(), bbox: BBox { x1: 0.5, y1: 0.1, x2: 1.0, y2: 0.9 } };
    let vectors = embedder.embed(&[Crop::whole(picture.whole()), crop, crop]).unwrap();
    assert_eq!(vectors.len(), 3);
    assert_near(seen(vectors[1].as_ref()), wanted);
    assert_near(seen(vectors[2].as_ref()), wanted);
    assert_ne!(vectors[0], vectors[1]);
}

#[test]
fn settings_name_the_preset_and_it_is_part_of_the_origin() {
    if onnxruntime() {
        let preset = EmbedderPresetChoice::Named(EmbedderPreset::ClipReid);
        let mut named = Embedder::load(&EmbedderSpec { preset, ..embedder(tiny("osnet")) }).unwrap();
        let auto = Embedder::load(&embedder(tiny("osnet"))).unwrap();
        assert_ne!(named.info().model, auto.info().model);
        let picture = Picture::plain(9, 9, [255, 51, 0]);
        let vectors = named.embed(&[Crop::whole(picture.whole())]).unwrap();
        assert_near(seen(vectors[0].as_ref()), [1.0, -0.6, -1.0]);
    }
}

#[test]
fn a_crop_of_which_nothing_is_said_spoils_no_other() {
    if onnxruntime() {
        let preset = EmbedderPresetChoice::Named(EmbedderPreset::ClipReid);
        let mut embedder = Embedder::load(&EmbedderSpec { preset, ..embedder(tiny("silent_on_black")) }).unwrap();
        let (black, white) = (Picture::plain(9, 9, [0; 3]), Picture::plain(9, 9, [255; 3]));
        let vectors = embedder.embed(&[&black, &white].map(|picture| Crop::whole(picture.whole()))).unwrap();
        assert!(vectors[0].is_none() && vectors[1].is_some());
    }
}

#[rstest]
#[case::camera("camera_wanted", "it wants more than a picture, such as the number of a camera")]
#[case::too_few_numbers("classifier", "3 numbers a picture are no vector")]
#[case::tables("yolov8", "is not a row for each picture")]
#[case::several_outputs("scrfd", "it has 9 outputs where one was expected")]
fn a_model_that_is_no_embedder_is_refused(#[case] model: &str, #[case] reason: &str) {
    if onnxruntime() {
        let message = Embedder::load(&embedder(tiny(model))).err().unwrap().to_string();
        assert!(message.contains(reason) && message.contains("is no body embedder"), "{message}");
    }
}

fn vehicles(path: PathBuf) -> VehicleAttributesSpec {
    VehicleAttributesSpec { path, device: Device::Cpu, threads: 1 }
}

#[test]
fn a_vehicle_is_named_by_the_lists_in_the_metadata() {
    if !onnxruntime() {
        return;
    }
    let mut network = VehicleAttributes::load(&vehicles(tiny("vehicle_attributes"))).unwrap();
    assert_eq!((network.info().colours.len(), &network.info().types[1][..]), (3, "van"));
    let picture = Picture::plain(30, 20, [0, 0, 255]);
    let said = network.judge(&Crop::whole(picture.whole())).unwrap();
    let (colour, vehicle_type) = (said.colour.unwrap(), said.vehicle_type.unwrap());
    assert_eq!((&colour.name[..], &vehicle_type.name[..]), ("blue", "van"));
    assert!(colour.score > 0.9 && (0.5..0.6).contains(&vehicle_type.score), "{colour:?}, {vehicle_type:?}");
}

#[test]
fn a_network_that_names_nothing_is_refused() {
    if onnxruntime() {
        let message = VehicleAttributes::load(&vehicles(tiny("classifier"))).err().unwrap().to_string();
        assert!(message.contains("names neither `colours` nor `types`"), "{message}");
    }
}
