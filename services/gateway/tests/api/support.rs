//! A gateway in this process with its own database, bus and media folder, and the verbs of the tests.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use iris_bus::{Bus, BusOptions};
use iris_domain::{
    CameraId, ClipChange, ClipRecord, ClipStatus, EventChange, EventId, EventKey, EventKind, NewEvent, Span, Timestamp,
};
use iris_gateway::GatewaySettings;
use iris_library::{Library, MediaPath};
use iris_runtime::settings::HealthListen;
use iris_runtime::{CommonSettings, Context, Secret, SecretUrl, Service};
use iris_store::{Opening, Store};
use iris_testkit::nats::NatsServer;
use iris_testkit::port::free_port;
use iris_testkit::postgres::TestDatabase;
use iris_testkit::wait;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

/// The key of every gateway here.
pub const KEY: &str = "test-key";
/// Longer than anything takes here but on a machine that is busy with everything else.
pub const SOON: Duration = Duration::from_secs(20);

/// A running gateway. Dropping it stops it with its process's runtime.
pub struct Gateway {
    pub base: String,
    pub client: Client,
    context: Context,
    data_dir: TempDir,
}

/// A gateway with its surroundings.
pub struct World {
    pub gateway: Gateway,
    /// Dropped with its data when the test ends.
    _database: TestDatabase,
    pub store: Store,
    pub nats: NatsServer,
}

impl World {
    /// With the settings that most tests want.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With settings of the test's own.
    pub async fn start_with(configure: impl FnOnce(&mut GatewaySettings)) -> Self {
        let (nats, database) = tokio::try_join!(NatsServer::start(), TestDatabase::create()).unwrap();
        let store = database.store().await.unwrap();
        let gateway = Gateway::start(&database.url(), &nats.url(), configure).await;
        gateway.works().await;
        wait::until(SOON, "the gateway to find its bus", || async {
            let missing = gateway.context.health.not_ready();
            anyhow::ensure!(missing.is_empty(), "{missing:?}");
            Ok(())
        })
        .await
        .unwrap();
        Self { gateway, _database: database, store, nats }
    }
}

impl Gateway {
    /// Starts a gateway; it may not have found its database yet.
    pub async fn start(database_url: &str, nats_url: &str, configure: impl FnOnce(&mut GatewaySettings)) -> Self {
        let data_dir = TempDir::with_prefix("iris-gateway-").unwrap();
        let listen = format!("127.0.0.1:{}", free_port().unwrap());
        let mut settings = GatewaySettings {
            listen: listen.parse().unwrap(),
            database_url: SecretUrl::parse(database_url).unwrap(),
            api_key: Some(Secret::new(KEY)),
            ..GatewaySettings::default()
        };
        configure(&mut settings);
        let common = CommonSettings {
            nats_url: SecretUrl::parse(nats_url).unwrap(),
            data_dir: data_dir.path().to_owned(),
            health_listen: HealthListen::Off,
            ..CommonSettings::default()
        };
        let context = Context::new(Service { name: "gateway", version: "1.2.3" }, common);
        context.tasks.spawn("gateway", iris_gateway::run(settings, context.clone()));
        // A connection of its own per request: tests of connections must not find one that another test left.
        let client = Client::builder().no_proxy().pool_max_idle_per_host(0).timeout(SOON).build().unwrap();
        let gateway = Self { base: format!("http://{listen}"), client, context, data_dir };
        wait::until(SOON, "the gateway to listen", || async { Ok(gateway.get("/health").send().await?) })
            .await
            .unwrap();
        gateway
    }

    /// Waits until it has found its database.
    pub async fn works(&self) {
        wait::until(SOON, "the gateway to find its database", || async {
            let answer = self.get("/api/cameras").send().await?;
            anyhow::ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
            Ok(())
        })
        .await
        .unwrap();
    }

    /// Stops it as a signal would, within the time a process has.
    pub async fn stop(&self) {
        self.context.shutdown.cancel();
        self.context.tasks.drain(Duration::from_secs(8)).await.unwrap();
    }

