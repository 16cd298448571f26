//! Which of our crates knows which, and which crate owns which foreign library: compared with what was decided.
//!
//! An arrow more or less is a change of the design. Its patch edits `golden/arrows.txt` or the table below by hand, and its
//! message says why.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

const GOLDEN: &str = include_str!("../../golden/arrows.txt");

/// A library that only the named crates may depend on.
const OWNERS: [(&str, &[&str]); 8] = [
    ("async-nats", &["iris-bus"]),
    ("axum", &["iris-gateway", "iris-testkit"]),
    ("ffmpeg-next", &["iris-media"]),
    ("ort", &["iris-inference"]),
    ("prost", &["iris-bus", "iris-proto"]),
    ("rumqttc", &["iris-notify"]),
    ("sea-orm", &["iris-store"]),
    ("turbojpeg", &["iris-demo", "iris-media"]),
];

/// One dependency as a manifest declares it.
struct Arrow {
    from: String,
    to: String,
    ours: bool,
    kind: Option<String>,
}

impl Arrow {
    fn line(&self) -> String {
        let kind = self.kind.as_deref().map(|kind| format!(" ({kind})")).unwrap_or_default();
        format!("{} -> {}{kind}", self.from, self.to)
    }
}

#[test]
fn crates_know_each_other_as_designed() {
    let wanted: BTreeSet<String> =
        GOLDEN.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect();
    let found: BTreeSet<String> = arrows().iter().filter(|arrow| arrow.ours).map(Arrow::line).collect();
    let new: Vec<_> = found.difference(&wanted).collect();
    let gone: Vec<_> = wanted.difference(&found).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "arrows that are not in golden/arrows.txt: {new:#?}; missing: {gone:#?}"
    );
}

#[test]
fn foreign_libraries_stay_with_their_owner() {
    let owned_by_another = |arrow: &&Arrow| {
        OWNERS.iter().any(|(library, owners)| {
            arrow.to == *library && arrow.kind.as_deref() != Some("dev") && !owners.contains(&arrow.from.as_str())
        })
    };
    let misplaced: Vec<String> = arrows().iter().filter(owned_by_another).map(Arrow::line).collect();
    assert!(misplaced.is_empty(), "libraries outside the crate that owns them: {misplaced:#?}");
}

fn arrows() -> Vec<Arrow> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().flat_map(arrows_from).collect()
}

fn arrows_from(package: &Value) -> Vec<Arrow> {
    let from = package["name"].as_str().unwrap();
    let arrow = |dependency: &Value| Arrow {
        from: from.to_owned(),
        to: dependency["name"].as_str().unwrap().to_owned(),
        ours: dependency["path"].is_string(),
        kind: dependency["kind"].as_str().map(str::to_owned),
    };
    package["dependencies"].as_array().unwrap().iter().map(arrow).collect()
}

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
