//! Sun, clouds, rain and wind of a moment.

use glam::Vec3;
use rand::RngExt as _;

use super::Seconds;
use crate::seed;

/// Seconds of a day.
const DAY: f64 = 86_400.0;
/// Sunrise and sunset, in hours.
const SUNRISE: f64 = 6.5;
const SUNSET: f64 = 19.5;
/// How high the sun stands at noon and the moon in the middle of the night, in radians.
const NOON: f32 = 0.95;
const MOON: f32 = 0.7;
/// The sun gives no direct light below the first height, its full light above the second, in radians.
const SUN_FADES: [f32; 2] = [0.0, 0.2];
/// The moon takes over when the sun is below the first height, and shines fully below the second.
const MOON_FADES: [f32; 2] = [-0.06, -0.2];
/// Light of the full moon, as a camera with a long exposure makes of it: brighter than it is.
const MOON_LIGHT: Vec3 = Vec3::new(0.03, 0.035, 0.045);
/// Nothing shines from lower than this: shadows without end help nobody.
const LOWEST: f32 = 0.06;

/// The weather of a moment, as far as one can see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weather {
    /// Towards the sun, or at night the moon; of length 1, never below the horizon.
    pub sun_direction: Vec3,
    /// Light of the sun on a surface turned to it, linear red, green and blue; (1, 0.96, 0.9) at a fair noon.
    pub sun_light: Vec3,
    /// Light that comes from everywhere above, linear.
    pub sky_light: Vec3,
    /// The colour of the sky behind everything, linear.
    pub sky_colour: Vec3,
    /// How dark it is: 0 by day, 1 at night; lamps burn above 0.5.
    pub darkness: f32,
    /// 0 dry to 1 pouring.
    pub rain: f32,
    /// 0 calm to 1 storm.
    pub wind: f32,
}

/// The weather of the world of `seed` at a moment; `change` is [`super::WorldSettings::weather`].
pub fn at(seed: u64, change: f32, time: Seconds) -> Weather {
    let noise = |what, period| noise(seed, what, time / period);
    let rain = change * smooth(noise("rain", 5400.0), [0.62, 0.8]) * (0.6 + 0.4 * noise("showers", 240.0));
    let drifting = 0.7 * noise("clouds", 3600.0) + 0.3 * noise("small clouds", 300.0);
    let clouds = (change * smooth(drifting, [0.3, 0.75])).max(smooth(rain, [0.0, 0.3]));
    let gusts = 0.6 * noise("wind", 2400.0) + 0.4 * noise("gusts", 15.0);
    let wind = 0.12 + change * (0.6 * gusts * noise("windy days", DAY) + 0.3 * rain);
    let height = sun_height(time);
    let (sun_direction, fair_light) = sun_or_moon(time, height);
    let day = smooth(height, [-0.2, 0.15]);
    let red_sky = day * (1.0 - smooth(height, [0.0, 0.3])) * (1.0 - clouds);
    let fair_sky = Vec3::new(0.22, 0.42, 0.85).lerp(Vec3::new(0.75, 0.42, 0.3), 0.7 * red_sky);
    let sky_colour = fair_sky.lerp(Vec3::new(0.55, 0.58, 0.62), clouds) * (1.0 - 0.35 * rain);
    let night = Vec3::new(0.006, 0.008, 0.014);
    // Clouds spread the sun's light over the sky.
    let fair_sky_light = Vec3::new(0.28, 0.33, 0.42);
    let sky_light = fair_sky_light.lerp(Vec3::splat(0.5), clouds) * (1.0 - 0.3 * rain);
    Weather {
        sun_direction,
        sun_light: fair_light * (1.0 - 0.94 * clouds),
        sky_light: night.lerp(sky_light, day),
        sky_colour: night.lerp(sky_colour, day),
        darkness: 1.0 - smooth(height, [-0.12, 0.1]),
        rain: rain.clamp(0.0, 1.0),
        wind: wind.clamp(0.0, 1.0),
    }
}

