//! Heartbeats arrive, time passes: what the roster then says.

use super::*;
use iris_bus::message::{GalleryKind, RecorderState};
use iris_domain::{CameraStatus, CellId, InstanceId, camera_condition};

const STALE: Duration = Duration::from_secs(30);

fn camera(id: i64) -> CameraId {
    CameraId::new(id).unwrap()
}

fn heartbeat(instance: &str, state: ServiceState) -> Heartbeat {
    Heartbeat {
        instance: InstanceId::new(instance).unwrap(),
        version: "1.0.0".to_owned(),
        // A clock that was never set.
        at: Timestamp::from_millis(10_000).unwrap(),
        started: Timestamp::EPOCH,
        degraded: None,
        state,
    }
}

fn ingest(instance: &str, frame_ms: Option<i64>) -> Heartbeat {
    let state = CameraState {
        camera: camera(7),
        phase: CameraPhase::Online,
        detail: None,
        last_frame: frame_ms.and_then(Timestamp::from_millis),
        online_since: frame_ms.and_then(Timestamp::from_millis),
        fps: 25.0,
        detect_fps: 5.0,
        detector: None,
    };
    heartbeat(
        instance,
        ServiceState::Ingest(IngestState {
            media_version: "7.1".to_owned(),
            cameras: vec![state],
            cell: CellId::new("cell-1").unwrap(),
        }),
    )
}

fn detect(instance: &str, classes: &[&str]) -> Heartbeat {
    let state = DetectState {
        model: instance.to_owned(),
        device: "cpu".to_owned(),
        providers: Vec::new(),
        classes: classes.iter().map(|name| Class::new(name).unwrap()).collect(),
        runtime_version: "1.0".to_owned(),
        gpu: None,
    };
    heartbeat(instance, ServiceState::Detect(state))
}

fn status(roster: &Roster, now: Instant) -> (CameraStatus, Option<String>) {
    let condition = camera_condition(true, &roster.worker(camera(7), now), roster.last_seen(camera(7)), STALE);
    (condition.status, condition.detail)
}

#[test]
fn ages_count_from_arrival_whatever_the_senders_clock_says() {
    let (mut roster, start) = (Roster::new(STALE), Instant::now());
    assert_eq!(roster.worker(camera(7), start), CameraWorker::NoIngest);
    for second in 0..100 {
        // The camera's clock is a day ahead, and runs.
        roster.observe(ingest("a", Some(86_400_000 + second * 1_000)), start + Duration::from_secs(second as u64));
    }
    let end = start + Duration::from_secs(99);
    assert_eq!(status(&roster, end), (CameraStatus::Online, None));
    assert_eq!(status(&roster, end + STALE).0, CameraStatus::Online);
    assert_eq!(status(&roster, end + STALE + Duration::from_millis(1)).0, CameraStatus::Offline);
}

#[test]
fn a_worker_that_beats_without_pictures_is_offline_after_a_while() {
    let (mut roster, start) = (Roster::new(STALE), Instant::now());
    for second in 0..=31 {
        roster.observe(ingest("a", Some(9_000)), start + Duration::from_secs(second));
    }
    // The picture was 1 s old when it was first told of.
    let detail = |second| status(&roster, start + Duration::from_secs(second));
    assert_eq!(detail(29), (CameraStatus::Online, None));
    assert_eq!(detail(31), (CameraStatus::Offline, Some("no picture for 32 s".to_owned())));
}

#[test]
fn the_newest_word_on_a_camera_counts() {
    let (mut roster, start) = (Roster::new(STALE), Instant::now());
    roster.observe(ingest("old", Some(1)), start);
    roster.observe(ingest("new", Some(2)), start + Duration::from_secs(9));
    assert_eq!(roster.node(camera(7), start + Duration::from_secs(9)).as_deref(), Some("new"));
    assert_eq!(roster.worker(camera(8), start + Duration::from_secs(9)), CameraWorker::Unowned);
    let later = start + Duration::from_secs(200);
    assert_eq!(roster.worker(camera(7), later), CameraWorker::NoIngest);
    assert_eq!(roster.last_seen(camera(7)), Timestamp::from_millis(2));
}

