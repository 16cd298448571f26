//! When cameras gave no pictures: noted as the heartbeats tell it, listed, and forgotten after a while. What is noted is decided by
//! `domain::downtime`; each pass compares it with the rows, so that it does not matter which gateway wrote them.
//!
//! A gateway that hears nothing concludes nothing: while the bus is away cameras are recorded all the same. What began and ended
//! while no gateway ran is not known.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use iris_domain::downtime::{Downtime, DowntimeWatch};
use iris_domain::{CameraId, Page};
use iris_runtime::CancellationToken;
use iris_store::DowntimeFilter;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::ApiError;
use crate::extract::{Input, Query, QueryFields};
use crate::openapi::ReadRefusals;
use crate::time::{Time, wall_now};

/// As often as the cameras' owners speak, or every other time.
const COMPARE_EVERY: Duration = Duration::from_secs(2);
/// How often old ones are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
/// Of a camera that comes and goes all day: the newest, about a week of one every minute.
const KEPT_OF_EACH: u32 = 10_000;
/// Items of a page where the client does not say.
const LIMIT_DEFAULT: u64 = 50;

/// A time in which a camera gave no pictures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CameraDowntime)]
pub struct DowntimeView {
    /// Its number.
    #[schema(example = 1)]
    id: i64,
    #[schema(example = 1)]
    camera_id: i64,
    #[schema(example = "Front door")]
    camera_name: String,
    /// The last picture before it.
    ts: Time,
    /// The first picture after it; null while it goes on.
    end_ts: Option<Time>,
    /// Why, a line for a person, as it was when it began; `disabled` where the camera was turned off.
    #[schema(example = "connection refused")]
    reason: String,
}

/// A page of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CameraDowntimeList)]
pub struct DowntimeList {
    /// All that match the filter.
    #[schema(example = 1)]
    total: u64,
    /// Those of the page, newest first.
    items: Vec<DowntimeView>,
}

impl DowntimeView {
    fn new(downtime: Downtime) -> Self {
        Self {
            id: downtime.id.get(),
            camera_id: downtime.camera.get(),
            camera_name: downtime.camera_name,
            ts: Time(downtime.since),
            end_ts: downtime.until.map(Time),
            reason: downtime.reason,
        }
    }
}

/// When cameras gave no pictures, for ten seconds or longer, newest first.
#[utoipa::path(
    get, path = "/api/cameras/downtimes", operation_id = "list_camera_downtimes", tag = "cameras",
    params(
        ("camera_id" = Option<i64>, Query, minimum = 1, description = "Of this camera"),
        ("from" = Option<String>, Query, example = "2026-11-23T00:00:00Z", description = "Not over by then"),
        ("to" = Option<String>, Query, example = "2026-11-24", description = "Begun before"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "Items at most; 50 if absent"),
        ("offset" = Option<u64>, Query, description = "Items passed over first")
    ),
    responses((status = 200, description = "A page of them, and how many there are", body = DowntimeList), ReadRefusals)
)]
pub async fn list(State(app): State<Arc<App>>, query: Query) -> Result<Json<DowntimeList>, ApiError> {
    let mut input = Input::new();
    let wanted = wanted(&mut input.query(&query));
    let (filter, page) = input.finish(Some(wanted))?;
    let listed = app.store()?.downtimes().list(&filter, page).await?;
    Ok(Json(DowntimeList { total: listed.total, items: listed.downtimes.into_iter().map(DowntimeView::new).collect() }))
}

fn wanted(fields: &mut QueryFields<'_, '_>) -> (DowntimeFilter, Page) {
    let filter = DowntimeFilter {
        camera_id: fields.id::<CameraId>("camera_id"),
        from: fields.time("from"),
        to: fields.time("to"),
    };
    (filter, fields.page(LIMIT_DEFAULT))
}

/// Keeps them until told to stop.
pub async fn keep(app: Arc<App>, stop: CancellationToken) {
    let mut watch = DowntimeWatch::default();
    let mut compare = tokio::time::interval(COMPARE_EVERY);
    compare.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut forget = tokio::time::interval(FORGET_EVERY);
    forget.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let done = tokio::select! {
            () = stop.cancelled() => return,
            _ = compare.tick() => compare_once(&app, &mut watch).await,
            _ = forget.tick() => forget_once(&app).await,
        };
        if let Err(error) = done {
            tracing::debug!("downtimes are not kept now: {error:?}");
        }
    }
}

async fn compare_once(app: &App, watch: &mut DowntimeWatch) -> Result<(), ApiError> {
    if !app.bus.is_connected() {
        watch.deaf();
        return Ok(());
    }
    let store = app.store()?;
    let cameras = store.cameras().list().await?;
    let open: HashMap<CameraId, Downtime> =
        store.downtimes().open().await?.into_iter().map(|open| (open.camera, open)).collect();
    watch.retain(|id| cameras.iter().any(|camera| camera.id == id));
    let (now, wall) = (Instant::now(), wall_now());
    for camera in &cameras {
        let condition = app.fleet.camera(camera);
        for change in watch.observe(camera.id, &condition, open.get(&camera.id), now, wall) {
            store.downtimes().apply(camera.id, &change).await?;
        }
    }
    Ok(())
}

async fn forget_once(app: &App) -> Result<(), ApiError> {
    let days = u64::from(app.settings.downtime_retention_days);
    let before = wall_now().minus(Duration::from_secs(days * 24 * 3600));
    app.store()?.downtimes().forget(before, KEPT_OF_EACH).await?;
    Ok(())
}
