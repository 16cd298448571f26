//! Turn, scale and shift in the plane, and the one that brings points nearest to others.

use crate::landmarks::Landmarks;

/// Turns and scales by `[[cosine, -sine], [sine, cosine]]`, then shifts. Never mirrors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    /// Of the turn, times the scale.
    pub cosine: f64,
    /// Of the turn, times the scale.
    pub sine: f64,
    /// Along x and y.
    pub shift: [f64; 2],
}

impl Similarity {
    /// The one that brings the points `from` nearest to the points `to`, by the sum of squared distances (Umeyama 1991;
    /// in the plane and without reflection it has a closed form). `None` when `from` has no extent, what is left has no
    /// size, or something is no number.
    pub fn between(from: &Landmarks, to: &Landmarks) -> Option<Self> {
        let (from_mean, to_mean) = (mean(from), mean(to));
        let (mut spread, mut along, mut across) = (0.0, 0.0, 0.0);
        for (from, to) in from.0.iter().zip(to.0) {
            let [ax, ay] = [f64::from(from[0]) - from_mean[0], f64::from(from[1]) - from_mean[1]];
            let [bx, by] = [f64::from(to[0]) - to_mean[0], f64::from(to[1]) - to_mean[1]];
            spread += ax * ax + ay * ay;
            along += ax * bx + ay * by;
            across += ax * by - ay * bx;
        }
        let turn = Self { cosine: along / spread, sine: across / spread, shift: [0.0; 2] };
        let [x, y] = turn.apply(from_mean);
        let found = Self { shift: [to_mean[0] - x, to_mean[1] - y], ..turn };
        found.is_invertible().then_some(found)
    }

    /// Where a point comes to lie.
    pub fn apply(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.cosine * x - self.sine * y + self.shift[0], self.sine * x + self.cosine * y + self.shift[1]]
    }

    /// The way back.
    pub fn inverse(&self) -> Self {
        let scale = self.square_of_scale();
        let turn = Self { cosine: self.cosine / scale, sine: -self.sine / scale, shift: [0.0; 2] };
        let [x, y] = turn.apply(self.shift);
        Self { shift: [-x, -y], ..turn }
    }

    fn square_of_scale(&self) -> f64 {
        self.cosine * self.cosine + self.sine * self.sine
    }

    /// Whether there is a way back, in numbers.
    fn is_invertible(&self) -> bool {
        let scale = self.square_of_scale();
        scale.is_normal() && scale.recip().is_normal() && self.shift.iter().all(|shift| shift.is_finite())
    }
}

fn mean(points: &Landmarks) -> [f64; 2] {
    let sum = |axis: usize| points.0.iter().map(|point| f64::from(point[axis])).sum::<f64>();
    [sum(0) / 5.0, sum(1) / 5.0]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::FACE_TEMPLATE;
    use super::*;

    fn moved(similarity: &Similarity, points: &Landmarks) -> Landmarks {
        Landmarks(points.0.map(|[x, y]| similarity.apply([x.into(), y.into()]).map(|n| n as f32)))
    }

    fn distance(a: &Landmarks, b: &Landmarks) -> f64 {
        let squares = a.0.as_flattened().iter().zip(b.0.as_flattened()).map(|(a, b)| f64::from(a - b).powi(2));
        squares.sum()
    }

    fn similarities() -> impl Strategy<Value = Similarity> {
        (0.05f64..20.0, -3.1f64..3.1, -2000f64..2000.0, -2000f64..2000.0).prop_map(|(scale, turn, x, y)| Similarity {
            cosine: scale * turn.cos(),
            sine: scale * turn.sin(),
            shift: [x, y],
        })
    }

    fn noise() -> impl Strategy<Value = [[f32; 2]; 5]> {
        prop::array::uniform5(prop::array::uniform2(-8f32..8.0))
    }

    fn noisy(points: &Landmarks, noise: [[f32; 2]; 5]) -> Landmarks {
        let mut points = *points;
        for (point, noise) in points.0.iter_mut().zip(noise) {
            *point = [point[0] + noise[0], point[1] + noise[1]];
        }
        points
    }

    #[test]
    fn a_mirrored_face_is_turned_and_not_mirrored() {
        let mirrored = Landmarks(FACE_TEMPLATE.0.map(|[x, y]| [112.0 - x, y]));
        let found = Similarity::between(&mirrored, &FACE_TEMPLATE).unwrap();
        // A mirror image would fit without any rest.
        assert!(distance(&moved(&found, &mirrored), &FACE_TEMPLATE) > 100.0);
    }

    proptest! {
        #[test]
        fn a_known_one_is_found(wanted in similarities()) {
            let seen = moved(&wanted, &FACE_TEMPLATE);
            let found = Similarity::between(&seen, &FACE_TEMPLATE).unwrap();
            prop_assert!(distance(&moved(&found, &seen), &FACE_TEMPLATE) < 0.01);
            let back = found.inverse();
            prop_assert!((back.cosine - wanted.cosine).abs() < 1e-3 * (1.0 + wanted.cosine.abs()));
            prop_assert!((back.sine - wanted.sine).abs() < 1e-3 * (1.0 + wanted.sine.abs()));
        }

        #[test]
        fn no_other_fits_better(
            wanted in similarities(), noise in noise(), dc in -0.05f64..0.05, ds in -0.05f64..0.05,
            dx in -3f64..3.0, dy in -3f64..3.0,
        ) {
            let seen = noisy(&moved(&wanted, &FACE_TEMPLATE), noise);
            let Some(found) = Similarity::between(&seen, &FACE_TEMPLATE) else { return Ok(()) };
            let other = Similarity {
                cosine: found.cosine + dc,
                sine: found.sine + ds,
                shift: [found.shift[0] + dx, found.shift[1] + dy],
            };
            let (best, rest) = (moved(&found, &seen), moved(&other, &seen));
            let (best, rest) = (distance(&best, &FACE_TEMPLATE), distance(&rest, &FACE_TEMPLATE));
            prop_assert!(best <= rest * 1.0001 + 0.01, "{best} above {rest}");
        }

        #[test]
        fn there_is_a_way_back(similarity in similarities(), x in -1000f64..1000.0, y in -1000f64..1000.0) {
            let [back_x, back_y] = similarity.inverse().apply(similarity.apply([x, y]));
            prop_assert!((back_x - x).abs() < 1e-6 && (back_y - y).abs() < 1e-6);
        }

        #[test]
        fn any_numbers_are_survived(points in prop::array::uniform5(prop::array::uniform2(any::<f32>()))) {
            if let Some(found) = Similarity::between(&Landmarks(points), &FACE_TEMPLATE) {
                prop_assert!(found.is_invertible());
            }
        }
    }
}
