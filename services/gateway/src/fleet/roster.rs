//! Who was heard when, and what they said last. Driven by [`super::Fleet`], which reads the clock; every age here is counted from
//! a message's arrival, so the senders' clocks may be wrong.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use iris_bus::message::{CameraPhase, CameraState, DetectState, Heartbeat, ServiceState};
use iris_domain::{CameraId, CameraReport, CameraWorker, Class, ConnectionPhase, Timestamp};

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
    pub fn observe(&mut self, heartbeat: Heartbeat, now: Instant) {
        match &heartbeat.state {
            ServiceState::Ingest(ingest) => {
                ingest.cameras.iter().for_each(|camera| self.note_frame(camera, heartbeat.at, now));
            }
            ServiceState::Detect(detect) => self.note_classes(detect),
            ServiceState::Recorder(_) => {}
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
            ServiceState::Ingest(ingest) => Some((word, ingest.cameras.iter().find(|state| state.camera == camera)?)),
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
mod tests {
    use super::*;
    use iris_bus::message::{IngestState, RecorderState};
    use iris_domain::{CameraStatus, InstanceId, camera_condition};

    const STALE: Duration = Duration::from_secs(30);

    fn camera(id: i64) -> CameraId {
        CameraId::new(id).unwrap()
    }

    fn heartbeat(instance: &str, state: ServiceState) -> Heartbeat {
        Heartbeat {
            instance: InstanceId::new(instance).unwrap(),
            version: "1.0.0".to_owned(),
            // A clock that was never set.
            at: Timestamp::from_millis(10_000).unwrap(),
            started: Timestamp::EPOCH,
            degraded: None,
            state,
        }
    }

    fn ingest(instance: &str, frame_ms: Option<i64>) -> Heartbeat {
        let state = CameraState {
            camera: camera(7),
            phase: CameraPhase::Online,
            detail: None,
            last_frame: frame_ms.and_then(Timestamp::from_millis),
            fps: 25.0,
            detect_fps: 5.0,
            detector: None,
        };
        heartbeat(instance, ServiceState::Ingest(IngestState { media_version: "7.1".to_owned(), cameras: vec![state] }))
    }

    fn detect(instance: &str, classes: &[&str]) -> Heartbeat {
        let state = DetectState {
            model: instance.to_owned(),
            device: "cpu".to_owned(),
            providers: Vec::new(),
            classes: classes.iter().map(|name| Class::new(name).unwrap()).collect(),
            runtime_version: "1.0".to_owned(),
            gpu: None,
        };
        heartbeat(instance, ServiceState::Detect(state))
    }

    fn status(roster: &Roster, now: Instant) -> (CameraStatus, Option<String>) {
        let condition = camera_condition(true, &roster.worker(camera(7), now), roster.last_seen(camera(7)), STALE);
        (condition.status, condition.detail)
    }

    #[test]
    fn ages_count_from_arrival_whatever_the_senders_clock_says() {
        let (mut roster, start) = (Roster::new(STALE), Instant::now());
        assert_eq!(roster.worker(camera(7), start), CameraWorker::NoIngest);
        for second in 0..100 {
            // The camera's clock is a day ahead, and runs.
            roster.observe(ingest("a", Some(86_400_000 + second * 1_000)), start + Duration::from_secs(second as u64));
        }
        let end = start + Duration::from_secs(99);
        assert_eq!(status(&roster, end), (CameraStatus::Online, None));
        assert_eq!(status(&roster, end + STALE).0, CameraStatus::Online);
        assert_eq!(status(&roster, end + STALE + Duration::from_millis(1)).0, CameraStatus::Offline);
    }

    #[test]
    fn a_worker_that_beats_without_pictures_is_offline_after_a_while() {
        let (mut roster, start) = (Roster::new(STALE), Instant::now());
        for second in 0..=31 {
            roster.observe(ingest("a", Some(9_000)), start + Duration::from_secs(second));
        }
        // The picture was 1 s old when it was first told of.
        let detail = |second| status(&roster, start + Duration::from_secs(second));
        assert_eq!(detail(29), (CameraStatus::Online, None));
        assert_eq!(detail(31), (CameraStatus::Offline, Some("no picture for 32 s".to_owned())));
    }

    #[test]
    fn the_newest_word_on_a_camera_counts() {
        let (mut roster, start) = (Roster::new(STALE), Instant::now());
        roster.observe(ingest("old", Some(1)), start);
        roster.observe(ingest("new", Some(2)), start + Duration::from_secs(9));
        assert_eq!(roster.node(camera(7), start + Duration::from_secs(9)).as_deref(), Some("new"));
        assert_eq!(roster.worker(camera(8), start + Duration::from_secs(9)), CameraWorker::Unowned);
        let later = start + Duration::from_secs(200);
        assert_eq!(roster.worker(camera(7), later), CameraWorker::NoIngest);
        assert_eq!(roster.last_seen(camera(7)), Timestamp::from_millis(2));
    }

    #[test]
    fn classes_are_everyones_and_remembered() {
        let (mut roster, start) = (Roster::new(STALE), Instant::now());
        roster.observe(detect("a", &["person", "car"]), start);
        roster.observe(detect("b", &["person", "dog"]), start + Duration::from_secs(1));
        let models = |now| roster.detectors(now).into_iter().map(|state| state.model).collect::<Vec<_>>();
        assert_eq!(models(start + Duration::from_secs(1)), ["b", "a"]);
        assert_eq!(models(start + Duration::from_secs(60)), [""; 0]);
        assert_eq!(roster.classes(), ["car", "dog", "person"].map(|name| Class::new(name).unwrap()));
    }

    #[test]
    fn services_go_away_after_seconds_and_are_forgotten_after_a_minute() {
        let (mut roster, start) = (Roster::new(STALE), Instant::now());
        assert_eq!(roster.away(start), ["ingest", "detect", "recorder"]);
        let recorder = RecorderState { events_open: 0, clips_pending: 0, disk_free_bytes: 0, library_bytes: 0 };
        let full = Heartbeat {
            degraded: Some("the disk is full".to_owned()),
            ..heartbeat("r", ServiceState::Recorder(recorder))
        };
        roster.observe(full, start);
        roster.observe(ingest("i", None), start + Duration::from_secs(3));
        let rows = |seconds| {
            let rows = roster.services(start + Duration::from_secs(seconds));
            rows.into_iter().map(|row| (row.name, row.status.as_str())).collect::<Vec<_>>()
        };
        assert_eq!(rows(4), [("ingest", "online"), ("recorder", "degraded")]);
        assert_eq!(rows(6), [("ingest", "online"), ("recorder", "offline")]);
        assert_eq!(rows(62), [("ingest", "offline")]);
        assert_eq!(roster.away(start + Duration::from_secs(6)), ["detect", "recorder"]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut roster, start) = (Roster::new(STALE), Instant::now());
        for number in 0..INSTANCES_MAX + 10 {
            roster.observe(detect(&format!("d{number}"), &["person"]), start);
        }
        assert_eq!(roster.services(start).len(), INSTANCES_MAX);
    }
}
