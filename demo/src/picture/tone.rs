//! From colours to light and back: textures are sRGB, light adds up linearly, pictures are sRGB again.

/// Steps of the way back for light of 1. So many that two steps next to each other are one step of sRGB even in the dark.
const STEPS: f32 = 4096.0;
/// Light beyond this is as bright as a picture gets.
const BRIGHTEST: f32 = 4.0;
/// Up to here a picture is as bright as the light; brighter light is pressed into what remains, as cameras do.
const SHOULDER: f32 = 0.55;

/// A camera's way from light to the bytes of a picture.
#[derive(Debug, Clone)]
pub struct Tone {
    linear: [f32; 256],
    encoded: Vec<u8>,
}

impl Tone {
    /// The curve of sRGB with soft highlights; `gamma` is an exponent on top of it.
    pub fn new(gamma: f32) -> Self {
        let linear = std::array::from_fn(|byte| to_linear(byte as f32 / 255.0));
        let encoded = (0..=(STEPS * BRIGHTEST) as usize).map(|step| {
            let light = soft(step as f32 / STEPS);
            (to_srgb(light).powf(gamma) * 255.0).round() as u8
        });
        Self { linear, encoded: encoded.collect() }
    }

    /// The light of a byte of a texture.
    #[inline]
    pub fn linear(&self, byte: u8) -> f32 {
        self.linear[usize::from(byte)]
    }

    /// The byte of a picture for light.
    #[inline]
    pub fn encode(&self, light: f32) -> u8 {
        // By way of a signed number of 32 bits, for which processors have an instruction; a negative one becomes 0.
        let step = (light * STEPS).clamp(0.0, STEPS * BRIGHTEST) as i32;
        self.encoded[step as usize]
    }
}

fn to_linear(value: f32) -> f32 {
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

fn to_srgb(light: f32) -> f32 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

fn soft(light: f32) -> f32 {
    let room = 1.0 - SHOULDER;
    if light < SHOULDER { light } else { 1.0 - room * (-(light - SHOULDER) / room).exp() }
}

#[cfg(test)]
mod tests {
    use super::Tone;

    #[test]
    fn what_is_not_bright_comes_back_as_it_was() {
        let tone = Tone::new(1.0);
        for byte in (0..180).step_by(7) {
            assert!(tone.encode(tone.linear(byte)).abs_diff(byte) <= 1, "{byte}");
        }
    }

    #[test]
    fn brighter_light_is_never_darker() {
        let tone = Tone::new(1.1);
        let bytes: Vec<u8> = (-10..500).map(|step| tone.encode(step as f32 * 0.01)).collect();
        assert!(bytes.is_sorted());
        assert_eq!((bytes[0], bytes[509]), (0, 255));
    }
}
