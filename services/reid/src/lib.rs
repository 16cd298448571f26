//! The re-ID service: crops in, who it is out. Two roles in one process.
//!
//! *Embedding* is stateless and shared: any node takes a crop, asks the networks what they see, and publishes an observation.
//! *Association* has one leader at a time, by lease: it takes observations in, decides with `iris_domain::identity` which track is
//! which identity, writes that to Postgres, keeps the gallery like Postgres, and publishes sightings. A leader that dies is followed
//! by another node within ten seconds, which goes on with what was written down; what was in hand is given again.

mod asks;
mod clock;
mod config;
mod embedding;
mod heartbeat;
mod leader;
mod models;
mod patience;
mod pictures;
mod replay;
mod status;
mod telling;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use iris_bus::message::GalleryKind;
use iris_bus::{Bus, BusOptions};
use iris_domain::InstanceId;
use iris_domain::identity::AssociationRules;
use iris_gallery::{Gallery, MemoryGallery, QdrantGallery, QdrantSettings, Quantization};
use iris_library::Library;
use iris_runtime::{Context, SecretUrl, Tasks};
use iris_store::{Store, StoreOptions};
use secrecy::SecretString;

use clock::Clock;
pub use config::{NetworkScales, ReidSettings};
use embedding::Networks;
pub use embedding::{Looker, NoLooker};
pub use models::{Described, Models};
pub use pictures::track_of;
pub use replay::Replay;
use status::Status;

/// Why nothing is looked at when an operator wants it so.
const BIOMETRICS_OFF: &str = "faces and re-identification are turned off (biometrics_enabled)";

/// What every part of this service needs; clones share it.
#[derive(Clone)]
struct Deps {
    instance: InstanceId,
    bus: Bus,
    store: Store,
    library: Arc<Library>,
    gallery: Arc<dyn Gallery>,
    gallery_kind: GalleryKind,
    rules: Arc<AssociationRules>,
    relabel_within: Duration,
    maintenance_enabled: bool,
    clock: Clock,
    status: Arc<Status>,
    tasks: Tasks,
}

/// Runs the service until the context says stop.
///
/// # Errors
/// When a network that is named, its device or ONNX Runtime cannot be had, or an address in the settings is none; the message says
/// what to do.
pub async fn run(settings: ReidSettings, context: Context) -> anyhow::Result<()> {
    let instance = InstanceId::new(context.instance.clone()).context("the instance's name is no plain name")?;
    let model_health = context.health.component("models");
    let (models, described) = load(&context, &settings).await?;
    model_health.ready();
    let deps = Deps::open(&settings, models.scales(), &context, instance).await?;
    heartbeat::start(&context, &deps, described.clone());
    watch_database(&context, &deps);
    if !settings.biometrics_enabled {
        discard_all(&deps);
        context.shutdown.cancelled().await;
        return Ok(());
    }
    let looker = Looker::new(models, described.refusal)?;
    let (networks, thread) = Networks::start(&context.tasks, looker).context("start the networks' thread")?;
    watch_gallery(&context, &deps);
    lead(&deps);
    answer(&deps, &networks);
    embedding::run(&deps.bus, &networks, &context.shutdown).await?;
    // The thread ends with the last way to it, which those who answer hold until they have stopped.
    drop((networks, thread));
    Ok(())
}

async fn load(context: &Context, settings: &ReidSettings) -> anyhow::Result<(Models, Described)> {
    let settings = settings.clone();
    let loading = context.tasks.spawn_blocking_thread("load models", move || Models::load(&settings));
    Ok(loading.context("start a thread for loading")?.join().await??)
}

/// Takes its turn as the leader.
fn lead(deps: &Deps) {
    let shared = deps.clone();
    deps.tasks.supervise("leader", move |stop| {
        let deps = shared.clone();
        async move { leader::run(&deps, &stop).await }
    });
}

