//! What a camera makes of a place at a moment.

mod background;
mod draw;
mod light;
mod models;
mod pieces;
mod rain;
mod seen;
mod sensor;
mod shadow;
mod sky;
mod studio;
mod sun_map;
mod surface;
mod target;
mod tone;
mod tree;
mod view;

use crate::script::Identity;

pub use draw::{LIGHT_STANDS, Renderer, Shot};
pub use studio::studio;

/// A box in a picture, in pixels; the right and lower edges do not belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelBox {
    /// Left edge.
    pub left: u32,
    /// Upper edge.
    pub top: u32,
    /// Right edge.
    pub right: u32,
    /// Lower edge.
    pub bottom: u32,
}

/// An actor in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Who.
    pub identity: Identity,
    /// Which of its visits.
    pub visit: u32,
    /// Around all of it that is within the picture, hidden by others or not.
    pub whole: PixelBox,
    /// Around what can be seen; `None` when nothing can.
    pub visible: Option<PixelBox>,
    /// The share of the pixels of `whole` that can be seen.
    pub visibility: f32,
    /// It reaches beyond the edge of the picture.
    pub cut: bool,
    /// A person's face, when it is turned towards the camera and within the picture.
    pub face: Option<SeenFace>,
}

/// A face in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenFace {
    /// Around the face: left, top, right, bottom, in pixels.
    pub around: [f32; 4],
    /// The five landmarks as `[x, y]` in pixels, in the order of [`crate::cast::FacePlace`].
    pub landmarks: [[f32; 2]; 5],
    /// The angle between the face's direction and the way to the camera, from above, in radians; positive: it looks to the
    /// picture's right.
    pub yaw: f32,
    /// The same up and down; positive: it looks down past the camera.
    pub pitch: f32,
    /// The share of the five landmarks' surroundings that nothing hides, 0..=1.
    pub visibility: f32,
}
