//! What a track looks like: the colours of its detections on the mean, and how like them another detection is. Driven by the tracker,
//! for which place and motion come first; where two pass each other those say little, and this says which is which.
//!
//! The cheap half of what DeepSORT and BoT-SORT do with a network: no vector of a whole body, only four mean colours, which the detector
//! hands on with each box.

use crate::Look;

/// What a step of chroma weighs beside one of luma, which shadows and exposure change.
const CHROMA_WEIGHT: f32 = 4.0;
/// Of what is seen now the mean takes in this share: a second of pictures.
const LEARNT: f32 = 0.2;

/// The mean colours of a track.
#[derive(Debug, Clone, Copy)]
pub(super) struct Appearance {
    mean: [[f32; 3]; Look::BANDS],
    seen: u32,
}

impl Appearance {
    pub fn new(look: &Look) -> Self {
        Self { mean: numbers(look), seen: 1 }
    }

    /// Takes in what it looks like now.
    pub fn learn(&mut self, look: &Look) {
        self.seen = self.seen.saturating_add(1);
        let share = LEARNT.max(1.0 / self.seen as f32);
        for (mean, now) in self.mean.as_flattened_mut().iter_mut().zip(numbers(look).as_flattened()) {
            *mean += share * (now - *mean);
        }
    }

    /// How far another look is from the mean, in steps of luma: what a band differs by, on the quadratic mean of the bands.
    pub fn distance(&self, look: &Look) -> f32 {
        let bands = self.mean.iter().zip(numbers(look));
        let sum: f32 = bands
            .map(|([y, u, v], [y2, u2, v2])| {
                (y - y2).powi(2) + CHROMA_WEIGHT.powi(2) * ((u - u2).powi(2) + (v - v2).powi(2))
            })
            .sum();
        (sum / Look::BANDS as f32).sqrt()
    }
}

fn numbers(look: &Look) -> [[f32; 3]; Look::BANDS] {
    look.0.map(|band| band.map(f32::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(y: u8, u: u8, v: u8) -> Look {
        Look([[y, u, v]; Look::BANDS])
    }

    #[test]
    fn colour_tells_more_than_light() {
        let appearance = Appearance::new(&look(100, 128, 128));
        assert_eq!(appearance.distance(&look(100, 128, 128)), 0.0);
        assert_eq!(appearance.distance(&look(110, 128, 128)), 10.0, "in the shade");
        assert_eq!(appearance.distance(&look(100, 138, 128)), 40.0, "in another coat");
    }

    #[test]
    fn the_mean_follows_what_is_seen() {
        let mut appearance = Appearance::new(&look(100, 128, 128));
        appearance.learn(&look(120, 128, 128));
        assert_eq!(appearance.distance(&look(110, 128, 128)), 0.0, "of two the mean");
        (0..30).for_each(|_| appearance.learn(&look(200, 128, 128)));
        assert!(appearance.distance(&look(200, 128, 128)) < 1.0);
    }
}
