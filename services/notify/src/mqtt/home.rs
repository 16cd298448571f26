//! What a broker is to keep: the state of each camera and each enrolled person, and what Home Assistant needs to find them. A pure
//! function of what Postgres says now; docs/notifications.md describes it for those who read it.

use std::collections::{BTreeMap, BTreeSet};

use iris_domain::visit::{Stay, Visit, VisitId};
use iris_domain::{CameraId, PersonId, Timestamp};
use iris_store::{StoreError, VisitNames, WatchedCamera};
use serde_json::{Value, json};

use crate::Deps;

/// This client is there.
pub const ONLINE: &str = "online";
/// It is not.
pub const OFFLINE: &str = "offline";
/// Visits that are over and are looked through for who was seen last.
const ENDED_MAX: u64 = 200;

/// Where everything is.
#[derive(Debug, Clone)]
pub struct Topics {
    prefix: String,
    /// Empty: Home Assistant is told nothing.
    discovery: String,
}

impl Topics {
    pub fn new(prefix: &str, discovery: &str) -> Self {
        Self { prefix: prefix.to_owned(), discovery: discovery.to_owned() }
    }

    /// Whether this client is there.
    pub fn status(&self) -> String {
        format!("{}/status", self.prefix)
    }

    /// Each change of a visit.
    pub fn visits(&self) -> String {
        format!("{}/visits", self.prefix)
    }

    /// Where Home Assistant says that it has begun.
    pub fn home_status(&self) -> String {
        format!("{}/status", self.discovery)
    }

    /// What is listened to: what is kept of this client's, and whether Home Assistant has begun.
    pub fn subscriptions(&self) -> Vec<String> {
        let mut topics = vec![format!("{}/cameras/+", self.prefix), format!("{}/people/+", self.prefix)];
        if !self.discovery.is_empty() {
            topics.extend([self.home_status(), self.config("+")]);
        }
        topics
    }

    fn camera(&self, camera: CameraId) -> String {
        format!("{}/cameras/{camera}", self.prefix)
    }

    fn person(&self, person: PersonId) -> String {
        format!("{}/people/{person}", self.prefix)
    }

    fn config(&self, device: &str) -> String {
        format!("{}/device/{}/{device}/config", self.discovery, self.prefix)
    }
}

/// The house, as far as it is known now.
pub struct Home {
    cameras: Vec<WatchedCamera>,
    people: BTreeMap<PersonId, String>,
    /// Those that go on, and the last that did.
    visits: Vec<Visit>,
    names: BTreeMap<VisitId, String>,
    version: &'static str,
}

impl Home {
    pub async fn read(deps: &Deps) -> Result<Self, StoreError> {
        let store = deps.store.visits();
        let cameras = store.cameras().await?;
        let people = if deps.by_identity { store.people().await? } else { BTreeMap::new() };
        let mut visits = store.open().await?;
        visits.extend(store.last_ended(ENDED_MAX).await?);
        let VisitNames { visitors: names, .. } = store.names(&visits, deps.by_identity).await?;
        Ok(Self { cameras, people, visits, names, version: env!("CARGO_PKG_VERSION") })
    }

    /// All that is to be kept, by its topic.
    pub fn retained(&self, topics: &Topics) -> BTreeMap<String, String> {
        let mut retained = BTreeMap::new();
        let mut keep = |topic: String, payload: Value| retained.insert(topic, payload.to_string());
        for camera in &self.cameras {
            keep(topics.camera(camera.id), self.camera(camera));
        }
        for (person, name) in &self.people {
            keep(topics.person(*person), self.person(*person, name));
        }
        if !topics.discovery.is_empty() {
            keep(topics.config("iris"), self.iris_config(topics));
            for camera in &self.cameras {
                keep(topics.config(&format!("camera_{}", camera.id)), self.camera_config(topics, camera));
            }
            for (person, name) in &self.people {
                keep(topics.config(&format!("person_{person}")), self.person_config(topics, *person, name));
            }
        }
        retained
    }

    /// The visits whose visitors are to be seen on a camera now, with the event of each in which they are. Somebody can be on two.
    fn present(&self, camera: CameraId) -> impl Iterator<Item = (&Visit, &Stay)> {
        self.visits.iter().filter(|visit| visit.is_open()).filter_map(move |visit| {
            let is_here = |stay: &&Stay| stay.camera == camera && stay.end.is_none();
            Some((visit, visit.stays.iter().find(is_here)?))
        })
    }

