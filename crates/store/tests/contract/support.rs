//! What the store's tests share: a migrated database, and cameras and events that differ only in what a test is about.

use std::task::Poll;
use std::time::Duration;

use iris_domain::{
    CameraId, CameraRecord, CameraTuning, ClipChange, ClipRecord, ClipStatus, EventChange, EventFilter, EventId,
    EventKey, EventKind, NewCamera, NewEvent, Page, RtspTransport, SourceUrl, Span, Timestamp,
};
use iris_store::{Opening, Store, StoreOptions};
use iris_testkit::postgres::TestDatabase;
use secrecy::SecretString;
use uuid::Uuid;

/// A page that holds whatever a test wrote.
pub const ALL: Page = Page { limit: 10_000, offset: 0 };

pub async fn database() -> (TestDatabase, Store) {
    let database = TestDatabase::create().await.unwrap();
    let store = database.store().await.unwrap();
    (database, store)
}

/// A store that waits: where many write at once on a busy machine, what is tested is not how fast.
pub async fn patient(url: &str) -> Store {
    let options = StoreOptions { answer_within: Duration::from_secs(60), ..StoreOptions::new("iris-test") };
    Store::open(&SecretString::from(url), &options).await.unwrap()
}

/// Lets go of work that is still not done when it has waited so many times: each time for a word from the database, or a lock.
pub async fn broken_off<T>(work: impl Future<Output = T>, waits: usize) -> Option<T> {
    let mut work = std::pin::pin!(work);
    let mut waited = 0;
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if waited == waits => Poll::Ready(None),
        Poll::Pending => {
            waited += 1;
            Poll::Pending
        }
    })
    .await
}

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub fn source(text: &str) -> SourceUrl {
    SourceUrl::parse(text, false).unwrap()
}

pub fn camera_named(name: &str) -> NewCamera {
    NewCamera {
        name: name.to_owned(),
        source: source("rtsp://user:secret@camera.example/stream"),
        enabled: true,
        rtsp_transport: RtspTransport::Tcp,
        tuning: CameraTuning::default(),
    }
}

pub async fn camera(store: &Store, name: &str) -> CameraRecord {
    store.cameras().create(&camera_named(name)).await.unwrap()
}

/// A presence of a person that goes on.
pub fn event(camera_id: CameraId, ts: Timestamp) -> NewEvent {
    NewEvent {
        key: EventKey(Uuid::new_v4()),
        kind: EventKind::Track,
        camera_id,
        source_generation: 1,
        label: "person".to_owned(),
        ts,
        end_ts: None,
        confidence: 0.5,
        num_tracks: 1,
        clip_status: ClipStatus::Recording,
    }
}

pub async fn opened(store: &Store, event: &NewEvent) -> EventId {
    match store.events().open(event).await.unwrap() {
        Opening::Open(id) => id,
        Opening::Gone => panic!("the event was refused"),
    }
}

pub fn clip_of(event: &NewEvent, size_bytes: u64) -> ClipRecord {
    let span = Span::new(event.ts, event.ts.plus(Duration::from_secs(20))).unwrap();
    ClipRecord { path: format!("clips/{}.mp4", event.key), span, gaps: Vec::new(), size_bytes }
}

pub fn ready(clip: ClipRecord) -> EventChange {
    EventChange { clip: Some(ClipChange::Ready(clip)), ..Default::default() }
}

pub async fn total(store: &Store, filter: &EventFilter) -> u64 {
    store.events().list(filter, Page { limit: 1, offset: 0 }).await.unwrap().total
}

/// The counters are what counting afresh gives, row by row, no more and no less.
pub fn assert_counters_exact(database: &TestDatabase) {
    assert_eq!(database.sql(&counters_that_differ()).unwrap(), "", "counters that differ");
}

/// Asks for the counters of events that are not what counting afresh gives.
pub fn counters_that_differ() -> String {
    let afresh = "SELECT grain, coalesce(camera_id, 0) AS camera_id, coalesce(label, '') AS label, bucket, count(*) \
        FROM events CROSS JOIN LATERAL (VALUES ('day', date_trunc('day', ts, 'UTC')), ('hour', date_trunc('hour', ts, 'UTC'))) AS g (grain, bucket) \
        GROUP BY grain, bucket, GROUPING SETS ((camera_id, label), (camera_id), (label), ())";
    let kept = "SELECT grain, camera_id, label, bucket, count FROM event_totals";
    format!("({afresh} EXCEPT {kept}) UNION ALL ({kept} EXCEPT {afresh})")
}
