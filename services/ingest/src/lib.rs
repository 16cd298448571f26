//! The ingest service. It owns cameras by lease: opens each stream once for everyone, writes segments, decodes what somebody needs,
//! sends pictures to the detection nodes, follows what they find, cuts full-resolution crops of it for re-ID, and draws the live
//! picture, with names, while it is watched.
//!
//! Recording waits for nothing but the camera and the disk: one thread per camera reads and writes, and shares with the rest only a
//! bounded channel that it never waits for.

mod buffer;
mod camera;
mod config;
mod heartbeat;
mod names;
mod outbox;
mod ownership;
mod peers;
mod wanted;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use iris_bus::{Bus, BusOptions};
use iris_domain::{CellId, InstanceId};
use iris_runtime::Context;

pub use config::IngestSettings;

/// What every part of this service needs; clones share it.
#[derive(Clone)]
struct Deps {
    settings: Arc<IngestSettings>,
    bus: Bus,
    instance: InstanceId,
    cell: CellId,
    folders: buffer::Folders,
    detectors: peers::DetectorPresence,
    names: names::Names,
    outbox: outbox::Outbox,
}

/// How long the last crops may take to reach the bus when the process stops.
const LAST_CROPS_PATIENCE: Duration = Duration::from_secs(2);

/// Runs the service until the context says stop.
///
/// # Errors
/// When the data folder cannot be used or the bus's address is none.
pub async fn run(settings: IngestSettings, context: Context) -> anyhow::Result<()> {
    let instance = InstanceId::new(context.instance.clone()).context("the instance's name is no plain name")?;
    let folders = buffer::Folders::open(&context.common.data_dir)?;
    let cell = iris_runtime::cell_name(&context.common.data_dir).context("read the name of the data folder")?;
    let cell =
        CellId::new(&cell).context("the data folder's file `cell` holds no name; remove it while nothing runs")?;
    let name = format!("ingest {instance}");
    let bus = Bus::connect(&BusOptions { url: context.common.nats_url.expose().to_owned(), name }).await?;
    let deps = Deps {
        settings: Arc::new(settings),
        bus,
        instance,
        cell,
        folders,
        detectors: peers::DetectorPresence::default(),
        names: names::Names::default(),
        outbox: outbox::Outbox::default(),
    };

    let wanted = wanted::follow(&context.tasks, &deps)?;
    let peers = peers::follow(&context.tasks, &deps);
    let states = heartbeat::States::default();
    heartbeat::start(&context, &deps, states.clone());
    names::follow(&context.tasks, &deps, &states);
    deps.outbox.start(&context.tasks, &deps.bus);
    let (outbox, bus) = (deps.outbox.clone(), deps.bus.clone());
    ownership::run(&context, deps, wanted, peers, states).await;
    outbox.empty(&bus, LAST_CROPS_PATIENCE).await;
    Ok(())
}