    fn camera(&self, camera: &WatchedCamera) -> Value {
        let mut present: BTreeMap<&str, usize> = camera.labels.iter().map(|label| (label.as_str(), 0)).collect();
        for (_, stay) in self.present(camera.id) {
            *present.entry(&stay.label).or_default() += 1;
        }
        let visitors: BTreeSet<&str> = self.present(camera.id).filter_map(|(visit, _)| self.name(visit)).collect();
        let last = self.visits.iter().filter_map(|visit| {
            let stay = visit.stays.iter().rev().find(|stay| stay.camera == camera.id)?;
            Some((stay.end.unwrap_or(stay.start), self.name(visit)?))
        });
        let last = last.max();
        json!({
            "name": camera.name,
            "present": present,
            "visitors": visitors,
            "last_known": last.map(|(_, name)| name),
            "last_known_at": last.map(|(at, _)| at.to_string()),
        })
    }

    fn name(&self, visit: &Visit) -> Option<&str> {
        self.names.get(&visit.id).map(String::as_str)
    }

    fn person(&self, person: PersonId, name: &str) -> Value {
        let own = self.visits.iter().filter(|visit| visit.person == Some(person));
        let newest = own.max_by_key(|visit| (visit.is_open(), visit.last_seen()));
        let camera =
            |id: CameraId| self.cameras.iter().find(|camera| camera.id == id).map(|camera| camera.name.as_str());
        let last = newest.and_then(|visit| visit.present().or_else(|| visit.stays.last()));
        let here = newest.filter(|visit| visit.is_open()).and(last);
        json!({
            "name": name,
            "state": here.and_then(|stay| camera(stay.camera)).unwrap_or("away"),
            "camera_id": here.map(|stay| stay.camera.get()),
            "last_camera": last.and_then(|stay| camera(stay.camera)),
            "last_seen_at": newest.map(Visit::last_seen).as_ref().map(Timestamp::to_string),
        })
    }

    /// A device of Home Assistant's with its entities.
    fn config(&self, topics: &Topics, device: &str, name: &str, components: Value) -> Value {
        let id = format!("{}_{device}", topics.prefix);
        let mut device =
            json!({ "identifiers": [id], "name": name, "manufacturer": "Iris", "sw_version": self.version });
        if name != IRIS {
            device["via_device"] = json!(format!("{}_iris", topics.prefix));
        }
        json!({
            "device": device,
            "origin": { "name": IRIS, "sw_version": self.version },
            "availability_topic": topics.status(),
            "components": components,
        })
    }

    fn iris_config(&self, topics: &Topics) -> Value {
        let visits = json!({
            "platform": "event",
            "unique_id": format!("{}_visits", topics.prefix),
            "name": "Visits",
            "state_topic": topics.visits(),
            "event_types": ["visit.started", "visit.updated", "visit.ended"],
            "value_template": "{{ dict(value_json.data, event_type=value_json.type) | to_json }}",
        });
        self.config(topics, "iris", IRIS, json!({ "visits": visits }))
    }

    fn camera_config(&self, topics: &Topics, camera: &WatchedCamera) -> Value {
        let state = topics.camera(camera.id);
        let id = |what: &str| format!("{}_camera_{}_{what}", topics.prefix, camera.id);
        let mut components = serde_json::Map::new();
        for label in &camera.labels {
            let (key, name) = (label.replace(|one: char| !one.is_ascii_alphanumeric(), "_"), capitalised(label));
            // A class's name is data to the template, whatever stands in it.
            let count = format!("value_json.present[{}] | default(0)", json!(label));
            components.insert(
                key.clone(),
                json!({
                    "platform": "binary_sensor",
                    "device_class": "occupancy",
                    "unique_id": id(&key),
                    "name": name,
                    "state_topic": state,
                    "value_template": format!("{{{{ 'ON' if ({count}) > 0 else 'OFF' }}}}"),
                }),
            );
            components.insert(
                format!("{key}_count"),
                json!({
                    "platform": "sensor",
                    "unique_id": id(&format!("{key}_count")),
                    "name": format!("{name} count"),
                    "state_class": "measurement",
                    "state_topic": state,
                    "value_template": format!("{{{{ {count} }}}}"),
                }),
            );
        }
        components.insert(
            "last_known".to_owned(),
            json!({
                "platform": "sensor",
                "unique_id": id("last_known"),
                "name": "Last known visitor",
                "state_topic": state,
                "value_template": "{{ value_json.last_known | default('none', true) }}",
                "json_attributes_topic": state,
            }),
        );
        self.config(topics, &format!("camera_{}", camera.id), &camera.name, Value::Object(components))
    }