/// The height of the sun above the horizon, in radians; negative at night.
fn sun_height(time: Seconds) -> f32 {
    let hour = time.rem_euclid(DAY) / 3600.0;
    let length = SUNSET - SUNRISE;
    let since_sunrise = (hour - SUNRISE).rem_euclid(24.0);
    let height = if since_sunrise < length {
        (since_sunrise / length * std::f64::consts::PI).sin()
    } else {
        -((since_sunrise - length) / (24.0 - length) * std::f64::consts::PI).sin()
    };
    NOON * height as f32
}

/// Where the light comes from and what it is under a fair sky. Changes from one to the other while neither shines.
fn sun_or_moon(time: Seconds, height: f32) -> (Vec3, Vec3) {
    let hour = (time.rem_euclid(DAY) / 3600.0) as f32;
    if height > MOON_FADES[0] {
        // From the east over the south to the west.
        let round = (hour - 12.0) / 12.0 * std::f32::consts::PI;
        let light = Vec3::new(1.0, 0.55, 0.28).lerp(Vec3::new(1.0, 0.96, 0.9), smooth(height, [0.0, 0.5]));
        (towards(round, height), light * smooth(height, SUN_FADES))
    } else {
        let round = ((hour + 12.0) % 24.0 - 12.0) / 12.0 * std::f32::consts::PI * 0.6;
        let shine = 1.0 - smooth(height, [MOON_FADES[1], MOON_FADES[0]]);
        (towards(round, MOON), MOON_LIGHT * shine)
    }
}

/// The direction at `round` from the south towards the west, `height` above the horizon.
fn towards(round: f32, height: f32) -> Vec3 {
    let height = height.max(LOWEST);
    Vec3::new(-round.sin() * height.cos(), height.sin(), round.cos() * height.cos())
}

/// A number in 0..=1 that changes smoothly: one drawn for each whole `place`, and a curve between them.
fn noise(seed: u64, what: &str, place: f64) -> f32 {
    let before = place.floor();
    let value = |index: f64| seed::stream(seed, what, index as i64 as u64).random::<f32>();
    let share = smooth((place - before) as f32, [0.0, 1.0]);
    value(before) * (1.0 - share) + value(before + 1.0) * share
}

/// 0 up to the first bound, 1 from the second on, smooth in between.
fn smooth(value: f32, [from, to]: [f32; 2]) -> f32 {
    super::path::smooth_step((value - from) / (to - from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weather_does_not_jump_from_second_to_second() {
        let mut before = at(5, 1.0, 0.0);
        for second in 1..86_400_u32 {
            let now = at(5, 1.0, f64::from(second));
            let lights = [now.sun_light - before.sun_light, now.sky_light - before.sky_light];
            assert!(lights.iter().all(|change| change.abs().max_element() < 0.02), "{second}: {before:?} {now:?}");
            assert!((now.rain - before.rain).abs() < 0.03 && (now.wind - before.wind).abs() < 0.1, "{second}");
            let turned = now.sun_direction.distance(before.sun_direction);
            assert!(turned < 0.001 || now.sun_light.max_element() < 1e-3, "{second}: {turned}");
            before = now;
        }
    }

    #[test]
    fn noon_is_bright_and_midnight_is_dark() {
        let (noon, midnight) = (at(1, 0.0, 12.0 * 3600.0), at(1, 0.0, 0.0));
        assert!(noon.sun_light.distance(Vec3::new(1.0, 0.96, 0.9)) < 0.05, "{noon:?}");
        assert!(noon.darkness == 0.0 && midnight.darkness == 1.0);
        assert!(midnight.sun_light.max_element() < 0.1 && midnight.sun_direction.y > 0.1);
    }

    #[test]
    fn it_rains_now_and_then_and_never_where_it_is_always_fair() {
        let hours = |change| (0..24 * 30).map(move |hour| at(3, change, f64::from(hour) * 3600.0).rain);
        let wet = hours(1.0).filter(|&rain| rain > 0.2).count();
        assert!((20..360).contains(&wet), "{wet} of 720 hours");
        assert!(hours(0.0).all(|rain| rain == 0.0));
    }
}
