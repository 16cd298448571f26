//! What is told about Iris is what there is: every metric is described and no other, and dashboards and alerts ask for nothing else.
//! Prometheus itself judges the alerts, and in a story the dashboards.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_testkit::port::free_port;
use iris_testkit::process::{Process, Program};
use iris_testkit::system::System;
use iris_testkit::wait;
use serde_json::Value;

/// What a scrape, a rule and its evaluation take.
const SOON: Duration = Duration::from_secs(30);

/// Counted only when something fails, is lost, is merged or is tidied up.
const RARE: [&str; 18] = [
    "iris_bus_jobs_given_again_total",
    "iris_bus_jobs_given_up_total",
    "iris_bus_malformed_total",
    "iris_bus_samples_dropped_total",
    "iris_detect_pictures_dropped_total",
    "iris_detect_pictures_failed_total",
    "iris_ingest_connections_lost_total",
    "iris_ingest_crops_dropped_total",
    "iris_ingest_pictures_dropped_total",
    "iris_ingest_segments_failed_total",
    "iris_recorder_clips_failed_total",
    "iris_recorder_events_retired_total",
    "iris_recorder_journal_failures_total",
    "iris_recorder_orphans_removed_total",
    "iris_recorder_pin_failures_total",
    "iris_reid_crops_failed_total",
    "iris_reid_merges_total",
    "iris_reid_orphans_removed_total",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn telemetry() -> PathBuf {
    root().join("deploy/telemetry")
}

#[test]
fn every_metric_is_described_and_no_other() {
    let described = described();
    let recorded = recorded();
    let only_in = |one: &BTreeMap<String, String>, other: &BTreeMap<String, String>| -> Vec<String> {
        one.iter()
            .filter(|(name, kind)| other.get(*name) != Some(kind))
            .map(|(name, kind)| format!("{kind} {name}"))
            .collect()
    };
    let (unknown, stale) = (only_in(&recorded, &described), only_in(&described, &recorded));
    assert!(unknown.is_empty() && stale.is_empty(), "docs/metrics.md lacks {unknown:#?} and makes up {stale:#?}");
}

/// Names and kinds in docs/metrics.md.
fn described() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(root().join("docs/metrics.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `iris_"));
    rows.map(|row| {
        let mut cells = row.split('|').map(str::trim);
        (format!("iris_{}", cells.next().unwrap().trim_end_matches('`')), cells.next().unwrap().to_owned())
    })
    .collect()
}

/// Names and kinds in the sources.
fn recorded() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for file in sources(&root().join("services")).into_iter().chain(sources(&root().join("crates"))) {
        let text = std::fs::read_to_string(&file).unwrap();
        for call in text.split("metrics::").skip(1) {
            let Some((kind, arguments)) = call.split_once("!(") else { continue };
            if !["counter", "gauge", "histogram"].contains(&kind) {
                continue;
            }
            let name = arguments.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
            let name = name.unwrap_or_else(|| panic!("a metric without a plain name in {}", file.display()));
            found.insert(name.to_owned(), kind.to_owned());
        }
    }
    found
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found = entries.flat_map(|path| match path.extension() {
        _ if path.is_dir() => sources(&path),
        Some(extension) if extension == "rs" => vec![path],
        _ => Vec::new(),
    });
    found.collect()
}

#[test]
fn dashboards_and_alerts_ask_for_what_is_there() {
    let described = described();
    let mut asked: Vec<String> = expressions().into_iter().map(|(_, expression)| expression).collect();
    asked.push(std::fs::read_to_string(telemetry().join("alerts.yml")).unwrap());
    let word = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '_');
    let names: BTreeSet<&str> =
        asked.iter().flat_map(|text| text.split(word)).filter(|name| name.starts_with("iris_")).collect();
    assert!(names.len() > 40, "{names:?}");
    let unknown: Vec<_> =
        names.iter().filter(|name| !described.contains_key(name.trim_end_matches("_bucket"))).collect();
    assert!(unknown.is_empty(), "nothing records {unknown:?}");
}

