//! Checking what is here.

use std::fs;

use iris_models::{Role, commands};
use rstest::rstest;
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
    if !onnxruntime() {
        return;
    }
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
    for (family, right) in [("yolov8", true), ("yolox", false)] {
        let (well, said) = tried("yolov8", Role::Detector, family).await;
        assert_eq!(well, right, "{said}");
        assert!(said.contains(if right { "family yolov8, input" } else { "the manifest says yolox" }), "{said}");
    }
}

/// What is said of a tiny model that the manifest has for that role and family.
async fn tried(model: &str, role: Role, family: &str) -> (bool, String) {
    let world = World::without_hash().await;
    fs::create_dir_all(world.path()).unwrap();
    fs::copy(tiny(model), world.file()).unwrap();
    let mut manifest = world.manifest();
    manifest.models[0].role = role;
    manifest.models[0].family = family.to_owned();
    let mut out = Vec::new();
    let well = commands::check(&manifest, &world.folder(), &[], &mut out).unwrap();
    (well, String::from_utf8(out).unwrap())
}

#[rstest]
#[case::scrfd("scrfd_open", Role::FaceDetector, "scrfd", "family scrfd, input of any size in steps of 32, five points")]
#[case::yunet("yunet", Role::FaceDetector, "yunet", "family yunet, input 64x64, five points")]
#[case::arcface("arcface", Role::FaceRecognizer, "arcface", "family arcface, vectors of 512 numbers")]
#[case::osnet("osnet", Role::Embedder, "osnet", "family osnet, input 128x256, vectors of 64 numbers")]
#[case::vehicles(
    "vehicle_attributes",
    Role::VehicleAttributes,
    "vehicle-attributes",
    "3 colours: red, green, blue; 2 types: sedan, van"
)]
#[tokio::test]
async fn a_model_of_any_role_is_opened_and_described(
    #[case] model: &str,
    #[case] role: Role,
    #[case] family: &str,
    #[case] says: &str,
) {
    if onnxruntime() {
        let (well, said) = tried(model, role, family).await;
        assert!(well && said.contains(says), "{said}");
    }
}

#[rstest]
#[case::no_points("scrfd_without_points", Role::FaceDetector, "scrfd", "without key points")]
#[case::another_family("yunet", Role::FaceDetector, "scrfd", "the manifest says scrfd")]
#[case::another_length("arcface_128", Role::FaceRecognizer, "arcface", "people are enrolled by vectors of 512")]
#[case::another_feeding("fast_reid", Role::Embedder, "osnet", "of the family fast-reid, the manifest says osnet")]
#[case::another_role("osnet", Role::VehicleAttributes, "vehicle-attributes", "names neither `colours` nor `types`")]
#[tokio::test]
async fn a_model_that_cannot_do_the_work_of_its_role_is_wrong(
    #[case] model: &str,
    #[case] role: Role,
    #[case] family: &str,
    #[case] says: &str,
) {
    if onnxruntime() {
        let (well, said) = tried(model, role, family).await;
        assert!(!well && said.contains(says), "{said}");
    }
}

#[tokio::test]
async fn a_link_that_leads_nowhere_is_wrong() {
    if !onnxruntime() {
        return;
    }
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
