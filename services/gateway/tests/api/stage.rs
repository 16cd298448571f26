//! A gateway for the tests of what is live: its world, a client without a limit on how long a stream lasts, and the bus.

use std::net::SocketAddr;

use iris_bus::Bus;
use iris_gateway::GatewaySettings;
use iris_testkit::api::Api;

use crate::support::{KEY, World, id_of};

/// A running gateway, the bus that it uses, and a client.
pub struct Stage {
    pub world: World,
    pub bus: Bus,
    pub api: Api,
}

impl Stage {
    /// With the settings that most tests want.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With settings of the test's own.
    pub async fn start_with(configure: impl FnOnce(&mut GatewaySettings)) -> Self {
        let world = World::start_with(configure).await;
        let (bus, api) = (world.bus().await, Api::new(&world.gateway.base, KEY).unwrap());
        Self { world, bus, api }
    }

    /// Enters a camera and returns its id.
    pub async fn camera(&self, name: &str) -> i64 {
        id_of(&self.world.gateway.camera(name).await)
    }

    /// Where the gateway listens.
    pub fn address(&self) -> SocketAddr {
        self.world.gateway.base.strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// Stops the gateway as a signal would.
    pub async fn stop(&self) {
        self.world.gateway.stop().await;
    }
}
