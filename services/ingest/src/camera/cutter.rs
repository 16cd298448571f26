//! The cutting thread of one camera: parts of full-resolution pictures in, crops out. Nothing waits for it: what does not fit into
//! its channel is counted and dropped, since a crop is replaceable.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use bytes::Bytes;
use iris_bus::message::{CROP_BYTES_MAX, Crop, CropView};
use iris_domain::crops::{self, CROP_JPEG_QUALITY, CROP_SIDE_MAX, CropReason};
use iris_domain::{BBox, Timestamp};
use iris_media::{JpegEncoder, Picture, PixelArea, Scaler, StopFlag};
use tracing::{Span, debug_span, warn};

use super::Camera;

/// Pictures waiting to be cut at most. They are held in full resolution, 12 MB each of a 4K camera, and one takes a few
/// milliseconds: when there are more, the machine has too much to do.
pub const WAITING_MAX: usize = 4;
/// A stop is noticed within this time.
const STOP_NOTICED: Duration = Duration::from_millis(100);

/// Work for the cutting thread.
pub enum Job {
    /// Crops of one picture.
    Cut {
        /// The picture that was judged.
        picture: Arc<Picture>,
        /// When it was filmed.
        captured: Timestamp,
        /// What to cut.
        parts: Vec<Part>,
        /// What becomes of the picture.
        frame: Span,
    },
    /// A track is gone; said here so that it does not overtake the track's crops.
    Ended(Crop),
}

/// One crop to cut.
pub struct Part {
    /// The crop, still without its view.
    pub crop: Crop,
    /// Why it is cut.
    pub reason: CropReason,
    /// What is cut.
    pub view: crops::CropView,
}

/// The thread's own.
pub struct Cutter {
    camera: Arc<Camera>,
    scaler: Scaler,
    jpeg: Option<JpegEncoder>,
}

impl Cutter {
    pub fn new(camera: Arc<Camera>) -> Self {
        Self { camera, scaler: Scaler::new(), jpeg: None }
    }

    /// Works until the camera stops.
    pub fn run(mut self, jobs: &Receiver<Job>, stop: &StopFlag) {
        while !stop.is_stopped() {
            match jobs.recv_timeout(STOP_NOTICED) {
                Ok(job) => self.work(job),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        while let Ok(job) = jobs.try_recv() {
            self.work(job);
        }
    }

    fn work(&mut self, job: Job) {
        match job {
            Job::Cut { picture, captured, parts, frame } => {
                let _frame = frame.enter();
                parts.into_iter().for_each(|part| self.cut(&picture, captured, part));
            }
            Job::Ended(crop) => self.camera.deps.outbox.push(self.camera.id, crop),
        }
    }

    fn cut(&mut self, picture: &Picture, captured: Timestamp, part: Part) {
        let Part { mut crop, reason, view } = part;
        let _crop = debug_span!("cut_crop", track = crop.track.number, reason = reason.as_str()).entered();
        let Some((jpeg, inner)) = self.encode(picture, &view.area, &view.bbox) else {
            metrics::counter!("iris_ingest_crops_dropped_total", "reason" => "failed").increment(1);
            return;
        };
        let crops::CropView { bbox, score, overlap, touches_edge, .. } = view;
        crop.view = Some(CropView { captured, bbox, inner, score, reason, overlap, touches_edge, jpeg });
        metrics::counter!("iris_ingest_crops_cut_total", "reason" => reason.as_str()).increment(1);
        self.camera.deps.outbox.push(self.camera.id, crop);
    }

    /// The JPEG, and where the thing is in it.
    fn encode(&mut self, picture: &Picture, wanted: &BBox, bbox: &BBox) -> Option<(Bytes, BBox)> {
        let area = PixelArea::around(wanted, picture.width, picture.height)?;
        let inner = area.locate(bbox, picture.width, picture.height)?;
        if self.jpeg.is_none() {
            self.jpeg = JpegEncoder::new().ok();
        }
        let pixels = self.scaler.part_to_i420(picture, area, CROP_SIDE_MAX).map_err(|error| error.to_string());
        let encoder = self.jpeg.as_mut()?;
        let encoded = pixels
            .and_then(|pixels| encoder.encode_i420(&pixels, CROP_JPEG_QUALITY).map_err(|error| error.to_string()));
        match encoded {
            Ok(jpeg) if jpeg.len() <= CROP_BYTES_MAX => Some((jpeg, inner)),
            Ok(_) => None,
            Err(error) => {
                warn!(camera.id = %self.camera.id, "no crop of camera {}: {error}", self.camera.id);
                None
            }
        }
    }
}
