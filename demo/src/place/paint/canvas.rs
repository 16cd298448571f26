//! What surfaces are painted on: a picture measured in metres instead of pixels, with the few strokes that all of them
//! need.

use std::sync::Arc;

use rand::{Rng, RngExt as _};
use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Paint, Path, PathBuilder, Pixmap, Point,
    RadialGradient, Rect, Shader, SpreadMode, Stroke, Transform,
};

use crate::texture::Texture;

/// A colour, sRGB.
pub type Rgb = [u8; 3];

/// The colour, lighter (above 1) or darker (below).
pub fn shade(rgb: Rgb, factor: f32) -> Rgb {
    rgb.map(|channel| (f32::from(channel) * factor).round().clamp(0.0, 255.0) as u8)
}

/// A colour between two.
pub fn mix(one: Rgb, other: Rgb, share: f32) -> Rgb {
    std::array::from_fn(|index| (f32::from(one[index]) * (1.0 - share) + f32::from(other[index]) * share).round() as u8)
}

/// The colour, a little different in brightness and tint, as no two bricks are alike.
pub fn vary(rgb: Rgb, amount: f32, random: &mut impl Rng) -> Rgb {
    let brightness = 1.0 + random.random_range(-amount..=amount);
    let tint = amount * 0.35;
    rgb.map(|channel| (f32::from(channel) * (brightness + random.random_range(-tint..=tint))).clamp(0.0, 255.0) as u8)
}

/// One of a list.
pub fn pick<T: Copy>(list: &[T], random: &mut impl Rng) -> T {
    list[random.random_range(0..list.len())]
}

/// A picture in the making.
pub struct Canvas {
    pixmap: Pixmap,
    size: [f32; 2],
    scale: Transform,
}

impl Canvas {
    /// A canvas of `pixels` that stands for `size` metres, all of one colour.
    pub fn new(pixels: [u32; 2], size: [f32; 2], ground: Rgb) -> Self {
        let mut canvas = Self::clear(pixels, size);
        canvas.pixmap.fill(color(ground, 1.0));
        canvas
    }

    /// A canvas on which nothing is; what stays so is not drawn.
    pub fn clear(pixels: [u32; 2], size: [f32; 2]) -> Self {
        let pixmap = Pixmap::new(pixels[0], pixels[1]).expect("the sizes written in this module are not 0");
        let scale = Transform::from_scale(pixels[0] as f32 / size[0], pixels[1] as f32 / size[1]);
        Self { pixmap, size, scale }
    }

    /// Its width and height in metres.
    pub fn size(&self) -> [f32; 2] {
        self.size
    }

    /// The texture.
    pub fn finish(self) -> Arc<Texture> {
        Texture::new(&self.pixmap)
    }

    /// A rectangle: left, top, width, height.
    pub fn rect(&mut self, area: [f32; 4], rgb: Rgb, alpha: f32) {
        let [left, top, width, height] = area;
        if let Some(rect) = Rect::from_xywh(left, top, width, height) {
            self.pixmap.fill_rect(rect, &plain(rgb, alpha), self.scale, None);
        }
    }

    /// A rectangle that goes from one colour at its top to another at its bottom.
    pub fn fade(&mut self, area: [f32; 4], top: (Rgb, f32), bottom: (Rgb, f32)) {
        let [left, upper, width, height] = area;
        let stops =
            vec![GradientStop::new(0.0, color(top.0, top.1)), GradientStop::new(1.0, color(bottom.0, bottom.1))];
        let (from, to) = (Point::from_xy(left, upper), Point::from_xy(left, upper + height));
        let shader = LinearGradient::new(from, to, stops, SpreadMode::Pad, Transform::identity());
        if let (Some(shader), Some(rect)) = (shader, Rect::from_xywh(left, upper, width, height)) {
            self.pixmap.fill_rect(rect, &Paint { shader, ..Paint::default() }, self.scale, None);
        }
    }

    /// A line through points.
    pub fn line(&mut self, points: &[[f32; 2]], width: f32, rgb: Rgb, alpha: f32) {
        let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        if let Some(path) = path_through(points, false) {
            self.pixmap.stroke_path(&path, &plain(rgb, alpha), &stroke, self.scale, None);
        }
    }

    /// A filled outline.
    pub fn shape(&mut self, points: &[[f32; 2]], rgb: Rgb, alpha: f32) {
        if let Some(path) = path_through(points, true) {
            self.pixmap.fill_path(&path, &plain(rgb, alpha), FillRule::Winding, self.scale, None);
        }
    }

