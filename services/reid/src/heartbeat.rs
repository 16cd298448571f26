//! Says once a second that this node is there, what it runs, whether it leads, and what keeps it from its work.

use iris_bus::Pulse;
use iris_bus::message::{ReidState, ServiceState};
use iris_bus::pulse::BEAT_EVERY;
use iris_runtime::Context;

use crate::Deps;
use crate::models::Described;

/// Starts speaking.
pub fn start(context: &Context, deps: &Deps, described: Described) {
    let pulse = Pulse::new(&deps.bus, deps.instance.clone(), context.service.version);
    let (deps, health, bus) = (deps.clone(), context.health.clone(), context.health.component("bus"));
    context.tasks.supervise("heartbeat", move |stop| {
        let (pulse, deps, health, bus) = (pulse.clone(), deps.clone(), health.clone(), bus.clone());
        let described = described.clone();
        async move {
            let mut beat = tokio::time::interval(BEAT_EVERY);
            while stop.run_until_cancelled(beat.tick()).await.is_some() {
                if deps.bus.is_connected() {
                    bus.ready();
                } else {
                    bus.not_ready("the message bus is not reachable");
                }
                let not_ready = health.not_ready();
                let degraded: Vec<String> =
                    not_ready.iter().map(|(name, reason)| format!("{name}: {reason}")).collect();
                let degraded = (!degraded.is_empty()).then(|| degraded.join("; "));
                pulse.beat(ServiceState::Reid(state(&deps, &described)), degraded);
            }
            Ok(())
        }
    });
}

fn state(deps: &Deps, described: &Described) -> ReidState {
    let Described { face_detector, face_recognizer, embedder, device, refusal } = described.clone();
    let (faces_indexed, bodies_indexed) = deps.status.indexed();
    ReidState {
        leader: deps.status.leads(),
        face_detector,
        face_recognizer,
        embedder,
        device,
        gallery: deps.gallery_kind,
        faces_indexed,
        bodies_indexed,
        waiting: deps.status.waiting(),
        refusal,
        face_join: deps.rules.face_join,
        body_join: deps.rules.body_join,
    }
}