fn answer(deps: &Deps, networks: &Networks) {
    let shared = (deps.bus.clone(), networks.clone());
    deps.tasks.supervise("photos", move |stop| {
        let (bus, networks) = shared.clone();
        async move { asks::answer(&bus, &networks, &stop).await }
    });
}

/// Nobody is to be known again: what comes is thrown away unseen.
fn discard_all(deps: &Deps) {
    let bus = deps.bus.clone();
    deps.tasks.supervise("discard crops", move |stop| {
        let bus = bus.clone();
        async move {
            embedding::discard(&bus, &stop).await;
            Ok(())
        }
    });
    let bus = deps.bus.clone();
    deps.tasks.supervise("discard observations", move |stop| {
        let bus = bus.clone();
        async move {
            leader::discard(&bus, &stop).await;
            Ok(())
        }
    });
    let bus = deps.bus.clone();
    deps.tasks.supervise("photos", move |stop| {
        let bus = bus.clone();
        async move { asks::refuse(&bus, BIOMETRICS_OFF, &stop).await }
    });
}

fn watch_database(context: &Context, deps: &Deps) {
    let (deps, postgres) = (deps.clone(), context.health.component("postgres"));
    context.tasks.supervise("probe", move |stop| {
        let (deps, postgres) = (deps.clone(), postgres.clone());
        async move {
            status::probe(&deps, &postgres, &stop).await;
            Ok(())
        }
    });
}

fn watch_gallery(context: &Context, deps: &Deps) {
    let (deps, gallery) = (deps.clone(), context.health.component("gallery"));
    context.tasks.supervise("gallery probe", move |stop| {
        let (deps, gallery) = (deps.clone(), gallery.clone());
        async move {
            status::probe_gallery(&deps, &gallery, &stop).await;
            Ok(())
        }
    });
}

impl Deps {
    async fn open(
        settings: &ReidSettings,
        networks: NetworkScales,
        context: &Context,
        instance: InstanceId,
    ) -> anyhow::Result<Self> {
        let bucket = context.common.library_url.as_ref().map(SecretUrl::expose);
        let library =
            Library::open_in(bucket, &context.common.data_dir.join("library")).context("open the media library")?;
        let name = format!("reid {instance}");
        let bus = Bus::connect(&BusOptions { url: context.common.nats_url.expose().to_owned(), name }).await?;
        let url = SecretString::from(settings.database_url.expose().to_owned());
        let store = Store::open(&url, &StoreOptions::new("iris-reid")).await?;
        let (gallery, gallery_kind) = gallery(settings)?;
        Ok(Self {
            instance,
            bus,
            store,
            library: Arc::new(library),
            gallery,
            gallery_kind,
            rules: Arc::new(settings.rules(networks)),
            relabel_within: settings.relabel_within(),
            maintenance_enabled: settings.maintenance_enabled,
            clock: Clock::System,
            status: Arc::default(),
            tasks: context.tasks.clone(),
        })
    }
}

fn gallery(settings: &ReidSettings) -> anyhow::Result<(Arc<dyn Gallery>, GalleryKind)> {
    let Some(url) = &settings.qdrant_url else { return Ok((Arc::new(MemoryGallery::default()), GalleryKind::Memory)) };
    let quantization = if settings.qdrant_quantized { Quantization::Scalar } else { Quantization::None };
    let api_key = settings.qdrant_api_key.as_ref().map(|key| SecretString::from(key.expose().to_owned()));
    let qdrant = QdrantSettings { api_key, quantization, ..QdrantSettings::new(url.expose()) };
    Ok((Arc::new(QdrantGallery::connect(&qdrant)?), GalleryKind::Qdrant))
}

/// Does short work on files away from the async threads.
async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> anyhow::Result<T>
where
    T: Send + 'static,
    E: Into<anyhow::Error> + Send + 'static,
{
    tokio::task::spawn_blocking(work).await.context("work on files")?.map_err(Into::into)
}
