//! Recording by hand. Nothing is kept between start and stop: the client holds the start, the buffer holds the video.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use iris_bus::message::{ClipReply, ClipRequest};
use iris_bus::{AskError, topic};
use iris_domain::{CameraId, Span, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::extract::{Input, JsonBody, PathId};
use crate::openapi::{BodyRefusals, MutationRefusals};
use crate::time::{Time, wall_now};

/// The recorder answers when the clip can be played: the rest of the last segment has to be filmed (some seconds), then up to
/// ten minutes of video are copied.
const CLIP_WITHIN: Duration = Duration::from_secs(40);

/// The answer to a start, and what a stop is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordingStarted {
    /// When the recording began.
    started_at: Time,
}

/// The answer to a stop.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordingStopped {
    /// The manual event.
    event_id: i64,
    /// Where its clip is.
    #[schema(example = "/api/events/17/clip")]
    clip: String,
    /// The clip's length in seconds.
    duration: f64,
}

/// Begin a manual recording
///
/// Only tells the time; the buffer records anyway.
#[utoipa::path(
    post,
    path = "/api/live/{id}/record/start",
    tag = "live",
    params(("id" = i64, Path, minimum = 1, description = "The camera")),
    responses(
        MutationRefusals,
        (status = 200, description = "The start", body = RecordingStarted),
        (status = 404, description = "No such camera", body = ErrorBody),
    )
)]
pub async fn start(State(app): State<Arc<App>>, id: PathId<CameraId>) -> Result<Json<RecordingStarted>, ApiError> {
    app.camera(id.valid()?).await?;
    Ok(Json(RecordingStarted { started_at: Time(wall_now()) }))
}

/// Finish a manual recording
///
/// Answers when the clip can be played. Where `started_at` is older than the buffer, the clip starts where the buffer does.
#[utoipa::path(
    post,
    path = "/api/live/{id}/record/stop",
    tag = "live",
    params(("id" = i64, Path, minimum = 1, description = "The camera")),
    request_body = RecordingStarted,
    responses(
        BodyRefusals,
        (status = 200, description = "The event and its clip", body = RecordingStopped),
        (status = 400, description = "`started_at` is no time or lies in the future", body = ErrorBody),
        (status = 404, description = "No such camera", body = ErrorBody),
        (status = 409, description = "Nothing of that time is buffered", body = ErrorBody),
        (status = 503, description = "No recorder, or it could not make the clip", body = ErrorBody),
    )
)]
pub async fn stop(
    State(app): State<Arc<App>>,
    id: PathId<CameraId>,
    body: JsonBody,
) -> Result<Json<RecordingStopped>, ApiError> {
    let mut input = Input::new();
    let id = input.path(id);
    let started_at = read_start(&mut input, &body);
    let (id, started_at) = input.finish(id.zip(started_at))?;
    let span = recorded_span(&started_at, wall_now())?;
    let camera = app.camera(id).await?;
    let request = ClipRequest { span, source_generation: camera.source_generation };
    let cell = app.fleet.cell(id).ok_or(AskError::NobodyThere)?;
    match app.bus.ask(topic::ASK_CLIP, format!("{cell}.{id}"), &request, CLIP_WITHIN).await? {
        ClipReply::Ready { event, duration } => Ok(Json(RecordingStopped {
            event_id: event.get(),
            clip: format!("/api/events/{event}/clip"),
            duration: duration.as_secs_f64(),
        })),
        ClipReply::NothingBuffered => Err(ApiError::Conflict("Nothing of that time is buffered.".to_owned())),
        ClipReply::Failed(reason) => {
            Err(ApiError::unavailable(format!("The clip could not be made: {reason}"), reason))
        }
    }
}

fn read_start(input: &mut Input, body: &JsonBody) -> Option<String> {
    let mut fields = input.body(body);
    if !fields.has("started_at") {
        fields.missing("started_at");
    }
    fields.text("started_at").map(str::to_owned)
}

/// From the start to now.
fn recorded_span(started_at: &str, now: Timestamp) -> Result<Span, ApiError> {
    let start = Timestamp::parse(started_at).map_err(|error| ApiError::BadRequest(format!("started_at is {error}")))?;
    Span::new(start, now).ok_or_else(|| ApiError::BadRequest("started_at lies in the future".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_runs_from_its_start_to_now() {
        let now = Timestamp::parse("2026-11-23T02:07:09.123Z").unwrap();
        let outcome = |text: &str| recorded_span(text, now).map(|span| span.duration().as_millis()).ok();
        assert_eq!(outcome("2026-11-23T02:07:04.123Z"), Some(5_000));
        assert_eq!(outcome("2026-11-23T03:07:09.123+01:00"), Some(0));
        for refused in ["2026-11-23T02:07:09.124Z", "2027-01-01", "", "now", "1700000000"] {
            assert_eq!(outcome(refused), None, "{refused}");
        }
    }
}
