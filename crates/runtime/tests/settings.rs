//! What the settings accept, refuse and say, over files and environments made up here.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use garde::Validate;
use iris_runtime::settings::{HealthListen, Loaded, LogFormat, Mistakes, load};
use iris_runtime::{Secret, SecretUrl, Settings};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;

/// A service's settings with one key of each sort.
#[derive(Debug, Serialize, Deserialize, Validate)]
#[serde(default)]
struct Sample {
    #[garde(range(min = 1, max = 60))]
    segment_seconds: u32,
    #[garde(range(min = 0.0, max = 1.0))]
    threshold: f32,
    #[garde(skip)]
    hls_enabled: bool,
    #[garde(skip)]
    api_key: Option<Secret>,
    #[garde(skip)]
    database_url: SecretUrl,
    #[garde(length(min = 1))]
    header: String,
    #[garde(inner(range(min = 1)))]
    ports: Vec<u16>,
    #[garde(skip)]
    names: Vec<String>,
    #[garde(skip)]
    log_format: LogFormat,
    #[garde(dive)]
    nested: Nested,
}

#[derive(Debug, Default, Serialize, Deserialize, Validate)]
#[serde(default)]
struct Nested {
    #[garde(range(max = 9))]
    depth: u8,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            segment_seconds: 2,
            threshold: 0.5,
            hls_enabled: true,
            api_key: None,
            database_url: SecretUrl::parse("postgres://localhost/iris").unwrap(),
            header: "X-Email".to_owned(),
            ports: vec![],
            names: vec![],
            log_format: LogFormat::Auto,
            nested: Nested::default(),
        }
    }
}

impl Settings for Sample {
    const TABLE: &'static str = "ingest";
}

/// Loads `file` (nothing when empty) under `environment`.
fn read(file: &str, environment: &[(&str, &str)]) -> Result<Loaded<Sample>, Mistakes> {
    let variables: HashMap<_, _> = environment.iter().copied().collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("iris.toml");
    std::fs::write(&path, file).unwrap();
    let path = (!file.is_empty()).then_some(path);
    load(path.as_deref(), &|name| variables.get(name).map(Into::into))
}

/// The mistakes of `file` and `environment`, as `key (place): message`, with the file's folder cut off.
#[track_caller]
fn mistakes(file: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let Mistakes(mistakes) = read(file, environment).expect_err("settings with mistakes were accepted");
    let short = |text: String| match (text.find('('), text.find("iris.toml")) {
        (Some(open), Some(name)) if open < name => format!("{}{}", &text[..=open], &text[name..]),
        _ => text,
    };
    mistakes.into_iter().map(|mistake| short(mistake.to_string())).collect()
}

#[test]
fn without_file_and_environment_the_defaults_are_in_force() {
    let loaded = read("", &[]).unwrap();
    assert_eq!(loaded.service.segment_seconds, 2);
    assert_eq!(loaded.common.nats_url.expose(), "nats://127.0.0.1:4222");
    assert_eq!(loaded.common.health_listen, HealthListen::Socket("127.0.0.1:9101".parse().unwrap()));
}

#[test]
fn a_service_reads_its_table_and_common_and_leaves_the_others_alone() {
    let file = "[common]\nlog = \"debug\"\n[ingest]\nsegment_seconds = 4\nnested.depth = 3\n[gateway]\nanything = 1\n";
    let loaded = read(file, &[]).unwrap();
    assert_eq!((loaded.common.log.as_str(), loaded.service.segment_seconds), ("debug", 4));
    assert_eq!(loaded.service.nested.depth, 3);
}

#[test]
fn the_environment_overrides_the_file_and_is_read_by_the_wanted_type() {
    let environment = [
        ("IRIS_SEGMENT_SECONDS", "6"),
        ("IRIS_THRESHOLD", "0.25"),
        ("IRIS_HLS_ENABLED", "false"),
        ("IRIS_API_KEY", "123456"),
        ("IRIS_HEADER", "true"),
        ("IRIS_PORTS", "80, 443"),
        ("IRIS_NAMES", "7,yard"),
        ("IRIS_LOG_FORMAT", "json"),
        ("IRIS_NESTED", "{ depth = 5 }"),
        ("IRIS_INSTANCE", "0123"),
        ("IRIS_HEALTH_LISTEN", "0.0.0.0"),
        ("IRIS_OF_ANOTHER_SERVICE", "x"),
    ];
    let Loaded { common, service } =
        read("[ingest]\nsegment_seconds = 4\nheader = \"X-User\"\n", &environment).unwrap();
    assert_eq!((service.segment_seconds, service.threshold, service.hls_enabled), (6, 0.25, false));
    assert_eq!(service.api_key.unwrap().expose(), "123456");
    assert_eq!(service.header, "true");
    assert_eq!((service.ports, service.names), (vec![80, 443], vec!["7".to_owned(), "yard".to_owned()]));
    // A key of both tables goes to both.
    assert_eq!((service.log_format, common.log_format), (LogFormat::Json, LogFormat::Json));
    assert_eq!(service.nested.depth, 5);
    assert_eq!(common.instance.as_deref(), Some("0123"));
    assert_eq!(common.health_listen, HealthListen::Socket("0.0.0.0:9101".parse().unwrap()));
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    assert_eq!(
        read("[ingest]\nsegment_seconds = 4\n", &[("IRIS_SEGMENT_SECONDS", "")]).unwrap().service.segment_seconds,
        4
    );
}

#[test]
fn a_secret_is_read_from_the_file_that_the_environment_names() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "s3cret").unwrap();
    let path = file.path().to_str().unwrap();
    let loaded = read("[ingest]\napi_key = \"old\"\n", &[("IRIS_API_KEY_FILE", path)]).unwrap();
    assert_eq!(loaded.service.api_key.unwrap().expose(), "s3cret");
}

