//! Says once a second that this process is there and how its cameras fare.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use iris_bus::message::{CameraState, Heartbeat, IngestState, ServiceState};
use iris_bus::topic;
use iris_domain::{CameraId, Timestamp};
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

    fn snapshot(&self) -> Vec<CameraState> {
        self.0.lock().iter().map(|(camera, status)| status.snapshot(*camera)).collect()
    }
}

/// Starts speaking.
pub fn start(context: &Context, deps: &Deps, states: States) {
    let (deps, version, bus_health) = (deps.clone(), context.service.version, context.health.component("bus"));
    let started = Timestamp::from_system(SystemTime::now());
    context.tasks.supervise("heartbeat", move |stop| {
        let (deps, states, bus_health) = (deps.clone(), states.clone(), bus_health.clone());
        async move {
            let mut beat = tokio::time::interval(Duration::from_secs(1));
            while stop.run_until_cancelled(beat.tick()).await.is_some() {
                let connected = deps.bus.is_connected();
                if connected {
                    bus_health.ready()
                } else {
                    bus_health.not_ready("the message bus is not reachable")
                }
                let state = IngestState { media_version: iris_media::versions(), cameras: states.snapshot() };
                let heartbeat = Heartbeat {
                    instance: deps.instance.clone(),
                    version: version.to_owned(),
                    at: Timestamp::from_system(SystemTime::now()),
                    started,
                    degraded: None,
                    state: ServiceState::Ingest(state),
                };
                deps.bus.publish(topic::HEARTBEAT, format_args!("ingest.{}", deps.instance), &heartbeat);
            }
            Ok(())
        }
    });
}
