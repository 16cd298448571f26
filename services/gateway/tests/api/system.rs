//! `/api/system`, `/health`, and the process's own manners: anonymous use, slow clients, a stop in the middle of requests.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use iris_bus::message::{Heartbeat, RecorderState, ServiceState};
use iris_bus::topic;
use iris_domain::InstanceId;
use iris_testkit::wait;
use reqwest::Method;
use serde_json::{Value, json};

use crate::corrections::reid_is_heard;
use crate::owner::{heartbeat, now};
use crate::support::{SOON, World, answer, id_of, json_of};

#[tokio::test]
async fn what_re_id_says_of_itself_is_shown() {
    let world = World::start().await;
    reid_is_heard(&world).await;
    let system = json_of(world.gateway.get("/api/system"), 200).await;
    let models = json!({ "detector": null, "face_detector": "yunet", "face_recognizer": "edgeface", "reid": "osnet" });
    assert_eq!((&system["models"], &system["backend"]["faces_enabled"]), (&models, &json!(true)));
    assert_eq!(system["face_index"], json!({ "status": "ready", "count": 12, "gallery": "memory", "detail": null }));
    let services = system["services"].as_array().unwrap();
    assert!(services.iter().any(|service| service["name"] == "reid" && service["status"] == "online"));
    world.gateway.stop().await;
}

#[tokio::test]
async fn what_runs_is_shown_and_a_stop_is_clean() {
    let world = World::start_with(|settings| settings.auth_required = false).await;
    let (watched, off) = (world.gateway.camera("Gate").await, world.gateway.camera("Attic").await);
    json_of(world.gateway.put(&format!("/api/cameras/{}", off["id"]), &json!({ "enabled": false })), 200).await;
    everything_is_shown(&world, &watched).await;
    health_names_enabled_cameras_only(&world, &watched).await;
    anonymous_users_are_protected_from_other_sites(&world).await;
    a_stop_ends_streams_and_finishes_requests(&world).await;
}

/// A recorder's word, and how its disk is shown.
fn recorder() -> (Heartbeat, Value) {
    let state = RecorderState {
        events_open: 0,
        clips_pending: 0,
        disk_free_bytes: 5_000,
        library_bytes: 2_000,
        bytes_a_day: 1_000,
        full_in_seconds: Some(432_000),
    };
    let said = Heartbeat {
        instance: InstanceId::new("cell-1").unwrap(),
        version: "1.0".to_owned(),
        at: now(),
        started: now(),
        degraded: None,
        state: ServiceState::Recorder(state),
    };
    let storage = json!([{
        "node": "cell-1", "free_bytes": 5_000, "clips_bytes": 2_000, "bytes_a_day": 1_000, "full_in_seconds": 432_000
    }]);
    (said, storage)
}

async fn everything_is_shown(world: &World, camera: &Value) {
    let gateway = &world.gateway;
    let bus = world.bus().await;
    let (recorder, storage) = recorder();
    let mut system = wait::until(SOON, "the camera to be online and the disk to be known", || async {
        bus.publish(topic::HEARTBEAT, "ingest.i1", &heartbeat(id_of(camera)));
        bus.publish(topic::HEARTBEAT, "recorder.cell-1", &recorder);
        let system = json_of(gateway.bare(Method::GET, "/api/system"), 200).await;
        anyhow::ensure!(system["workers"][0]["status"] == "online" && system["storage"] == storage, "{system}");
        Ok(system)
    })
    .await
    .unwrap();
    assert_eq!(system["timezone"], "UTC");
    let worker = system["workers"][0].take();
    assert!(worker["last_seen"].is_string());
    let of_worker = ["camera_name", "status_detail", "fps", "detect_fps", "node"].map(|field| worker[field].clone());
    assert_eq!(of_worker, [json!("Gate"), json!(null), json!(25.0), json!(5.0), json!("i1")]);
    let services = system["services"].as_array().unwrap();
    let names: Vec<_> = services.iter().map(|service| (&service["name"], &service["status"])).collect();
    assert_eq!(
        names,
        [
            (&json!("gateway"), &json!("online")),
            (&json!("ingest"), &json!("online")),
            (&json!("recorder"), &json!("online"))
        ]
    );
    assert_eq!(system["version"], "1.2.3");
    assert_eq!(system["user"], json!({ "email": null, "name": null, "via": "anonymous" }));
    assert_eq!((&system["runtime"]["ffmpeg"], &system["runtime"]["onnxruntime"]), (&json!("7.1"), &json!(null)));
    assert_eq!(system["backend"], json!({ "detector": null, "device": null, "providers": [], "faces_enabled": false }));
    let no_index = json!({ "status": "unavailable", "count": 0, "gallery": null, "detail": null });
    assert_eq!(system["face_index"], no_index);
    assert_eq!((&system["gpu"], system["workers"].as_array().unwrap().len()), (&json!(null), 1));
    let camera = json_of(gateway.get(&format!("/api/cameras/{}", camera["id"])), 200).await;
    let condition = ["status", "status_detail", "fps", "detector"].map(|field| camera[field].clone());
    assert_eq!(condition, [json!("online"), json!(null), json!(25.0), json!("tiny@cpu")]);
}

async fn health_names_enabled_cameras_only(world: &World, camera: &Value) {
    let health = answer(world.gateway.bare(Method::GET, "/health"), 200).await.text().await.unwrap();
    assert!(!health.contains("camera.example"));
    let health: Value = serde_json::from_str(&health).unwrap();
    let workers = json!([{ "camera_id": camera["id"], "status": "online", "fps": 25.0 }]);
    assert_eq!(health, json!({ "status": "degraded", "version": "1.2.3", "gpu": null, "workers": workers }));
}

async fn anonymous_users_are_protected_from_other_sites(world: &World) {
    let gateway = &world.gateway;
    let path = "/api/events/clear-all";
    let post = || gateway.bare(Method::POST, path).json(&json!({ "confirm": true }));
    answer(post().header("origin", "https://evil.example"), 403).await;
    answer(post().header("sec-fetch-site", "cross-site"), 403).await;
    answer(post().header("origin", gateway.base.clone()), 200).await;
    answer(post(), 200).await;
}

async fn a_stop_ends_streams_and_finishes_requests(world: &World) {
    let gateway = &world.gateway;
    let feed = answer(gateway.get("/api/feed"), 200).await;
    let address = gateway.base.strip_prefix("http://").unwrap().to_owned();
    let mut slow = TcpStream::connect(&address).unwrap();
    slow.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n").unwrap();
    gateway.stop().await;
    let rest = tokio::time::timeout(Duration::from_secs(5), feed.bytes()).await;
    rest.expect("the feed ends with the gateway").unwrap();
    assert!(TcpStream::connect(&address).is_err());
    slow.set_read_timeout(Some(SOON)).unwrap();
    assert_eq!(slow.read(&mut [0; 64]).unwrap_or(0), 0, "a connection without a request is closed");
}
