//! The gateway: the only door to Iris from outside. REST, live pictures, recordings; stateless, so that any number can run.
//!
//! It keeps the truth about cameras and events in Postgres, derives the table of wanted cameras from it for ingest, copies media
//! and never decodes video. One file or folder per job; `router.rs` shows the order in which a request meets them.

mod app;
mod auth;
mod config;
mod database;
mod error;
mod extract;
mod openapi;
mod request_id;
mod router;
mod server;
mod time;

use std::sync::Arc;

use anyhow::Context as _;
use iris_bus::{Bus, BusOptions};
use iris_library::Library;
use iris_runtime::Context;
use iris_store::{Store, StoreOptions};
use secrecy::SecretString;
use tokio::sync::Notify;

use app::App;
use auth::Auth;
pub use config::GatewaySettings;
use database::Database;
use server::Server;

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

/// Opens what requests need and starts what runs beside them.
async fn start(settings: GatewaySettings, context: &Context) -> anyhow::Result<Arc<App>> {
    let bus = Bus::connect(&bus_options(context)).await?;
    let url = SecretString::from(settings.database_url.expose().to_owned());
    let store = Store::open(&url, &StoreOptions::new("iris-gateway")).await?;
    let folder = context.common.data_dir.join(LIBRARY_FOLDER);
    let library =
        tokio::task::spawn_blocking(move || Library::open(&folder)).await.context("open the media library")??;
    let app = Arc::new(App {
        auth: Auth::new(&settings)?,
        settings,
        version: context.service.version,
        database: Database::new(store),
        bus,
        library: Arc::new(library),
        cameras_changed: Notify::new(),
        tasks: context.tasks.clone(),
        shutdown: context.shutdown.clone(),
    });
    start_tasks(&app, context);
    Ok(app)
}

fn start_tasks(app: &Arc<App>, context: &Context) {
    let (watched, health) = (app.clone(), context.health.component("database"));
    let stop = context.shutdown.clone();
    context.tasks.spawn("database", async move { watched.database.watch(&health, &stop).await });
}

/// The token, where one is set apart from the address, goes into it: that is how the bus wants it.
fn bus_options(context: &Context) -> BusOptions {
    let mut url = context.common.nats_url.expose().to_owned();
    if let Some(token) = &context.common.nats_token
        && let Ok(mut with_token) = url::Url::parse(&url)
        && with_token.set_username(token.expose()).is_ok()
    {
        url = with_token.into();
    }
    BusOptions { url, name: format!("gateway {}", context.instance) }
}
