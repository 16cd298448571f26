//! A recorder with its surroundings, and the part of ingest, played by the test.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use iris_bus::message::{EventFact, PresenceRules, TrackView, Tracks};
use iris_bus::{Bus, BusOptions, Facts, topic};
use iris_domain::{
    BBox, CameraId, CameraTuning, CellId, Class, ClipStatus, Event, EventFilter, NewCamera, Page, RtspTransport,
    SourceUrl, Timestamp, TrackKey,
};
use iris_store::{Store, StoreOptions};
use iris_testkit::nats::NatsServer;
use iris_testkit::postgres::PostgresServer;
use iris_testkit::service::ServiceProcess;
use iris_testkit::wait;
use tempfile::TempDir;
use uuid::Uuid;

use crate::film::Film;

/// Pictures a second that detection judges.
const PICTURE_MS: i64 = 200;
/// Longer than anything here takes on a machine that runs other tests.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// Everything a recorder needs.
pub struct Stage {
    /// The bus server.
    pub nats: NatsServer,
    /// The database server.
    pub postgres: PostgresServer,
    /// The database.
    pub store: Store,
    /// The bus.
    pub bus: Bus,
    /// The recorder.
    pub recorder: ServiceProcess,
    /// What it records.
    pub film: Film,
    folder: TempDir,
}

/// One camera that the test plays.
pub struct Camera {
    /// Its row.
    pub id: CameraId,
    /// When its film began.
    pub began: Timestamp,
    /// Where its segments are.
    pub buffer: PathBuf,
    run: Uuid,
    rules: PresenceRules,
    cell: CellId,
}

pub fn now() -> Timestamp {
    Timestamp::from_system(SystemTime::now())
}

impl Stage {
    /// A recorder that is ready, with the usual settings.
    pub async fn set() -> Self {
        Self::with(&[]).await
    }

    /// A recorder that is ready, with some settings.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let folder = TempDir::with_prefix("iris-recorder-").unwrap();
        let (nats, postgres) = tokio::try_join!(NatsServer::start(), PostgresServer::start()).unwrap();
        let url = postgres.url("postgres");
        let store = Store::open(&url.clone().into(), &StoreOptions::new("iris-test")).await.unwrap();
        store.migrate().await.unwrap();
        let bus = Bus::connect(&BusOptions { url: nats.url(), name: "test".to_owned() }).await.unwrap();
        let mut recorder = start(&folder, "recorder", &nats, &url, settings);
        recorder.ready().await.unwrap();
        wait::until(PATIENCE, "the bus", || {
            let there = bus.is_connected();
            async move { there.then_some(()).context("not connected") }
        })
        .await
        .unwrap();
        let stage = Self { nats, postgres, store, bus, recorder, film: Film::make(), folder };
        stage.listens().await;
        stage
    }

    /// Starts another recorder in the same data folder.
    pub fn another(&self, name: &str, settings: &[(&str, &str)]) -> ServiceProcess {
        start(&self.folder, name, &self.nats, &self.postgres.url("postgres"), settings)
    }

    /// Waits until the recorder answers questions about manual clips: its other subscription was made before.
    pub async fn listens(&self) {
        use iris_bus::message::ClipRequest;
        wait::until(PATIENCE, "the recorder to listen", || async {
            let span = iris_domain::Span { start: now(), end: now() };
            let nobody = ClipRequest { span, source_generation: 1 };
            let key = format!("{}.{}", self.cell(), i64::MAX);
            Ok(self.bus.ask(topic::ASK_CLIP, key, &nobody, Duration::from_secs(1)).await.map(drop)?)
        })
        .await
        .unwrap();
    }

    /// The cell that the recorder works in, by its data folder.
    pub fn cell(&self) -> CellId {
        CellId::new(&std::fs::read_to_string(self.data().join("cell")).unwrap()).unwrap()
    }

    /// A camera whose film began so many seconds ago.
    pub async fn camera(&self, seconds_ago: u64) -> Camera {
        let camera = NewCamera {
            name: "yard".to_owned(),
            source: SourceUrl::parse("rtsp://127.0.0.1/yard", false).unwrap(),
            enabled: true,
            rtsp_transport: RtspTransport::Tcp,
            tuning: CameraTuning::default(),
        };
        let id = self.store.cameras().create(&camera).await.unwrap().id;
        let buffer = self.data().join("segments").join(id.to_string());
        std::fs::create_dir_all(&buffer).unwrap();
        std::fs::write(buffer.join("generation"), "1").unwrap();
        let began = Timestamp::from_millis(now().as_millis()).unwrap().minus(Duration::from_secs(seconds_ago));
        let rules = PresenceRules {
            trigger_classes: vec![Class::person()],
            min_trigger_frames: 3,
            trigger_cooldown: Duration::ZERO,
            pre: Duration::from_secs(3),
            post: Duration::from_secs(3),
            min_score: 0.4,
        };
        Camera { id, began, buffer, run: Uuid::new_v4(), rules, cell: self.cell() }
    }

    /// Puts a stretch of the film into a camera's buffer.
    pub fn record(&self, camera: &Camera, segments: std::ops::Range<u64>) -> Vec<PathBuf> {
        segments.map(|number| self.film.record(number, camera.began, &camera.buffer)).collect()
    }

    /// A person is followed from `from` to `to` seconds of the film, five pictures a second.
    pub fn person(&self, camera: &Camera, from: f64, to: f64) {
        self.pictures(camera, from, to, true);
    }

    /// Nothing is followed.
    pub fn nobody(&self, camera: &Camera, from: f64, to: f64) {
        self.pictures(camera, from, to, false);
    }

    fn pictures(&self, camera: &Camera, from: f64, to: f64, person: bool) {
        let (mut ms, end) = ((from * 1000.0) as i64, (to * 1000.0) as i64);
        while ms < end {
            self.bus.publish(topic::TRACKS, camera.id, &camera.picture(ms, person));
            ms += PICTURE_MS;
        }
    }

    /// Plays a whole visit from `from` to `to` seconds, all of it on the disk, and waits for its clip.
    pub async fn visit(&self, camera: &Camera, from: f64, to: f64) -> Event {
        self.record(camera, 0..crate::film::SEGMENTS);
        self.person(camera, from, to);
        self.nobody(camera, to, to + 4.0);
        self.event(camera, |event| event.clip_status == ClipStatus::Ready).await
    }

    /// The camera's only event, once it is as wanted.
    pub async fn event(&self, camera: &Camera, wanted: impl Fn(&Event) -> bool) -> Event {
        let within = wait::until(PATIENCE, "the event", || async {
            let events = self.events(camera).await?;
            ensure!(events.len() == 1, "{} events", events.len());
            let event = events.into_iter().next().context("an event")?;
            ensure!(wanted(&event), "{event:?}");
            Ok(event)
        });
        within.await.unwrap()
    }

    /// The camera's events.
    pub async fn events(&self, camera: &Camera) -> anyhow::Result<Vec<Event>> {
        let filter = EventFilter { camera_id: Some(camera.id), ..EventFilter::default() };
        Ok(self.store.events().list(&filter, Page { limit: 10, offset: 0 }).await?.events)
    }

    /// The cell's folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where a stored file lies.
    pub fn stored(&self, path: &str) -> PathBuf {
        self.data().join("library").join(path)
    }

    /// The events whose journals are still there.
    pub fn journals(&self) -> usize {
        std::fs::read_dir(self.data().join("recorder/open")).unwrap().count()
    }

    /// Waits until no journal is left.
    pub async fn settles(&self) {
        wait::until(PATIENCE, "the journals to go", || async {
            ensure!(self.journals() == 0, "{} are left", self.journals());
            Ok(())
        })
        .await
        .unwrap();
    }

    /// Waits likewise while a person stays in view from `from` seconds of the film on, for two seconds of it at most: a presence whose
    /// pictures stop coming would end by itself, however short the wait.
    pub async fn settles_in_view(&self, camera: &Camera, from: f64) {
        let mut ms = (from * 1000.0) as i64;
        wait::until(PATIENCE, "the journals to go", || {
            ms += 1;
            self.bus.publish(topic::TRACKS, camera.id, &camera.picture(ms, true));
            let journals = self.journals();
            async move {
                ensure!(journals == 0, "{journals} are left");
                Ok(())
            }
        })
        .await
        .unwrap();
    }

    /// Follows what the recorder says of events.
    pub async fn facts(&self) -> Facts<EventFact> {
        self.bus.new_facts(topic::EVENT).await.unwrap()
    }
}

