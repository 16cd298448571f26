//! The total of a list is exact: against a model in memory for any filter, and against counting while many write at once.

use std::time::Duration;

use crate::support::*;
use iris_domain::{CameraId, EventFilter, EventId, NewEvent, Page, Timestamp};
use iris_store::{DELETE_BATCH, Store};
use iris_testkit::postgres::TestDatabase;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use tokio::task::JoinSet;

const LABELS: [&str; 3] = ["person", "car", "dog"];

/// One step of a history.
#[derive(Debug, Clone)]
enum Step {
    Open {
        camera: usize,
        label: &'static str,
        ts: Timestamp,
    },
    /// Deletes the event at this place among those that exist, modulo their number.
    Delete(usize),
    Clear(Wanted),
}

/// A filter, its camera by place.
#[derive(Debug, Clone)]
struct Wanted {
    camera: Option<usize>,
    label: Option<&'static str>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Wanted {
    fn filter(&self, cameras: &[CameraId]) -> EventFilter {
        let Self { camera, label, from, to } = *self;
        let camera_id = camera.map(|place| cameras[place]);
        EventFilter { camera_id, label: label.map(str::to_owned), person_id: None, identity_id: None, from, to }
    }
}

/// Times over four days, often on the very borders of hours and days.
fn moment() -> impl Strategy<Value = Timestamp> {
    let base = at("2026-11-20").as_micros();
    let border = (0i64..96, -1i64..=1).prop_map(|(hour, off)| hour * 3_600_000_000 + off);
    prop_oneof![border, 0i64..4 * 86_400_000_000].prop_map(move |micros| Timestamp::from_micros(base + micros).unwrap())
}

fn wanted() -> impl Strategy<Value = Wanted> {
    (option::of(0usize..2), option::of(select(&LABELS[..])), option::of(moment()), option::of(moment()))
        .prop_map(|(camera, label, from, to)| Wanted { camera, label, from, to })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0usize..2, select(&LABELS[..]), moment()).prop_map(|(camera, label, ts)| Step::Open { camera, label, ts }),
        2 => any::<usize>().prop_map(Step::Delete),
        1 => wanted().prop_map(Step::Clear),
    ]
}

/// What exists, by memory.
type Model = Vec<(EventId, NewEvent)>;

fn admits(filter: &EventFilter, event: &NewEvent) -> bool {
    filter.camera_id.is_none_or(|camera| camera == event.camera_id)
        && filter.label.as_ref().is_none_or(|label| *label == event.label)
        && filter.from.is_none_or(|from| event.ts >= from)
        && filter.to.is_none_or(|to| event.ts < to)
}

async fn take(store: &Store, cameras: &[CameraId], model: &mut Model, step: Step) {
    match step {
        Step::Open { camera, label, ts } => {
            let event = NewEvent { label: label.to_owned(), ..event(cameras[camera], ts) };
            model.push((opened(store, &event).await, event));
        }
        Step::Delete(place) if !model.is_empty() => {
            let (id, _) = model.remove(place % model.len());
            assert_eq!(store.events().delete(&[id]).await.unwrap().len(), 1);
        }
        Step::Delete(_) => {}
        Step::Clear(wanted) => {
            let filter = wanted.filter(cameras);
            let before = model.len();
            model.retain(|(_, event)| !admits(&filter, event));
            let mut cleared = 0;
            loop {
                let batch = store.events().delete_batch(&filter).await.unwrap().len();
                cleared += batch;
                if (batch as u64) < DELETE_BATCH {
                    break;
                }
            }
            assert_eq!(cleared, before - model.len());
        }
    }
}

async fn compare(store: &Store, cameras: &[CameraId], model: &Model, wanted: &Wanted) {
    let filter = wanted.filter(cameras);
    let mut expected: Vec<_> = model.iter().filter(|(_, event)| admits(&filter, event)).collect();
    expected.sort_by_key(|(id, event)| std::cmp::Reverse((event.ts, *id)));
    let listed = store.events().list(&filter, Page { limit: 5, offset: 1 }).await.unwrap();
    assert_eq!(listed.total, expected.len() as u64, "{filter:?}");
    let page: Vec<EventId> = expected.iter().skip(1).take(5).map(|(id, _)| *id).collect();
    assert_eq!(listed.events.iter().map(|event| event.id).collect::<Vec<_>>(), page, "{filter:?}");
    assert!(listed.events.iter().all(|event| filter.admits(event)));
}

