//! What lens and sensor make of the light: softness, noise, infrared, sway. All of it goes over every byte of every
//! picture, in loops that the compiler turns into vector instructions.

use rand::{Rng, RngExt as _};

use crate::script::Seconds;
use crate::seed;

/// Bytes of noise; each row of a picture begins anywhere in them.
const GRAINS: usize = 3 << 15;
/// Standard deviation of the noise as it is kept.
const GRAIN: f32 = 32.0;
/// More than this does not fit the arithmetic, as a standard deviation.
const NOISIEST: f32 = 28.0;

/// Develops pictures.
#[derive(Debug)]
pub struct Sensor {
    grains: Vec<i8>,
    row: Vec<u8>,
}

impl Sensor {
    /// A sensor with noise of its own.
    pub fn new(seed: u64, camera: usize) -> Self {
        let mut random = seed::stream(seed, "sensor", camera as u64);
        let mut grains = Vec::with_capacity(GRAINS);
        while grains.len() < GRAINS {
            // Sensors see single colours, and cameras smooth the difference: most of the noise is grey.
            let grey = normal(&mut random) * 0.85;
            grains.extend([(); 3].map(|()| ((grey + normal(&mut random) * 0.5) * GRAIN).clamp(-127.0, 127.0) as i8));
        }
        Self { grains, row: Vec::new() }
    }

    /// Softens a picture as a lens does and adds noise of that standard deviation.
    pub fn develop(&mut self, rgb: &[u8], width: usize, noise: f32, random: &mut impl Rng, picture: &mut [u8]) {
        let bytes = width * 3;
        let rows = rgb.len() / bytes;
        let strength = (noise.min(NOISIEST) * 256.0 / GRAIN) as i16;
        self.row.resize(bytes + 6, 0);
        for (y, out) in picture.chunks_exact_mut(bytes).enumerate() {
            let row = |y: usize| &rgb[y * bytes..][..bytes];
            let (above, here, below) = (row(y.saturating_sub(1)), row(y), row((y + 1).min(rows - 1)));
            for ((soft, here), (above, below)) in self.row[3..].iter_mut().zip(here).zip(above.iter().zip(below)) {
                *soft = mean(mean(*above, *below), *here);
            }
            self.row.copy_within(3..6, 0);
            self.row.copy_within(bytes..bytes + 3, bytes + 3);
            let from = random.random_range(0..(GRAINS - bytes) / 3) * 3;
            let grains = &self.grains[from..from + bytes];
            let (left, here, right) = (&self.row[..bytes], &self.row[3..][..bytes], &self.row[6..][..bytes]);
            let out = &mut out[..bytes];
            for index in 0..bytes {
                let soft = mean(mean(left[index], right[index]), here[index]);
                // Nothing can overflow here, but a check for it in the loop would keep it from becoming vector instructions.
                let grain = i16::from(grains[index]).wrapping_mul(strength).wrapping_add(128) >> 8;
                out[index] = i16::from(soft).wrapping_add(grain).clamp(0, 255) as u8;
            }
        }
    }
}

/// Takes the colours away.
pub fn grey(picture: &mut [u8]) {
    for pixel in picture.chunks_exact_mut(3) {
        let [red, green, blue] = [0, 1, 2].map(|channel| u32::from(pixel[channel]));
        pixel.fill(((77 * red + 150 * green + 29 * blue) >> 8) as u8);
    }
}

/// By how many pixels a camera has swayed to the right and down.
pub fn sway(time: Seconds, wind: f32, furthest: f32) -> [i32; 2] {
    let wave = |per_second: f64| (time * per_second).sin() as f32;
    let across = 0.5 * wave(5.3) + 0.3 * wave(11.9) + 0.2 * wave(2.1);
    let down = 0.6 * wave(7.7) + 0.4 * wave(13.7);
    [across, down * 0.6].map(|share| (share * wind * furthest).round() as i32)
}

/// The mean of two bytes, in a form that processors have an instruction for.
#[inline]
fn mean(a: u8, b: u8) -> u8 {
    (u16::from(a).wrapping_add(u16::from(b)).wrapping_add(1) >> 1) as u8
}

/// A number with mean 0 and standard deviation 1.
fn normal(random: &mut impl Rng) -> f32 {
    // The sum of three even numbers is near enough, and cannot run away.
    (0..3).map(|_| random.random_range(-1.0..1.0_f32)).sum()
}

#[cfg(test)]
mod tests {
    use super::Sensor;
    use crate::seed;

    #[test]
    fn an_even_grey_keeps_its_mean_and_gets_the_noise_asked_for() {
        let (mut sensor, mut random) = (Sensor::new(1, 0), seed::stream(1, "test", 0));
        let rgb = vec![120; 128 * 128 * 3];
        for noise in [2.0, 9.0] {
            let mut picture = vec![0; rgb.len()];
            sensor.develop(&rgb, 128, noise, &mut random, &mut picture);
            let off = |byte: &u8| f32::from(*byte) - 120.0;
            let mean = picture.iter().map(off).sum::<f32>() / picture.len() as f32;
            let spread = (picture.iter().map(|byte| off(byte).powi(2)).sum::<f32>() / picture.len() as f32).sqrt();
            assert!(mean.abs() < 0.6, "{mean}");
            assert!((spread / noise - 1.0).abs() < 0.15, "{spread} for {noise}");
        }
    }

    #[test]
    fn an_edge_gets_soft_and_a_plain_does_not_change() {
        let mut sensor = Sensor::new(1, 0);
        let rgb: Vec<u8> = (0..8 * 8 * 3).map(|index| if (index / 3) % 8 < 4 { 0 } else { 200 }).collect();
        let mut picture = vec![0; rgb.len()];
        sensor.develop(&rgb, 8, 0.0, &mut seed::stream(1, "test", 0), &mut picture);
        let row: Vec<u8> = picture[3 * 8 * 3..][..24].iter().step_by(3).copied().collect();
        assert_eq!((row[0], row[2], row[5], row[7]), (0, 0, 200, 200));
        assert!(row[3] > 0 && row[4] < 200, "{row:?}");
    }
}
