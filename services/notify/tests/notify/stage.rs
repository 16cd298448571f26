//! The service with its surroundings, and what recorder and re-ID do, played by the test.

use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use iris_bus::message::{EventChange as Change, EventFact, ServiceState, SightingFact};
use iris_bus::{Bus, BusOptions, topic};
use iris_domain::identity::{Evidence, MatchKind};
use iris_domain::{
    CameraId, CameraTuning, Class, ClipChange, ClipRecord, ClipStatus, EventChange, EventId, EventKey, EventKind,
    IdentityId, NewCamera, NewEvent, PersonId, RtspTransport, SourceUrl, Span, Timestamp, TrackKey,
};
use iris_store::{Belongs, IdentityChange, Opening, RecognisedPerson, RecordSighting, Recorded, Store, Traits};
use iris_testkit::nats::NatsServer;
use iris_testkit::postgres::TestDatabase;
use iris_testkit::service::ServiceProcess;
use iris_testkit::wait;
use tempfile::TempDir;
use uuid::Uuid;

/// Longer than anything here takes on a machine that runs other tests.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that the service needs.
pub struct Stage {
    pub nats: NatsServer,
    pub store: Store,
    pub bus: Bus,
    database: TestDatabase,
    folder: TempDir,
}

/// An event of the recorder's.
pub struct Presence {
    pub id: EventId,
    key: EventKey,
    camera: CameraId,
    start: Timestamp,
}

pub fn now() -> Timestamp {
    Timestamp::from_system(SystemTime::now())
}

impl Stage {
    /// Everything but the service.
    pub async fn set() -> Self {
        let folder = TempDir::with_prefix("iris-notify-").unwrap();
        let (nats, database) = tokio::try_join!(NatsServer::start(), TestDatabase::create()).unwrap();
        let store = database.store().await.unwrap();
        let bus = Bus::connect(&BusOptions { url: nats.url(), name: "test".to_owned() }).await.unwrap();
        wait::until(PATIENCE, "the bus", || async { bus.prepare_facts().await.context("not prepared") }).await.unwrap();
        Self { nats, store, bus, database, folder }
    }

    /// The service, ready, with the `[notify]` table and what follows it.
    pub async fn service(&self, settings: &str) -> ServiceProcess {
        let file = self.folder.path().join("iris.toml");
        std::fs::write(&file, format!("[notify]\n{settings}")).unwrap();
        let env = [
            ("IRIS_CONFIG", file.display().to_string()),
            ("IRIS_NATS_URL", self.nats.url()),
            ("IRIS_DATABASE_URL", self.database.url()),
            ("IRIS_LOG", "iris_notify=debug,info".to_owned()),
        ];
        let env = env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let mut service = ServiceProcess::start("iris-notify", "notify", env, self.folder.path()).unwrap();
        service.ready().await.unwrap();
        self.listening().await;
        service
    }

    /// Waits until the service says that it is there, and that nothing keeps it from its work.
    pub async fn says_that_it_is_well(&self) {
        let mut beats = self.bus.all_samples(topic::HEARTBEAT).await.unwrap();
        let well = async {
            // The first beats may still say that it waits for the bus.
            while let Some((_, beat, _)) = beats.next_traced().await {
                assert_eq!(beat.state, ServiceState::Notify);
                if beat.degraded.is_none() {
                    return;
                }
            }
            panic!("the bus was closed");
        };
        tokio::time::timeout(PATIENCE, well).await.expect("it says that it is well");
    }

    /// Waits until the service has its place at the bus: it begins with what is told from then on.
    async fn listening(&self) {
        wait::until(PATIENCE, "the service to take part in facts", || async {
            self.bus.unfinished(iris_bus::work::VISIT_EVENTS).await?;
            Ok(self.bus.unfinished(iris_bus::work::VISIT_SIGHTINGS).await?)
        })
        .await
        .unwrap();
    }

    /// Waits until the service has worked through what it was told.
    pub async fn worked_through(&self) {
        wait::until(PATIENCE, "the facts to be worked through", || async {
            let events = self.bus.unfinished(iris_bus::work::VISIT_EVENTS).await?;
            let sightings = self.bus.unfinished(iris_bus::work::VISIT_SIGHTINGS).await?;
            anyhow::ensure!(events + sightings == 0, "{events} events and {sightings} sightings");
            Ok(())
        })
        .await
        .unwrap();
    }

    /// Waits until a webhook was told all there is.
    pub async fn told(&self, webhook: &str) {
        self.worked_through().await;
        wait::until(PATIENCE, "nothing to be left to tell", || async {
            let waiting = self.store.visits().waiting(&format!("webhook {webhook}")).await?;
            anyhow::ensure!(waiting == 0, "{waiting}");
            Ok(())
        })
        .await
        .unwrap();
    }

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

