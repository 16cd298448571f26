//! What the recorder tells of its events, and how soon. A fact is told once the row is written.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use futures::StreamExt as _;
use iris_bus::message::EventChange;
use iris_bus::topic;
use iris_domain::{CameraId, Timestamp};
use tokio::task::JoinSet;

use super::plan::Visit;
use crate::rig;

/// When the event of a camera, which has one at most, came how far.
type Times = Arc<Mutex<HashMap<(CameraId, EventChange), Timestamp>>>;

/// What was told so far. It listens as long as it lives.
pub struct Told {
    times: Times,
    _listening: JoinSet<()>,
}

/// Delays in seconds.
pub struct Delays {
    /// From the picture that opens a presence to its row.
    pub opened: Vec<f64>,
    /// From the picture that ends it.
    pub closed: Vec<f64>,
    /// From the segment that completes its clip to the clip.
    pub ready: Vec<f64>,
}

impl Told {
    /// Listens from now on.
    pub async fn follow(nats: &str) -> anyhow::Result<Self> {
        let bus = rig::connect(nats).await?;
        let mut facts = bus.new_facts(topic::EVENT).await.context("follow the events")?;
        let (times, mut listening) = (Times::default(), JoinSet::new());
        let heard = times.clone();
        listening.spawn(async move {
            while let Some((key, fact)) = facts.next().await {
                let Ok(camera) = key.parse() else { continue };
                let mut times = heard.lock().unwrap_or_else(PoisonError::into_inner);
                times.entry((camera, fact.change)).or_insert_with(rig::now);
            }
        });
        Ok(Self { times, _listening: listening })
    }

    /// How soon what was told came after what caused it. `began` is when the play did.
    pub fn delays(&self, visits: &[Visit], began: Timestamp) -> Delays {
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let after = |change: EventChange, cause: fn(&Visit) -> Duration| {
            let delay =
                |visit: &Visit| Some(times.get(&(visit.camera, change))?.seconds_since(began.plus(cause(visit))));
            visits.iter().filter_map(delay).collect()
        };
        Delays {
            opened: after(EventChange::Opened, Visit::opens),
            closed: after(EventChange::Closed, Visit::closes),
            ready: after(EventChange::ClipReady, Visit::clip_is_recorded),
        }
    }
}
