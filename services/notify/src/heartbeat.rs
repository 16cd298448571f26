//! Says once a second that this process is there, and what keeps it from its work.

use iris_bus::Pulse;
use iris_bus::message::ServiceState;
use iris_bus::pulse::BEAT_EVERY;
use iris_domain::InstanceId;
use iris_runtime::Context;

use crate::Deps;

/// Starts speaking.
pub fn start(context: &Context, deps: &Deps, instance: InstanceId) {
    let pulse = Pulse::new(&deps.bus, instance, context.service.version);
    let health = context.health.clone();
    context.tasks.supervise("heartbeat", move |stop| {
        let (pulse, health) = (pulse.clone(), health.clone());
        async move {
            let mut beat = tokio::time::interval(BEAT_EVERY);
            while stop.run_until_cancelled(beat.tick()).await.is_some() {
                let not_ready = health.not_ready();
                let degraded: Vec<String> =
                    not_ready.iter().map(|(name, reason)| format!("{name}: {reason}")).collect();
                pulse.beat(ServiceState::Notify, (!degraded.is_empty()).then(|| degraded.join("; ")));
            }
            Ok(())
        }
    });
}
