//! Footage through everything before association, without the services: decoded, judged, followed, cropped and embedded by the same
//! code and settings, at the usual five pictures a second, by the film's own clock.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_bus::message::{Crop, CropView, ObservationFact};
use iris_domain::crops::{self, CROP_JPEG_QUALITY, CROP_SIDE_MAX, CropChooser, CropOutput, CropSettings, CropSubject};
use iris_domain::tracking::{Track, Tracker, TrackerSettings};
use iris_domain::{CameraId, CameraTuning, Timestamp};
use iris_inference::{DetectRequest, Detector, DetectorSpec, Device, FamilyChoice, PictureRef, PixelFormat};
use iris_media::{
    DecodeMode, Decoder, JpegEncoder, OpenOptions, Picture, PixelArea, ReadError, Scaler, Source, StopFlag,
};
use iris_reid::{Looker, Models, NetworkScales, ReidSettings};
use uuid::Uuid;

/// From the picture to the observation, as on a machine with something to do.
const DELAY: Duration = Duration::from_millis(300);
/// A track is told to be over when it was not found for a second.
const END_DELAY: Duration = Duration::from_secs(1);

/// What was said of one crop, and when the leader hears of it.
#[derive(Debug, Clone)]
pub struct Heard {
    /// When the leader hears of it.
    pub at: Timestamp,
    /// What is said.
    pub fact: ObservationFact,
}

/// All that a film gave, as if it had begun in 1970.
#[derive(Debug, Default)]
pub struct Watched {
    /// What the networks said of those in it, in the order of time.
    pub heard: Vec<Heard>,
    /// Each judged picture: the time since the film's first one, and what was followed in it.
    pub pictures: Vec<(Duration, Vec<Track>)>,
}

/// The networks.
pub struct Watcher {
    detector: Detector,
    detector_side: u32,
    looker: Looker,
    networks: NetworkScales,
    for_detection: Scaler,
    for_crops: Scaler,
    jpeg: JpegEncoder,
}

impl Watcher {
    /// Loads a detector, which is shown pictures of at most `detector_side` pixels a side, and re-ID's networks.
    ///
    /// # Errors
    /// One of them cannot be had.
    pub fn load(detector: &Path, detector_side: u32, settings: &ReidSettings) -> anyhow::Result<Self> {
        let (models, described) = Models::load(settings)?;
        let networks = models.scales();
        let detector = Detector::load(&DetectorSpec {
            path: detector.to_owned(),
            family: FamilyChoice::Auto,
            class_names: None,
            device: Device::Cpu,
            threads: 1,
        })?;
        let looker = Looker::new(models, described.refusal)?;
        let (for_detection, for_crops) = (Scaler::new(), Scaler::new());
        Ok(Self { detector, detector_side, looker, networks, for_detection, for_crops, jpeg: JpegEncoder::new()? })
    }

    /// What is said of a photo.
    pub fn looker(&mut self) -> &mut Looker {
        &mut self.looker
    }

    /// What the networks say of their scales.
    pub fn networks(&self) -> NetworkScales {
        self.networks
    }

    /// Watches a film.
    ///
    /// # Errors
    /// It cannot be read, shows nothing, or a network fails.
    pub fn watch(&mut self, film: &Path) -> anyhow::Result<Watched> {
        self.watch_part(film, Duration::ZERO..=Duration::MAX)
    }

    /// Watches a part of a film, by the time since its first picture.
    ///
    /// # Errors
    /// As [`Self::watch`].
    pub fn watch_part(&mut self, film: &Path, part: RangeInclusive<Duration>) -> anyhow::Result<Watched> {
        let tuning = CameraTuning::default();
        let run = Uuid::now_v7();
        let mut film = Film {
            tracker: Tracker::new(TrackerSettings::for_confidence(tuning.detect_conf), run),
            chooser: CropChooser::new(CropSettings::default()),
            sequence: 0,
            watched: Watched::default(),
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
        film.watched.heard.sort_by_key(|heard| heard.at);
        Ok(film.watched)
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
        let scaled = self.for_detection.to_i420(&picture, self.detector_side)?;
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
            film.watched.pictures.push((at, followed.tracks));
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
            film.watched.heard.push(Heard { at: captured.plus(DELAY), fact });
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
    watched: Watched,
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
