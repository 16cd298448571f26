//! The change feed: server-sent events that tell a page what became new, so that it need not ask again and again.
//!
//! One task follows the recorder's facts, one those of re-ID, one compares the cameras' conditions, one looks for identities and people
//! that changed; whatever they find is written once and goes to every
//! client. Nothing is kept for who was away: each connection begins with `resync`, upon which the client lists what it shows,
//! and a client that falls behind is told `resync` again.

mod subjects;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use axum::extract::State;
use axum::http::{HeaderName, Method, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt, stream};
use iris_bus::message::{EventFact, SightingFact};
use iris_bus::{BusError, Facts, topic};
use iris_domain::{CameraCondition, CameraId};
use iris_runtime::CancellationToken;
use serde::Serialize;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use tracing::{Instrument, debug_span};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::cameras::view::CameraStatusView;
use crate::error::ApiError;
use crate::events::view::EventView;
use crate::identities::view::SightingView;
use crate::openapi::ReadRefusals;

/// Messages a client may be behind; about a minute of a busy plant. Beyond it the client lists again, which is cheaper for both.
const BEHIND_MAX: usize = 256;
/// A comment is sent after this much silence, so that proxies keep the connection and a dead client is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How often the cameras' conditions are compared: as often as their owners tell of them.
const COMPARE_AGAIN: Duration = Duration::from_secs(1);
/// How often a bus that is away is looked at again: it costs nothing, and events are told soon after it is back.
const CONNECTED_AGAIN: Duration = Duration::from_millis(200);

/// Where changes go. Without clients they go nowhere.
#[derive(Debug)]
pub struct Feed {
    messages: broadcast::Sender<Arc<Message>>,
    numbers: AtomicU64,
}

/// One message, written out once for all clients.
#[derive(Debug)]
struct Message {
    number: u64,
    kind: &'static str,
    json: String,
}

/// The data of an `event` message.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventMessage {
    /// The event.
    id: i64,
    /// `opened`, `updated`, `closed`, `clip_ready` or `clip_failed`.
    #[schema(example = "opened")]
    change: &'static str,
    /// The event as it is now.
    event: EventView,
}

/// The data of a `camera_deleted` message.
#[derive(Debug, Serialize, ToSchema)]
pub struct CameraDeletedMessage {
    /// The camera.
    id: i64,
}

/// The data of an `identity_deleted` or `person_deleted` message.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeletedMessage {
    /// Whose it was.
    id: i64,
}

/// The data of a `resync` message: none.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResyncMessage {}

impl Feed {
    /// Without clients.
    pub fn new() -> Self {
        Self { messages: broadcast::Sender::new(BEHIND_MAX), numbers: AtomicU64::new(1) }
    }

    /// Whether anybody would hear of it.
    fn has_clients(&self) -> bool {
        self.messages.receiver_count() > 0
    }

    fn send(&self, kind: &'static str, data: &impl Serialize) {
        let json = serde_json::to_string(data).expect("messages have texts for keys");
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        // Fails when there is no client.
        let _nobody = self.messages.send(Arc::new(Message { number, kind, json }));
    }
}

/// Starts what feeds the feed.
pub fn start(app: &Arc<App>) {
    let events = app.clone();
    app.tasks.supervise("feed of events", move |stop| {
        let app = events.clone();
        async move { follow_events(&app, &stop).await }
    });
    let sightings = app.clone();
    app.tasks.supervise("feed of sightings", move |stop| {
        let app = sightings.clone();
        async move { follow_sightings(&app, &stop).await }
    });
    let subjects = app.clone();
    app.tasks.supervise("feed of identities", move |stop| {
        let app = subjects.clone();
        async move {
            subjects::follow(&app, &stop).await;
            Ok(())
        }
    });
    let cameras = app.clone();
    app.tasks.supervise("feed of cameras", move |stop| {
        let app = cameras.clone();
        async move {
            compare_cameras(&app, &stop).await;
            Ok(())
        }
    });
}

