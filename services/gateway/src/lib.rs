//! The gateway: the only door to Iris from outside. REST, live pictures, recordings; stateless, so that any number can run.
//!
//! It keeps the truth about cameras and events in Postgres, derives the table of wanted cameras from it for ingest, copies media
//! and never decodes video. One file or folder per job; `router.rs` shows the order in which a request meets them.

mod app;
mod auth;
mod bulk;
mod camera_gauges;
mod cameras;
mod config;
mod database;
mod error;
mod events;
mod extract;
mod face_groups;
mod feed;
mod fleet;
mod health;
mod hls;
mod identities;
mod live;
mod openapi;
mod page;
mod people;
mod reconcile;
mod reid;
mod request_id;
mod router;
mod search;
mod server;
mod session;
mod stored_media;
mod system;
mod time;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use iris_bus::{Bus, BusOptions};
use iris_library::Library;
use iris_runtime::{Context, SecretUrl};
use iris_store::{Store, StoreOptions};
use secrecy::SecretString;
use tokio::sync::Notify;

use app::App;
use auth::Auth;
pub use config::GatewaySettings;
use database::Database;
use feed::Feed;
use fleet::Fleet;
use hls::Hls;
use live::LiveHub;
use server::Server;
use upload::Uploads;

/// The folder of clips and thumbnails below the data folder.
const LIBRARY_FOLDER: &str = "library";

/// Runs the gateway until the process is to stop. It starts, and answers `/health`, without Postgres and without the bus.
///
/// # Errors
/// The address to listen on is taken, or the media folder cannot be opened.
pub async fn run(settings: GatewaySettings, context: Context) -> anyhow::Result<()> {
    let server = Server::bind(settings.listen).await?;
    let listening = context.health.component("http");
    let app = start(settings, &context).await?;
    let address = server.address()?;
    tracing::info!(%address, "serving HTTP on {address}");
    listening.ready();
    server.serve(router::service(app), &context.tasks, &context.shutdown).await;
    Ok(())
}

/// Brings the database's schema up to date and ends: what `iris-migrate` does, as the role that owns the tables, where the
/// services' own role may not change them.
///
/// # Errors
/// The database is away, or refuses.
pub async fn migrate(settings: GatewaySettings, _context: Context) -> anyhow::Result<()> {
    let store = open_store(&settings, "iris-migrate").await?;
    store.migrate().await?;
    store.grant().await?;
    tracing::info!("the database's schema is up to date");
    Ok(())
}

async fn open_store(settings: &GatewaySettings, application_name: &'static str) -> anyhow::Result<Store> {
    let url = SecretString::from(settings.database_url.expose().to_owned());
    Ok(Store::open(&url, &StoreOptions::new(application_name)).await?)
}

/// Opens what requests need and starts what runs beside them.
async fn start(settings: GatewaySettings, context: &Context) -> anyhow::Result<Arc<App>> {
    let bus = Bus::connect(&bus_options(context)).await?;
    let store = open_store(&settings, "iris-gateway").await?;
    let (folder, bucket) = (context.common.data_dir.join(LIBRARY_FOLDER), context.common.library_url.clone());
    let open = move || Library::open_in(bucket.as_ref().map(SecretUrl::expose), &folder);
    let library = tokio::task::spawn_blocking(open).await.context("open the media library")??;
    let fleet = Fleet::new(Duration::from_secs(settings.status_stale_seconds.into()));
    fleet.start(&context.tasks, &bus);
    let app = Arc::new(App {
        auth: Auth::new(&settings)?,
        hls: Hls::new(settings.hls_max_sessions),
        settings,
        version: context.service.version,
        instance: context.instance.clone(),
        database: Database::new(store),
        bus,
        fleet,
        feed: Feed::new(),
        live: LiveHub::default(),
        library: Arc::new(library),
        uploads: Uploads::default(),
        cameras_changed: Notify::new(),
        cameras_known: ArcSwap::default(),
        tasks: context.tasks.clone(),
        shutdown: context.shutdown.clone(),
    });
    start_tasks(&app, context);
    Ok(app)
}

/// What runs beside the requests, each until the process stops.
fn start_tasks(app: &Arc<App>, context: &Context) {
    let Context { tasks, health, shutdown, .. } = context;
    let (watched, component, stop) = (app.clone(), health.component("database"), shutdown.clone());
    tasks.spawn("database", async move { watched.database.watch(&component, &stop).await });
    let table = health.component("camera table");
    tasks.spawn("camera table", reconcile::run(app.clone(), table, shutdown.clone()));
    tasks.spawn("camera gauges", camera_gauges::run(app.clone(), shutdown.clone()));
    tasks.spawn("downtimes", cameras::downtimes::keep(app.clone(), shutdown.clone()));
    feed::start(app);
    tasks.spawn("purges", cameras::purge::tidy(app.clone(), shutdown.clone()));
}

fn bus_options(context: &Context) -> BusOptions {
    BusOptions { url: context.common.nats_url.expose().to_owned(), name: format!("gateway {}", context.instance) }
}
