//! `make eval`: how well people are known again. Real footage goes through the whole pipeline up to what the networks say, and that
//! through the real association (PostgreSQL, gallery, NATS) in many orders, each with a fresh database. Prints a report and
//! writes it to a file: `eval_identities [ORDERS [FILE]]`. It exits with an error when a floor is missed. Reads `IRIS_REALDATA` and the settings of
//! re-ID (`IRIS_BODY_THRESHOLD` and so on).

mod alike;
mod footage;
mod report;
mod scenarios;

use std::process::ExitCode;

use anyhow::Context as _;
use iris_reid::{NetworkScales, ReidSettings};
use iris_runtime::settings;
use iris_testkit::nats::NatsServer;
use iris_testkit::realdata::Realdata;
use iris_tests::watching::Watcher;

/// The detector takes pictures of at most so many pixels a side.
const DETECTOR_SIDE: u32 = 416;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let Some(realdata) = Realdata::find() else { return Ok(ExitCode::FAILURE) };
    let mut arguments = std::env::args().skip(1);
    let orders = arguments.next().map_or(Ok(10), |orders| orders.parse()).context("the number of orders")?;
    let settings = settings(&realdata)?;
    let mut watcher = Watcher::load(&realdata.path("det/yolox_nano_416.onnx"), DETECTOR_SIDE, &settings)?;
    eprintln!("watching the footage ...");
    let asl = footage::asl(&realdata, &mut watcher)?;
    let walkers = footage::one_by_one(&realdata, &mut watcher)?;
    let talk = scenarios::Talk::prepare(&realdata, &mut watcher)?;
    let nats = NatsServer::start().await?;
    let scenarios = scenarios::run(&nats, &settings, &asl, &walkers, &talk, orders).await?;
    let report = report::report(&settings.rules(NetworkScales::default()), &asl, &walkers, &scenarios);
    println!("{report}");
    if let Some(path) = arguments.next() {
        std::fs::write(&path, &report).with_context(|| format!("write {path}"))?;
    }
    let missed = scenarios.missed_floors();
    missed.iter().for_each(|floor| eprintln!("floor missed: {floor}"));
    Ok(if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The usual ones, with the networks of the real data.
fn settings(realdata: &Realdata) -> anyhow::Result<ReidSettings> {
    let variables = |name: &str| std::env::var_os(name);
    let loaded = settings::load::<ReidSettings>(None, &variables)?;
    Ok(ReidSettings {
        face_detector: Some(realdata.path("face_det/scrfd_500m_dyn.onnx")),
        face_recognizer: Some(realdata.path("face_rec/w600k_mbf_int8_512.onnx")),
        embedder: Some(realdata.path("reid/osnet_x0_25_msmt17.onnx")),
        threads: 1,
        ..loaded.service
    })
}
