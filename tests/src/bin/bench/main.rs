//! `make bench`: what Iris costs and how fast it is, against baselines run side by side. Prints a table and fails when a bar is missed.
//!
//! `bench [name ...]` runs the named measurements, without a name all of them. Needs the release binaries beside it.

mod database;
mod detection;
mod events;
mod film;
mod process;
mod recording;
mod report;
mod rig;
mod tap;
mod viewers;

use std::process::ExitCode;

use anyhow::ensure;
use report::Report;

const NAMES: [&str; 6] = ["recording", "detection", "latency", "events", "viewers", "database"];

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    for name in &wanted {
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
            _ => database::measure(&mut report).await?,
        }
    }
    print!("{report}");
    Ok(if report.all_passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
