//! What decoding collects: faces in the input's pixels that reached the wanted score. Whatever a broken network says
//! (not-a-number, infinity, boxes inside out) is dropped at this door.

use crate::suppression::{overlap, thin_out};

/// A face before overlaps are settled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FaceCandidate {
    /// Left, top, right, bottom, in pixels of the network's input; may reach beyond it.
    pub(super) corners: [f32; 4],
    /// Eyes, nose and corners of the mouth.
    pub(super) points: [[f32; 2]; 5],
    /// 0..1.
    pub(super) score: f32,
}

/// Collects for one picture.
#[derive(Debug, Default)]
pub(super) struct FaceCandidates {
    min_score: f32,
    list: Vec<FaceCandidate>,
}

impl FaceCandidates {
    /// Empties it for the next picture, keeping its memory.
    pub(super) fn begin(&mut self, min_score: f32) {
        self.min_score = min_score;
        self.list.clear();
    }

    /// Whether a score is worth decoding a face for; never true of not-a-number.
    pub(super) fn wants(&self, score: f32) -> bool {
        score >= self.min_score
    }

    /// Keeps a face when it is one.
    pub(super) fn push(&mut self, face: FaceCandidate) {
        let [x1, y1, x2, y2] = face.corners;
        let finite = face.corners.iter().chain(face.points.as_flattened()).all(|number| number.is_finite());
        if finite && x2 > x1 && y2 > y1 && face.score.is_finite() && self.wants(face.score) {
            self.list.push(FaceCandidate { score: face.score.clamp(0.0, 1.0), ..face });
        }
    }

    /// The best faces, best first, of those that overlap more than `iou` the best.
    pub(super) fn best(&mut self, iou: f32) -> &[FaceCandidate] {
        thin_out(&mut self.list, |face| face.score, |kept, other| overlap(kept.corners, other.corners) > iou);
        &self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f32, score: f32) -> FaceCandidate {
        FaceCandidate { corners: [x, 0.0, x + 10.0, 10.0], points: [[x, 1.0]; 5], score }
    }

    #[test]
    fn nonsense_is_dropped() {
        let mut found = FaceCandidates::default();
        found.begin(0.5);
        let good = face(0.0, 0.9);
        found.push(FaceCandidate { score: f32::NAN, ..good });
        found.push(FaceCandidate { score: 0.4, ..good });
        found.push(FaceCandidate { corners: [1.0, 0.0, 0.0, 1.0], ..good });
        found.push(FaceCandidate { corners: [0.0, 0.0, f32::INFINITY, 1.0], ..good });
        found.push(FaceCandidate { points: [[f32::NAN, 0.0]; 5], ..good });
        assert_eq!(found.best(0.4), []);
        found.push(FaceCandidate { score: 1.5, ..good });
        assert_eq!(found.best(0.4), [FaceCandidate { score: 1.0, ..good }]);
    }

    #[test]
    fn the_better_of_two_on_one_place_stays() {
        let mut found = FaceCandidates::default();
        found.begin(0.1);
        for face in [face(2.0, 0.5), face(0.0, 0.9), face(8.0, 0.3)] {
            found.push(face);
        }
        assert_eq!(found.best(0.4), [face(0.0, 0.9), face(8.0, 0.3)]);
    }
}
