//! What all requests share. Made once by `lib.rs`; handlers get it as their state and own nothing themselves.

use std::sync::Arc;

use arc_swap::ArcSwap;
use iris_bus::Bus;
use iris_domain::CameraRecord;
use iris_library::Library;
use iris_runtime::{CancellationToken, Tasks};
use iris_store::Store;
use tokio::sync::Notify;

use crate::auth::Auth;
use crate::config::GatewaySettings;
use crate::database::Database;
use crate::error::ApiError;
use crate::feed::Feed;
use crate::fleet::Fleet;
use crate::hls::Hls;
use crate::live::LiveHub;
use crate::upload::Uploads;

/// The gateway's shared state.
pub struct App {
    /// The settings in force.
    pub settings: GatewaySettings,
    /// The gateway's version.
    pub version: &'static str,
    /// This process's name among its kind.
    pub instance: String,
    /// Who may ask.
    pub auth: Auth,
    /// The truth.
    pub database: Database,
    /// The other services.
    pub bus: Bus,
    /// The other services' heartbeats.
    pub fleet: Fleet,
    /// What changes, for clients that want to hear of it.
    pub feed: Feed,
    /// The cameras that are watched now.
    pub live: LiveHub,
    /// Live video with sound.
    pub hls: Hls,
    /// Clips and thumbnails.
    pub library: Arc<Library>,
    /// Room for uploaded photos.
    pub uploads: Uploads,
    /// Told when a camera was changed, so that the change reaches ingest at once.
    pub cameras_changed: Notify,
    /// The cameras as Postgres last told, for answers that must not wait for it.
    pub cameras_known: ArcSwap<Vec<CameraRecord>>,
    /// For work that outlives its request.
    pub tasks: Tasks,
    /// Cancelled when the process stops: streams end then.
    pub shutdown: CancellationToken,
}

impl App {
    /// The database, for a request.
    ///
    /// # Errors
    /// It has not been there since the gateway's start.
    pub fn store(&self) -> Result<&Store, ApiError> {
        self.database.store()
    }

    /// Runs work to its end even when the client goes away meanwhile, so that nothing stays half done.
    ///
    /// # Errors
    /// Those of the work; [`ApiError::Internal`] when it panicked or was cut off by the process's stop.
    pub async fn finish<T, F>(&self, name: &'static str, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ApiError>> + Send + 'static,
    {
        let joined = self.tasks.spawn(name, work).join().await;
        joined.unwrap_or_else(|error| Err(ApiError::Internal(error.to_string())))
    }
}
