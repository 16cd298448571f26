//! Crops of real people through real networks, where they are at hand.

use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use iris_bus::message::{Crop, CropReason, CropView, EmbedReply, EmbedRequest};
use iris_bus::topic;
use iris_domain::{BBox, CameraId, Class, TrackKey};
use iris_testkit::realdata::Realdata;
use iris_testkit::service::ServiceProcess;
use tempfile::TempDir;
use uuid::Uuid;

use crate::stage::{Stage, now};

const SOON: Duration = Duration::from_secs(20);

/// Where somebody sits in the clips of one who signs before a wall.
const SITS: BBox = BBox { x1: 0.15, y1: 0.02, x2: 0.85, y2: 1.0 };

fn settings(data: &Realdata, recognizer: &str) -> Vec<(&'static str, String)> {
    let path = |relative: &str| data.path(relative).display().to_string();
    vec![
        ("IRIS_FACE_DETECTOR", path("face_det/scrfd_500m_dyn.onnx")),
        ("IRIS_FACE_RECOGNIZER", path(recognizer)),
        ("IRIS_EMBEDDER", path("reid/osnet_x0_25_msmt17.onnx")),
    ]
}

async fn with_networks(data: &Realdata, recognizer: &str) -> (Stage, ServiceProcess) {
    let settings = settings(data, recognizer);
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Stage::with_leader(&settings).await
}

/// Pictures of a clip, two a second.
fn pictures(data: &Realdata, clip: &str) -> Vec<Bytes> {
    let folder = TempDir::with_prefix("iris-crops-").unwrap();
    let to = folder.path().join("%02d.jpg").display().to_string();
    let from = data.path(clip).display().to_string();
    let ffmpeg = Command::new("ffmpeg").args(["-v", "error", "-i", &from, "-vf", "fps=2", "-q:v", "2", &to]).status();
    assert!(ffmpeg.unwrap().success());
    let mut files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| std::fs::read(file).unwrap().into()).collect()
}

/// Shows one who sits in a clip as a track of a camera, up to its end.
async fn shown(stage: &Stage, camera: CameraId, pictures: &[Bytes], reid_wanted: bool) -> TrackKey {
    let track = TrackKey { run: Uuid::new_v4(), number: 1 };
    let began = now();
    for (sequence, jpeg) in pictures.iter().enumerate() {
        let captured = began.plus(Duration::from_millis(500 * sequence as u64));
        let reason = if sequence == 0 { CropReason::Confirmed } else { CropReason::Better };
        let view = CropView {
            captured,
            bbox: SITS,
            inner: SITS,
            score: 0.8,
            reason,
            overlap: 0.0,
            touches_edge: true,
            jpeg: jpeg.clone(),
        };
        let crop = Crop {
            track,
            sequence: sequence as u32,
            class: Class::person(),
            first_seen: began,
            last_seen: captured,
            companions: Vec::new(),
            ended: sequence + 1 == pictures.len(),
            source_generation: 1,
            faces_wanted: true,
            reid_wanted,
            view: Some(view),
        };
        stage.bus.publish_fact(topic::CROP, camera, &crop.id(), &crop).await.unwrap();
    }
    track
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_known_again_by_the_face_on_another_camera() {
    let Some(data) = Realdata::find() else { return };
    let (mut stage, _node) = with_networks(&data, "face_rec/w600k_mbf_int8_512.onnx").await;
    let (yard, door) = (stage.camera("yard").await, stage.camera("door").await);
    let mut identities = Vec::new();
    // The first and the second are one person, the third is another.
    for (clip, camera) in [("again", yard), ("brother", door), ("book", door)] {
        let pictures = pictures(&data, &format!("video/asl/{clip}.mkv"));
        let track = shown(&stage, camera, &pictures, false).await;
        identities.push(stage.sighting_of(track, |fact| fact.ended).await);
    }
    assert_eq!(identities[0].identity, identities[1].identity, "{identities:?}");
    assert_ne!(identities[0].identity, identities[2].identity, "{identities:?}");
    assert!(identities[1].score.unwrap() > 0.5, "{identities:?}");
    let pictures = stage.pictures();
    assert!(pictures["bodies"] == 3 && pictures["faces"] >= 3, "{pictures:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_says_whose_face_it_shows() {
    let Some(data) = Realdata::find() else { return };
    let (stage, _node) = with_networks(&data, "face_rec/w600k_mbf_int8_512.onnx").await;
    let photo = async |file: &str| {
        let jpeg = std::fs::read(data.path(&format!("images/{file}"))).unwrap().into();
        stage.bus.ask(topic::ASK_REID_EMBED, topic::ANY, &EmbedRequest { jpeg }, SOON).await.unwrap()
    };
    let face = |reply: EmbedReply| match reply {
        EmbedReply::Embedded(embedded) => (embedded.faces_detected, embedded.face.unwrap()),
        other => panic!("{other:?}"),
    };
    let (count, obama) = face(photo("faces_known/obama.jpg").await);
    let (_, again) = face(photo("faces_known/obama2.jpg").await);
    let (_, biden) = face(photo("faces_known/biden.jpg").await);
    assert_eq!(count, 1);
    assert!(obama.feature.similarity(&again.feature).unwrap() > 0.5);
    assert!(obama.feature.similarity(&biden.feature).unwrap() < 0.3);
    assert!(obama.jpeg.len() > 1000 && obama.jpeg.len() <= 64 << 10);
    assert_eq!(face(photo("six_faces.jpg").await).0, 6);

    let broken = EmbedRequest { jpeg: Bytes::from_static(&[0xff, 0xd8, 1, 2, 3]) };
    let answer = stage.bus.ask(topic::ASK_REID_EMBED, topic::ANY, &broken, SOON).await.unwrap();
    assert_eq!(answer, EmbedReply::Unreadable);
    let state = stage.state("first").await;
    assert_eq!(state.refusal, None);
    assert!(state.face_detector.is_some() && state.face_recognizer.is_some() && state.embedder.is_some(), "{state:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recogniser_of_other_dimensions_is_refused_and_bodies_are_known_all_the_same() {
    let Some(data) = Realdata::find() else { return };
    let (mut stage, _node) = with_networks(&data, "face_rec/mobilefacenet_128.onnx").await;
    let state = stage.state("first").await;
    let refusal = state.refusal.unwrap();
    assert!(refusal.contains("128") && refusal.contains("512"), "{refusal}");
    assert_eq!(state.face_recognizer, None);
    let jpeg = std::fs::read(data.path("images/faces_known/obama.jpg")).unwrap().into();
    let answer = stage.bus.ask(topic::ASK_REID_EMBED, topic::ANY, &EmbedRequest { jpeg }, SOON).await.unwrap();
    assert_eq!(answer, EmbedReply::Unavailable(refusal));

    let yard = stage.camera("yard").await;
    let track = shown(&stage, yard, &pictures(&data, "video/asl/again.mkv"), true).await;
    let sighting = stage.sighting_of(track, |fact| fact.ended).await;
    assert_eq!(stage.count(&format!("SELECT count(*) FROM face_samples WHERE sighting_id = {}", sighting.sighting)), 0);
}
