//! The recorder service. It follows what ingest tracks, opens and ends events, pins their segments, cuts their clips, and keeps the
//! disk bounded. It lives beside ingest, on the same disk (a cell), and one recorder works in a cell at a time.
//!
//! An event is written to its journal on this disk first, then to Postgres, then to the bus; the journal lives until the last of it
//! was told. So an event survives the end of any process, and neither the database nor the bus is waited for by another event.

mod cell;
mod config;
mod cut;
mod journal;
mod manual;
mod pins;
mod recording;
mod retention;
mod status;
mod sweep;
mod telling;
mod watching;

use std::sync::Arc;

use anyhow::Context as _;
use iris_bus::{Bus, BusOptions};
use iris_domain::InstanceId;
use iris_library::Library;
use iris_runtime::{Context, SecretUrl, Tasks};
use iris_store::{Store, StoreOptions};
use secrecy::SecretString;
use tokio::sync::{Semaphore, SemaphorePermit};

use recording::Recordings;
use status::Speaker;

pub use cell::Cell;
pub use config::RecorderSettings;

/// Events that talk to the database at once: when it comes back, thousands may have waited for it.
const STORE_CALLS: usize = 8;

/// What every part of this service needs; clones share it.
#[derive(Clone)]
struct Deps {
    cell: Cell,
    bus: Bus,
    store: Store,
    library: Arc<Library>,
    room: Arc<retention::Room>,
    status: Arc<status::Status>,
    tasks: Tasks,
    cutters: Arc<Semaphore>,
    store_turns: Arc<Semaphore>,
}

/// Runs the service until the context says stop.
///
/// # Errors
/// When the data folder cannot be used, or an address in the settings is none.
pub async fn run(settings: RecorderSettings, context: Context) -> anyhow::Result<()> {
    let instance = InstanceId::new(context.instance.clone()).context("the instance's name is no plain name")?;
    let deps = Deps::open(&settings, &context, &instance).await?;
    let recordings = Recordings::new(deps.clone(), &context.tasks);
    watch_over(&context, &deps, &recordings, instance);
    let Some(_lock) = deps.cell.lock(&context.shutdown).await? else { return Ok(()) };
    take_up_journals(&deps, &recordings).await?;
    work(&settings, &context, &deps, &recordings);
    context.shutdown.cancelled().await;
    // The lock is held until nothing of this process can write into the cell any more.
    recordings.drained().await;
    Ok(())
}

/// Tells others how this process fares, at work or standing by.
fn watch_over(context: &Context, deps: &Deps, recordings: &Recordings, instance: InstanceId) {
    let speaker = Arc::new(Speaker::new(context, deps, instance));
    let shared = recordings.clone();
    context.tasks.supervise("heartbeat", move |stop| {
        let (speaker, recordings) = (speaker.clone(), shared.clone());
        async move {
            speaker.run(recordings, &stop).await;
            Ok(())
        }
    });
    let (deps, postgres, disk) = (deps.clone(), context.health.component("postgres"), context.health.component("disk"));
    context.tasks.supervise("probe", move |stop| {
        let (deps, postgres, disk) = (deps.clone(), postgres.clone(), disk.clone());
        async move {
            status::probe(&deps, &postgres, &disk, &stop).await;
            Ok(())
        }
    });
}

/// Goes on with what an earlier recorder left unfinished.
async fn take_up_journals(deps: &Deps, recordings: &Recordings) -> anyhow::Result<()> {
    let journals = deps.cell.journals().to_owned();
    let entries = blocking(move || journal::read_all(&journals)).await.context("read the journals")?;
    if !entries.is_empty() {
        tracing::info!(events = entries.len(), "going on with unfinished events");
    }
    for entry in entries {
        recordings.take_up(entry);
    }
    Ok(())
}

/// Starts the jobs of the recorder at work.
fn work(settings: &RecorderSettings, context: &Context, deps: &Deps, recordings: &Recordings) {
    let tasks = &context.tasks;
    let shared = (deps.clone(), recordings.clone());
    tasks.supervise("watching", move |stop| {
        let (deps, recordings) = shared.clone();
        async move { watching::run(&deps.cell, &recordings, &stop).await }
    });
    let shared = (deps.clone(), recordings.clone());
    tasks.supervise("manual recordings", move |stop| {
        let (deps, recordings) = shared.clone();
        async move { manual::run(&deps, &recordings, &stop).await }
    });
    let (shared, rules) = (deps.clone(), settings.retention());
    tasks.supervise("retention", move |stop| {
        let deps = shared.clone();
        async move {
            retention::run(&deps, rules, &stop).await;
            Ok(())
        }
    });
    let shared = (deps.clone(), recordings.clone());
    tasks.supervise("sweep", move |stop| {
        let (deps, recordings) = shared.clone();
        async move { sweep::run(&deps, &recordings, &stop).await }
    });
}

impl Deps {
    async fn open(settings: &RecorderSettings, context: &Context, instance: &InstanceId) -> anyhow::Result<Self> {
        let cell = Cell::open(&context.common.data_dir)?;
        let bucket = context.common.library_url.as_ref().map(SecretUrl::expose);
        let library = Library::open_in(bucket, cell.library()).context("open the media library")?;
        let name = format!("recorder {instance}");
        let bus = Bus::connect(&BusOptions { url: context.common.nats_url.expose().to_owned(), name }).await?;
        let url = SecretString::from(settings.database_url.expose().to_owned());
        let store = Store::open(&url, &StoreOptions::new("iris-recorder")).await?;
        Ok(Self {
            cell,
            bus,
            store,
            library: Arc::new(library),
            room: Arc::default(),
            status: Arc::default(),
            tasks: context.tasks.clone(),
            cutters: Arc::new(Semaphore::new(settings.cut_workers)),
            store_turns: Arc::new(Semaphore::new(STORE_CALLS)),
        })
    }

    /// Waits for a turn at the database.
    async fn turn(&self) -> SemaphorePermit<'_> {
        self.store_turns.acquire().await.expect("the turns are never closed")
    }

    /// Does media work on a thread of its own, when one of the workers is free.
    async fn on_cutter<T: Send + 'static>(
        &self,
        name: String,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let _worker = self.cutters.acquire().await.expect("the workers are never closed");
        Ok(self.tasks.spawn_blocking_thread(name, work)?.join().await?)
    }
}

/// Does short work on files away from the async threads.
async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> anyhow::Result<T>
where
    T: Send + 'static,
    E: Into<anyhow::Error> + Send + 'static,
{
    tokio::task::spawn_blocking(work).await.context("work on files")?.map_err(Into::into)
}
