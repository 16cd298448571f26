//! Everything that changes who is who, in any order, many at once, broken off at any moment: what must hold, holds.

use std::sync::Arc;
use std::time::Duration;

use crate::invariants::{check_invariants, check_invariants_by};
use crate::scene::*;
use crate::sightings::named;
use crate::support::*;
use iris_domain::identity::MatchKind;
use iris_domain::{CameraId, EventFilter, EventId, IdentityId, OperationId, PersonId, SightingId, TrackKey};
use iris_store::{Belongs, IdentityFilter, RecognisedPerson, RecordSighting, Store, StoreError};
use iris_testkit::postgres::{PostgresServer, TestDatabase};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use tokio::task::JoinSet;
use uuid::Uuid;

/// One step; whom and what it is about is chosen by place among what exists, modulo its number.
#[derive(Debug, Clone)]
enum Step {
    Open { camera: usize, second: u64 },
    End { event: usize, seconds: u64 },
    DeleteEvent(usize),
    Record { camera: usize, second: u64, belongs: usize },
    Grow { track: usize, seconds: u64 },
    Move { track: usize, to: usize },
    Part(usize),
    Recognise { track: usize, person: usize },
    Rename(usize),
    Merge { target: usize, sources: [usize; 2] },
    MergeAlike(usize, usize),
    Split(usize),
    Reject(usize),
    Undo(usize),
    Delete(usize),
    DeletePerson(usize),
    DeleteSample,
}

fn step() -> impl Strategy<Value = Step> {
    let place = || 0usize..1_000;
    let second = || 0u64..600;
    prop_oneof![
        4 => (0usize..2, second()).prop_map(|(camera, second)| Step::Open { camera, second }),
        2 => (place(), 0u64..200).prop_map(|(event, seconds)| Step::End { event, seconds }),
        1 => place().prop_map(Step::DeleteEvent),
        10 => (0usize..2, second(), place()).prop_map(|(camera, second, belongs)| Step::Record { camera, second, belongs }),
        3 => (place(), 0u64..300).prop_map(|(track, seconds)| Step::Grow { track, seconds }),
        3 => (place(), place()).prop_map(|(track, to)| Step::Move { track, to }),
        2 => place().prop_map(Step::Part),
        2 => (place(), place()).prop_map(|(track, person)| Step::Recognise { track, person }),
        1 => place().prop_map(Step::Rename),
        3 => (place(), [place(), place()]).prop_map(|(target, sources)| Step::Merge { target, sources }),
        1 => (place(), place()).prop_map(|(one, other)| Step::MergeAlike(one, other)),
        3 => place().prop_map(Step::Split),
        2 => place().prop_map(Step::Reject),
        3 => place().prop_map(Step::Undo),
        1 => place().prop_map(Step::Delete),
        1 => place().prop_map(Step::DeletePerson),
        1 => Just(Step::DeleteSample),
    ]
}

/// One who takes steps on a store that others may use too.
#[derive(Clone)]
struct Walker {
    store: Store,
    cameras: [CameraId; 2],
    tracks: Vec<RecordSighting>,
}

fn nth<T: Copy>(all: &[T], place: usize) -> Option<T> {
    (!all.is_empty()).then(|| all[place % all.len()])
}

impl Walker {
    async fn new(store: &Store) -> Self {
        let cameras = [camera(store, "yard").await.id, camera(store, "door").await.id];
        for name in ["Ann", "Bob"] {
            store.people().create(name, None).await.unwrap();
        }
        Self { store: store.clone(), cameras, tracks: Vec::new() }
    }

    async fn identities(&self) -> Result<Vec<IdentityId>, StoreError> {
        let listed = self.store.identities().list(&IdentityFilter::default(), ALL).await?;
        Ok(listed.identities.iter().map(|identity| identity.id).collect())
    }

    async fn events(&self) -> Result<Vec<iris_domain::Event>, StoreError> {
        Ok(self.store.events().list(&EventFilter::default(), ALL).await?.events)
    }

    async fn operation(&self, place: usize) -> Result<Option<OperationId>, StoreError> {
        let ledger = self.store.identities().operations(ALL).await?.operations;
        Ok(nth(&ledger.iter().map(|entry| entry.id).collect::<Vec<_>>(), place))
    }

    /// Some of an identity's sightings: half of them, the newer ones.
    async fn half(&self, place: usize) -> Result<Option<(IdentityId, Vec<SightingId>)>, StoreError> {
        let Some(identity) = nth(&self.identities().await?, place) else { return Ok(None) };
        let sightings = self.store.sightings().list_of(identity, ALL).await?.sightings;
        Ok(Some((identity, sightings.iter().take(sightings.len() / 2).map(|one| one.id).collect())))
    }

