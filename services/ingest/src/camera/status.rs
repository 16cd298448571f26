//! How one camera fares, as its parts see it; read once a second by the heartbeat.

use std::time::{Duration, Instant};

use iris_bus::message::{CameraPhase, CameraState};
use iris_domain::{CameraId, Timestamp};
use parking_lot::Mutex;

/// Without a judged picture for this long no detector serves the camera; doubled intervals of slow cameras are added to it.
const DETECTOR_SILENCE_MAX: Duration = Duration::from_secs(5);
/// Weight of the newest interval in the mean rate.
const NEWEST: f32 = 0.2;

/// The shared state.
#[derive(Debug, Default)]
pub struct CameraStatus(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// None until the first attempt.
    phase: Option<CameraPhase>,
    detail: Option<String>,
    last_frame: Option<Timestamp>,
    fps: f32,
    detector: Option<String>,
    judged_at: Option<Instant>,
    seconds_between_judged: f32,
}

impl CameraStatus {
    /// The camera is being opened. A known fault stays on show until it is mended.
    pub fn connecting(&self) {
        let mut state = self.0.lock();
        if state.phase != Some(CameraPhase::Error) {
            state.phase = Some(CameraPhase::Connecting);
            state.detail = Some("connecting".to_owned());
        }
    }

    /// The connection failed or broke; `detail` is a line for a person.
    pub fn failed(&self, detail: String) {
        let mut state = self.0.lock();
        (state.phase, state.detail, state.fps) = (Some(CameraPhase::Error), Some(detail), 0.0);
    }

    /// A frame arrived.
    pub fn frame(&self, filmed: Timestamp, fps: Option<f64>) {
        let mut state = self.0.lock();
        state.phase = Some(CameraPhase::Online);
        state.detail = None;
        state.last_frame = Some(filmed);
        state.fps = fps.map_or(0.0, |fps| fps as f32);
    }

    /// A detector judged a picture.
    pub fn judged(&self, detector: &str, now: Instant) {
        let mut state = self.0.lock();
        if state.detector.as_deref() != Some(detector) {
            state.detector = Some(detector.to_owned());
        }
        let seconds = state.judged_at.replace(now).map_or(0.0, |last| now.duration_since(last).as_secs_f32());
        let known = state.seconds_between_judged;
        state.seconds_between_judged = if known == 0.0 { seconds } else { known + NEWEST * (seconds - known) };
    }

    /// As the heartbeat says it.
    pub fn snapshot(&self, camera: CameraId) -> CameraState {
        let state = self.0.lock();
        let patience = DETECTOR_SILENCE_MAX + Duration::from_secs_f32(2.0 * state.seconds_between_judged);
        let served = state.judged_at.is_some_and(|at| at.elapsed() < patience);
        let rate = if state.seconds_between_judged > 0.0 { state.seconds_between_judged.recip() } else { 0.0 };
        CameraState {
            camera,
            phase: state.phase.unwrap_or(CameraPhase::Connecting),
            detail: state.detail.clone(),
            last_frame: state.last_frame,
            fps: state.fps,
            detect_fps: if served { rate } else { 0.0 },
            detector: state.detector.clone().filter(|_| served),
        }
    }
}
