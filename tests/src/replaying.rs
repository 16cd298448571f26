//! Visits to cameras, put through the real association over a fresh database, by the footage's clock.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use iris_bus::message::ObservationFact;
use iris_domain::{CameraId, CameraTuning, NewCamera, PersonId, RtspTransport, SourceUrl, Timestamp, TrackKey};
use iris_reid::{NetworkScales, ReidSettings, Replay};
use iris_runtime::{CommonSettings, Context, SecretUrl, Service};
use iris_store::{NewPersonFace, Store, TrackIdentity};
use iris_testkit::nats::NatsServer;
use iris_testkit::postgres::TestDatabase;
use tempfile::TempDir;
use uuid::Uuid;

use crate::watching::Heard;

/// Long enough after something was heard that a track's patience has ended.
const LATER: Duration = Duration::from_millis(2250);
/// As often as the leader tidies up.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// When the first visit begins.
const BEGIN: Duration = Duration::from_secs(1_767_225_600);

/// A film's observations, to be seen on a camera from a moment on.
pub struct Placed<'a> {
    /// Which of the cameras, from 0 on.
    pub camera: usize,
    /// Since the begin.
    pub at: Duration,
    /// What is said of it.
    pub heard: &'a [Heard],
}

/// The leader with its surroundings.
pub struct Leader {
    replay: Replay,
    cameras: Vec<CameraId>,
    now: Timestamp,
    _database: TestDatabase,
    _folder: TempDir,
}

impl Leader {
    /// One that knows nobody, for what comes from networks that say `networks` of themselves.
    ///
    /// # Errors
    /// The database or the bus is not to be had.
    pub async fn new(
        nats: &NatsServer,
        settings: &ReidSettings,
        networks: NetworkScales,
        cameras: usize,
    ) -> anyhow::Result<Self> {
        let database = TestDatabase::create().await?;
        let folder = TempDir::with_prefix("iris-eval-")?;
        let store = database.store().await?;
        let cameras = make_cameras(&store, cameras).await?;
        let common = CommonSettings {
            nats_url: SecretUrl::parse(&nats.url())?,
            data_dir: folder.path().to_owned(),
            ..CommonSettings::default()
        };
        let context = Context::new(Service { name: "eval", version: env!("CARGO_PKG_VERSION") }, common);
        let settings = ReidSettings { database_url: SecretUrl::parse(&database.url())?, ..settings.clone() };
        let replay = Replay::open(&settings, networks, &context).await?;
        let now = Timestamp::EPOCH.plus(BEGIN);
        Ok(Self { replay, cameras, now, _database: database, _folder: folder })
    }

    /// Enrols a person by a face.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn enrol(&mut self, name: &str, face: NewPersonFace) -> anyhow::Result<PersonId> {
        let people = self.replay.store().people();
        let person = people.create(name, None).await?;
        people.add_face(person.id, &face).await?.context("the person is gone")?;
        Ok(person.id)
    }

    /// Lets all of it happen; says whose each track is in the end, by the place in `placed` and the track in its film. What is seen
    /// later begins when this has ended.
    ///
    /// # Errors
    /// The leader fails.
    pub async fn see(&mut self, placed: &[Placed<'_>]) -> anyhow::Result<BTreeMap<(usize, TrackKey), TrackIdentity>> {
        let begin = self.now;
        let mut due: Vec<(Timestamp, ObservationFact)> = Vec::new();
        let mut renamed: BTreeMap<TrackKey, (usize, TrackKey)> = BTreeMap::new();
        for (index, visit) in placed.iter().enumerate() {
            let run = Uuid::now_v7();
            let camera = *self.cameras.get(visit.camera).context("no such camera")?;
            for heard in visit.heard {
                let fact = moved(&heard.fact, run, camera, begin, visit.at);
                renamed.insert(fact.observation.track, (index, heard.fact.observation.track));
                due.push((shifted(heard.at, begin, visit.at), fact));
            }
        }
        due.sort_by_key(|(at, _)| *at);
        let mut moments: Vec<Timestamp> = due.iter().flat_map(|(at, _)| [*at, at.plus(LATER)]).collect();
        moments.sort_unstable();
        moments.dedup();
        let (mut due, mut tidied) = (due.into_iter().peekable(), begin);
        for now in moments {
            let mut facts = Vec::new();
            while let Some((_, fact)) = due.next_if(|(at, _)| *at <= now) {
                facts.push(fact);
            }
            self.replay.observe(&facts, now).await?;
            self.now = now;
            if tidied.plus(TIDY_EVERY) <= now {
                tidied = now;
                self.replay.tidy_up().await?;
            }
        }
        self.replay.tidy_up().await?;
        let tracks: Vec<TrackKey> = renamed.keys().copied().collect();
        let found = self.replay.store().sightings().by_tracks(&tracks).await?;
        Ok(found.into_iter().filter_map(|found| Some((*renamed.get(&found.track)?, found))).collect())
    }
}

async fn make_cameras(store: &Store, count: usize) -> anyhow::Result<Vec<CameraId>> {
    let mut cameras = Vec::new();
    for number in 0..count {
        let camera = NewCamera {
            name: format!("camera {number}"),
            source: SourceUrl::parse("rtsp://127.0.0.1/film", false)?,
            enabled: true,
            rtsp_transport: RtspTransport::Tcp,
            tuning: CameraTuning::default(),
        };
        cameras.push(store.cameras().create(&camera).await?.id);
    }
    Ok(cameras)
}

/// A time of a film that began in 1970, in a film that begins `at` after `begin`.
fn shifted(time: Timestamp, begin: Timestamp, at: Duration) -> Timestamp {
    begin.plus(at).plus(time.since(Timestamp::EPOCH))
}

/// The same of another run, on that camera, at that time.
fn moved(fact: &ObservationFact, run: Uuid, camera: CameraId, begin: Timestamp, at: Duration) -> ObservationFact {
    let mut fact = fact.clone();
    let seen = &mut fact.observation;
    seen.track.run = run;
    seen.camera = camera;
    seen.companions.iter_mut().for_each(|companion| companion.run = run);
    for time in [&mut seen.first_seen, &mut seen.last_seen, &mut seen.captured] {
        *time = shifted(*time, begin, at);
    }
    fact
}
