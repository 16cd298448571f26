//! Checking what is here.

use std::fs;

use iris_models::{Role, commands};
use serde_json::Value;

use crate::using::{onnxruntime, tiny};
use crate::world::{World, digest};

/// Whether all is well, and what was said.
fn check(world: &World, names: &[&str]) -> (bool, String) {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut out = Vec::new();
    let well = commands::check(&world.manifest(), &world.folder(), &names, &mut out).unwrap();
    (well, String::from_utf8(out).unwrap())
}

#[tokio::test]
async fn an_empty_folder_is_well_unless_a_model_is_named() {
    let world = World::with_hash().await;
    assert!(check(&world, &[]).0);
    let (well, said) = check(&world, &["m"]);
    assert!(!well && said.contains("`iris-models fetch m` gets it"), "{said}");
}

#[tokio::test]
async fn a_damaged_file_is_told_with_both_hashes() {
    let world = World::with_hash().await;
    world.fetch().await.unwrap();
    let (well, said) = check(&world, &[]);
    assert!(well && said.contains("the hash is right"), "{said}");
    fs::write(world.file(), b"\x08damaged").unwrap();
    let (well, said) = check(&world, &[]);
    assert!(!well && said.contains(&digest(b"\x08damaged").to_string()), "{said}");
}

#[tokio::test]
async fn a_detector_is_opened_and_described() {
    if !onnxruntime() {
        return;
    }
    let world = World::without_hash().await;
    fs::create_dir_all(world.path()).unwrap();
    fs::copy(tiny("yolov8"), world.file()).unwrap();
    for (family, right) in [("yolov8", true), ("yolox", false)] {
        let mut manifest = world.manifest();
        manifest.models[0].role = Role::Detector;
        manifest.models[0].family = family.to_owned();
        let mut out = Vec::new();
        let well = commands::check(&manifest, &world.folder(), &[], &mut out).unwrap();
        let said = String::from_utf8(out).unwrap();
        assert_eq!(well, right, "{said}");
        assert!(said.contains(if right { "family yolov8, input" } else { "the manifest says yolox" }), "{said}");
    }
}

#[tokio::test]
async fn a_link_that_leads_nowhere_is_wrong() {
    let world = World::with_hash().await;
    world.fetch().await.unwrap();
    world.folder().put_in_use(Role::Embedder, &world.file()).unwrap();
    assert!(check(&world, &[]).0);
    fs::remove_file(world.file()).unwrap();
    let (well, said) = check(&world, &[]);
    assert!(!well && said.contains("where nothing is"), "{said}");
}

#[tokio::test]
async fn the_list_for_programs_tells_what_is_here() {
    let world = World::with_hash().await;
    let presence = || {
        let list: Value =
            serde_json::from_str(&commands::list_json(&world.manifest(), &world.folder()).unwrap()).unwrap();
        list[0]["presence"].as_str().unwrap().to_owned()
    };
    assert_eq!(presence(), "absent");
    world.fetch().await.unwrap();
    assert_eq!(presence(), "present");
    fs::write(world.file(), "short").unwrap();
    assert_eq!(presence(), "wrong_size");
}
