//! The detection service: a pure function of one picture. A node decodes nothing, remembers nothing and may die at any time; any
//! number of them share the pictures of all cameras.
//!
//! One thread runs the model on what waits in the queue; the rest only carries pictures to it and answers back.

mod config;
mod gpu;
mod heartbeat;
mod queue;
mod worker;

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use iris_bus::message::Detections;
use iris_bus::{Bus, BusOptions, FrameJob};
use iris_domain::InstanceId;
use iris_inference::{DetectOutcome, DetectRequest, Detector, DetectorInfo, DetectorSpec};
use iris_runtime::{CancellationToken, Context};
use tokio::sync::mpsc;
use tracing::field::Empty;
use tracing::{Instrument, Span, debug_span, info};

pub use config::DetectSettings;
use queue::{Queue, Waiting};

/// Answers on their way to the bus: several batches. When it is full the model waits, for then the bus is the slow part.
const ANSWERS_WAITING_MAX: usize = 256;

/// What judges pictures: an outcome for each, or why there is none for any. It blocks a thread of its own.
pub type Judge = Box<dyn FnMut(&[DetectRequest<'_>]) -> anyhow::Result<Vec<DetectOutcome>> + Send>;

/// A picture's answer, where it goes, and what it belongs to.
type Answer = (FrameJob, Detections, Span);

/// Runs the service until the context says stop.
///
/// # Errors
/// When the model, its device or ONNX Runtime cannot be had; the message says what to do.
pub async fn run(settings: DetectSettings, context: Context) -> anyhow::Result<()> {
    let model_health = context.health.component("model");
    let (mut detector, runtime_version) = load(&context, settings).await?;
    let model = detector.info().clone();
    info!(model = model.name, family = %model.family, device = model.device, providers = ?model.providers,
        fingerprint = model.fingerprint, "the detector is loaded");
    model_health.ready();
    serve(context, model, runtime_version, Box::new(move |pictures| Ok(detector.detect(pictures)?))).await
}

/// Judges what the bus sends until the context says stop: the service without the loading of its model, so that its share of the
/// work can be measured with one that only takes time.
///
/// # Errors
/// When the bus's address is none, or the thread that judges ended.
pub async fn serve(context: Context, model: DetectorInfo, runtime_version: String, judge: Judge) -> anyhow::Result<()> {
    let instance = InstanceId::new(context.instance.clone()).context("the instance's name is no plain name")?;
    let name = format!("detect {instance}");
    let bus = Bus::connect(&BusOptions { url: context.common.nats_url.expose().to_owned(), name }).await?;
    let (queue, model) = (Arc::new(Queue::for_model(&model)), Arc::new(model));
    let (answers, answered) = mpsc::channel(ANSWERS_WAITING_MAX);
    heartbeat::start(&context, &bus, instance, model.clone(), runtime_version);
    context.tasks.spawn("answers", send_answers(answered));
    let (described, jobs, results) = (model.clone(), queue.clone(), answers.clone());
    let work = move || worker::run(judge, &described, &jobs, &results);
    let worker = context.tasks.spawn_blocking_thread("model", work).context("start the model's thread")?;
    let received = receive(&context, &bus, &queue, &model, &answers).await;
    queue.close();
    worker.join().await.context("the model's thread")?;
    received
}

async fn load(context: &Context, settings: DetectSettings) -> anyhow::Result<(Detector, String)> {
    let loading = context.tasks.spawn_blocking_thread("load model", move || {
        let runtime = iris_inference::init(settings.onnxruntime.as_deref())?;
        let DetectSettings { model, family, class_names, device, threads, .. } = settings;
        let detector = Detector::load(&DetectorSpec { path: model, family, class_names, device, threads })?;
        anyhow::Ok((detector, runtime.version))
    });
    loading.context("start a thread for loading")?.join().await?
}

/// Takes pictures off the bus until told to stop, or until the model's thread is gone.
async fn receive(
    context: &Context,
    bus: &Bus,
    queue: &Queue,
    model: &DetectorInfo,
    answers: &mpsc::Sender<Answer>,
) -> anyhow::Result<()> {
    let mut jobs = bus.frame_jobs().await?;
    let gone: &CancellationToken = queue.gone();
    loop {
        let job = tokio::select! {
            () = context.shutdown.cancelled() => break,
            () = gone.cancelled() => anyhow::bail!("the model's thread ended"),
            job = jobs.next() => job.context("the bus was closed")?,
        };
        metrics::counter!("iris_detect_pictures_received_total").increment(1);
        let span = debug_span!(parent: None, "judge", queue_us = Empty, preprocess_us = Empty, inference_us = Empty, pictures = Empty);
        job.trace.attach(&span);
        if let Some(Waiting { job, span, .. }) = queue.push(Waiting { job, since: Instant::now(), span }) {
            metrics::counter!("iris_detect_pictures_dropped_total", "reason" => "queue_full").increment(1);
            // Said at once, so that its camera may send a newer one.
            let refusal = worker::refusal(&job, model, "this detection node is overloaded");
            let _closing = answers.send((job, refusal, span)).await;
        }
    }
    jobs.stop().await;
    Ok(())
}

async fn send_answers(mut answers: mpsc::Receiver<Answer>) {
    while let Some((job, detections, span)) = answers.recv().await {
        job.answer(&detections).instrument(span).await;
    }
}
