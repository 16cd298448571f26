//! The smallest service: it does nothing until it is told to stop. The process tests run it; read it to see how a
//! service's `main.rs` looks.

use garde::Validate;
use iris_runtime::{Context, Secret, Service, Settings};
use serde::{Deserialize, Serialize};
use std::process::ExitCode;
use std::time::Duration;

/// How the service ends, besides by a signal.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Manner {
    /// It stops when it is told to.
    #[default]
    Obeys,
    /// It is told, and never stops.
    Hangs,
    /// It fails at once.
    Fails,
    /// It panics at once.
    Panics,
}

#[derive(Default, Serialize, Deserialize, Validate)]
#[serde(default)]
struct IdleSettings {
    /// How the service ends.
    #[garde(skip)]
    manner: Manner,
    /// A secret that nothing reads, for `--check` to hide.
    #[garde(skip)]
    api_key: Option<Secret>,
}

impl Settings for IdleSettings {
    const TABLE: &'static str = "gateway";
}

fn main() -> ExitCode {
    iris_runtime::main(Service { name: "idle", version: env!("CARGO_PKG_VERSION") }, run)
}

async fn run(settings: IdleSettings, context: Context) -> anyhow::Result<()> {
    match settings.manner {
        Manner::Fails => anyhow::bail!("no reason to go on"),
        Manner::Panics => panic!("no way to go on"),
        Manner::Obeys | Manner::Hangs => {}
    }
    let worker = context.health.component("worker");
    let stop = context.shutdown.clone();
    context.tasks.spawn("worker", async move {
        worker.ready();
        stop.cancelled().await;
        // What a worker has in hand is finished after the stop was asked for.
        tokio::time::sleep(Duration::from_millis(50)).await;
        tracing::info!("worker put its things away");
    });
    if settings.manner == Manner::Hangs {
        std::future::pending::<()>().await;
    }
    context.shutdown.cancelled().await;
    Ok(())
}
