//! Who comes to which camera, and when. The same for the one who plays it and for the one who looks what became of it.

use std::time::Duration;

use iris_domain::CameraId;

/// How long the cameras are played.
pub const PLAYED_FOR: Duration = Duration::from_secs(90);
/// Between two judged pictures of a camera.
pub const INTERVAL: Duration = Duration::from_millis(200);
/// A segment's length.
pub const SEGMENT: Duration = Duration::from_secs(2);
/// Segments of a camera, the last one closed when the last clip's post-roll is over.
pub const SEGMENTS: usize = 45;
/// Clip before and after a presence.
pub const PRE: Duration = Duration::from_secs(2);
pub const POST: Duration = Duration::from_secs(2);
/// Pictures with somebody in them before an event opens.
pub const TRIGGERS: u32 = 3;

/// Somebody is there for a tenth of the time: this long, this often.
const STAY: Duration = Duration::from_secs(8);
const EVERY: Duration = Duration::from_secs(80);
/// Nobody comes before all cameras are known, nor when there would be no time left to be recorded.
const COMES_FROM: Duration = Duration::from_secs(4);
const COMES_UNTIL: Duration = Duration::from_secs(74);

/// A presence, by its pictures; times count from the beginning of the play.
#[derive(Debug, Clone, Copy)]
pub struct Visit {
    pub camera: CameraId,
    /// The first picture with somebody in it, and the last.
    pub first: Duration,
    pub last: Duration,
    /// When the first segment of its camera began.
    segments_begin: Duration,
}

impl Visit {
    /// The picture by which it is a presence.
    pub fn opens(&self) -> Duration {
        self.first + INTERVAL * (TRIGGERS - 1)
    }

    /// The first picture after the post-roll.
    pub fn closes(&self) -> Duration {
        self.last + POST + INTERVAL
    }

    /// When the segment with the end of its clip is closed, and the presence is over.
    pub fn clip_is_recorded(&self) -> Duration {
        let recorded = (self.last + POST).saturating_sub(self.segments_begin).as_nanos() / SEGMENT.as_nanos();
        let segments = u32::try_from(recorded + 1).expect("a play has few segments");
        self.closes().max(self.segments_begin + SEGMENT * segments)
    }
}

/// When a camera's pictures begin: they are spread evenly over the time between two of them.
pub fn offset(number: usize, count: usize) -> Duration {
    whole_milliseconds(INTERVAL.mul_f64(number as f64 / count as f64))
}

/// When a camera's first segment begins: segments are spread evenly too.
pub fn segments_begin(number: usize, count: usize) -> Duration {
    whole_milliseconds(SEGMENT.mul_f64(number as f64 / count as f64))
}

/// The presences of all cameras; people come to one after the other, so that as many are there at any time.
pub fn visits(cameras: &[CameraId]) -> Vec<Visit> {
    let count = cameras.len();
    cameras.iter().enumerate().filter_map(|(number, camera)| visit(number, count, *camera)).collect()
}

/// The presence of one camera.
pub fn visit(number: usize, count: usize, camera: CameraId) -> Option<Visit> {
    let comes = COMES_FROM + EVERY.mul_f64(number as f64 / count as f64);
    let picture = u32::try_from(comes.as_millis() / INTERVAL.as_millis()).expect("a play has few pictures");
    let first = offset(number, count) + INTERVAL * picture;
    (comes <= COMES_UNTIL).then(|| Visit {
        camera,
        first,
        last: first + STAY,
        segments_begin: segments_begin(number, count),
    })
}

fn whole_milliseconds(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis()).expect("a short time"))
}
