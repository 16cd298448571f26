//! Who watches a camera, what is drawn on its picture, and the newest drawn picture.

use std::time::{Duration, Instant};

use iris_bus::message::{LivePicture, TrackView};
use iris_domain::Timestamp;
use iris_media::Overlay;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::overlays;

/// A watcher who does not say so again is gone after this; the gateway repeats itself every 2 s.
const WATCH_LEASE: Duration = Duration::from_secs(5);
/// Boxes older than this are not drawn: the thing is elsewhere by now.
const OVERLAY_AGE_MAX: Duration = Duration::from_secs(2);

/// The live side of a camera.
pub struct Live {
    watched: Mutex<Option<Watched>>,
    followed: Mutex<(Option<Timestamp>, Vec<TrackView>)>,
    newest: watch::Sender<Option<LivePicture>>,
}

#[derive(Debug, Clone, Copy)]
struct Watched {
    fps: f32,
    until: Instant,
}

impl Default for Live {
    fn default() -> Self {
        Self { watched: Mutex::default(), followed: Mutex::default(), newest: watch::Sender::new(None) }
    }
}

impl Live {
    /// Somebody watches, for the next few seconds.
    pub fn watch(&self, fps: f32) {
        let now = Instant::now();
        let mut watched = self.watched.lock();
        // The highest rate anyone asked for, until all who asked for so much have gone quiet.
        let fps = watched.filter(|known| known.until > now + WATCH_LEASE / 2).map_or(fps, |known| known.fps.max(fps));
        *watched = Some(Watched { fps, until: now + WATCH_LEASE });
    }

    /// Time between live pictures; `None` while nobody watches.
    pub fn interval(&self) -> Option<Duration> {
        let watched = (*self.watched.lock())?;
        (watched.until > Instant::now()).then(|| Duration::from_secs_f32(1.0 / watched.fps))
    }

    /// What was followed in the newest judged picture.
    pub fn follow(&self, captured: Timestamp, tracks: Vec<TrackView>) {
        *self.followed.lock() = (Some(captured), tracks);
    }

    /// What to draw on a picture.
    pub fn overlays_for(&self, captured: Timestamp) -> Vec<Overlay> {
        let followed = self.followed.lock();
        match &*followed {
            (Some(judged), tracks) if captured.since(*judged) <= OVERLAY_AGE_MAX => overlays::of(tracks),
            _ => Vec::new(),
        }
    }

    /// A picture was drawn.
    pub fn shown(&self, picture: LivePicture) {
        self.newest.send_replace(Some(picture));
    }

    /// The newest drawn picture, and those to come.
    pub fn pictures(&self) -> watch::Receiver<Option<LivePicture>> {
        self.newest.subscribe()
    }
}
