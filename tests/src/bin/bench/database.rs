//! The list of events at a million rows: the store's own example, on a server of its own.

use std::process::Stdio;

use anyhow::{Context as _, ensure};
use iris_testkit::postgres::PostgresServer;
use tokio::process::Command;

use crate::report::{Bar, Report};

pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let server = PostgresServer::start().await?;
    let example = std::env::current_exe()?.parent().context("no folder")?.join("examples/bench_events");
    let mut command = Command::new(example);
    command.env("DATABASE_URL", server.url("postgres")).stderr(Stdio::inherit()).kill_on_drop(true);
    let output = command.output().await.context("run the store's example")?;
    let table = String::from_utf8(output.stdout)?;
    eprint!("{table}");
    // Its exit code says whether its bar was reached; the table is what the figure is read from.
    let rows = table.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().rev().take(3).collect();
        let [p99, p50, total] = fields[..] else { return None };
        (total.parse::<u64>().is_ok() && p50.parse::<f64>().is_ok()).then(|| p99.parse::<f64>().ok())?
    });
    let worst = rows.fold(f64::NAN, f64::max);
    ensure!(worst.is_finite(), "the example printed no rows");
    report.add("database: first page of events of a million, worst p99", worst, "ms", Bar::AtMost(20.0));
    Ok(())
}
