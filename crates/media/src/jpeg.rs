//! JPEG by libjpeg-turbo: of video straight from I420, whose planes are already what JPEG stores, so that nothing is converted; of
//! parts of pictures that were JPEG before, from RGB.

use bytes::Bytes;
use turbojpeg::{Compressor, Image, OutputBuf, PixelFormat, Subsamp, YuvImage};

use crate::{I420, Rgb};

/// A picture could not be encoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("encode a JPEG of {width}x{height} px: {reason}")]
pub struct JpegError {
    width: u32,
    height: u32,
    reason: String,
}

/// An encoder; keep it between pictures, its buffers are used again.
pub struct JpegEncoder {
    compressor: Compressor,
}

impl JpegEncoder {
    /// Fails only when memory is out.
    pub fn new() -> Result<Self, JpegError> {
        let compressor =
            Compressor::new().map_err(|error| JpegError { width: 0, height: 0, reason: error.to_string() })?;
        Ok(Self { compressor })
    }

    /// Encodes at `quality` 1..=100; values outside are moved to the nearest.
    pub fn encode_i420(&mut self, picture: &I420, quality: u8) -> Result<Bytes, JpegError> {
        let (width, height) = (picture.width, picture.height);
        let failed = |error: turbojpeg::Error| JpegError { width, height, reason: error.to_string() };
        if picture.data.len() != crate::i420::i420_bytes(width, height) {
            return Err(JpegError { width, height, reason: "the planes do not fit the size".to_owned() });
        }
        self.compressor.set_quality(i32::from(quality.clamp(1, 100))).map_err(failed)?;
        let image = YuvImage {
            pixels: &picture.data[..],
            width: width as usize,
            align: 1,
            height: height as usize,
            subsamp: Subsamp::Sub2x2,
        };
        let mut encoded = OutputBuf::new_owned();
        self.compressor.compress_yuv(image, &mut encoded).map_err(failed)?;
        Ok(Bytes::copy_from_slice(&encoded))
    }

    /// Encodes at `quality` 1..=100; values outside are moved to the nearest.
    pub fn encode_rgb(&mut self, picture: &Rgb, quality: u8) -> Result<Bytes, JpegError> {
        let failed = |error: turbojpeg::Error| JpegError {
            width: picture.width(),
            height: picture.height(),
            reason: error.to_string(),
        };
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let image = Image { pixels: picture.data(), width, pitch: 3 * width, height, format: PixelFormat::RGB };
        self.compressor.set_quality(i32::from(quality.clamp(1, 100))).map_err(failed)?;
        self.compressor.set_subsamp(Subsamp::Sub2x2).map_err(failed)?;
        let mut encoded = OutputBuf::new_owned();
        self.compressor.compress(image, &mut encoded).map_err(failed)?;
        Ok(Bytes::copy_from_slice(&encoded))
    }
}

impl std::fmt::Debug for JpegEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JpegEncoder").finish_non_exhaustive()
    }
}
