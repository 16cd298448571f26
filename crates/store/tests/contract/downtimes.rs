//! The contract of the downtimes' repository.

use crate::support::*;
use iris_domain::downtime::{Downtime, DowntimeChange};
use iris_domain::{CameraId, NewCamera, Page, Timestamp};
use iris_store::{DowntimeFilter, Store};

const NOON: &str = "2026-11-23T12:00:00Z";

fn minutes(minutes: u64) -> Timestamp {
    at(NOON).plus(std::time::Duration::from_secs(minutes * 60))
}

fn began(minute: u64) -> DowntimeChange {
    DowntimeChange::Began { since: minutes(minute), reason: "connection refused".to_owned() }
}

async fn open(store: &Store) -> Vec<Downtime> {
    store.downtimes().open().await.unwrap()
}

/// A camera is down from one minute to another.
async fn down(store: &Store, camera: CameraId, from: u64, to: u64) {
    store.downtimes().apply(camera, &began(from)).await.unwrap();
    let id = open(store).await.iter().find(|open| open.camera == camera).unwrap().id;
    store.downtimes().apply(camera, &DowntimeChange::Ended { id, until: minutes(to) }).await.unwrap();
}

/// The minutes of those that match, newest first, and how many there are on all pages.
async fn listed(store: &Store, filter: &DowntimeFilter, page: Page) -> (u64, Vec<(u64, Option<u64>)>) {
    let minute = |time: Timestamp| time.since(at(NOON)).as_secs() / 60;
    let listed = store.downtimes().list(filter, page).await.unwrap();
    let items = listed.downtimes.iter().map(|one| (minute(one.since), one.until.map(minute))).collect();
    (listed.total, items)
}

#[tokio::test]
async fn what_several_gateways_see_is_kept_once() {
    let (database, _) = database().await;
    let store = patient(&database.url()).await;
    let camera = camera(&store, "Gate").await.id;
    let mut gateways = tokio::task::JoinSet::new();
    for minute in 0..8 {
        let store = store.clone();
        gateways.spawn(async move { store.downtimes().apply(camera, &began(minute)).await.unwrap() });
    }
    gateways.join_all().await;
    let [one] = &open(&store).await[..] else { panic!("one goes on") };
    assert_eq!((one.camera_name.as_str(), one.reason.as_str(), one.until), ("Gate", "connection refused", None));
    for until in [one.since, minutes(60)] {
        store.downtimes().apply(camera, &DowntimeChange::Ended { id: one.id, until }).await.unwrap();
    }
    assert_eq!(
        listed(&store, &DowntimeFilter::default(), ALL).await.1,
        [{
            let minute = one.since.since(at(NOON)).as_secs() / 60;
            (minute, Some(minute))
        }]
    );
    // What is over is no mistake any more.
    store.downtimes().apply(camera, &DowntimeChange::Mistaken { id: one.id }).await.unwrap();
    assert_eq!(listed(&store, &DowntimeFilter::default(), ALL).await.0, 1);
    store.downtimes().apply(camera, &began(70)).await.unwrap();
    let id = open(&store).await[0].id;
    store.downtimes().apply(camera, &DowntimeChange::Mistaken { id }).await.unwrap();
    assert_eq!((open(&store).await, listed(&store, &DowntimeFilter::default(), ALL).await.0), (vec![], 1));
}

#[tokio::test]
async fn they_are_found_by_camera_and_by_the_time_they_reach_into() {
    let (_database, store) = database().await;
    let (gate, yard) = (camera(&store, "Gate").await.id, camera(&store, "Yard").await.id);
    down(&store, gate, 0, 10).await;
    down(&store, yard, 5, 20).await;
    store.downtimes().apply(gate, &began(30)).await.unwrap();
    let all = DowntimeFilter::default();
    assert_eq!(listed(&store, &all, ALL).await, (3, vec![(30, None), (5, Some(20)), (0, Some(10))]));
    assert_eq!(listed(&store, &all, Page { limit: 1, offset: 1 }).await, (3, vec![(5, Some(20))]));
    let of_gate = DowntimeFilter { camera_id: Some(gate), ..all };
    assert_eq!(listed(&store, &of_gate, ALL).await.1, [(30, None), (0, Some(10))]);
    let within = |from, to| DowntimeFilter { from: Some(minutes(from)), to: Some(minutes(to)), ..all };
    assert_eq!(listed(&store, &within(10, 30), ALL).await.1, [(5, Some(20))], "over at the first, begun at the last");
    assert_eq!(listed(&store, &within(9, 31), ALL).await.0, 3);
    assert_eq!(listed(&store, &within(500, 501), ALL).await.1, [(30, None)]);
}

#[tokio::test]
async fn they_go_with_age_with_number_and_with_their_camera() {
    let (_database, store) = database().await;
    let (gate, yard) = (camera(&store, "Gate").await.id, camera(&store, "Yard").await.id);
    for minute in 0..6 {
        down(&store, gate, minute * 10, minute * 10 + 5).await;
    }
    store.downtimes().apply(yard, &began(0)).await.unwrap();
    let all = DowntimeFilter::default();
    assert_eq!(store.downtimes().forget(minutes(16), 3).await.unwrap(), 3, "two are old, and one is too many");
    let kept = [(50, Some(55)), (40, Some(45)), (30, Some(35)), (0, None)];
    assert_eq!(listed(&store, &all, ALL).await.1, kept, "what goes on stays");
    let elsewhere = source("rtsp://camera.example/other");
    let repoint = store.cameras().update(gate, |now| NewCamera { source: elsewhere, ..now.settings() });
    repoint.await.unwrap().unwrap();
    assert_eq!(listed(&store, &all, ALL).await.1, [(0, None)]);
    store.cameras().delete(yard).await.unwrap().unwrap();
    store.downtimes().apply(yard, &began(1)).await.unwrap();
    assert_eq!(listed(&store, &all, ALL).await, (0, vec![]));
}
