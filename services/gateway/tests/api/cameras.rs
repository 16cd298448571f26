//! `/api/cameras`: each field at and beyond its bounds, masking, partial updates, what reaches ingest, repointing and deletion.

use futures::StreamExt as _;
use iris_bus::CameraUpdate;
use iris_bus::message::{DetectState, Heartbeat, ServiceState};
use iris_bus::topic;
use iris_domain::{CameraId, Class, InstanceId, Timestamp};
use iris_library::MediaPath;
use iris_testkit::wait;
use serde_json::{Value, json};

use crate::support::{SOON, World, answer, at, faults_of, id_of, json_of, presence};

#[tokio::test]
async fn cameras_are_entered_changed_and_deleted() {
    let world = World::start().await;
    defaults_fill_what_is_not_said(&world).await;
    bounds_are_kept(&world).await;
    addresses_are_checked_and_never_shown(&world).await;
    an_update_changes_what_it_names(&world).await;
    triggers_are_the_detectors_classes(&world).await;
    repointing_purges_what_was_seen_before(&world).await;
    deletion_takes_everything_along(&world).await;
    world.gateway.stop().await;
}

#[tokio::test]
async fn ingest_hears_of_a_change_within_two_seconds() {
    let world = World::start().await;
    let bus = world.bus().await;
    let table = wait::until(SOON, "the table of cameras", || async { Ok(bus.cameras().await?) }).await.unwrap();
    let mut updates = std::pin::pin!(table.updates().await.unwrap());
    let mut next = async || {
        let update = tokio::time::timeout(std::time::Duration::from_secs(2), updates.next()).await;
        update.expect("a change takes effect within 2 s").unwrap()
    };
    let camera = world.gateway.camera("Gate").await;
    let id = CameraId::new(id_of(&camera)).unwrap();
    let CameraUpdate::Wanted(wanted) = next().await else { panic!("no camera") };
    assert_eq!((wanted.id, wanted.enabled, wanted.source_generation), (id, true, 1));
    assert_eq!(wanted.source.expose(), "rtsp://user:hunter2@camera.example/stream");

    let path = format!("/api/cameras/{id}");
    json_of(world.gateway.put(&path, &json!({ "enabled": false, "detect_conf": 0.7 })), 200).await;
    let CameraUpdate::Wanted(wanted) = next().await else { panic!("no camera") };
    assert_eq!((wanted.enabled, wanted.tuning.detect_conf), (false, 0.7));

    // What somebody else wrote is put right; what Postgres does not know goes.
    let mut foreign = wanted.clone();
    foreign.enabled = true;
    table.put(&foreign).await.unwrap();
    assert!(matches!(next().await, CameraUpdate::Wanted(camera) if camera.enabled));
    let CameraUpdate::Wanted(wanted) = tokio::time::timeout(SOON, updates.next()).await.unwrap().unwrap() else {
        panic!("no camera")
    };
    assert!(!wanted.enabled);

    answer(world.gateway.delete(&path), 204).await;
    let deleted = tokio::time::timeout(std::time::Duration::from_secs(2), updates.next()).await.unwrap().unwrap();
    assert_eq!(deleted, CameraUpdate::Deleted(id));
    world.gateway.stop().await;
}

async fn defaults_fill_what_is_not_said(world: &World) {
    let gateway = &world.gateway;
    let body = json!({ "name": "  Front door ", "rtsp_url": " rtsp://h/s ", "enabled": null, "trigger_classes": " ,, ", "other": 1 });
    let response = answer(gateway.post("/api/cameras", &body), 201).await;
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let mut camera: Value = response.json().await.unwrap();
    assert_eq!(location, format!("/api/cameras/{}", camera["id"]));
    assert_eq!(json_of(gateway.get(&location), 200).await, camera);
    for time in ["created_at", "updated_at"] {
        assert_eq!(camera[time].as_str().unwrap().len(), "2026-11-23T02:07:09.123Z".len());
        camera[time] = Value::Null;
    }
    camera["id"] = Value::Null;
    let wanted = json!({
        "id": null, "name": "Front door", "rtsp_url": "rtsp://h/s", "enabled": true, "detect_conf": 0.4,
        "pre_seconds": 5, "post_seconds": 10, "trigger_classes": "person", "detect_iou": 0.45, "detect_imgsz": 640,
        "detect_interval": 0.2, "trigger_cooldown": 0.0, "min_trigger_frames": 3, "rtsp_transport": "tcp",
        "faces_enabled": true, "reid_enabled": true, "status": "offline", "status_detail": "no ingest service is running",
        "last_seen": null, "fps": null, "detector": null, "created_at": null, "updated_at": null
    });
    assert_eq!(camera, wanted);
    let status = json_of(gateway.get(&format!("{location}/status")), 200).await;
    assert_eq!(status["status_detail"], "no ingest service is running");
    let keys: Vec<_> = status.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["detector", "fps", "id", "last_seen", "status", "status_detail"]);
}

