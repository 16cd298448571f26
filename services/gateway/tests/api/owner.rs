//! Ingest's and the recorder's side of one camera, played by the test over the real bus.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use iris_bus::message::{
    CameraPhase, CameraState, ClipReply, ClipRequest, Heartbeat, IngestState, LivePicture, LiveReply, LiveRequest,
    MediaReply, MediaRequest, ServiceState,
};
use iris_bus::{Bus, topic};
use iris_domain::{CameraId, CellId, InstanceId, SegmentName, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Whoever answers for one camera; gone when dropped.
pub struct Owner {
    bus: Bus,
    camera: CameraId,
    shared: Arc<Shared>,
    watches: watch::Receiver<Vec<(Instant, f32)>>,
    lists: watch::Receiver<u32>,
    _answering: JoinSet<()>,
}

#[derive(Default)]
struct Shared {
    snapshot: Mutex<Option<LivePicture>>,
    segments: Mutex<BTreeMap<u64, (SegmentName, Bytes)>>,
}

impl Owner {
    /// Answers for `camera` from now on.
    pub async fn of(bus: &Bus, camera: i64) -> Self {
        let camera = CameraId::new(camera).unwrap();
        let shared = Arc::new(Shared::default());
        let (watched, watches) = watch::channel(Vec::new());
        let (listed, lists) = watch::channel(0);
        let mut answering = JoinSet::new();
        let mut live = bus.questions(topic::ASK_LIVE, camera).await.unwrap();
        let known = shared.clone();
        answering.spawn(async move {
            while let Some(question) = live.next().await {
                let picture = match question.body {
                    LiveRequest::Watch { fps } => {
                        watched.send_modify(|watches| watches.push((Instant::now(), fps)));
                        None
                    }
                    LiveRequest::Snapshot => known.snapshot.lock().unwrap().clone(),
                };
                question.answer(&LiveReply { picture }).await;
            }
        });
        let mut media = bus.questions(topic::ASK_MEDIA, camera).await.unwrap();
        let known = shared.clone();
        answering.spawn(async move {
            while let Some(question) = media.next().await {
                if matches!(question.body, MediaRequest::List { .. }) {
                    listed.send_modify(|lists| *lists += 1);
                }
                let reply = answer_media(&known.segments.lock().unwrap(), question.body);
                question.answer(&reply).await;
            }
        });
        settled(bus).await;
        Self { bus: bus.clone(), camera, shared, watches, lists, _answering: answering }
    }

    /// Sends a picture to whoever watches.
    pub fn show(&self, picture: &LivePicture) {
        self.bus.publish(topic::LIVE, self.camera, picture);
    }

    /// What a snapshot is answered with.
    pub fn keep(&self, picture: LivePicture) {
        *self.shared.snapshot.lock().unwrap() = Some(picture);
    }

    /// Adds a segment to the buffer.
    pub fn buffer(&self, segment: SegmentName, bytes: impl Into<Bytes>) {
        self.shared.segments.lock().unwrap().insert(segment.sequence, (segment, bytes.into()));
    }

    /// The wishes to watch that came so far, each with its arrival.
    pub fn watches(&self) -> watch::Receiver<Vec<(Instant, f32)>> {
        self.watches.clone()
    }

    /// How often the segments were listed so far.
    pub fn lists(&self) -> watch::Receiver<u32> {
        self.lists.clone()
    }
}

fn answer_media(segments: &BTreeMap<u64, (SegmentName, Bytes)>, request: MediaRequest) -> MediaReply {
    match request {
        MediaRequest::List { newest } => {
            let skipped = segments.len().saturating_sub(newest as usize);
            MediaReply::Segments(segments.values().skip(skipped).map(|(name, _)| *name).collect())
        }
        MediaRequest::Read { sequence, offset, length } => match segments.get(&sequence) {
            Some((_, bytes)) => {
                let start = bytes.len().min(offset as usize);
                let end = bytes.len().min(start + length as usize);
                MediaReply::Piece { total_bytes: bytes.len() as u64, data: bytes.slice(start..end) }
            }
            None => MediaReply::NoSuchSegment,
        },
    }
}

/// The cell of every camera here.
pub const CELL: &str = "cell-1";

/// What the ingest process says that has an online camera.
pub fn heartbeat(camera: i64) -> Heartbeat {
    let state = CameraState {
        camera: CameraId::new(camera).unwrap(),
        phase: CameraPhase::Online,
        detail: None,
        last_frame: Some(now()),
        online_since: Some(now()),
        fps: 25.0,
        detect_fps: 5.0,
        detector: Some("tiny@cpu".to_owned()),
    };
    let cell = CellId::new(CELL).unwrap();
    Heartbeat {
        instance: InstanceId::new("i1").unwrap(),
        version: "1.0".to_owned(),
        at: now(),
        started: now(),
        degraded: None,
        state: ServiceState::Ingest(IngestState { media_version: "7.1".to_owned(), cameras: vec![state], cell }),
    }
}

/// Answers the next manual clip of any camera with `reply`, and returns what was asked.
pub async fn record_once(bus: &Bus, reply: ClipReply) -> JoinSet<ClipRequest> {
    let mut questions = bus.questions(topic::ASK_CLIP, format!("{CELL}.*")).await.unwrap();
    settled(bus).await;
    let mut recorder = JoinSet::new();
    recorder.spawn(async move {
        let question = questions.next().await.unwrap();
        let request = question.body;
        question.answer(&reply).await;
        request
    });
    recorder
}

/// Returns when the server knows of every subscription made so far: it answers in order.
async fn settled(bus: &Bus) {
    bus.leases().await.unwrap();
}

/// A picture filmed now; its bytes only have to be told apart.
pub fn picture(jpeg: impl Into<Bytes>) -> LivePicture {
    LivePicture { captured: now(), width: 16, height: 9, jpeg: jpeg.into() }
}

/// The wall clock's time.
pub fn now() -> Timestamp {
    Timestamp::from_system(std::time::SystemTime::now())
}
