//! How one camera fares, as its parts see it; read once a second by the heartbeat.

use std::time::{Duration, Instant};

use iris_bus::message::{CameraPhase, CameraState};
use iris_domain::downtime::NOTED_AFTER;
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
    /// None unless online.
    online_since: Option<Timestamp>,
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
            state.online_since = None;
        }
    }

    /// The connection failed or broke; `detail` is a line for a person.
    pub fn failed(&self, detail: String) {
        let mut state = self.0.lock();
        (state.phase, state.detail, state.fps) = (Some(CameraPhase::Error), Some(detail), 0.0);
        state.online_since = None;
    }

    /// A frame arrived.
    pub fn frame(&self, filmed: Timestamp, fps: Option<f64>) {
        let mut state = self.0.lock();
        state.phase = Some(CameraPhase::Online);
        state.detail = None;
        let silence = state.last_frame.map_or(Duration::ZERO, |last| filmed.since(last));
        if state.online_since.is_none() || silence >= NOTED_AFTER {
            state.online_since = Some(filmed);
        }
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
            online_since: state.online_since,
            fps: state.fps,
            detect_fps: if served { rate } else { 0.0 },
            detector: state.detector.clone().filter(|_| served),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_begins_a_new_run_of_pictures() {
        let (status, camera) = (CameraStatus::default(), CameraId::new(1).unwrap());
        let at = |second: i64| Timestamp::from_millis(second * 1_000).unwrap();
        let since = || status.snapshot(camera).online_since;
        let film = |seconds: &[i64]| seconds.iter().for_each(|second| status.frame(at(*second), Some(1.0)));
        status.connecting();
        assert_eq!(since(), None);
        film(&[100, 101, 105]);
        assert_eq!(since(), Some(at(100)));
        status.failed("the camera closed the connection".to_owned());
        status.connecting();
        assert_eq!((since(), status.snapshot(camera).last_frame), (None, Some(at(105))));
        film(&[107, 108]);
        assert_eq!(since(), Some(at(107)));
        film(&[118]);
        assert_eq!(since(), Some(at(118)), "it said nothing, and was silent for ten seconds");
    }
}
