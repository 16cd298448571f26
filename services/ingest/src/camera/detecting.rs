//! What the decoding thread and the analysis task of a camera share about detection: the run, the credit, and what is out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use iris_bus::message::WantedCamera;
use iris_domain::credit::Credit;
use iris_domain::presence::PresenceRules;
use iris_domain::tracking::TrackerSettings;
use iris_domain::{CameraId, CameraTuning, Timestamp};
use iris_media::Picture;
use tracing::{Span, debug_span};
use uuid::Uuid;

use super::cropping;
use crate::IngestSettings;

/// Pictures remembered while their answers are out; more than credit ever allows.
const REMEMBERED_MAX: usize = 32;
/// Scaling to even sides moves the proportions by less than this; a camera that was set to another shape moves them by more.
const ASPECT_TOLERANCE: f32 = 0.02;

/// The shared state.
pub struct Detecting {
    camera: CameraId,
    /// Fresh with each tuning and each shape of the picture: an answer to a picture of another run is stale, and tracks do not
    /// outlive a run.
    pub run: Uuid,
    /// What is out.
    pub credit: Credit,
    /// How the camera is watched.
    pub tuning: CameraTuning,
    /// The camera's source generation.
    pub source_generation: i64,
    /// Largest picture side that the detector makes use of; known after its first answer.
    pub side_max: Option<u32>,
    aspect: Option<f32>,
    frames_in_flight: usize,
    /// Whether anybody may be known again at all.
    biometrics: bool,
    sent: VecDeque<Sent>,
}

/// A picture that is out.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Its number in the run.
    pub sequence: u64,
    /// Monotonic time of the picture.
    pub at: Duration,
    /// When it was filmed.
    pub captured: Timestamp,
    /// Width over height.
    pub aspect: f32,
    /// The picture itself in full resolution, for what will be cut out of it.
    pub picture: Option<Arc<Picture>>,
    /// What becomes of it, from its order to what its answer led to.
    pub span: Span,
}

/// What a picture has to look like, and what is asked of the detector.
#[derive(Debug)]
pub struct Order {
    /// The run.
    pub run: Uuid,
    /// The picture's number.
    pub sequence: u64,
    /// Longest side in pixels.
    pub side_max: u32,
    /// Boxes below are not wanted.
    pub min_score: f32,
    /// Overlap at which the weaker of two boxes goes.
    pub iou: f32,
    /// The picture's.
    pub span: Span,
}

impl Detecting {
    pub fn new(wanted: &WantedCamera, settings: &IngestSettings) -> Self {
        let frames_in_flight = settings.frames_in_flight;
        Self {
            camera: wanted.id,
            run: Uuid::now_v7(),
            credit: Credit::new(frames_in_flight),
            tuning: wanted.tuning.clone(),
            source_generation: wanted.source_generation,
            side_max: None,
            aspect: None,
            frames_in_flight,
            biometrics: settings.biometrics_enabled,
            sent: VecDeque::with_capacity(REMEMBERED_MAX),
        }
    }

    /// Starts detection anew under another tuning.
    pub fn retune(&mut self, wanted: &WantedCamera) {
        if self.tuning != wanted.tuning {
            self.tuning = wanted.tuning.clone();
            self.begin_run();
        }
    }

    /// What is out no longer counts.
    fn begin_run(&mut self) {
        self.run = Uuid::now_v7();
        self.credit = Credit::new(self.frames_in_flight);
        self.sent.clear();
    }

    /// Wanted time between two pictures.
    pub fn interval(&self) -> Duration {
        Duration::from_secs_f32(self.tuning.detect_interval)
    }

    /// Orders a picture, if one is due.
    pub fn order(&mut self, at: Duration, captured: Timestamp, aspect: f32, now: Instant) -> Option<Order> {
        if self.aspect.is_some_and(|known| (aspect / known - 1.0).abs() > ASPECT_TOLERANCE) {
            self.begin_run();
        }
        self.aspect = Some(aspect);
        if !self.credit.is_due(self.interval(), now) {
            return None;
        }
        let sequence = self.credit.send(self.interval(), now);
        if self.sent.len() == REMEMBERED_MAX {
            self.sent.pop_front();
        }
        let age_ms = || Timestamp::from_system(SystemTime::now()).since(captured).as_millis();
        let span = debug_span!(parent: None, "frame", camera.id = %self.camera, sequence, age_ms = age_ms());
        self.sent.push_back(Sent { sequence, at, captured, aspect, picture: None, span: span.clone() });
        Some(Order {
            run: self.run,
            sequence,
            side_max: self.side_max.map_or(self.tuning.detect_imgsz, |side| side.min(self.tuning.detect_imgsz)),
            min_score: TrackerSettings::for_confidence(self.tuning.detect_conf).low_score,
            iou: self.tuning.detect_iou,
            span,
        })
    }