/// All that the dashboards ask, with the panel that asks it.
fn expressions() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(telemetry().join("dashboards")).unwrap() {
        let dashboard: Value = serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap();
        for panel in dashboard["panels"].as_array().unwrap() {
            let title = format!("{}, {}", dashboard["title"], panel["title"]);
            let targets = panel["targets"].as_array().unwrap().iter();
            found.extend(targets.map(|target| (title.clone(), target["expr"].as_str().unwrap().to_owned())));
        }
    }
    found
}

#[test]
fn prometheus_takes_its_settings_and_its_alerts_do_what_they_should() {
    for arguments in [
        ["check", "config", "prometheus.yml"].as_slice(),
        &["check", "rules", "alerts.yml"],
        &["test", "rules", "alerts.test.yml"],
    ] {
        let done = Command::new("promtool").args(arguments).current_dir(telemetry()).output();
        let done = done.expect("promtool is missing: deploy/install --test");
        assert!(
            done.status.success(),
            "{}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
    }
}

/// A real Prometheus that looks at a system of a test once a second.
pub struct Prometheus {
    url: String,
    client: reqwest::Client,
    _process: Process,
}

impl Prometheus {
    /// Starts it with the alerts that `deploy/` ships, and waits until it has seen every service.
    pub async fn start(system: &System, folder: &Path) -> anyhow::Result<Self> {
        let System { gateway, ingest, detect, recorder, reid, .. } = system;
        let services = [("gateway", gateway), ("ingest", ingest), ("detect", detect), ("recorder", recorder)];
        let jobs: Vec<String> = services
            .into_iter()
            .chain(reid.iter().map(|reid| ("reid", reid)))
            .map(|(name, service)| {
                format!(
                    "  - {{ job_name: iris-{name}, static_configs: [{{ targets: ['{}'] }}] }}",
                    service.health_address()
                )
            })
            .collect();
        let alerts = telemetry().join("alerts.yml");
        let settings = format!(
            "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\nrule_files: ['{}']\nscrape_configs:\n{}\n",
            alerts.display(),
            jobs.join("\n")
        );
        let file = folder.join("prometheus.yml");
        std::fs::write(&file, settings)?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let args = vec![
            format!("--config.file={}", file.display()),
            format!("--storage.tsdb.path={}", folder.join("prometheus").display()),
            format!("--web.listen-address={address}"),
        ];
        let path = Path::new("prometheus");
        let process = Process::start(&Program { name: "prometheus", path, args, env: Vec::new(), log_dir: folder })?;
        let every = jobs.len().to_string();
        let started = Self { url: format!("http://{address}"), client: reqwest::Client::new(), _process: process };
        wait::until(SOON, "Prometheus to see every service", || async {
            let up = started.ask("count(up{job=~\"iris-.+\"} == 1)").await?;
            ensure!(up[0]["value"][1].as_str() == Some(&every), "{up}");
            Ok(())
        })
        .await?;
        Ok(started)
    }

    /// What it answers to a question.
    async fn ask(&self, question: &str) -> anyhow::Result<Value> {
        let url = reqwest::Url::parse_with_params(&format!("{}/api/v1/query", self.url), [("query", question)])?;
        let answer: Value = self.client.get(url).send().await?.json().await?;
        ensure!(answer["status"] == "success", "{question}: {answer}");
        Ok(answer["data"]["result"].clone())
    }

    /// Every panel shows something, but for what goes wrong or is rare.
    pub async fn fills_dashboards(&self) -> anyhow::Result<()> {
        wait::until(SOON, "the dashboards to show something", || async {
            let mut empty = BTreeSet::new();
            for (panel, expression) in expressions() {
                let answer = self.ask(&expression).await.with_context(|| panel.clone())?;
                let mut words = expression.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
                let name = words.find(|word| word.starts_with("iris_")).unwrap_or_default().trim_end_matches("_bucket");
                if answer.as_array().is_none_or(Vec::is_empty) && !RARE.contains(&name) {
                    empty.insert(format!("{panel}: {expression}"));
                }
            }
            ensure!(empty.is_empty(), "{empty:#?}");
            Ok(())
        })
        .await
    }

    /// The alerts that are pending or firing.
    pub async fn alerts(&self) -> anyhow::Result<BTreeSet<String>> {
        let alerts = self.ask("ALERTS").await?;
        let names =
            alerts.as_array().context("a list")?.iter().filter_map(|alert| alert["metric"]["alertname"].as_str());
        Ok(names.map(str::to_owned).collect())
    }
}