    /// A request without a credential.
    pub fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// A request with the key.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).bearer_auth(KEY)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path).json(body)
    }

    pub fn put(&self, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::PUT, path).json(body)
    }

    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }

    /// Enters a camera and returns it.
    pub async fn camera(&self, name: &str) -> Value {
        let camera = json!({ "name": name, "rtsp_url": "rtsp://user:hunter2@camera.example/stream" });
        json_of(self.post("/api/cameras", &camera), 201).await
    }

    /// Where clips and thumbnails are.
    pub fn library_folder(&self) -> PathBuf {
        self.data_dir.path().join("library")
    }

    /// The media folder, as the recorder sees it.
    pub fn library(&self) -> Library {
        Library::open(&self.library_folder()).unwrap()
    }
}

/// Sends and expects this status; gives the answer.
pub async fn answer(request: RequestBuilder, status: u16) -> Response {
    let response = request.send().await.unwrap();
    if response.status().as_u16() == status {
        return response;
    }
    let (got, url) = (response.status(), response.url().clone());
    panic!("{url} answered {got} and not {status}: {}", response.text().await.unwrap_or_default())
}

/// Sends and expects JSON with this status.
pub async fn json_of(request: RequestBuilder, status: u16) -> Value {
    answer(request, status).await.json().await.unwrap()
}

/// Sends and expects a validation error; gives `place.field` of each fault, in order.
pub async fn faults_of(request: RequestBuilder) -> Vec<String> {
    let body = json_of(request, 422).await;
    let faults = body["detail"].as_array().unwrap_or_else(|| panic!("no list of faults: {body}"));
    let step = |step: &Value| step.as_str().map_or_else(|| step.to_string(), str::to_owned);
    faults
        .iter()
        .map(|fault| {
            assert!(fault["msg"].is_string() && fault["type"].is_string(), "{fault}");
            fault["loc"].as_array().unwrap().iter().map(step).collect::<Vec<_>>().join(".")
        })
        .collect()
}

pub fn id_of(value: &Value) -> i64 {
    value["id"].as_i64().unwrap()
}

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A presence of a person that goes on, as the recorder enters it.
pub fn presence(camera: &Value, ts: &str) -> NewEvent {
    NewEvent {
        key: EventKey(Uuid::new_v4()),
        kind: EventKind::Track,
        camera_id: CameraId::new(id_of(camera)).unwrap(),
        source_generation: 1,
        label: "person".to_owned(),
        ts: at(ts),
        end_ts: None,
        confidence: 0.9,
        num_tracks: 1,
        clip_status: ClipStatus::Recording,
    }
}

impl World {
    /// Enters an event as the recorder does.
    pub async fn opened(&self, event: &NewEvent) -> EventId {
        match self.store.events().open(event).await.unwrap() {
            Opening::Open(id) => id,
            Opening::Gone => panic!("the event was refused"),
        }
    }

    /// Ends an event after ten seconds, with a clip and a thumbnail of this content.
    pub async fn finished(&self, event: &NewEvent, clip: &[u8]) -> EventId {
        let id = self.opened(event).await;
        let library = self.gateway.library();
        let (clip_path, picture) = (MediaPath::clip(event.key, event.ts), MediaPath::thumbnail(event.key, event.ts));
        let size_bytes = library.put_bytes(clip, &clip_path).unwrap();
        library.put_bytes(b"\xff\xd8 a picture", &picture).unwrap();
        let end = event.ts.plus(Duration::from_secs(10));
        let span = Span::new(event.ts.minus(Duration::from_secs(5)), end.plus(Duration::from_secs(10))).unwrap();
        let clip = ClipRecord { path: clip_path.to_string(), span, gaps: Vec::new(), size_bytes };
        let change = EventChange {
            end_ts: Some(end),
            thumbnail_path: Some(picture.to_string()),
            clip: Some(ClipChange::Ready(clip)),
            ..EventChange::default()
        };
        self.store.events().update(event.key, &change).await.unwrap();
        id
    }

    /// The other services' end of the bus.
    pub async fn bus(&self) -> Bus {
        static CLIENTS: AtomicI64 = AtomicI64::new(0);
        let name = format!("test {}", CLIENTS.fetch_add(1, Ordering::Relaxed));
        let bus = Bus::connect(&BusOptions { url: self.nats.url(), name }).await.unwrap();
        wait::until(SOON, "the bus", || async {
            anyhow::ensure!(bus.is_connected());
            Ok(())
        })
        .await
        .unwrap();
        bus
    }
}
