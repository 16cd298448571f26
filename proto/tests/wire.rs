//! Nothing on the network is trusted: whatever bytes come, they are refused or become a message within its bounds.

// It is never anything else; said here, the rules for tests (`unwrap` is fine) hold for its helping functions too.
#![cfg(test)]

use bytes::Bytes;
use iris_domain::colour::ColourName;
use iris_domain::identity::{FaceView, MatchKind, Observation};
use iris_domain::{
    BBox, CameraId, CellId, Class, Colour, Detection, Embedding, Feature, IdentityId, InstanceId, Look,
    ModelFingerprint, PersonId, SightingId, Timestamp, TrackKey,
};
use iris_proto::camera::{WantedCamera, WantedCameras};
use iris_proto::clip::{ClipReply, ClipRequest};
use iris_proto::crop::{CROP_BYTES_MAX, Crop, CropReason, CropView};
use iris_proto::detections::{Detections, Timing};
use iris_proto::event::EventFact;
use iris_proto::frame::Frame;
use iris_proto::heartbeat::{CameraPhase, CameraState, GalleryKind, Heartbeat, IngestState, ReidState, ServiceState};
use iris_proto::live::{LivePicture, LiveReply, LiveRequest};
use iris_proto::media::{MediaReply, MediaRequest};
use iris_proto::observation::{BODY_BYTES_MAX, FACE_BYTES_MAX, ObservationFact};
use iris_proto::reid::{
    EmbedReply, EmbedRequest, Embedded, EmbeddedFace, PHOTO_BYTES_MAX, ReloadReply, ReloadRequest, SearchReply,
    SearchRequest, SearchRow,
};
use iris_proto::sighting::SightingFact;
use iris_proto::tracks::Tracks;
use iris_proto::{Message, decode, encode, wire};
use proptest::prelude::*;
use uuid::Uuid;

fn survives<M: Message>(bytes: &[u8]) {
    // What is accepted can be said again and is accepted again.
    if let Ok(message) = decode::<M>(bytes.to_vec().into()) {
        assert!(decode::<M>(encode(&message)).is_ok());
    }
}

proptest! {
    #[test]
    fn random_bytes_harm_nothing(bytes: Vec<u8>) {
        survives::<Frame>(&bytes);
        survives::<Detections>(&bytes);
        survives::<Tracks>(&bytes);
        survives::<WantedCamera>(&bytes);
        survives::<WantedCameras>(&bytes);
        survives::<Heartbeat>(&bytes);
        survives::<EventFact>(&bytes);
        survives::<LivePicture>(&bytes);
        survives::<LiveRequest>(&bytes);
        survives::<LiveReply>(&bytes);
        survives::<MediaRequest>(&bytes);
        survives::<MediaReply>(&bytes);
        survives::<ClipRequest>(&bytes);
        survives::<ClipReply>(&bytes);
        survive_re_id(&bytes);
    }

    /// Bytes near the valid ones get further into the checks than random ones do.
    #[test]
    fn damaged_messages_harm_nothing(at in 0usize..200, value: u8) {
        for message in [encode(&detections(0.5)), encode(&frame(4, 2, 12))] {
            let mut bytes = message.to_vec();
            let at = at % bytes.len();
            bytes[at] = value;
            survives::<Detections>(&bytes);
            survives::<Frame>(&bytes);
            survives::<Tracks>(&bytes);
        }
        for message in of_re_id() {
            let mut bytes = message.to_vec();
            let at = at % bytes.len();
            bytes[at] = value;
            survive_re_id(&bytes);
        }
    }

    /// Whatever a node's arithmetic makes of a bad picture stays there.
    #[test]
    fn a_vector_is_a_direction_of_finite_numbers(values in prop::collection::vec(any::<f32>(), 0..20), cut in 0usize..4) {
        let mut vector: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        vector.truncate(vector.len().saturating_sub(cut));
        let expected = Embedding::from_bytes(&vector).is_ok();
        let mut said = search(None).to_wire();
        said.face = Some(wire::Feature { vector: vector.into(), model: "a".to_owned(), quality: 0.5 });
        prop_assert_eq!(SearchRequest::from_wire(said).is_ok(), expected);
    }

    #[test]
    fn every_crop_reads_back_as_it_was_said(number: u64, sequence: u32, generation: i64, companions in prop::collection::vec(any::<u64>(), 0..20),
        ended: bool, with_view: bool, faces_wanted: bool, score in 0.0f32..=1.0, overlap in 0.0f32..=1.0, first in 0i64..1_000_000, stay in 0i64..1_000_000) {
        let track = TrackKey { run: Uuid::from_u128(7), number };
        let at = |micros| Timestamp::from_micros(micros).unwrap();
        let view = (with_view || !ended).then(|| CropView { score, overlap, ..view() });
        let said = Crop { track, sequence, source_generation: generation, ended, view, faces_wanted, first_seen: at(first),
            last_seen: at(first + stay), companions: companions.iter().map(|number| TrackKey { number: *number, ..track }).collect(), ..crop() };
        prop_assert_eq!(decode::<Crop>(encode(&said)).unwrap(), said);
    }

    #[test]
    fn a_picture_is_taken_exactly_when_its_bytes_fit_its_size(width in 0u32..10, height in 0u32..10, bytes in 0usize..200) {
        let fits = width >= 2 && height >= 2 && width % 2 == 0 && height % 2 == 0 && bytes == (width * height * 3 / 2) as usize;
        prop_assert_eq!(decode::<Frame>(encode(&frame(width, height, bytes))).is_ok(), fits);
    }

    #[test]
    fn a_score_is_a_fraction(score: f32) {
        let read = decode::<Detections>(encode(&detections(score)));
        prop_assert_eq!(read.is_ok(), (0.0..=1.0).contains(&score));
    }
}

