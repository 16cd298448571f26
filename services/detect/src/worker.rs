//! The model's thread: takes what waits, runs it, answers.

use std::time::{Duration, Instant};

use iris_bus::FrameJob;
use iris_bus::message::{Detections, Timing};
use iris_inference::{DetectOutcome, DetectRequest, DetectorInfo, InputSize, PictureRef, PixelFormat};
use tokio::sync::mpsc;
use tracing::error;

use crate::queue::{Queue, Waiting};
use crate::{Answer, Judge};

/// Works until the queue is closed and empty.
pub fn run(mut model: Judge, described: &DetectorInfo, queue: &Queue, answers: &mpsc::Sender<Answer>) {
    // However this thread ends, the receiving side learns of it.
    let _gone = queue.gone().clone().drop_guard();
    while let Some(batch) = queue.next_batch() {
        let taken = Instant::now();
        metrics::histogram!("iris_detect_batch_pictures").record(batch.len() as f64);
        let outcomes = judge(&mut model, &batch);
        let pictures = batch.len();
        for (Waiting { job, since, span }, outcome) in batch.into_iter().zip(outcomes) {
            let detections = answer(&job, described, taken.duration_since(since), outcome);
            let Timing { queue_us, preprocess_us, inference_us, .. } = detections.timing;
            tracing::record_all!(span, queue_us, preprocess_us, inference_us, pictures);
            if answers.blocking_send((job, detections, span)).is_err() {
                return;
            }
        }
    }
}

/// Judges a batch; a batch that fails is tried picture by picture, so that a bad one does not cost the others.
fn judge(model: &mut Judge, batch: &[Waiting]) -> Vec<Result<DetectOutcome, String>> {
    match detect(model, batch) {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        Err(failure) if batch.len() == 1 => {
            error!("a picture could not be judged: {failure:#}");
            metrics::counter!("iris_detect_pictures_failed_total").increment(1);
            vec![Err(format!("{failure:#}"))]
        }
        Err(_) => batch.chunks(1).flat_map(|single| judge(model, single)).collect(),
    }
}

fn detect(model: &mut Judge, batch: &[Waiting]) -> anyhow::Result<Vec<DetectOutcome>> {
    let requests = batch.iter().map(|waiting| request(&waiting.job)).collect::<Result<Vec<_>, _>>()?;
    model(&requests)
}

fn request(job: &FrameJob) -> anyhow::Result<DetectRequest<'_>> {
    let frame = &job.frame;
    let picture = PictureRef::new(frame.width, frame.height, PixelFormat::I420, &frame.i420)?;
    // The camera's owner has scaled the picture to what the operator wants looked at.
    let input_size = Some(frame.width.max(frame.height));
    Ok(DetectRequest { picture, min_score: frame.min_score, iou: frame.iou, input_size })
}

fn answer(
    job: &FrameJob,
    model: &DetectorInfo,
    queued: Duration,
    outcome: Result<DetectOutcome, String>,
) -> Detections {
    let timing = outcome.as_ref().map(|outcome| outcome.timing).unwrap_or_default();
    metrics::histogram!("iris_detect_queue_seconds").record(queued.as_secs_f64());
    metrics::histogram!("iris_detect_inference_seconds").record(timing.inference.as_secs_f64());
    Detections {
        outcome: outcome.map(|outcome| outcome.detections),
        timing: Timing {
            queue_us: micros(queued),
            preprocess_us: micros(timing.preprocess),
            inference_us: micros(timing.inference),
            postprocess_us: micros(timing.postprocess),
        },
        ..refusal(job, model, "")
    }
}

/// The answer for a picture that was not judged.
pub fn refusal(job: &FrameJob, model: &DetectorInfo, reason: &str) -> Detections {
    let frame = &job.frame;
    Detections {
        run: frame.run,
        sequence: frame.sequence,
        captured: frame.captured,
        outcome: Err(reason.to_owned()),
        detector: format!("{}@{}", model.name, model.device),
        side_max: match model.input_size {
            InputSize::Fixed { width, height } => Some(width.max(height)),
            InputSize::Dynamic { .. } => None,
        },
        timing: Timing::default(),
    }
}

fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}
