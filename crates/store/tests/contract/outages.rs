//! A database that is away, silent, locked or being migrated by others: always an answer, within the API's five seconds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::*;
use iris_domain::{EventChange, EventFilter};
use iris_store::{Store, StoreError, StoreOptions};
use iris_testkit::postgres::PostgresServer;
use iris_testkit::wait;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// What the API promises of a dependency that is down.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

async fn open(url: &str) -> Store {
    Store::open(&SecretString::from(url), &StoreOptions::new("iris-test")).await.unwrap()
}

async fn assert_unavailable_in_time(store: &Store) {
    let asked = Instant::now();
    let outcome = store.cameras().list().await;
    assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
    assert!(asked.elapsed() < ANSWER_WITHIN, "answered after {:?}", asked.elapsed());
}

#[tokio::test]
async fn a_server_that_takes_connections_and_says_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let store = open(&format!("postgres://iris:secret@127.0.0.1:{port}/iris")).await;
    assert_unavailable_in_time(&store).await;
    let error = store.ping().await.unwrap_err();
    assert!(!format!("{error:?}{store:?}").contains("secret"));
}

#[tokio::test]
async fn a_table_that_somebody_keeps_locked() {
    let (database, store) = database().await;
    let database = Arc::new(database);
    camera(&store, "yard").await;
    let holder = Arc::clone(&database);
    let locked = tokio::task::spawn_blocking(move || {
        holder.sql("BEGIN; LOCK TABLE cameras; SELECT pg_sleep(600)").unwrap_err();
    });
    let holding = "FROM pg_locks WHERE relation = 'cameras'::regclass AND mode = 'AccessExclusiveLock' AND granted";
    wait::until(ANSWER_WITHIN, "the lock", || {
        let holders = database.sql(&format!("SELECT count(*) {holding}"));
        async {
            anyhow::ensure!(holders? == "1", "not locked");
            Ok(())
        }
    })
    .await
    .unwrap();
    assert_unavailable_in_time(&store).await;
    database.sql(&format!("SELECT pg_terminate_backend(pid) {holding}")).unwrap();
    locked.await.unwrap();
    assert_eq!(store.cameras().list().await.unwrap().len(), 1, "and the store serves on");
}

#[tokio::test]
async fn a_server_that_goes_and_comes_back() {
    let mut server = PostgresServer::start().await.unwrap();
    let store = open(&server.url("postgres")).await;
    store.migrate().await.unwrap();
    let yard = camera(&store, "yard").await;
    server.kill();
    assert_unavailable_in_time(&store).await;
    server.start_again().await.unwrap();
    let back =
        wait::until(ANSWER_WITHIN, "the store to find the server", || async { Ok(store.cameras().list().await?) });
    assert_eq!(back.await.unwrap(), [yard]);
}

#[tokio::test]
async fn services_that_start_together_migrate_once() {
    let server = PostgresServer::start().await.unwrap();
    let mut starts = JoinSet::new();
    for _ in 0..6 {
        let store = open(&server.url("postgres")).await;
        starts.spawn(async move { store.migrate().await.map(|()| store) });
    }
    for store in starts.join_all().await {
        let store = store.unwrap();
        assert_eq!(store.events().list(&EventFilter::default(), ALL).await.unwrap().total, 0);
    }
}

/// A connection that its user let go of while it began a transaction must not take the next user's writes into it.
#[tokio::test]
async fn what_is_broken_off_takes_nothing_along() {
    let (database, store) = database().await;
    let id = camera(&store, "yard").await.id;
    for round in 0..60 {
        broken_off(store.cameras().update(id, |now| now.settings()), round % 20).await;
        let event = event(id, at("2026-11-23"));
        opened(&store, &event).await;
        let change = EventChange { confidence: Some(0.9), ..Default::default() };
        store.events().update(event.key, &change).await.unwrap();
        let seen = database.sql(&format!("SELECT confidence FROM events WHERE key = '{}'", event.key)).unwrap();
        assert_eq!(seen, "0.9", "in round {round}");
    }
}

#[tokio::test]
async fn a_url_that_is_none_is_refused_without_repeating_it() {
    for url in ["", "mysql://iris:secret@host/iris", "postgres://iris:secret@host:port/iris"] {
        let refused = Store::open(&SecretString::from(url), &StoreOptions::new("iris-test")).await.unwrap_err();
        assert!(matches!(refused, StoreError::Refused { .. }), "{url}");
        assert!(!format!("{refused:?}{refused}").contains("secret"));
    }
}
