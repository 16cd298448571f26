//! A camera's status as users see it, derived from what the operator wants and what ingest last said. The gateway drives it with
//! ages it measured by its own clock; nothing here compares the clocks of two machines.

use std::fmt;
use std::time::Duration;

use crate::Timestamp;

/// What is said of a camera that its operator turned off.
pub const DISABLED: &str = "disabled";

/// What a camera is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CameraStatus {
    /// Pictures arrive.
    Online,
    /// None arrive, and none are to be expected now.
    Offline,
    /// The last attempt to connect failed.
    Error,
}

impl CameraStatus {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for CameraStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a camera's connection stands, as its owner says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionPhase {
    /// Being opened for the first time, or again.
    Connecting,
    /// Pictures arrive.
    Online,
    /// The last attempt failed; another follows.
    Error,
}

/// What the ingest process that owns a camera last said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraReport {
    /// How the connection stands.
    pub phase: ConnectionPhase,
    /// A line for a person, when not online.
    pub detail: Option<String>,
    /// The newest picture's time.
    pub last_frame: Option<Timestamp>,
    /// Since when pictures have come without a break; `None` unless online.
    pub online_since: Option<Timestamp>,
    /// How old the newest picture is now: its age when this was said, plus the time since.
    pub frame_age: Option<Duration>,
    /// Pictures a second from the camera.
    pub fps: f32,
    /// Pictures a second judged by a detector.
    pub detect_fps: f32,
    /// Model and device now serving the camera.
    pub detector: Option<String>,
    /// How long ago this was said.
    pub age: Duration,
}

/// What is known of a camera's worker.
#[derive(Debug, Clone, PartialEq)]
pub enum CameraWorker {
    /// No ingest process is there.
    NoIngest,
    /// Ingest is there, but none of its processes has this camera.
    Unowned,
    /// Its owner said this.
    Reported(CameraReport),
}

/// A camera's status with all that belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraCondition {
    /// What it is doing.
    pub status: CameraStatus,
    /// A line for a person; `None` exactly when online.
    pub detail: Option<String>,
    /// The newest picture's time.
    pub last_seen: Option<Timestamp>,
    /// Since when pictures have come without a break, where its owner says; `None` unless online.
    pub online_since: Option<Timestamp>,
    /// Pictures a second; `None` unless online.
    pub fps: Option<f32>,
    /// Pictures a second judged by a detector; `None` unless online.
    pub detect_fps: Option<f32>,
    /// Model and device now serving it; `None` when none does.
    pub detector: Option<String>,
}

impl CameraCondition {
    fn not_online(status: CameraStatus, detail: impl Into<String>, last_seen: Option<Timestamp>) -> Self {
        Self {
            status,
            detail: Some(detail.into()),
            last_seen,
            online_since: None,
            fps: None,
            detect_fps: None,
            detector: None,
        }
    }

    /// Whether two conditions differ in what an operator acts on: the time of the last picture and the rates always move.
    pub fn differs_from(&self, other: &Self) -> bool {
        (self.status, &self.detail, &self.detector) != (other.status, &other.detail, &other.detector)
    }
}

