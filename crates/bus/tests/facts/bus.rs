//! A server, connections to it, and crops to publish.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use iris_bus::message::{Crop, CropReason, CropView};
use iris_bus::{Bus, BusOptions, Job, Queue, Work, topic};
use iris_domain::{BBox, Class, Timestamp, TrackKey};
use iris_testkit::nats::NatsServer;
use iris_testkit::wait;
use uuid::Uuid;

/// Whatever the server is asked for comes in a fraction of this, on a machine that does other things too.
pub const SOON: Duration = Duration::from_secs(20);
/// Long enough to see that nothing comes: what comes at all comes in milliseconds.
pub const QUIET: Duration = Duration::from_millis(700);
/// Members of this group are soon taken for dead.
pub const HASTY: Queue<Crop> =
    Queue::new(topic::CROP, "hasty").given_again_after(Duration::from_secs(1)).unfinished_max(8);

pub async fn connect(nats: &NatsServer) -> anyhow::Result<Bus> {
    let bus = Bus::connect(&BusOptions { url: nats.url(), name: "test".to_owned() }).await?;
    connected(&bus).await?;
    Ok(bus)
}

pub async fn connected(bus: &Bus) -> anyhow::Result<()> {
    wait::until(SOON, "the bus", || async {
        ensure!(bus.is_connected());
        Ok(())
    })
    .await
}

/// The crop of a track of that number.
pub fn crop(number: u64, jpeg_bytes: usize) -> Crop {
    let bbox = BBox { x1: 0.1, y1: 0.1, x2: 0.5, y2: 0.9 };
    let mut jpeg = vec![0xff, 0xd8];
    jpeg.resize(jpeg_bytes.max(2), 0);
    let view = CropView {
        captured: Timestamp::EPOCH,
        bbox,
        inner: bbox,
        score: 0.9,
        reason: CropReason::Confirmed,
        overlap: 0.0,
        touches_edge: false,
        jpeg: Bytes::from(jpeg),
    };
    Crop {
        track: TrackKey { run: Uuid::nil(), number },
        sequence: 1,
        class: Class::person(),
        first_seen: Timestamp::EPOCH,
        last_seen: Timestamp::EPOCH,
        companions: Vec::new(),
        ended: false,
        source_generation: 1,
        faces_wanted: true,
        reid_wanted: true,
        view: Some(view),
    }
}

pub async fn publish(bus: &Bus, numbers: std::ops::Range<u64>, jpeg_bytes: usize) -> anyhow::Result<()> {
    let sent = futures::stream::iter(numbers).map(|number| async move {
        let crop = crop(number, jpeg_bytes);
        bus.publish_fact(topic::CROP, 1, &crop.id(), &crop).await
    });
    sent.buffer_unordered(64).try_collect::<()>().await.context("publish crops")
}

pub async fn next(work: &mut Work<Crop>) -> anyhow::Result<Job<Crop>> {
    tokio::time::timeout(SOON, work.next()).await.context("no job came")
}

/// The number of the next job's track; the job is done.
pub async fn do_next(work: &mut Work<Crop>) -> anyhow::Result<u64> {
    let job = next(work).await?;
    let number = job.fact.track.number;
    job.done().await;
    Ok(number)
}

pub async fn nothing_comes(work: &mut Work<Crop>) -> anyhow::Result<()> {
    match tokio::time::timeout(QUIET, work.next()).await {
        Ok(job) => anyhow::bail!("the crop of track {} came, attempt {}", job.fact.track.number, job.attempt),
        Err(_) => Ok(()),
    }
}
