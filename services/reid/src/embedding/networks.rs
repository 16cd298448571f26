//! The thread that runs the networks, and the way to it.

use std::time::Instant;

use bytes::Bytes;
use iris_bus::message::{Crop, EmbedReply, ObservationFact};
use iris_domain::CameraId;
use iris_inference::InferenceError;
use iris_runtime::{CancellationToken, Tasks, Thread};
use tokio::sync::{mpsc, oneshot};

use super::look::Looker;

/// Crops and photos waiting for the thread: it is never idle while there is work, and a photo, for which a person waits, is not
/// far behind. When it is full, whoever wants more waits.
const WAITING_MAX: usize = 4;

enum Request {
    Crop { camera: CameraId, crop: Crop, answer: oneshot::Sender<Result<Option<ObservationFact>, InferenceError>> },
    Photo { jpeg: Bytes, answer: oneshot::Sender<Result<EmbedReply, InferenceError>> },
}

/// Nothing was seen.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// A network or its device failed.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// The thread has ended.
    #[error("the networks' thread ended")]
    Gone,
}

/// The way to the networks. Clones lead to the same thread.
#[derive(Clone)]
pub struct Networks {
    requests: mpsc::Sender<Request>,
    gone: CancellationToken,
}

impl Networks {
    /// Starts the thread; it ends when every clone of the way to it is gone.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(tasks: &Tasks, looker: Looker) -> std::io::Result<(Self, Thread<()>)> {
        let (requests, received) = mpsc::channel(WAITING_MAX);
        let gone = CancellationToken::new();
        let guard = gone.clone().drop_guard();
        let thread = tasks.spawn_blocking_thread("networks", move || {
            // However the thread ends, those who wait for it learn of it.
            let _gone = guard;
            run(looker, received);
        })?;
        Ok((Self { requests, gone }, thread))
    }

    /// Cancelled when the thread has ended.
    pub fn gone(&self) -> &CancellationToken {
        &self.gone
    }

    /// What a crop says; `None` when nobody would learn anything from it.
    ///
    /// # Errors
    /// A network failed, or the thread is gone.
    pub async fn crop(&self, camera: CameraId, crop: Crop) -> Result<Option<ObservationFact>, LookError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Request::Crop { camera, crop, answer }, answered).await
    }

    /// What a photo says.
    ///
    /// # Errors
    /// A network failed, or the thread is gone.
    pub async fn photo(&self, jpeg: Bytes) -> Result<EmbedReply, LookError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Request::Photo { jpeg, answer }, answered).await
    }

    async fn ask<T>(
        &self,
        request: Request,
        answered: oneshot::Receiver<Result<T, InferenceError>>,
    ) -> Result<T, LookError> {
        self.requests.send(request).await.map_err(|_| LookError::Gone)?;
        Ok(answered.await.map_err(|_| LookError::Gone)??)
    }
}

fn run(mut looker: Looker, mut requests: mpsc::Receiver<Request>) {
    while let Some(request) = requests.blocking_recv() {
        let began = Instant::now();
        // Whoever asked may have stopped waiting; then nobody wants the answer.
        let what = match request {
            Request::Crop { camera, crop, answer } => {
                let _unwanted = answer.send(looker.crop(camera, &crop));
                "crop"
            }
            Request::Photo { jpeg, answer } => {
                let _unwanted = answer.send(looker.photo(&jpeg));
                "photo"
            }
        };
        metrics::histogram!("iris_reid_look_seconds", "what" => what).record(began.elapsed().as_secs_f64());
    }
}