    async fn record(&mut self, wanted: RecordSighting) -> Result<(), StoreError> {
        self.store.sightings().record(&wanted).await?;
        match self.tracks.iter_mut().find(|track| track.track == wanted.track) {
            Some(track) => *track = wanted,
            None => self.tracks.push(wanted),
        }
        Ok(())
    }

    async fn again(&mut self, place: usize, change: impl FnOnce(&mut RecordSighting)) -> Result<(), StoreError> {
        if self.tracks.is_empty() {
            return Ok(());
        }
        let place = place % self.tracks.len();
        let mut wanted = RecordSighting { belongs: Belongs::AsBefore, ..self.tracks[place].clone() };
        change(&mut wanted);
        self.record(wanted).await
    }

    /// Takes a step. That what it is about is gone meanwhile is part of the game; that the database fails is not.
    async fn take(&mut self, step: Step) -> Result<(), StoreError> {
        let store = self.store.clone();
        match step {
            Step::Open { camera, second } => {
                store.events().open(&event(self.cameras[camera], after(second))).await?;
            }
            Step::End { event, seconds } => {
                let events = self.events().await?;
                if events.is_empty() {
                    return Ok(());
                }
                let event = &events[event % events.len()];
                let end_ts = Some(event.ts.plus(Duration::from_secs(seconds)));
                let change = iris_domain::EventChange { end_ts, ..Default::default() };
                store.events().update(event.key, &change).await?;
            }
            Step::DeleteEvent(place) => {
                let ids: Vec<EventId> = self.events().await?.iter().map(|event| event.id).collect();
                store.events().delete(nth(&ids, place).as_slice()).await?;
            }
            Step::Record { camera, second, belongs } => {
                let number = self.tracks.len();
                let mut wanted = rich_track(self.cameras[camera], after(second), number);
                wanted.track = TrackKey { run: Uuid::new_v4(), number: number as u64 };
                if belongs % 3 > 0
                    && let Some(identity) = nth(&self.identities().await?, belongs)
                {
                    wanted.belongs = to(identity);
                }
                self.record(wanted).await?;
            }
            Step::Grow { track, seconds } => {
                let longer =
                    |wanted: &mut RecordSighting| wanted.end_ts = wanted.end_ts.plus(Duration::from_secs(seconds));
                self.again(track, longer).await?;
            }
            Step::Move { track, to: place } => {
                if let Some(identity) = nth(&self.identities().await?, place) {
                    self.again(track, |wanted| wanted.belongs = to(identity)).await?;
                }
            }
            Step::Part(track) => {
                let keys: Vec<TrackKey> = self.tracks.iter().map(|track| track.track).collect();
                let Some(key) = nth(&keys, track) else { return Ok(()) };
                if let Some(found) = store.sightings().by_tracks(&[key]).await?.first() {
                    let belongs = Belongs::AwayFrom(found.identity, why(MatchKind::New));
                    self.again(track, |wanted| wanted.belongs = belongs).await?;
                }
            }
            Step::Recognise { track, person } => {
                let people: Vec<PersonId> = store.people().list().await?.iter().map(|person| person.id).collect();
                let person = nth(&people, person).map(|person_id| RecognisedPerson { person_id, score: 0.5 });
                self.again(track, |wanted| wanted.person = person).await?;
            }
            Step::Rename(place) => {
                if let Some(identity) = nth(&self.identities().await?, place) {
                    let name = if place % 3 == 0 { "" } else { "Cara" };
                    store.identities().update(identity, &named(name), OPERATOR).await?;
                }
            }
            Step::Merge { target, sources } => {
                let identities = self.identities().await?;
                let (Some(target), Some(one), Some(other)) =
                    (nth(&identities, target), nth(&identities, sources[0]), nth(&identities, sources[1]))
                else {
                    return Ok(());
                };
                drop(store.identities().merge(target, &[one, other], OPERATOR).await?);
            }
            Step::MergeAlike(one, other) => {
                let identities = self.identities().await?;
                if let (Some(one), Some(other)) = (nth(&identities, one), nth(&identities, other)) {
                    drop(store.identities().merge_alike(one, other).await?);
                }
            }
            Step::Split(place) => {
                if let Some((identity, half)) = self.half(place).await? {
                    drop(store.identities().split(identity, &half, Some("Dora"), OPERATOR).await?);
                }
            }
            Step::Reject(place) => {
                if let Some((identity, half)) = self.half(place).await? {
                    drop(store.identities().reject(identity, &half, OPERATOR).await?);
                }
            }
            Step::Undo(place) => {
                if let Some(operation) = self.operation(place).await? {
                    drop(store.identities().undo(operation, OPERATOR).await?);
                }
            }
            Step::Delete(place) => {
                let identity = nth(&self.identities().await?, place);
                store.identities().delete(identity.as_slice(), OPERATOR).await?;
            }
            Step::DeletePerson(place) => {
                let people: Vec<PersonId> = store.people().list().await?.iter().map(|person| person.id).collect();
                store.people().delete(nth(&people, place).as_slice()).await?;
            }
            Step::DeleteSample => {
                let sample: Vec<_> = store.face_samples().sample(1).await?.iter().map(|one| one.sample.id).collect();
                store.face_samples().delete(&sample).await?;
            }
        }
        Ok(())
    }
}

