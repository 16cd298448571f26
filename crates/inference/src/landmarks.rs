//! The five points of a face, and what their places alone say of it.

/// The eyes, the tip of the nose and the corners of the mouth, in pixels, x then y; of each pair the one further left
/// in the picture of an upright face comes first. That is the order of ArcFace's template and of all its detectors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Landmarks(pub [[f32; 2]; 5]);

impl Landmarks {
    /// Distance between the eyes in pixels.
    pub fn eye_distance(&self) -> f32 {
        let [dx, dy] = self.between_eyes();
        dx.hypot(dy)
    }

    /// How far the nose is from the middle between the eyes, measured along the line through the eyes, in eye distances:
    /// 0 for a face seen from the front, about 0.5 where the nose stands before an eye, more in profile. Along that line
    /// and not along the picture's rows, so that a tilted head is not taken for a turned one. Infinite where the eyes are
    /// one point.
    pub fn yaw_ratio(&self) -> f32 {
        let Self([left, right, nose, ..]) = self;
        let [dx, dy] = self.between_eyes();
        let (from_x, from_y) = (nose[0] - (left[0] + right[0]) / 2.0, nose[1] - (left[1] + right[1]) / 2.0);
        let ratio = ((from_x * dx + from_y * dy) / (dx * dx + dy * dy)).abs();
        if ratio.is_nan() { f32::INFINITY } else { ratio }
    }

    fn between_eyes(&self) -> [f32; 2] {
        let Self([left, right, ..]) = self;
        [right[0] - left[0], right[1] - left[1]]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A face whose nose is that far to the right of the middle.
    fn face(nose_x: f32) -> Landmarks {
        Landmarks([[10.0, 10.0], [50.0, 10.0], [30.0 + nose_x, 32.0], [15.0, 50.0], [45.0, 50.0]])
    }

    #[test]
    fn a_turned_head_has_its_nose_aside() {
        assert_eq!(face(0.0).yaw_ratio(), 0.0);
        assert_eq!(face(-20.0).yaw_ratio(), 0.5);
        assert_eq!(face(0.0).eye_distance(), 40.0);
        assert_eq!(Landmarks([[1.0, 1.0]; 5]).yaw_ratio(), f32::INFINITY);
    }

    proptest! {
        #[test]
        fn tilt_size_and_place_change_nothing(
            nose in -30f32..30.0, turn in -3f32..3.0, scale in 0.2f32..5.0, x in -500f32..500.0, y in -500f32..500.0,
        ) {
            let (sine, cosine) = turn.sin_cos();
            let moved = face(nose).0.map(|[px, py]| {
                [x + scale * (cosine * px - sine * py), y + scale * (sine * px + cosine * py)]
            });
            prop_assert!((Landmarks(moved).yaw_ratio() - face(nose).yaw_ratio()).abs() < 1e-3);
        }
    }
}
