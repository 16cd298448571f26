//! How much a view of a face can be trusted: one number from what the detector, the points and the pixels say. It
//! weighs views against each other; the gates that keep bad ones out are elsewhere, on the plain measures.

use crate::alignment::{AlignedFace, FACE_SIDE};
use crate::faces::Face;
use crate::picture::PictureRef;

/// Narrowest face, in pixels, that a usual recogniser says enough of to be known by later.
pub const FACE_WIDTH_USUAL: f32 = 40.0;
/// Area of a face in pixels from which more brings no more trust, for such a recogniser. Frigate weighs its attempts by area up to here
/// (blakeblackshear/frigate, `data_processing/real_time/face.py`): a square of 63 pixels, little more than half the
/// pixels that a recogniser looks at.
const AREA_PX_FULL: f32 = 4000.0;
/// A face whose nose stands before an eye is half in profile, where vectors of one person scatter like strangers'.
const YAW_RATIO_MAX: f32 = 0.5;
/// Sharpness from which a face counts as sharp. Small faces are enlarged to be aligned and never have hard contours: on
/// 209 views of talking people in real clips, faces of 60 pixels had 43 at the median, blurred ones and those of 20 pixels
/// less than 15. (Frigate's 250 is meant for faces that fill the aligned picture by themselves.)
const SHARPNESS_FULL: f32 = 60.0;
/// What is left of the trust in a face without any contour: how sharp it is says something of a vector's worth, but less
/// than area and detector do.
const BLURRED_SHARE: f32 = 0.6;

/// What is measured of a view of a face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaceMeasures {
    /// How sure the detector is, 0..1.
    pub score: f32,
    /// Width of its box in pixels of the picture.
    pub width_px: f32,
    /// Height of its box in pixels of the picture.
    pub height_px: f32,
    /// See [`Landmarks::yaw_ratio`](crate::Landmarks::yaw_ratio).
    pub yaw_ratio: f32,
    /// See [`sharpness`].
    pub sharpness: f32,
}

impl FaceMeasures {
    /// Of a face in a picture, and the same face aligned.
    pub fn of(face: &Face, picture: PictureRef<'_>, aligned: &AlignedFace) -> Self {
        Self {
            score: face.score,
            width_px: face.bbox.width() * picture.width() as f32,
            height_px: face.bbox.height() * picture.height() as f32,
            yaw_ratio: face.landmarks.yaw_ratio(),
            sharpness: sharpness(aligned),
        }
    }

    /// One number, 0..1: the product of how sure the detector is, how large the face is (its area, full from 4000
    /// pixels for a recogniser that is good for faces of [`FACE_WIDTH_USUAL`], from fewer for one that is good for narrower
    /// ones), how frontal (nothing from a yaw ratio of a half) and how sharp (0.6 to 1, full from 60). A product, because
    /// each can spoil a view alone. On the same 209 views, those below 0.15 had a cosine of 0.64 at the median to the mean
    /// of their track's others, those above 0.3 of 0.9.
    pub fn quality(&self, good_for_width: f32) -> f32 {
        let full = AREA_PX_FULL * (good_for_width / FACE_WIDTH_USUAL).powi(2);
        let size = (self.width_px * self.height_px / full).clamp(0.0, 1.0);
        let frontality = (1.0 - self.yaw_ratio / YAW_RATIO_MAX).clamp(0.0, 1.0);
        let contour = (self.sharpness / SHARPNESS_FULL).clamp(0.0, 1.0);
        let quality =
            self.score.clamp(0.0, 1.0) * size * frontality * (BLURRED_SHARE + (1.0 - BLURRED_SHARE) * contour);
        if quality.is_nan() { 0.0 } else { quality }
    }
}

