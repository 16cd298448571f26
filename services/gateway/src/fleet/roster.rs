//! Who was heard when, and what they said last. Driven by [`super::Fleet`], which reads the clock; every age here is counted from
//! a message's arrival, so the senders' clocks may be wrong.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use iris_bus::message::{
    CameraPhase, CameraState, DetectState, Heartbeat, IngestState, RecorderState, ReidState, ServiceState,
};
use iris_domain::{CameraId, CameraReport, CameraWorker, CellId, Class, ConnectionPhase, Timestamp};

/// Instances remembered at most; ten times what the largest plant would run. When it is full, the one not heard of for longest goes.
const INSTANCES_MAX: usize = 1_000;
/// Cameras whose last picture's time is remembered at most, as many as one heartbeat may name; the oldest goes first.
const CAMERAS_MAX: usize = 10_000;
/// Different classes remembered at most, as many as one detector may know.
const CLASSES_MAX: usize = 10_000;
/// An instance that said nothing for so long is away: it speaks every second, and four words may get lost.
const AWAY_AFTER: Duration = Duration::from_secs(5);
/// An instance that said nothing for so long is forgotten: long enough for a person to see that it went away.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

/// A service's name, then an instance's.
type InstanceKey = (&'static str, String);

/// The last word of one instance.
#[derive(Debug)]
struct Word {
    heartbeat: Heartbeat,
    arrived: Instant,
}

/// The newest picture of a camera.
#[derive(Debug, Clone, Copy)]
struct NewestFrame {
    time: Timestamp,
    /// When it was news, by this process's clock.
    since: Instant,
}

/// One running instance of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRow {
    /// The service, such as `ingest`.
    pub name: &'static str,
    /// Which process of it.
    pub instance: String,
    /// Its version.
    pub version: String,
    /// How it fares.
    pub status: ServiceStatus,
    /// How long ago it was heard.
    pub age: Duration,
}

/// How an instance fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceStatus {
    /// It is heard and works.
    Online,
    /// It is heard and says what keeps it from its work.
    Degraded(String),
    /// It is not heard any more.
    Offline,
}

impl ServiceStatus {
    /// The word of the API.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Degraded(_) => "degraded",
            Self::Offline => "offline",
        }
    }
}

/// Everything heard of late.
#[derive(Debug)]
pub struct Roster {
    words: BTreeMap<InstanceKey, Word>,
    frames: HashMap<CameraId, NewestFrame>,
    classes: BTreeSet<Class>,
    forgotten_after: Duration,
}

impl Roster {
    /// Empty. A camera's owner is remembered for longer than `stale_after`, which is when its word stops to count.
    pub fn new(stale_after: Duration) -> Self {
        let forgotten_after = FORGOTTEN_AFTER.max(stale_after * 2);
        Self { words: BTreeMap::new(), frames: HashMap::new(), classes: BTreeSet::new(), forgotten_after }
    }

