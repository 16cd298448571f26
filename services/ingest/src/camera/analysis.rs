//! Takes detections back, follows what they found, says so, and has crops cut of it.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use iris_bus::message::{Detections, TrackView, Tracks};
use iris_bus::{DetectionAnswer, topic};
use iris_domain::Timestamp;
use iris_domain::tracking::{Track, TrackState, Tracker, TrackerSettings};
use iris_runtime::CancellationToken;
use tracing::{debug_span, warn};
use uuid::Uuid;

use super::Camera;
use super::cropping::Cropping;
use super::detecting::Sent;
use super::pictures::Job;

/// When nothing was judged for this long, whoever was in view is not followed any more: the tracker gives up after half of it. The
/// camera may be gone, and the detector too, so nothing else would tell.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// Follows one camera until it stops.
pub async fn run(camera: Arc<Camera>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut answers = camera.deps.bus.detection_answers(camera.id).await?;
    let mut following: Option<Following> = None;
    let mut silent_at: Option<Instant> = None;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            answer = answers.next() => match answer.context("the bus was closed")? {
                DetectionAnswer::NoDetector => camera.detecting.lock().credit.no_detector(),
                DetectionAnswer::Detections(detections) => {
                    silent_at = Some(Instant::now() + SILENCE_MAX);
                    judged(&camera, &mut following, detections);
                    // When the channel is full there are pictures enough to think of the credit.
                    let _full = camera.jobs.try_send(Job::CreditReturned);
                }
            },
            () = until(silent_at), if silent_at.is_some() => {
                silent_at = None;
                end_crops(&camera, following.as_mut());
            }
        }
    }
    end_crops(&camera, following.as_mut());
    Ok(())
}

async fn until(moment: Option<Instant>) {
    if let Some(moment) = moment {
        tokio::time::sleep_until(moment.into()).await;
    }
}

fn end_crops(camera: &Camera, following: Option<&mut Following>) {
    if let Some(following) = following {
        following.cropping.end(camera);
    }
}

/// What is followed in one run.
struct Following {
    run: Uuid,
    tracker: Tracker,
    cropping: Cropping,
}

fn judged(camera: &Camera, following: &mut Option<Following>, detections: Detections) {
    let now = Instant::now();
    let (sent, took, settings, rules, crops_wanted) = {
        let mut detecting = camera.detecting.lock();
        let Some((sent, took)) = detecting.answered(detections.run, detections.sequence, now) else {
            metrics::counter!("iris_ingest_answers_stale_total").increment(1);
            return;
        };
        detecting.side_max = detections.side_max;
        let settings = TrackerSettings::for_confidence(detecting.tuning.detect_conf);
        (sent, took, settings, detecting.rules(), detecting.crops_wanted())
    };
    metrics::histogram!("iris_ingest_detection_round_trip_seconds").record(took.as_secs_f64());
    let found = match detections.outcome {
        Ok(found) => found,
        Err(failure) => {
            warn!(camera.id = %camera.id, "a picture of camera {} was not judged: {failure}", camera.id);
            return;
        }
    };
    camera.status.judged(&detections.detector, now);
    let latency = Timestamp::from_system(SystemTime::now()).since(detections.captured);
    metrics::histogram!("iris_ingest_detection_latency_seconds").record(latency.as_secs_f64());
    let run = detections.run;
    end_crops(camera, following.take_if(|following| following.run != run).as_mut());
    let Following { tracker, cropping, .. } = following.get_or_insert_with(|| Following {
        run,
        tracker: Tracker::new(settings, run),
        cropping: Cropping::new(crops_wanted),
    });
    let Sent { sequence, at, captured, aspect, picture, span } = sent;
    let _frame = span.enter();
    let Some(followed) = debug_span!("follow").in_scope(|| tracker.observe(&found, at, captured, aspect)) else {
        metrics::counter!("iris_ingest_answers_stale_total").increment(1);
        return;
    };
    cropping.observe(camera, captured, &followed.tracks, picture);
    let tracks: Vec<TrackView> = followed.tracks.into_iter().map(view).collect();
    camera.live.follow(captured, tracks.clone());
    let source_generation = crops_wanted.source_generation;
    let cell = camera.deps.cell.clone();
    let picture = Tracks { run, sequence, captured, tracks, rules, last: false, source_generation, cell };
    camera.deps.bus.publish(topic::TRACKS, camera.id, &picture);
}

/// The camera stops being watched: an open presence ends at its last detection.
pub fn say_last(camera: &Camera) {
    let (run, rules, source_generation) = {
        let detecting = camera.detecting.lock();
        (detecting.run, detecting.rules(), detecting.source_generation)
    };
    let captured = Timestamp::from_system(SystemTime::now());
    let (sequence, cell) = (u64::MAX, camera.deps.cell.clone());
    let farewell = Tracks { run, sequence, captured, tracks: Vec::new(), rules, last: true, source_generation, cell };
    camera.deps.bus.publish(topic::TRACKS, camera.id, &farewell);
}

fn view(track: Track) -> TrackView {
    TrackView {
        key: track.key,
        class: track.class,
        bbox: track.bbox,
        score: track.score,
        confirmed: track.state == TrackState::Confirmed,
        observed: track.observed,
        first_seen: track.first_seen,
    }
}
