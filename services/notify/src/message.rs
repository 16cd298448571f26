//! What is said of a visit: docs/notifications.md describes it for those who read it. It has links to Iris, and neither pictures nor
//! vectors.

use iris_domain::visit::{Stay, Visit, VisitNews, Visitor};
use iris_domain::{CameraId, Timestamp};
use iris_store::VisitNames;
use serde::Serialize;
use url::Url;

/// Writes messages.
pub struct Writer {
    /// What links begin with, without a slash at its end.
    public_url: String,
    by_identity: bool,
}

/// What is sent, whatever the channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The same for every try to say the same.
    pub id: String,
    /// When it was written.
    pub written: Timestamp,
    /// JSON.
    pub body: String,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    visit_id: String,
    revision: u64,
    /// A line for people.
    text: String,
    visitor: VisitorView<'a>,
    /// Where the visitor is to be seen now.
    camera: Option<CameraView<'a>>,
    cameras: Vec<CameraView<'a>>,
    started_at: String,
    last_seen_at: String,
    ended_at: Option<String>,
    continues_in: Option<String>,
    url: Option<String>,
    clip_url: Option<String>,
    thumbnail_url: Option<String>,
    events: Vec<EventView>,
}

#[derive(Serialize)]
struct VisitorView<'a> {
    label: &'a str,
    known: bool,
    name: Option<&'a str>,
    identity_id: Option<i64>,
    person_id: Option<i64>,
}

#[derive(Serialize)]
struct CameraView<'a> {
    id: i64,
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct EventView {
    id: i64,
    camera_id: i64,
    started_at: String,
    ended_at: Option<String>,
    url: String,
    clip_url: Option<String>,
    thumbnail_url: Option<String>,
}

impl Writer {
    /// Links begin with `public_url`; `by_identity` is whether anybody is to be named.
    pub fn new(public_url: Option<&Url>, by_identity: bool) -> Self {
        let public_url = public_url.map_or("", Url::as_str).trim_end_matches('/').to_owned();
        Self { public_url, by_identity }
    }

    /// A message with these news of a visit.
    pub fn write(&self, visit: &Visit, news: VisitNews, names: &VisitNames, now: Timestamp) -> Message {
        let camera = |id: CameraId| CameraView { id: id.get(), name: names.cameras.get(&id).map(String::as_str) };
        let newest = |has: fn(&Stay) -> bool| visit.stays.iter().rev().find(|stay| has(stay));
        let identity = match visit.visitor {
            Visitor::Identity(identity) if self.by_identity => Some(identity.get()),
            _ => None,
        };
        let data = Data {
            visit_id: visit.id.to_string(),
            revision: visit.revision,
            text: text(visit, names),
            visitor: VisitorView {
                label: label(visit),
                known: names.visitors.contains_key(&visit.id),
                name: names.visitors.get(&visit.id).map(String::as_str),
                identity_id: identity,
                person_id: visit.person.filter(|_| self.by_identity).map(i64::from),
            },
            camera: visit.present().map(|stay| camera(stay.camera)),
            cameras: visit.cameras().into_iter().map(camera).collect(),
            started_at: visit.started.to_string(),
            last_seen_at: visit.last_seen().to_string(),
            ended_at: visit.ended.map(|ended| ended.to_string()),
            continues_in: visit.continues_in.map(|other| other.to_string()),
            url: newest(|_| true).map(|stay| self.page(stay)),
            clip_url: newest(|stay| stay.has_clip).and_then(|stay| self.clip(stay)),
            thumbnail_url: newest(|stay| stay.has_thumbnail).and_then(|stay| self.thumbnail(stay)),
            events: visit.stays.iter().map(|stay| self.event(stay)).collect(),
        };
        let kind = match news {
            VisitNews::Started => "visit.started",
            VisitNews::Updated => "visit.updated",
            VisitNews::Ended => "visit.ended",
        };
        let body = Body { kind, timestamp: now.to_string(), data };
        let body = serde_json::to_string(&body).expect("texts and numbers can be written as JSON");
        Message { id: format!("{}.{}", visit.id, visit.revision), written: now, body }
    }

    fn event(&self, stay: &Stay) -> EventView {
        EventView {
            id: stay.event.get(),
            camera_id: stay.camera.get(),
            started_at: stay.start.to_string(),
            ended_at: stay.end.map(|end| end.to_string()),
            url: self.page(stay),
            clip_url: self.clip(stay),
            thumbnail_url: self.thumbnail(stay),
        }
    }

    fn page(&self, stay: &Stay) -> String {
        format!("{}/events/{}", self.public_url, stay.event)
    }

    fn clip(&self, stay: &Stay) -> Option<String> {
        stay.has_clip.then(|| format!("{}/api/events/{}/clip", self.public_url, stay.event))
    }

    fn thumbnail(&self, stay: &Stay) -> Option<String> {
        stay.has_thumbnail.then(|| format!("{}/api/events/{}/thumbnail", self.public_url, stay.event))
    }
}

fn label(visit: &Visit) -> &str {
    match (visit.stays.last(), &visit.visitor) {
        (Some(stay), _) => &stay.label,
        (None, Visitor::Unidentified { label, .. }) => label,
        (None, Visitor::Identity(_)) => "person",
    }
}

/// `Lin: Front door, Garden`, or `person: Front door`.
fn text(visit: &Visit, names: &VisitNames) -> String {
    let camera = |id: CameraId| names.cameras.get(&id).cloned().unwrap_or_else(|| format!("camera {id}"));
    let cameras: Vec<String> = visit.cameras().into_iter().map(camera).collect();
    let who = names.visitors.get(&visit.id).map_or_else(|| label(visit), String::as_str);
    if cameras.is_empty() { who.to_owned() } else { format!("{who}: {}", cameras.join(", ")) }
}
