//! `iris doctor`, with real servers that are well, that are away, and that are not as they should be.

use std::path::Path;
use std::process::Output;

use iris_testkit::deployment::Deployment;
use iris_testkit::nats::NatsServer;
use iris_testkit::port::free_port;
use iris_testkit::postgres::TestDatabase;
use serde_json::Value;

use crate::world::{iris_with, said};

fn doctor(settings: &[(&str, String)], arguments: &[&str]) -> Output {
    iris_with(settings, &[&["doctor"], arguments].concat())
}

/// Level and text of each finding in an area.
fn found(output: &Output, area: &str) -> Vec<(String, String)> {
    let findings: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(output)));
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let of_area = findings.as_array().unwrap().iter().filter(|finding| finding["area"] == area);
    let of_area =
        of_area.inspect(|finding| assert_eq!(finding["level"] == "ok", finding["remedy"].is_null(), "{finding}"));
    of_area.map(|finding| (text(finding, "level"), text(finding, "seen"))).collect()
}

fn settings(nats: String, database: String, data_dir: &Path) -> Vec<(&'static str, String)> {
    vec![
        ("IRIS_NATS_URL", nats),
        ("IRIS_DATABASE_URL", database),
        ("IRIS_DATA_DIR", data_dir.display().to_string()),
        ("IRIS_HEALTH_PORT", free_port().unwrap().to_string()),
    ]
}

#[tokio::test]
async fn what_is_well_is_said_to_be() {
    let (database, nats) = (TestDatabase::create().await.unwrap(), NatsServer::start().await.unwrap());
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(nats.url(), database.url(), folder.path());
    let looked = doctor(&settings, &["--service", "recorder", "--json"]);
    assert!(looked.status.success(), "{}", said(&looked));
    for (area, word) in
        [("settings", "recorder"), ("bus", "keeps streams"), ("database", "up to date"), ("video", "h264")]
    {
        let found = found(&looked, area);
        assert!(found.iter().all(|(level, _)| level == "ok") && found[0].1.contains(word), "{area}: {found:?}");
    }
    assert!(found(&looked, "disk").iter().any(|(level, seen)| level == "ok" && seen.contains("hard links")));
    // It was not started, which may be meant.
    assert_eq!(found(&looked, "services")[0].0, "warning");
    assert_eq!(found(&looked, "models"), [], "the recorder has none");
    let text = said(&doctor(&settings, &["--service", "recorder"]));
    assert!(text.contains("ok       database  PostgreSQL") && text.contains("0 faults"), "{text}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it leaves nothing");
}

#[tokio::test]
async fn what_is_away_or_wrong_is_a_fault_with_what_to_do() {
    let nobody = free_port().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    let mut settings = settings(
        format!("nats://iris:hidden@127.0.0.1:{nobody}"),
        format!("postgres://iris:hidden@127.0.0.1:{nobody}/iris"),
        &elsewhere,
    );
    settings.push(("IRIS_CUT_WORKERS", "0".to_owned()));
    settings.push(("IRIS_MODEL", folder.path().join("none.onnx").display().to_string()));
    let looked = doctor(&settings, &["--json"]);
    assert_eq!(looked.status.code(), Some(1));
    assert!(!said(&looked).contains("hidden"), "{}", said(&looked));
    for (area, word) in [
        ("settings", "cut_workers"),
        ("bus", "NATS at"),
        ("database", "PostgreSQL at"),
        ("disk", "no data folder"),
        ("models", ""),
    ] {
        let found = found(&looked, area);
        assert!(found.iter().any(|(level, seen)| level == "fault" && seen.contains(word)), "{area}: {found:?}");
    }
    assert!(!elsewhere.exists());
}

#[tokio::test]
async fn a_database_without_tables_and_a_taken_port_are_seen() {
    let (database, nats) = (TestDatabase::create().await.unwrap(), NatsServer::start().await.unwrap());
    database.sql("DROP TABLE seaql_migrations").unwrap();
    let folder = tempfile::tempdir().unwrap();
    // NATS speaks no HTTP, and here it has the recorder's health port.
    let mut settings = settings(nats.url(), database.url(), folder.path());
    settings.retain(|(name, _)| *name != "IRIS_HEALTH_PORT");
    settings.push(("IRIS_HEALTH_LISTEN", format!("127.0.0.1:{}", nats.port())));
    let looked = doctor(&settings, &["--service", "recorder", "--json"]);
    assert_eq!(looked.status.code(), Some(1));
    let (database, services) = (found(&looked, "database"), found(&looked, "services"));
    assert!(database[0].0 == "fault" && database[0].1.contains("no tables"), "{database:?}");
    assert!(services[0].0 == "fault" && services[0].1.contains("another program"), "{services:?}");
}

#[tokio::test]
async fn a_deployments_bus_is_asked_for_its_certificate_and_knows_who_asks() {
    let database = TestDatabase::create().await.unwrap();
    let port = free_port().unwrap();
    let deployment = Deployment::prepare(port, 5432).unwrap();
    let _nats = NatsServer::start_deployed(&deployment, port).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(deployment.read("nats_url_recorder").unwrap(), database.url(), folder.path());
    settings.push(("SSL_CERT_FILE", deployment.secret("tls_ca.crt").display().to_string()));
    let bus = found(&doctor(&settings, &["--service", "recorder", "--json"]), "bus");
    assert!(bus.len() == 2 && bus.iter().all(|(level, _)| level == "ok"), "{bus:?}");
    assert!(bus[1].1.contains("lasts 82"), "{bus:?}");

    settings[0].1 = format!("tls://recorder:wrong@127.0.0.1:{port}");
    let refused = doctor(&settings, &["--service", "recorder"]);
    assert!(
        refused.status.code() == Some(1) && said(&refused).contains("knows another password"),
        "{}",
        said(&refused)
    );
    settings[0].1 = deployment.read("nats_url_recorder").unwrap();
    settings.retain(|(name, _)| *name != "SSL_CERT_FILE");
    let unknown = doctor(&settings, &["--service", "recorder"]);
    assert!(unknown.status.code() == Some(1) && said(&unknown).contains("-> name the authority"), "{}", said(&unknown));
}
