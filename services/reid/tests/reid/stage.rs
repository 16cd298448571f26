//! Re-ID nodes with their surroundings, and what others tell them, played by the test.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use bytes::Bytes;
use futures::StreamExt as _;
use iris_bus::message::{Heartbeat, ObservationFact, ReidState, ServiceState, SightingFact};
use iris_bus::{Bus, BusOptions, Facts, topic};
use iris_domain::identity::{FaceView, Observation};
use iris_domain::{
    CameraId, CameraTuning, Class, Embedding, Feature, ModelFingerprint, NewCamera, RtspTransport, SourceUrl,
    Timestamp, TrackKey,
};
use iris_store::{Store, StoreOptions};
use iris_testkit::nats::NatsServer;
use iris_testkit::postgres::PostgresServer;
use iris_testkit::service::ServiceProcess;
use iris_testkit::wait;
use tempfile::TempDir;
use uuid::Uuid;

/// Longer than anything here takes on a machine that runs other tests.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// Everything that re-ID needs.
pub struct Stage {
    /// The bus server.
    pub nats: NatsServer,
    /// The database server.
    pub postgres: PostgresServer,
    /// The database.
    pub store: Store,
    /// The bus.
    pub bus: Bus,
    sightings: Facts<SightingFact>,
    folder: TempDir,
}

pub fn now() -> Timestamp {
    Timestamp::from_system(SystemTime::now())
}

impl Stage {
    /// Everything but a node.
    pub async fn set() -> Self {
        let folder = TempDir::with_prefix("iris-reid-").unwrap();
        let (nats, postgres) = tokio::try_join!(NatsServer::start(), PostgresServer::start()).unwrap();
        let store = Store::open(&postgres.url("postgres").into(), &StoreOptions::new("iris-test")).await.unwrap();
        store.migrate().await.unwrap();
        let bus = Bus::connect(&BusOptions { url: nats.url(), name: "test".to_owned() }).await.unwrap();
        wait::until(PATIENCE, "the bus", || {
            let there = bus.is_connected();
            async move { there.then_some(()).context("not connected") }
        })
        .await
        .unwrap();
        let sightings = bus.new_facts(topic::SIGHTING).await.unwrap();
        Self { nats, postgres, store, bus, sightings, folder }
    }

    /// The same with a node that leads, without networks and with some settings.
    pub async fn with_leader(settings: &[(&str, &str)]) -> (Self, ServiceProcess) {
        let stage = Self::set().await;
        let mut node = stage.node("first", settings);
        node.ready().await.unwrap();
        stage.leader("first").await;
        (stage, node)
    }

    /// A node, perhaps not ready yet.
    pub fn node(&self, name: &str, settings: &[(&str, &str)]) -> ServiceProcess {
        let usual = [
            ("IRIS_NATS_URL", self.nats.url()),
            ("IRIS_DATABASE_URL", self.postgres.url("postgres")),
            ("IRIS_DATA_DIR", self.folder.path().display().to_string()),
            ("IRIS_INSTANCE", name.to_owned()),
            ("IRIS_DEVICE", "cpu".to_owned()),
            ("IRIS_THREADS", "1".to_owned()),
            ("IRIS_LOG", "iris_reid=debug,info".to_owned()),
        ];
        let usual = usual.into_iter().map(|(name, value)| (name.to_owned(), value));
        let env = usual.chain(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        ServiceProcess::start("iris-reid", name, env.collect(), self.folder.path()).unwrap()
    }

    /// What a node says of itself.
    pub async fn state(&self, node: &str) -> ReidState {
        self.heard(node, |_| true).await
    }

    /// Waits until a node leads, and knows what was there before.
    pub async fn leader(&self, node: &str) {
        self.heard(node, |state| state.leader).await;
        wait::until(PATIENCE, "the leader to answer", || async {
            use iris_bus::message::ReloadRequest;
            let second = Duration::from_secs(1);
            Ok(self.bus.ask(topic::ASK_REID_RELOAD, topic::LEADER, &ReloadRequest, second).await.map(drop)?)
        })
        .await
        .unwrap();
    }

    /// Waits until a node says that it is kept from its work by what these words are part of, or, without words, by nothing.
    pub async fn degraded(&self, node: &str, words: Option<&str>) {
        let fits = |beat: &Heartbeat| match (&beat.degraded, words) {
            (Some(said), Some(words)) => said.contains(words),
            (said, words) => said.is_none() && words.is_none(),
        };
        self.beat(node, fits).await;
    }

    async fn heard(&self, node: &str, wanted: impl Fn(&ReidState) -> bool) -> ReidState {
        let beat = self.beat(node, |beat| matches!(&beat.state, ServiceState::Reid(state) if wanted(state))).await;
        match beat.state {
            ServiceState::Reid(state) => state,
            other => panic!("{other:?}"),
        }
    }

    async fn beat(&self, node: &str, wanted: impl Fn(&Heartbeat) -> bool) -> Heartbeat {
        let mut beats = self.bus.all_samples(topic::HEARTBEAT).await.unwrap();
        let heard = async {
            loop {
                let (_, beat) = beats.next().await.unwrap();
                if beat.instance.as_str() == node && wanted(&beat) {
                    return beat;
                }
            }
        };
        tokio::time::timeout(PATIENCE, heard).await.unwrap()
    }

    /// A camera.
    pub async fn camera(&self, name: &str) -> CameraId {
        let camera = NewCamera {
            name: name.to_owned(),
            source: SourceUrl::parse("rtsp://127.0.0.1/yard", false).unwrap(),
            enabled: true,
            rtsp_transport: RtspTransport::Tcp,
            tuning: CameraTuning::default(),
        };
        self.store.cameras().create(&camera).await.unwrap().id
    }

    /// Says what a crop said.
    pub async fn observed(&self, fact: &ObservationFact) {
        let id = Uuid::new_v4().to_string();
        self.bus.publish_fact(topic::OBSERVATION, fact.observation.camera, &id, fact).await.unwrap();
    }

    /// The next sighting that is told of.
    pub async fn sighting(&mut self) -> SightingFact {
        let next = tokio::time::timeout(PATIENCE, self.sightings.next()).await.expect("a sighting is told of");
        next.unwrap().1
    }

    /// The next sighting of a track that is as wanted.
    pub async fn sighting_of(&mut self, track: TrackKey, wanted: impl Fn(&SightingFact) -> bool) -> SightingFact {
        loop {
            let fact = self.sighting().await;
            if fact.track == track && wanted(&fact) {
                return fact;
            }
        }
    }

    /// What SQL counts.
    pub fn count(&self, sql: &str) -> u64 {
        let url = self.postgres.url("postgres");
        let psql = std::process::Command::new("psql").args(["--no-psqlrc", "-qtAc", sql, &url]).output().unwrap();
        String::from_utf8(psql.stdout).unwrap().trim().parse().unwrap()
    }

    /// Waits until the leader has finished all that it was told: what it has not would come again to its successor.
    pub async fn done(&self) {
        wait::until(PATIENCE, "the leader to be done", || async {
            let left = self.bus.unfinished(iris_bus::work::ASSOCIATION).await?;
            ensure!(left == 0, "{left}");
            Ok(())
        })
        .await
        .unwrap();
    }

    /// Waits until SQL counts so many.
    pub async fn counts(&self, sql: &str, wanted: u64) {
        wait::until(PATIENCE, sql, || async {
            let count = self.count(sql);
            ensure!(count == wanted, "{count}");
            Ok(())
        })
        .await
        .unwrap();
    }

    /// The pictures in the library, by folder.
    pub fn pictures(&self) -> BTreeMap<String, usize> {
        let mut pictures = BTreeMap::new();
        let library = iris_library::Library::open(&self.folder.path().join("library")).unwrap();
        library
            .walk(|file| {
                let folder = file.path.as_str().split('/').next().unwrap_or_default().to_owned();
                *pictures.entry(folder).or_default() += 1;
            })
            .unwrap();
        pictures
    }
}

/// A track that the test plays.
#[derive(Debug, Clone)]
pub struct Walk {
    /// The track.
    pub track: TrackKey,
    camera: CameraId,
    began: Timestamp,
    /// Tracks beside it.
    pub companions: Vec<TrackKey>,
}

/// Who is seen: a direction for the face and one for the clothes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// Which face.
    pub face: usize,
    /// Which clothes.
    pub clothes: usize,
}

