//! Reads one camera and records it: one thread that waits for the camera and the disk and for nothing else.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::TrySendError;
use std::time::{Duration, Instant};

use backon::BackoffBuilder as _;
use iris_bus::message::WantedCamera;
use iris_domain::decode_plan::{DecodePlan, StreamRhythm};
use iris_domain::{CameraId, SourceUrl};
use iris_media::{
    ClosedSegment, DecodeMode, OpenError, OpenOptions, Packet, PacketKind, ReadError, SegmentError, Segmenter,
    SegmenterOptions, Source, StopFlag,
};
use iris_runtime::CancellationToken;
use tracing::{debug, info, warn};

use super::Camera;
use super::pictures::Job;

/// The first pause before a camera is tried again, and the longest: a camera that restarts is back within seconds, one that is gone
/// for good is not hammered.
const PAUSE_MIN: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(15);
/// A connection that lasted this long was a good one: the next pause is the first again.
const GOOD_CONNECTION: Duration = Duration::from_secs(30);
/// How much of the buffer is given up at a time when the disk is full.
const GIVEN_UP_WHEN_FULL: Duration = Duration::from_secs(30);
/// Segments of one connection follow each other within a picture; more than this is a gap.
const GAP_MIN: Duration = Duration::from_millis(500);
/// A stop is noticed within this time while waiting.
const STOP_NOTICED: Duration = Duration::from_millis(100);

/// The capture thread of one camera.
pub struct Capture {
    camera: Arc<Camera>,
    source: SourceUrl,
    options: OpenOptions,
    stop: StopFlag,
    token: CancellationToken,
    next_sequence: u64,
    run: u32,
}

/// What is known of the present connection.
struct Connection {
    rhythm: StreamRhythm,
    plan: DecodePlan,
    /// The decoder missed something and can go on only at a key frame.
    wait_for_key: bool,
    started: Instant,
    disk_full: bool,
}

impl Capture {
    pub fn new(camera: Arc<Camera>, wanted: &WantedCamera, stop: StopFlag, token: CancellationToken) -> Self {
        let settings = &camera.deps.settings;
        let options = OpenOptions {
            transport: wanted.transport,
            open_timeout: Duration::from_secs(settings.open_timeout_seconds),
            read_timeout: Duration::from_secs(settings.stall_timeout_seconds),
        };
        // An alert sees no increase in a series that begins with its first gap.
        count_gap(camera.id, 0, Duration::ZERO);
        let (next_sequence, run) = (camera.buffer.next_sequence(), camera.buffer.next_run());
        Self { camera, source: wanted.source.clone(), options, stop, token, next_sequence, run }
    }

    /// Connects again and again until it is told to stop.
    pub fn run(mut self) {
        let pauses = backon::ExponentialBuilder::new()
            .with_min_delay(PAUSE_MIN)
            .with_max_delay(PAUSE_MAX)
            .with_jitter()
            .without_max_times();
        let mut pause = pauses.build();
        while !self.stopped() {
            self.camera.status.connecting();
            let started = Instant::now();
            let ControlFlow::Continue(reason) = self.run_once() else { return };
            if started.elapsed() >= GOOD_CONNECTION {
                pause = pauses.build();
            }
            let wait = pause.next().unwrap_or(PAUSE_MAX);
            let id = self.camera.id;
            info!(camera.id = %id, wait_ms = wait.as_millis() as u64, "camera {id}: {reason}; trying again");
            metrics::counter!("iris_ingest_connections_lost_total").increment(1);
            self.camera.status.failed(reason);
            self.wait(wait);
        }
    }

    /// One connection; `Continue` with the reason when it could not be made or ended, `Break` when told to stop.
    fn run_once(&mut self) -> ControlFlow<(), String> {
        let mut source = match Source::open(&self.source, &self.options, self.stop.clone()) {
            Ok(source) => source,
            Err(OpenError::Stopped) => return ControlFlow::Break(()),
            Err(error) => return ControlFlow::Continue(error.to_string()),
        };
        let streams = source.streams().clone();
        let id = self.camera.id;
        info!(camera.id = %id, codec = %streams.codec, width = streams.width, height = streams.height,
            sound = streams.audio.as_ref().map(|audio| audio.codec.as_str()), run = self.run, "camera {id} is connected");
        let folder = self.camera.buffer.folder().to_owned();
        let mut segmenter = Segmenter::new(folder, &streams, self.next_sequence, self.run, SegmenterOptions::default());
        let mut connection = Connection {
            rhythm: StreamRhythm::default(),
            plan: DecodePlan::Nothing,
            wait_for_key: true,
            started: Instant::now(),
            disk_full: false,
        };
        // Blocks only while the former connection's last pictures are decoded, before this one's first is read.
        let _decoder_gone = self.camera.jobs.send(Job::Connected(streams));
        let ended = loop {
            let packet = match source.read() {
                Ok(packet) => packet,
                Err(ReadError::Stopped) => break ControlFlow::Break(()),
                Err(error) => break ControlFlow::Continue(error.to_string()),
            };
            self.pace(&packet, &connection);
            self.record(&mut segmenter, &packet, &mut connection);
            if packet.kind == PacketKind::Video {
                connection.rhythm.observe(media_time(&packet), packet.key, packet.disposable);
                if !connection.disk_full {
                    self.camera.status.frame(packet.wall, connection.rhythm.fps());
                }
                self.share(packet, &mut connection);
            }
        };
        self.next_sequence = segmenter.next_sequence();
        self.run = self.run.wrapping_add(1);
        match segmenter.finish() {
            Ok(Some(closed)) => self.recorded(&closed),
            Ok(None) => {}
            Err(error) => warn!(camera.id = %id, "the last segment of camera {id} is lost: {error}"),
        }
        ended
    }

