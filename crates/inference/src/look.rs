//! The colours of what was found, out of the picture that the detector saw: a few hundred pixels of each box.

use iris_domain::{BBox, Look};

use crate::picture::{PictureRef, PixelFormat};

/// The bands, as shares of the box's height: below the head, where hair and background are, down to the shins.
const BANDS: [[f32; 2]; Look::BANDS] = [[0.15, 0.3], [0.3, 0.5], [0.5, 0.7], [0.7, 0.92]];
/// The middle of the box, as shares of its width: beside it is background.
const MIDDLE: [f32; 2] = [0.25, 0.75];
/// Pixels that a band is looked at in, across and down.
const ACROSS: u32 = 8;
const DOWN: u32 = 6;

/// What colours a box of a picture has. Every pixel that it asks for is in the picture, for the box is.
pub fn look(picture: &PictureRef<'_>, bbox: &BBox) -> Look {
    Look(BANDS.map(|[top, bottom]| {
        let mut sums = [0_u32; 3];
        for row in 0..DOWN {
            let y = bbox.y1 + bbox.height() * between(top, bottom, row, DOWN);
            for column in 0..ACROSS {
                let x = bbox.x1 + bbox.width() * between(MIDDLE[0], MIDDLE[1], column, ACROSS);
                let colour = yuv(picture, place(x, picture.width()), place(y, picture.height()));
                sums.iter_mut().zip(colour).for_each(|(sum, value)| *sum += u32::from(value));
            }
        }
        sums.map(|sum| (sum / (ACROSS * DOWN)) as u8)
    }))
}

fn between(from: f32, to: f32, step: u32, steps: u32) -> f32 {
    from + (to - from) * step as f32 / (steps - 1) as f32
}

fn place(share: f32, side: u32) -> usize {
    ((share * side as f32) as usize).min(side as usize - 1)
}

/// A pixel's luma and chroma, full range, ITU-R BT.601.
fn yuv(picture: &PictureRef<'_>, x: usize, y: usize) -> [u8; 3] {
    let (width, height, data) = (picture.width() as usize, picture.height() as usize, picture.data());
    match picture.format() {
        PixelFormat::I420 => {
            let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
            let chroma = width * height + y / 2 * half_width + x / 2;
            [data[y * width + x], data[chroma], data[chroma + half_width * half_height]]
        }
        PixelFormat::Rgb24 => {
            let at = 3 * (y * width + x);
            let [r, g, b] = [data[at], data[at + 1], data[at + 2]].map(f32::from);
            let y = 0.299 * r + 0.587 * g + 0.114 * b;
            // Rounded, and as bytes within 0..=255.
            [y, 128.0 + (b - y) / 1.772, 128.0 + (r - y) / 1.402].map(|value| value.round() as u8)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: u32 = 40;

    /// Left half one colour, right half another; RGB.
    fn halves(left: [u8; 3], right: [u8; 3]) -> Vec<u8> {
        (0..SIDE * SIDE).flat_map(|pixel| if pixel % SIDE < SIDE / 2 { left } else { right }).collect()
    }

    fn seen(pixels: &[u8], x1: f32, x2: f32) -> Look {
        let picture = PictureRef::new(SIDE, SIDE, PixelFormat::Rgb24, pixels).unwrap();
        look(&picture, &BBox { x1, y1: 0.0, x2, y2: 1.0 })
    }

    #[test]
    fn a_box_has_the_colours_of_its_middle() {
        let pixels = halves([255, 0, 0], [0, 0, 255]);
        assert_eq!(seen(&pixels, 0.0, 0.5), Look([[76, 85, 255]; 4]), "red");
        assert_eq!(seen(&pixels, 0.5, 1.0), Look([[29, 255, 107]; 4]), "blue");
        assert_eq!(seen(&pixels, 0.3, 0.5), Look([[76, 85, 255]; 4]));
    }

    #[test]
    fn bands_lie_below_each_other() {
        let grey: Vec<u8> = (0..SIDE * SIDE).flat_map(|pixel| [(pixel / SIDE * 6) as u8; 3]).collect();
        let Look(bands) = seen(&grey, 0.0, 1.0);
        assert!(bands.is_sorted_by(|above, below| above[0] + 30 < below[0]), "{bands:?}");
        assert!(bands.iter().all(|band| band[1..] == [128, 128]), "grey has no colour");
    }

    #[test]
    fn both_layouts_say_the_same() {
        let (y, u, v) = (100, 90, 200);
        let mut i420 = vec![y; (SIDE * SIDE) as usize];
        i420.extend(vec![u; (SIDE * SIDE / 4) as usize]);
        i420.extend(vec![v; (SIDE * SIDE / 4) as usize]);
        let picture = PictureRef::new(SIDE, SIDE, PixelFormat::I420, &i420).unwrap();
        let bbox = BBox { x1: 0.2, y1: 0.1, x2: 1.0, y2: 1.0 };
        assert_eq!(look(&picture, &bbox), Look([[y, u, v]; 4]));
    }
}
