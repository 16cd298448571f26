//! A Qdrant that is not there, or does not answer.

use std::time::{Duration, Instant};

use iris_gallery::{Gallery, GalleryError, Kind, Of, QdrantGallery, QdrantSettings, Query};
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::support::{at, entry, identity};

const DEADLINE: Duration = Duration::from_millis(300);
/// A call ends within its deadline; a busy machine is granted the rest.
const PATIENCE: Duration = Duration::from_secs(10);

async fn fails_as_unavailable(gallery: &QdrantGallery) {
    let direction = at(0.0);
    let query = Query::new(Of::Identities, Kind::Face, &direction, 1);
    let queries = [query.clone(), query.clone()];
    let failures = [
        gallery.search(&query).await.unwrap_err(),
        gallery.search_batch(&queries).await.unwrap_err(),
        gallery.upsert(vec![entry(1, identity(1), at(0.0))]).await.unwrap_err(),
        gallery.replace(identity(1), Vec::new()).await.unwrap_err(),
        gallery.remove(identity(1)).await.unwrap_err(),
        gallery.clear().await.unwrap_err(),
        gallery.count(Of::People, Kind::Face).await.unwrap_err(),
        gallery.epoch().await.unwrap_err(),
        gallery.set_epoch(1).await.unwrap_err(),
    ];
    for failure in failures {
        assert!(failure.is_transient(), "{failure}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_not_available() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let gallery = QdrantGallery::connect(&QdrantSettings { deadline: DEADLINE, ..QdrantSettings::new(url) }).unwrap();
    fails_as_unavailable(&gallery).await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_costs_the_deadline_and_no_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let gallery = QdrantGallery::connect(&QdrantSettings { deadline: DEADLINE, ..QdrantSettings::new(url) }).unwrap();
    let started = Instant::now();
    fails_as_unavailable(&gallery).await;
    assert!(started.elapsed() < PATIENCE);
}

#[tokio::test]
async fn a_connection_that_died_unnoticed_is_not_waited_for_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let gallery = QdrantGallery::connect(&QdrantSettings { deadline: PATIENCE, ..QdrantSettings::new(url) }).unwrap();
    let twice = async {
        // Nothing comes back over the first, and nobody closes it.
        let _first = listener.accept().await.unwrap();
        listener.accept().await.unwrap()
    };
    tokio::select! {
        _second = twice => {}
        answer = gallery.epoch() => panic!("the call ended without another connection: {answer:?}"),
    }
}

#[test]
fn settings_that_no_server_can_have_are_refused_and_keep_their_secrets() {
    let good = QdrantSettings::new("http://qdrant:6334");
    let bad = [
        QdrantSettings { url: "http://name:hunter2@qdrant:6334".into(), ..good.clone() },
        QdrantSettings { url: "no address".into(), ..good.clone() },
        QdrantSettings { api_key: Some(SecretString::from("hunter2\n")), ..good.clone() },
        QdrantSettings { api_key: Some(SecretString::from("")), ..good.clone() },
        QdrantSettings { prefix: "A/B".into(), ..good },
    ];
    for settings in bad {
        let Err(refusal) = QdrantGallery::connect(&settings) else { panic!("{settings:?} was accepted") };
        assert!(matches!(refusal, GalleryError::Refused { .. }));
        assert!(!format!("{refusal} {refusal:?}").contains("hunter2"), "{refusal}");
    }
}