async fn follow_events(app: &App, stop: &CancellationToken) -> anyhow::Result<()> {
    let Some(facts) = stop.run_until_cancelled(new_facts(app, topic::EVENT)).await else { return Ok(()) };
    let mut facts = facts.context("follow the events")?;
    // What happened before is not told any more.
    app.feed.send("resync", &ResyncMessage {});
    while let Some(next) = stop.run_until_cancelled(facts.next_traced()).await {
        let Some((_, fact, trace)) = next else { bail!("the facts about events ended") };
        let span = debug_span!(parent: None, "feed_event", event.id = %fact.event, change = fact.change.as_str());
        trace.attach(&span);
        tell_event(app, fact).instrument(span).await;
    }
    Ok(())
}

async fn follow_sightings(app: &App, stop: &CancellationToken) -> anyhow::Result<()> {
    let Some(facts) = stop.run_until_cancelled(new_facts(app, topic::SIGHTING)).await else { return Ok(()) };
    let mut facts = facts.context("follow the sightings")?;
    app.feed.send("resync", &ResyncMessage {});
    while let Some(next) = stop.run_until_cancelled(facts.next_traced()).await {
        let Some((_, fact, trace)) = next else { bail!("the facts about sightings ended") };
        let span = debug_span!(parent: None, "feed_sighting", sighting.id = %fact.sighting);
        trace.attach(&span);
        tell_sighting(app, fact).instrument(span).await;
    }
    Ok(())
}

async fn new_facts<M: iris_bus::Message>(app: &App, topic: topic::Fact<M>) -> Result<Facts<M>, BusError> {
    while !app.bus.is_connected() {
        tokio::time::sleep(CONNECTED_AGAIN).await;
    }
    app.bus.new_facts(topic).await
}

/// Tells of an event as its row is now; not at all when it was deleted meanwhile.
async fn tell_event(app: &App, fact: EventFact) {
    let Ok(store) = app.store() else { return app.feed.send("resync", &ResyncMessage {}) };
    match store.events().get(fact.event).await {
        Ok(Some(event)) => {
            let (id, change) = (event.id.get(), fact.change.as_str());
            app.feed.send("event", &EventMessage { id, change, event: EventView::new(event) });
        }
        Ok(None) => {}
        Err(error) => {
            tracing::debug!(event.id = %fact.event, "an event of the feed cannot be read: {error}");
            app.feed.send("resync", &ResyncMessage {});
        }
    }
}

/// Tells of a sighting as its row is now; not at all when it was deleted meanwhile, or nobody listens.
async fn tell_sighting(app: &App, fact: SightingFact) {
    if !app.feed.has_clients() {
        return;
    }
    let Ok(store) = app.store() else { return app.feed.send("resync", &ResyncMessage {}) };
    match store.sightings().get(fact.sighting).await {
        Ok(Some(sighting)) => app.feed.send("sighting", &SightingView::new(sighting)),
        Ok(None) => {}
        Err(error) => {
            tracing::debug!(sighting.id = %fact.sighting, "a sighting of the feed cannot be read: {error}");
            app.feed.send("resync", &ResyncMessage {});
        }
    }
}

async fn compare_cameras(app: &App, stop: &CancellationToken) {
    let mut known: Option<HashMap<CameraId, CameraCondition>> = None;
    let mut ticks = tokio::time::interval(COMPARE_AGAIN);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        // While the database is away nothing is known to have changed.
        let Some(current) = conditions(app).await else { continue };
        match &known {
            Some(known) => tell_cameras(&app.feed, known, &current),
            // Whoever listed before this first look may have listed something else.
            None => app.feed.send("resync", &ResyncMessage {}),
        }
        known = Some(current);
    }
}

async fn conditions(app: &App) -> Option<HashMap<CameraId, CameraCondition>> {
    let cameras = app.store().ok()?.cameras().list().await.ok()?;
    Some(cameras.into_iter().map(|camera| (camera.id, app.fleet.camera(&camera))).collect())
}

fn tell_cameras(feed: &Feed, known: &HashMap<CameraId, CameraCondition>, current: &HashMap<CameraId, CameraCondition>) {
    for (id, condition) in current {
        if known.get(id).is_none_or(|known| known.differs_from(condition)) {
            feed.send("camera", &CameraStatusView::new(id.get(), condition.clone()));
        }
    }
    for id in known.keys().filter(|id| !current.contains_key(id)) {
        feed.send("camera_deleted", &CameraDeletedMessage { id: id.get() });
    }
}

/// The feed's route.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(feed))
}

