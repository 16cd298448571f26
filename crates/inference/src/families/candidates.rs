//! What decoding collects: boxes in the input's pixels that reached the wanted score. Whatever a broken network says
//! (not-a-number, infinity, boxes inside out) is dropped at this door.

/// A box before overlaps are settled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate {
    /// Left, top, right, bottom, in pixels of the network's input; may reach beyond it.
    pub(crate) corners: [f32; 4],
    /// Number of the class.
    pub(crate) class: usize,
    /// 0..1.
    pub(crate) score: f32,
}

/// Collects for one picture.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    min_score: f32,
    list: Vec<Candidate>,
}

impl Candidates {
    /// Empties it for the next picture, keeping its memory.
    pub(crate) fn begin(&mut self, min_score: f32) {
        self.min_score = min_score;
        self.list.clear();
    }

    /// Whether a score is worth decoding a box for; never true of not-a-number.
    pub(crate) fn wants(&self, score: f32) -> bool {
        score >= self.min_score
    }

    /// Keeps a box when it is one.
    pub(crate) fn push(&mut self, corners: [f32; 4], class: usize, score: f32) {
        let [x1, y1, x2, y2] = corners;
        let is_box = corners.iter().all(|edge| edge.is_finite()) && x2 > x1 && y2 > y1;
        if is_box && score.is_finite() && self.wants(score) {
            self.list.push(Candidate { corners, class, score: score.clamp(0.0, 1.0) });
        }
    }

    /// What was kept, to be thinned out in place.
    pub(crate) fn list_mut(&mut self) -> &mut Vec<Candidate> {
        &mut self.list
    }
}

/// The best of the scores and its number; `(0, -inf)` when none is a number.
pub(super) fn best_class(scores: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    for (class, &score) in scores.iter().enumerate() {
        if score > best.1 {
            best = (class, score);
        }
    }
    best
}

/// Corners of a box given by its centre and size.
pub(super) fn from_centre([cx, cy, width, height]: [f32; 4]) -> [f32; 4] {
    [cx - width / 2.0, cy - height / 2.0, cx + width / 2.0, cy + height / 2.0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_dropped() {
        let mut found = Candidates::default();
        found.begin(0.5);
        let good = [0.0, 0.0, 1.0, 1.0];
        for (corners, score) in [
            (good, f32::NAN),
            (good, f32::INFINITY),
            (good, 0.4),
            ([f32::NAN, 0.0, 1.0, 1.0], 0.9),
            ([0.0, 0.0, f32::INFINITY, 1.0], 0.9),
            ([1.0, 0.0, 0.0, 1.0], 0.9),
        ] {
            found.push(corners, 0, score);
        }
        assert_eq!(found.list_mut(), &[]);
        found.push(good, 3, 1.5);
        assert_eq!(found.list_mut(), &[Candidate { corners: good, class: 3, score: 1.0 }]);
    }

    #[test]
    fn the_best_class_is_never_not_a_number() {
        assert_eq!(best_class(&[0.1, f32::NAN, 0.3, 0.2]), (2, 0.3));
        assert_eq!(best_class(&[f32::NAN]), (0, f32::NEG_INFINITY));
    }
}
