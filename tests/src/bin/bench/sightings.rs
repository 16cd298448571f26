//! How soon re-ID says who is in a crop, and what becomes of crops that came while no re-ID node was there: a real node with the
//! demo's networks, and crops of the demo's people that are played as ingest would send them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::StreamExt as _;
use futures::stream::{self, TryStreamExt as _};
use iris_bus::message::{Crop, CropReason, CropView};
use iris_bus::{Bus, topic, work};
use iris_demo::studio::{self, Order, Subject};
use iris_domain::{BBox, CameraId, CameraTuning, Class, NewCamera, RtspTransport, SourceUrl, Timestamp, TrackKey};
use iris_store::{Store, StoreOptions};
use iris_testkit::nats::NatsServer;
use iris_testkit::postgres::PostgresServer;
use iris_testkit::service::ServiceProcess;
use iris_testkit::wait;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use crate::report::{Bar, Report, quantile};
use crate::rig;

/// A world on which no network was trained.
const SEED: u64 = 9_140;
const PEOPLE: usize = 16;
/// How often each of them is photographed, in several clothes.
const PHOTOGRAPHED: usize = 12;
/// Crops of a track, all in the same clothes.
const VIEWS: usize = 4;
const CAMERAS: usize = 8;
/// Between two crops of a track.
const STEP: Duration = Duration::from_secs(1);
/// Somebody comes into view so often: what sixteen busy cameras see.
const COMES_EVERY: Duration = Duration::from_millis(500);
const COMING: usize = 60;
/// Tracks that came while nobody was there: 10,000 crops.
const WAITING: usize = 2_500;
const SENT_AT_ONCE: usize = 32;
const SETTLED_WITHIN: Duration = Duration::from_secs(10);
const DRAINED_WITHIN: Duration = Duration::from_secs(600);

pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let plant = Plant::start().await?;
    let mut node = plant.node()?;
    node.ready().await?;
    let told = Told::follow(&plant.bus).await?;
    soon(report, &plant, &told).await?;
    node.terminate().await?;
    backlog(report, &plant, &told, &mut node).await
}

/// People come into view one after the other while the node is there.
async fn soon(report: &mut Report, plant: &Plant, told: &Told) -> anyhow::Result<()> {
    let mut sent: HashMap<TrackKey, [Instant; VIEWS]> = HashMap::new();
    let mut coming = interval(COMES_EVERY);
    coming.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut walking = JoinSet::new();
    for number in 0..COMING {
        coming.tick().await;
        let (bus, walk) = (plant.bus.clone(), plant.walk(number, rig::now()));
        walking.spawn(async move {
            let mut times = [Instant::now(); VIEWS];
            let mut steps = interval(STEP);
            for (crop, time) in walk.crops.iter().zip(&mut times) {
                steps.tick().await;
                *time = Instant::now();
                bus.publish_fact(topic::CROP, walk.camera, &crop.id(), crop).await?;
            }
            anyhow::Ok((walk.track, times))
        });
    }
    while let Some(walked) = walking.join_next().await {
        let (track, times) = walked.context("somebody stumbled")??;
        sent.insert(track, times);
    }
    // Whoever is in no sighting by now was not seen well enough for one.
    tokio::time::sleep(SETTLED_WITHIN).await;
    let heard = told.so_far();
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for (track, times) in &sent {
        let Some(heard) = heard.first.get(track) else { continue };
        first.push(heard.saturating_duration_since(times[0]).as_secs_f64());
        // Of the crops that were sent by then the last one decided, or nothing but the end of the track's patience.
        let before = times.iter().rev().find(|time| *time <= heard).unwrap_or(&times[0]);
        last.push(heard.saturating_duration_since(*before).as_secs_f64());
    }
    report.add("sightings: tracks told of, of those that came", first.len() as f64 / sent.len() as f64, "", Bar::None);
    report.add(
        "sightings: from a track's first crop to its sighting, median",
        quantile(&mut first, 0.5) * 1e3,
        "ms",
        Bar::None,
    );
    report.add(
        "sightings: from the crop that decided it, median",
        quantile(&mut last, 0.5) * 1e3,
        "ms",
        Bar::AtMost(1_000.0),
    );
    report.add("sightings: the same, p95", quantile(&mut last, 0.95) * 1e3, "ms", Bar::None);
    Ok(())
}

