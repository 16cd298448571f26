//! What many cameras say to the bus, the recorder and the gateway: real processes, and cameras that are played by what ingest would
//! say and record of them. No stream is read and no picture judged, so that one small machine can play a thousand.

mod cameras;
mod plan;
mod told;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use iris_domain::{CameraId, CellId, Timestamp};
use iris_testkit::api::Api;
use iris_testkit::nats::NatsServer;
use iris_testkit::port::free_port;
use iris_testkit::postgres::PostgresServer;
use iris_testkit::service::ServiceProcess;
use iris_testkit::wait;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::report::{Bar, Report, quantile};
use crate::{film, process, rig};
use cameras::Play;
use plan::{PLAYED_FOR, Visit};
use told::{Delays, Told};

const KEY: &str = "key-of-a-measurement";
/// Cameras entered at once; an operator's program would do no more.
const ENTERED_AT_ONCE: usize = 8;
/// Ten connections and a folder for each camera.
const PREPARED_WITHIN: Duration = Duration::from_secs(5);
/// The last clips, on a machine that has fallen behind.
const SETTLED_WITHIN: Duration = Duration::from_secs(40);
/// How often each list is asked for meanwhile.
const ASKED_EVERY: Duration = Duration::from_millis(100);
/// The largest page.
const PAGE: usize = 500;

/// The processes of one small plant: no ingest, no detect.
struct Plant {
    api: Api,
    gateway: ServiceProcess,
    recorder: ServiceProcess,
    nats: NatsServer,
    postgres: PostgresServer,
    cell: CellId,
    folder: TempDir,
}

pub async fn measure(report: &mut Report, count: usize) -> anyhow::Result<()> {
    let mut plant = Plant::start().await?;
    let cameras = plant.enter(count).await?;
    let visits = plan::visits(&cameras);
    let film = film::segments(plant.folder.path(), plan::SEGMENTS)?;
    let told = Told::follow(&plant.nats.url()).await?;
    let (used, compared) = (plant.used()?, plant.compared().await?);
    // Whole milliseconds, as ingest names its segments.
    let began = Timestamp::from_millis(rig::now().plus(PREPARED_WITHIN).as_millis()).context("no such time")?;
    let (nats, data) = (plant.nats.url(), plant.folder.path().join("data"));
    let play = Play { nats: &nats, data: &data, cell: &plant.cell, cameras: &cameras, film: &film, began };
    let (sent, mut events, mut list, online) = tokio::try_join!(
        play.run(),
        ask(&plant.api, "/api/events?limit=50"),
        ask(&plant.api, "/api/cameras"),
        online(&plant.api)
    )?;
    let (used, compared) = (plant.used()?.since(&used), plant.compared().await?.since(compared));

    let seconds = PLAYED_FOR.as_secs_f64();
    let pictures = plant.metric(&plant.recorder, "iris_recorder_pictures_total").await?;
    report.add("scale: cameras", count as f64, "", Bar::None);
    report.add("scale: tracks a second that the recorder was handed", pictures / seconds, "/s", Bar::None);
    report.add("scale: the same of those that were sent", pictures / sent as f64, "", Bar::AtLeast(0.999));
    report.add("scale: cameras that the gateway shows online", online as f64, "", Bar::AtLeast(count as f64));
    plant.report_events(report, &visits, began).await?;
    report_delays(report, told.delays(&visits, began));
    for (what, times) in [("first page of events by HTTP", &mut events), ("list of all cameras by HTTP", &mut list)] {
        report.add(format!("scale: {what}, median"), quantile(times, 0.5) * 1e3, "ms", Bar::None);
        report.add("scale: the same, p99", quantile(times, 0.99) * 1e3, "ms", Bar::None);
    }
    report.add("scale: the gateway's comparison, mean", compared.mean() * 1e3, "ms", Bar::None);
    for (who, cpu) in used.0 {
        report.add(format!("scale: CPU of {who}"), 100.0 * cpu / seconds, "%", Bar::None);
    }
    for (who, pid) in plant.processes()? {
        report.add(format!("scale: memory of {who}"), process::resident_mib(pid)?, "MiB", Bar::None);
    }
    Ok(())
}

