//! Crops on their way to the bus: kept until the server has them, within bounds of memory and time. Filled by the cameras' cutting
//! threads, emptied by one task; whoever fills it never waits.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use iris_bus::message::Crop;
use iris_bus::{Bus, topic};
use iris_domain::CameraId;
use iris_runtime::{CancellationToken, Tasks, TraceContext};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tracing::{Instrument, debug_span};

/// Pictures of all cameras of this process waiting at most, in bytes: some six hundred crops of 100 KB, a minute of a busy plant.
const BYTES_MAX: usize = 64 << 20;
/// Crops waiting at most; those without a picture weigh nothing, and yet there must be an end.
const CROPS_MAX: usize = 4096;
/// A picture that waited longer is not sent any more: the bus was away for so long that who was there is told by newer ones.
const KEPT: Duration = Duration::from_secs(5 * 60);
/// Pause before the server is asked again. It is back within seconds, if at all.
const PAUSE: Duration = Duration::from_millis(500);

/// What waits; clones share it.
#[derive(Clone, Default)]
pub struct Outbox(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    filled: Notify,
}

#[derive(Default)]
struct Waiting {
    /// Oldest first.
    crops: VecDeque<Entry>,
    bytes: usize,
    next_number: u64,
}

#[derive(Clone)]
struct Entry {
    /// Finds it again after it was sent.
    number: u64,
    camera: CameraId,
    crop: Crop,
    since: Instant,
    trace: TraceContext,
}

impl Outbox {
    /// Hands a crop on. When there is no room, the oldest pictures go first: they are replaceable, the end of a track is not.
    pub fn push(&self, camera: CameraId, crop: Crop) {
        let mut waiting = self.0.waiting.lock();
        waiting.push(camera, crop, Instant::now());
        metrics::gauge!("iris_ingest_crops_waiting").set(waiting.crops.len() as f64);
        drop(waiting);
        self.0.filled.notify_one();
    }

    /// Publishes what comes until told to stop.
    pub fn start(&self, tasks: &Tasks, bus: &Bus) {
        let (outbox, bus) = (self.clone(), bus.clone());
        tasks.supervise("crops", move |stop| {
            let (outbox, bus) = (outbox.clone(), bus.clone());
            async move {
                stop.run_until_cancelled(outbox.publish_forever(&bus, &stop)).await;
                Ok(())
            }
        });
    }

    /// Publishes what is left, as long as the bus takes it.
    pub async fn empty(&self, bus: &Bus, patience: Duration) {
        let publish = async { while self.publish_next(bus).await.is_ok_and(|published| published) {} };
        if tokio::time::timeout(patience, publish).await.is_err() {
            tracing::warn!("not all crops could be handed on in time");
        }
    }

