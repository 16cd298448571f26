//! Who watches a camera, what is drawn on its picture, and the newest drawn picture.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use iris_bus::message::{LivePicture, TrackView};
use iris_domain::Timestamp;
use iris_media::Overlay;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::overlays;
use crate::names::Names;

/// A watcher who does not say so again is gone after this; the gateway repeats itself every 2 s.
const WATCH_LEASE: Duration = Duration::from_secs(5);
/// Boxes older than this are not drawn: the thing is elsewhere by now.
const OVERLAY_AGE_MAX: Duration = Duration::from_secs(2);

/// The live side of a camera.
pub struct Live {
    watched: Mutex<Watched>,
    followed: Mutex<(Option<Timestamp>, Vec<TrackView>)>,
    newest: watch::Sender<Option<LivePicture>>,
}

/// Until when each rate is wanted, the rate in tenths of a picture a second: at most 600 entries, since the wire allows 60 a second.
type Watched = BTreeMap<u32, Instant>;

impl Default for Live {
    fn default() -> Self {
        Self { watched: Mutex::default(), followed: Mutex::default(), newest: watch::Sender::new(None) }
    }
}

impl Live {
    /// Somebody watches at this rate, for the next few seconds.
    pub fn watch(&self, fps: f32) {
        let now = Instant::now();
        let mut watched = self.watched.lock();
        watched.retain(|_, until| *until > now);
        watched.insert((fps * 10.0).round().max(1.0) as u32, now + WATCH_LEASE);
    }

    /// Time between live pictures, at the highest rate anyone wants; `None` while nobody watches.
    pub fn interval(&self) -> Option<Duration> {
        let now = Instant::now();
        let watched = self.watched.lock();
        let tenths = watched.iter().rev().find(|(_, until)| **until > now).map(|(tenths, _)| *tenths)?;
        Some(Duration::from_secs(10) / tenths)
    }

    /// What was followed in the newest judged picture.
    pub fn follow(&self, captured: Timestamp, tracks: Vec<TrackView>) {
        *self.followed.lock() = (Some(captured), tracks);
    }

    /// What to draw on a picture.
    pub fn overlays_for(&self, captured: Timestamp, names: &Names) -> Vec<Overlay> {
        let followed = self.followed.lock();
        match &*followed {
            (Some(judged), tracks) if captured.since(*judged) <= OVERLAY_AGE_MAX => overlays::of(tracks, names),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_at_the_highest_rate_that_anyone_wants() {
        let live = Live::default();
        assert_eq!(live.interval(), None);
        live.watch(10.0);
        live.watch(2.0);
        assert_eq!(live.interval(), Some(Duration::from_millis(100)));
        // The fast viewer has gone quiet; the slow one repeats itself.
        live.watched.lock().insert(100, Instant::now());
        live.watch(2.0);
        assert_eq!(live.interval(), Some(Duration::from_millis(500)));
    }
}
