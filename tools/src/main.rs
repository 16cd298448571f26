//! `iris`: what an operator does with a whole Iris, beside its services.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use iris_recorder::RecorderSettings;
use iris_tools::{backup, check, doctor, restore, surroundings};

/// What an operator does with a whole Iris. Reads the settings that the services read: the settings file and IRIS_* variables.
#[derive(Parser)]
#[command(name = "iris", version)]
struct Arguments {
    /// The settings file, shared by all services.
    #[arg(long, value_name = "FILE", env = "IRIS_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Looks at what Iris stands on, and says what to do about what is wrong.
    ///
    /// Settings, NATS, PostgreSQL, the disk, the clock, FFmpeg, graphics cards and networks, and whether the services are at work. It looks
    /// from where it is run: in a container, name the service whose container it is. The exit code is 1 when something is a fault.
    Doctor(doctor::Arguments),
    /// Compares the database's rows with the media library's files, both ways. Changes nothing without --repair.
    ///
    /// It can be run while the services run: what is younger than an hour is never called nobody's. The exit code is 1 when
    /// something is wrong and was not mended.
    Check(check::Arguments),
    /// Copies the database, the clips and pictures, and the settings, as they belong together, while everything runs.
    ///
    /// Each backup is a folder in FOLDER, named by its time; what did not change is shared with the one before. Secrets are not in it:
    /// keep a copy of `secrets/` elsewhere. The dump holds the cameras' passwords and everybody's face: encrypt what leaves the machine.
    Backup(backup::Arguments),
    /// Brings a backup back, into an empty database and an empty library, with the services stopped.
    Restore(restore::Arguments),
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("iris: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Says whether all is well.
fn run(arguments: Arguments) -> anyhow::Result<bool> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().context("start")?;
    runtime.block_on(async {
        match arguments.command {
            Command::Doctor(wanted) => doctor::command(&wanted, arguments.config.as_deref()).await,
            Command::Check(check) => {
                let settings = surroundings::load::<RecorderSettings>(arguments.config.as_deref())?;
                let store = surroundings::store(&settings.service).await?;
                check::command(&check, &store, &settings.common).await
            }
            Command::Backup(wanted) => backup::command(&wanted, arguments.config.as_deref()).await,
            Command::Restore(wanted) => restore::command(&wanted, arguments.config.as_deref()).await,
        }
    })
}