/// How soon the rows and the clips were there.
fn report_delays(report: &mut Report, mut delays: Delays) {
    for (what, values) in [
        ("from the picture that opens a presence to its row", &mut delays.opened),
        ("from the picture that ends a presence to its row", &mut delays.closed),
        ("from the segment that completes a clip to the clip", &mut delays.ready),
    ] {
        report.add(format!("scale: {what}, median"), quantile(values, 0.5) * 1e3, "ms", Bar::None);
        report.add("scale: the same, p99", quantile(values, 0.99) * 1e3, "ms", Bar::AtMost(1_000.0));
    }
}

/// An event's row, as the API shows it.
struct Row {
    camera: CameraId,
    start: Timestamp,
    has_clip: bool,
}

/// Seconds of CPU of each part.
struct Used([(&'static str, f64); 4]);

impl Used {
    fn since(mut self, earlier: &Self) -> Self {
        self.0.iter_mut().zip(earlier.0).for_each(|((_, now), (_, before))| *now -= before);
        self
    }
}

/// What the gateway's comparisons took, in seconds, and how many there were.
#[derive(Clone, Copy)]
struct Compared {
    sum: f64,
    count: f64,
}

impl Compared {
    fn since(self, earlier: Self) -> Self {
        Self { sum: self.sum - earlier.sum, count: self.count - earlier.count }
    }

    fn mean(self) -> f64 {
        self.sum / self.count
    }
}

impl Plant {
    async fn start() -> anyhow::Result<Self> {
        let (postgres, nats, folder) =
            (PostgresServer::start().await?, NatsServer::start().await?, tempfile::tempdir()?);
        let listen = format!("127.0.0.1:{}", free_port()?);
        let data = folder.path().join("data");
        let env = [
            ("IRIS_NATS_URL", nats.url()),
            ("IRIS_DATABASE_URL", postgres.url("postgres")),
            ("IRIS_DATA_DIR", data.display().to_string()),
            ("IRIS_LISTEN", listen.clone()),
            ("IRIS_API_KEY", KEY.to_owned()),
            ("IRIS_FREE_FLOOR_BYTES", "0".to_owned()),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let mut gateway = ServiceProcess::start("iris-gateway", "gateway", env.clone(), folder.path())?;
        gateway.ready().await?;
        let mut recorder = ServiceProcess::start("iris-recorder", "recorder", env, folder.path())?;
        recorder.ready().await?;
        let cell = std::fs::read_to_string(data.join("cell")).context("read the cell's name")?;
        let cell = CellId::new(&cell).context("the cell has no name")?;
        let api = Api::new(format!("http://{listen}"), KEY)?;
        Ok(Self { api, gateway, recorder, nats, postgres, cell, folder })
    }

    /// Enters the cameras by the API, one small program's worth at a time.
    async fn enter(&self, count: usize) -> anyhow::Result<Vec<CameraId>> {
        let entered = stream::iter(1..=count).map(|number| async move {
            // Nobody is there to connect: no ingest process runs.
            let url = format!("rtsp://127.0.0.1:9/{number}");
            let camera = json!({ "name": format!("camera {number}"), "rtsp_url": url });
            let entered = self.api.post_json("/api/cameras", &camera).await?;
            anyhow::Ok(CameraId::new(entered["id"].as_i64().context("a camera without an id")?)?)
        });
        entered.buffer_unordered(ENTERED_AT_ONCE).try_collect().await
    }

    /// All events, once each presence has its row and its clip, or as they are when that takes too long.
    async fn settled(&self, visits: &[Visit]) -> anyhow::Result<Vec<Row>> {
        let settled = wait::until(SETTLED_WITHIN, "every presence to have its clip", || async {
            let rows = self.rows().await?;
            let ready = rows.iter().filter(|row| row.has_clip).count();
            ensure!(ready >= visits.len(), "{ready} clips of {}", visits.len());
            Ok(rows)
        });
        match settled.await {
            Ok(rows) => Ok(rows),
            Err(error) => {
                eprintln!("bench: {error:#}");
                self.rows().await
            }
        }
    }

    async fn rows(&self) -> anyhow::Result<Vec<Row>> {
        let mut rows = Vec::new();
        loop {
            let page = self.api.get_json(&format!("/api/events?limit={PAGE}&offset={}", rows.len())).await?;
            let items = page["items"].as_array().context("no list of events")?;
            rows.extend(items.iter().map(row).collect::<anyhow::Result<Vec<Row>>>()?);
            if items.len() < PAGE {
                return Ok(rows);
            }
        }
    }

    /// Holds the events against the presences that were played.
    async fn report_events(&self, report: &mut Report, visits: &[Visit], began: Timestamp) -> anyhow::Result<()> {
        let rows = self.settled(visits).await?;
        let found: BTreeSet<(CameraId, Timestamp)> = rows.iter().map(|row| (row.camera, row.start)).collect();
        let wanted: BTreeSet<(CameraId, Timestamp)> =
            visits.iter().map(|visit| (visit.camera, began.plus(visit.first))).collect();
        let (right, clips) = (found.intersection(&wanted).count(), rows.iter().filter(|row| row.has_clip).count());
        let share = |part: usize| part as f64 / wanted.len() as f64;
        report.add("scale: presences", wanted.len() as f64, "", Bar::None);
        report.add("scale: events written of those", share(right), "", Bar::AtLeast(1.0));
        report.add("scale: events that nobody caused", (rows.len() - right) as f64, "", Bar::AtMost(0.0));
        report.add("scale: clips of those", share(clips), "", Bar::AtLeast(1.0));
        Ok(())
    }

    fn processes(&mut self) -> anyhow::Result<[(&'static str, u32); 3]> {
        let bus = self.nats.process().context("NATS is gone")?.pid();
        Ok([("recorder", self.recorder.process().pid()), ("gateway", self.gateway.process().pid()), ("NATS", bus)])
    }

    fn used(&mut self) -> anyhow::Result<Used> {
        let [recorder, gateway, bus] = self.processes()?;
        let one = |(name, pid): (&'static str, u32)| anyhow::Ok((name, process::cpu_seconds(pid)?));
        let database = process::family_cpu_seconds(self.postgres.process().context("Postgres is gone")?.pid())?;
        Ok(Used([one(recorder)?, one(gateway)?, one(bus)?, ("Postgres", database)]))
    }

    async fn compared(&self) -> anyhow::Result<Compared> {
        let sum = self.metric(&self.gateway, "iris_gateway_comparison_seconds_sum").await?;
        Ok(Compared { sum, count: self.metric(&self.gateway, "iris_gateway_comparison_seconds_count").await? })
    }

    async fn metric(&self, service: &ServiceProcess, name: &str) -> anyhow::Result<f64> {
        let metrics = service.metrics().await?;
        let line = metrics.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
        Ok(line.and_then(|line| line.rsplit(' ').next()).with_context(|| format!("no {name}"))?.parse()?)
    }
}

fn row(event: &Value) -> anyhow::Result<Row> {
    let camera = CameraId::new(event["camera_id"].as_i64().context("an event without a camera")?)?;
    let start = Timestamp::parse(event["ts"].as_str().context("an event without a time")?)?;
    Ok(Row { camera, start, has_clip: event["clip_status"] == "ready" })
}

/// Asks for a list again and again while the cameras are played; how long each answer took, in seconds.
async fn ask(api: &Api, path: &str) -> anyhow::Result<Vec<f64>> {
    let (end, mut times) = (Instant::now() + PREPARED_WITHIN + PLAYED_FOR, Vec::new());
    let mut turns = tokio::time::interval(ASKED_EVERY);
    while Instant::now() < end {
        turns.tick().await;
        let asked = Instant::now();
        api.get_bytes(path).await?;
        times.push(asked.elapsed().as_secs_f64());
    }
    Ok(times)
}

/// How many cameras are online halfway through.
async fn online(api: &Api) -> anyhow::Result<usize> {
    tokio::time::sleep(PREPARED_WITHIN + PLAYED_FOR / 2).await;
    let cameras = api.get_json("/api/cameras").await?;
    let cameras = cameras.as_array().context("no list of cameras")?;
    Ok(cameras.iter().filter(|camera| camera["status"] == "online").count())
}
