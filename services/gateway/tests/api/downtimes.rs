//! `/api/cameras/downtimes`: what is heard of a camera becomes times without pictures.

use std::time::Duration;

use iris_bus::message::{CameraPhase, Heartbeat, ServiceState};
use iris_bus::{Bus, topic};
use iris_testkit::wait;
use serde_json::{Value, json};

use crate::owner::{heartbeat, now};
use crate::support::{World, faults_of, id_of, json_of};

/// A camera is down for ten seconds before it is noted; on a machine that runs other tests.
const NOTED: Duration = Duration::from_secs(60);
const PATH: &str = "/api/cameras/downtimes";

/// What the owner of a camera says that refuses.
fn refusing(camera: i64) -> Heartbeat {
    let mut said = heartbeat(camera);
    let ServiceState::Ingest(ingest) = &mut said.state else { panic!("no ingest") };
    let state = &mut ingest.cameras[0];
    (state.phase, state.detail, state.online_since) = (CameraPhase::Error, Some("connection refused".to_owned()), None);
    said
}

/// Says it again and again until the list is as wanted; answers the newest of it.
async fn said_until(world: &World, bus: &Bus, said: &Heartbeat, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    wait::until(NOTED, what, || async {
        bus.publish(topic::HEARTBEAT, "ingest.i1", said);
        let listed = json_of(world.gateway.get(PATH), 200).await;
        anyhow::ensure!(wanted(&listed), "{listed}");
        Ok(listed["items"][0].clone())
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_camera_that_gives_no_pictures_is_noted_until_it_does() {
    let world = World::start().await;
    let bus = world.bus().await;
    let camera = id_of(&world.gateway.camera("Gate").await);
    assert_eq!(json_of(world.gateway.get(PATH), 200).await, json!({ "total": 0, "items": [] }));
    let (refused, last_picture) = (refusing(camera), now());
    let began = said_until(&world, &bus, &refused, "the downtime to be noted", |listed| listed["total"] == 1).await;
    let why = ["camera_id", "camera_name", "end_ts", "reason"].map(|field| began[field].clone());
    assert_eq!(why, [json!(camera), json!("Gate"), json!(null), json!("connection refused")]);
    let since: String = began["ts"].as_str().unwrap().to_owned();
    assert!(since <= last_picture.to_string(), "it began with the last picture: {since}, and that was {last_picture}");

    let (back, first_picture) = (heartbeat(camera), now());
    let over = |listed: &Value| listed["total"] == 1 && !listed["items"][0]["end_ts"].is_null();
    let ended = said_until(&world, &bus, &back, "the downtime to be over", over).await;
    assert_eq!((&ended["id"], &ended["ts"]), (&began["id"], &began["ts"]));
    assert!(ended["end_ts"].as_str().unwrap() <= first_picture.to_string().as_str(), "{ended}");

    let listed = async |query: &str| json_of(world.gateway.get(&format!("{PATH}?{query}")), 200).await["total"].clone();
    let end = ended["end_ts"].as_str().unwrap();
    assert_eq!(listed(&format!("from={}", now())).await, json!(0));
    assert_eq!(listed(&format!("from={since}&to={end}&camera_id={camera}")).await, json!(1));
    assert_eq!(listed(&format!("to={since}")).await, json!(0));
    assert_eq!(listed(&format!("camera_id={}", camera + 1)).await, json!(0));
    let faults = faults_of(world.gateway.get(&format!("{PATH}?camera_id=0&from=yesterday&limit=501"))).await;
    assert_eq!(faults, ["query.camera_id", "query.from", "query.limit"]);
    world.gateway.stop().await;
}