    /// A filled oval around a centre, turned by an angle.
    pub fn oval(&mut self, centre: [f32; 2], radii: [f32; 2], turn: f32, rgb: Rgb, alpha: f32) {
        let rect = Rect::from_xywh(-radii[0], -radii[1], 2.0 * radii[0], 2.0 * radii[1]);
        if let Some(path) = rect.and_then(PathBuilder::from_oval) {
            let place = Transform::from_rotate(turn.to_degrees()).post_translate(centre[0], centre[1]);
            self.pixmap.fill_path(&path, &plain(rgb, alpha), FillRule::Winding, place.post_concat(self.scale), None);
        }
    }

    /// A soft round stain that fades towards its edge and goes on at the opposite edge of the picture.
    pub fn blot(&mut self, centre: [f32; 2], radius: f32, rgb: Rgb, alpha: f32) {
        for x in copies(centre[0], radius, self.size[0]) {
            for y in copies(centre[1], radius, self.size[1]) {
                self.blot_once([x, y], radius, rgb, alpha);
            }
        }
    }

    fn blot_once(&mut self, [x, y]: [f32; 2], radius: f32, rgb: Rgb, alpha: f32) {
        let stops = vec![
            GradientStop::new(0.0, color(rgb, alpha)),
            GradientStop::new(0.5, color(rgb, alpha * 0.55)),
            GradientStop::new(1.0, color(rgb, 0.0)),
        ];
        let at = Point::from_xy(x, y);
        let shader = RadialGradient::new(at, 0.0, at, radius, stops, SpreadMode::Pad, Transform::identity());
        let rect = Rect::from_xywh(x - radius, y - radius, 2.0 * radius, 2.0 * radius);
        if let (Some(shader), Some(rect)) = (shader, rect) {
            self.pixmap.fill_rect(rect, &Paint { shader, ..Paint::default() }, self.scale, None);
        }
    }

    /// Soft stains anywhere, some darker, some lighter than what is there.
    pub fn mottle(&mut self, random: &mut impl Rng, count: u32, radius: f32, alpha: f32) {
        for _ in 0..count {
            let centre = self.anywhere(random);
            let rgb = if random.random_bool(0.6) { [20, 18, 14] } else { [235, 230, 215] };
            let alpha = random.random_range(0.3..1.0) * alpha;
            self.blot(centre, radius * random.random_range(0.4..1.6), rgb, alpha);
        }
    }

    /// A point on the canvas.
    pub fn anywhere(&self, random: &mut impl Rng) -> [f32; 2] {
        self.size.map(|length| random.random_range(0.0..length))
    }

    /// A crooked thin line such as a crack or a twig, from `start` along `angle`, in steps of about `step`.
    pub fn crack(&mut self, random: &mut impl Rng, start: [f32; 2], angle: f32, steps: u32, step: f32, rgb: Rgb) {
        let (mut points, mut angle) = (vec![start], angle);
        for _ in 0..steps {
            angle += random.random_range(-0.7..0.7);
            let [x, y] = points[points.len() - 1];
            points.push([x + angle.cos() * step, y + angle.sin() * step]);
        }
        self.line(&points, step * 0.09, rgb, 0.75);
    }

    /// Grain: every pixel a little lighter or darker, by up to `strength` of 255.
    pub fn grain(&mut self, random: &mut impl Rng, strength: f32) {
        for pixel in self.pixmap.data_mut().as_chunks_mut::<4>().0 {
            let alpha = f32::from(pixel[3]);
            let change = (random.random::<f32>() + random.random::<f32>() - 1.0) * strength * alpha / 255.0;
            for channel in &mut pixel[..3] {
                *channel = (f32::from(*channel) + change).clamp(0.0, alpha) as u8;
            }
        }
    }
}

/// Where else a thing at `centre` must be drawn so that the picture's edges fit each other.
fn copies(centre: f32, radius: f32, length: f32) -> impl Iterator<Item = f32> {
    [-length, 0.0, length]
        .into_iter()
        .map(move |by| centre + by)
        .filter(move |at| at + radius > 0.0 && at - radius < length)
}

fn color([red, green, blue]: Rgb, alpha: f32) -> Color {
    Color::from_rgba8(red, green, blue, (alpha.clamp(0.0, 1.0) * 255.0) as u8)
}

fn plain(rgb: Rgb, alpha: f32) -> Paint<'static> {
    Paint { shader: Shader::SolidColor(color(rgb, alpha)), ..Paint::default() }
}

fn path_through(points: &[[f32; 2]], closed: bool) -> Option<Path> {
    let (first, rest) = points.split_first()?;
    let mut path = PathBuilder::new();
    path.move_to(first[0], first[1]);
    for point in rest {
        path.line_to(point[0], point[1]);
    }
    if closed {
        path.close();
    }
    path.finish()
}