impl Walk {
    /// Somebody comes into view now.
    pub fn begin(camera: CameraId) -> Self {
        let track = TrackKey { run: Uuid::new_v4(), number: 1 };
        Self { track, camera, began: now(), companions: Vec::new() }
    }

    /// What a crop says, filmed so many seconds after the beginning: a good face and a good view, each a little different each time.
    pub fn sees(&self, person: Person, second: u64) -> ObservationFact {
        let mut fact = self.sees_clothes(person, second, 0.9);
        let feature = direction(person.face, second as usize, 0.9);
        fact.observation.face = Some(FaceView { feature, width_px: 90.0, yaw_ratio: 0.1, score: 0.9 });
        fact.face_jpeg = Some(jpeg());
        fact
    }

    /// What a crop without a face says.
    pub fn sees_clothes(&self, person: Person, second: u64, quality: f32) -> ObservationFact {
        let mut fact = self.sees_nothing(second);
        fact.observation.body = Some(direction(8 + person.clothes, second as usize, quality));
        fact.observation.score = 0.9;
        fact.body_jpeg = Some(jpeg());
        fact
    }

    /// Nothing more comes of it.
    pub fn ends(&self, second: u64) -> ObservationFact {
        let mut fact = self.sees_nothing(second);
        fact.observation.ended = true;
        fact
    }

    fn sees_nothing(&self, second: u64) -> ObservationFact {
        let captured = self.began.plus(Duration::from_secs(second));
        let observation = Observation {
            track: self.track,
            camera: self.camera,
            class: Class::person(),
            first_seen: self.began,
            last_seen: captured,
            captured,
            score: 0.0,
            companions: self.companions.clone(),
            ended: false,
            face: None,
            body: None,
            colour: None,
        };
        ObservationFact { observation, source_generation: 1, body_jpeg: None, face_jpeg: None }
    }
}

/// A vector near an axis, each variant a little elsewhere: variants of one axis have a cosine of 0.89, of two axes one below 0.02.
pub fn direction(axis: usize, variant: usize, quality: f32) -> Feature {
    let mut values = [0.01; 512];
    values[axis] = 1.0;
    values[32 + variant % 400] = 0.35;
    let model = ModelFingerprint::new("toy").unwrap();
    Feature { embedding: Embedding::new(&values).unwrap(), model, quality }
}

/// What passes for a JPEG as long as nobody looks.
fn jpeg() -> Bytes {
    Bytes::from_static(&[0xff, 0xd8, 0xff, 0xd9])
}

pub const ANNA: Person = Person { face: 0, clothes: 0 };
pub const BERTA: Person = Person { face: 1, clothes: 1 };
pub const CLARA: Person = Person { face: 2, clothes: 2 };
