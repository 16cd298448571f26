//! Choosing the model that does the work.

use std::fs;
use std::path::{Path, PathBuf};

use iris_models::{Consent, Role, commands};
use jiff::Timestamp;
use rstest::rstest;

use crate::world::{World, digest, model_bytes, names};

/// One of the tiny models of `iris-inference`.
pub fn tiny(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/inference/tests/data").join(format!("{name}.onnx"))
}

/// Whether ONNX Runtime is there; says so when it is not.
pub fn onnxruntime() -> bool {
    iris_inference::init(None).inspect_err(|error| println!("skipped: {error}")).is_ok()
}

fn use_known(world: &World, consent: &mut Consent) -> Result<String, String> {
    let mut out = Vec::new();
    let used = commands::use_known(&world.manifest(), &world.folder(), "m", consent, Timestamp::UNIX_EPOCH, &mut out);
    used.map(|()| String::from_utf8(out).unwrap()).map_err(|error| format!("{error:#}"))
}

fn use_file(world: &World, path: &Path, role: Role) -> Result<String, String> {
    let mut out = Vec::new();
    let used = commands::use_file(&world.folder(), path, role, &mut out);
    used.map(|()| String::from_utf8(out).unwrap()).map_err(|error| format!("{error:#}"))
}

#[tokio::test]
async fn a_fetched_model_is_linked_relatively() {
    if !onnxruntime() {
        return;
    }
    let world = World::with_hash().await;
    world.fetch().await.unwrap();
    let said = use_known(&world, &mut Consent::default()).unwrap();
    assert!(said.contains("restart iris-reid") && said.contains("vectors of 64 numbers"), "{said}");
    let link = world.path().join("in-use/embedder.onnx");
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("../model.onnx"));
    assert!(world.folder().is_in_use(Role::Embedder, &world.file()));
    let table = commands::list_table(&world.manifest(), &world.folder());
    assert!(table.contains("in use"), "{table}");
}

#[tokio::test]
async fn what_is_not_here_says_how_to_get_it() {
    let world = World::with_hash().await;
    let error = use_known(&world, &mut Consent::default()).unwrap_err();
    assert!(error.contains("`iris-models fetch m` gets it"), "{error}");
}

#[tokio::test]
async fn a_damaged_file_is_not_put_to_use() {
    let world = World::with_hash().await;
    fs::create_dir_all(world.path()).unwrap();
    fs::write(world.file(), "damaged").unwrap();
    let error = use_known(&world, &mut Consent::default()).unwrap_err();
    assert!(error.contains(&digest(&model_bytes()).to_string()), "{error}");
    assert!(!world.path().join("in-use").exists());
}

#[tokio::test]
async fn a_model_made_by_hand_needs_its_licence_too() {
    if !onnxruntime() {
        return;
    }
    let world = World::without_hash().await;
    world.set_manifest("ask_first = \"AGPL\"");
    fs::create_dir_all(world.path()).unwrap();
    fs::write(world.file(), model_bytes()).unwrap();
    assert!(use_known(&world, &mut Consent::default()).unwrap_err().contains("--accept-licence m"));
    let mut agreed = Consent { licences: vec!["m".into()], ..Consent::default() };
    use_known(&world, &mut agreed).unwrap();
    use_known(&world, &mut Consent::default()).unwrap();
}

#[tokio::test]
async fn a_detector_of_ones_own_is_tried_and_replaces_the_last_one() {
    if !onnxruntime() {
        return;
    }
    let world = World::with_hash().await;
    let link = world.path().join("in-use/detector.onnx");
    for (model, family) in [("yolox", "family yolox"), ("yolov8", "family yolov8")] {
        let said = use_file(&world, &tiny(model), Role::Detector).unwrap();
        assert!(said.contains(family) && said.contains("restart iris-detect"), "{said}");
        assert!(fs::read_link(&link).unwrap().is_relative());
        assert_eq!(fs::canonicalize(&link).unwrap(), fs::canonicalize(tiny(model)).unwrap());
    }
    assert_eq!(names(&world.path().join("in-use")), ["detector.onnx"], "nothing is left of the exchange");
}

#[rstest]
#[case::classifier("classifier")]
#[case::segmentation("segmentation")]
#[tokio::test]
async fn what_is_no_detector_leaves_the_one_in_use(#[case] model: &str) {
    if !onnxruntime() {
        return;
    }
    let world = World::with_hash().await;
    use_file(&world, &tiny("yolox"), Role::Detector).unwrap();
    let error = use_file(&world, &tiny(model), Role::Detector).unwrap_err();
    assert!(error.contains("is not a detector that can be read"), "{error}");
    assert!(world.folder().is_in_use(Role::Detector, &tiny("yolox")));
}

#[rstest]
#[case::pointer("version https://git-lfs.github.com/spec/v1\n", "git lfs pull")]
#[case::archive("PK\u{3}\u{4}..", "ZIP archive")]
#[case::page(" \n<html>", "web page")]
#[case::empty("", "it is empty")]
#[case::other("hello", "not an ONNX file")]
#[tokio::test]
async fn a_file_of_another_kind_is_named(#[case] content: &str, #[case] says: &str) {
    let world = World::with_hash().await;
    fs::create_dir_all(world.path()).unwrap();
    fs::write(world.file(), content).unwrap();
    let error = use_file(&world, &world.file(), Role::Embedder).unwrap_err();
    assert!(error.contains(says), "{error}");
}