async fn bounds_are_kept(world: &World) {
    let gateway = &world.gateway;
    let path = format!("/api/cameras/{}", id_of(&gateway.camera("Bounds").await));
    let long = "é".repeat(128);
    let fine = [
        ("name", json!(long)),
        ("detect_conf", json!(0)),
        ("detect_conf", json!(1.0)),
        ("detect_iou", json!(0.0)),
        ("detect_iou", json!(1)),
        ("detect_imgsz", json!(128)),
        ("detect_imgsz", json!(1920.0)),
        ("detect_interval", json!(0)),
        ("detect_interval", json!(60)),
        ("pre_seconds", json!(0)),
        ("pre_seconds", json!(120)),
        ("post_seconds", json!(0)),
        ("post_seconds", json!(300)),
        ("trigger_cooldown", json!(0)),
        ("trigger_cooldown", json!(3600)),
        ("min_trigger_frames", json!(1)),
        ("min_trigger_frames", json!(100)),
        ("rtsp_transport", json!("udp")),
        ("trigger_classes", json!(" Dog,person,dog ")),
    ];
    for (field, value) in fine {
        let camera = json_of(gateway.put(&path, &json!({ field: value })), 200).await;
        match field {
            "trigger_classes" => assert_eq!(camera[field], "dog,person"),
            _ if value.is_number() => assert_eq!(camera[field].as_f64(), value.as_f64(), "{field}"),
            _ => assert_eq!(camera[field], value),
        }
    }
    let wrong = [
        ("name", vec![json!(""), json!("  "), json!(format!("{long}x")), json!("a\u{0}b"), json!(1), json!(["a"])]),
        (
            "rtsp_url",
            vec![json!(1), json!("ftp://h/s"), json!("x"), json!("file:///etc/passwd"), json!("rtsp://h/\u{0}")],
        ),
        ("enabled", vec![json!(1), json!("true")]),
        ("detect_conf", vec![json!(-0.1), json!(1.1), json!(1.000_000_000_1), json!("0.5"), json!(true)]),
        ("detect_iou", vec![json!(-1e-9), json!(2)]),
        (
            "detect_imgsz",
            vec![json!(127), json!(1921), json!(640.5), json!(-640), json!(1e300), json!(4_294_967_936_u64)],
        ),
        ("detect_interval", vec![json!(-1), json!(60.1)]),
        ("pre_seconds", vec![json!(-1), json!(121), json!(1.5)]),
        ("post_seconds", vec![json!(-1), json!(301)]),
        ("trigger_classes", vec![json!("person,unicorn"), json!(["person"]), json!("a\u{0}")]),
        ("trigger_cooldown", vec![json!(-1), json!(3600.5)]),
        ("min_trigger_frames", vec![json!(0), json!(101)]),
        ("rtsp_transport", vec![json!("TCP"), json!("http"), json!("")]),
        ("faces_enabled", vec![json!(0)]),
        ("reid_enabled", vec![json!("no")]),
    ];
    for (field, values) in wrong {
        for value in values {
            let faults = faults_of(gateway.put(&path, &json!({ field: value }))).await;
            assert_eq!(faults, [format!("body.{field}")], "{value}");
        }
    }
    let all_at_once =
        json!({ "name": "", "detect_conf": 2, "rtsp_transport": "x", "trigger_classes": "yeti,person,unicorn" });
    let refusal = json_of(gateway.post("/api/cameras", &all_at_once), 422).await.to_string();
    for part in ["\"name\"", "\"rtsp_url\"", "\"detect_conf\"", "\"rtsp_transport\"", "yeti", "unicorn"] {
        assert!(refusal.contains(part), "{part} in {refusal}");
    }
}

