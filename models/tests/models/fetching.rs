//! Fetching over connections that hold, break, fall silent, and over servers that lie.

use std::fs;
use std::os::unix::fs::symlink;

use axum::http::StatusCode;
use iris_models::{Consent, Origin};
use rstest::rstest;

use crate::server::{Fault, Ranges, Shelf};
use crate::world::{World, digest, model_bytes};

#[tokio::test]
async fn a_file_comes_whole_and_is_not_fetched_twice() {
    let world = World::with_hash().await;
    assert!(world.fetch().await.unwrap().contains("fetched"));
    assert_eq!(fs::read(world.file()).unwrap(), model_bytes());
    assert!(world.fetch().await.unwrap().contains("is there already"));
    assert_eq!(world.server.ranges_asked().len(), 1);
    assert_eq!(world.kept(), ["model.onnx"]);
}

#[rstest]
#[case::cut(Fault::BreaksAfter(100_000))]
#[case::stalled(Fault::SilentAfter(100_000))]
#[tokio::test]
async fn what_came_before_the_connection_broke_is_not_fetched_again(#[case] fault: Fault) {
    let world = World::with_hash().await;
    world.server.set(|shelf| shelf.faults = [fault].into());
    world.fetch().await.unwrap();
    assert_eq!(fs::read(world.file()).unwrap(), model_bytes());
    assert_eq!(world.server.ranges_asked(), [None, Some("bytes=100000-".to_owned())]);
}

#[tokio::test]
async fn a_later_run_goes_on_where_an_earlier_one_gave_up() {
    let world = World::with_hash().await;
    let unavailable = Fault::Answers(StatusCode::SERVICE_UNAVAILABLE);
    let faults = [Fault::BreaksAfter(100_000), unavailable, unavailable, unavailable, unavailable, unavailable];
    world.server.set(|shelf| shelf.faults = faults.into());
    let error = world.fetch().await.unwrap_err();
    assert!(error.contains("503"), "{error}");
    assert_eq!(world.kept(), ["model.onnx.part", "model.onnx.part.toml"]);

    world.server.set(|shelf| shelf.faults.clear());
    world.fetch().await.unwrap();
    assert_eq!(fs::read(world.file()).unwrap(), model_bytes());
    assert_eq!(world.server.ranges_asked().last().unwrap().as_deref(), Some("bytes=100000-"));
    assert_eq!(world.kept(), ["model.onnx"]);
}

/// Whether the server says so by itself or has to be caught at it.
#[rstest]
#[case::no_ranges("\"one\"", Ranges::Unknown)]
#[case::changed("\"two\"", Ranges::Known)]
#[case::changed_and_careless("\"two\"", Ranges::WithoutIfRange)]
#[tokio::test]
async fn a_part_that_cannot_be_completed_is_begun_again(#[case] etag: &'static str, #[case] ranges: Ranges) {
    let world = World::with_hash().await;
    let right = model_bytes();
    let other = vec![0x08; right.len()];
    world.server.set(|shelf| {
        shelf.content = other;
        shelf.faults = [Fault::BreaksAfter(100_000)].into();
        shelf.faults.extend([Fault::Answers(StatusCode::SERVICE_UNAVAILABLE); 5]);
    });
    world.fetch().await.unwrap_err();

    world.server.set(|shelf| {
        *shelf = Shelf { content: right.clone(), etag: Some(etag), ranges, faults: [].into() };
    });
    world.fetch().await.unwrap();
    assert_eq!(fs::read(world.file()).unwrap(), right);
}

#[tokio::test]
async fn without_a_name_for_the_version_nothing_is_joined() {
    let world = World::with_hash().await;
    world.server.set(|shelf| {
        shelf.etag = None;
        shelf.faults = [Fault::BreaksAfter(100_000)].into();
    });
    world.fetch().await.unwrap();
    assert_eq!(world.server.ranges_asked(), [None, None]);
}

#[tokio::test]
async fn a_wrong_file_leaves_nothing_behind_and_both_hashes_are_shown() {
    let world = World::with_hash().await;
    let wanted = world.manifest().models[0].sha256.clone().unwrap().to_string();
    world.server.set(|shelf| shelf.content[5] ^= 1);
    let found = digest(&{
        let mut bytes = model_bytes();
        bytes[5] ^= 1;
        bytes
    });
    let error = world.fetch().await.unwrap_err();
    assert!(error.contains(&wanted) && error.contains(&found.to_string()), "{error}");
    assert!(world.kept().is_empty(), "{:?}", world.kept());
}

#[tokio::test]
async fn a_wrong_file_does_not_replace_a_right_or_an_old_one() {
    let world = World::with_hash().await;
    fs::create_dir_all(world.path()).unwrap();
    fs::write(world.file(), "an older version").unwrap();
    world.server.set(|shelf| shelf.content[5] ^= 1);
    world.fetch().await.unwrap_err();
    assert_eq!(fs::read_to_string(world.file()).unwrap(), "an older version");
}

#[tokio::test]
async fn a_file_of_another_size_is_refused_before_it_is_fetched() {
    let world = World::with_hash().await;
    let wanted = model_bytes().len();
    world.server.set(|shelf| shelf.content.push(0));
    let error = world.fetch().await.unwrap_err();
    assert!(error.contains(&format!("offers {} bytes, expected exactly {wanted}", wanted + 1)), "{error}");
    assert!(world.kept().is_empty());
}

#[rstest]
#[case::missing(StatusCode::NOT_FOUND, "the file is not there any more", 1)]
#[case::forbidden(StatusCode::FORBIDDEN, "403", 1)]
#[case::busy(StatusCode::TOO_MANY_REQUESTS, "429", 5)]
#[tokio::test]
async fn only_what_may_pass_is_tried_again(#[case] status: StatusCode, #[case] says: &str, #[case] requests: usize) {
    let world = World::with_hash().await;
    world.server.set(|shelf| shelf.faults = [Fault::Answers(status); 20].into());
    let error = world.fetch().await.unwrap_err();
    assert!(error.contains(says), "{error}");
    assert_eq!(world.server.ranges_asked().len(), requests);
}

#[tokio::test]
async fn a_machine_without_a_network_is_told_so() {
    let world = World::with_hash().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut manifest = world.manifest();
    manifest.models[0].origin = Origin::Address(format!("http://{free}/model.onnx").parse().unwrap());
    let error = world.fetch_from(&manifest, Consent::default()).await.unwrap_err();
    assert!(error.contains("is this machine online"), "{error}");
}

#[tokio::test]
async fn a_full_disk_is_named_and_nothing_is_kept() {
    let world = World::with_hash().await;
    fs::create_dir_all(world.path()).unwrap();
    symlink("/dev/full", world.path().join("model.onnx.part")).unwrap();
    let error = world.fetch().await.unwrap_err();
    assert!(error.contains("the disk is full"), "{error}");
    assert!(world.kept().is_empty(), "{:?}", world.kept());
}

#[tokio::test]
async fn two_at_once_do_not_write_the_same_file() {
    let world = World::with_hash().await;
    let _other = world.folder().lock().unwrap();
    let error = world.fetch().await.unwrap_err();
    assert!(error.contains("another iris-models works in"), "{error}");
}