#[test]
fn any_filter_after_any_history_agrees_with_the_model() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (database, store) = runtime.block_on(database());
    let cameras: Vec<CameraId> =
        runtime.block_on(async { vec![camera(&store, "yard").await.id, camera(&store, "door").await.id] });
    let mut runner = TestRunner::new(Config { cases: 24, ..Config::default() });
    let outcome = runner.run(&(vec(step(), 0..40), vec(wanted(), 12)), |(history, filters)| {
        database.sql("DELETE FROM events").unwrap();
        runtime.block_on(async {
            let mut model = Model::new();
            for step in history {
                take(&store, &cameras, &mut model, step).await;
            }
            for wanted in filters {
                compare(&store, &cameras, &model, &wanted).await;
            }
        });
        assert_counters_exact(&database);
        Ok(())
    });
    outcome.unwrap();
}

/// Opens events that fall into few buckets, deletes every third, and clears while others do the same.
async fn write_much(store: Store, cameras: [CameraId; 2], writer: usize) {
    for round in 0..30 {
        let ts = at("2026-11-23").plus(Duration::from_secs(1_000 * (round % 7)));
        let label = LABELS[(writer + round as usize) % LABELS.len()].to_owned();
        let event = NewEvent { label: label.clone(), ..event(cameras[(writer + round as usize) % 2], ts) };
        let id = opened(&store, &event).await;
        match round % 3 {
            0 => drop(store.events().delete(&[id]).await.unwrap()),
            1 if round % 10 == 1 => {
                let filter = EventFilter { label: Some(label), ..Default::default() };
                store.events().delete_batch(&filter).await.unwrap();
            }
            _ => {}
        }
    }
}

fn assert_total_is_count(database: &TestDatabase) {
    // One statement sees one moment.
    let compare = "SELECT (SELECT count(*) FROM events) - (SELECT coalesce(sum(count), 0) FROM event_totals \
        WHERE grain = 'day' AND camera_id = 0 AND label = '')";
    assert_eq!(database.sql(compare).unwrap(), "0");
}

#[tokio::test]
async fn counters_stay_exact_while_many_write() {
    let (database, store) = database().await;
    let cameras = [camera(&store, "yard").await.id, camera(&store, "door").await.id];
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        writers.spawn(write_much(store.clone(), cameras, writer));
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
        assert_total_is_count(&database);
    }
    assert_counters_exact(&database);
    let listed = store.events().list(&EventFilter::default(), ALL).await.unwrap();
    assert_eq!(listed.total, listed.events.len() as u64);
}

#[tokio::test]
async fn rows_written_by_hand_are_counted_too_and_what_cannot_be_counted_is_refused() {
    let (database, store) = database().await;
    let camera_id = camera(&store, "yard").await.id;
    let rows = format!(
        "INSERT INTO events (key, kind, camera_id, source_generation, label, ts, confidence, num_tracks, clip_status) \
         SELECT gen_random_uuid(), 'track', {camera_id}, 1, 'car', timestamptz '2026-11-01Z' + n * interval '17 minutes', 0.5, 1, 'recording' \
         FROM generate_series(1, 1000) AS n"
    );
    database.sql(&rows).unwrap();
    assert_eq!(total(&store, &EventFilter::default()).await, 1000);
    database.sql("DELETE FROM events WHERE id % 2 = 0").unwrap();
    assert_eq!(total(&store, &EventFilter::default()).await, 500);
    assert_counters_exact(&database);
    let changes =
        ["UPDATE events SET label = 'dog'", "UPDATE events SET ts = ts + interval '1 s'", "TRUNCATE events CASCADE"];
    for change in changes {
        assert!(database.sql(change).unwrap_err().to_string().contains("never change"), "{change}");
    }
    database.sql("DELETE FROM cameras").unwrap();
    assert_eq!(database.sql("SELECT count(*) FROM event_totals").unwrap(), "0", "a cascade is counted");
}
