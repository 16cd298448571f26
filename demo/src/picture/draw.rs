//! Drawing a place as one camera sees it.

use std::sync::Arc;

use glam::Vec3;
use rand_chacha::ChaCha8Rng;

use super::Seen;
use super::background::Background;
use super::light::{Light, brightness};
use super::models::{Models, reach};
use super::rain::draw_rain;
use super::seen::seen;
use super::sensor::{Sensor, grey, sway};
use super::shadow::Shadows;
use super::surface::Painter;
use super::target::Canvas;
use super::tone::Tone;
use super::tree::Foliage;
use super::view::View;
use crate::cast::Figure;
use crate::place::PlaceName;
use crate::script::{Actor, Seconds, Weather, World};
use crate::seed;

/// For so many seconds light does not change: nobody sees that it does in less. A picture in other light costs some five
/// times as much as one in the same.
pub const LIGHT_STANDS: Seconds = 8.0;
/// For so many seconds shadows of what stands still do not move: in these the sun goes a quarter of a degree.
const SUN_STANDS: Seconds = 64.0;

/// Draws one camera's pictures. Keeps what does not change from picture to picture.
pub struct Renderer {
    world: Arc<World>,
    place: PlaceName,
    camera: usize,
    painter: Painter,
    background: Background,
    /// Which stretch of [`LIGHT_STANDS`] the background is lit for.
    lit_for: Option<i64>,
    light: Light,
    foliage: Vec<Foliage>,
    models: Models,
    shadows: Shadows,
    canvas: Canvas,
    sensor: Sensor,
    /// How far the camera can sway, in pixels; so much more of the background is drawn on each side.
    margin: usize,
    rgb: Vec<u8>,
    seen: Vec<Seen>,
}

/// A picture and who is in it.
pub struct Shot<'a> {
    /// Red, green, blue, row by row from the top.
    pub rgb: &'a [u8],
    /// Every actor of which at least a pixel would be within the picture if nothing hid it.
    pub seen: &'a [Seen],
}

impl Renderer {
    /// A renderer for the `camera`th camera of a place, for pictures of that size.
    #[must_use]
    pub fn new(world: Arc<World>, place: PlaceName, camera: usize, [width, height]: [u32; 2]) -> Self {
        let size = [width as usize, height as usize];
        let scene = world.place(place);
        let eye = &scene.cameras[camera];
        let margin = (eye.sensor.sway * width as f32 / 1280.0).ceil() as usize;
        let view = View::new(eye.position, eye.target, eye.field_of_view, size, margin);
        let painter = Painter::new(Tone::new(eye.sensor.gamma));
        let mut foliage: Vec<Foliage> = scene.trees.iter().map(|tree| Foliage::new(tree, eye.position)).collect();
        foliage.retain(|foliage| {
            let (centre, radius) = foliage.ball();
            view.sees(centre, radius)
        });
        let distance = |foliage: &Foliage| foliage.ball().0.distance(eye.position);
        foliage.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
        Self {
            foliage,
            background: Background::new(scene, view, eye.target, painter.tone()),
            lit_for: None,
            light: Light::noon(),
            models: Models::default(),
            shadows: Shadows::new(size),
            canvas: Canvas::new(size),
            sensor: Sensor::new(world.seed, camera),
            margin,
            rgb: vec![0; size[0] * size[1] * 3],
            seen: Vec::new(),
            painter,
            world,
            place,
            camera,
        }
    }

    /// Goes on with what another camera of the same world has made of the cast: painting a person takes longer than a picture.
    pub fn take_over_cast(&mut self, former: Self) {
        debug_assert!(Arc::ptr_eq(&self.world, &former.world), "one world's cast is not another's");
        self.models = former.models;
    }

