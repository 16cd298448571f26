//! Shrinks decoded pictures to the size somebody needs, in the one pixel format this crate hands out. Kept between pictures: the
//! conversion tables and the memory are used again.

use bytes::BytesMut;
use ffmpeg_next::color::Space;
use ffmpeg_next::{Error, frame};

use crate::av::{ScaleContext, ScaleSpec, cropped};
use crate::i420::i420_bytes;
use crate::{I420, Picture, PixelArea};

/// The picture cannot be converted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("convert a picture of {width}x{height} px: {reason}")]
pub struct ScaleError {
    width: u32,
    height: u32,
    reason: String,
}

impl ScaleError {
    fn of(picture: &Picture, error: &Error) -> Self {
        Self { width: picture.width, height: picture.height, reason: error.to_string() }
    }
}

/// Converts pictures to I420.
#[derive(Default)]
pub struct Scaler {
    context: Option<ScaleContext>,
    /// Gives its memory to each picture and takes it back when that picture is gone.
    pool: BytesMut,
}

impl Scaler {
    /// An idle scaler.
    pub fn new() -> Self {
        Self::default()
    }

    /// The picture at most `side_max` px wide and high, never enlarged, as full-range BT.601. Pixels count as square, and
    /// rotation is left alone: what a camera sends is what people see in its own page.
    pub fn to_i420(&mut self, picture: &Picture, side_max: u32) -> Result<I420, ScaleError> {
        let (width, height) = fitted(picture.width, picture.height, side_max);
        self.convert(&picture.frame, width, height).map_err(|error| ScaleError::of(picture, &error))
    }

    /// A part of the picture, else like [`to_i420`](Self::to_i420). The part must lie within the picture.
    pub fn part_to_i420(&mut self, picture: &Picture, part: PixelArea, side_max: u32) -> Result<I420, ScaleError> {
        let (width, height) = fitted(part.width, part.height, side_max);
        cropped(&picture.frame, part.x, part.y, part.width, part.height)
            .and_then(|frame| self.convert(&frame, width, height))
            .map_err(|error| ScaleError::of(picture, &error))
    }

    fn convert(&mut self, frame: &frame::Video, width: u32, height: u32) -> Result<I420, Error> {
        let spec = ScaleSpec::new(frame, width, height);
        let context = match self.context.take().filter(|context| context.spec() == spec) {
            Some(context) => context,
            None => ScaleContext::new(spec)?,
        };
        let context = self.context.insert(context);
        self.pool.resize(i420_bytes(width, height), 0);
        let mut data = self.pool.split();
        context.run(frame, &mut data)?;
        if frame.color_space() == Space::BT709 {
            bt709_to_bt601(&mut data, width as usize, height as usize);
        }
        Ok(I420 { width, height, data: data.freeze() })
    }
}

/// The largest even size with the same proportions that fits.
fn fitted(width: u32, height: u32, side_max: u32) -> (u32, u32) {
    let longer = width.max(height).max(1);
    let scale = f64::from(side_max.min(longer)) / f64::from(longer);
    let even = |side: u32| (((f64::from(side) * scale / 2.0).round() as u32) * 2).max(2);
    (even(width), even(height))
}

/// Re-expresses full-range BT.709 as BT.601, the only matrix JPEG knows. Done on the small picture: libswscale would go through
/// RGB at full size. Factors in 1/65536, from the two matrices of ITU-R BT.709 and BT.601.
fn bt709_to_bt601(data: &mut [u8], width: usize, height: usize) {
    const Y: [i32; 2] = [6_657, 12_850];
    const U: [i32; 2] = [64_871, -7_252];
    const V: [i32; 2] = [-4_748, 64_448];
    let (y, chroma) = data.split_at_mut(width * height);
    let (u, v) = chroma.split_at_mut(width * height / 4);
    let half = width / 2;
    let clamp = |value: i32| value.clamp(0, 255) as u8;
    for row in 0..height / 2 {
        let (upper, lower) = y[row * 2 * width..(row + 1) * 2 * width].split_at_mut(width);
        let (u, v) = (&mut u[row * half..(row + 1) * half], &mut v[row * half..(row + 1) * half]);
        for column in 0..half {
            let (du, dv) = (i32::from(u[column]) - 128, i32::from(v[column]) - 128);
            let dy = (Y[0] * du + Y[1] * dv + 32_768) >> 16;
            for luma in [&mut upper[2 * column..2 * column + 2], &mut lower[2 * column..2 * column + 2]] {
                luma[0] = clamp(i32::from(luma[0]) + dy);
                luma[1] = clamp(i32::from(luma[1]) + dy);
            }
            u[column] = clamp(128 + ((U[0] * du + U[1] * dv + 32_768) >> 16));
            v[column] = clamp(128 + ((V[0] * du + V[1] * dv + 32_768) >> 16));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_even_fit_and_are_never_enlarged() {
        for (size, side_max, fits) in [
            ((1920, 1080), 640, (640, 360)),
            ((1080, 1920), 640, (360, 640)),
            ((640, 480), 1280, (640, 480)),
            ((1919, 1079), 4000, (1920, 1080)),
            ((4000, 3), 640, (640, 2)),
        ] {
            assert_eq!(fitted(size.0, size.1, side_max), fits);
        }
    }

    /// Full-range YUV to RGB with the factors of a standard, `kr` and `kb`.
    fn rgb(yuv: [u8; 3], kr: f64, kb: f64) -> [f64; 3] {
        let [y, u, v] = yuv.map(f64::from);
        let (r, b) = (y + 2.0 * (1.0 - kr) * (v - 128.0), y + 2.0 * (1.0 - kb) * (u - 128.0));
        [r, (y - kr * r - kb * b) / (1.0 - kr - kb), b]
    }

    #[test]
    fn colours_stay_the_same_in_the_other_matrix() {
        for yuv in [[128, 128, 128], [90, 110, 160], [200, 140, 120], [60, 150, 110], [120, 90, 150]] {
            let [y, u, v] = yuv;
            let mut data = vec![y, y, y, y, u, v];
            bt709_to_bt601(&mut data, 2, 2);
            let (before, after) = (rgb(yuv, 0.2126, 0.0722), rgb([data[0], data[4], data[5]], 0.299, 0.114));
            for (before, after) in before.iter().zip(after) {
                assert!((before - after).abs() <= 2.5, "{yuv:?}: {before} became {after}");
            }
        }
    }
}
