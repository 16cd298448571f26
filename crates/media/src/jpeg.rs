//! JPEG by libjpeg-turbo, straight from I420: the planes are already what JPEG stores, so nothing is converted.

use bytes::Bytes;
use turbojpeg::{Compressor, OutputBuf, Subsamp, YuvImage};

use crate::I420;

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
}

impl std::fmt::Debug for JpegEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JpegEncoder").finish_non_exhaustive()
    }
}
