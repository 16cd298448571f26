//! Licences and hashes that need somebody's yes.

use std::fs;

use iris_models::{Ask, Consent};
use rstest::rstest;

use crate::world::{World, digest, model_bytes};

const NEEDS_A_YES: &str = "ask_first = \"for research only\"";

fn answering(answer: bool) -> Option<Ask> {
    Some(Box::new(move |_| Ok(answer)))
}

fn known_hash() -> String {
    format!("sha256 = \"{}\"\n{NEEDS_A_YES}", digest(&model_bytes()))
}

#[tokio::test]
async fn a_licence_that_nobody_agreed_to_keeps_the_file_away() {
    let world = World::without_hash().await;
    world.set_manifest(&known_hash());
    let error = world.fetch().await.unwrap_err();
    assert!(error.contains("some licence") && error.contains("for research only"), "{error}");
    assert!(error.contains("add --accept-licence m"), "{error}");
    let declined = Consent { ask: answering(false), ..Consent::default() };
    assert!(world.fetch_with(declined).await.unwrap_err().contains("was not accepted"));
    assert!(world.server.ranges_asked().is_empty(), "the file was asked for");
    assert!(world.kept().is_empty());
}

#[rstest]
#[case::by_argument(Consent { licences: vec!["m".into()], ..Consent::default() })]
#[case::at_the_terminal(Consent { ask: answering(true), ..Consent::default() })]
#[tokio::test]
async fn a_licence_is_agreed_to_once_and_written_down(#[case] consent: Consent) {
    let world = World::without_hash().await;
    world.set_manifest(&known_hash());
    world.fetch_with(consent).await.unwrap();
    assert!(world.accepted().has_licence("m", "some licence"));
    let text = fs::read_to_string(world.path().join("accepted.toml")).unwrap();
    assert!(text.contains("2026-11-23T12:00:00Z"), "{text}");

    fs::remove_file(world.file()).unwrap();
    world.fetch().await.unwrap();
}

#[tokio::test]
async fn another_licence_is_asked_for_again() {
    let world = World::without_hash().await;
    world.set_manifest(&known_hash());
    world.fetch_with(Consent { licences: vec!["m".into()], ..Consent::default() }).await.unwrap();
    assert!(!world.accepted().has_licence("m", "another licence"));
}

#[tokio::test]
async fn an_agreement_to_one_model_is_none_to_another() {
    let world = World::without_hash().await;
    world.set_manifest(&known_hash());
    world.fetch_with(Consent { licences: vec!["n".into()], ..Consent::default() }).await.unwrap_err();
}

#[tokio::test]
async fn an_unknown_hash_is_shown_and_nothing_kept() {
    let world = World::without_hash().await;
    let error = world.fetch().await.unwrap_err();
    assert!(error.contains(&format!("--accept-hash {}", digest(&model_bytes()))), "{error}");
    let other = Consent { hashes: vec![digest(b"other")], ..Consent::default() };
    world.fetch_with(other).await.unwrap_err();
    assert!(world.kept().is_empty(), "{:?}", world.kept());
}

#[rstest]
#[case::by_argument(Consent { hashes: vec![digest(&model_bytes())], ..Consent::default() })]
#[case::at_the_terminal(Consent { ask: answering(true), ..Consent::default() })]
#[tokio::test]
async fn an_accepted_hash_is_from_then_on_the_right_one(#[case] consent: Consent) {
    let world = World::without_hash().await;
    world.fetch_with(consent).await.unwrap();
    assert_eq!(world.accepted().sha256("m"), Some(&digest(&model_bytes())));
    assert!(world.fetch().await.unwrap().contains("is there already"));

    fs::remove_file(world.file()).unwrap();
    world.server.set(|shelf| shelf.content[5] ^= 1);
    let error = world.fetch_with(Consent { ask: answering(true), ..Consent::default() }).await.unwrap_err();
    assert!(error.contains("which you accepted"), "{error}");
    assert_eq!(world.kept(), ["accepted.toml"]);
}

#[tokio::test]
async fn a_web_page_is_no_model_whatever_its_hash() {
    let world = World::without_hash().await;
    let page = b"<!DOCTYPE html><title>Sign in</title>";
    world.server.set(|shelf| shelf.content = page.to_vec());
    let error = world.fetch_with(Consent { hashes: vec![digest(page)], ..Consent::default() }).await.unwrap_err();
    assert!(error.contains("it is a web page"), "{error}");
    assert!(world.kept().is_empty());
}