/// What changes, as server-sent events: `event`, `camera`, `sighting`, `identity` and `person` with the object as it is now,
/// `camera_deleted`, `identity_deleted`, `person_deleted`, and `resync`, first of all and whenever something may have been missed:
/// list again what you show.
#[utoipa::path(
    get, path = "/api/feed", tag = "system",
    responses(
        (status = 200, description = "The data of an `event` message; those of a `camera` message are as in `/api/cameras/{id}/status`, those of a \
                `sighting`, `identity` or `person` message as in their lists, those of deletions an `id`",
            content_type = "text/event-stream", body = EventMessage),
        (status = 405, description = "`HEAD` of a stream", body = crate::error::ErrorBody),
        ReadRefusals
    )
)]
async fn feed(State(app): State<Arc<App>>, method: Method) -> Response {
    if method == Method::HEAD {
        return ([(header::ALLOW, "GET")], ApiError::MethodNotAllowed).into_response();
    }
    let stream = messages(&app.feed, app.shutdown.clone());
    // nginx passes every message on at once.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    (unbuffered, Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))).into_response()
}

fn messages(feed: &Feed, shutdown: CancellationToken) -> impl Stream<Item = Result<Event, Infallible>> + Send + use<> {
    let received = BroadcastStream::new(feed.messages.subscribe());
    let following = received.map(|message| message.map_or_else(|_behind| resync(), |message| written(&message)));
    stream::iter([resync()]).chain(following).take_until(shutdown.cancelled_owned()).map(Ok)
}

fn written(message: &Message) -> Event {
    Event::default().id(message.number.to_string()).event(message.kind).data(&message.json)
}

fn resync() -> Event {
    Event::default().event("resync").data("{}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use iris_domain::CameraStatus;

    fn condition(status: CameraStatus, fps: f32) -> CameraCondition {
        let (last_seen, detector, detail) = (None, None, None);
        CameraCondition {
            status,
            detail,
            last_seen,
            online_since: None,
            fps: Some(fps),
            detect_fps: Some(5.0),
            detector,
        }
    }

    fn cameras(conditions: &[(i64, CameraCondition)]) -> HashMap<CameraId, CameraCondition> {
        conditions.iter().map(|(id, condition)| (CameraId::new(*id).unwrap(), condition.clone())).collect()
    }

    /// All that a client of `feed` receives until the feed stops.
    async fn received(feed: &Feed, send: impl FnOnce(&Feed)) -> String {
        let stop = CancellationToken::new();
        let client = messages(feed, stop.clone());
        send(feed);
        let reading = to_bytes(Sse::new(client).into_response().into_body(), usize::MAX);
        let stopping = async {
            // The paused clock moves when the client has read everything.
            tokio::time::sleep(Duration::from_millis(1)).await;
            stop.cancel();
        };
        String::from_utf8(tokio::join!(reading, stopping).0.unwrap().to_vec()).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_is_told_to_list_and_then_of_each_change_once() {
        let feed = Feed::new();
        let known = cameras(&[(1, condition(CameraStatus::Online, 25.0)), (2, condition(CameraStatus::Offline, 0.0))]);
        let text = received(&feed, |feed| {
            tell_cameras(
                feed,
                &known,
                &cameras(&[(1, condition(CameraStatus::Online, 24.0)), (2, condition(CameraStatus::Error, 0.0))]),
            );
            tell_cameras(feed, &known, &cameras(&[(1, condition(CameraStatus::Online, 25.0))]));
        });
        let text = text.await;
        let kinds: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
        assert_eq!(kinds, ["resync", "camera", "camera_deleted"], "{text}");
        assert!(text.contains("id: 1\nevent: camera\ndata: {\"id\":2,\"status\":\"error\""), "{text}");
        assert!(text.contains("id: 2\nevent: camera_deleted\ndata: {\"id\":2}"), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_falls_behind_is_told_to_list_again() {
        let feed = Feed::new();
        let text = received(&feed, |feed| {
            (0..1_000).for_each(|id| feed.send("camera_deleted", &CameraDeletedMessage { id }));
        });
        let text = text.await;
        assert_eq!(text.matches("event: resync").count(), 2, "at the start, and after what was missed");
        assert_eq!(text.matches("event: camera_deleted").count(), BEHIND_MAX);
    }
}
