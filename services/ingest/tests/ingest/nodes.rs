//! A detection node that the tests play.

use anyhow::Context as _;
use iris_bus::message::{DetectState, Detections, Frame, ServiceState, Timing};
use iris_bus::pulse::BEAT_EVERY;
use iris_bus::{FrameJobs, Pulse};
use iris_domain::{BBox, Class, Detection, InstanceId};
use tokio::task::JoinSet;

use crate::rig::Rig;

/// Says that it is there, without which nothing is decoded for detection, and judges pictures. Gone when dropped.
pub struct DetectionNode {
    _tasks: JoinSet<()>,
}

impl DetectionNode {
    /// A node that finds at most one person in a picture.
    pub async fn start(rig: &Rig, person: impl FnMut(&Frame) -> Option<BBox> + Send + 'static) -> anyhow::Result<Self> {
        let mut tasks = JoinSet::new();
        tasks.spawn(judge(rig.bus.frame_jobs().await?, person));
        tasks.spawn(beat(Pulse::new(&rig.bus, InstanceId::new("node").context("a name")?, "0")));
        Ok(Self { _tasks: tasks })
    }
}

async fn judge(mut jobs: FrameJobs, mut person: impl FnMut(&Frame) -> Option<BBox>) {
    while let Some(job) = jobs.next().await {
        let found = person(&job.frame).map(|bbox| Detection { bbox, class: Class::person(), score: 0.9, look: None });
        let detections = Detections {
            run: job.frame.run,
            sequence: job.frame.sequence,
            captured: job.frame.captured,
            outcome: Ok(found.into_iter().collect()),
            detector: "test@cpu".to_owned(),
            side_max: Some(640),
            timing: Timing::default(),
        };
        job.answer(&detections).await;
    }
}

async fn beat(pulse: Pulse) {
    let mut beat = tokio::time::interval(BEAT_EVERY);
    loop {
        beat.tick().await;
        let state = DetectState {
            model: "test".to_owned(),
            device: "cpu".to_owned(),
            providers: Vec::new(),
            classes: vec![Class::person()],
            runtime_version: "0".to_owned(),
            gpu: None,
        };
        pulse.beat(ServiceState::Detect(state), None);
    }
}

/// Finds what is bright on a dark ground.
pub fn bright(frame: &Frame) -> Option<BBox> {
    let (width, height) = (frame.width as usize, frame.height as usize);
    let (columns, rows) = bright_span(&frame.i420[..width * height], width)?;
    let edge = |pixel: usize, side: usize| pixel as f32 / side as f32;
    BBox::clipped(edge(columns.0, width), edge(rows.0, height), edge(columns.1 + 1, width), edge(rows.1 + 1, height))
}

/// First and last bright column, and row, of a grey picture.
pub fn bright_span(luma: &[u8], width: usize) -> Option<((usize, usize), (usize, usize))> {
    let places = luma.iter().enumerate().filter(|(_, value)| **value > 140).map(|(at, _)| (at % width, at / width));
    places.fold(None, |span, (x, y)| {
        let ((left, right), (top, bottom)) = span.unwrap_or(((x, x), (y, y)));
        Some(((left.min(x), right.max(x)), (top.min(y), bottom.max(y))))
    })
}