async fn addresses_are_checked_and_never_shown(world: &World) {
    let gateway = &world.gateway;
    let with = |url: &str| gateway.post("/api/cameras", &json!({ "name": "Address", "rtsp_url": url }));
    let too_long = format!("rtsp://h/{}", "a".repeat(2048));
    for url in [
        "",
        " ",
        "rtsp://***@h/s",
        "file:///tmp/a.mp4",
        "concat:a|b",
        "pipe:0",
        "data:text/plain,x",
        "tcp://h:1",
        "udp://h:1",
        "rtp://h:1",
        "rtsp://",
        "rtsp:///s",
        "rtsp://h:0/s",
        "rtsp://h:65536/s",
        "rtsp://h h/s",
        "rtsp://h/s\r\nx",
        "rtsp://u:a/b@h/s",
        &too_long,
    ] {
        assert_eq!(faults_of(with(url)).await, ["body.rtsp_url"], "{url}");
    }
    assert_eq!(
        faults_of(gateway.post("/api/cameras", &json!({ "name": null, "rtsp_url": null }))).await,
        ["body.name", "body.rtsp_url"]
    );
    for (url, shown) in [
        ("rtsp://user:hunter2@h/s", "rtsp://***@h/s"),
        ("RTSPS://u:hunter2@h:322/s", "RTSPS://***@h:322/s"),
        ("rtmp://h/live?token=hunter2&x=1", "rtmp://h/live?token=***&x=1"),
        ("http://h/v?x=1;Password=hunter2", "http://h/v?x=1;Password=***"),
        ("https://a@b:hunter2@h/v", "https://***@h/v"),
    ] {
        let camera = json_of(with(url), 201).await;
        assert_eq!(camera["rtsp_url"], shown);
    }
    let all = answer(gateway.get("/api/cameras"), 200).await.text().await.unwrap();
    assert!(!all.contains("hunter2"));
}

async fn an_update_changes_what_it_names(world: &World) {
    let gateway = &world.gateway;
    let camera = gateway.camera("Yard").await;
    let path = format!("/api/cameras/{}", id_of(&camera));
    // What a form sends back: everything, the address masked.
    let same = json_of(gateway.put(&path, &camera), 200).await;
    for (field, value) in camera.as_object().unwrap().iter().filter(|(field, _)| *field != "updated_at") {
        assert_eq!(&same[field], value, "{field}");
    }
    for keeps in [
        json!({}),
        json!({ "rtsp_url": null, "name": null, "enabled": null }),
        json!({ "rtsp_url": " " }),
        json!({ "rtsp_url": "rtsp://***@h/other" }),
    ] {
        let kept = json_of(gateway.put(&path, &keeps), 200).await;
        assert_eq!(kept["rtsp_url"], camera["rtsp_url"], "{keeps}");
        assert_eq!(kept["name"], "Yard");
    }
    let stored = world.store.cameras().get(CameraId::new(id_of(&camera)).unwrap()).await.unwrap().unwrap();
    assert_eq!(stored.source.expose(), "rtsp://user:hunter2@camera.example/stream");
    assert_eq!(stored.source_generation, 1);
    let off = json_of(gateway.put(&path, &json!({ "enabled": false })), 200).await;
    assert_eq!((&off["status"], &off["status_detail"]), (&json!("offline"), &json!("disabled")));
    answer(gateway.delete(&path), 204).await;
    answer(gateway.delete(&path), 404).await;
    answer(gateway.put(&path, &json!({})), 404).await;
}

