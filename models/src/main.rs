//! `iris-models`: lists, fetches, checks and chooses the models that Iris works with.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use iris_models::commands;
use iris_models::{Consent, Digest, Downloader, Folder, Manifest, Patience, Role};
use jiff::Timestamp;

/// Lists, fetches, checks and chooses the models that Iris works with.
#[derive(Parser)]
#[command(name = "iris-models", version)]
struct Arguments {
    /// The models folder.
    #[arg(long, env = "IRIS_MODELS_DIR", default_value = "data/models", global = true)]
    dir: PathBuf,
    /// The list of models.
    #[arg(long, env = "IRIS_MODELS_MANIFEST", default_value = "models/manifest.toml", global = true)]
    manifest: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows the models that Iris knows, and which are here.
    List {
        /// As JSON, with all that is known.
        #[arg(long)]
        json: bool,
    },
    /// Downloads models; run again, it goes on where it stopped.
    Fetch {
        /// Their names in the list.
        #[arg(required = true)]
        names: Vec<String>,
        /// Agrees to the licence of the model of this name; can be repeated.
        #[arg(long, value_name = "NAME")]
        accept_licence: Vec<String>,
        /// Takes a file with this hash for right, where the list knows none; can be repeated.
        #[arg(long, value_name = "SHA256")]
        accept_hash: Vec<Digest>,
    },
    /// Checks hashes and opens the models; the exit code is 1 when something is wrong.
    Check {
        /// Their names; all that are here where there is none.
        names: Vec<String>,
    },
    /// Chooses the model that does the work of its role.
    Use {
        /// A name in the list, or a file of your own that ends in .onnx.
        model: String,
        /// What the file is for: detector, face_detector, face_recognizer, embedder or vehicle_attributes.
        #[arg(long)]
        role: Option<Role>,
        /// Agrees to the licence of the model of this name.
        #[arg(long, value_name = "NAME")]
        accept_licence: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("iris-models: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let folder = Folder::new(arguments.dir);
    let manifest = || Manifest::read(&arguments.manifest);
    let mut out = io::stdout();
    match arguments.command {
        Command::List { json: true } => writeln!(out, "{}", commands::list_json(&manifest()?, &folder)?)?,
        Command::List { json: false } => write!(out, "{}", commands::list_table(&manifest()?, &folder))?,
        Command::Fetch { names, accept_licence, accept_hash } => {
            let mut consent = Consent::of_terminal(accept_licence, accept_hash);
            let downloader = Downloader::new(Patience::default()).context("prepare HTTP")?;
            let manifest = manifest()?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("start")?;
            let fetched =
                commands::fetch(&manifest, &folder, &names, &mut consent, &downloader, Timestamp::now(), &mut out);
            runtime.block_on(fetched)?;
        }
        Command::Check { names } => {
            let well = commands::check(&manifest()?, &folder, &names, &mut out)?;
            return Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Use { model, role, accept_licence } => match (is_file(&model), role) {
            (true, Some(role)) => commands::use_file(&folder, Path::new(&model), role, &mut out)?,
            (true, None) => anyhow::bail!("`{model}` is a file: say what it is for, such as --role detector"),
            (false, Some(_)) => {
                anyhow::bail!("`{model}` is a name in the list, which knows its role: leave out --role")
            }
            (false, None) => {
                let mut consent = Consent::of_terminal(accept_licence, Vec::new());
                commands::use_known(&manifest()?, &folder, &model, &mut consent, Timestamp::now(), &mut out)?;
            }
        },
    }
    Ok(ExitCode::SUCCESS)
}

/// No name in the list looks like this.
fn is_file(model: &str) -> bool {
    model.contains('/') || model.ends_with(".onnx")
}
