//! Says once a second that this process is there and how its cameras fare.

use std::collections::BTreeMap;
use std::sync::Arc;

use iris_bus::Pulse;
use iris_bus::message::{CameraState, IngestState, ServiceState};
use iris_bus::pulse::BEAT_EVERY;
use iris_domain::CameraId;
use iris_runtime::Context;
use parking_lot::Mutex;

use crate::Deps;
use crate::camera::CameraStatus;

/// The states of the cameras owned here. Clones share them.
#[derive(Clone, Default)]
pub struct States(Arc<Mutex<BTreeMap<CameraId, Arc<CameraStatus>>>>);

impl States {
    /// Shows a camera.
    pub fn insert(&self, camera: CameraId, status: Arc<CameraStatus>) {
        self.0.lock().insert(camera, status);
    }

    /// Shows it no more.
    pub fn remove(&self, camera: CameraId) {
        self.0.lock().remove(&camera);
    }

    /// Whether a camera is shown.
    pub fn has(&self, camera: CameraId) -> bool {
        self.0.lock().contains_key(&camera)
    }

    fn snapshot(&self) -> Vec<CameraState> {
        self.0.lock().iter().map(|(camera, status)| status.snapshot(*camera)).collect()
    }
}

/// Starts speaking.
pub fn start(context: &Context, deps: &Deps, states: States) {
    let pulse = Pulse::new(&deps.bus, deps.instance.clone(), context.service.version);
    let (bus, health, cell) = (deps.bus.clone(), context.health.component("bus"), deps.cell.clone());
    context.tasks.supervise("heartbeat", move |stop| {
        let (pulse, bus, health, states) = (pulse.clone(), bus.clone(), health.clone(), states.clone());
        let cell = cell.clone();
        async move {
            let mut beat = tokio::time::interval(BEAT_EVERY);
            while stop.run_until_cancelled(beat.tick()).await.is_some() {
                if bus.is_connected() {
                    health.ready()
                } else {
                    health.not_ready("the message bus is not reachable")
                }
                let (media_version, cameras) = (iris_media::versions(), states.snapshot());
                let state = IngestState { media_version, cameras, cell: cell.clone() };
                pulse.beat(ServiceState::Ingest(state), None);
            }
            Ok(())
        }
    });
}
