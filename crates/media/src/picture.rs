//! A decoded picture. Cheap to hand on; the pixels stay where the decoder put them.

use ffmpeg_next::frame;
use iris_domain::Timestamp;

use crate::MediaTime;

/// One decoded picture, in whatever pixel format the camera sent.
pub struct Picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// When it is shown.
    pub pts: MediaTime,
    /// When it was filmed.
    pub wall: Timestamp,
    pub(crate) frame: frame::Video,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Picture")
            .field("width", &self.width)
            .field("height", &self.height)
            .field("pts", &self.pts)
            .field("wall", &self.wall)
            .finish_non_exhaustive()
    }
}
