//! One camera: what runs for it and what its parts share.
//!
//! Three threads and four tasks. `capture` reads and records and never waits for the others; `pictures` decodes, sends pictures to
//! detection and draws live ones; `analysis` takes detections back, follows, and says what to cut out for re-ID; `cutter` cuts it; two
//! tasks answer asks; one keeps the buffer's age.
//!
//! Full-resolution pictures are held by reference: the newest, those that are out for detection (`frames_in_flight`), and those that
//! wait to be cut ([`cutter::WAITING_MAX`] and the one being cut): eight by default, 25 MB of a camera with 1080 lines.

mod analysis;
mod asks;
mod capture;
mod cropping;
mod cutter;
mod detecting;
mod live;
mod overlays;
mod pictures;
mod status;

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use iris_bus::message::WantedCamera;
use iris_domain::decode_plan::PictureDemand;
use iris_domain::{CameraId, Timestamp};
use iris_media::{Overlay, StopFlag};
use iris_runtime::Tasks;
use parking_lot::Mutex;

pub use status::CameraStatus;

use crate::Deps;
use crate::buffer::Buffer;
use detecting::Detecting;
use live::Live;
use pictures::Job;

/// Coded pictures and sound waiting to be decoded: about 2 s of a camera at 30 pictures a second. When it is full, decoding has fallen
/// behind; what follows is dropped up to the next key frame, and recording goes on.
const JOBS_WAITING_MAX: usize = 64;
/// How long a camera may take to stop before its tasks are aborted.
const STOP_PATIENCE: Duration = Duration::from_secs(5);
/// How often the buffer's age is looked at.
const EXPIRE_EVERY: Duration = Duration::from_secs(5);

/// What the parts of one camera share.
struct Camera {
    id: CameraId,
    deps: Deps,
    buffer: Buffer,
    status: Arc<CameraStatus>,
    detecting: Mutex<Detecting>,
    live: Live,
    jobs: SyncSender<Job>,
    cuts: SyncSender<cutter::Job>,
}

impl Camera {
    /// Who needs pictures now.
    fn demand(&self) -> PictureDemand {
        let detection = self.deps.detectors.any().then(|| self.detecting.lock().interval());
        PictureDemand { detection, live: self.live.interval() }
    }

    /// What to draw on a picture.
    fn overlays_for(&self, captured: Timestamp) -> Vec<Overlay> {
        self.live.overlays_for(captured, &self.deps.names)
    }
}

/// A running camera.
pub struct CameraWorker {
    camera: Arc<Camera>,
    tasks: Tasks,
    stop: StopFlag,
}

impl CameraWorker {
    /// Opens the buffer and starts everything. Connecting happens in the background.
    pub fn start(tasks: &Tasks, deps: &Deps, wanted: &WantedCamera) -> anyhow::Result<Self> {
        let buffer = Buffer::open(&deps.folders, wanted.id, wanted.source_generation)?;
        let (jobs, waiting) = std::sync::mpsc::sync_channel(JOBS_WAITING_MAX);
        let (cuts, to_cut) = std::sync::mpsc::sync_channel(cutter::WAITING_MAX);
        let camera = Arc::new(Camera {
            id: wanted.id,
            deps: deps.clone(),
            buffer,
            status: Arc::default(),
            detecting: Mutex::new(Detecting::new(wanted, &deps.settings)),
            live: Live::default(),
            jobs,
            cuts,
        });
        let (tasks, stop) = (tasks.child(), StopFlag::new());
        let worker = Self { camera: camera.clone(), tasks, stop };
        let id = wanted.id;
        let capture = capture::Capture::new(camera.clone(), wanted, worker.stop.clone(), worker.tasks.token().clone());
        worker.tasks.spawn_blocking_thread(format!("capture {id}"), move || capture.run()).context("start capture")?;
        let pictures = pictures::Pictures::new(camera.clone());
        let stop = worker.stop.clone();
        let decode = move || pictures.run(&waiting, &stop);
        worker.tasks.spawn_blocking_thread(format!("pictures {id}"), decode).context("start decoding")?;
        let cutter = cutter::Cutter::new(camera.clone());
        let stop = worker.stop.clone();
        let cut = move || cutter.run(&to_cut, &stop);
        worker.tasks.spawn_blocking_thread(format!("crops {id}"), cut).context("start cutting crops")?;
        worker.start_tasks();
        Ok(worker)
    }

    fn start_tasks(&self) {
        let id = self.camera.id;
        let camera = self.camera.clone();
        self.tasks.supervise(format!("analysis {id}"), move |stop| analysis::run(camera.clone(), stop));
        let camera = self.camera.clone();
        self.tasks.supervise(format!("asks for live {id}"), move |stop| asks::answer_live(camera.clone(), stop));
        let camera = self.camera.clone();
        self.tasks.supervise(format!("asks for media {id}"), move |stop| asks::answer_media(camera.clone(), stop));
        let camera = self.camera.clone();
        self.tasks.supervise(format!("buffer {id}"), move |stop| {
            let camera = camera.clone();
            async move {
                let mut look = tokio::time::interval(EXPIRE_EVERY);
                while stop.run_until_cancelled(look.tick()).await.is_some() {
                    let age = Duration::from_secs(camera.deps.settings.segment_retention_seconds);
                    camera.buffer.expire(Timestamp::from_system(SystemTime::now()).minus(age))?;
                }
                Ok(())
            }
        });
    }

    /// How the camera fares.
    pub fn status(&self) -> Arc<CameraStatus> {
        self.camera.status.clone()
    }

    /// Takes over another tuning; the connection and the buffer go on.
    pub fn retune(&self, wanted: &WantedCamera) {
        self.camera.detecting.lock().retune(wanted);
    }

    /// Stops everything; the open segment is closed.
    pub async fn stop(self) {
        self.stop.stop();
        if let Err(late) = self.tasks.drain(STOP_PATIENCE).await {
            tracing::warn!(camera.id = %self.camera.id, "camera {} stopped late: {late}", self.camera.id);
        }
        analysis::say_last(&self.camera);
    }
}
