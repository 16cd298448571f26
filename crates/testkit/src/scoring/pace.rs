//! How long the tracker takes for a picture: a made scene of people passing each other. Driven by `make eval-tracking`.

use std::time::{Duration, Instant};

use iris_domain::tracking::Tracker;
use iris_domain::{BBox, Class, Detection, Timestamp};
use uuid::Uuid;

use super::mot17::settings;

/// People in the scene, all of them always in the picture.
pub const WALKERS: usize = 30;
/// Two minutes at 25 pictures a second.
const PICTURES: u32 = 3_000;

/// Time the tracker takes for one picture of the scene; the median leaves out the pictures in which the machine did something else.
pub fn median_picture_time() -> Duration {
    let mut tracker = Tracker::new(settings(), Uuid::nil());
    let mut times: Vec<Duration> = (0..PICTURES)
        .map(|picture| {
            let at = Duration::from_millis(40) * picture;
            let detections: Vec<Detection> = (0..WALKERS).map(|index| walker(index, at.as_secs_f32())).collect();
            let started = Instant::now();
            let tracked = tracker.observe(&detections, at, Timestamp::EPOCH.plus(at), 16.0 / 9.0);
            let spent = started.elapsed();
            assert!(tracked.is_some_and(|tracked| tracked.tracks.len() >= WALKERS), "every walker is tracked");
            spent
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// People who pass each other to and fro on five lanes, so that boxes overlap and the association has something to decide.
fn walker(index: usize, seconds: f32) -> Detection {
    let lane = (index % 5) as f32;
    let speed = 0.03 + 0.01 * (index % 7) as f32;
    let phase = (index as f32 * 0.13 + speed * seconds) % 1.8;
    let x = if phase < 0.9 { phase } else { 1.8 - phase };
    let y = 0.1 + 0.12 * lane;
    let bbox = BBox::clipped(x, y, x + 0.06, y + 0.3).expect("a walker stays in the picture");
    Detection { bbox, class: Class::person(), score: 0.9 - 0.4 * ((index as f32 + seconds) % 1.0), look: None }
}