    fn record(&self, segmenter: &mut Segmenter, packet: &Packet, connection: &mut Connection) {
        match segmenter.write(packet) {
            Ok(Some(closed)) => {
                self.recorded(&closed);
                connection.disk_full = false;
            }
            Ok(None) => {}
            Err(error) => self.not_recorded(&error, connection),
        }
    }

    fn recorded(&self, closed: &ClosedSegment) {
        metrics::counter!("iris_ingest_segments_total").increment(1);
        metrics::counter!("iris_ingest_recorded_bytes_total").increment(closed.bytes);
        let gap = self.camera.buffer.add(closed.name);
        if gap >= GAP_MIN {
            count_gap(self.camera.id, 1, gap);
        }
    }

    /// A full disk costs the oldest part of this camera's buffer; any other fault costs the open segment.
    fn not_recorded(&self, error: &SegmentError, connection: &mut Connection) {
        let id = self.camera.id;
        metrics::counter!("iris_ingest_segments_failed_total").increment(1);
        if let SegmentError::DiskFull { .. } = error {
            if !connection.disk_full {
                warn!(camera.id = %id, "camera {id} is not recorded: {error}; giving up the oldest part of its buffer");
            }
            connection.disk_full = true;
            self.camera.status.failed("the disk is full".to_owned());
            if let Err(error) = self.camera.buffer.give_up_oldest(GIVEN_UP_WHEN_FULL) {
                warn!(camera.id = %id, "make room for camera {id}: {error}");
            }
        } else {
            warn!(camera.id = %id, "a segment of camera {id} is lost: {error}");
        }
    }

    /// Hands a coded picture to the decoder, if somebody needs it and the decoder keeps up.
    fn share(&self, packet: Packet, connection: &mut Connection) {
        let plan = connection.rhythm.plan(self.camera.demand());
        // Doing more than before can start only where decoding can.
        connection.wait_for_key |= plan > connection.plan && connection.plan <= DecodePlan::KeyFrames;
        connection.plan = plan;
        let mode = match plan {
            DecodePlan::Nothing => {
                connection.wait_for_key = true;
                return;
            }
            DecodePlan::KeyFrames if !packet.key => return,
            DecodePlan::NoDisposable if packet.disposable => return,
            DecodePlan::KeyFrames => DecodeMode::KeyFramesOnly,
            DecodePlan::NoDisposable => DecodeMode::NonReferenceSkipped,
            DecodePlan::Everything => DecodeMode::All,
        };
        if connection.wait_for_key && !packet.key {
            return;
        }
        let resumed = connection.wait_for_key;
        connection.wait_for_key = false;
        match self.camera.jobs.try_send(Job::Coded { packet, mode, resumed }) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(_)) => {
                debug!(camera.id = %self.camera.id, "decoding has fallen behind");
                metrics::counter!("iris_ingest_pictures_dropped_total", "reason" => "decoder_behind").increment(1);
                connection.wait_for_key = true;
            }
        }
    }

    /// A file is read at the pace at which it was filmed.
    fn pace(&self, packet: &Packet, connection: &Connection) {
        if self.source.scheme() == "file" {
            self.wait(media_time(packet).saturating_sub(connection.started.elapsed()));
        }
    }

    fn wait(&self, length: Duration) {
        let until = Instant::now() + length;
        while !self.stopped() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(STOP_NOTICED));
        }
    }

    /// The token is cancelled when the whole process stops, the flag when this camera does.
    fn stopped(&self) -> bool {
        if self.token.is_cancelled() {
            self.stop.stop();
        }
        self.stop.is_stopped()
    }
}

fn count_gap(camera: CameraId, gaps: u64, length: Duration) {
    let camera = camera.to_string();
    let milliseconds = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    metrics::counter!("iris_ingest_recording_gaps_total", "camera_id" => camera.clone()).increment(gaps);
    metrics::counter!("iris_ingest_recording_gap_milliseconds_total", "camera_id" => camera).increment(milliseconds);
}

fn media_time(packet: &Packet) -> Duration {
    Duration::from_micros(u64::try_from(packet.dts.as_micros()).unwrap_or(0))
}
