//! What faces are painted with: soft spots, smooth patches and lines, on a texture whose sides are 1 long.

use std::sync::Arc;

use glam::Vec2;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, Mask, Paint, Path, PathBuilder, Pixmap, Point, PremultipliedColorU8,
    RadialGradient, Rect, SpreadMode, Stroke, Transform,
};

use crate::texture::Texture;

/// A place on a texture: (0, 0) is its upper left, (1, 1) its lower right.
pub type Spot = [f32; 2];

/// A colour, sRGB, and the share by which it covers what is below it.
pub type Tint = ([u8; 3], f32);

/// A texture being painted.
pub struct Brush {
    pixmap: Pixmap,
    mask: Option<Mask>,
}

impl Brush {
    /// A brush for a texture of `size` pixels that shows nothing yet.
    pub fn new([width, height]: [u32; 2]) -> Self {
        Self { pixmap: Pixmap::new(width, height).expect("sizes of textures are positive"), mask: None }
    }

    /// Covers everything.
    pub fn flood(&mut self, [red, green, blue]: [u8; 3]) {
        self.pixmap.fill(Color::from_rgba8(red, green, blue, 255));
    }

    /// A spot that fades from its middle to its edge.
    pub fn soft(&mut self, [x, y]: Spot, [across, down]: [f32; 2], tint: Tint) {
        let [width, height] = self.size();
        let place = Transform::from_row(across * width, 0.0, 0.0, down * height, x * width, y * height);
        let Some(unit) = Rect::from_ltrb(-1.0, -1.0, 1.0, 1.0) else { return };
        let faded = |at: f32, share: f32| GradientStop::new(at, color((tint.0, tint.1 * share)));
        let stops = vec![faded(0.0, 1.0), faded(0.35, 0.78), faded(0.7, 0.22), faded(1.0, 0.0)];
        let middle = Point::from_xy(0.0, 0.0);
        let gradient = RadialGradient::new(middle, 0.0, middle, 1.0, stops, SpreadMode::Pad, Transform::identity());
        if let Some(shader) = gradient {
            let paint = Paint { shader, ..Paint::default() };
            self.pixmap.fill_path(&PathBuilder::from_rect(unit), &paint, FillRule::Winding, place, self.mask.as_ref());
        }
    }

    /// A patch with a smooth outline through `points`.
    pub fn patch(&mut self, points: &[Spot], tint: Tint) {
        if let Some(path) = self.smooth(points, true) {
            self.pixmap.fill_path(&path, &solid(tint), FillRule::Winding, Transform::identity(), self.mask.as_ref());
        }
    }

    /// A smooth line through `points`; `width` is a share of the texture's height.
    pub fn line(&mut self, points: &[Spot], width: f32, tint: Tint) {
        if let Some(path) = self.smooth(points, false) {
            let stroke = Stroke { width: width * self.size()[1], line_cap: LineCap::Round, ..Stroke::default() };
            self.pixmap.stroke_path(&path, &solid(tint), &stroke, Transform::identity(), self.mask.as_ref());
        }
    }

    /// A hair: a straight line that is `width` wide where it begins and ends in a point.
    pub fn hair(&mut self, from: Spot, to: Spot, width: f32, tint: Tint) {
        let [across, down] = self.size();
        let (root, tip) = (Vec2::from(from) * Vec2::new(across, down), Vec2::from(to) * Vec2::new(across, down));
        let side = (tip - root).perp().normalize_or_zero() * (width * down / 2.0);
        let mut path = PathBuilder::new();
        path.move_to(root.x + side.x, root.y + side.y);
        path.line_to(tip.x, tip.y);
        path.line_to(root.x - side.x, root.y - side.y);
        if let Some(path) = path.finish() {
            self.pixmap.fill_path(&path, &solid(tint), FillRule::Winding, Transform::identity(), None);
        }
    }

    /// The outline of a patch.
    pub fn ring(&mut self, points: &[Spot], width: f32, tint: Tint) {
        if let Some(path) = self.smooth(points, true) {
            let stroke = Stroke { width: width * self.size()[1], ..Stroke::default() };
            self.pixmap.stroke_path(&path, &solid(tint), &stroke, Transform::identity(), self.mask.as_ref());
        }
    }

    /// From now on paints only within a patch.
    pub fn stay_within(&mut self, points: &[Spot]) {
        let mask = Mask::new(self.pixmap.width(), self.pixmap.height());
        if let (Some(mut mask), Some(path)) = (mask, self.smooth(points, true)) {
            mask.fill_path(&path, FillRule::Winding, true, Transform::identity());
            self.mask = Some(mask);
        }
    }

    /// Paints everywhere again.
    pub fn leave(&mut self) {
        self.mask = None;
    }

    /// Makes each pixel a little lighter or darker, by at most `strength` of 255.
    pub fn grain(&mut self, strength: i32, random: &mut ChaCha8Rng) {
        // A prime number of draws, repeated: the rows of a texture never line up, and a draw for each pixel is slow.
        let changes: [i32; 4093] = std::array::from_fn(|_| random.random_range(-strength..=strength));
        for (pixel, change) in self.pixmap.pixels_mut().iter_mut().zip(changes.into_iter().cycle()) {
            let alpha = pixel.alpha();
            let changed = |channel: u8| (i32::from(channel) + change).clamp(0, i32::from(alpha)) as u8;
            let [red, green, blue] = [pixel.red(), pixel.green(), pixel.blue()].map(changed);
            *pixel = PremultipliedColorU8::from_rgba(red, green, blue, alpha).expect("no channel is above alpha");
        }
    }

    /// What was painted.
    pub fn texture(&self) -> Arc<Texture> {
        Texture::new(&self.pixmap)
    }

    fn size(&self) -> [f32; 2] {
        [self.pixmap.width() as f32, self.pixmap.height() as f32]
    }

    /// The curve through `points` (Catmull and Rom's), in pixels.
    fn smooth(&self, points: &[Spot], closed: bool) -> Option<Path> {
        let [width, height] = self.size();
        let count = points.len() as isize;
        let at = |index: isize| {
            let index = if closed { index.rem_euclid(count) } else { index.clamp(0, count - 1) };
            let [x, y] = points[index as usize];
            [x * width, y * height]
        };
        let mut path = PathBuilder::new();
        path.move_to(at(0)[0], at(0)[1]);
        for index in 0..if closed { count } else { count - 1 } {
            let [before, from, to, after] = [at(index - 1), at(index), at(index + 1), at(index + 2)];
            let leave: [f32; 2] = std::array::from_fn(|axis| from[axis] + (to[axis] - before[axis]) / 6.0);
            let arrive: [f32; 2] = std::array::from_fn(|axis| to[axis] - (after[axis] - from[axis]) / 6.0);
            path.cubic_to(leave[0], leave[1], arrive[0], arrive[1], to[0], to[1]);
        }
        path.finish()
    }
}

/// Points around an ellipse.
pub fn ellipse([x, y]: Spot, [across, down]: [f32; 2]) -> [Spot; 12] {
    std::array::from_fn(|index| {
        let (sin, cos) = (index as f32 / 12.0 * std::f32::consts::TAU).sin_cos();
        [x + across * cos, y + down * sin]
    })
}

fn color(([red, green, blue], share): Tint) -> Color {
    Color::from_rgba8(red, green, blue, (share.clamp(0.0, 1.0) * 255.0) as u8)
}

fn solid(tint: Tint) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(color(tint));
    paint
}
