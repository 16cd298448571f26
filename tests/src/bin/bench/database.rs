//! The first page of `GET /api/events` over a million rows, through the gateway's HTTP on one kept connection, for every combination
//! of filters.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use iris_testkit::api::Api;
use iris_testkit::nats::NatsServer;
use iris_testkit::port::free_port;
use iris_testkit::postgres::PostgresServer;
use iris_testkit::service::ServiceProcess;
use serde_json::json;

use crate::report::{Bar, Report, quantile};

const SEED: &str = include_str!("../../../../crates/store/examples/million_events.sql");
const KEY: &str = "key-of-a-measurement";
const CAMERAS: usize = 16;
/// The p99 of so many is the third slowest: a hiccup or two of the machine do not decide, and 48 filters take half a minute.
const ROUNDS: usize = 200;

pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let (postgres, nats, folder) = (PostgresServer::start().await?, NatsServer::start().await?, tempfile::tempdir()?);
    let database = postgres.url("postgres");
    let listen = format!("127.0.0.1:{}", free_port()?);
    let env = [
        ("IRIS_NATS_URL", nats.url()),
        ("IRIS_DATABASE_URL", database.clone()),
        ("IRIS_DATA_DIR", folder.path().join("data").display().to_string()),
        ("IRIS_LISTEN", listen.clone()),
        ("IRIS_API_KEY", KEY.to_owned()),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let mut gateway = ServiceProcess::start("iris-gateway", "gateway", env, folder.path())?;
    gateway.ready().await?;
    let api = Api::new(format!("http://{listen}"), KEY)?;
    let camera = seed(&api, &database).await?;

    let (mut all, mut worst) = (Vec::new(), (0.0, String::new()));
    for path in filters(camera) {
        let mut times = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let started = Instant::now();
            api.get_json(&path).await?;
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
        let p99 = quantile(&mut times, 0.99);
        worst = if p99 > worst.0 { (p99, path) } else { worst };
        all.extend(times);
    }
    eprintln!("bench: the slowest filter was {}", worst.1);
    report.add("database: first page of a million events by HTTP, median", quantile(&mut all, 0.5), "ms", Bar::None);
    report.add("database: the same, p99 of all filters together", quantile(&mut all, 0.99), "ms", Bar::AtMost(20.0));
    report.add("database: the same, p99 of the slowest filter", worst.0, "ms", Bar::AtMost(20.0));
    Ok(())
}

/// Sixteen cameras that are switched off, and their events. Returns the id of the first camera.
async fn seed(api: &Api, database: &str) -> anyhow::Result<i64> {
    let mut first = None;
    for number in 1..=CAMERAS {
        let url = format!("rtsp://127.0.0.1:{number}/off");
        let camera = json!({ "name": format!("camera {number}"), "rtsp_url": url, "enabled": false });
        let created = api.post_json("/api/cameras", &camera).await?;
        first = first.or(created["id"].as_i64());
    }
    for statement in [SEED, "VACUUM ANALYZE"] {
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", statement, database]);
        let status = psql.status().context("run psql")?;
        ensure!(status.success(), "fill the database: psql ended ({status})");
    }
    first.context("no camera was made")
}

/// Every combination, with stretches of time from an hour to two years, cut across hours and days.
fn filters(camera: i64) -> Vec<String> {
    let stretches = [
        "",
        "&from=2026-03-03T10:10:10Z&to=2026-03-03T11:10:10Z",
        "&from=2026-03-03T10:10:10Z&to=2026-03-10T10:40:10Z",
        "&from=2024-11-23T00:30:00Z&to=2026-11-22T23:30:00Z",
        "&from=2025-11-23T00:30:00Z",
        "&to=2025-11-23T00:30:00Z",
    ];
    let mut filters = Vec::new();
    for stretch in stretches {
        for one_camera in [String::new(), format!("&camera_id={camera}")] {
            for label in ["", "&label=person", "&label=bicycle", "&label=unicorn"] {
                filters.push(format!("/api/events?limit=50{one_camera}{label}{stretch}"));
            }
        }
    }
    filters
}
