//! How much of a stream has to be decoded: only what somebody needs. Driven by ingest's capture with each coded picture.

use std::time::Duration;

/// How much of a stream is decoded, least work first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DecodePlan {
    /// Nothing.
    Nothing,
    /// Key frames.
    KeyFrames,
    /// All but the pictures that no other picture refers to.
    NoDisposable,
    /// Every picture.
    Everything,
}

/// Who needs pictures, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PictureDemand {
    /// Time between pictures for detection; zero means every picture; `None` means none are needed.
    pub detection: Option<Duration>,
    /// Time between pictures for viewers; `None` when nobody watches.
    pub live: Option<Duration>,
}

/// A little late is in time: key frames every 2.02 s satisfy a wish for one every 2 s.
const LATENESS: f64 = 1.05;
/// Weight of the newest interval in the running means; settles within about ten pictures or key frames.
const NEWEST: f64 = 0.2;

/// The rhythm of a stream, measured as it comes.
#[derive(Debug, Clone, Copy, Default)]
pub struct StreamRhythm {
    last_picture: Option<Duration>,
    last_key: Option<Duration>,
    last_kept: Option<Duration>,
    between_pictures: Option<f64>,
    between_keys: Option<f64>,
    /// Between pictures that others refer to.
    between_kept: Option<f64>,
}

impl StreamRhythm {
    /// Takes one coded picture; `at` is its decoding time since any fixed moment of the connection.
    pub fn observe(&mut self, at: Duration, key: bool, disposable: bool) {
        learn(&mut self.last_picture, &mut self.between_pictures, at);
        if key {
            learn(&mut self.last_key, &mut self.between_keys, at);
        }
        if !disposable {
            learn(&mut self.last_kept, &mut self.between_kept, at);
        }
    }

    /// Pictures a second; `None` before the second one.
    pub fn fps(&self) -> Option<f64> {
        self.between_pictures.filter(|seconds| *seconds > 0.0).map(f64::recip)
    }

    /// The least work that satisfies the demand. Until the rhythm is known everything is decoded.
    pub fn plan(&self, demand: PictureDemand) -> DecodePlan {
        let Some(wanted) = [demand.detection, demand.live].into_iter().flatten().min() else {
            return DecodePlan::Nothing;
        };
        let satisfied_by =
            |between: Option<f64>| between.is_some_and(|seconds| seconds <= wanted.as_secs_f64() * LATENESS);
        if satisfied_by(self.between_keys) {
            DecodePlan::KeyFrames
        } else if satisfied_by(self.between_kept) {
            DecodePlan::NoDisposable
        } else {
            DecodePlan::Everything
        }
    }
}

fn learn(last: &mut Option<Duration>, mean: &mut Option<f64>, at: Duration) {
    let Some(previous) = last.replace(at) else { return };
    let seconds = at.saturating_sub(previous).as_secs_f64();
    *mean = Some(mean.map_or(seconds, |mean| mean + NEWEST * (seconds - mean)));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 25 pictures a second, a key frame every 2 s, every second picture disposable.
    fn camera() -> StreamRhythm {
        let mut rhythm = StreamRhythm::default();
        for picture in 0..500u32 {
            rhythm.observe(Duration::from_millis(40) * picture, picture % 50 == 0, picture % 2 == 1);
        }
        rhythm
    }

    fn demand(detection_ms: Option<u64>, live_ms: Option<u64>) -> PictureDemand {
        PictureDemand { detection: detection_ms.map(Duration::from_millis), live: live_ms.map(Duration::from_millis) }
    }

    #[test]
    fn decodes_the_least_that_is_enough() {
        for (wanted, plan) in [
            (demand(None, None), DecodePlan::Nothing),
            (demand(Some(5000), None), DecodePlan::KeyFrames),
            (demand(Some(2000), None), DecodePlan::KeyFrames),
            (demand(Some(200), None), DecodePlan::NoDisposable),
            (demand(Some(5000), Some(100)), DecodePlan::NoDisposable),
            (demand(Some(0), None), DecodePlan::Everything),
            (demand(None, Some(40)), DecodePlan::Everything),
        ] {
            assert_eq!(camera().plan(wanted), plan, "{wanted:?}");
        }
        assert!((camera().fps().unwrap() - 25.0).abs() < 0.1);
    }

    #[test]
    fn decodes_everything_until_it_knows_better() {
        assert_eq!(StreamRhythm::default().plan(demand(Some(5000), None)), DecodePlan::Everything);
    }

    #[test]
    fn times_that_stand_still_or_go_back_do_not_break_it() {
        let mut rhythm = StreamRhythm::default();
        for at in [5, 5, 3, 900, 2] {
            rhythm.observe(Duration::from_secs(at), true, false);
        }
        assert!(rhythm.fps().is_none_or(f64::is_finite));
    }
}