/// Crops come while no node is there; then one comes.
async fn backlog(report: &mut Report, plant: &Plant, told: &Told, node: &mut ServiceProcess) -> anyhow::Result<()> {
    let before = told.so_far();
    let hour_ago = rig::now().minus(Duration::from_secs(3_600));
    let walks = (0..WAITING).map(|number| plant.walk(number, hour_ago.plus(COMES_EVERY * number as u32)));
    let walks: Vec<Walk> = walks.collect();
    let crops = || walks.iter().flat_map(|walk| walk.crops.iter().map(|crop| (walk.camera, crop)));
    let sending = stream::iter(crops())
        .map(|(camera, crop)| async move { plant.bus.publish_fact(topic::CROP, camera, &crop.id(), crop).await });
    sending.buffer_unordered(SENT_AT_ONCE).try_collect::<Vec<()>>().await?;
    let waiting = plant.bus.unfinished(work::EMBEDDING).await?;
    report.add("sightings: crops waiting for a node", waiting as f64, "", Bar::AtLeast((WAITING * VIEWS) as f64));

    let began = Instant::now();
    node.start_again()?;
    wait::until(DRAINED_WITHIN, "all that waited to be looked at", || async {
        let (crops, observations) =
            tokio::try_join!(plant.bus.unfinished(work::EMBEDDING), plant.bus.unfinished(work::ASSOCIATION))?;
        ensure!(crops + observations == 0, "{crops} crops, {observations} observations");
        Ok(())
    })
    .await?;
    let seconds = began.elapsed().as_secs_f64();
    let sent: BTreeSet<(TrackKey, u32)> = crops().map(|(_, crop)| (crop.track, crop.sequence)).collect();
    let looked_at = told.so_far().observed - before.observed;
    report.add("sightings: of those observed, each once", looked_at as f64 / sent.len() as f64, "", Bar::AtLeast(1.0));
    let heard = told.so_far();
    let known = walks.iter().filter(|walk| heard.first.contains_key(&walk.track)).count();
    report.add("sightings: their tracks told of", known as f64 / walks.len() as f64, "", Bar::None);
    report.add("sightings: crops a second while it caught up", sent.len() as f64 / seconds, "/s", Bar::None);
    Ok(())
}

/// The surroundings of a node.
struct Plant {
    nats: NatsServer,
    postgres: PostgresServer,
    bus: Bus,
    cameras: Vec<CameraId>,
    /// Of each of the people in each of their clothes.
    pictures: Vec<Vec<Vec<u8>>>,
    folder: TempDir,
}

/// Somebody's way past a camera.
struct Walk {
    camera: CameraId,
    track: TrackKey,
    crops: Vec<Crop>,
}

impl Plant {
    async fn start() -> anyhow::Result<Self> {
        let (nats, postgres, folder) =
            (NatsServer::start().await?, PostgresServer::start().await?, tempfile::tempdir()?);
        let store = Store::open(&postgres.url("postgres").into(), &StoreOptions::new("bench")).await?;
        store.migrate().await?;
        let mut cameras = Vec::new();
        for number in 0..CAMERAS {
            let camera = NewCamera {
                name: format!("camera {number}"),
                source: SourceUrl::parse("rtsp://127.0.0.1/played", false)?,
                enabled: true,
                rtsp_transport: RtspTransport::Tcp,
                tuning: CameraTuning::default(),
            };
            cameras.push(store.cameras().create(&camera).await?.id);
        }
        let bus = rig::connect(&nats.url()).await?;
        let pictures = photographed(folder.path())?;
        Ok(Self { nats, postgres, bus, cameras, pictures, folder })
    }

