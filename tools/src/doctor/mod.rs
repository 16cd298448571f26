//! `iris doctor`: looks at everything that Iris stands on, from where it is run and with the settings that a service would have there,
//! and says what to do about what is wrong. It reads, but for a file of some megabytes that it writes to measure the disk and removes.
//!
//! Each area has a file, which looks, and judges by functions that are given what was seen.

mod bus;
mod certificate;
mod clock;
mod codecs;
mod database;
mod disk;
mod finding;
mod networks;
mod ports;
mod settings;

use std::path::{Path, PathBuf};

pub use finding::{Finding, Level};
use settings::Chosen;

/// What to look at.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Looks at what this service needs, as its container does; can be repeated. Without it: at what all of them need.
    #[arg(long, value_name = "NAME", value_parser = ["gateway", "ingest", "detect", "recorder", "reid", "notify"])]
    service: Vec<String>,
    /// The first of the services' health ports, where deploy/local/run was given another.
    #[arg(long, value_name = "PORT", env = "IRIS_HEALTH_PORT")]
    health_port: Option<u16>,
    /// The list of models whose hashes are known.
    #[arg(long, value_name = "FILE", env = "IRIS_MODELS_MANIFEST", default_value = "models/manifest.toml")]
    manifest: PathBuf,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Looks at everything and prints; says whether there is no fault.
///
/// # Errors
/// The findings cannot be written.
pub async fn command(arguments: &Arguments, config: Option<&Path>) -> anyhow::Result<bool> {
    let findings = look(arguments, config).await;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        print!("{}", finding::text(&findings));
    }
    Ok(findings.iter().all(|finding| finding.level != Level::Fault))
}

async fn look(arguments: &Arguments, config: Option<&Path>) -> Vec<Finding> {
    let (chosen, mut findings) = Chosen::read(&arguments.service, config);
    findings.extend(bus::look(&chosen).await);
    findings.extend(database::look(&chosen).await);
    findings.extend(disk::look(&chosen));
    findings.extend(clock::look());
    findings.extend(codecs::look(&chosen));
    findings.extend(networks::look(&chosen, &arguments.manifest));
    findings.extend(ports::look(&chosen, arguments.health_port).await);
    findings
}
