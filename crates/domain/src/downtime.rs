//! When cameras gave no pictures, for whoever looks it up later. The gateway drives it with each camera's condition and with what is
//! kept of it, and keeps what it answers. Any number of gateways come to the same answers, since they hear the same and compare it
//! with the same rows.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::camera_status::DISABLED;
use crate::{CameraCondition, CameraId, CameraStatus, DowntimeId, Timestamp};

/// A camera that is away for less was connected anew, or taken over by another process, which may take this long.
pub const NOTED_AFTER: Duration = Duration::from_secs(10);

/// A time in which a camera gave no pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downtime {
    /// Its row.
    pub id: DowntimeId,
    /// Whose.
    pub camera: CameraId,
    /// What the camera is called today.
    pub camera_name: String,
    /// The last picture before it.
    pub since: Timestamp,
    /// The first picture after it; `None` while it goes on.
    pub until: Option<Timestamp>,
    /// Why, a line for a person, as it was when it was noted.
    pub reason: String,
}

/// What is to be kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DowntimeChange {
    /// One goes on since then.
    Began {
        /// The last picture.
        since: Timestamp,
        /// Why, a line for a person.
        reason: String,
    },
    /// The one that went on is over.
    Ended {
        /// Which.
        id: DowntimeId,
        /// The first picture.
        until: Timestamp,
    },
    /// The one that seemed to go on never was: pictures came all the time, and it was the word of them that did not.
    Mistaken {
        /// Which.
        id: DowntimeId,
    },
}

/// Since when the cameras have been seen to give no pictures.
#[derive(Debug, Default)]
pub struct DowntimeWatch {
    down: HashMap<CameraId, Down>,
}

#[derive(Debug, Clone, Copy)]
struct Down {
    seen: Instant,
    disabled: bool,
}

impl DowntimeWatch {
    /// Compares how a camera fares with the downtime that is kept as going on. `wall` is the time of `now`.
    pub fn observe(
        &mut self,
        camera: CameraId,
        condition: &CameraCondition,
        open: Option<&Downtime>,
        now: Instant,
        wall: Timestamp,
    ) -> Vec<DowntimeChange> {
        if condition.status == CameraStatus::Online {
            self.down.remove(&camera);
            return open.map(|open| ended(open, condition.online_since, wall)).into_iter().collect();
        }
        let reason = condition.detail.clone().unwrap_or_default();
        let disabled = reason == DISABLED;
        let down = self.down.entry(camera).or_insert(Down { seen: now, disabled });
        if down.disabled != disabled {
            *down = Down { seen: now, disabled };
        }
        let lasted = now.duration_since(down.seen);
        if lasted < NOTED_AFTER {
            return Vec::new();
        }
        let seen_since = wall.minus(lasted);
        match open {
            Some(open) if (open.reason == DISABLED) == disabled => Vec::new(),
            // It was turned off while it was away, or is away now that it was turned on.
            Some(open) => {
                let since = seen_since.max(open.since);
                vec![DowntimeChange::Ended { id: open.id, until: since }, DowntimeChange::Began { since, reason }]
            }
            None => {
                let last_seen = condition.last_seen.filter(|last| *last <= wall);
                vec![DowntimeChange::Began { since: last_seen.unwrap_or(seen_since), reason }]
            }
        }
    }

    /// Nothing can be heard of any camera now: what was seen so far means nothing.
    pub fn deaf(&mut self) {
        self.down.clear();
    }

    /// Keeps in mind only cameras that are there.
    pub fn retain(&mut self, is_there: impl Fn(CameraId) -> bool) {
        self.down.retain(|camera, _| is_there(*camera));
    }
}

