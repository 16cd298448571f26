//! The change feed: what a client is told of events and cameras as they change.

use std::time::Duration;

use iris_bus::message::{EventChange, EventFact, SightingFact};
use iris_bus::topic;
use iris_domain::identity::MatchKind;
use iris_domain::{CameraId, ClipStatus, EventKey, EventKind, NewEvent, TrackKey};
use iris_store::Opening;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::owner::heartbeat;
use crate::owner::now;
use crate::sightings::Seen;
use crate::stage::Stage;

/// The feed tells of a change at once, and of a camera's within a second.
const WITHIN: Duration = Duration::from_secs(15);

/// A client that reads messages one by one.
struct Client {
    response: Response,
    received: String,
}

impl Client {
    async fn of(gateway: &Stage) -> Self {
        let response = gateway.api.get("/api/feed").await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut client = Self { response, received: String::new() };
        assert_eq!(client.next().await.unwrap().0, "resync", "a client begins by listing");
        client
    }

    /// The next message's kind and data, comments passed over; `None` when the feed has ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((message, rest)) = self.received.split_once("\n\n") {
                let field = |name| message.lines().find_map(|line| line.strip_prefix(name));
                let read = field("event: ").map(|kind| (kind.to_owned(), field("data: ").unwrap_or("null").to_owned()));
                self.received = rest.to_owned();
                let Some((kind, data)) = read else { continue };
                return Some((kind, serde_json::from_str(&data).unwrap()));
            }
            let chunk = self.response.chunk().await.unwrap()?;
            self.received.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The data of the next `event` message, if one comes soon.
    async fn event(&mut self) -> Option<Value> {
        let found = async {
            loop {
                let (kind, data) = self.next().await.expect("the feed ended");
                if kind == "event" {
                    return data;
                }
            }
        };
        tokio::time::timeout(Duration::from_millis(500), found).await.ok()
    }

    /// A camera's condition, from the feed or, when that says so, listed anew; once it fits.
    async fn condition(&mut self, gateway: &Stage, camera: i64, fits: impl Fn(&Value) -> bool) -> Value {
        let found = async {
            loop {
                let (kind, data) = self.next().await.expect("the feed ended");
                let condition = match kind.as_str() {
                    "resync" => gateway.api.get_json(&format!("/api/cameras/{camera}/status")).await.unwrap(),
                    "camera" => data,
                    _ => continue,
                };
                if condition["id"] == camera && fits(&condition) {
                    return condition;
                }
            }
        };
        tokio::time::timeout(WITHIN, found).await.expect("no such condition is told")
    }
}

#[tokio::test]
async fn a_client_hears_of_an_event_as_it_is_in_the_list() {
    let gateway = Stage::start().await;
    let camera = gateway.camera("Yard").await;
    let (mut first, mut second) = (Client::of(&gateway).await, Client::of(&gateway).await);
    let event = NewEvent {
        key: EventKey(Uuid::new_v4()),
        kind: EventKind::Track,
        camera_id: CameraId::new(camera).unwrap(),
        source_generation: 1,
        label: "person".to_owned(),
        ts: now(),
        end_ts: None,
        confidence: 0.5,
        num_tracks: 1,
        clip_status: ClipStatus::Recording,
    };
    let Opening::Open(id) = gateway.world.store.events().open(&event).await.unwrap() else { panic!("not opened") };
    let fact = EventFact { event: id, key: event.key, change: EventChange::Opened };
    let listed = gateway.api.get_json("/api/events").await.unwrap()["items"][0].clone();
    gateway.bus.prepare_facts().await.unwrap();
    // The gateway follows the facts soon after its start; what was said before that is not told.
    let mut told = None;
    for attempt in 0..60 {
        gateway.bus.publish_fact(topic::EVENT, camera, &format!("opened {attempt}"), &fact).await.unwrap();
        told = first.event().await;
        if told.is_some() {
            break;
        }
    }
    let wanted = json!({"id": id.get(), "change": "opened", "event": listed});
    assert_eq!((told, second.event().await), (Some(wanted.clone()), Some(wanted)));
}

