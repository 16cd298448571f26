//! Live pictures: a snapshot, a stream, and recording by hand. Pictures come encoded from ingest; here they are only passed on,
//! to any number of viewers. Live video with sound is [`crate::hls`].

mod hub;
mod part;
mod recording;
mod snapshot;
mod stream;
mod wall;
mod watcher;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

pub use hub::LiveHub;

/// The routes of live pictures.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(snapshot::snapshot))
        .routes(routes!(stream::stream))
        .routes(routes!(wall::wall))
        .routes(routes!(recording::start))
        .routes(routes!(recording::stop))
}