/// COCO's as long as no detector was heard, then the detectors' own.
async fn triggers_are_the_detectors_classes(world: &World) {
    let gateway = &world.gateway;
    let classes = json_of(gateway.get("/api/cameras/detect/classes"), 200).await;
    assert_eq!((classes["classes"].as_array().unwrap().len(), &classes["default"]), (80, &json!(["person"])));
    let bus = world.bus().await;
    let now = Timestamp::from_system(std::time::SystemTime::now());
    let detector = Heartbeat {
        instance: InstanceId::new("test-detector").unwrap(),
        version: "1".to_owned(),
        at: now,
        started: now,
        degraded: None,
        state: ServiceState::Detect(DetectState {
            model: "tiny".to_owned(),
            device: "cpu".to_owned(),
            providers: vec!["CPUExecutionProvider".to_owned()],
            classes: ["person", "unicorn"].map(|name| Class::new(name).unwrap()).to_vec(),
            runtime_version: "1".to_owned(),
            gpu: None,
        }),
    };
    wait::until(SOON, "the detector's classes", || async {
        bus.publish(topic::HEARTBEAT, "detect.test-detector", &detector);
        let classes = json_of(gateway.get("/api/cameras/detect/classes"), 200).await;
        anyhow::ensure!(classes["classes"] == json!(["person", "unicorn"]), "{classes}");
        Ok(())
    })
    .await
    .unwrap();
    let body = |classes: &str| json!({ "name": "Magic", "rtsp_url": "rtsp://h/s", "trigger_classes": classes });
    assert_eq!(json_of(gateway.post("/api/cameras", &body("unicorn")), 201).await["trigger_classes"], "unicorn");
    assert_eq!(faults_of(gateway.post("/api/cameras", &body("dog"))).await, ["body.trigger_classes"]);
    let system = json_of(gateway.get("/api/system"), 200).await;
    assert_eq!((&system["backend"]["detector"], &system["models"]["detector"]), (&json!("tiny"), &json!("tiny")));
}

async fn repointing_purges_what_was_seen_before(world: &World) {
    let gateway = &world.gateway;
    let (moved, stays) = (gateway.camera("Moved").await, gateway.camera("Stays").await);
    let (before, kept) = (presence(&moved, "2026-11-23T10:00:00Z"), presence(&stays, "2026-11-23T10:00:00Z"));
    let (gone, kept_id) = (world.finished(&before, b"clip").await, world.finished(&kept, b"clip").await);
    let path = format!("/api/cameras/{}", id_of(&moved));
    json_of(gateway.put(&path, &json!({ "detect_conf": 0.6, "rtsp_transport": "udp" })), 200).await;
    answer(gateway.get(&format!("/api/events/{gone}")), 200).await;
    json_of(gateway.put(&path, &json!({ "rtsp_url": "rtsp://elsewhere/s" })), 200).await;
    answer(gateway.get(&format!("/api/events/{gone}")), 404).await;
    answer(gateway.get(&format!("/api/events/{kept_id}/clip")), 200).await;
    let library = gateway.library();
    assert!(library.get(&MediaPath::clip(before.key, before.ts)).unwrap().is_none());
    assert!(library.get(&MediaPath::thumbnail(before.key, before.ts)).unwrap().is_none());
}

async fn deletion_takes_everything_along(world: &World) {
    let gateway = &world.gateway;
    let camera = gateway.camera("Doomed").await;
    let finished = presence(&camera, "2026-11-23T11:00:00Z");
    let mut events = vec![world.finished(&finished, b"clip").await];
    // More than one batch.
    for second in 0..250 {
        let mut event = presence(&camera, "2026-11-23T12:00:00Z");
        event.ts = at("2026-11-23T12:00:00Z").plus(std::time::Duration::from_secs(second));
        events.push(world.opened(&event).await);
    }
    answer(gateway.delete(&format!("/api/cameras/{}", id_of(&camera))), 204).await;
    for event in [events[0], events[250]] {
        answer(gateway.get(&format!("/api/events/{event}")), 404).await;
    }
    assert!(gateway.library().get(&MediaPath::clip(finished.key, finished.ts)).unwrap().is_none());
    let list = json_of(gateway.get(&format!("/api/events?camera_id={}", id_of(&camera))), 200).await;
    assert_eq!(list, json!({ "total": 0, "items": [] }));
}
