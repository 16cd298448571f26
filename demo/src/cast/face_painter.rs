//! Painting on a face in metres: brush strokes that ask the form of the head where they are on its texture.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::brush::{Brush, Spot, Tint};
use super::face::Face;
use super::face_shape::FaceShape;
use crate::seed;

/// A face being painted. Places are `[to the figure's left of the middle, height]`.
pub struct FacePainter<'a> {
    /// Whose face.
    pub face: &'a Face,
    /// Its form.
    pub shape: &'a FaceShape,
    /// Its texture.
    pub brush: Brush,
    /// What is too small to be a field of the face.
    pub random: ChaCha8Rng,
}

impl<'a> FacePainter<'a> {
    /// A painter before an empty texture.
    pub fn new(face: &'a Face, shape: &'a FaceShape, size: [u32; 2]) -> Self {
        Self { face, shape, brush: Brush::new(size), random: seed::stream(face.grain, "skin", 0) }
    }

    /// A spot that fades to its edge.
    pub fn soft(&mut self, [aside, height]: Spot, [across, down]: [f32; 2], tint: Tint) {
        let middle = self.shape.spot([aside, height]);
        let beside = self.shape.spot([aside - across * aside.signum(), height]);
        let below = self.shape.spot([aside, height - down]);
        self.brush.soft(middle, [(beside[0] - middle[0]).abs(), below[1] - middle[1]], tint);
    }

    /// A spot on both sides of the face.
    pub fn soft_twice(&mut self, [aside, height]: Spot, radii: [f32; 2], tint: Tint) {
        self.soft([aside, height], radii, tint);
        self.soft([-aside, height], radii, tint);
    }

    /// A patch with a smooth outline.
    pub fn patch(&mut self, points: &[Spot], tint: Tint) {
        self.brush.patch(&self.spots(points), tint);
    }

    /// A smooth line.
    pub fn line(&mut self, points: &[Spot], width: f32, tint: Tint) {
        let below = self.shape.spot([0.0, -width])[1] - self.shape.spot([0.0, 0.0])[1];
        self.brush.line(&self.spots(points), below, tint);
    }

    /// A smooth line on both sides of the face.
    pub fn line_twice(&mut self, points: &[Spot], width: f32, tint: Tint) {
        self.line(points, width, tint);
        let mirrored: Vec<Spot> = points.iter().map(|[aside, height]| [-aside, *height]).collect();
        self.line(&mirrored, width, tint);
    }

    /// From now on paints only within a patch, until [`Brush::leave`].
    pub fn stay_within(&mut self, points: &[Spot]) {
        self.brush.stay_within(&self.spots(points));
    }

    /// A number between the two.
    pub fn any(&mut self, from: f32, to: f32) -> f32 {
        self.random.random_range(from..to)
    }

    fn spots(&self, points: &[Spot]) -> Vec<Spot> {
        points.iter().map(|point| self.shape.spot(*point)).collect()
    }
}
