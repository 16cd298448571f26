//! The manifest's own rules, and that the one which ships with Iris obeys them.

use std::fs;
use std::path::{Path, PathBuf};

use iris_models::{Digest, Manifest, Origin};
use rstest::rstest;
use tempfile::TempDir;

const HASH: &str = "c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d";

/// A manifest with one model, after `change` has replaced a line of it.
fn read(line: &str, changed: &str) -> Result<Manifest, String> {
    let entry = format!(
        "[[model]]\nname = \"m\"\nrole = \"detector\"\nfamily = \"yolox\"\nfile = \"m.onnx\"\nlicence = \"MIT\"\n\
         sha256 = \"{HASH}\"\nproject = \"https://example.org\"\nurl = \"https://example.org/m.onnx\"\ninput = \"i\"\n\
         output = \"o\"\ngood_for = \"g\"\n"
    );
    assert!(entry.contains(line), "{line}");
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("manifest.toml");
    fs::write(&path, entry.replace(line, changed)).unwrap();
    Manifest::read(&path).map_err(|error| error.to_string())
}

#[rstest]
#[case::bad_hash(HASH, "c789161e", "is not a SHA-256")]
#[case::path_out("file = \"m.onnx\"", "file = \"../m.onnx\"", "is not a plain name")]
#[case::absolute_path("file = \"m.onnx\"", "file = \"/m.onnx\"", "is not a plain name")]
#[case::hidden("file = \"m.onnx\"", "file = \".m.onnx\"", "is not a plain name")]
#[case::no_file("file = \"m.onnx\"\n", "", "needs a `file`")]
#[case::no_onnx("file = \"m.onnx\"", "file = \"m.pt\"", "is not a plain name")]
#[case::name_like_a_file("name = \"m\"", "name = \"m.onnx\"", "its name is not of")]
#[case::plain_http("url = \"https:", "url = \"http:", "does not begin with https://")]
#[case::no_address("url = \"https://example.org/m.onnx\"", "url = \"m.onnx\"", "is not an address")]
#[case::no_origin("url = \"https://example.org/m.onnx\"", "", "needs one of `url`, `how` and `path`")]
#[case::two_origins("input = \"i\"", "input = \"i\"\nhow = \"h\"", "needs one of `url`, `how` and `path`")]
#[case::unreadable_family("family = \"yolox\"", "family = \"yolo\"", "unknown detector family `yolo`")]
#[case::unknown_role("role = \"detector\"", "role = \"oracle\"", "unknown variant `oracle`")]
#[case::unknown_key("good_for", "goodfor", "unknown field `goodfor`")]
#[case::no_licence("licence = \"MIT\"", "licence = \" \"", "its `licence` is empty")]
fn a_mistake_is_refused_and_named(#[case] line: &str, #[case] changed: &str, #[case] says: &str) {
    let error = read(line, changed).unwrap_err();
    assert!(error.contains(says), "{error}");
}

#[rstest]
#[case::up("../m.onnx")]
#[case::up_inside("a/../../m.onnx")]
#[case::absolute("/etc/m.onnx")]
fn a_file_that_ships_stays_below_the_manifest(#[case] path: &str) {
    let error = shipped(path, true).unwrap_err();
    assert!(error.contains("is not one below the manifest's folder"), "{error}");
}

#[test]
fn a_file_that_ships_lies_beside_the_manifest_and_has_a_hash() {
    let manifest = shipped("weights/m.onnx", true).unwrap();
    let Origin::Shipped(path) = &manifest.models[0].origin else { panic!("{manifest:?}") };
    assert!(path.ends_with("weights/m.onnx") && path.is_absolute(), "{}", path.display());
    assert_eq!(manifest.models[0].file, "m.onnx");
    assert!(shipped("weights/m.onnx", false).unwrap_err().contains("has a `sha256`"));
}

fn shipped(path: &str, with_hash: bool) -> Result<Manifest, String> {
    let hash = format!("sha256 = \"{HASH}\"\n");
    let all = format!("file = \"m.onnx\"\nlicence = \"MIT\"\n{hash}project = \"https://example.org\"\n");
    let kept = if with_hash { hash.as_str() } else { "" };
    let changed = format!("path = \"{path}\"\nlicence = \"MIT\"\n{kept}project = \"https://example.org\"\n");
    let url = "url = \"https://example.org/m.onnx\"\n";
    read(&format!("{all}{url}"), &changed)
}

#[test]
fn all_mistakes_are_told_at_once() {
    let error = read(HASH, "0\"\nsize_bytes = 0\nask_first = \"a").unwrap_err();
    assert!(error.contains("is not a SHA-256") && error.contains("`size_bytes` is 0"), "{error}");
}

#[test]
fn names_and_files_are_there_once() {
    let twice = read("good_for = \"g\"\n", &format!("good_for = \"g\"\n{}", second())).unwrap_err();
    assert!(
        twice.contains("the name `m` is there twice") && twice.contains("the file `m.onnx` is there twice"),
        "{twice}"
    );
}

fn second() -> &'static str {
    "[[model]]\nname = \"m\"\nrole = \"embedder\"\nfamily = \"osnet\"\nfile = \"m.onnx\"\nlicence = \"MIT\"\n\
     project = \"https://example.org\"\nhow = \"h\"\ninput = \"i\"\noutput = \"o\"\ngood_for = \"g\"\n"
}

#[test]
fn capital_digits_are_the_same_hash() {
    assert_eq!(HASH.to_uppercase().parse::<Digest>().unwrap().to_string(), HASH);
}

fn ours() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("manifest.toml")
}

#[test]
fn the_manifest_of_iris_obeys_the_rules() {
    let manifest = Manifest::read(&ours()).unwrap();
    for model in &manifest.models {
        if let Origin::Shipped(path) = &model.origin {
            assert_eq!(Some(Digest::of_file(path).unwrap()), model.sha256, "{}", path.display());
        }
        // A whole file and its hash are published together.
        assert!(model.sha256.is_none() || model.size_bytes.is_some(), "{}: a hash without a size", model.name);
    }
}

#[test]
fn what_may_not_be_passed_on_or_used_freely_asks_first() {
    for model in &Manifest::read(&ours()).unwrap().models {
        let licence = model.licence.to_lowercase();
        let restricted = ["agpl", "-nc", "non-commercial", "insightface", "msmt17"].iter().any(|w| licence.contains(w));
        assert_eq!(restricted, model.ask_first.is_some(), "{}: {}", model.name, model.licence);
        if restricted {
            assert!(matches!(model.origin, Origin::ByHand(_)), "{} has an address", model.name);
        }
    }
}