fn survive_re_id(bytes: &[u8]) {
    survives::<Crop>(bytes);
    survives::<ObservationFact>(bytes);
    survives::<SightingFact>(bytes);
    survives::<EmbedRequest>(bytes);
    survives::<EmbedReply>(bytes);
    survives::<SearchRequest>(bytes);
    survives::<SearchReply>(bytes);
    survives::<ReloadRequest>(bytes);
    survives::<ReloadReply>(bytes);
    survives::<Heartbeat>(bytes);
}

fn of_re_id() -> Vec<Bytes> {
    vec![
        encode(&crop()),
        encode(&observation()),
        encode(&sighting()),
        encode(&embedded()),
        encode(&search(Some(feature(8)))),
        encode(&heartbeat()),
    ]
}

fn frame(width: u32, height: u32, bytes: usize) -> Frame {
    Frame {
        run: Uuid::nil(),
        sequence: 1,
        captured: Timestamp::EPOCH,
        width,
        height,
        i420: vec![0; bytes].into(),
        min_score: 0.1,
        iou: 0.5,
    }
}

fn detections(score: f32) -> Detections {
    let bbox = iris_domain::BBox { x1: 0.1, y1: 0.1, x2: 0.5, y2: 0.9 };
    let look = Some(Look([[16, 128, 130], [200, 90, 255], [0, 1, 2], [3, 4, 5]]));
    Detections {
        run: Uuid::nil(),
        sequence: 7,
        captured: Timestamp::EPOCH,
        outcome: Ok(vec![Detection { bbox, class: iris_domain::Class::person(), score, look }]),
        detector: "yolox-nano@cpu".to_owned(),
        side_max: Some(416),
        timing: Timing::default(),
    }
}

#[test]
fn what_is_said_is_what_is_heard() {
    let said = detections(0.75);
    assert_eq!(decode::<Detections>(encode(&said)).unwrap(), said);
    let nobody_looked = Detections {
        outcome: said
            .outcome
            .clone()
            .map(|found| found.into_iter().map(|one| Detection { look: None, ..one }).collect()),
        ..said.clone()
    };
    assert_eq!(decode::<Detections>(encode(&nobody_looked)).unwrap(), nobody_looked);
    let refused = Detections { outcome: Err("overloaded".to_owned()), side_max: None, ..said };
    assert_eq!(decode::<Detections>(encode(&refused)).unwrap(), refused);
}

/// The first bytes of every JPEG, and then so many more.
fn jpeg(bytes: usize) -> Bytes {
    let mut jpeg = vec![0xff, 0xd8, 0xff, 0xe0];
    jpeg.resize(bytes.max(4), 0);
    jpeg.into()
}

fn bbox() -> BBox {
    BBox { x1: 0.1, y1: 0.1, x2: 0.5, y2: 0.9 }
}

