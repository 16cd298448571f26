//! Says once a second that this node is there, what it runs and what it can tell apart.

use std::sync::Arc;

use iris_bus::message::{DetectState, ServiceState};
use iris_bus::pulse::BEAT_EVERY;
use iris_bus::{Bus, Pulse};
use iris_domain::InstanceId;
use iris_inference::DetectorInfo;
use iris_runtime::Context;

use crate::gpu::GpuProbe;

/// Starts speaking.
pub fn start(context: &Context, bus: &Bus, instance: InstanceId, model: Arc<DetectorInfo>, runtime_version: String) {
    let pulse = Pulse::new(bus, instance, context.service.version);
    let (bus, health, gpu) = (bus.clone(), context.health.component("bus"), Arc::new(GpuProbe::new()));
    context.tasks.supervise("heartbeat", move |stop| {
        let (pulse, bus, health, gpu) = (pulse.clone(), bus.clone(), health.clone(), gpu.clone());
        let (model, runtime_version) = (model.clone(), runtime_version.clone());
        async move {
            let mut beat = tokio::time::interval(BEAT_EVERY);
            while stop.run_until_cancelled(beat.tick()).await.is_some() {
                if bus.is_connected() {
                    health.ready()
                } else {
                    health.not_ready("the message bus is not reachable")
                }
                let state = DetectState {
                    model: model.name.clone(),
                    device: model.device.clone(),
                    providers: model.providers.clone(),
                    classes: model.classes.clone(),
                    runtime_version: runtime_version.clone(),
                    gpu: gpu.read(),
                };
                pulse.beat(ServiceState::Detect(state), None);
            }
            Ok(())
        }
    });
}