#[test]
fn all_mistakes_are_told_at_once_with_key_place_and_remedy() {
    let file = r#"
[common]
nats_url = "http://bus:4222"
health_listen = "everywhere"
log_formatt = "json"

[ingest]
segment_seconds = 0
threshold = "high"
header = 5
nested = { depth = 12, width = 1 }
colour = "red"

[recoder]
x = 1
"#;
    let environment = [
        ("IRIS_HLS_ENABLED", "perhaps"),
        ("IRIS_PORTS", "80,0,99999"),
        ("IRIS_INSTANCE", "a.b"),
        ("IRIS_LOG_FORMAT", "xml"),
    ];
    let told = mistakes(file, &environment);
    let wanted = [
        (
            "recoder (iris.toml:14):",
            "unknown table; known are: common, detect, gateway, ingest, notify, recorder, reid",
        ),
        ("common.log_formatt (iris.toml:5):", "unknown key; known are: instance, nats_url,"),
        ("common.health_listen (iris.toml:4):", "expected an address such as 127.0.0.1:9100 or 0.0.0.0, or off"),
        ("common.log_format (environment IRIS_LOG_FORMAT):", "expected one of `auto`, `pretty`, `json`"),
        ("common.instance (environment IRIS_INSTANCE):", "expected 1 to 64 letters, digits, `-` or `_`"),
        ("common.nats_url (iris.toml:3):", "the scheme is `http`, expected nats, tls, ws or wss"),
        ("ingest.threshold (iris.toml:9):", "invalid type: string \"high\", expected f32"),
        ("ingest.header (iris.toml:10):", "invalid type: integer `5`, expected a string"),
        ("ingest.hls_enabled (environment IRIS_HLS_ENABLED):", "string \"perhaps\", expected true or false"),
        ("ingest.ports[2] (environment IRIS_PORTS):", "string \"99999\", expected a whole number from 0 to 65535"),
        ("ingest.log_format (environment IRIS_LOG_FORMAT):", "expected one of `auto`, `pretty`, `json`"),
        ("ingest.colour (iris.toml:12):", "unknown key; known are: segment_seconds,"),
        ("ingest.nested.width (iris.toml:11):", "unknown key"),
        ("ingest.segment_seconds (iris.toml:8):", "lower than 1"),
        ("ingest.nested.depth (iris.toml:11):", "greater than 9"),
    ];
    for (place, remedy) in wanted {
        let found = told.iter().filter(|told| told.starts_with(place) && told.contains(remedy)).count();
        assert_eq!(found, 1, "{place} ..{remedy}.. in {told:#?}");
    }
    assert_eq!(told.len(), wanted.len(), "{told:#?}");
}

#[test]
fn faults_of_the_files_grammar_are_told_with_their_lines() {
    let told = mistakes("[common]\nlog = \n[ingest]\nthreshold = = 2\n", &[("IRIS_SEGMENT_SECONDS", "no")]);
    assert!(told.iter().any(|told| told.starts_with("settings file (iris.toml:2)")), "{told:#?}");
    assert!(told.iter().any(|told| told.starts_with("settings file (iris.toml:4)")), "{told:#?}");
    assert!(told.iter().any(|told| told.contains("IRIS_SEGMENT_SECONDS")), "{told:#?}");
}

#[test]
fn what_cannot_be_read_is_told() {
    let missing = PathBuf::from("/nonexistent/iris.toml");
    let told = load::<Sample>(Some(&missing), &|_| None).unwrap_err().to_string();
    assert!(told.contains("/nonexistent/iris.toml") && told.contains("No such file"), "{told}");

    let told = mistakes("", &[("IRIS_API_KEY_FILE", "/nonexistent/key")]);
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("ingest.api_key (environment IRIS_API_KEY_FILE): read `/nonexistent/key`"), "{told:?}");

    let told = mistakes("", &[("IRIS_API_KEY", "a"), ("IRIS_API_KEY_FILE", "/b")]);
    assert!(told[0].contains("set only one"), "{told:?}");

    assert!(mistakes("ingest = 3\n", &[])[0].contains("expected a table, written as [ingest]"));
}

#[test]
fn secrets_are_shown_neither_in_toml_nor_in_mistakes_nor_in_debug() {
    let file = "[common]\nnats_url = \"nats://iris:hush@bus:4222\"\n[ingest]\napi_key = \"hush\"\ndatabase_url = \"postgres://iris:hush@db:5433/iris?password=hush\"\n";
    let loaded = read(file, &[]).unwrap();
    let shown = loaded.to_toml().unwrap();
    assert!(shown.contains("database_url = \"postgres://***@db:5433/iris\""), "{shown}");
    assert!(shown.contains("api_key = \"***\"") && shown.contains("nats_url = \"nats://***@bus:4222\""), "{shown}");
    assert!(!shown.contains("hush") && !format!("{loaded:?}").contains("hush"), "{shown}");
    assert_eq!(loaded.service.database_url.expose(), "postgres://iris:hush@db:5433/iris?password=hush");

    let told = mistakes("[ingest]\napi_key = 4711\ndatabase_url = \"4711\"\n", &[]);
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|told| !told.contains("4711")), "{told:?}");
}

#[test]
fn the_settings_in_force_can_be_read_again() {
    let shown = read("", &[("IRIS_PORTS", "1,2")]).unwrap().to_toml().unwrap();
    let again = read(&shown, &[]).unwrap();
    assert_eq!(again.service.ports, [1, 2]);
    assert_eq!(again.to_toml().unwrap(), shown);
}
