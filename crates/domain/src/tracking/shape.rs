//! A box in square units, so that a step to the right weighs as much as the same step down. Driven by the tracker at its borders;
//! nothing outside tracking sees it.

use crate::BBox;

/// Smallest side, in picture heights, that geometry and noise are computed with: a tenth of a pixel of a 1080p picture. Smaller
/// numbers would underflow when squared.
pub(super) const SIDE_MIN: f32 = 1e-4;

/// A box by centre and size, all four in picture heights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    pub cx: f32,
    pub cy: f32,
    pub width: f32,
    pub height: f32,
}

impl Shape {
    /// `aspect` is the picture's width over its height.
    pub fn of(bbox: &BBox, aspect: f32) -> Self {
        let (cx, cy) = bbox.centre();
        Self { cx: cx * aspect, cy, width: (bbox.width() * aspect).max(SIDE_MIN), height: bbox.height().max(SIDE_MIN) }
    }

    /// Whether all four are numbers: a box is, unless somebody made it by hand.
    pub fn is_finite(&self) -> bool {
        [self.cx, self.cy, self.width, self.height].iter().all(|number| number.is_finite())
    }

    /// The part of the box inside the picture; `None` when it lies outside.
    pub fn to_bbox(self, aspect: f32) -> Option<BBox> {
        let (half_width, half_height) = (self.width / 2.0, self.height / 2.0);
        BBox::clipped(
            (self.cx - half_width) / aspect,
            self.cy - half_height,
            (self.cx + half_width) / aspect,
            self.cy + half_height,
        )
    }

    /// Overlap (intersection over union) times the overlap of the vertical extents over their union: people of one height at one
    /// distance stand on one line, so a difference there separates two who overlap sideways (Hybrid-SORT's height modulation).
    pub fn similarity(&self, other: &Self) -> f32 {
        let (vertical, vertical_union) = overlap(self.cy, self.height, other.cy, other.height);
        let (horizontal, _) = overlap(self.cx, self.width, other.cx, other.width);
        let intersection = vertical * horizontal;
        let union = self.width * self.height + other.width * other.height - intersection;
        intersection / union * (vertical / vertical_union)
    }

    /// The share of this box that lies within another.
    pub fn covered_by(&self, other: &Self) -> f32 {
        let (vertical, _) = overlap(self.cy, self.height, other.cy, other.height);
        let (horizontal, _) = overlap(self.cx, self.width, other.cx, other.width);
        vertical * horizontal / (self.width * self.height)
    }
}

/// Length of the common part of two intervals given by centre and length, and of the stretch that covers both.
fn overlap(a: f32, a_length: f32, b: f32, b_length: f32) -> (f32, f32) {
    let (a_half, b_half) = (a_length / 2.0, b_length / 2.0);
    let common = ((a + a_half).min(b + b_half) - (a - a_half).max(b - b_half)).max(0.0);
    let cover = (a + a_half).max(b + b_half) - (a - a_half).min(b - b_half);
    (common, cover)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similarity_is_one_for_the_same_box_and_zero_apart() {
        let shape = Shape { cx: 0.5, cy: 0.5, width: 0.1, height: 0.3 };
        assert!((shape.similarity(&shape) - 1.0).abs() < 1e-5);
        assert_eq!(shape.similarity(&Shape { cx: 0.8, ..shape }), 0.0);
    }

    #[test]
    fn the_same_shift_costs_more_upwards_than_sideways_for_equal_overlap() {
        let square = Shape { cx: 0.5, cy: 0.5, width: 0.2, height: 0.2 };
        let sideways = square.similarity(&Shape { cx: 0.55, ..square });
        let upwards = square.similarity(&Shape { cy: 0.55, ..square });
        assert!(upwards < sideways, "{upwards} against {sideways}");
    }

    #[test]
    fn there_and_back_is_the_same_box() {
        let bbox = BBox::clipped(0.1, 0.2, 0.3, 0.9).unwrap();
        let back = Shape::of(&bbox, 16.0 / 9.0).to_bbox(16.0 / 9.0).unwrap();
        assert!(bbox.iou(&back) > 0.9999);
    }
}
