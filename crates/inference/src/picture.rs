//! A picture as the detector takes it: borrowed bytes whose length is known to go with their size and format.

use std::fmt;

/// Largest width or height that is accepted, in pixels: twice 8K, so that a size read from the network can never ask
/// for gigabytes.
pub const PICTURE_SIDE_MAX: u32 = 16_384;

/// How the bytes of a picture are laid out; rows without padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// A plane of luma, then U, then V at half width and half height (rounded up), one byte a sample.
    /// Full range (0-255), ITU-R BT.601: what JPEG uses.
    I420,
    /// Red, green, blue, one byte each.
    Rgb24,
}

impl PixelFormat {
    /// Bytes of a picture of this format; `width` and `height` in pixels.
    pub fn size_bytes(self, width: u32, height: u32) -> usize {
        let (width, height) = (width as usize, height as usize);
        match self {
            Self::I420 => width * height + 2 * width.div_ceil(2) * height.div_ceil(2),
            Self::Rgb24 => width * height * 3,
        }
    }
}

impl fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::I420 => "I420",
            Self::Rgb24 => "RGB24",
        })
    }
}

/// A picture's bytes do not go with its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPicture {
    /// A side is zero or beyond [`PICTURE_SIDE_MAX`].
    #[error("a picture of {width}x{height}: sides are 1 to {PICTURE_SIDE_MAX} pixels")]
    Size {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// Too few or too many bytes.
    #[error("a picture of {width}x{height} in {format} has {wanted_bytes} bytes, got {got_bytes}")]
    Length {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// The layout claimed.
        format: PixelFormat,
        /// What the size and the layout make.
        wanted_bytes: usize,
        /// What was given.
        got_bytes: usize,
    },
}

/// A borrowed picture.
#[derive(Clone, Copy)]
pub struct PictureRef<'a> {
    width: u32,
    height: u32,
    format: PixelFormat,
    data: &'a [u8],
}

impl<'a> PictureRef<'a> {
    /// Refuses sides of zero or above [`PICTURE_SIDE_MAX`], and any length but the exact one. Odd sides are fine.
    pub fn new(width: u32, height: u32, format: PixelFormat, data: &'a [u8]) -> Result<Self, InvalidPicture> {
        let sides = 1..=PICTURE_SIDE_MAX;
        if !sides.contains(&width) || !sides.contains(&height) {
            return Err(InvalidPicture::Size { width, height });
        }
        let wanted_bytes = format.size_bytes(width, height);
        if data.len() != wanted_bytes {
            return Err(InvalidPicture::Length { width, height, format, wanted_bytes, got_bytes: data.len() });
        }
        Ok(Self { width, height, format, data })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The layout.
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// All bytes; the length goes with size and format.
    pub fn data(&self) -> &'a [u8] {
        self.data
    }
}

impl fmt::Debug for PictureRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PictureRef({}x{} {})", self.width, self.height, self.format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_must_be_exact() {
        assert!(PictureRef::new(4, 2, PixelFormat::I420, &[0; 12]).is_ok());
        assert!(matches!(
            PictureRef::new(4, 2, PixelFormat::I420, &[0; 13]),
            Err(InvalidPicture::Length { wanted_bytes: 12, got_bytes: 13, .. })
        ));
        assert!(PictureRef::new(4, 2, PixelFormat::Rgb24, &[0; 23]).is_err());
    }

    #[test]
    fn odd_sides_round_the_chroma_up() {
        assert_eq!(PixelFormat::I420.size_bytes(3, 5), 15 + 2 * 2 * 3);
        assert!(PictureRef::new(3, 5, PixelFormat::I420, &[0; 27]).is_ok());
    }

    #[test]
    fn absurd_sizes_are_refused_before_any_arithmetic() {
        for (width, height) in [(0, 1), (1, 0), (u32::MAX, u32::MAX), (PICTURE_SIDE_MAX + 1, 1)] {
            assert_eq!(
                PictureRef::new(width, height, PixelFormat::Rgb24, &[]).unwrap_err(),
                InvalidPicture::Size { width, height }
            );
        }
    }
}
