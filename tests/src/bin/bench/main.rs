//! `make bench`: what Iris costs and how fast it is, against baselines run side by side. Prints a table and fails when a bar is missed.
//!
//! `bench [name ...]` runs the named measurements, without a name all of them; `scale=200` plays 200 cameras rather than 1,000. Needs
//! the release binaries beside it.

mod database;
mod detection;
mod events;
mod film;
mod nodes;
mod process;
mod recording;
mod report;
mod rig;
mod scale;
mod sightings;
mod tap;
mod viewers;

use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use report::Report;

const NAMES: [&str; 10] =
    ["recording", "detection", "latency", "events", "viewers", "database", "nodes", "cores", "sightings", "scale"];
/// Cameras that `scale` plays where it is not told how many.
const CAMERAS: usize = 1_000;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut cameras = CAMERAS;
    for name in &mut wanted {
        if let Some(count) = name.strip_prefix("scale=") {
            cameras = count.parse().with_context(|| format!("`{count}` is no number of cameras"))?;
            *name = "scale".to_owned();
        }
        ensure!(NAMES.contains(&name.as_str()), "no measurement `{name}`: {}", NAMES.join(", "));
    }
    let mut report = Report::default();
    for name in NAMES.into_iter().filter(|name| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name)) {
        eprintln!("bench: {name}");
        match name {
            "recording" => recording::measure(&mut report).await?,
            "detection" => detection::throughput(&mut report).await?,
            "latency" => detection::latency(&mut report).await?,
            "events" => events::measure(&mut report).await?,
            "viewers" => viewers::measure(&mut report).await?,
            "database" => database::measure(&mut report).await?,
            "nodes" => nodes::measure(&mut report).await?,
            "cores" => nodes::on_cores(&mut report).await?,
            "sightings" => sightings::measure(&mut report).await?,
            _ => scale::measure(&mut report, cameras).await?,
        }
    }
    print!("{report}");
    Ok(if report.all_passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