fn ended(open: &Downtime, online_since: Option<Timestamp>, wall: Timestamp) -> DowntimeChange {
    match online_since {
        Some(first) if first < open.since && open.reason != DISABLED => DowntimeChange::Mistaken { id: open.id },
        first => DowntimeChange::Ended { id: open.id, until: first.unwrap_or(wall).max(open.since) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A camera, the clock, and what is kept of it.
    struct Scene {
        watch: DowntimeWatch,
        started: Instant,
        open: Option<Downtime>,
        kept: Vec<(i64, Option<i64>, String)>,
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000).unwrap()
    }

    fn seconds(time: Timestamp) -> i64 {
        time.as_millis() / 1_000
    }

    fn scene() -> Scene {
        Scene { watch: DowntimeWatch::default(), started: Instant::now(), open: None, kept: Vec::new() }
    }

    fn down(detail: &str, last_seen: Option<i64>) -> CameraCondition {
        CameraCondition {
            status: CameraStatus::Error,
            detail: Some(detail.to_owned()),
            last_seen: last_seen.map(at),
            online_since: None,
            fps: None,
            detect_fps: None,
            detector: None,
        }
    }

    fn online(since: i64) -> CameraCondition {
        CameraCondition {
            status: CameraStatus::Online,
            detail: None,
            online_since: Some(at(since)),
            ..down("", Some(since))
        }
    }

    impl Scene {
        /// The camera fares so at a second.
        fn observe(&mut self, second: u64, condition: &CameraCondition) -> &mut Self {
            let now = self.started + Duration::from_secs(second);
            let camera = CameraId::new(7).unwrap();
            let wall = at(i64::try_from(second).unwrap());
            for change in self.watch.observe(camera, condition, self.open.as_ref(), now, wall) {
                self.keep(camera, change);
            }
            self
        }

        fn keep(&mut self, camera: CameraId, change: DowntimeChange) {
            match change {
                DowntimeChange::Began { since, reason } => {
                    assert!(self.open.is_none(), "one is kept already");
                    self.kept.push((seconds(since), None, reason.clone()));
                    let id = DowntimeId::new(self.kept.len() as i64).unwrap();
                    self.open = Some(Downtime { id, camera, camera_name: String::new(), since, until: None, reason });
                }
                DowntimeChange::Ended { id, until } => {
                    assert_eq!(self.open.take().map(|open| open.id), Some(id));
                    self.kept.last_mut().unwrap().1 = Some(seconds(until));
                }
                DowntimeChange::Mistaken { id } => {
                    assert_eq!(self.open.take().map(|open| open.id), Some(id));
                    self.kept.pop();
                }
            }
        }

        fn is_kept(&self, wanted: &[(i64, Option<i64>, &str)]) {
            let kept: Vec<_> = self.kept.iter().map(|(since, until, why)| (*since, *until, why.as_str())).collect();
            assert_eq!(kept, wanted);
        }
    }

    #[test]
    fn it_reaches_from_the_last_picture_to_the_first() {
        let mut scene = scene();
        let refused = down("connection refused", Some(98));
        scene.observe(100, &refused).observe(109, &refused).is_kept(&[]);
        scene.observe(110, &refused).observe(500, &refused).is_kept(&[(98, None, "connection refused")]);
        scene.observe(601, &online(600)).observe(602, &online(600)).is_kept(&[(98, Some(600), "connection refused")]);
    }

    #[test]
    fn a_connection_made_anew_is_none() {
        let mut scene = scene();
        let (broken, back) = (down("connecting", Some(99)), online(105));
        scene.observe(100, &broken).observe(108, &back).observe(112, &broken).observe(121, &broken).is_kept(&[]);
    }

    #[test]
    fn a_camera_that_never_gave_a_picture_is_down_since_that_was_seen() {
        let mut scene = scene();
        scene.observe(50, &down("401 from the camera", None)).observe(61, &down("401 from the camera", None));
        scene.is_kept(&[(50, None, "401 from the camera")]);
    }

    #[test]
    fn what_another_gateway_saw_begin_is_gone_on_with_and_ended() {
        let mut scene = scene();
        scene.observe(100, &down("no route to host", Some(90))).observe(110, &down("no route to host", Some(90)));
        scene.watch = DowntimeWatch::default();
        scene.observe(200, &down("no route to host", None)).observe(300, &down("no route to host", None));
        scene.is_kept(&[(90, None, "no route to host")]);
        // It came back while no gateway was there.
        scene.watch = DowntimeWatch::default();
        scene.observe(900, &online(400)).is_kept(&[(90, Some(400), "no route to host")]);
    }

    #[test]
    fn a_gateway_that_was_deaf_takes_back_what_it_concluded() {
        let mut scene = scene();
        let unheard = down("nothing heard from its ingest service for 31 s", Some(70));
        scene.observe(101, &unheard);
        scene.watch.deaf();
        scene.observe(111, &unheard).observe(120, &unheard).is_kept(&[]);
        scene.observe(121, &unheard);
        assert_eq!(scene.kept.len(), 1);
        scene.observe(130, &online(5)).is_kept(&[]);
    }

    #[test]
    fn being_turned_off_and_being_away_are_told_apart() {
        let mut scene = scene();
        let (off, refused) = (down(DISABLED, Some(95)), down("connection refused", Some(95)));
        scene.observe(100, &off).observe(110, &off).is_kept(&[(95, None, DISABLED)]);
        scene.observe(200, &refused).observe(209, &refused).is_kept(&[(95, None, DISABLED)]);
        scene.observe(210, &refused).is_kept(&[(95, Some(200), DISABLED), (200, None, "connection refused")]);
        scene.observe(300, &off).observe(310, &off).observe(401, &online(400));
        let first = [(95, Some(200), DISABLED), (200, Some(300), "connection refused"), (300, Some(400), DISABLED)];
        scene.is_kept(&first);
    }
}
