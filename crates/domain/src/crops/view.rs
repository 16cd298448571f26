//! What a crop shows and how good it is, from the boxes alone. Made by the chooser.

use super::{CropSettings, overlap};
use crate::BBox;
use crate::tracking::Track;

/// A thing nearer than this to the picture's border is taken for cut off by it.
const EDGE: f32 = 0.01;
/// What is left of a view's merit at one border: part of the thing lies outside.
const CUT_OFF: f32 = 0.5;
/// A box this high in pixels shows all that the networks can use; more adds nothing.
const HEIGHT_PX_FULL: f32 = 400.0;

/// A part of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CropView {
    /// The part to cut out, in 0..1 of the picture: the thing's box with a margin, more of it above.
    pub area: BBox,
    /// The thing's box, in 0..1 of the picture.
    pub bbox: BBox,
    /// The detector's score, 0..1.
    pub score: f32,
    /// Largest share of the box that another thing's box covers, 0..1.
    pub overlap: f32,
    /// Whether the thing reaches the border of the picture, and so may be cut off by it.
    pub touches_edge: bool,
    /// How good the view is, 0..1: large, whole, uncovered, sure.
    pub merit: f32,
}

impl CropView {
    pub(super) fn of(track: &Track, all: &[Track], width_px: u32, height_px: u32, settings: &CropSettings) -> Self {
        let bbox = track.bbox;
        let others = all.iter().filter(|other| other.key != track.key && other.observed).map(|other| other.bbox);
        let overlap = overlap(&bbox, others);
        let borders = borders(&bbox);
        Self {
            area: grown(&bbox, settings),
            bbox,
            score: track.score,
            overlap,
            touches_edge: borders > 0,
            merit: size(&bbox, width_px, height_px)
                * CUT_OFF.powi(borders)
                * (1.0 - overlap)
                * track.score.clamp(0.0, 1.0),
        }
    }
}

/// How many borders of the picture cut the box off.
fn borders(bbox: &BBox) -> i32 {
    let cut = [bbox.x1 < EDGE, bbox.y1 < EDGE, bbox.x2 > 1.0 - EDGE, bbox.y2 > 1.0 - EDGE];
    cut.into_iter().filter(|cut| *cut).count() as i32
}

/// By the longer side: a car is wide and a person high.
fn size(bbox: &BBox, width_px: u32, height_px: u32) -> f32 {
    let longer = (bbox.width() * width_px as f32).max(bbox.height() * height_px as f32);
    (longer / HEIGHT_PX_FULL).min(1.0)
}

fn grown(bbox: &BBox, settings: &CropSettings) -> BBox {
    let (x, y) = (bbox.width() * settings.margin, bbox.height() * settings.margin);
    let above = y + bbox.height() * settings.head_room;
    BBox::clipped(bbox.x1 - x, bbox.y1 - above, bbox.x2 + x, bbox.y2 + y).unwrap_or(*bbox)
}
