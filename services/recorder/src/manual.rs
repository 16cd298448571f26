//! Manual recordings: an operator pressed record and released it, and waits for the clip. It is cut from the buffer like any other;
//! the answer is given when the clip can be played.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use iris_bus::Question;
use iris_bus::message::{ClipReply, ClipRequest};
use iris_bus::topic;
use iris_domain::{CameraId, EventKey, SegmentName, Span, Timestamp};
use iris_runtime::CancellationToken;
use tokio::sync::{Semaphore, watch};
use tracing::{Instrument, debug_span};
use uuid::Uuid;

use crate::cell::segment_names;
use crate::journal::{Entry, Stage, Subject};
use crate::recording::{Outcome, Recordings};
use crate::{Deps, blocking};

/// A recording that just began is in a segment that is still open: segments are about 2 s long, and some cameras send a key
/// frame only every 4 s.
const FIRST_SEGMENT_MAX: Duration = Duration::from_secs(6);
/// A buffer whose newest segment is older does not grow any more.
const STILL_RECORDING: Duration = Duration::from_secs(15);
/// Questions answered at once: operators are few, and each may keep a clip waiting. Further ones are refused at once.
const QUESTIONS_MAX: usize = 32;
/// How often the buffer is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Answers until told to stop; each question has a task of its own.
///
/// # Errors
/// When the bus was closed.
pub async fn run(deps: &Deps, recordings: &Recordings, stop: &CancellationToken) -> anyhow::Result<()> {
    // Whoever asks knows where a camera is recorded.
    let cameras = format!("{}.*", deps.cell.name());
    let mut questions = deps.bus.questions(topic::ASK_CLIP, cameras).await.context("listen for manual recordings")?;
    let places = Arc::new(Semaphore::new(QUESTIONS_MAX));
    while let Some(question) = stop.run_until_cancelled(questions.next()).await {
        let question = question.context("the bus was closed")?;
        let Ok(place) = places.clone().try_acquire_owned() else {
            question.answer(&ClipReply::Failed("too many recordings at once".to_owned())).await;
            continue;
        };
        let (deps, recordings, stop) = (deps.clone(), recordings.clone(), stop.clone());
        let tasks = deps.tasks.clone();
        let span = debug_span!(parent: None, "record_clip", camera.id = camera_of(&question.key));
        question.trace.attach(&span);
        let answered = async move {
            let _place = place;
            let _stopped = stop.run_until_cancelled(answer(&deps, &recordings, question)).await;
        };
        tasks.spawn("manual clip", answered.instrument(span));
    }
    Ok(())
}

/// The key is `<cell>.<camera>`.
fn camera_of(key: &str) -> &str {
    key.rsplit_once('.').map_or(key, |(_, camera)| camera)
}

async fn answer(deps: &Deps, recordings: &Recordings, question: Question<ClipRequest, ClipReply>) {
    let reply = match camera_of(&question.key).parse::<CameraId>() {
        Ok(camera) => record(deps, recordings, camera, question.body).await.unwrap_or_else(|error| {
            tracing::warn!(camera.id = %camera, "a manual recording failed: {error:#}");
            ClipReply::Failed("the recording cannot be read".to_owned())
        }),
        Err(_) => ClipReply::NothingBuffered,
    };
    question.answer(&reply).await;
}

async fn record(
    deps: &Deps,
    recordings: &Recordings,
    camera: CameraId,
    request: ClipRequest,
) -> anyhow::Result<ClipReply> {
    let Some(span) = buffered(deps, camera, request).await? else { return Ok(ClipReply::NothingBuffered) };
    let entry = Entry {
        key: EventKey(Uuid::now_v7()),
        camera,
        source_generation: request.source_generation,
        subject: Subject::Manual(span),
        stage: Stage::Pending,
    };
    match recordings.take_up(entry) {
        Some(recording) => Ok(reply(recording.outcome()).await),
        None => Ok(ClipReply::Failed("too many events wait for the database".to_owned())),
    }
}

async fn reply(mut outcome: watch::Receiver<Option<Outcome>>) -> ClipReply {
    let outcome = outcome.wait_for(Option::is_some).await.map(|outcome| outcome.clone());
    match outcome {
        Ok(Some(Outcome::Ready(event, duration))) => ClipReply::Ready { event, duration },
        Ok(Some(Outcome::Failed(reason))) => ClipReply::Failed(reason),
        Ok(Some(Outcome::Discarded)) => ClipReply::Failed("the recording was deleted".to_owned()),
        Ok(None) | Err(_) => ClipReply::Failed("the recorder stops".to_owned()),
    }
}

/// The part of the wanted time from which on there is video; `None` where there is none and none is to come.
async fn buffered(deps: &Deps, camera: CameraId, request: ClipRequest) -> anyhow::Result<Option<Span>> {
    let give_up = Instant::now() + FIRST_SEGMENT_MAX;
    loop {
        let cell = deps.cell.clone();
        let (generation, names) =
            blocking(move || std::io::Result::Ok((cell.generation(camera), segment_names(&cell.segments(camera))?)))
                .await?;
        if generation != Some(request.source_generation) {
            return Ok(None);
        }
        if let Some(span) = covered(&names, request.span) {
            return Ok(Some(span));
        }
        let now = Timestamp::from_system(SystemTime::now());
        let grows = names.iter().map(SegmentName::end).max().is_some_and(|newest| now.since(newest) < STILL_RECORDING);
        if !grows || Instant::now() >= give_up {
            return Ok(None);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The wanted time, begun no earlier than the buffer; `None` when no segment shows any of it.
fn covered(names: &[SegmentName], wanted: Span) -> Option<Span> {
    let oldest = names.iter().map(|name| name.start).min()?;
    let shown = names.iter().any(|name| name.start <= wanted.end && wanted.start < name.end());
    shown.then_some(Span { start: wanted.start.max(oldest), ..wanted })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: i64, end: i64) -> Span {
        let at = |seconds: i64| Timestamp::from_millis(1_800_000_000_000 + seconds * 1000).unwrap();
        Span::new(at(start), at(end)).unwrap()
    }

    #[test]
    fn a_recording_begins_no_earlier_than_the_buffer() {
        let names: Vec<SegmentName> = (5..10)
            .map(|number| SegmentName {
                start: span(number * 2, number * 2).start,
                duration_ms: 2_000,
                sequence: number as u64,
                run: 1,
                starts_with_key: true,
            })
            .collect();
        for (wanted, found) in [
            (span(12, 15), Some(span(12, 15))),
            (span(3, 15), Some(span(10, 15))),
            (span(19, 30), Some(span(19, 30))),
            (span(3, 8), None),
            (span(20, 30), None),
        ] {
            assert_eq!(covered(&names, wanted), found);
        }
        assert_eq!(covered(&[], span(0, 1)), None);
    }
}
