//! Where things are: the settings, read as the services read them, and what the recorder's say of the database and the media library,
//! for it works with both.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_detect::DetectSettings;
use iris_gateway::GatewaySettings;
use iris_ingest::IngestSettings;
use iris_library::Library;
use iris_notify::NotifySettings;
use iris_recorder::{Cell, RecorderSettings};
use iris_reid::ReidSettings;
use iris_runtime::settings::{self, CommonSettings, Loaded, Mistakes};
use iris_runtime::{SecretUrl, Settings};
use iris_store::{Store, StoreOptions};
use secrecy::SecretString;

/// The folder of the library below the data folder, and in a backup.
pub const LIBRARY: &str = "library";

/// A person who waits has more patience than a request: a page of rows of a database that is busy comes within this.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// A service's settings: the file's, and the environment's before it.
///
/// # Errors
/// All mistakes, together.
pub fn load<S: Settings>(config: Option<&Path>) -> Result<Loaded<S>, Mistakes> {
    settings::load(config, &|name| std::env::var_os(name))
}

/// The settings in force of every service that has no mistake in them, without secrets: a file's name and its text.
pub fn settings_in_force(config: Option<&Path>) -> Vec<(String, String)> {
    fn of<S: Settings>(config: Option<&Path>) -> Option<(String, String)> {
        let text = load::<S>(config).ok()?.to_toml().ok()?;
        Some((format!("{}.toml", S::TABLE), text))
    }
    let all = [
        of::<GatewaySettings>(config),
        of::<IngestSettings>(config),
        of::<DetectSettings>(config),
        of::<RecorderSettings>(config),
        of::<ReidSettings>(config),
        of::<NotifySettings>(config),
    ];
    all.into_iter().flatten().collect()
}

/// The database, if it answers.
///
/// # Errors
/// It does not.
pub async fn store(settings: &RecorderSettings) -> anyhow::Result<Store> {
    let url = SecretString::from(settings.database_url.expose().to_owned());
    let options = StoreOptions { answer_within: ANSWER_WITHIN, max_connections: 2, ..StoreOptions::new("iris") };
    let store = Store::open(&url, &options).await?;
    store.ping().await.with_context(|| format!("reach {} (database_url)", settings.database_url))?;
    Ok(store)
}

/// The cell and its library, which must be there: in a folder that was misspelt everything would be missing.
///
/// # Errors
/// There is no library in the data folder, or the address of the bucket is none.
pub fn cell(common: &CommonSettings) -> anyhow::Result<(Library, Cell)> {
    let folder = if common.library_url.is_some() { common.data_dir.clone() } else { common.data_dir.join(LIBRARY) };
    ensure!(
        folder.is_dir(),
        "there is no media library at {}: name the data folder that the recorder has (IRIS_DATA_DIR, or data_dir in the settings file)",
        folder.display()
    );
    let cell = Cell::open(&common.data_dir)?;
    Ok((library(common)?, cell))
}

/// The library, made if need be.
///
/// # Errors
/// The folder cannot be made, or the address of the bucket is none.
pub fn library(common: &CommonSettings) -> anyhow::Result<Library> {
    let bucket = common.library_url.as_ref().map(SecretUrl::expose);
    Ok(Library::open_in(bucket, &common.data_dir.join(LIBRARY))?)
}

/// Does what blocks: the library waits for its disk, or for its store, on the thread that asks.
pub fn blocking<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(work)
}
