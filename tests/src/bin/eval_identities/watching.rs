//! Footage through everything before association, without the services: decoded, judged, followed, cropped and embedded by the same
//! code and settings, at the usual five pictures a second, by the film's own clock.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_bus::message::{Crop, CropView, ObservationFact};
use iris_domain::crops::{self, CROP_JPEG_QUALITY, CROP_SIDE_MAX, CropChooser, CropOutput, CropSettings, CropSubject};
use iris_domain::tracking::{Tracker, TrackerSettings};
use iris_domain::{CameraId, CameraTuning, Timestamp};
use iris_inference::{DetectRequest, Detector, DetectorSpec, Device, FamilyChoice, PictureRef, PixelFormat};
use iris_media::{
    DecodeMode, Decoder, JpegEncoder, OpenOptions, Picture, PixelArea, ReadError, Scaler, Source, StopFlag,
};
use iris_reid::{Looker, Models, ReidSettings};
use iris_testkit::realdata::Realdata;
use uuid::Uuid;

/// The detector takes pictures of at most so many pixels a side.
const DETECTOR_SIDE: u32 = 416;
/// From the picture to the observation, as on a machine with something to do.
const DELAY: Duration = Duration::from_millis(300);
/// A track is told to be over when it was not found for a second.
const END_DELAY: Duration = Duration::from_secs(1);

/// What was said of one crop, and when the leader hears of it.
#[derive(Debug, Clone)]
pub struct Heard {
    pub at: Timestamp,
    pub fact: ObservationFact,
}

/// The networks.
pub struct Watcher {
    detector: Detector,
    looker: Looker,
    for_detection: Scaler,
    for_crops: Scaler,
    jpeg: JpegEncoder,
}

impl Watcher {
    pub fn load(realdata: &Realdata, settings: &ReidSettings) -> anyhow::Result<Self> {
        let (models, described) = Models::load(settings)?;
        let detector = Detector::load(&DetectorSpec {
            path: realdata.path("det/yolox_nano_416.onnx"),
            family: FamilyChoice::Auto,
            class_names: None,
            device: Device::Cpu,
            threads: 1,
        })?;
        let looker = Looker::new(models, described.refusal)?;
        let (for_detection, for_crops) = (Scaler::new(), Scaler::new());
        Ok(Self { detector, looker, for_detection, for_crops, jpeg: JpegEncoder::new()? })
    }

    /// What is said of a photo.
    pub fn looker(&mut self) -> &mut Looker {
        &mut self.looker
    }

    /// All that is said of a film, as if it had begun in 1970.
    pub fn watch(&mut self, film: &Path) -> anyhow::Result<Vec<Heard>> {
        self.watch_part(film, Duration::ZERO..=Duration::MAX)
    }

    /// The same of a part of a film, by the time since its first picture.
    pub fn watch_part(&mut self, film: &Path, part: RangeInclusive<Duration>) -> anyhow::Result<Vec<Heard>> {
        let tuning = CameraTuning::default();
        let run = Uuid::now_v7();
        let mut film = Film {
            tracker: Tracker::new(TrackerSettings::for_confidence(tuning.detect_conf), run),
            chooser: CropChooser::new(CropSettings::default()),
            sequence: 0,
            heard: Vec::new(),
            last: Timestamp::EPOCH,
            begin: None,
            part,
            path: film.display().to_string(),
        };
        let url = format!("file://{}", std::fs::canonicalize(&film.path)?.display());
        let url = iris_domain::SourceUrl::parse(&url, true)?;
        let mut source = Source::open(&url, &OpenOptions::default(), StopFlag::new())?;
        let mut decoder = Decoder::new(source.streams(), 1)?;
        let interval = Duration::from_secs_f32(tuning.detect_interval);
        let mut next = *film.part.start();
        let mut pictures = Vec::new();
        loop {
            match source.read() {
                Ok(packet) => decoder.push(&packet, DecodeMode::All, |picture| pictures.push(picture))?,
                Err(ReadError::Ended) => {
                    decoder.flush(|picture| pictures.push(picture));
                    break;
                }
                Err(error) => return Err(error.into()),
            }
            for picture in pictures.drain(..) {
                next = self.take(&mut film, picture, next, interval, &tuning)?;
            }
        }
        for picture in pictures {
            next = self.take(&mut film, picture, next, interval, &tuning)?;
        }
        ensure!(film.begin.is_some(), "{} shows nothing", film.path);
        let ended = film.last.plus(END_DELAY);
        for output in film.chooser.end() {
            self.act(&mut film, output, None, ended)?;
        }
        film.heard.sort_by_key(|heard| heard.at);
        Ok(film.heard)
    }

