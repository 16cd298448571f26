//! Pictures out, detections back. A picture goes to one node of the queue group; its answer comes to the camera's detections
//! subject, and so does the server's word that no node is there.

use async_nats::{StatusCode, Subject, Subscriber};
use futures::{FutureExt, StreamExt};
use iris_domain::CameraId;
use iris_runtime::TraceContext;

use crate::message::{Detections, Frame};
use crate::samples::count_malformed;
use crate::topic::{DETECT_GROUP, DETECTIONS, FRAME};
use crate::{Bus, BusError, traces};

impl Bus {
    /// Sends a picture to one detection node; the answer comes out of [`Bus::detection_answers`].
    /// False when the bus is away or its socket full: the picture was dropped.
    pub fn send_frame(&self, camera: CameraId, frame: &Frame) -> bool {
        if !self.is_connected() {
            return false;
        }
        let (subject, reply, payload) = (FRAME.of(camera), DETECTIONS.of(camera), iris_proto::encode(frame));
        let queued = match traces::outgoing() {
            Some(headers) => {
                self.client.publish_with_reply_and_headers(subject, reply, headers, payload).now_or_never()
            }
            None => self.client.publish_with_reply(subject, reply, payload).now_or_never(),
        };
        matches!(queued, Some(Ok(())))
    }

    /// Receives what detection nodes answer for a camera.
    pub async fn detection_answers(&self, camera: CameraId) -> Result<DetectionAnswers, BusError> {
        let subject = DETECTIONS.of(camera);
        let subscriber = self
            .client
            .subscribe(subject)
            .await
            .map_err(|error| BusError::refused("subscribe to detections")(&error))?;
        Ok(DetectionAnswers { subscriber })
    }

    /// Takes part in detection: this node receives its share of all pictures.
    pub async fn frame_jobs(&self) -> Result<FrameJobs, BusError> {
        let subscriber = self
            .client
            .queue_subscribe(FRAME.all(), DETECT_GROUP.to_owned())
            .await
            .map_err(|error| BusError::refused("subscribe to frames")(&error))?;
        Ok(FrameJobs { bus: self.clone(), subscriber })
    }
}

/// What came back for a picture.
#[derive(Debug, Clone, PartialEq)]
pub enum DetectionAnswer {
    /// A node judged it.
    Detections(Detections),
    /// No detection node is there; known at once, without a deadline.
    NoDetector,
}

/// The answers for one camera.
pub struct DetectionAnswers {
    subscriber: Subscriber,
}

impl DetectionAnswers {
    /// The next answer; `None` when the bus was closed.
    pub async fn next(&mut self) -> Option<DetectionAnswer> {
        loop {
            let message = self.subscriber.next().await?;
            if message.status == Some(StatusCode::NO_RESPONDERS) {
                return Some(DetectionAnswer::NoDetector);
            }
            match iris_proto::decode(message.payload) {
                Ok(detections) => return Some(DetectionAnswer::Detections(detections)),
                Err(error) => count_malformed(message.subject.as_str(), &error),
            }
        }
    }
}

/// The pictures a detection node is to judge.
pub struct FrameJobs {
    bus: Bus,
    subscriber: Subscriber,
}

impl FrameJobs {
    /// The next picture; `None` when the bus was closed. Malformed ones are counted and skipped: their sender's credit comes
    /// back by its deadline.
    pub async fn next(&mut self) -> Option<FrameJob> {
        loop {
            let message = self.subscriber.next().await?;
            let Some(reply) = message.reply else { continue };
            let trace = traces::incoming(message.headers.as_ref());
            match iris_proto::decode(message.payload) {
                Ok(frame) => return Some(FrameJob { frame, trace, reply, bus: self.bus.clone() }),
                Err(error) => count_malformed(message.subject.as_str(), &error),
            }
        }
    }

    /// Takes no more pictures; those already here can still be judged.
    pub async fn stop(&mut self) {
        // Fails only when the connection is gone, and then nothing comes any more either.
        let _ = self.subscriber.unsubscribe().await;
    }
}

/// One picture to judge, and where the answer goes.
pub struct FrameJob {
    /// The picture.
    pub frame: Frame,
    /// The trace that it belongs to.
    pub trace: TraceContext,
    reply: Subject,
    bus: Bus,
}

impl FrameJob {
    /// Answers. A lost answer is made good by the sender's deadline.
    pub async fn answer(&self, detections: &Detections) {
        let sent = self.bus.client.publish(self.reply.clone(), iris_proto::encode(detections)).await;
        if sent.is_err() {
            metrics::counter!("iris_bus_samples_dropped_total", "reason" => "closed").increment(1);
        }
    }
}
