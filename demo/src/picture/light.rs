//! How light falls on surfaces.

use glam::Vec3;

use crate::place::{Camera, Lamp, Place};
use crate::script::Weather;

/// How much of the light from above the ground throws back up.
const BOUNCE: f32 = 0.35;
/// How sharp highlights are: the exponent of the angle between mirror and light.
const SHARPNESS: i32 = 24;

/// The share of the lamps' light that walls and ceiling scatter everywhere.
const SCATTERED: f32 = 0.035;
/// The share of the sky's light that windows let in.
const THROUGH_WINDOWS: f32 = 0.3;
/// Exposure in a light of 1.
const FAIR_EXPOSURE: f32 = 1.1;
/// How far a camera makes up for less light: 1 entirely.
const ADAPTED: f32 = 0.78;
/// A camera makes up for no less light than this.
const DARKEST: f32 = 0.004;

/// The light of a moment in a place.
#[derive(Debug, Clone)]
pub struct Light {
    /// Towards the sun, or the moon.
    pub sun_direction: Vec3,
    /// On a surface turned to the sun.
    pub sun: Vec3,
    /// On a surface that looks up, from all of the sky.
    pub sky: Vec3,
    /// On a surface that looks down, from the ground.
    pub ground: Vec3,
    /// Lamps that burn.
    pub lamps: Vec<Lamp>,
    /// A lamp at the camera.
    pub headlight: Option<Lamp>,
    /// What the camera makes of light, per channel.
    pub exposure: Vec3,
    /// The colour of what hangs in the air.
    pub haze: Vec3,
    /// The share of a surface 100 m away that haze hides.
    pub haze_density: f32,
    /// The light of a surface that shines by itself with all its might.
    pub glow: f32,
}

impl Light {
    /// A fair noon.
    pub fn noon() -> Self {
        let sun_direction = Vec3::new(0.45, 0.75, 0.5).normalize();
        let (sun, sky) = (Vec3::new(1.0, 0.96, 0.9), Vec3::new(0.36, 0.42, 0.5));
        Self {
            sun_direction,
            sun,
            sky,
            ground: bounced(sun, sun_direction, sky),
            lamps: Vec::new(),
            headlight: None,
            exposure: Vec3::splat(1.05),
            haze: Vec3::splat(0.7),
            haze_density: 0.05,
            glow: 0.6,
        }
    }

    /// The light that a camera sees its place by.
    pub fn of(place: &Place, camera: &Camera, weather: &Weather) -> Self {
        let dark = weather.darkness > 0.5;
        let lamps = if dark || place.indoors { place.lamps.clone() } else { Vec::new() };
        let headlight = (dark && camera.sensor.infrared_at_night).then(|| headlight(camera.position));
        let mut light = Self {
            sun_direction: weather.sun_direction,
            sun: weather.sun_light,
            sky: weather.sky_light,
            ground: bounced(weather.sun_light, weather.sun_direction, weather.sky_light),
            lamps,
            headlight,
            exposure: Vec3::ONE,
            haze: weather.sky_colour.lerp(weather.sky_light * 1.3, 0.5),
            haze_density: 0.04 + 0.55 * weather.rain,
            glow: 0.0,
        };
        if place.indoors {
            light.go_indoors(weather);
        }
        let exposure = light.exposure_at(camera.target);
        light.exposure = camera.sensor.white_balance * exposure;
        light.glow = if dark || place.indoors { 1.6 / exposure } else { 0.35 };
        light
    }

    fn go_indoors(&mut self, weather: &Weather) {
        let from_lamps: Vec3 = self.lamps.iter().map(|lamp| lamp.light).sum::<Vec3>() * SCATTERED;
        self.sun = Vec3::ZERO;
        self.sky = weather.sky_light * THROUGH_WINDOWS + from_lamps;
        self.ground = self.sky * 0.75;
        self.haze_density = 0.0;
    }

