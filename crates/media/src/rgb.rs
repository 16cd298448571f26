//! Pictures as networks that look at parts of them want them: RGB, one byte each, rows without padding.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use crate::PixelArea;

/// A picture. Made by a [`JpegDecoder`](crate::JpegDecoder), or of another.
#[derive(Clone, PartialEq, Eq)]
pub struct Rgb {
    width: u32,
    height: u32,
    data: Vec<u8>,
}

impl Rgb {
    /// `None` unless the bytes are those of a picture of this size, which is not empty.
    pub fn new(width: u32, height: u32, data: Vec<u8>) -> Option<Self> {
        let bytes = (width as usize).checked_mul(height as usize)?.checked_mul(3)?;
        (bytes > 0 && bytes == data.len()).then_some(Self { width, height, data })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels, row by row.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The pixels of an area, of which at least a corner must lie in the picture: the rest of it is left out.
    pub fn part(&self, area: PixelArea) -> Option<Self> {
        let end = |from: u32, size: u32, side: u32| from.saturating_add(size).min(side);
        let (right, bottom) = (end(area.x, area.width, self.width), end(area.y, area.height, self.height));
        let (width, height) = (right.checked_sub(area.x)?, bottom.checked_sub(area.y)?);
        let row = |y: u32| {
            let start = (y as usize * self.width as usize + area.x as usize) * 3;
            &self.data[start..start + width as usize * 3]
        };
        let data: Vec<u8> = if width == 0 { Vec::new() } else { (area.y..bottom).flat_map(row).copied().collect() };
        Self::new(width, height, data)
    }

    /// The picture with the same proportions, at most that wide and high; never enlarged.
    pub fn shrunk(self, width_max: u32, height_max: u32) -> Self {
        let scale =
            f64::min(f64::from(width_max) / f64::from(self.width), f64::from(height_max) / f64::from(self.height));
        if scale >= 1.0 {
            return self;
        }
        let side = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
        let (width, height) = (side(self.width), side(self.height));
        let source = TypedImageRef::<U8x3>::from_buffer(self.width, self.height, &self.data)
            .expect("a picture has the bytes of its size");
        let mut data = vec![0; width as usize * height as usize * 3];
        let mut target =
            TypedImage::<U8x3>::from_buffer(width, height, &mut data).expect("the buffer was just made that long");
        // Averages over all pixels that become one, so that thin contours do not flicker away.
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(false);
        let resized = Resizer::new().resize_typed(&source, &mut target, &options);
        resized.expect("the whole of a picture is within it");
        Self { width, height, data }
    }
}

/// Says nothing of the pixels: they may show a person.
impl std::fmt::Debug for Rgb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rgb({}x{})", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(width: u32, height: u32) -> Rgb {
        let data = (0..width * height).flat_map(|pixel| [pixel as u8; 3]).collect();
        Rgb::new(width, height, data).unwrap()
    }

    #[test]
    fn the_bytes_must_be_those_of_the_size() {
        assert!(Rgb::new(2, 1, vec![0; 6]).is_some());
        assert_eq!(Rgb::new(2, 1, vec![0; 7]), None);
        assert_eq!(Rgb::new(0, 1, Vec::new()), None);
        assert_eq!(Rgb::new(u32::MAX, u32::MAX, Vec::new()), None);
        assert_eq!(format!("{:?}", numbered(2, 1)), "Rgb(2x1)");
    }

    #[test]
    fn a_part_is_the_pixels_within() {
        let picture = numbered(4, 3);
        let part = picture.part(PixelArea { x: 2, y: 1, width: 9, height: 1 }).unwrap();
        assert_eq!((part.width(), part.height(), part.data()), (2, 1, &[6, 6, 6, 7, 7, 7][..]));
        assert_eq!(picture.part(PixelArea { x: 4, y: 0, width: 2, height: 2 }), None);
        assert_eq!(picture.part(PixelArea { x: 0, y: 9, width: 2, height: 2 }), None);
    }

    #[test]
    fn it_shrinks_in_proportion_and_never_grows() {
        let size = |picture: Rgb| (picture.width(), picture.height());
        assert_eq!(size(numbered(100, 200).shrunk(1000, 50)), (25, 50));
        assert_eq!(size(numbered(100, 200).shrunk(10, 1000)), (10, 20));
        assert_eq!(size(numbered(300, 1).shrunk(3, 3)), (3, 1));
        assert_eq!(numbered(4, 3).shrunk(4, 9), numbered(4, 3));
        let grey = Rgb::new(9, 9, vec![77; 243]).unwrap().shrunk(4, 4);
        assert!(grey.data().iter().all(|byte| *byte == 77));
    }
}
