//! Which of a camera's tracks are cut out of which picture: asks the chooser and hands its wishes to the cutting thread. Driven by
//! the analysis, one for each run.

use std::sync::Arc;
use std::sync::mpsc::TrySendError;

use iris_bus::message::Crop;
use iris_domain::Timestamp;
use iris_domain::crops::{CropChooser, CropOutput, CropSettings, CropSubject};
use iris_domain::tracking::Track;
use iris_media::Picture;
use tracing::Span;

use super::Camera;
use super::cutter::{Job, Part};

/// What the camera's settings say of crops.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Look for faces.
    pub faces: bool,
    /// Tell apart across cameras.
    pub reid: bool,
    /// The camera's source generation.
    pub source_generation: i64,
}

/// Crops of one run.
pub struct Cropping {
    chooser: CropChooser,
    wanted: Wanted,
    sequence: u32,
}

impl Cropping {
    pub fn new(wanted: Wanted) -> Self {
        Self { chooser: CropChooser::new(CropSettings::default()), wanted, sequence: 0 }
    }

    /// Takes the tracks of a picture. Without the picture, because nobody wants crops or its answer came too late, there is
    /// nothing to choose from; which tracks ended is found with the next one.
    pub fn observe(&mut self, camera: &Camera, captured: Timestamp, tracks: &[Track], picture: Option<Arc<Picture>>) {
        let Some(picture) = picture else { return };
        let mut parts = Vec::new();
        for output in self.chooser.observe(captured, tracks, picture.width, picture.height) {
            match output {
                CropOutput::Cut { subject, reason, view } => {
                    parts.push(Part { crop: self.crop(subject, false), reason, view });
                }
                CropOutput::Ended(subject) => self.say_ended(camera, subject),
            }
        }
        if parts.is_empty() {
            return;
        }
        if let Err(TrySendError::Full(Job::Cut { parts, .. })) =
            camera.cuts.try_send(Job::Cut { picture, captured, parts, frame: Span::current() })
        {
            metrics::counter!("iris_ingest_crops_dropped_total", "reason" => "busy").increment(parts.len() as u64);
        }
    }

    /// Every track is over. Said at once: the cutting thread may be gone already.
    pub fn end(&mut self, camera: &Camera) {
        for output in self.chooser.end() {
            if let CropOutput::Ended(subject) = output {
                let crop = self.crop(subject, true);
                camera.deps.outbox.push(camera.id, crop);
            }
        }
    }

    /// Behind the track's crops if there is room; an end must not be lost for lack of it.
    fn say_ended(&mut self, camera: &Camera, subject: CropSubject) {
        let crop = self.crop(subject, true);
        if let Err(TrySendError::Full(Job::Ended(crop)) | TrySendError::Disconnected(Job::Ended(crop))) =
            camera.cuts.try_send(Job::Ended(crop))
        {
            camera.deps.outbox.push(camera.id, crop);
        }
    }

    fn crop(&mut self, subject: CropSubject, ended: bool) -> Crop {
        self.sequence = self.sequence.wrapping_add(1);
        let CropSubject { track, class, first_seen, last_seen, companions } = subject;
        Crop {
            track,
            sequence: self.sequence,
            class,
            first_seen,
            last_seen,
            companions,
            ended,
            source_generation: self.wanted.source_generation,
            faces_wanted: self.wanted.faces,
            reid_wanted: self.wanted.reid,
            view: None,
        }
    }
}
