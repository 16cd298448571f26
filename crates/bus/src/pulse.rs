//! The heartbeat of a service: who it is, said once a second with how it fares.

use std::time::{Duration, SystemTime};

use iris_domain::{InstanceId, Timestamp};

use crate::message::{Heartbeat, ServiceState};
use crate::{Bus, topic};

/// How often a service speaks.
pub const BEAT_EVERY: Duration = Duration::from_secs(1);

/// Speaks for one process.
#[derive(Debug, Clone)]
pub struct Pulse {
    bus: Bus,
    instance: InstanceId,
    version: &'static str,
    started: Timestamp,
}

impl Pulse {
    /// For a process that starts now.
    pub fn new(bus: &Bus, instance: InstanceId, version: &'static str) -> Self {
        Self { bus: bus.clone(), instance, version, started: Timestamp::from_system(SystemTime::now()) }
    }

    /// Says once that the process is there. `degraded` tells what keeps it from its work.
    pub fn beat(&self, state: ServiceState, degraded: Option<String>) {
        let key = format!("{}.{}", state.service(), self.instance);
        let heartbeat = Heartbeat {
            instance: self.instance.clone(),
            version: self.version.to_owned(),
            at: Timestamp::from_system(SystemTime::now()),
            started: self.started,
            degraded,
            state,
        };
        self.bus.publish(topic::HEARTBEAT, key, &heartbeat);
    }
}