#[tokio::test]
async fn a_client_hears_of_cameras_that_come_change_and_go() {
    let gateway = Stage::start().await;
    let mut client = Client::of(&gateway).await;
    let camera = gateway.camera("Yard").await;
    let told = client.condition(&gateway, camera, |_| true).await;
    assert_eq!((&told["status"], &told["status_detail"]), (&json!("offline"), &json!("no ingest service is running")));

    gateway.bus.publish(topic::HEARTBEAT, "ingest.i1", &heartbeat(camera));
    let online = client.condition(&gateway, camera, |data| data["status"] == "online").await;
    assert_eq!((&online["fps"], &online["detector"]), (&json!(25.0), &json!("tiny@cpu")));

    gateway.api.put_json(&format!("/api/cameras/{camera}"), &json!({"enabled": false})).await.unwrap();
    let disabled = client.condition(&gateway, camera, |data| data["status"] == "offline").await;
    assert_eq!(disabled["status_detail"], "disabled");
    gateway.api.delete(&format!("/api/cameras/{camera}")).await.unwrap();
    let deleted = async {
        loop {
            let (kind, data) = client.next().await.expect("the feed ended");
            if kind == "camera_deleted" {
                return data;
            }
        }
    };
    assert_eq!(tokio::time::timeout(WITHIN, deleted).await.unwrap(), json!({"id": camera}));
}

impl Client {
    /// The data of the next message of this kind, if one comes within this time.
    async fn soon(&mut self, wanted: &str, within: Duration) -> Option<Value> {
        let found = async {
            loop {
                let (kind, data) = self.next().await.expect("the feed ended");
                if kind == wanted {
                    return data;
                }
            }
        };
        tokio::time::timeout(within, found).await.ok()
    }

    /// The data of the next message of this kind.
    async fn told(&mut self, wanted: &str) -> Value {
        self.soon(wanted, WITHIN).await.unwrap_or_else(|| panic!("no `{wanted}` is told"))
    }
}

#[tokio::test]
async fn a_client_hears_of_sightings_and_of_whoever_changes() {
    /// Longer than the gateway waits between two looks.
    const A_LOOK: Duration = Duration::from_secs(3);
    let gateway = Stage::start().await;
    let camera = gateway.world.gateway.camera("Yard").await;
    let mut client = Client::of(&gateway).await;
    let seen = gateway.world.seen(Seen::by(&camera, "2026-11-23T08:00:00Z")).await;
    let path = format!("/api/identities/{}", seen.identity);
    // The gateway looks once before it can tell what changed since, and follows the facts soon after its start.
    let mut told = None;
    for attempt in 0..20 {
        gateway.api.put_json(&path, &json!({ "name": format!("Ada {attempt}") })).await.unwrap();
        told = client.soon("identity", A_LOOK).await;
        if told.is_some() {
            break;
        }
    }
    let listed = gateway.api.get_json("/api/identities").await.unwrap()["items"][0].clone();
    assert_eq!(told, Some(listed));
    let fact = SightingFact {
        sighting: seen.sighting,
        track: TrackKey { run: Uuid::new_v4(), number: 1 },
        identity: seen.identity,
        identity_name: None,
        person: None,
        person_name: None,
        match_kind: MatchKind::New,
        score: None,
        ended: true,
    };
    let mut told = None;
    for attempt in 0..20 {
        let (key, id) = (&camera["id"], format!("seen {attempt}"));
        gateway.bus.publish_fact(topic::SIGHTING, key, &id, &fact).await.unwrap();
        told = client.soon("sighting", A_LOOK).await;
        if told.is_some() {
            break;
        }
    }
    assert_eq!(told, Some(gateway.api.get_json(&path).await.unwrap()["sightings"][0].clone()));

    let person = gateway.api.post_json("/api/people", &json!({ "name": "Bob" })).await.unwrap();
    assert_eq!(client.told("person").await, person);
    gateway.api.delete(&path).await.unwrap();
    assert_eq!(client.told("identity_deleted").await, json!({ "id": seen.identity.get() }));
    gateway.api.delete(&format!("/api/people/{}", person["id"])).await.unwrap();
    assert_eq!(client.told("person_deleted").await, json!({ "id": person["id"] }));
    gateway.stop().await;
}

#[tokio::test]
async fn the_feed_ends_when_the_gateway_stops() {
    let gateway = Stage::start().await;
    let mut client = Client::of(&gateway).await;
    let head = gateway.api.request(Method::HEAD, "/api/feed").send().await.unwrap();
    assert_eq!(head.status(), 405);
    gateway.stop().await;
    while let Some((kind, _)) = client.next().await {
        assert_eq!(kind, "resync");
    }
}
