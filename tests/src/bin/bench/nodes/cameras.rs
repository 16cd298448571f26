//! Cameras that send one picture from memory again and again, by the credit that ingest gives, and count what was judged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use iris_bus::message::Frame;
use iris_bus::{Bus, DetectionAnswer, DetectionAnswers};
use iris_domain::credit::Credit;
use iris_domain::{CameraId, Timestamp};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use crate::rig;

/// Processes that are played, each with a connection and a share of the cameras.
const INGESTS: usize = 4;
/// Between two pictures of a camera.
const PICTURE: Duration = Duration::from_millis(40);
/// Pictures of a camera that may be out, as ingest has it.
const IN_FLIGHT_MAX: usize = 2;
/// Every node takes part, and a model is warm.
const SETTLED_AFTER: Duration = Duration::from_secs(4);
const MEASURED_FOR: Duration = Duration::from_secs(15);

/// What is played.
#[derive(Debug, Clone, Copy)]
pub struct Cameras {
    pub count: usize,
    /// Of the pictures.
    pub size: [u32; 2],
    /// Wanted between two pictures to be judged.
    pub interval: Duration,
}

impl Cameras {
    /// Plays until it is known how many pictures are judged in a second.
    pub async fn judged_a_second(self, nats: &str) -> anyhow::Result<f64> {
        let judged = Arc::new(AtomicU64::new(0));
        let mut playing = JoinSet::new();
        for ingest in 0..INGESTS {
            let bus = rig::connect(nats).await?;
            for number in (ingest..self.count).step_by(INGESTS) {
                playing.spawn(self.camera(number, bus.clone()).await?.run(judged.clone()));
            }
        }
        let count = || judged.load(Ordering::Relaxed);
        tokio::time::sleep(SETTLED_AFTER).await;
        let (began, before) = (Instant::now(), count());
        tokio::time::sleep(MEASURED_FOR).await;
        let rate = (count() - before) as f64 / began.elapsed().as_secs_f64();
        // None ends by itself but with the bus.
        match playing.try_join_next() {
            Some(ended) => Err(ended.context("a played camera")?.expect_err("it plays until it is stopped")),
            None => Ok(rate),
        }
    }

    async fn camera(self, number: usize, bus: Bus) -> anyhow::Result<Camera> {
        let id = CameraId::new(i64::try_from(number)? + 1)?;
        let [width, height] = self.size;
        let picture = Frame {
            run: Uuid::now_v7(),
            sequence: 0,
            captured: Timestamp::EPOCH,
            width,
            height,
            i420: vec![128; (width * height * 3 / 2) as usize].into(),
            min_score: 0.1,
            iou: 0.5,
        };
        let answers = bus.detection_answers(id).await?;
        let begins_after = PICTURE.mul_f64(number as f64 / self.count as f64);
        Ok(Camera {
            id,
            bus,
            answers,
            picture,
            begins_after,
            interval: self.interval,
            credit: Credit::new(IN_FLIGHT_MAX),
        })
    }
}

struct Camera {
    id: CameraId,
    bus: Bus,
    answers: DetectionAnswers,
    picture: Frame,
    begins_after: Duration,
    interval: Duration,
    credit: Credit,
}

impl Camera {
    async fn run(mut self, judged: Arc<AtomicU64>) -> anyhow::Result<()> {
        let mut pictures = tokio::time::interval_at(tokio::time::Instant::now() + self.begins_after, PICTURE);
        pictures.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                _ = pictures.tick() => {}
                answer = self.answers.next() => match answer.context("the bus was closed")? {
                    DetectionAnswer::NoDetector => self.credit.no_detector(),
                    DetectionAnswer::Detections(detections) => {
                        let counts = self.credit.answered(detections.sequence, Instant::now()).is_some();
                        judged.fetch_add(u64::from(counts && detections.outcome.is_ok()), Ordering::Relaxed);
                    }
                },
            }
            self.send();
        }
    }

    /// Sends the newest picture, if one is due and may be out.
    fn send(&mut self) {
        let now = Instant::now();
        if !self.credit.is_due(self.interval, now) {
            return;
        }
        self.picture.sequence = self.credit.send(self.interval, now);
        self.picture.captured = Timestamp::from_system(SystemTime::now());
        if !self.bus.send_frame(self.id, &self.picture) {
            self.credit.not_sent(self.picture.sequence);
        }
    }
}
