//! `make eval-world`: how well the people of a demo world are known again on all its cameras, with the networks that Iris ships. A
//! world that no network was trained on is filmed on two days, and its films go through everything the services do: encoded, decoded,
//! judged, followed, cropped, embedded, and put through the real association (PostgreSQL, gallery, NATS) all at once. Prints a report
//! and writes it to a file: `eval_world [FILE [FILMS]]`; films are kept in the folder FILMS and used again. Reads the settings of
//! re-ID (`IRIS_BODY_THRESHOLD` and so on).

mod films;
mod report;
mod score;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use iris_reid::{NetworkScales, ReidSettings};
use iris_runtime::settings;
use iris_testkit::nats::NatsServer;
use iris_tests::replaying::{Leader, Placed};
use iris_tests::watching::{Watched, Watcher};

use films::{DAYS, Film};
use score::Outcome;

/// The detector takes pictures of at most so many pixels a side.
const DETECTOR_SIDE: u32 = 640;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (report_file, kept) = (arguments.next(), arguments.next());
    let temporary = tempfile::tempdir()?;
    let folder = kept.map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let settings = own_networks()?;
    let days = films::of_all_days(&folder)?;
    let (watched, networks) = watch_all(&days, &settings)?;
    let outcomes = recognise(&settings, networks, &days, &watched).await?;
    let report = report::report(&settings, networks, &outcomes);
    println!("{report}");
    if let Some(file) = report_file {
        std::fs::write(&file, &report).with_context(|| format!("write {file}"))?;
    }
    Ok(())
}

/// The settings, with those networks that are in `models/`.
fn own_networks() -> anyhow::Result<ReidSettings> {
    let loaded = settings::load::<ReidSettings>(None, &|name: &str| std::env::var_os(name))?;
    Ok(ReidSettings {
        face_detector: model("face-detector"),
        face_recognizer: model("face-recognizer"),
        embedder: model("body-embedder"),
        threads: 1,
        ..loaded.service
    })
}

fn model(name: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../models/iris-{name}.onnx"));
    file.is_file().then_some(file)
}

/// Two threads share the films: each has networks of its own.
fn watch_all(days: &[Vec<Film>], settings: &ReidSettings) -> anyhow::Result<(Vec<Vec<Watched>>, NetworkScales)> {
    let detector = model("detector").context("there is no models/iris-detector.onnx")?;
    let networks = Watcher::load(&detector, DETECTOR_SIDE, settings)?.networks();
    let watched = films::side_by_side(days, |film| {
        eprintln!("watching {} ...", film.file.display());
        Watcher::load(&detector, DETECTOR_SIDE, settings)?.watch(&film.file)
    })?;
    Ok((watched, networks))
}

/// Lets the days pass, one after the other, before one leader.
async fn recognise(
    settings: &ReidSettings,
    networks: NetworkScales,
    days: &[Vec<Film>],
    watched: &[Vec<Watched>],
) -> anyhow::Result<Vec<Outcome>> {
    let nats = NatsServer::start().await?;
    let mut leader = Leader::new(&nats, settings, networks, days[0].len()).await?;
    let mut seen = Vec::new();
    for (day, (films, watched)) in days.iter().zip(watched).enumerate() {
        eprintln!("recognising {} ...", DAYS[day].name);
        let at = DAYS[day].after_the_one_before;
        let placed = watched.iter().enumerate().map(|(camera, watched)| Placed { camera, at, heard: &watched.heard });
        let placed: Vec<Placed<'_>> = placed.collect();
        let found = leader.see(&placed).await?;
        seen.push(score::Day { name: DAYS[day].name, films, watched, found });
    }
    Ok(score::outcomes(&seen))
}