fn track() -> TrackKey {
    TrackKey { run: Uuid::from_u128(7), number: 3 }
}

fn view() -> CropView {
    CropView {
        captured: Timestamp::EPOCH,
        bbox: bbox(),
        inner: bbox(),
        score: 0.9,
        reason: CropReason::Better,
        overlap: 0.25,
        touches_edge: true,
        jpeg: jpeg(20),
    }
}

fn crop() -> Crop {
    Crop {
        track: track(),
        sequence: 2,
        class: Class::person(),
        first_seen: Timestamp::EPOCH,
        last_seen: Timestamp::from_millis(1500).unwrap(),
        companions: vec![TrackKey { number: 4, ..track() }],
        ended: false,
        source_generation: 5,
        faces_wanted: true,
        reid_wanted: false,
        view: Some(view()),
    }
}

fn feature(dimensions: usize) -> Feature {
    // A number in each place, so that one that is lost or moved is noticed; of length one already, so that it reads back as it is.
    let values: Vec<f32> = (0..dimensions).map(|at| at as f32 + 1.0).collect();
    let embedding = Embedding::new(&values).unwrap();
    let embedding = Embedding::from_bytes(&embedding.to_bytes()).unwrap();
    Feature { embedding, model: ModelFingerprint::new("scrfd:abc/arcface:def").unwrap(), quality: 0.75 }
}

fn observation() -> ObservationFact {
    let face = FaceView { feature: feature(512), width_px: 61.5, yaw_ratio: 0.25, score: 0.875 };
    ObservationFact {
        observation: Observation {
            track: track(),
            camera: CameraId::new(9).unwrap(),
            class: Class::person(),
            first_seen: Timestamp::EPOCH,
            last_seen: Timestamp::from_millis(1500).unwrap(),
            captured: Timestamp::from_millis(700).unwrap(),
            score: 0.9,
            companions: vec![TrackKey { number: 4, ..track() }],
            ended: true,
            face: Some(face),
            body: Some(feature(256)),
            colour: Some(Colour { name: ColourName::Red, rgb: [122, 31, 43] }),
        },
        source_generation: 5,
        body_jpeg: Some(jpeg(100)),
        face_jpeg: None,
    }
}

fn sighting() -> SightingFact {
    SightingFact {
        sighting: SightingId::new(11).unwrap(),
        track: track(),
        identity: IdentityId::new(12).unwrap(),
        identity_name: Some("Zoë".to_owned()),
        person: Some(PersonId::new(13).unwrap()),
        person_name: None,
        match_kind: MatchKind::Face,
        score: Some(0.5),
        ended: false,
    }
}

fn embedded() -> EmbedReply {
    let face = EmbeddedFace { feature: feature(512), jpeg: jpeg(50) };
    EmbedReply::Embedded(Embedded { faces_detected: 2, face: Some(face), body: None })
}

fn search(face: Option<Feature>) -> SearchRequest {
    SearchRequest { face, body: None, limit: 10 }
}

fn heartbeat() -> Heartbeat {
    Heartbeat {
        instance: InstanceId::new("one").unwrap(),
        version: "1".to_owned(),
        at: Timestamp::EPOCH,
        started: Timestamp::EPOCH,
        degraded: None,
        state: ServiceState::Reid(ReidState {
            leader: true,
            face_detector: Some("scrfd".to_owned()),
            face_recognizer: None,
            embedder: Some("osnet".to_owned()),
            device: "cpu".to_owned(),
            gallery: GalleryKind::Qdrant,
            faces_indexed: 7,
            bodies_indexed: 8,
            waiting: 9,
            refusal: Some("a recogniser of 128 dimensions".to_owned()),
            face_join: 0.45,
            body_join: 0.92,
        }),
    }
}