    /// An operator enrols somebody.
    pub async fn person(&self, name: &str) -> PersonId {
        self.store.people().create(name, None).await.unwrap().id
    }

    /// Somebody is there, since `ago`.
    pub async fn somebody_comes(&self, camera: CameraId, ago: Duration) -> Presence {
        let (key, start) = (EventKey(Uuid::new_v4()), now().minus(ago));
        let event = NewEvent {
            key,
            kind: EventKind::Track,
            camera_id: camera,
            source_generation: 1,
            label: "person".to_owned(),
            ts: start,
            end_ts: None,
            confidence: 0.5,
            num_tracks: 1,
            clip_status: ClipStatus::Recording,
        };
        let Opening::Open(id) = self.store.events().open(&event).await.unwrap() else { panic!("no event") };
        let presence = Presence { id, key, camera, start };
        self.tells(&presence, Change::Opened).await;
        presence
    }

    /// They left `ago`.
    pub async fn leaves(&self, presence: &Presence, ago: Duration) {
        let end = now().minus(ago);
        self.changed(
            presence,
            EventChange { end_ts: Some(end), clip: Some(ClipChange::Pending), ..Default::default() },
        )
        .await;
        self.tells(presence, Change::Closed).await;
    }

    pub async fn clip_is_ready(&self, presence: &Presence) {
        let span = Span::new(presence.start, now()).unwrap();
        let clip = ClipRecord { path: format!("clips/{}.mp4", presence.key), span, gaps: Vec::new(), size_bytes: 1 };
        let change = EventChange {
            thumbnail_path: Some(format!("thumbnails/{}.jpg", presence.key)),
            clip: Some(ClipChange::Ready(clip)),
            ..Default::default()
        };
        self.changed(presence, change).await;
        self.tells(presence, Change::ClipReady).await;
    }

    async fn changed(&self, presence: &Presence, change: EventChange) {
        self.store.events().update(presence.key, &change).await.unwrap();
    }

    /// The recorder says that an event changed.
    pub async fn tells(&self, presence: &Presence, change: Change) {
        let fact = EventFact { event: presence.id, key: presence.key, change };
        let id = Uuid::new_v4().to_string();
        self.bus.publish_fact(topic::EVENT, presence.camera, &id, &fact).await.unwrap();
    }

    /// Re-ID says who it is: an identity that is there, or a new one.
    pub async fn is_recognised(&self, presence: &Presence, who: Option<IdentityId>) -> IdentityId {
        self.is_seen(presence, who, None).await
    }

    /// Re-ID says that it is an enrolled person.
    pub async fn is_the_person(&self, presence: &Presence, person: PersonId) {
        self.is_seen(presence, None, Some(person)).await;
    }

    async fn is_seen(&self, presence: &Presence, who: Option<IdentityId>, person: Option<PersonId>) -> IdentityId {
        let kind = if who.is_some() { MatchKind::Face } else { MatchKind::New };
        let evidence = Evidence {
            kind,
            score: who.map(|_| 0.8),
            margin: None,
            face: None,
            body: None,
            exemplars: Vec::new(),
            reason: "played by a test".to_owned(),
        };
        let track = TrackKey { run: Uuid::new_v4(), number: 1 };
        let wanted = RecordSighting {
            track,
            camera_id: presence.camera,
            source_generation: 1,
            object_class: Class::person(),
            ts: presence.start,
            end_ts: presence.start.plus(Duration::from_millis(1)),
            ended: false,
            confidence: 0.9,
            belongs: who.map_or_else(|| Belongs::ToNew(evidence.clone()), |who| Belongs::To(who, evidence.clone())),
            person: person.map(|person_id| RecognisedPerson { person_id, score: 0.8 }),
            thumb_path: None,
            face: None,
            body: None,
            traits: Traits::default(),
            exemplars_added: Vec::new(),
            exemplars_removed: Vec::new(),
            face_samples: Vec::new(),
        };
        let Recorded::Written(written) = self.store.sightings().record(&wanted).await.unwrap() else {
            panic!("no sighting")
        };
        let fact = SightingFact {
            sighting: written.sighting,
            track,
            identity: written.identity,
            identity_name: written.identity_name,
            person: written.person_id,
            person_name: written.person_name,
            match_kind: kind,
            score: who.map(|_| 0.8),
            ended: false,
        };
        let id = Uuid::new_v4().to_string();
        self.bus.publish_fact(topic::SIGHTING, presence.camera, &id, &fact).await.unwrap();
        written.identity
    }

    /// An operator names an identity.
    pub async fn is_named(&self, identity: IdentityId, name: &str) {
        let change = IdentityChange { name: Some(name.to_owned()), ..Default::default() };
        self.store.identities().update(identity, &change, "test").await.unwrap();
    }
}