    /// Looks at a picture if one is due; says when the next one is.
    fn take(
        &mut self,
        film: &mut Film,
        picture: Picture,
        due: Duration,
        interval: Duration,
        tuning: &CameraTuning,
    ) -> anyhow::Result<Duration> {
        let shown = Duration::from_micros(u64::try_from(picture.pts.as_micros()).unwrap_or(0));
        let at = shown.saturating_sub(*film.begin.get_or_insert(shown));
        if at < due || !film.part.contains(&at) {
            return Ok(due);
        }
        let captured = Timestamp::EPOCH.plus(at - *film.part.start());
        film.last = captured;
        let scaled = self.for_detection.to_i420(&picture, DETECTOR_SIDE)?;
        let request = DetectRequest {
            picture: PictureRef::new(scaled.width, scaled.height, PixelFormat::I420, &scaled.data)?,
            min_score: TrackerSettings::for_confidence(tuning.detect_conf).low_score,
            iou: tuning.detect_iou,
            input_size: Some(scaled.width.max(scaled.height)),
        };
        let found = self.detector.detect(&[request])?.pop().context("no outcome")?.detections;
        let aspect = picture.width as f32 / picture.height as f32;
        if let Some(followed) = film.tracker.observe(&found, at, captured, aspect) {
            let outputs = film.chooser.observe(captured, &followed.tracks, picture.width, picture.height);
            let picture = Arc::new(picture);
            for output in outputs {
                self.act(film, output, Some(&picture), captured)?;
            }
        }
        Ok((due + interval).max(at))
    }

    fn act(
        &mut self,
        film: &mut Film,
        output: CropOutput,
        picture: Option<&Picture>,
        captured: Timestamp,
    ) -> anyhow::Result<()> {
        let (subject, view) = match (output, picture) {
            (CropOutput::Cut { subject, reason, view }, Some(picture)) => {
                (subject, self.cut(picture, captured, reason, view)?)
            }
            (CropOutput::Cut { .. }, None) => return Ok(()),
            (CropOutput::Ended(subject), _) => (subject, None),
        };
        film.sequence += 1;
        let crop = crop(subject, film.sequence, view);
        let camera = CameraId::new(1).context("a camera's number")?;
        if let Some(fact) = self.looker.crop(camera, &crop)? {
            film.heard.push(Heard { at: captured.plus(DELAY), fact });
        }
        Ok(())
    }

    fn cut(
        &mut self,
        picture: &Picture,
        captured: Timestamp,
        reason: crops::CropReason,
        view: crops::CropView,
    ) -> anyhow::Result<Option<CropView>> {
        let crops::CropView { area, bbox, score, overlap, touches_edge, .. } = view;
        let Some(pixels) = PixelArea::around(&area, picture.width, picture.height) else { return Ok(None) };
        let Some(inner) = pixels.locate(&bbox, picture.width, picture.height) else { return Ok(None) };
        let part = self.for_crops.part_to_i420(picture, pixels, CROP_SIDE_MAX)?;
        let jpeg = self.jpeg.encode_i420(&part, CROP_JPEG_QUALITY)?;
        Ok(Some(CropView { captured, bbox, inner, score, reason, overlap, touches_edge, jpeg }))
    }
}

/// One film while it is watched.
struct Film {
    path: String,
    tracker: Tracker,
    chooser: CropChooser,
    sequence: u32,
    heard: Vec<Heard>,
    last: Timestamp,
    /// The first picture's time.
    begin: Option<Duration>,
    part: RangeInclusive<Duration>,
}

fn crop(subject: CropSubject, sequence: u32, view: Option<CropView>) -> Crop {
    let CropSubject { track, class, first_seen, last_seen, companions } = subject;
    Crop {
        track,
        sequence,
        class,
        first_seen,
        last_seen,
        companions,
        ended: view.is_none(),
        source_generation: 1,
        faces_wanted: true,
        reid_wanted: true,
        view,
    }
}