impl Camera {
    /// The same camera, recorded in another cell.
    pub fn in_cell(&self, name: &str) -> Self {
        let Self { id, began, buffer, run, rules, .. } = self;
        Self {
            id: *id,
            began: *began,
            buffer: buffer.clone(),
            run: *run,
            rules: rules.clone(),
            cell: CellId::new(name).unwrap(),
        }
    }

    /// A moment of the film.
    pub fn at(&self, seconds: f64) -> Timestamp {
        Timestamp::from_millis(self.began.as_millis() + (seconds * 1000.0) as i64).unwrap()
    }

    fn picture(&self, ms: i64, person: bool) -> Tracks {
        let captured = Timestamp::from_millis(self.began.as_millis() + ms).unwrap();
        let track = TrackView {
            key: TrackKey { run: self.run, number: 1 },
            class: Class::person(),
            bbox: BBox::clipped(0.3, 0.2, 0.6, 0.9).unwrap(),
            score: 0.8,
            confirmed: true,
            observed: true,
            first_seen: captured,
        };
        Tracks {
            run: self.run,
            sequence: u64::try_from(ms / PICTURE_MS).unwrap(),
            captured,
            tracks: if person { vec![track] } else { Vec::new() },
            rules: self.rules.clone(),
            last: false,
            source_generation: 1,
            cell: self.cell.clone(),
        }
    }
}

fn start(folder: &TempDir, name: &str, nats: &NatsServer, postgres: &str, settings: &[(&str, &str)]) -> ServiceProcess {
    let data = folder.path().join("data").display().to_string();
    let usual = [
        ("IRIS_DATA_DIR", data.as_str()),
        ("IRIS_NATS_URL", &nats.url()),
        ("IRIS_DATABASE_URL", postgres),
        ("IRIS_LOG_FORMAT", "pretty"),
        ("IRIS_FREE_FLOOR_BYTES", "0"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let others = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let env = usual.into_iter().chain(others).collect();
    ServiceProcess::start("iris-recorder", name, env, folder.path()).unwrap()
}