/// Variance of the Laplacian of the grey picture: the more contours there are and the harder they are, the higher. On an
/// aligned face, so that it means the same for all; as OpenCV's `Laplacian` of size 1 gives, without the outermost rows.
pub fn sharpness(face: &AlignedFace) -> f32 {
    let pixels = face.picture().data();
    // By the weights of BT.601, as OpenCV.
    let grey: Vec<f32> = pixels
        .as_chunks::<3>()
        .0
        .iter()
        .map(|[red, green, blue]| 0.299 * f32::from(*red) + 0.587 * f32::from(*green) + 0.114 * f32::from(*blue))
        .collect();
    let (mut sum, mut sum_of_squares) = (0.0f64, 0.0f64);
    for y in 1..FACE_SIDE - 1 {
        for at in (y * FACE_SIDE + 1)..(y * FACE_SIDE + FACE_SIDE - 1) {
            let around = grey[at - 1] + grey[at + 1] + grey[at - FACE_SIDE] + grey[at + FACE_SIDE];
            let contour = f64::from(around - 4.0 * grey[at]);
            sum += contour;
            sum_of_squares += contour * contour;
        }
    }
    let count = ((FACE_SIDE - 2) * (FACE_SIDE - 2)) as f64;
    ((sum_of_squares - sum * sum / count) / count) as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::alignment::FACE_TEMPLATE;
    use crate::picture::PixelFormat;

    const GOOD: FaceMeasures =
        FaceMeasures { score: 1.0, width_px: 80.0, height_px: 100.0, yaw_ratio: 0.0, sharpness: 100.0 };

    fn aligned(colour: impl Fn(usize, usize) -> u8) -> AlignedFace {
        let pixels = (0..FACE_SIDE).flat_map(|y| (0..FACE_SIDE).map(move |x| (x, y)));
        let data: Vec<u8> = pixels.flat_map(|(x, y)| [colour(x, y); 3]).collect();
        let picture = PictureRef::new(FACE_SIDE as u32, FACE_SIDE as u32, PixelFormat::Rgb24, &data).unwrap();
        AlignedFace::cut(picture, &FACE_TEMPLATE).unwrap()
    }

    #[test]
    fn contours_are_sharp_and_slopes_are_not() {
        assert!(sharpness(&aligned(|_, _| 90)) < 1e-3);
        assert!(sharpness(&aligned(|x, y| (x + y) as u8)) < 1.0);
        // A chessboard of 0 and 10: a Laplacian of 40 or -40 everywhere.
        let board = sharpness(&aligned(|x, y| ((x + y) % 2 * 10) as u8));
        assert!((board - 1600.0).abs() < 20.0, "{board}");
    }

    #[test]
    fn each_measure_can_spoil_a_view() {
        assert_eq!(GOOD.quality(FACE_WIDTH_USUAL), 1.0);
        assert_eq!(FaceMeasures { score: 0.5, ..GOOD }.quality(FACE_WIDTH_USUAL), 0.5);
        assert_eq!(FaceMeasures { width_px: 40.0, height_px: 50.0, ..GOOD }.quality(FACE_WIDTH_USUAL), 0.5);
        let small = FaceMeasures { width_px: 20.0, height_px: 25.0, ..GOOD };
        assert_eq!((small.quality(FACE_WIDTH_USUAL), small.quality(FACE_WIDTH_USUAL / 2.0)), (0.125, 0.5));
        assert_eq!(FaceMeasures { yaw_ratio: 0.25, ..GOOD }.quality(FACE_WIDTH_USUAL), 0.5);
        assert_eq!(FaceMeasures { sharpness: 0.0, ..GOOD }.quality(FACE_WIDTH_USUAL), 0.6);
        assert_eq!(FaceMeasures { yaw_ratio: f32::INFINITY, ..GOOD }.quality(FACE_WIDTH_USUAL), 0.0);
        assert_eq!(FaceMeasures { width_px: f32::NAN, ..GOOD }.quality(FACE_WIDTH_USUAL), 0.0);
    }

    proptest! {
        #[test]
        fn it_is_a_share_whatever_the_measures(
            score: f32, width_px: f32, height_px: f32, yaw_ratio: f32, sharpness: f32,
        ) {
            let quality = FaceMeasures { score, width_px, height_px, yaw_ratio, sharpness }.quality(FACE_WIDTH_USUAL);
            prop_assert!((0.0..=1.0).contains(&quality), "{quality}");
        }
    }
}