fn empty(database: &TestDatabase) {
    database
        .sql("DELETE FROM cameras; DELETE FROM identities; DELETE FROM people; DELETE FROM identity_operations")
        .unwrap();
}

#[test]
fn after_any_history_what_must_hold_holds() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (database, store) = runtime.block_on(database());
    let mut runner = TestRunner::new(Config { cases: 12, ..Config::default() });
    let outcome = runner.run(&vec(step(), 0..50), |history| {
        empty(&database);
        let mut walker = runtime.block_on(Walker::new(&store));
        for step in history {
            runtime.block_on(walker.take(step)).unwrap();
        }
        check_invariants(&database);
        Ok(())
    });
    outcome.unwrap();
}

fn history(length: usize) -> Vec<Step> {
    let mut runner = TestRunner::default();
    vec(step(), length).new_tree(&mut runner).unwrap().current()
}

#[tokio::test]
async fn while_many_step_at_once_nobody_waits_in_a_circle() {
    let (database, _) = database().await;
    let store = patient(&database.url()).await;
    let walker = Walker::new(&store).await;
    let mut walkers = JoinSet::new();
    for _ in 0..6 {
        let mut walker = walker.clone();
        walkers.spawn(async move {
            for step in history(40) {
                walker.take(step.clone()).await.unwrap_or_else(|error| panic!("{step:?}: {error}"));
            }
        });
    }
    walkers.join_all().await;
    check_invariants(&database);
}

#[tokio::test]
async fn steps_that_are_broken_off_anywhere_are_done_or_not_begun() {
    let (database, _) = database().await;
    let store = patient(&database.url()).await;
    let walker = Walker::new(&store).await;
    let mut walkers = JoinSet::new();
    for number in 0..4 {
        let mut walker = walker.clone();
        walkers.spawn(async move {
            for (place, step) in history(40).into_iter().enumerate() {
                // From before the first statement to after the last one.
                let waits = (place * 7 + number) % 70;
                broken_off(walker.take(step), waits).await.unwrap_or(Ok(())).unwrap();
            }
        });
    }
    walkers.join_all().await;
    // What was broken off has been rolled back when this gets the lock that all of them need.
    store.people().create("last", None).await.unwrap();
    check_events_linked(&walker).await;
    check_invariants(&database);
}

/// An event whose opening was broken off before it was linked is linked when it is told again, as the recorder does.
async fn check_events_linked(walker: &Walker) {
    for event in walker.events().await.unwrap() {
        walker.store.sightings().link_event(event.id).await.unwrap();
    }
}

#[tokio::test]
async fn a_database_that_is_killed_has_all_of_a_step_or_nothing() {
    let mut server = PostgresServer::start().await.unwrap();
    let url = server.url("postgres");
    let store = patient(&url).await;
    store.migrate().await.unwrap();
    let walker = Walker::new(&store).await;
    for _ in 0..3 {
        let enough = Arc::new(tokio::sync::Semaphore::new(0));
        let mut walkers = JoinSet::new();
        for _ in 0..4 {
            let (mut walker, enough) = (walker.clone(), Arc::clone(&enough));
            walkers.spawn(async move {
                for step in history(60) {
                    if walker.take(step).await.is_err() {
                        break;
                    }
                    enough.add_permits(1);
                }
            });
        }
        // In the middle of things.
        let _ = enough.acquire_many(60).await.unwrap();
        server.kill();
        walkers.join_all().await;
        server.start_again().await.unwrap();
        iris_testkit::wait::until(Duration::from_secs(10), "the store to find the server", || async {
            Ok(store.ping().await?)
        })
        .await
        .unwrap();
        check_events_linked(&walker).await;
        check_invariants_by(|query| ask(&url, query));
    }
}

/// Asks a server that is no [`TestDatabase`].
fn ask(url: &str, query: &str) -> String {
    let mut psql = std::process::Command::new("psql");
    psql.args([
        "--no-psqlrc",
        "--quiet",
        "--tuples-only",
        "--no-align",
        "--set=ON_ERROR_STOP=1",
        "--command",
        query,
        url,
    ]);
    let output = psql.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
