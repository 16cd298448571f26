//! Measures the first page of `GET /api/events` as the store answers it, over a million events, for every kind of filter.
//!
//! `DATABASE_URL=postgres://... cargo run --release -p iris-store --example bench_events`, on an empty database (it is migrated
//! and filled; a filled one is used as it is). Prints p50 and p99 per filter and exits with 1 when a p99 misses its bound.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use iris_domain::{
    CameraId, CameraTuning, ClipStatus, EventFilter, EventKey, EventKind, NewCamera, NewEvent, Page, RtspTransport,
    SourceUrl, Timestamp,
};
use iris_store::{Store, StoreOptions};
use secrecy::SecretString;

/// The bound on p99, from the issue that asked for this list.
const P99_MAX: Duration = Duration::from_millis(20);
/// The p99 of so many is the fifth slowest: a single hiccup of the machine does not decide.
const ROUNDS: usize = 500;
const CAMERAS: usize = 16;
const FIRST_PAGE: Page = Page { limit: 50, offset: 0 };

/// A million events on the cameras.
const SEED: &str = include_str!("million_events.sql");

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let url = std::env::var("DATABASE_URL").context("set DATABASE_URL to the database to fill and measure")?;
    let store = Store::open(&SecretString::from(url.as_str()), &StoreOptions::new("iris-bench")).await?;
    store.migrate().await?;
    if store.cameras().list().await?.is_empty() {
        seed(&store, &url).await?;
    }
    let cameras = store.cameras().list().await?;
    let camera_id = cameras.first().context("find a camera: the database has none")?.id;
    let mut missed = false;
    println!("{:<44} {:>9} {:>9} {:>9}", "filter", "total", "p50 ms", "p99 ms");
    for (name, filter) in filters(camera_id)? {
        let (total, p50, p99) = measure(&store, &filter).await?;
        println!("{name:<44} {total:>9} {:>9.2} {:>9.2}", p50.as_secs_f64() * 1e3, p99.as_secs_f64() * 1e3);
        missed |= p99 > P99_MAX;
    }
    let (p50, p99) = measure_open(&store, camera_id).await?;
    println!(
        "{:<44} {:>9} {:>9.2} {:>9.2}",
        "(open and delete one event)",
        "",
        p50.as_secs_f64() * 1e3,
        p99.as_secs_f64() * 1e3
    );
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn seed(store: &Store, url: &str) -> anyhow::Result<()> {
    for number in 1..=CAMERAS {
        let source = SourceUrl::parse(&format!("rtsp://camera-{number}.example/stream"), false)?;
        let (name, tuning) = (format!("camera {number}"), CameraTuning::default());
        let camera = NewCamera { name, source, enabled: false, rtsp_transport: RtspTransport::Tcp, tuning };
        store.cameras().create(&camera).await?;
    }
    for statement in [SEED, "VACUUM ANALYZE"] {
        // Longer than the store gives any of its operations.
        let mut psql = std::process::Command::new("psql");
        let status = psql.args(["--no-psqlrc", "--quiet", "--command", statement, url]).status().context("run psql")?;
        anyhow::ensure!(status.success(), "fill the database: psql ended ({status})");
    }
    Ok(())
}

/// Every combination, with stretches of time from an hour to two years, cut across hours and days.
fn filters(camera_id: CameraId) -> anyhow::Result<Vec<(String, EventFilter)>> {
    let stretches = [
        ("", None, None),
        ("an hour", Some("2026-03-03T10:10:10Z"), Some("2026-03-03T11:10:10Z")),
        ("a week", Some("2026-03-03T10:10:10Z"), Some("2026-03-10T10:40:10Z")),
        ("two years", Some("2024-11-23T00:30:00Z"), Some("2026-11-22T23:30:00Z")),
        ("from a year ago", Some("2025-11-23T00:30:00Z"), None),
        ("to a year ago", None, Some("2025-11-23T00:30:00Z")),
    ];
    let moment = |text: Option<&str>| text.map(Timestamp::parse).transpose();
    let mut filters = Vec::new();
    for (stretch, from, to) in stretches {
        for camera in [None, Some(camera_id)] {
            for label in [None, Some("person"), Some("bicycle"), Some("unicorn")] {
                let name = format!(
                    "{} {} {stretch}",
                    camera.map_or("any camera", |_| "one camera"),
                    label.unwrap_or("any label")
                );
                let label = label.map(str::to_owned);
                let filter = EventFilter {
                    camera_id: camera,
                    label,
                    person_id: None,
                    identity_id: None,
                    from: moment(from)?,
                    to: moment(to)?,
                };
                filters.push((name, filter));
            }
        }
    }
    Ok(filters)
}

async fn measure(store: &Store, filter: &EventFilter) -> anyhow::Result<(u64, Duration, Duration)> {
    let mut total = 0;
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        total = store.events().list(filter, FIRST_PAGE).await?.total;
        times.push(started.elapsed());
    }
    let (p50, p99) = percentiles(times);
    Ok((total, p50, p99))
}

/// What the counters cost a writer.
async fn measure_open(store: &Store, camera_id: CameraId) -> anyhow::Result<(Duration, Duration)> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let event = NewEvent {
            key: EventKey(uuid::Uuid::new_v4()),
            kind: EventKind::Track,
            camera_id,
            source_generation: 1,
            label: "person".to_owned(),
            ts: Timestamp::parse("2026-11-23T10:10:10Z")?,
            end_ts: None,
            confidence: 0.5,
            num_tracks: 1,
            clip_status: ClipStatus::Recording,
        };
        let started = Instant::now();
        if let iris_store::Opening::Open(id) = store.events().open(&event).await? {
            store.events().delete(&[id]).await?;
        }
        times.push(started.elapsed());
    }
    Ok(percentiles(times))
}

fn percentiles(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}
