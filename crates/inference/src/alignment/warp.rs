//! Takes each pixel of an aligned face from its place in the picture, between the four pixels around it, as OpenCV's
//! `warpAffine` does with `INTER_LINEAR` and a border of 0.

use super::{FACE_SIDE, Similarity};

/// `to_picture` leads from the face to the picture.
pub(super) fn warp(pixels: &[u8], (width, height): (usize, usize), to_picture: Similarity) -> Vec<u8> {
    let mut face = Vec::with_capacity(FACE_SIDE * FACE_SIDE * 3);
    for y in 0..FACE_SIDE {
        for x in 0..FACE_SIDE {
            let [x, y] = to_picture.apply([x as f64, y as f64]);
            face.extend(between(pixels, (width, height), x, y));
        }
    }
    face
}

/// The colour at a place between pixels; what lies beyond the picture is black.
fn between(pixels: &[u8], (width, height): (usize, usize), x: f64, y: f64) -> [u8; 3] {
    let (left, top) = (x.floor(), y.floor());
    let (right_share, bottom_share) = ((x - left) as f32, (y - top) as f32);
    let mut colour = [0.0f32; 3];
    for (dy, row_share) in [(0.0, 1.0 - bottom_share), (1.0, bottom_share)] {
        for (dx, share) in [(0.0, 1.0 - right_share), (1.0, right_share)] {
            let (column, row) = (left + dx, top + dy);
            let within = (0.0..width as f64).contains(&column) && (0.0..height as f64).contains(&row);
            if within {
                let at = (row as usize * width + column as usize) * 3;
                for (sum, byte) in colour.iter_mut().zip(&pixels[at..at + 3]) {
                    *sum += row_share * share * f32::from(*byte);
                }
            }
        }
    }
    colour.map(|sum| sum.round_ties_even() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_four_pixels_lies_their_mean_by_nearness() {
        let grey = [0, 100, 40, 200].map(|grey| [grey; 3]);
        let pixels = grey.as_flattened();
        for (x, y, wanted) in [(0.0, 0.0, 0), (0.5, 0.0, 50), (0.25, 0.5, 52), (1.0, 1.0, 200), (1.5, 1.0, 100)] {
            assert_eq!(between(pixels, (2, 2), x, y), [wanted; 3], "{x}, {y}");
        }
        for (x, y) in [(-1.0, 0.0), (2.0, 0.0), (0.0, 1e300), (f64::NAN, 0.0)] {
            assert_eq!(between(pixels, (2, 2), x, y), [0; 3], "{x}, {y}");
        }
    }
}