    async fn publish_forever(&self, bus: &Bus, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.publish_next(bus).await {
                Ok(true) => {}
                Ok(false) => self.0.filled.notified().await,
                Err(error) => {
                    tracing::debug!("a crop waits: {error}");
                    // The server may have lost its store, and the streams with it.
                    let _not_yet = bus.prepare_facts().await;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Publishes the oldest; false when there is none.
    async fn publish_next(&self, bus: &Bus) -> Result<bool, iris_bus::FactError> {
        let oldest = {
            let mut waiting = self.0.waiting.lock();
            waiting.forget_old(Instant::now());
            waiting.crops.front().cloned()
        };
        let Some(Entry { number, camera, crop, trace, .. }) = oldest else { return Ok(false) };
        let span = debug_span!("publish_crop");
        trace.attach(&span);
        bus.publish_fact(topic::CROP, camera, &crop.id(), &crop).instrument(span).await?;
        metrics::counter!("iris_ingest_crops_published_total").increment(1);
        self.0.waiting.lock().sent(number);
        Ok(true)
    }
}

impl Waiting {
    fn push(&mut self, camera: CameraId, crop: Crop, now: Instant) {
        let bytes = picture_bytes(&crop);
        while self.crops.len() >= CROPS_MAX || self.bytes + bytes > BYTES_MAX {
            let replaceable = self.crops.iter().position(|entry| !entry.crop.ended);
            if self.remove(replaceable.unwrap_or(0)).is_none() {
                break;
            }
            metrics::counter!("iris_ingest_crops_dropped_total", "reason" => "full").increment(1);
        }
        self.bytes += bytes;
        self.next_number += 1;
        let trace = TraceContext::current();
        self.crops.push_back(Entry { number: self.next_number, camera, crop, since: now, trace });
    }

    fn forget_old(&mut self, now: Instant) {
        let is_old = |entry: &Entry| !entry.crop.ended && now.duration_since(entry.since) > KEPT;
        while let Some(old) = self.crops.iter().position(is_old) {
            self.remove(old);
            metrics::counter!("iris_ingest_crops_dropped_total", "reason" => "old").increment(1);
        }
    }

    /// It may have gone meanwhile, to make room.
    fn sent(&mut self, number: u64) {
        if let Some(sent) = self.crops.iter().position(|entry| entry.number == number) {
            self.remove(sent);
        }
    }

    fn remove(&mut self, position: usize) -> Option<Entry> {
        let entry = self.crops.remove(position)?;
        self.bytes -= picture_bytes(&entry.crop);
        metrics::gauge!("iris_ingest_crops_waiting").set(self.crops.len() as f64);
        Some(entry)
    }
}

fn picture_bytes(crop: &Crop) -> usize {
    crop.view.as_ref().map_or(0, |view| view.jpeg.len())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use iris_bus::message::{CropReason, CropView};
    use iris_bus::{BusOptions, work};
    use iris_domain::{BBox, Class, Timestamp, TrackKey};
    use iris_testkit::nats::NatsServer;
    use uuid::Uuid;

    use super::*;

    fn jpeg(bytes: usize) -> Bytes {
        let mut jpeg = vec![0xff, 0xd8];
        jpeg.resize(bytes, 0);
        jpeg.into()
    }

    fn crop(number: u64, jpeg_bytes: Option<usize>) -> Crop {
        let bbox = BBox { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 };
        let view = |bytes| CropView {
            captured: Timestamp::EPOCH,
            bbox,
            inner: bbox,
            score: 1.0,
            reason: CropReason::Confirmed,
            overlap: 0.0,
            touches_edge: false,
            jpeg: jpeg(bytes),
        };
        Crop {
            track: TrackKey { run: Uuid::nil(), number },
            sequence: 1,
            class: Class::person(),
            first_seen: Timestamp::EPOCH,
            last_seen: Timestamp::EPOCH,
            companions: Vec::new(),
            ended: jpeg_bytes.is_none(),
            source_generation: 1,
            faces_wanted: true,
            reid_wanted: true,
            view: jpeg_bytes.map(view),
        }
    }

    fn numbers(waiting: &Waiting) -> Vec<u64> {
        waiting.crops.iter().map(|entry| entry.crop.track.number).collect()
    }

    fn filled(crops: impl IntoIterator<Item = Crop>) -> Waiting {
        let (mut waiting, now, camera) = (Waiting::default(), Instant::now(), CameraId::new(1).unwrap());
        crops.into_iter().for_each(|crop| waiting.push(camera, crop, now));
        waiting
    }

    #[test]
    fn the_oldest_pictures_make_room_and_ends_stay() {
        let third = BYTES_MAX / 3;
        let waiting = filled([
            crop(1, None),
            crop(2, Some(third)),
            crop(3, Some(third)),
            crop(4, Some(third)),
            crop(5, Some(third)),
        ]);
        assert_eq!(numbers(&waiting), [1, 3, 4, 5]);
        assert_eq!(waiting.bytes, 3 * third);
        let waiting = filled((0..CROPS_MAX as u64 + 2).map(|number| crop(number, None)));
        assert_eq!(
            (waiting.crops.len(), waiting.crops[0].crop.track.number),
            (CROPS_MAX, 2),
            "there is an end to ends too"
        );
    }

    #[test]
    fn old_pictures_go_and_what_was_sent_leaves_its_room() {
        let mut waiting = filled([crop(1, Some(10)), crop(2, None), crop(3, Some(10))]);
        waiting.sent(3);
        waiting.sent(3);
        assert_eq!((numbers(&waiting), waiting.bytes), (vec![1, 2], 10));
        waiting.forget_old(Instant::now() + KEPT + Duration::from_secs(1));
        assert_eq!((numbers(&waiting), waiting.bytes), (vec![2], 0));
    }

    #[tokio::test]
    async fn what_is_pushed_while_the_bus_is_away_reaches_it_in_order_when_it_is_back() {
        let mut nats = NatsServer::start().await.unwrap();
        let bus = Bus::connect(&BusOptions { url: nats.url(), name: "test".to_owned() }).await.unwrap();
        crate::wanted::connected(&bus).await;
        nats.kill();
        let (outbox, stop, camera) = (Outbox::default(), CancellationToken::new(), CameraId::new(1).unwrap());
        for crop in [crop(1, Some(1000)), crop(2, Some(1000)), crop(1, None)] {
            outbox.push(camera, crop);
        }
        let arrive = async {
            nats.start_again().await.unwrap();
            let (mut crops, mut numbers) = (bus.work(work::EMBEDDING), Vec::new());
            while numbers.len() < 2 {
                let job = crops.next().await;
                numbers.push(job.fact.track.number);
                job.done().await;
            }
            numbers
        };
        let arrived = tokio::select! {
            () = outbox.publish_forever(&bus, &stop) => unreachable!("nobody told it to stop"),
            arrived = tokio::time::timeout(Duration::from_secs(30), arrive) => arrived.unwrap(),
        };
        // The third has the id of the first: said twice, told once.
        assert_eq!(arrived, [1, 2]);
    }
}
