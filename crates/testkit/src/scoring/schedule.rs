//! Which pictures of a sequence a tracker gets to see. Driven by [`super::mot17`]; the same numbers give the same pictures for ever.

/// A rate, and what is lost of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// Pictures a second to come near to; `None` takes every picture.
    pub rate_hz: Option<f64>,
    /// Share of those pictures that is lost, 0..1.
    pub lost: f64,
    /// Decides which ones are lost.
    pub seed: u64,
}

impl Schedule {
    /// Every picture.
    pub const FULL: Self = Self { rate_hz: None, lost: 0.0, seed: 0 };

    /// Every n-th picture, n such that the rate is nearest to `rate_hz`.
    pub const fn at(rate_hz: f64) -> Self {
        Self { rate_hz: Some(rate_hz), lost: 0.0, seed: 0 }
    }

    /// The same with a share of its pictures lost at random.
    pub const fn losing(self, share: f64, seed: u64) -> Self {
        Self { lost: share, seed, ..self }
    }

    /// The frames (from 1) to process of a sequence of `length` frames filmed at `filmed_hz`.
    pub fn frames(&self, length: u32, filmed_hz: f64) -> Vec<u32> {
        let stride = self.rate_hz.map_or(1, |rate| (filmed_hz / rate).round().max(1.0) as usize);
        let mut random = SplitMix(self.seed);
        (1..=length).step_by(stride).filter(|_| random.fraction() >= self.lost).collect()
    }
}

/// Steele, Lea and Flood's SplitMix64: five lines that never change, where a library's generator may with its version.
struct SplitMix(u64);

impl SplitMix {
    /// Uniform in 0..1.
    fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_to_the_nearest_rate_and_loses_about_the_share_asked_for() {
        assert_eq!(Schedule::FULL.frames(4, 30.0), [1, 2, 3, 4]);
        assert_eq!(Schedule::at(5.0).frames(14, 30.0), [1, 7, 13]);
        assert_eq!(Schedule::at(15.0).frames(3, 14.0), [1, 2, 3]);
        let lossy = Schedule::at(15.0).losing(0.4, 1);
        let kept = lossy.frames(20_000, 30.0).len();
        assert!((5_800..6_200).contains(&kept), "{kept} of 10000");
        assert_eq!(lossy.frames(500, 30.0), lossy.frames(500, 30.0));
    }
}