    fn person_config(&self, topics: &Topics, person: PersonId, name: &str) -> Value {
        let state = topics.person(person);
        let place = json!({
            "platform": "sensor",
            "unique_id": format!("{}_person_{person}_place", topics.prefix),
            "name": "Place",
            "icon": "mdi:account",
            "state_topic": state,
            "value_template": "{{ value_json.state }}",
            "json_attributes_topic": state,
        });
        self.config(topics, &format!("person_{person}"), name, json!({ "place": place }))
    }
}

const IRIS: &str = "Iris";

fn capitalised(label: &str) -> String {
    let mut characters = label.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(visits: Value) -> Home {
        let visits: Vec<Visit> = serde_json::from_value(visits).unwrap();
        let camera = |id: i64, name: &str| WatchedCamera {
            id: CameraId::new(id).unwrap(),
            name: name.to_owned(),
            labels: vec!["person".to_owned(), "dog".to_owned()],
        };
        let lin = PersonId::new(2).unwrap();
        let names = visits.iter().filter(|visit| visit.person == Some(lin)).map(|visit| (visit.id, "Lin".to_owned()));
        Home {
            cameras: vec![camera(1, "Front door"), camera(2, "Path")],
            people: BTreeMap::from([(lin, "Lin".to_owned())]),
            names: names.collect(),
            visits,
            version: "1",
        }
    }

    fn stay(event: i64, camera: i64, start: i64, end: Option<i64>) -> Value {
        json!({ "event": event, "camera": camera, "label": "person", "start": start, "end": end, "has_clip": false,
                "has_thumbnail": false })
    }

    fn visit(number: u32, person: Option<i64>, ended: Option<i64>, stays: &[Value]) -> Value {
        json!({ "id": format!("00000000-0000-0000-0000-{number:012}"), "visitor": { "identity": number }, "named": false,
                "person": person, "started": 0, "stays": stays, "revision": 1, "announced_from": 0, "due": 0, "ended": ended,
                "continues_in": null })
    }

    fn kept(home: &Home, topic: &str) -> Value {
        serde_json::from_str(&home.retained(&Topics::new("iris", "homeassistant"))[topic]).unwrap()
    }

    #[test]
    fn who_is_seen_by_two_cameras_is_on_both_and_was_last_on_the_newer() {
        let lin = visit(1, Some(2), None, &[stay(1, 1, 10, None), stay(2, 2, 20, None)]);
        let somebody = visit(2, None, None, &[stay(3, 1, 30, Some(40))]);
        let home = home(json!([lin, somebody]));
        for camera in ["iris/cameras/1", "iris/cameras/2"] {
            let state = kept(&home, camera);
            assert_eq!((&state["present"]["person"], &state["present"]["dog"]), (&json!(1), &json!(0)), "{camera}");
            assert_eq!((&state["visitors"], &state["last_known"]), (&json!(["Lin"]), &json!("Lin")));
        }
        assert_eq!(kept(&home, "iris/people/2")["state"], "Path");
    }

    #[test]
    fn a_visit_that_is_over_leaves_nobody_but_a_memory() {
        let home = home(json!([visit(1, Some(2), Some(50), &[stay(1, 1, 10, Some(50))])]));
        let (door, lin) = (kept(&home, "iris/cameras/1"), kept(&home, "iris/people/2"));
        assert_eq!(
            (&door["present"]["person"], &door["visitors"], &door["last_known"]),
            (&json!(0), &json!([]), &json!("Lin"))
        );
        assert_eq!((&lin["state"], &lin["last_camera"]), (&json!("away"), &json!("Front door")));
        assert!(kept(&home, "iris/cameras/2")["last_known"].is_null());
    }

    #[test]
    fn a_home_without_discovery_is_told_of_no_device() {
        let retained = home(json!([])).retained(&Topics::new("iris", ""));
        assert_eq!(retained.keys().collect::<Vec<_>>(), ["iris/cameras/1", "iris/cameras/2", "iris/people/2"]);
    }
}
