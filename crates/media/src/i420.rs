//! Pictures as detectors and JPEG want them: I420, full range, BT.601 (JFIF), planes one after the other without padding.

use bytes::{Bytes, BytesMut};

/// A picture nobody changes any more. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct I420 {
    /// Width in pixels, even.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
    /// Y (`width * height` bytes), U, then V (a quarter of that each); 0..=255, BT.601.
    pub data: Bytes,
}

/// A picture that is being drawn on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct I420Buf {
    /// Width in pixels, even.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
    /// As in [`I420`].
    pub data: BytesMut,
}

/// Bytes and size do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an I420 picture of {width}x{height} px needs even sides and {needed} bytes, not {given}")]
pub struct InvalidI420 {
    width: u32,
    height: u32,
    needed: usize,
    given: usize,
}

/// Bytes of an I420 picture with even sides.
pub(crate) const fn i420_bytes(width: u32, height: u32) -> usize {
    width as usize * height as usize / 2 * 3
}

impl I420 {
    /// From received bytes.
    pub fn new(width: u32, height: u32, data: Bytes) -> Result<Self, InvalidI420> {
        let (needed, given) = (i420_bytes(width, height), data.len());
        let fits = width > 0 && height > 0 && width.is_multiple_of(2) && height.is_multiple_of(2) && needed == given;
        if fits { Ok(Self { width, height, data }) } else { Err(InvalidI420 { width, height, needed, given }) }
    }

    /// For drawing on: without copying when nobody else holds the picture.
    pub fn into_buf(self) -> I420Buf {
        let data = self.data.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        I420Buf { width: self.width, height: self.height, data }
    }
}

impl I420Buf {
    /// A picture of one colour: luma, then the two chroma values.
    pub fn filled(width: u32, height: u32, colour: [u8; 3]) -> Self {
        let (width, height) = (width.max(2) & !1, height.max(2) & !1);
        let luma = width as usize * height as usize;
        let mut data = BytesMut::zeroed(i420_bytes(width, height));
        data[..luma].fill(colour[0]);
        data[luma..luma * 5 / 4].fill(colour[1]);
        data[luma * 5 / 4..].fill(colour[2]);
        Self { width, height, data }
    }

    /// Ends drawing.
    pub fn freeze(self) -> I420 {
        I420 { width: self.width, height: self.height, data: self.data.freeze() }
    }

    /// The Y, U and V planes.
    pub(crate) fn planes_mut(&mut self) -> [&mut [u8]; 3] {
        let luma = self.width as usize * self.height as usize;
        let (y, chroma) = self.data.split_at_mut(luma);
        let (u, v) = chroma.split_at_mut(luma / 4);
        [y, u, v]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn received_bytes_must_fit_the_size() {
        assert!(I420::new(4, 2, Bytes::from(vec![0; 12])).is_ok());
        for (width, height, bytes) in [(4, 2, 11), (3, 2, 9), (0, 0, 0), (4, 0, 0)] {
            assert!(I420::new(width, height, Bytes::from(vec![0; bytes])).is_err());
        }
    }

    #[test]
    fn a_picture_held_by_others_is_copied_before_drawing() {
        let picture = I420Buf::filled(4, 2, [1, 2, 3]).freeze();
        let mut drawn = picture.clone().into_buf();
        drawn.data[0] = 9;
        assert_eq!(&picture.data[..], [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 3]);
        let address = drawn.data.as_ptr();
        assert_eq!(drawn.freeze().into_buf().data.as_ptr(), address, "held by nobody else: not copied");
    }
}
