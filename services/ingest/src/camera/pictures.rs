//! The decoding thread of one camera: coded pictures in; pictures for detection and live pictures out.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use iris_bus::message::{Frame, LivePicture};
use iris_bus::topic;
use iris_domain::pace::Pace;
use iris_media::{DecodeMode, Decoder, JpegEncoder, Packet, Painter, Picture, Scaler, StopFlag, StreamInfo};
use tracing::{debug_span, warn};

use super::Camera;

/// One thread is right for a machine with many cameras, and adds no delay.
const DECODER_THREADS: usize = 1;
/// A stop is noticed within this time.
const STOP_NOTICED: Duration = Duration::from_millis(100);

/// Work for the decoding thread.
pub enum Job {
    /// A connection was made; what was decoded before is of another one.
    Connected(StreamInfo),
    /// One coded picture.
    Coded {
        /// The picture.
        packet: Packet,
        /// How much is decoded.
        mode: DecodeMode,
        /// Pictures before it were left out.
        resumed: bool,
    },
    /// An answer came back: the newest picture may go out, if it is due.
    CreditReturned,
}

/// The thread's own.
pub struct Pictures {
    camera: Arc<Camera>,
    decoder: Option<Decoder>,
    for_detection: Scaler,
    for_live: Scaler,
    painter: Painter,
    jpeg: Option<JpegEncoder>,
    /// The newest picture, while detection has not had it.
    newest: Option<(Arc<Picture>, Duration)>,
    live_pace: Pace,
    /// Monotonic time over all connections: media time, put behind what was before.
    connected_at: Duration,
    latest_at: Duration,
    started: Instant,
}

impl Pictures {
    pub fn new(camera: Arc<Camera>) -> Self {
        Self {
            camera,
            decoder: None,
            for_detection: Scaler::new(),
            for_live: Scaler::new(),
            painter: Painter::new(),
            jpeg: None,
            newest: None,
            live_pace: Pace::default(),
            connected_at: Duration::ZERO,
            latest_at: Duration::ZERO,
            started: Instant::now(),
        }
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
    }

    fn work(&mut self, job: Job) {
        match job {
            Job::Connected(streams) => self.connect(&streams),
            Job::Coded { packet, mode, resumed } => self.decode(&packet, mode, resumed),
            Job::CreditReturned => self.offer_newest(),
        }
    }

    fn connect(&mut self, streams: &StreamInfo) {
        self.newest = None;
        // By the clock, so that the time without a connection counts as time; never before what was seen already.
        self.connected_at = self.started.elapsed().max(self.latest_at + Duration::from_millis(1));
        self.decoder = Decoder::new(streams, DECODER_THREADS)
            .inspect_err(|error| warn!(camera.id = %self.camera.id, "camera {} is recorded but not seen: {error}", self.camera.id))
            .ok();
    }

    fn decode(&mut self, packet: &Packet, mode: DecodeMode, resumed: bool) {
        let Some(mut decoder) = self.decoder.take() else { return };
        if resumed {
            decoder.flush(drop);
        }
        let mut pictures = Vec::new();
        let pushed = decoder.push(packet, mode, |picture| pictures.push(picture));
        match pushed {
            Ok(()) => self.decoder = Some(decoder),
            Err(error) => {
                warn!(camera.id = %self.camera.id, "camera {} is seen no more until it reconnects: {error}", self.camera.id)
            }
        }
        for picture in pictures {
            self.take(picture);
        }
    }

    fn take(&mut self, picture: Picture) {
        metrics::counter!("iris_ingest_pictures_decoded_total").increment(1);
        let media = Duration::from_micros(u64::try_from(picture.pts.as_micros()).unwrap_or(0));
        let at = self.connected_at + media;
        self.latest_at = self.latest_at.max(at);
        self.newest = Some((Arc::new(picture), at));
        self.show_newest();
        self.offer_newest();
    }

    /// Sends the newest picture to a detection node, if one is due. What could not go out waits for credit or a newer one.
    fn offer_newest(&mut self) {
        let Some((picture, at)) = &self.newest else { return };
        let aspect = picture.width as f32 / picture.height.max(1) as f32;
        let ordered = {
            let mut detecting = self.camera.detecting.lock();
            let ordered = detecting.order(*at, picture.wall, aspect, Instant::now());
            if ordered.is_some() {
                detecting.keep(picture);
            }
            ordered
        };
        let Some(order) = ordered else { return };
        let _frame = order.span.enter();
        let scaled = debug_span!("scale").in_scope(|| self.for_detection.to_i420(picture, order.side_max));
        let sent = match scaled {
            Ok(scaled) => self.camera.deps.bus.send_frame(
                self.camera.id,
                &Frame {
                    run: order.run,
                    sequence: order.sequence,
                    captured: picture.wall,
                    width: scaled.width,
                    height: scaled.height,
                    i420: scaled.data,
                    min_score: order.min_score,
                    iou: order.iou,
                },
            ),
            Err(error) => {
                warn!(camera.id = %self.camera.id, "a picture of camera {} is not judged: {error}", self.camera.id);
                false
            }
        };
        self.newest = None;
        if sent {
            metrics::counter!("iris_ingest_frames_sent_total").increment(1);
        } else {
            self.camera.detecting.lock().credit.not_sent(order.sequence);
        }
    }

    /// Draws and publishes the newest picture, if somebody watches and it is time.
    fn show_newest(&mut self) {
        let (Some(interval), Some((picture, _))) = (self.camera.live.interval(), &self.newest) else { return };
        let now = Instant::now();
        if !self.live_pace.is_due(interval, now) {
            return;
        }
        self.live_pace.take(interval, now);
        let settings = &self.camera.deps.settings;
        let Ok(scaled) = self.for_live.to_i420(picture, settings.live_side_max) else { return };
        let mut canvas = scaled.into_buf();
        self.painter.draw_boxes(&mut canvas, &self.camera.overlays_for(picture.wall));
        let drawn = canvas.freeze();
        if self.jpeg.is_none() {
            self.jpeg = JpegEncoder::new().ok();
        }
        let Some(encoder) = &mut self.jpeg else { return };
        match encoder.encode_i420(&drawn, settings.live_jpeg_quality) {
            Ok(jpeg) => {
                metrics::counter!("iris_ingest_live_pictures_total").increment(1);
                let live = LivePicture { captured: picture.wall, width: drawn.width, height: drawn.height, jpeg };
                self.camera.deps.bus.publish(topic::LIVE, self.camera.id, &live);
                self.camera.live.shown(live);
            }
            Err(error) => warn!(camera.id = %self.camera.id, "no live picture of camera {}: {error}", self.camera.id),
        }
    }
}
