//! Fan-out of live pictures: one subscription per watched camera, one slot per viewer in which the newest picture replaces the
//! one before. A viewer that reads slowly misses pictures, sees none late and costs the others nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use iris_domain::{CameraId, CameraRecord};
use iris_runtime::CancellationToken;
use tokio::sync::watch;
use tokio::time::Instant;

use super::part::Placeholders;
use super::watcher::{Watcher, watch_camera};
use crate::app::App;

/// What a camera shows now.
#[derive(Debug, Clone, PartialEq)]
pub enum Show {
    /// Nothing yet; a moment after the first viewer came there is something.
    Nothing,
    /// A picture or the placeholder, as a part of the stream.
    Part(Bytes),
    /// The camera was deleted.
    Ended,
}

/// The cameras that are watched now, and by whom. Clones are the same.
#[derive(Clone, Default)]
pub struct LiveHub {
    /// What is shown of a camera without a picture.
    pub placeholders: Placeholders,
    watched: Arc<Mutex<Watched>>,
}

#[derive(Default)]
struct Watched {
    cameras: HashMap<CameraId, WatchedCamera>,
    viewers_ever: u64,
}

/// A camera with at least one viewer.
struct WatchedCamera {
    shows: watch::Receiver<Show>,
    /// What the fastest viewer wants.
    fps: watch::Sender<f32>,
    /// The wish of each viewer, in pictures a second.
    viewers: BTreeMap<u64, f32>,
    /// Ends the camera's task.
    stop: CancellationToken,
}

impl WatchedCamera {
    fn fastest(&self) -> f32 {
        self.viewers.values().copied().fold(0.0, f32::max)
    }
}

impl LiveHub {
    /// Adds a viewer of at most `fps` pictures a second. The first one of a camera starts its subscription.
    pub fn watch(&self, app: &Arc<App>, camera: &CameraRecord, fps: f32) -> Viewer {
        let mut watched = self.watched();
        watched.viewers_ever += 1;
        let number = watched.viewers_ever;
        let start = || start_watching(app, camera, fps);
        let entry = watched.cameras.entry(camera.id).or_insert_with(start);
        entry.viewers.insert(number, fps);
        entry.fps.send_replace(entry.fastest());
        metrics::gauge!("iris_gateway_live_viewers").increment(1.0);
        let mut shows = entry.shows.clone();
        // What is shown already is news to this viewer.
        shows.mark_changed();
        let seat = Seat { hub: self.clone(), camera: camera.id, number };
        Viewer { shows, pause: Duration::from_secs_f32(1.0 / fps), due: Instant::now(), _seat: seat }
    }

    fn leave(&self, camera: CameraId, number: u64) {
        let mut watched = self.watched();
        let Some(entry) = watched.cameras.get_mut(&camera) else { return };
        entry.viewers.remove(&number);
        metrics::gauge!("iris_gateway_live_viewers").decrement(1.0);
        if entry.viewers.is_empty() {
            entry.stop.cancel();
            watched.cameras.remove(&camera);
        } else {
            entry.fps.send_replace(entry.fastest());
        }
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        // Each change is whole or was not begun, whatever panicked.
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn start_watching(app: &Arc<App>, camera: &CameraRecord, fps: f32) -> WatchedCamera {
    let (shows_sender, shows) = watch::channel(Show::Nothing);
    let (fps, fps_wanted) = watch::channel(fps);
    let tasks = app.tasks.child();
    let watcher = Arc::new(Watcher { app: app.clone(), camera: camera.clone(), shows: shows_sender, fps: fps_wanted });
    tasks.supervise(format!("live {}", camera.id), move |stop| watch_camera(watcher.clone(), stop));
    WatchedCamera { shows, fps, viewers: BTreeMap::new(), stop: tasks.token().clone() }
}

/// A viewer's place; given up when dropped, and with the last one the subscription.
struct Seat {
    hub: LiveHub,
    camera: CameraId,
    number: u64,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.leave(self.camera, self.number);
    }
}

/// One viewer of one camera.
pub struct Viewer {
    shows: watch::Receiver<Show>,
    pause: Duration,
    /// Not before this moment comes the next part.
    due: Instant,
    _seat: Seat,
}

impl Viewer {
    /// The newest part not seen yet, as soon as there is one and it is due; `None` when there will be none any more.
    pub async fn next(&mut self) -> Option<Bytes> {
        loop {
            // Waiting for the time first and for the picture then leaves nothing behind when it is given up in between.
            tokio::time::sleep_until(self.due).await;
            self.shows.changed().await.ok()?;
            let show = self.shows.borrow_and_update().clone();
            match show {
                Show::Nothing => {}
                Show::Ended => return None,
                Show::Part(part) => {
                    // A picture a little late does not make the next one late: the rate holds on average.
                    self.due = (self.due + self.pause).max(Instant::now());
                    return Some(part);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewer(shows: &watch::Sender<Show>, fps: f32) -> Viewer {
        let seat = Seat { hub: LiveHub::default(), camera: CameraId::new(1).unwrap(), number: 1 };
        let mut shows = shows.subscribe();
        shows.mark_changed();
        Viewer { shows, pause: Duration::from_secs_f32(1.0 / fps), due: Instant::now(), _seat: seat }
    }

    fn part(number: u32) -> Show {
        Show::Part(number.to_string().into())
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_late_gets_the_newest_and_nothing_twice() {
        let (shows, _) = watch::channel(Show::Nothing);
        shows.send_replace(part(1));
        let mut viewer = viewer(&shows, 10.0);
        assert_eq!(viewer.next().await.unwrap(), "1");
        assert!(tokio::time::timeout(Duration::from_secs(60), viewer.next()).await.is_err());
        for number in 2..=9 {
            shows.send_replace(part(number));
        }
        assert_eq!(viewer.next().await.unwrap(), "9");
        shows.send_replace(Show::Ended);
        assert_eq!(viewer.next().await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_is_kept_on_average_and_never_exceeded() {
        let (shows, _) = watch::channel(Show::Nothing);
        for (fps, expected) in [(1.0, 9..=11), (5.0, 48..=51), (25.0, 95..=101)] {
            let mut viewer = viewer(&shows, fps);
            // Ten pictures a second for ten seconds, each up to 40 ms late.
            let seen = async {
                let mut seen = 0;
                while tokio::time::timeout(Duration::from_secs(3), viewer.next()).await.is_ok() {
                    seen += 1;
                }
                seen
            };
            let pictures = async {
                for number in 0..100 {
                    shows.send_replace(part(number));
                    let lateness = |n: u32| u64::from(n * 7 % 5) * 10;
                    let pause = 100 + lateness(number + 1) - lateness(number);
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
            };
            let (seen, ()) = tokio::join!(seen, pictures);
            assert!(expected.contains(&seen), "{fps} a second: {seen}");
        }
    }
}
