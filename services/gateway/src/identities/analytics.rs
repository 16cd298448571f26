//! Numbers over all identities of a class, for the dashboard.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use iris_store::{Analytics, AnalyticsSummary, CameraAnalytics, HourAnalytics, KindAnalytics};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::ApiError;
use crate::extract::{Input, Query};
use crate::openapi::ReadRefusals;
use crate::time::{Time, wall_now};

/// Whom the numbers are about where the client does not say.
const CLASS_DEFAULT: &str = "person";

/// Numbers over all identities of a class.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IdentityAnalytics)]
pub struct AnalyticsView {
    #[schema(example = "person")]
    object_class: String,
    summary: SummaryView,
    /// Every camera that saw any, by id.
    by_camera: Vec<CameraView>,
    /// The last 24 hours, oldest first; the last one is the running hour.
    #[schema(min_items = 24, max_items = 24)]
    by_hour: Vec<HourView>,
    by_match_kind: KindView,
}

/// How many there are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IdentityAnalyticsSummary)]
struct SummaryView {
    total_identities: u64,
    /// Those an operator stands for.
    named: u64,
    unnamed: u64,
    /// Seen for the first time since midnight, in the gateway's `timezone`.
    created_today: u64,
    /// Seen since midnight.
    seen_today: u64,
    /// Seen within the last seven days.
    seen_7d: u64,
    total_sightings: u64,
}

/// A camera's share.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IdentityAnalyticsCamera)]
struct CameraView {
    #[schema(example = 1)]
    camera_id: i64,
    #[schema(example = "Front door")]
    camera_name: String,
    sightings: u64,
    /// Identities seen on it.
    distinct_people: u64,
    /// How long a sighting lasts, on average.
    #[schema(example = 12.5)]
    avg_dwell_seconds: f64,
}

/// An hour's share.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IdentityAnalyticsHour)]
struct HourView {
    /// The hour's start, UTC.
    hour: Time,
    /// Sightings that began in it.
    sightings: u64,
}

/// Sightings by what they are linked by.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IdentityAnalyticsKinds)]
struct KindView {
    face: u64,
    appearance: u64,
    /// Those that founded their identity.
    new: u64,
    /// Those an operator linked.
    manual: u64,
}

/// How many there are, where and when they are seen, and by what they are known.
#[utoipa::path(
    get, path = "/api/identities/analytics", operation_id = "get_identity_analytics", tag = "identities",
    params(("object_class" = Option<String>, Query, example = "person", description = "Of exactly this class; `person` if absent")),
    responses((status = 200, description = "As it is now", body = AnalyticsView), ReadRefusals)
)]
pub async fn analytics(State(app): State<Arc<App>>, query: Query) -> Result<Json<AnalyticsView>, ApiError> {
    let mut input = Input::new();
    let class = input.query(&query).text("object_class").unwrap_or(CLASS_DEFAULT).to_owned();
    let class = input.finish(Some(class))?;
    let numbers = app.store()?.identities().analytics(&class, &app.settings.timezone, wall_now()).await?;
    Ok(Json(AnalyticsView::new(class, numbers)))
}

impl AnalyticsView {
    fn new(object_class: String, numbers: Analytics) -> Self {
        let Analytics { summary, by_camera, by_hour, by_match_kind } = numbers;
        Self {
            object_class,
            summary: summary.into(),
            by_camera: by_camera.into_iter().map(CameraView::from).collect(),
            by_hour: by_hour.into_iter().map(HourView::from).collect(),
            by_match_kind: by_match_kind.into(),
        }
    }
}

impl From<AnalyticsSummary> for SummaryView {
    fn from(summary: AnalyticsSummary) -> Self {
        let AnalyticsSummary { total_identities, named, unnamed, created_today, seen_today, seen_7d, total_sightings } =
            summary;
        Self { total_identities, named, unnamed, created_today, seen_today, seen_7d, total_sightings }
    }
}

impl From<CameraAnalytics> for CameraView {
    fn from(camera: CameraAnalytics) -> Self {
        Self {
            camera_id: camera.camera_id.get(),
            camera_name: camera.camera_name,
            sightings: camera.sightings,
            distinct_people: camera.distinct_people,
            avg_dwell_seconds: camera.avg_dwell_seconds,
        }
    }
}

impl From<HourAnalytics> for HourView {
    fn from(HourAnalytics { hour, sightings }: HourAnalytics) -> Self {
        Self { hour: Time(hour), sightings }
    }
}

impl From<KindAnalytics> for KindView {
    fn from(KindAnalytics { face, appearance, new, manual }: KindAnalytics) -> Self {
        Self { face, appearance, new, manual }
    }
}