#[test]
fn classes_are_everyones_and_remembered() {
    let (mut roster, start) = (Roster::new(STALE), Instant::now());
    roster.observe(detect("a", &["person", "car"]), start);
    roster.observe(detect("b", &["person", "dog"]), start + Duration::from_secs(1));
    let models = |now| roster.detectors(now).into_iter().map(|state| state.model).collect::<Vec<_>>();
    assert_eq!(models(start + Duration::from_secs(1)), ["b", "a"]);
    assert_eq!(models(start + Duration::from_secs(60)), [""; 0]);
    assert_eq!(roster.classes(), ["car", "dog", "person"].map(|name| Class::new(name).unwrap()));
}

#[test]
fn services_go_away_after_seconds_and_are_forgotten_after_a_minute() {
    let (mut roster, start) = (Roster::new(STALE), Instant::now());
    assert_eq!(roster.away(start), ["ingest", "detect", "recorder"]);
    let recorder = RecorderState {
        events_open: 0,
        clips_pending: 0,
        disk_free_bytes: 0,
        library_bytes: 0,
        bytes_a_day: 0,
        full_in_seconds: None,
    };
    let full =
        Heartbeat { degraded: Some("the disk is full".to_owned()), ..heartbeat("r", ServiceState::Recorder(recorder)) };
    roster.observe(full, start);
    roster.observe(ingest("i", None), start + Duration::from_secs(3));
    let rows = |seconds| {
        let rows = roster.services(start + Duration::from_secs(seconds));
        rows.into_iter().map(|row| (row.name, row.status.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(rows(4), [("ingest", "online"), ("recorder", "degraded")]);
    assert_eq!(rows(6), [("ingest", "online"), ("recorder", "offline")]);
    assert_eq!(rows(62), [("ingest", "offline")]);
    assert_eq!(roster.away(start + Duration::from_secs(6)), ["detect", "recorder"]);
}

#[test]
fn what_is_remembered_is_bounded() {
    let (mut roster, start) = (Roster::new(STALE), Instant::now());
    for number in 0..INSTANCES_MAX + 10 {
        roster.observe(detect(&format!("d{number}"), &["person"]), start);
    }
    assert_eq!(roster.services(start).len(), INSTANCES_MAX);
}

fn reid(instance: &str, leader: bool) -> Heartbeat {
    let state = ReidState {
        leader,
        face_detector: None,
        face_recognizer: None,
        embedder: Some(instance.to_owned()),
        device: "cpu".to_owned(),
        gallery: GalleryKind::Memory,
        faces_indexed: 0,
        bodies_indexed: 0,
        waiting: 0,
        refusal: None,
        face_join: 0.45,
        body_join: 0.92,
    };
    heartbeat(instance, ServiceState::Reid(state))
}

#[test]
fn the_leader_of_re_id_speaks_first_and_who_is_silent_does_not_count() {
    let (mut roster, start) = (Roster::new(STALE), Instant::now());
    for (instance, leader) in [("a", false), ("b", true), ("c", false)] {
        roster.observe(reid(instance, leader), start);
    }
    let nodes = |roster: &Roster, now| -> Vec<String> {
        roster.reid(now).into_iter().filter_map(|state| state.embedder).collect()
    };
    assert_eq!(nodes(&roster, start), ["b", "a", "c"]);
    let later = start + AWAY_AFTER + Duration::from_secs(1);
    roster.observe(reid("c", true), later);
    assert_eq!(nodes(&roster, later), ["c"]);
    // What they are is still known.
    let lately = |now| roster.reid_lately(now).into_iter().filter_map(|state| state.embedder).collect::<Vec<_>>();
    assert_eq!(lately(later), ["b", "c", "a"]);
    assert_eq!(lately(later + FORGOTTEN_AFTER), ["c"]);
}
