//! Says once a second that this node is there, what it runs and what it can tell apart.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use iris_bus::message::{DetectState, Heartbeat, ServiceState};
use iris_bus::{Bus, topic};
use iris_domain::{InstanceId, Timestamp};
use iris_inference::DetectorInfo;
use iris_runtime::Context;

use crate::gpu::GpuProbe;

/// Starts speaking.
pub fn start(context: &Context, bus: &Bus, instance: InstanceId, model: Arc<DetectorInfo>, runtime_version: String) {
    let (bus, version, bus_health) = (bus.clone(), context.service.version, context.health.component("bus"));
    let (started, gpu) = (Timestamp::from_system(SystemTime::now()), Arc::new(GpuProbe::new()));
    context.tasks.supervise("heartbeat", move |stop| {
        let (bus, instance, model, gpu) = (bus.clone(), instance.clone(), model.clone(), gpu.clone());
        let (runtime_version, bus_health) = (runtime_version.clone(), bus_health.clone());
        async move {
            let mut beat = tokio::time::interval(Duration::from_secs(1));
            while stop.run_until_cancelled(beat.tick()).await.is_some() {
                if bus.is_connected() {
                    bus_health.ready();
                } else {
                    bus_health.not_ready("the message bus is not reachable");
                }
                let state = DetectState {
                    model: model.name.clone(),
                    device: model.device.clone(),
                    providers: model.providers.clone(),
                    classes: model.classes.clone(),
                    runtime_version: runtime_version.clone(),
                    gpu: gpu.read(),
                };
                let heartbeat = Heartbeat {
                    instance: instance.clone(),
                    version: version.to_owned(),
                    at: Timestamp::from_system(SystemTime::now()),
                    started,
                    degraded: None,
                    state: ServiceState::Detect(state),
                };
                bus.publish(topic::HEARTBEAT, format_args!("detect.{instance}"), &heartbeat);
            }
            Ok(())
        }
    });
}
