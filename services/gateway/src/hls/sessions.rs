//! Which cameras are watched by HLS. A session is no process, only the right to read: it lasts while somebody reads, and the
//! segments of a camera are served while it lasts. Pure; the routes drive it with their clock.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use iris_domain::CameraId;

/// A session that nobody read for so long has ended.
const UNREAD_MAX: Duration = Duration::from_secs(30);

/// There are as many sessions as the setting allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtCapacity;

#[derive(Debug, Clone, Copy)]
struct Session {
    read: Instant,
    /// The newest segment shown so far; `None` before the first playlist.
    newest: Option<u64>,
}

/// The sessions under way.
#[derive(Debug)]
pub struct Sessions {
    sessions: HashMap<CameraId, Session>,
    sessions_max: usize,
}

impl Sessions {
    /// None yet, and never more than `sessions_max`.
    pub fn new(sessions_max: usize) -> Self {
        Self { sessions: HashMap::new(), sessions_max }
    }

    /// Starts a camera's session, or goes on with it.
    ///
    /// # Errors
    /// It would be one too many.
    pub fn start(&mut self, camera: CameraId, now: Instant) -> Result<(), AtCapacity> {
        self.forget_unread(now);
        if let Some(session) = self.sessions.get_mut(&camera) {
            session.read = now;
            return Ok(());
        }
        if self.sessions.len() >= self.sessions_max {
            return Err(AtCapacity);
        }
        self.sessions.insert(camera, Session { read: now, newest: None });
        Ok(())
    }

    /// Notes that a playlist up to segment `newest` is shown; false when the session was closed meanwhile.
    pub fn shown(&mut self, camera: CameraId, newest: u64, now: Instant) -> bool {
        self.forget_unread(now);
        let Some(session) = self.sessions.get_mut(&camera) else { return false };
        *session = Session { read: now, newest: Some(newest) };
        true
    }

    /// The newest segment shown to a camera's readers, who read now; `None` when no session shows any.
    pub fn newest_shown(&mut self, camera: CameraId, now: Instant) -> Option<u64> {
        self.forget_unread(now);
        let session = self.sessions.get_mut(&camera)?;
        session.read = now;
        session.newest
    }

    /// Ends a session; ending none does nothing.
    pub fn close(&mut self, camera: CameraId) {
        self.sessions.remove(&camera);
    }

    /// Ends a session that never showed anything, so that it takes no other's place.
    pub fn give_up(&mut self, camera: CameraId) {
        if self.sessions.get(&camera).is_some_and(|session| session.newest.is_none()) {
            self.sessions.remove(&camera);
        }
    }

    fn forget_unread(&mut self, now: Instant) {
        self.sessions.retain(|_, session| now.saturating_duration_since(session.read) < UNREAD_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(id: i64) -> CameraId {
        CameraId::new(id).unwrap()
    }

    #[test]
    fn a_session_lasts_while_it_is_read() {
        let (mut sessions, start) = (Sessions::new(8), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        sessions.start(camera(1), at(0)).unwrap();
        assert_eq!(sessions.newest_shown(camera(1), at(1)), None);
        assert!(sessions.shown(camera(1), 7, at(2)));
        assert_eq!(sessions.newest_shown(camera(1), at(31)), Some(7));
        assert_eq!(sessions.newest_shown(camera(1), at(60)), Some(7));
        assert_eq!(sessions.newest_shown(camera(1), at(90)), None);
        assert!(!sessions.shown(camera(1), 9, at(90)));
    }

    #[test]
    fn there_are_no_more_than_allowed_and_ended_ones_make_room() {
        let (mut sessions, now) = (Sessions::new(2), Instant::now());
        assert_eq!(sessions.start(camera(1), now), Ok(()));
        assert_eq!(sessions.start(camera(2), now), Ok(()));
        assert_eq!(sessions.start(camera(1), now), Ok(()));
        assert_eq!(sessions.start(camera(3), now), Err(AtCapacity));
        sessions.close(camera(1));
        sessions.close(camera(1));
        assert_eq!(sessions.start(camera(3), now), Ok(()));
        sessions.give_up(camera(3));
        assert_eq!(sessions.start(camera(1), now), Ok(()));
        assert_eq!(sessions.start(camera(4), now + UNREAD_MAX), Ok(()));
    }

    #[test]
    fn giving_up_keeps_a_session_that_others_read() {
        let (mut sessions, now) = (Sessions::new(1), Instant::now());
        sessions.start(camera(1), now).unwrap();
        sessions.shown(camera(1), 3, now);
        sessions.give_up(camera(1));
        assert_eq!(sessions.newest_shown(camera(1), now), Some(3));
        sessions.close(camera(1));
        assert_eq!(sessions.newest_shown(camera(1), now), None);
    }
}
