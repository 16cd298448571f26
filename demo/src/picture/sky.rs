//! The sky behind everything.

use glam::{FloatExt as _, Vec2, Vec3};

use super::surface::whole;
use super::view::View;
use crate::script::Weather;

/// How fast clouds drift, in their own widths a second.
const DRIFT: f32 = 0.004;

/// Nothing in the sky is smaller than some of so many pixels.
const COARSE: usize = 8;

/// The sky in a picture, looked at in every [`COARSE`]th pixel of every such row.
#[derive(Debug)]
pub struct Sky {
    columns: usize,
    light: Vec<Vec3>,
}

impl Sky {
    /// The sky as it is seen at a moment.
    pub fn new(view: &View, weather: &Weather, seconds: f32) -> Self {
        let [columns, rows] = view.size.map(|side| side.div_ceil(COARSE) + 1);
        let place = |index: usize| (index * COARSE) as f32 + 0.5;
        let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (place(column), place(row))));
        Self { columns, light: places.map(|(x, y)| sky(weather, view.ray(x, y), seconds)).collect() }
    }

    /// The light that comes from the sky at a pixel.
    #[inline]
    pub fn light(&self, x: usize, y: usize) -> Vec3 {
        let corner = y / COARSE * self.columns + x / COARSE;
        let [across, down] = [x, y].map(|at| (at % COARSE) as f32 / COARSE as f32);
        let upper = self.light[corner].lerp(self.light[corner + 1], across);
        let lower = self.light[corner + self.columns].lerp(self.light[corner + self.columns + 1], across);
        upper.lerp(lower, down)
    }
}

/// The light that comes from a direction of the sky.
fn sky(weather: &Weather, direction: Vec3, seconds: f32) -> Vec3 {
    let direction = direction.normalize();
    let high = direction.y.max(0.0);
    let horizon = weather.sky_colour.lerp(weather.sky_light * 1.5, 0.6);
    let clear = horizon.lerp(weather.sky_colour, high.powf(0.45));
    let glare = direction.dot(weather.sun_direction).max(0.0).powi(48);
    let clouds = clouds(direction, seconds) * (1.0 - weather.darkness * 0.7);
    let white = weather.sky_light * 1.6 + weather.sun_light * 0.25;
    clear.lerp(white, clouds) + weather.sun_light * glare * 0.5
}

/// How much of a direction clouds cover.
fn clouds(direction: Vec3, seconds: f32) -> f32 {
    // Clouds lie in a layer; at the horizon one looks along it and they melt together.
    let place =
        Vec2::new(direction.x, direction.z) / (direction.y.max(0.0) + 0.12) * 0.9 + Vec2::splat(seconds * DRIFT);
    let (mut cover, mut size, mut share) = (0.0, 1.0, 0.5);
    for _ in 0..4 {
        cover += share * noise(place * size);
        size *= 2.1;
        share *= 0.5;
    }
    let cover = ((cover - 0.42) / 0.3).clamp(0.0, 1.0);
    cover * cover * (3.0 - 2.0 * cover) * 0.85 * (direction.y * 8.0).clamp(0.0, 1.0)
}

/// Smooth noise, 0..=1, that never repeats in sight.
fn noise(place: Vec2) -> f32 {
    let corner = Vec2::new(whole(place.x) as f32, whole(place.y) as f32);
    let within = place - corner;
    let smooth = within * within * (Vec2::splat(3.0) - 2.0 * within);
    let at = |x: f32, y: f32| scattered((corner.x + x) as i32, (corner.y + y) as i32);
    let upper = at(0.0, 0.0).lerp(at(1.0, 0.0), smooth.x);
    let lower = at(0.0, 1.0).lerp(at(1.0, 1.0), smooth.x);
    upper.lerp(lower, smooth.y)
}

/// A number in 0..=1 that has nothing to do with its neighbours'.
fn scattered(x: i32, y: i32) -> f32 {
    let mut bits = (x as u32).wrapping_mul(0x9E37_79B9) ^ (y as u32).wrapping_mul(0x85EB_CA6B);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x2C1B_3C6D);
    bits = (bits ^ (bits >> 12)).wrapping_mul(0x297A_2D39);
    (bits >> 16) as f32 / 65535.0
}
