//! The contract of the visits' repository: what is to be told, and what was.

use std::time::Duration;

use iris_domain::visit::{self, Visit, VisitId, VisitRules};
use iris_domain::{EventChange, EventId, Timestamp};
use iris_store::Store;
use uuid::Uuid;

use crate::support::*;

const RULES: VisitRules = VisitRules { gap: Duration::from_secs(60), recognition_wait: Duration::from_secs(10) };
const PHONE: &str = "webhook phone";

/// The database compares with its own clock, so the scenes play today.
fn today() -> Timestamp {
    Timestamp::from_system(std::time::SystemTime::now())
}

fn ended(end: Timestamp) -> EventChange {
    EventChange { end_ts: Some(end), ..Default::default() }
}

async fn observed(store: &Store, event: EventId, now: Timestamp) -> Vec<Visit> {
    let decide = |visits: &[Visit], seen: &visit::SeenEvent| {
        visit::observe(visits, seen, &RULES, now, || VisitId(Uuid::now_v7()))
    };
    store.visits().observe(event, true, decide, |_| vec![PHONE.to_owned()]).await.unwrap()
}

#[tokio::test]
async fn a_visit_is_held_by_one_and_what_changed_meanwhile_is_told_next() {
    let (_database, store) = database().await;
    let began = today();
    let after = |seconds| began.plus(Duration::from_secs(seconds));
    let event = event(camera(&store, "yard").await.id, began);
    let id = opened(&store, &event).await;
    let visit = observed(&store, id, began).await.remove(0);
    assert_eq!(observed(&store, id, began).await, [], "told twice");
    let hold = async |now, until| store.visits().hold(PHONE, now, until).await.unwrap();
    assert_eq!(hold(after(9), after(40)).await, None, "it waits for a name");
    let first = hold(after(10), after(40)).await.unwrap();
    assert_eq!((first.visit.id, first.was_told, first.attempts), (visit.id, false, 1));
    assert_eq!(hold(after(11), after(40)).await, None, "somebody holds it");
    assert_eq!(store.visits().hold("webhook other", after(11), after(40)).await.unwrap(), None);

    store.events().update(event.key, &ready(clip_of(&event, 1))).await.unwrap();
    assert_eq!(observed(&store, id, after(12)).await[0].revision, 2);
    assert_eq!(hold(after(12), after(40)).await, None, "not while the first is being told");
    store.visits().told(&first).await.unwrap();
    let second = hold(after(20), after(60)).await.unwrap();
    assert_eq!((second.visit.revision, second.was_told, second.attempts), (2, true, 1));
    store.visits().lost(&second, after(30)).await.unwrap();
    assert_eq!(hold(after(29), after(60)).await, None);
    store.events().update(event.key, &ended(after(25))).await.unwrap();
    let person = iris_domain::visit::Visitor::Unidentified { camera: event.camera_id, label: "person".to_owned() };
    assert_eq!(observed(&store, id, after(30)).await[0].visitor, person);
    let third = hold(after(30), after(60)).await.unwrap();
    assert_eq!((third.attempts, third.failing_since), (2, second.failing_since));
    assert_eq!(third.visit, second.visit, "the target may have it");
    store.visits().refused(&third, after(31)).await.unwrap();
    let third = hold(after(31), after(60)).await.unwrap();
    assert_eq!(third.visit.stays[0].end, Some(after(25)), "it does not have it, and is told what is");
    assert_eq!(store.visits().waiting(PHONE).await.unwrap(), 1);
    store.visits().give_up(&third).await.unwrap();
    assert_eq!(store.visits().waiting(PHONE).await.unwrap(), 0);

    let over = after(3600);
    let ended = store.visits().end_due(over, |due| visit::tick(due, over), |_| Vec::new()).await.unwrap();
    assert_eq!(ended[0].revision, 3);
    let last = hold(over, over).await.unwrap();
    assert_eq!((last.visit.ended.is_some(), last.was_told), (true, true), "who was told is told on");
    assert_eq!(store.visits().forget(over).await.unwrap(), 1);
    store.visits().told(&last).await.unwrap();
}

#[tokio::test]
async fn many_processes_make_one_visit_of_what_they_are_all_told() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let began = today();
    let mut events = Vec::new();
    for second in 0..4 {
        events.push(opened(&store, &event(camera, began.plus(Duration::from_secs(second)))).await);
    }
    let patient = patient(&database.url()).await;
    tokio::join!(
        observed(&patient, events[0], began),
        observed(&patient, events[1], began),
        observed(&patient, events[2], began),
        observed(&patient, events[3], began),
    );
    let open = store.visits().open().await.unwrap();
    assert_eq!((open.len(), open[0].stays.len(), open[0].started, open[0].revision), (1, 4, began, 4));
    assert_eq!(store.visits().names(&open, true).await.unwrap().cameras[&camera], "yard");
}

#[tokio::test]
async fn what_was_recorded_by_hand_or_is_gone_is_no_visit() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let manual = iris_domain::NewEvent { kind: iris_domain::EventKind::Manual, ..event(camera, today()) };
    let id = opened(&store, &manual).await;
    assert!(observed(&store, id, today()).await.is_empty());
    assert!(observed(&store, EventId::new(i64::MAX).unwrap(), today()).await.is_empty());
}