    /// Keeps the newest picture that was ordered until its answer is there, if anything would be cut out of it. As many are kept as
    /// may be out; one whose answer is later than that is not cut.
    pub fn keep(&mut self, picture: &Arc<Picture>) {
        let wanted = self.crops_wanted();
        if !(wanted.faces || wanted.reid) {
            return;
        }
        for (younger, sent) in self.sent.iter_mut().rev().enumerate() {
            match younger {
                0 => sent.picture = Some(picture.clone()),
                _ if younger >= self.frames_in_flight => sent.picture = None,
                _ => {}
            }
        }
    }

    /// What is to be known again of what this camera sees.
    pub fn crops_wanted(&self) -> cropping::Wanted {
        cropping::Wanted {
            faces: self.biometrics && self.tuning.faces_enabled,
            reid: self.biometrics && self.tuning.reid_enabled,
            source_generation: self.source_generation,
        }
    }

    /// The picture that was answered, if it still counts.
    pub fn answered(&mut self, run: Uuid, sequence: u64, now: Instant) -> Option<(Sent, Duration)> {
        if run != self.run {
            return None;
        }
        let took = self.credit.answered(sequence, now)?;
        let position = self.sent.iter().position(|sent| sent.sequence == sequence)?;
        self.sent.remove(position).map(|sent| (sent, took))
    }

    /// By what rules the recorder judges presence.
    pub fn rules(&self) -> PresenceRules {
        PresenceRules {
            trigger_classes: self.tuning.trigger_classes.clone(),
            min_trigger_frames: self.tuning.min_trigger_frames,
            trigger_cooldown: Duration::from_secs_f32(self.tuning.trigger_cooldown),
            pre: Duration::from_secs(u64::from(self.tuning.pre_seconds)),
            post: Duration::from_secs(u64::from(self.tuning.post_seconds)),
            min_score: self.tuning.detect_conf,
        }
    }
}

#[cfg(test)]
mod tests {
    use iris_domain::{CameraId, RtspTransport, SourceUrl};

    use super::*;

    fn yard() -> WantedCamera {
        WantedCamera {
            id: CameraId::new(1).unwrap(),
            name: "yard".to_owned(),
            source: SourceUrl::parse("rtsp://host/s", false).unwrap(),
            transport: RtspTransport::Tcp,
            enabled: true,
            source_generation: 1,
            tuning: CameraTuning { detect_interval: 0.0, ..CameraTuning::default() },
        }
    }

    #[test]
    fn where_biometrics_are_off_nobody_is_cut_out_whatever_the_camera_wants() {
        let wanted = yard();
        let settings = IngestSettings { biometrics_enabled: false, ..IngestSettings::default() };
        let off = Detecting::new(&wanted, &settings).crops_wanted();
        let on = Detecting::new(&wanted, &IngestSettings::default()).crops_wanted();
        assert_eq!((off.faces, off.reid, on.faces, on.reid), (false, false, true, true));
    }

    #[test]
    fn a_picture_of_another_shape_begins_a_run_with_full_credit() {
        let wanted = yard();
        let settings = IngestSettings { frames_in_flight: 1, ..IngestSettings::default() };
        let (mut detecting, now) = (Detecting::new(&wanted, &settings), Instant::now());
        let mut order = |aspect, ms| detecting.order(Duration::from_millis(ms), Timestamp::EPOCH, aspect, now);
        let wide = order(16.0 / 9.0, 0).unwrap();
        assert!(order(416.0 / 234.0, 40).is_none(), "the same shape, scaled: its credit is spent");
        let narrow = order(4.0 / 3.0, 80).unwrap();
        assert_ne!(wide.run, narrow.run);
        assert!(detecting.answered(wide.run, wide.sequence, now).is_none(), "an answer to the former run is stale");
        assert!(detecting.answered(narrow.run, narrow.sequence, now).is_some());
    }
}
