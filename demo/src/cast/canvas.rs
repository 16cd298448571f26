//! What textures of vehicles, animals and bicycles are painted on: tiny-skia with coordinates in the units of the thing
//! that is painted (metres of a car's side, shares of a coat).

use std::sync::Arc;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Paint, Path, PathBuilder, Pixmap, PixmapPaint,
    Point, PremultipliedColorU8, Rect, SpreadMode, Stroke, Transform,
};

use crate::texture::Texture;

/// Red, green, blue, alpha; sRGB.
pub type Rgba = [u8; 4];

/// A point on a canvas, in its units.
pub type Spot = [f32; 2];

/// `colour`, covering what is below it by `share`.
pub fn covering([red, green, blue]: [u8; 3], share: f32) -> Rgba {
    [red, green, blue, (share * 255.0).round() as u8]
}

/// `colour` times `factor`: darker below 1, lighter above.
pub fn shaded(colour: [u8; 3], factor: f32) -> [u8; 3] {
    colour.map(|channel| (f32::from(channel) * factor).round().clamp(0.0, 255.0) as u8)
}

/// A picture being painted.
pub struct Canvas {
    pixmap: Pixmap,
    to_pixels: Transform,
}

impl Canvas {
    /// A canvas of `size` pixels showing nothing, whose left, top, right and bottom edges are at `edges` in the units of
    /// what is painted. The top may be more than the bottom: then heights grow upwards.
    pub fn new(size: [u32; 2], [left, top, right, bottom]: [f32; 4]) -> Self {
        let scale = [size[0] as f32 / (right - left), size[1] as f32 / (bottom - top)];
        let to_pixels = Transform::from_row(scale[0], 0.0, 0.0, scale[1], -left * scale[0], -top * scale[1]);
        let pixmap = Pixmap::new(size[0], size[1]).expect("sizes of textures are positive");
        Self { pixmap, to_pixels }
    }

    /// Covers everything.
    pub fn flood(&mut self, colour: [u8; 3]) {
        let [red, green, blue] = colour;
        self.pixmap.fill(Color::from_rgba8(red, green, blue, 255));
    }

    /// Fills a polygon.
    pub fn fill(&mut self, outline: &[Spot], colour: Rgba) {
        if let Some(path) = polyline(outline, true) {
            self.pixmap.fill_path(&path, &solid(colour), FillRule::Winding, self.to_pixels, None);
        }
    }

    /// Fills an upright rectangle between two of its corners.
    pub fn block(&mut self, [left, top]: Spot, [right, bottom]: Spot, colour: Rgba) {
        self.fill(&[[left, top], [left, bottom], [right, bottom], [right, top]], colour);
    }

    /// Fills a rectangle with one colour at `top` that becomes another at `bottom`.
    pub fn fade(&mut self, [left, top]: Spot, [right, bottom]: Spot, colours: [Rgba; 2]) {
        self.fade_within(
            &[[left, top], [left, bottom], [right, bottom], [right, top]],
            [[left, top], [left, bottom]],
            colours,
        );
    }

    /// Fills a polygon with one colour at the first of `ends` that becomes another at the second.
    pub fn fade_within(&mut self, outline: &[Spot], ends: [Spot; 2], colours: [Rgba; 2]) {
        let stops =
            colours.into_iter().zip([0.0, 1.0]).map(|(colour, at)| GradientStop::new(at, color(colour))).collect();
        let [start, end] = ends.map(|[x, y]| Point::from_xy(x, y));
        let shader = LinearGradient::new(start, end, stops, SpreadMode::Pad, Transform::identity());
        if let (Some(path), Some(shader)) = (polyline(outline, true), shader) {
            let paint = Paint { shader, ..Paint::default() };
            self.pixmap.fill_path(&path, &paint, FillRule::Winding, self.to_pixels, None);
        }
    }

    /// Draws a line through `points`.
    pub fn line(&mut self, points: &[Spot], width: f32, colour: Rgba) {
        if let Some(path) = polyline(points, false) {
            let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
            self.pixmap.stroke_path(&path, &solid(colour), &stroke, self.to_pixels, None);
        }
    }

    /// Draws the outline of a polygon.
    pub fn outline(&mut self, points: &[Spot], width: f32, colour: Rgba) {
        if let Some(path) = polyline(points, true) {
            let stroke = Stroke { width, ..Stroke::default() };
            self.pixmap.stroke_path(&path, &solid(colour), &stroke, self.to_pixels, None);
        }
    }

    /// Fills an upright ellipse.
    pub fn oval(&mut self, [x, y]: Spot, [across, down]: [f32; 2], colour: Rgba) {
        if let Some(path) = ellipse(x, y, across, down) {
            self.pixmap.fill_path(&path, &solid(colour), FillRule::Winding, self.to_pixels, None);
        }
    }

    /// Draws the outline of an upright ellipse.
    pub fn ring(&mut self, [x, y]: Spot, [across, down]: [f32; 2], width: f32, colour: Rgba) {
        if let Some(path) = ellipse(x, y, across, down) {
            let stroke = Stroke { width, ..Stroke::default() };
            self.pixmap.stroke_path(&path, &solid(colour), &stroke, self.to_pixels, None);
        }
    }

    /// Makes each pixel a little lighter or darker, by at most `strength` of 255.
    pub fn speckle(&mut self, strength: f32, random: &mut ChaCha8Rng) {
        for pixel in self.pixmap.pixels_mut() {
            let change = random.random_range(-strength..=strength) as i32;
            let alpha = pixel.alpha();
            let changed = |channel: u8| (i32::from(channel) + change).clamp(0, i32::from(alpha)) as u8;
            let [red, green, blue] = [pixel.red(), pixel.green(), pixel.blue()].map(changed);
            *pixel = PremultipliedColorU8::from_rgba(red, green, blue, alpha).expect("no channel is above alpha");
        }
    }

    /// Lays another picture over this one, its upper left corner at the pixel `at`.
    pub fn paste(&mut self, other: &Self, at: [i32; 2]) {
        let paint = PixmapPaint::default();
        self.pixmap.draw_pixmap(at[0], at[1], other.pixmap.as_ref(), &paint, Transform::identity(), None);
    }

    /// What was painted.
    pub fn texture(&self) -> Arc<Texture> {
        Texture::new(&self.pixmap)
    }
}

fn color([red, green, blue, alpha]: Rgba) -> Color {
    Color::from_rgba8(red, green, blue, alpha)
}

fn solid(colour: Rgba) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(color(colour));
    paint
}

fn ellipse(x: f32, y: f32, across: f32, down: f32) -> Option<Path> {
    Rect::from_ltrb(x - across, y - down, x + across, y + down).and_then(PathBuilder::from_oval)
}

/// The path through `points`; none of fewer than two, as a clipped-away shape has.
fn polyline(points: &[Spot], closed: bool) -> Option<Path> {
    let (first, others) = points.split_first()?;
    let mut path = PathBuilder::new();
    path.move_to(first[0], first[1]);
    for point in others {
        path.line_to(point[0], point[1]);
    }
    if closed {
        path.close();
    }
    path.finish()
}
