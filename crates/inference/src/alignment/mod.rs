//! Turns a face upright: from a picture and a face's five points to the 112 x 112 pixels in which recognisers of
//! ArcFace's kind expect them. Nothing hurts recognition more than to do this wrong: the same face, not aligned, looks
//! like a stranger's.
//!
//! Source: deepinsight/insightface, `python-package/insightface/utils/face_align.py`.

mod similarity;
mod warp;

pub use self::similarity::Similarity;

use crate::landmarks::Landmarks;
use crate::picture::{PictureRef, PixelFormat};
use crate::pixels::as_rgb;

/// Side of an aligned face in pixels.
pub const FACE_SIDE: usize = 112;

/// Where the five points lie in an aligned face.
pub const FACE_TEMPLATE: Landmarks =
    Landmarks([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]);

/// A face, upright, of [`FACE_SIDE`] pixels each way; black where it reaches beyond the picture.
#[derive(Clone, PartialEq, Eq)]
pub struct AlignedFace(Vec<u8>);

impl AlignedFace {
    /// Cuts the face with these points out of a picture. `None` when the points are no face: all one point, or not
    /// numbers. A picture in planes is converted whole; give RGB where there are several faces.
    pub fn cut(picture: PictureRef<'_>, landmarks: &Landmarks) -> Option<Self> {
        let to_template = Similarity::between(landmarks, &FACE_TEMPLATE)?;
        let mut rgb = Vec::new();
        let pixels = as_rgb(picture, &mut rgb);
        Some(Self(warp::warp(pixels, (picture.width() as usize, picture.height() as usize), to_template.inverse())))
    }

    /// The pixels as a picture.
    pub fn picture(&self) -> PictureRef<'_> {
        PictureRef::new(FACE_SIDE as u32, FACE_SIDE as u32, PixelFormat::Rgb24, &self.0)
            .expect("an aligned face has the bytes of its size")
    }
}

/// Says nothing of the pixels: they show a person.
impl std::fmt::Debug for AlignedFace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AlignedFace({FACE_SIDE}x{FACE_SIDE})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_in_its_place_is_only_cut_out() {
        let (width, height) = (200, 150);
        let data: Vec<u8> =
            (0..height).flat_map(|y| (0..width).flat_map(move |x| [x as u8, y as u8, ((x + y) / 2) as u8])).collect();
        let picture = PictureRef::new(width, height, PixelFormat::Rgb24, &data).unwrap();
        let face = AlignedFace::cut(picture, &Landmarks(FACE_TEMPLATE.0.map(|[x, y]| [x + 30.0, y + 20.0]))).unwrap();
        for (y, row) in face.picture().data().chunks_exact(3 * FACE_SIDE).enumerate() {
            for (x, pixel) in row.as_chunks::<3>().0.iter().enumerate() {
                let wanted = [x + 30, y + 20, (x + y) / 2 + 25];
                assert!(pixel.iter().zip(wanted).all(|(got, wanted)| usize::from(*got).abs_diff(wanted) <= 1));
            }
        }
    }

    #[test]
    fn planes_are_aligned_as_colours() {
        let data = [&[76; 120 * 120][..], &[85; 3600], &[255; 3600]].concat();
        let picture = PictureRef::new(120, 120, PixelFormat::I420, &data).unwrap();
        let face = AlignedFace::cut(picture, &FACE_TEMPLATE).unwrap();
        assert_eq!(face.picture().data()[..3], [254, 0, 0]);
        assert_eq!(format!("{face:?}"), "AlignedFace(112x112)");
    }

    #[test]
    fn points_that_are_no_face_are_refused() {
        let picture = PictureRef::new(1, 1, PixelFormat::Rgb24, &[0; 3]).unwrap();
        assert_eq!(AlignedFace::cut(picture, &Landmarks([[5.0, 5.0]; 5])), None);
        assert_eq!(AlignedFace::cut(picture, &Landmarks([[f32::NAN, 5.0]; 5])), None);
        // Far away is merely black.
        let far = Landmarks(FACE_TEMPLATE.0.map(|[x, y]| [x * 1e6, y - 1e12]));
        assert!(AlignedFace::cut(picture, &far).is_none_or(|face| face.picture().data().iter().all(|byte| *byte == 0)));
    }
}