    /// The picture at a moment. The same moment gives the same picture, whatever was drawn before.
    pub fn shoot(&mut self, time: Seconds) -> Shot<'_> {
        let actors = self.world.at(self.place, time);
        self.shoot_staged(time, &actors)
    }

    /// The picture at a moment with others before the camera than the script has.
    pub fn shoot_staged(&mut self, time: Seconds, actors: &[Actor]) -> Shot<'_> {
        self.relight(time);
        let weather = self.weather(time);
        let mut random = seed::stream(self.world.seed, "picture", time.to_bits() ^ self.camera as u64);
        let corner = self.corner(time, &weather);
        let view = self.background.view().cropped(corner, self.canvas.size);
        let larger = self.background.view().size[0];
        self.canvas.begin(&self.background.lit, &self.background.nearness, corner, larger);

        let in_sight = actors.iter().filter(|actor| view.sees(actor.position() + Vec3::Y, reach(actor)));
        let figures: Vec<(&Actor, Figure)> =
            in_sight.map(|actor| (actor, self.models.figure(&self.world.cast, actor))).collect();
        for (_, figure) in &figures {
            self.shadows.cast(&mut self.canvas, &view, &self.light, &self.background, corner, figure);
        }
        self.draw_leaves(&view, time, weather.wind);
        self.draw_figures(&view, &figures);
        self.finish(&weather, &mut random);
        Shot { rgb: &self.rgb, seen: &self.seen }
    }

    fn weather(&self, time: Seconds) -> Weather {
        let weather = self.world.weather(time);
        let indoors = self.world.place(self.place).indoors;
        if indoors { Weather { rain: 0.0, wind: 0.0, ..weather } } else { weather }
    }

    fn relight(&mut self, time: Seconds) {
        let stretch = (time / LIGHT_STANDS).floor() as i64;
        if self.lit_for == Some(stretch) {
            return;
        }
        let time = stretch as Seconds * LIGHT_STANDS;
        let weather = self.weather(time);
        let place = self.world.place(self.place);
        self.light = Light::of(place, &place.cameras[self.camera], &weather);
        if !place.indoors {
            self.background.turn_sun(self.weather((time / SUN_STANDS).floor() * SUN_STANDS).sun_direction);
        }
        self.background.relight(&self.light, &weather, time as f32, self.painter.tone());
        let in_the_sun = |point| self.background.in_the_sun(point);
        for foliage in &mut self.foliage {
            foliage.relight(self.background.view(), &self.light, &in_the_sun);
        }
        self.lit_for = Some(stretch);
    }

    /// Where in the background the picture begins.
    fn corner(&self, time: Seconds, weather: &Weather) -> [usize; 2] {
        let margin = self.margin as i32;
        sway(time, weather.wind, self.margin as f32).map(|pixels| (margin + pixels).clamp(0, 2 * margin) as usize)
    }

    fn draw_leaves(&mut self, view: &View, time: Seconds, wind: f32) {
        for foliage in &mut self.foliage {
            foliage.sway(time, wind);
            for (part, lit) in foliage.parts() {
                self.painter.draw_lit(&mut self.canvas, view, part, lit);
            }
        }
    }

    fn draw_figures(&mut self, view: &View, figures: &[(&Actor, Figure)]) {
        let in_the_sun = |point| self.background.in_the_sun(point);
        let touches: Vec<_> = figures
            .iter()
            .zip(1..)
            .map(|((_, figure), owner)| {
                self.canvas.belongs_to(owner);
                self.painter.draw(&mut self.canvas, view, &self.light, &in_the_sun, figure);
                self.canvas.touch()
            })
            .collect();
        self.seen.clear();
        let all = figures.iter().zip(touches);
        self.seen.extend(all.filter_map(|((actor, figure), touch)| seen(&self.canvas, view, actor, figure, touch)));
    }

    /// From what is drawn to what the camera gives.
    fn finish(&mut self, weather: &Weather, random: &mut ChaCha8Rng) {
        if weather.rain > 0.0 {
            let sky = brightness(weather.sky_light * self.light.exposure) * 0.9;
            draw_rain(&mut self.canvas, weather.rain, weather.wind, self.painter.tone().encode(sky), random);
        }
        let sensor = &self.world.place(self.place).cameras[self.camera].sensor;
        // Each doubling of the exposure beyond that of a dull day adds to the noise.
        let stops = (brightness(self.light.exposure).log2() - 1.0).max(0.0);
        let noise = sensor.noise * (1.0 + 0.45 * stops);
        self.sensor.develop(&self.canvas.rgb, self.canvas.size[0], noise, random, &mut self.rgb);
        if self.light.headlight.is_some() {
            grey(&mut self.rgb);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::WorldSettings;

    #[test]
    fn a_moment_looks_the_same_whatever_was_drawn_before() {
        let world = Arc::new(World::new(5, WorldSettings { crowd: 4.0, ..WorldSettings::default() }));
        let (noon, night) = (12.0 * 3600.0, 23.0 * 3600.0);
        let mut renderer = Renderer::new(Arc::clone(&world), PlaceName::Yard, 0, [320, 180]);
        let first = renderer.shoot(noon).rgb.to_vec();
        let dark = renderer.shoot(night).rgb.to_vec();
        assert_ne!(first, dark);
        renderer.shoot(noon + 0.1);
        assert_eq!(renderer.shoot(noon).rgb, first);
        let mut another = Renderer::new(world, PlaceName::Yard, 0, [320, 180]);
        assert_eq!(another.shoot(night).rgb, dark);
    }
}