    /// What a camera makes of its light on its own: most of the difference between day and night, not all of it.
    fn exposure_at(&self, middle: Vec3) -> f32 {
        let around = [-4.0, 0.0, 4.0]
            .into_iter()
            .flat_map(|x| [-4.0, 0.0, 4.0].map(|z| Vec3::new(middle.x + x, 0.0, middle.z + z)));
        let light: Vec3 = around.map(|point| self.without_sun(point, Vec3::Y) + self.sunlight(Vec3::Y)).sum();
        let mean = brightness(light / 9.0).max(DARKEST);
        FAIR_EXPOSURE * mean.powf(-ADAPTED)
    }

    /// The same without the lamps that do not reach a ball.
    pub fn around(&self, centre: Vec3, radius: f32) -> Self {
        let reaches = |lamp: &&Lamp| lamp.position.distance(centre) < lamp.reach + radius;
        Self { lamps: self.lamps.iter().filter(reaches).copied().collect(), ..self.clone() }
    }

    /// The light that falls on a surface, without the sun.
    pub fn without_sun(&self, position: Vec3, normal: Vec3) -> Vec3 {
        self.all_around(normal) + self.lamplight(position, normal)
    }

    /// The light that comes from all sides.
    #[inline]
    pub fn all_around(&self, normal: Vec3) -> Vec3 {
        self.ground.lerp(self.sky, 0.5 + 0.5 * normal.y)
    }

    /// The lamps' light on a surface.
    pub fn lamplight(&self, position: Vec3, normal: Vec3) -> Vec3 {
        self.lamps.iter().chain(&self.headlight).map(|lamp| lamplight(lamp, position, normal)).sum()
    }

    /// The sun's light on a surface that nothing shades.
    #[inline]
    pub fn sunlight(&self, normal: Vec3) -> Vec3 {
        self.sun * normal.dot(self.sun_direction).max(0.0)
    }

    /// How much of the sun a glossy surface mirrors towards the eye.
    pub fn highlight(&self, normal: Vec3, to_eye: Vec3) -> Vec3 {
        let mirrored = if self.sun == Vec3::ZERO {
            0.0
        } else {
            let between = (self.sun_direction + to_eye).normalize_or_zero();
            normal.dot(between).max(0.0).powi(SHARPNESS)
        };
        // A flat look along a surface mirrors the sky, whatever it is made of.
        let flat = (1.0 - normal.dot(to_eye).abs()).powi(4);
        self.sun * mirrored * 0.6 + self.sky * (0.12 + 0.5 * flat) * (0.6 + 0.4 * normal.y)
    }

    /// The share of a surface that haze hides at a distance.
    #[inline]
    pub fn hidden_by_haze(&self, distance: f32) -> f32 {
        (self.haze_density * distance * 0.01).min(0.9)
    }
}

/// How bright light looks.
pub fn brightness(light: Vec3) -> f32 {
    light.dot(Vec3::new(0.2126, 0.7152, 0.0722))
}

/// Infrared lamps around a lens.
fn headlight(position: Vec3) -> Lamp {
    Lamp { position, light: Vec3::splat(14.0), reach: 45.0 }
}

/// The light of sun and sky that comes back from the ground.
pub fn bounced(sun: Vec3, sun_direction: Vec3, sky: Vec3) -> Vec3 {
    (sun * sun_direction.y.max(0.0) + sky) * BOUNCE * Vec3::new(1.0, 0.96, 0.9)
}

/// The light of a lamp on a surface: as the square of the distance, and nothing beyond its reach.
pub fn lamplight(lamp: &Lamp, position: Vec3, normal: Vec3) -> Vec3 {
    let way = lamp.position - position;
    let squared = way.length_squared();
    if squared > lamp.reach * lamp.reach {
        return Vec3::ZERO;
    }
    let distance = squared.sqrt().max(1e-3);
    // Lamps have shades and covers that scatter: surfaces turned a little away still get some.
    let turned = (normal.dot(way) / distance * 0.8 + 0.2).max(0.0);
    let fading = 1.0 - squared / (lamp.reach * lamp.reach);
    lamp.light * (turned * fading / squared.max(0.3))
}