    fn node(&self) -> anyhow::Result<ServiceProcess> {
        let model = |name: &str| format!("{}/../models/iris-{name}.onnx", env!("CARGO_MANIFEST_DIR"));
        let env = [
            ("IRIS_NATS_URL", self.nats.url()),
            ("IRIS_DATABASE_URL", self.postgres.url("postgres")),
            ("IRIS_DATA_DIR", self.folder.path().join("data").display().to_string()),
            ("IRIS_DEVICE", "cpu".to_owned()),
            ("IRIS_THREADS", "1".to_owned()),
            ("IRIS_FACE_DETECTOR", model("face-detector")),
            ("IRIS_FACE_RECOGNIZER", model("face-recognizer")),
            ("IRIS_EMBEDDER", model("body-embedder")),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value)).to_vec();
        ServiceProcess::start("iris-reid", "reid", env, self.folder.path())
    }

    /// The `number`th of those who come, at `began`.
    fn walk(&self, number: usize, began: Timestamp) -> Walk {
        let track = TrackKey { run: Uuid::new_v4(), number: 1 };
        let pictures = &self.pictures[number % self.pictures.len()];
        let crop = |sequence: u32| {
            let captured = began.plus(STEP * sequence);
            let whole = BBox { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 };
            let view = CropView {
                captured,
                bbox: BBox { x1: 0.3, y1: 0.2, x2: 0.5, y2: 0.8 },
                inner: whole,
                score: 0.9,
                reason: if sequence == 0 { CropReason::Confirmed } else { CropReason::Better },
                overlap: 0.0,
                touches_edge: false,
                jpeg: pictures[sequence as usize].clone().into(),
            };
            Crop {
                track,
                sequence,
                class: Class::person(),
                first_seen: began,
                last_seen: captured,
                companions: Vec::new(),
                ended: sequence as usize + 1 == VIEWS,
                source_generation: 1,
                faces_wanted: true,
                reid_wanted: true,
                view: Some(view),
            }
        };
        Walk { camera: self.cameras[number % CAMERAS], track, crops: (0..VIEWS as u32).map(crop).collect() }
    }
}

/// Pictures of people, each in the same clothes; only of those who came out well often enough.
fn photographed(folder: &Path) -> anyhow::Result<Vec<Vec<Vec<u8>>>> {
    let folder = folder.join("crops");
    std::fs::create_dir(&folder)?;
    let order = Order { subject: Subject::Bodies, seed: SEED, identities: PEOPLE, views: PHOTOGRAPHED };
    studio::write(&order, &folder, || {})?;
    let mut pictures: BTreeMap<(u64, u64), Vec<Vec<u8>>> = BTreeMap::new();
    for line in std::fs::read_to_string(folder.join("labels.jsonl"))?.lines() {
        let label: Value = serde_json::from_str(line)?;
        let number = |name: &str| label[name].as_u64().with_context(|| format!("a label without `{name}`"));
        let file = label["picture"].as_str().context("a label without a picture")?;
        pictures.entry((number("identity")?, number("outfit")?)).or_default().push(std::fs::read(folder.join(file))?);
    }
    let pictures: Vec<_> = pictures.into_values().filter(|pictures| pictures.len() >= VIEWS).collect();
    ensure!(!pictures.is_empty(), "nobody came out well");
    Ok(pictures)
}

/// What the node tells. It listens as long as it lives.
struct Told {
    heard: Arc<Mutex<Heard>>,
    _listening: JoinSet<()>,
}

#[derive(Clone, Default)]
struct Heard {
    /// When each track was told of first.
    first: HashMap<TrackKey, Instant>,
    /// Views of tracks that were looked at.
    observed: usize,
}

impl Told {
    async fn follow(bus: &Bus) -> anyhow::Result<Self> {
        let mut sightings = bus.new_facts(topic::SIGHTING).await?;
        let mut observations = bus.new_facts(topic::OBSERVATION).await?;
        let (heard, mut listening) = (Arc::<Mutex<Heard>>::default(), JoinSet::new());
        let (of_sightings, of_observations) = (heard.clone(), heard.clone());
        listening.spawn(async move {
            while let Some((_, fact)) = sightings.next().await {
                lock(&of_sightings).first.entry(fact.track).or_insert_with(Instant::now);
            }
        });
        listening.spawn(async move {
            let mut seen = BTreeSet::new();
            while let Some((_, fact)) = observations.next().await {
                if seen.insert((fact.observation.track, fact.observation.captured)) {
                    lock(&of_observations).observed += 1;
                }
            }
        });
        Ok(Self { heard, _listening: listening })
    }

    fn so_far(&self) -> Heard {
        lock(&self.heard).clone()
    }
}

fn lock(heard: &Mutex<Heard>) -> std::sync::MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}
