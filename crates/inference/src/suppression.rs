//! Which of many overlapping boxes stay: greedy non-maximum suppression, best score first.

use crate::families::{Candidate, Overlaps};

/// Most detections of one picture: what the networks' own code keeps, and far more than a scene has people.
pub const DETECTIONS_MAX: usize = 300;
/// Most boxes that are compared with each other: at ten times what can be kept, the rest could only matter in a
/// picture whose thousands of best boxes are all of a few hundred things.
const CANDIDATES_MAX: usize = 10 * DETECTIONS_MAX;
/// Two boxes that overlap this much are one thing; two people cannot stand like that.
const DUPLICATE_IOU: f32 = 0.9;

/// Leaves the best boxes, best first, at most [`DETECTIONS_MAX`]. `iou` is the overlap above which the lesser of two
/// boxes of one class goes, where the family wants that.
pub(crate) fn suppress(candidates: &mut Vec<Candidate>, overlaps: Overlaps, iou: f32) {
    thin_out(
        candidates,
        |candidate| candidate.score,
        |kept, other| match overlaps {
            Overlaps::SameClass => kept.class == other.class && overlap(kept.corners, other.corners) > iou,
            Overlaps::Duplicates => overlap(kept.corners, other.corners) > DUPLICATE_IOU,
        },
    );
}

/// Leaves the best, best first, at most [`DETECTIONS_MAX`]: each that none of the better ones left removes.
pub(crate) fn thin_out<T: Copy>(candidates: &mut Vec<T>, score: impl Fn(&T) -> f32, removes: impl Fn(&T, &T) -> bool) {
    candidates.sort_by(|a, b| score(b).total_cmp(&score(a)));
    candidates.truncate(CANDIDATES_MAX);
    let mut kept = 0;
    for index in 0..candidates.len() {
        let candidate = candidates[index];
        if kept < DETECTIONS_MAX && !candidates[..kept].iter().any(|better| removes(better, &candidate)) {
            candidates[kept] = candidate;
            kept += 1;
        }
    }
    candidates.truncate(kept);
}

/// Intersection over union of two boxes given by their corners.
pub(crate) fn overlap(p: [f32; 4], q: [f32; 4]) -> f32 {
    let area = |[x1, y1, x2, y2]: [f32; 4]| (x2 - x1) * (y2 - y1);
    let width = (p[2].min(q[2]) - p[0].max(q[0])).max(0.0);
    let height = (p[3].min(q[3]) - p[1].max(q[1])).max(0.0);
    let intersection = width * height;
    intersection / (area(p) + area(q) - intersection)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidate(x: f32, class: usize, score: f32) -> Candidate {
        Candidate { corners: [x, 0.0, x + 10.0, 10.0], class, score }
    }

    fn left(mut candidates: Vec<Candidate>, overlaps: Overlaps, iou: f32) -> Vec<Candidate> {
        suppress(&mut candidates, overlaps, iou);
        candidates
    }

    #[test]
    fn the_better_of_two_of_a_class_stays() {
        let (lesser, better, other) = (candidate(0.0, 0, 0.5), candidate(2.0, 0, 0.9), candidate(1.0, 1, 0.6));
        assert_eq!(left(vec![lesser, better, other], Overlaps::SameClass, 0.45), [better, other]);
        assert_eq!(left(vec![lesser, better], Overlaps::SameClass, 0.7), [better, lesser]);
    }

    #[test]
    fn one_box_under_two_names_is_one_thing() {
        let (bus, train, beside) = (candidate(0.0, 5, 0.6), candidate(0.2, 6, 0.5), candidate(2.0, 6, 0.4));
        assert_eq!(left(vec![train, bus, beside], Overlaps::Duplicates, 0.1), [bus, beside]);
    }

    #[test]
    fn no_more_than_the_most_are_kept_and_they_are_the_best() {
        let many = (0..4000).map(|n| candidate(20.0 * n as f32, 0, n as f32 / 4000.0)).collect();
        let left = left(many, Overlaps::SameClass, 0.5);
        assert_eq!(left.len(), DETECTIONS_MAX);
        assert_eq!(left[0].score, 3999.0 / 4000.0);
    }

    proptest! {
        #[test]
        fn no_two_of_a_class_overlap_more_than_asked(
            boxes in prop::collection::vec((0f32..50.0, 0usize..3, 0f32..1.0), 0..60), iou in 0.1f32..0.9,
        ) {
            let candidates = boxes.into_iter().map(|(x, class, score)| candidate(x, class, score)).collect();
            let left = left(candidates, Overlaps::SameClass, iou);
            for (index, a) in left.iter().enumerate() {
                for b in &left[index + 1..] {
                    prop_assert!(a.class != b.class || overlap(a.corners, b.corners) <= iou);
                    prop_assert!(a.score >= b.score);
                }
            }
        }
    }
}