    /// Takes in a heartbeat.
    pub fn observe(&mut self, mut heartbeat: Heartbeat, now: Instant) {
        match &mut heartbeat.state {
            ServiceState::Ingest(ingest) => {
                // So that a camera of a thousand is found at once.
                ingest.cameras.sort_by_key(|state| state.camera);
                ingest.cameras.iter().for_each(|camera| self.note_frame(camera, heartbeat.at, now));
            }
            ServiceState::Detect(detect) => self.note_classes(detect),
            ServiceState::Recorder(_) | ServiceState::Reid(_) | ServiceState::Notify => {}
        }
        self.words.retain(|_, word| now.duration_since(word.arrived) <= self.forgotten_after);
        let key = (heartbeat.state.service(), heartbeat.instance.as_str().to_owned());
        self.words.insert(key, Word { heartbeat, arrived: now });
        if self.words.len() > INSTANCES_MAX {
            let oldest = self.words.iter().min_by_key(|(_, word)| word.arrived).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.words.remove(&key));
        }
    }

    /// A changed time is a new picture, whatever the camera's clock says; only the first one's age has to be believed.
    fn note_frame(&mut self, camera: &CameraState, said: Timestamp, now: Instant) {
        let Some(time) = camera.last_frame else { return };
        match self.frames.get_mut(&camera.camera) {
            Some(known) if known.time == time => {}
            Some(known) => *known = NewestFrame { time, since: now },
            None => {
                let since = now.checked_sub(said.since(time)).unwrap_or(now);
                self.frames.insert(camera.camera, NewestFrame { time, since });
            }
        }
        if self.frames.len() > CAMERAS_MAX {
            let oldest = self.frames.iter().min_by_key(|(_, frame)| frame.since).map(|(camera, _)| *camera);
            oldest.and_then(|camera| self.frames.remove(&camera));
        }
    }

    fn note_classes(&mut self, detect: &DetectState) {
        for class in &detect.classes {
            if self.classes.len() < CLASSES_MAX && !self.classes.contains(class) {
                self.classes.insert(class.clone());
            }
        }
    }

    fn fresh(&self, now: Instant) -> impl Iterator<Item = (&InstanceKey, &Word)> {
        self.words.iter().filter(move |(_, word)| now.duration_since(word.arrived) <= self.forgotten_after)
    }

    fn heard(&self, now: Instant) -> impl Iterator<Item = (&InstanceKey, &Word)> {
        self.words.iter().filter(move |(_, word)| now.duration_since(word.arrived) <= AWAY_AFTER)
    }

    /// The newest word on a camera, and who said it.
    fn owner(&self, camera: CameraId, now: Instant) -> Option<(&Word, &CameraState)> {
        let states = self.fresh(now).filter_map(|(_, word)| match &word.heartbeat.state {
            ServiceState::Ingest(IngestState { cameras, .. }) => {
                let place = cameras.binary_search_by_key(&camera, |state| state.camera).ok()?;
                Some((word, &cameras[place]))
            }
            _ => None,
        });
        states.max_by_key(|(word, _)| word.arrived)
    }

    /// What is known of a camera's worker.
    pub fn worker(&self, camera: CameraId, now: Instant) -> CameraWorker {
        if let Some((word, state)) = self.owner(camera, now) {
            let frame = self.frames.get(&camera).filter(|_| state.last_frame.is_some());
            let frame_age = frame.map(|frame| now.duration_since(frame.since));
            return CameraWorker::Reported(report(state, frame_age, now.duration_since(word.arrived)));
        }
        let any_ingest = self.heard(now).any(|((service, _), _)| *service == "ingest");
        if any_ingest { CameraWorker::Unowned } else { CameraWorker::NoIngest }
    }

    /// The ingest process that last spoke of a camera.
    pub fn node(&self, camera: CameraId, now: Instant) -> Option<String> {
        self.owner(camera, now).map(|(word, _)| word.heartbeat.instance.as_str().to_owned())
    }

    /// The cell in which a camera is recorded, or was until a minute ago.
    pub fn cell(&self, camera: CameraId, now: Instant) -> Option<CellId> {
        match &self.owner(camera, now)?.0.heartbeat.state {
            ServiceState::Ingest(ingest) => Some(ingest.cell.clone()),
            _ => None,
        }
    }

    /// The time of a camera's newest picture that was ever told of.
    pub fn last_seen(&self, camera: CameraId) -> Option<Timestamp> {
        self.frames.get(&camera).map(|frame| frame.time)
    }

    /// Every class that a detector knew since this process started, by name.
    pub fn classes(&self) -> Vec<Class> {
        self.classes.iter().cloned().collect()
    }

    /// What the detectors that are heard say of themselves, the one heard last first.
    pub fn detectors(&self, now: Instant) -> Vec<DetectState> {
        let states = self.heard(now).filter_map(|(_, word)| match &word.heartbeat.state {
            ServiceState::Detect(detect) => Some((word.arrived, detect.clone())),
            _ => None,
        });
        let mut states: Vec<_> = states.collect();
        states.sort_by_key(|(arrived, _)| std::cmp::Reverse(*arrived));
        states.into_iter().map(|(_, state)| state).collect()
    }

    /// What the re-ID nodes that are heard say of themselves, the leader first.
    pub fn reid(&self, now: Instant) -> Vec<ReidState> {
        leader_first(self.heard(now))
    }

    /// What the re-ID nodes that are not forgotten yet last said of themselves, the leader first.
    pub fn reid_lately(&self, now: Instant) -> Vec<ReidState> {
        leader_first(self.fresh(now))
    }

    /// What the recorders that are heard say of themselves, by name.
    pub fn recorders(&self, now: Instant) -> Vec<(String, RecorderState)> {
        let states = self.heard(now).filter_map(|((_, instance), word)| match &word.heartbeat.state {
            ServiceState::Recorder(recorder) => Some((instance.clone(), *recorder)),
            _ => None,
        });
        states.collect()
    }

    /// The media library's version of an ingest process that is heard.
    pub fn media_version(&self, now: Instant) -> Option<String> {
        self.heard(now).find_map(|(_, word)| match &word.heartbeat.state {
            ServiceState::Ingest(ingest) => Some(ingest.media_version.clone()),
            _ => None,
        })
    }

    /// Every instance not forgotten yet, by service and name.
    pub fn services(&self, now: Instant) -> Vec<ServiceRow> {
        self.fresh(now).map(|((name, instance), word)| service_row(name, instance, word, now)).collect()
    }

    /// Which of the services that every watched camera needs has no instance that is heard.
    pub fn away(&self, now: Instant) -> Vec<&'static str> {
        let heard: BTreeSet<_> = self.heard(now).map(|((service, _), _)| *service).collect();
        ["ingest", "detect", "recorder"].into_iter().filter(|service| !heard.contains(service)).collect()
    }
}

fn leader_first<'a>(words: impl Iterator<Item = (&'a InstanceKey, &'a Word)>) -> Vec<ReidState> {
    let states = words.filter_map(|(_, word)| match &word.heartbeat.state {
        ServiceState::Reid(reid) => Some(reid.clone()),
        _ => None,
    });
    let mut states: Vec<_> = states.collect();
    states.sort_by_key(|state| !state.leader);
    states
}

fn report(state: &CameraState, frame_age: Option<Duration>, age: Duration) -> CameraReport {
    let phase = match state.phase {
        CameraPhase::Connecting => ConnectionPhase::Connecting,
        CameraPhase::Online => ConnectionPhase::Online,
        CameraPhase::Error => ConnectionPhase::Error,
    };
    CameraReport {
        phase,
        detail: state.detail.clone(),
        last_frame: state.last_frame,
        online_since: state.online_since,
        frame_age,
        fps: state.fps,
        detect_fps: state.detect_fps,
        detector: state.detector.clone(),
        age,
    }
}

fn service_row(name: &'static str, instance: &str, word: &Word, now: Instant) -> ServiceRow {
    let age = now.duration_since(word.arrived);
    let status = match &word.heartbeat.degraded {
        _ if age > AWAY_AFTER => ServiceStatus::Offline,
        Some(reason) => ServiceStatus::Degraded(reason.clone()),
        None => ServiceStatus::Online,
    };
    ServiceRow { name, instance: instance.to_owned(), version: word.heartbeat.version.clone(), status, age }
}

#[cfg(test)]
mod tests;
