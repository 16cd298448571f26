//! Boxes in the picture, in fractions of its width and height, so that no decision depends on a camera's resolution.

use serde::{Deserialize, Serialize};

/// An axis-parallel box; corners in 0..1 of the picture's width and height, top left first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BBox {
    /// Left edge.
    pub x1: f32,
    /// Top edge.
    pub y1: f32,
    /// Right edge.
    pub x2: f32,
    /// Bottom edge.
    pub y2: f32,
}

impl BBox {
    /// Clips the corners to the picture; `None` when a number is not finite or nothing is left.
    pub fn clipped(x1: f32, y1: f32, x2: f32, y2: f32) -> Option<Self> {
        if ![x1, y1, x2, y2].iter().all(|edge| edge.is_finite()) {
            return None;
        }
        let clip = |edge: f32| edge.clamp(0.0, 1.0);
        let clipped = Self { x1: clip(x1), y1: clip(y1), x2: clip(x2), y2: clip(y2) };
        (clipped.x2 > clipped.x1 && clipped.y2 > clipped.y1).then_some(clipped)
    }

    /// Width in 0..1.
    pub fn width(&self) -> f32 {
        self.x2 - self.x1
    }

    /// Height in 0..1.
    pub fn height(&self) -> f32 {
        self.y2 - self.y1
    }

    /// Area as a fraction of the picture.
    pub fn area(&self) -> f32 {
        self.width() * self.height()
    }

    /// Centre, x then y.
    pub fn centre(&self) -> (f32, f32) {
        ((self.x1 + self.x2) / 2.0, (self.y1 + self.y2) / 2.0)
    }

    /// Area of the overlap.
    pub fn intersection(&self, other: &Self) -> f32 {
        let width = (self.x2.min(other.x2) - self.x1.max(other.x1)).max(0.0);
        let height = (self.y2.min(other.y2) - self.y1.max(other.y1)).max(0.0);
        width * height
    }

    /// Intersection over union, 0..1.
    pub fn iou(&self, other: &Self) -> f32 {
        let intersection = self.intersection(other);
        let union = self.area() + other.area() - intersection;
        if union > 0.0 { intersection / union } else { 0.0 }
    }
}
