//! JPEG to pixels by libjpeg-turbo. The bytes come from the network: their header is judged before anything is made room for.

use turbojpeg::{Decompressor, Image, PixelFormat};

use crate::Rgb;

/// Scans of a progressive picture, each of which costs a pass over all pixels: real ones have about ten.
const SCANS_MAX: u32 = 100;

/// The bytes are no picture that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndecodableJpeg {
    /// They are broken, or none.
    #[error("decode a JPEG: {0}")]
    Broken(String),
    /// There is nothing wrong with them, but they would take too much memory.
    #[error("decode a JPEG: {width}x{height} px are more than {pixels_max} pixels")]
    TooLarge {
        /// Pixels across.
        width: usize,
        /// Pixels down.
        height: usize,
        /// As many are read.
        pixels_max: usize,
    },
}

/// A decoder; keep it between pictures.
pub struct JpegDecoder {
    decompressor: Decompressor,
}

impl JpegDecoder {
    /// Fails only when memory is out.
    pub fn new() -> Result<Self, UndecodableJpeg> {
        let mut decompressor = Decompressor::new().map_err(broken)?;
        decompressor.set_scan_limit(SCANS_MAX).map_err(broken)?;
        Ok(Self { decompressor })
    }

    /// The pixels of a picture that has at most so many. A picture that is damaged in part is not read.
    pub fn decode(&mut self, jpeg: &[u8], pixels_max: usize) -> Result<Rgb, UndecodableJpeg> {
        let header = self.decompressor.read_header(jpeg).map_err(broken)?;
        let (width, height) = (header.width, header.height);
        if width.checked_mul(height).is_none_or(|pixels| pixels > pixels_max) {
            return Err(UndecodableJpeg::TooLarge { width, height, pixels_max });
        }
        let mut data = vec![0; width * height * 3];
        let image = Image { pixels: &mut data[..], width, pitch: width * 3, height, format: PixelFormat::RGB };
        self.decompressor.decompress(jpeg, image).map_err(broken)?;
        let picture = Rgb::new(side(width)?, side(height)?, data);
        picture.ok_or_else(|| UndecodableJpeg::Broken("it has no pixels".to_owned()))
    }
}

fn side(pixels: usize) -> Result<u32, UndecodableJpeg> {
    u32::try_from(pixels).map_err(|_| UndecodableJpeg::Broken("its sides are no numbers of pixels".to_owned()))
}

fn broken(error: turbojpeg::Error) -> UndecodableJpeg {
    UndecodableJpeg::Broken(error.to_string())
}

impl std::fmt::Debug for JpegDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JpegDecoder").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JpegEncoder;

    fn slope(width: u32, height: u32) -> Rgb {
        let pixel = |x: u32, y: u32| [(x * 3) as u8, (y * 3) as u8, 90];
        let data = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y))).collect();
        Rgb::new(width, height, data).unwrap()
    }

    #[test]
    fn what_was_encoded_is_read_again() {
        for (width, height) in [(64, 48), (33, 7), (1, 1)] {
            let picture = slope(width, height);
            let jpeg = JpegEncoder::new().unwrap().encode_rgb(&picture, 95).unwrap();
            let read = JpegDecoder::new().unwrap().decode(&jpeg, 64 * 48).unwrap();
            assert_eq!((read.width(), read.height()), (width, height));
            let worst = read.data().iter().zip(picture.data()).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(worst <= Some(12), "{worst:?}");
        }
    }

    #[test]
    fn strange_bytes_are_refused_and_the_decoder_goes_on() {
        let jpeg = JpegEncoder::new().unwrap().encode_rgb(&slope(64, 48), 90).unwrap();
        let mut decoder = JpegDecoder::new().unwrap();
        for bytes in [&[][..], b"\xff\xd8", b"\x89PNG", &jpeg[..jpeg.len() / 2], &jpeg[2..]] {
            assert!(matches!(decoder.decode(bytes, 1 << 20), Err(UndecodableJpeg::Broken(_))), "{} bytes", bytes.len());
        }
        let too_large = UndecodableJpeg::TooLarge { width: 64, height: 48, pixels_max: 3071 };
        assert_eq!(decoder.decode(&jpeg, 3071), Err(too_large));
        decoder.decode(&jpeg, 3072).unwrap();
    }
}
