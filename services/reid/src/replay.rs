//! The leader's decisions on footage of another time, as fast as the machine can: the same code with the same database, gallery and
//! bus, but by the footage's clock and without the loop that waits for the bus. Driven by evaluations.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::Context as _;
use iris_bus::message::ObservationFact;
use iris_domain::{InstanceId, Timestamp};
use iris_runtime::Context;
use iris_store::Store;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::leader::{Mind, tidy_up};
use crate::{Deps, NetworkScales, ReidSettings};

/// A leader that is handed its observations.
pub struct Replay {
    deps: Deps,
    mind: Mind,
    clock: Arc<AtomicI64>,
}

impl Replay {
    /// Leads over a migrated database, with what comes from networks that say `networks` of themselves.
    ///
    /// # Errors
    /// An address in the settings is none, or the database refuses.
    pub async fn open(settings: &ReidSettings, networks: NetworkScales, context: &Context) -> anyhow::Result<Self> {
        let instance = InstanceId::new(context.instance.clone()).context("the instance's name is no plain name")?;
        let clock = Arc::new(AtomicI64::new(0));
        let deps = Deps::open(settings, networks, context, instance).await?;
        let deps = Deps { clock: Clock::Replay(clock.clone()), ..deps };
        let (people_changed, _) = watch::channel(0);
        let mind = Mind::load(&deps, people_changed).await?;
        Ok(Self { deps, mind, clock })
    }

    /// What was decided is written here.
    pub fn store(&self) -> &Store {
        &self.deps.store
    }

    /// Takes in what came up to this moment, and looks after tracks whose patience has ended.
    ///
    /// # Errors
    /// The database or the gallery refuses.
    pub async fn observe(&mut self, facts: &[ObservationFact], now: Timestamp) -> anyhow::Result<()> {
        self.clock.store(now.as_millis(), Ordering::Relaxed);
        self.mind.catch_up(&[]).await?;
        self.mind.take_in(facts).await?;
        self.mind.tick().await
    }

    /// Merges unnamed identities that have turned out to be one, as is done each minute.
    ///
    /// # Errors
    /// The database refuses.
    pub async fn tidy_up(&mut self) -> anyhow::Result<()> {
        tidy_up(&self.deps).await
    }
}