/// Derives a camera's status. `last_seen` is the newest picture anyone ever told of, for when nobody tells now; what was said,
/// or filmed, longer than `stale_after` ago no longer counts.
pub fn camera_condition(
    enabled: bool,
    worker: &CameraWorker,
    last_seen: Option<Timestamp>,
    stale_after: Duration,
) -> CameraCondition {
    let offline = |detail: String| CameraCondition::not_online(CameraStatus::Offline, detail, last_seen);
    let report = match worker {
        _ if !enabled => return offline(DISABLED.to_owned()),
        CameraWorker::NoIngest => return offline("no ingest service is running".to_owned()),
        CameraWorker::Unowned => return offline("waiting for an ingest service to take it".to_owned()),
        CameraWorker::Reported(report) => report,
    };
    if report.age > stale_after {
        return offline(format!("nothing heard from its ingest service for {} s", report.age.as_secs()));
    }
    let last_seen = report.last_frame.max(last_seen);
    let said = |otherwise: &str| report.detail.clone().unwrap_or_else(|| otherwise.to_owned());
    match (report.phase, report.frame_age) {
        (ConnectionPhase::Error, _) => {
            CameraCondition::not_online(CameraStatus::Error, said("the connection failed"), last_seen)
        }
        (ConnectionPhase::Connecting, _) => {
            CameraCondition::not_online(CameraStatus::Offline, said("connecting"), last_seen)
        }
        (ConnectionPhase::Online, None) => {
            CameraCondition::not_online(CameraStatus::Offline, "no picture yet", last_seen)
        }
        (ConnectionPhase::Online, Some(frame_age)) if frame_age > stale_after => {
            let detail = format!("no picture for {} s", frame_age.as_secs());
            CameraCondition::not_online(CameraStatus::Offline, detail, last_seen)
        }
        (ConnectionPhase::Online, Some(_)) => CameraCondition {
            status: CameraStatus::Online,
            detail: None,
            last_seen,
            online_since: report.online_since,
            fps: Some(report.fps),
            detect_fps: Some(report.detect_fps),
            detector: report.detector.clone(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STALE: Duration = Duration::from_secs(30);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1000).unwrap()
    }

    /// Said `age` s ago, when the newest picture was `frame_age - age` s old.
    fn report(phase: ConnectionPhase, age: u64, frame_age: Option<u64>) -> CameraReport {
        CameraReport {
            phase,
            detail: None,
            last_frame: frame_age.map(|_| at(1_000)),
            online_since: frame_age.map(|_| at(950)),
            frame_age: frame_age.map(seconds),
            fps: 25.0,
            detect_fps: 5.0,
            detector: Some("yolox-nano@cpu".to_owned()),
            age: seconds(age),
        }
    }

    fn check(enabled: bool, worker: &CameraWorker, status: CameraStatus, detail: Option<&str>) {
        let condition = camera_condition(enabled, worker, Some(at(900)), STALE);
        assert_eq!((condition.status, condition.detail.as_deref()), (status, detail), "{enabled} {worker:?}");
        let online = status == CameraStatus::Online;
        assert_eq!((condition.fps.is_some(), condition.detector.is_some()), (online, online), "{worker:?}");
        assert_eq!(condition.online_since, online.then(|| at(950)), "{worker:?}");
        assert_eq!(condition.detail.is_none(), online, "{worker:?}");
        assert!(condition.last_seen >= Some(at(900)), "{worker:?}");
    }

    #[test]
    fn status_follows_the_table_of_the_contract() {
        use CameraStatus::{Error, Offline, Online};
        use ConnectionPhase as Phase;
        let told = CameraWorker::Reported;
        let refused =
            CameraReport { detail: Some("401 from the camera".to_owned()), ..report(Phase::Error, 1, Some(9)) };
        let again = CameraReport { detail: Some("reconnecting".to_owned()), ..report(Phase::Connecting, 1, None) };
        for (enabled, worker, status, detail) in [
            (true, told(report(Phase::Online, 1, Some(1))), Online, None),
            (true, told(report(Phase::Online, 30, Some(30))), Online, None),
            (
                true,
                told(report(Phase::Online, 31, Some(31))),
                Offline,
                Some("nothing heard from its ingest service for 31 s"),
            ),
            (true, told(report(Phase::Online, 1, Some(31))), Offline, Some("no picture for 31 s")),
            (true, told(report(Phase::Online, 1, None)), Offline, Some("no picture yet")),
            (true, told(report(Phase::Connecting, 1, Some(2))), Offline, Some("connecting")),
            (true, told(again), Offline, Some("reconnecting")),
            (true, told(report(Phase::Error, 1, None)), Error, Some("the connection failed")),
            (true, told(refused.clone()), Error, Some("401 from the camera")),
            (true, CameraWorker::NoIngest, Offline, Some("no ingest service is running")),
            (true, CameraWorker::Unowned, Offline, Some("waiting for an ingest service to take it")),
            (false, CameraWorker::NoIngest, Offline, Some("disabled")),
            (false, told(refused), Offline, Some("disabled")),
            (false, told(report(Phase::Online, 0, Some(0))), Offline, Some("disabled")),
        ] {
            check(enabled, &worker, status, detail);
        }
    }

    #[test]
    fn an_error_said_long_ago_is_no_longer_one() {
        let old = CameraWorker::Reported(report(ConnectionPhase::Error, 31, None));
        assert_eq!(camera_condition(true, &old, None, STALE).status, CameraStatus::Offline);
    }

    #[test]
    fn last_seen_is_the_newest_picture_anyone_told_of() {
        let worker = CameraWorker::Reported(report(ConnectionPhase::Online, 1, Some(1)));
        assert_eq!(camera_condition(true, &worker, Some(at(2_000)), STALE).last_seen, Some(at(2_000)));
        assert_eq!(camera_condition(true, &worker, None, STALE).last_seen, Some(at(1_000)));
        assert_eq!(camera_condition(false, &CameraWorker::NoIngest, Some(at(5)), STALE).last_seen, Some(at(5)));
    }

    #[test]
    fn only_what_an_operator_acts_on_counts_as_a_change() {
        let online =
            camera_condition(true, &CameraWorker::Reported(report(ConnectionPhase::Online, 1, Some(1))), None, STALE);
        let later = CameraCondition { last_seen: Some(at(5_000)), fps: Some(24.0), ..online.clone() };
        let slower = CameraCondition { detector: None, ..online.clone() };
        assert!(!online.differs_from(&later) && online.differs_from(&slower));
    }
}
