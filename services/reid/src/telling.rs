//! Publishes facts for as long as it takes: whoever waits here holds the job that the fact comes of, so nothing is lost meanwhile.

use std::time::Duration;

use iris_bus::topic::Fact;
use iris_bus::{Bus, Message};
use iris_domain::CameraId;
use tracing::warn;

/// Pause before a fact is published again.
const PAUSE: Duration = Duration::from_millis(500);

/// Publishes a fact; the same id again is the same fact.
pub async fn publish<M: Message>(bus: &Bus, topic: Fact<M>, camera: CameraId, id: &str, fact: &M) {
    let mut warned = false;
    while let Err(error) = bus.publish_fact(topic, camera, id, fact).await {
        if !std::mem::replace(&mut warned, true) {
            warn!(camera.id = %camera, "a fact waits until the bus takes it: {error}");
        }
        // The server may have lost the stream with its store; should this fail too, the next try makes it good.
        let _not_yet = bus.prepare_facts().await;
        tokio::time::sleep(PAUSE).await;
    }
}