#[test]
fn what_re_id_says_is_what_is_heard() {
    fn check<M: Message + PartialEq + std::fmt::Debug>(said: M) {
        assert_eq!(decode::<M>(encode(&said)).unwrap(), said);
    }
    check(crop());
    check(Crop { ended: true, view: None, ..crop() });
    for reason in [CropReason::Confirmed, CropReason::Better, CropReason::Last] {
        check(Crop { view: Some(CropView { reason, ..view() }), ..crop() });
    }
    check(observation());
    check(ObservationFact { face_jpeg: Some(jpeg(9)), body_jpeg: None, ..observation() });
    for match_kind in [MatchKind::Face, MatchKind::Appearance, MatchKind::New, MatchKind::Manual] {
        check(SightingFact { match_kind, ..sighting() });
    }
    check(SightingFact { person: None, identity_name: None, score: None, ended: true, ..sighting() });
    check(EmbedRequest { jpeg: jpeg(1000) });
    check(embedded());
    check(EmbedReply::Unreadable);
    check(EmbedReply::Unavailable("no recogniser".to_owned()));
    check(search(Some(feature(512))));
    let row = SearchRow {
        identity: IdentityId::new(1).unwrap(),
        sighting: SightingId::new(2).unwrap(),
        face_score: Some(0.5),
        body_score: None,
    };
    check(SearchReply { rows: vec![row] });
    check(ReloadRequest);
    check(ReloadReply { epoch: 77 });
    check(heartbeat());
    check(Heartbeat { state: ServiceState::Notify, degraded: Some("bus: away".to_owned()), ..heartbeat() });
    for online_since in [None, Timestamp::from_millis(1000)] {
        let camera = CameraState {
            camera: CameraId::new(9).unwrap(),
            phase: CameraPhase::Online,
            detail: None,
            last_frame: Timestamp::from_millis(2000),
            online_since,
            fps: 25.0,
            detect_fps: 5.0,
            detector: Some("tiny@cpu".to_owned()),
        };
        let cell = CellId::new("cell-1").unwrap();
        let ingest = IngestState { media_version: "7.1".to_owned(), cameras: vec![camera], cell };
        check(Heartbeat { state: ServiceState::Ingest(ingest), ..heartbeat() });
    }
    assert_eq!(crop().id(), "00000000-0000-0000-0000-000000000007.3.2");
}

#[test]
fn re_id_takes_nothing_beyond_its_bounds() {
    fn refused<M: Message + std::fmt::Debug>(said: &M) {
        let heard = decode::<M>(encode(said));
        assert!(heard.is_err(), "{said:.200?}");
    }
    let with_view = |change: fn(&mut CropView)| {
        let mut view = view();
        change(&mut view);
        Crop { view: Some(view), ..crop() }
    };
    refused(&with_view(|view| view.jpeg = jpeg(CROP_BYTES_MAX + 1)));
    refused(&with_view(|view| view.jpeg = Bytes::from_static(b"GIF89a")));
    refused(&with_view(|view| view.overlap = 1.5));
    refused(&with_view(|view| view.score = f32::NAN));
    assert!(decode::<Crop>(encode(&with_view(|view| view.jpeg = jpeg(CROP_BYTES_MAX)))).is_ok());
    refused(&Crop { view: None, ..crop() });
    refused(&Crop { last_seen: Timestamp::EPOCH, first_seen: Timestamp::from_millis(1).unwrap(), ..crop() });
    refused(&Crop { companions: vec![track(); 1001], ..crop() });
    refused(&ObservationFact { body_jpeg: Some(jpeg(BODY_BYTES_MAX + 1)), ..observation() });
    refused(&ObservationFact { face_jpeg: Some(jpeg(FACE_BYTES_MAX + 1)), ..observation() });
    refused(&SightingFact { identity_name: Some("x".repeat(2000)), ..sighting() });
    refused(&SightingFact { score: Some(1.5), ..sighting() });
    refused(&EmbedRequest { jpeg: jpeg(PHOTO_BYTES_MAX + 1) });
    refused(&search(None));
    refused(&SearchRequest { limit: 0, ..search(Some(feature(4))) });
    refused(&ReloadReply { epoch: -1 });
    assert!(decode::<SearchRequest>(encode(&search(Some(feature(4096))))).is_ok());
    let mut long = search(None).to_wire();
    let vector: Bytes = [0.5f32; 4097].iter().flat_map(|value| value.to_le_bytes()).collect();
    long.body = Some(wire::Feature { vector, model: "a".to_owned(), quality: 0.5 });
    assert!(SearchRequest::from_wire(long).is_err());
    let mut nameless = observation().to_wire();
    nameless.body.as_mut().unwrap().model = "a model".to_owned();
    assert!(ObservationFact::from_wire(nameless).is_err(), "a fingerprint has no spaces");
    let mut faceless = observation().to_wire();
    faceless.face.as_mut().unwrap().feature = None;
    assert!(ObservationFact::from_wire(faceless).is_err());
}
