//! Cuts a box out of a picture.

use iris_domain::BBox;

use super::Size;
use super::preprocessor::as_rgb;
use crate::picture::PictureRef;

/// Keeps its buffers from cut to cut.
#[derive(Default)]
pub(crate) struct Cutter {
    whole: Vec<u8>,
    part: Vec<u8>,
}

impl Cutter {
    /// The part of the picture within the box, to the nearest whole pixel, at least one each way; and its RGB pixels.
    pub(crate) fn cut(&mut self, picture: PictureRef<'_>, bbox: &BBox) -> (Size, &[u8]) {
        let width = picture.width() as usize;
        let (left, right) = span(bbox.x1, bbox.x2, width);
        let (top, bottom) = span(bbox.y1, bbox.y2, picture.height() as usize);
        let pixels = as_rgb(picture, &mut self.whole);
        self.part.clear();
        for row in pixels.chunks_exact(width * 3).take(bottom).skip(top) {
            self.part.extend_from_slice(&row[left * 3..right * 3]);
        }
        (Size { width: right - left, height: bottom - top }, &self.part)
    }
}

/// Whole pixels, of which there is at least one, within `0..side`. Fractions beyond 0..1 or out of order are put right.
fn span(from: f32, to: f32, side: usize) -> (usize, usize) {
    let pixel = |fraction: f32| ((fraction * side as f32).round() as usize).min(side);
    let first = pixel(from).min(side - 1);
    (first, pixel(to).max(first + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::picture::PixelFormat;

    #[test]
    fn a_cut_is_the_pixels_within() {
        let data: Vec<u8> = (0..12).flat_map(|n| [n; 3]).collect();
        let picture = PictureRef::new(4, 3, PixelFormat::Rgb24, &data).unwrap();
        let mut cutter = Cutter::default();
        let (size, pixels) = cutter.cut(picture, &BBox { x1: 0.26, y1: 0.3, x2: 0.74, y2: 1.0 });
        assert_eq!(size, Size { width: 2, height: 2 });
        assert_eq!(pixels, [5, 6, 9, 10].map(|n| [n; 3]).as_flattened());
    }

    #[test]
    fn planes_are_cut_as_colours() {
        let data = [&[200; 15][..], &[128; 12]].concat();
        let picture = PictureRef::new(3, 5, PixelFormat::I420, &data).unwrap();
        let mut cutter = Cutter::default();
        let (size, pixels) = cutter.cut(picture, &BBox { x1: 0.9, y1: 0.0, x2: 0.95, y2: 0.1 });
        assert_eq!(size, Size { width: 1, height: 1 });
        assert_eq!(pixels, [200; 3]);
    }

    proptest! {
        #[test]
        fn a_span_is_within_and_not_empty(from in any::<f32>(), to in any::<f32>(), side in 1usize..5000) {
            let (first, end) = span(from, to, side);
            prop_assert!(first < end && end <= side);
        }
    }
}
