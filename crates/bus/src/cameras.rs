//! The wanted cameras: a table in NATS that the gateway derives from Postgres and ingest follows.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::consumer::{DeliverPolicy, push};
use async_nats::jetstream::kv::Operation;
use async_nats::jetstream::{self, kv};
use futures::StreamExt;
use iris_domain::CameraId;
use iris_proto::camera::WantedCamera;

use crate::buckets::Bucket;
use crate::samples::count_malformed;
use crate::{Bus, BusError};

/// An address has at most 2048 characters, and there are at most some hundred classes; ten thousand cameras fit.
const BUCKET: Bucket =
    Bucket { name: "cameras", max_age: Duration::ZERO, entry_bytes_max: 64 << 10, bytes_max: 64 << 20 };

/// Stands in the table once it is whole. The table is empty after a restart of the server and while the gateway fills it again, and
/// nobody may take that for the wish that all cameras be deleted.
const COMPLETE: &str = "complete";
/// The header of an entry that is none any more (NATS ADR-8): `DEL` or `PURGE`.
const OPERATION: &str = "KV-Operation";
/// Ten thousand cameras are read in a second, on a busy machine in some more.
const LIST_WITHIN: Duration = Duration::from_secs(8);

impl Bus {
    /// Opens the table. It lives in the server's memory only: the addresses in it hold credentials.
    pub async fn cameras(&self) -> Result<Cameras, BusError> {
        Ok(Cameras { store: self.open_bucket(&BUCKET).await?, client: self.client.clone() })
    }
}

/// The table.
#[derive(Debug, Clone)]
pub struct Cameras {
    store: kv::Store,
    client: Client,
}

/// The whole table at one moment.
pub type CameraTable = BTreeMap<CameraId, WantedCamera>;

/// One change of the table.
#[derive(Debug, Clone, PartialEq)]
pub enum CameraUpdate {
    /// A camera is wanted so.
    Wanted(WantedCamera),
    /// A camera was deleted.
    Deleted(CameraId),
}

impl Cameras {
    /// Writes a camera.
    pub async fn put(&self, camera: &WantedCamera) -> Result<(), BusError> {
        let written = self.store.put(camera.id.to_string(), iris_proto::encode(camera)).await;
        written.map(drop).map_err(|error| BusError::refused("write a wanted camera")(&error))
    }

    /// Removes a camera.
    pub async fn delete(&self, camera: CameraId) -> Result<(), BusError> {
        let deleted = self.store.purge(camera.to_string()).await;
        deleted.map_err(|error| BusError::refused("remove a wanted camera")(&error))
    }

    /// Says that every wanted camera is in the table.
    pub async fn set_complete(&self) -> Result<(), BusError> {
        let written = self.store.put(COMPLETE, bytes::Bytes::new()).await;
        written.map(drop).map_err(|error| BusError::refused("say that the table of cameras is whole")(&error))
    }

    /// Whether a camera that is not in the table is not wanted. Ask before listing.
    pub async fn is_complete(&self) -> Result<bool, BusError> {
        let entry = self.store.entry(COMPLETE).await;
        let entry = entry.map_err(|error| BusError::refused("ask whether the table of cameras is whole")(&error))?;
        Ok(entry.is_some_and(|entry| entry.operation == Operation::Put))
    }

    /// Reads the table: the server hands over all of it at once, since asking for each camera would take a second for a thousand.
    pub async fn list(&self) -> Result<CameraTable, BusError> {
        let refused = |error: &dyn std::fmt::Display| BusError::refused("list the wanted cameras")(error);
        let entries = tokio::time::timeout(LIST_WITHIN, self.entries());
        let entries = entries.await.map_err(|_| refused(&"it takes too long"))?.map_err(|error| refused(&error))?;
        let mut table = CameraTable::new();
        for message in entries {
            let Some(key) = message.subject.strip_prefix(&self.store.prefix).filter(|key| *key != COMPLETE) else {
                continue;
            };
            let is_deleted = message.headers.as_ref().is_some_and(|headers| headers.get(OPERATION).is_some());
            if is_deleted {
                continue;
            }
            if let Some(camera) = read(key, message.payload.clone()) {
                table.insert(camera.id, camera);
            }
        }
        Ok(table)
    }

    /// The newest entry of each key, with those that say that theirs was deleted.
    async fn entries(&self) -> Result<Vec<jetstream::Message>, async_nats::Error> {
        let stream = &self.store.stream;
        let config = push::OrderedConfig {
            deliver_subject: self.client.new_inbox(),
            filter_subject: format!("{}>", self.store.prefix),
            deliver_policy: DeliverPolicy::LastPerSubject,
            ..push::OrderedConfig::default()
        };
        let consumer = stream.create_consumer(config).await?;
        let (name, mut waiting) = (consumer.cached_info().name.clone(), consumer.cached_info().num_pending);
        let (mut messages, mut entries) = (consumer.messages().await?, Vec::new());
        while waiting > 0 {
            let message = messages.next().await.ok_or("the table is gone")??;
            waiting = message.info()?.pending;
            entries.push(message);
        }
        // Left alone it would go in half a minute, and an account has so many at most. Where it was made anew meanwhile it has
        // another name, and does go so.
        let _gone = stream.delete_consumer(&name).await;
        Ok(entries)
    }

    /// Follows the changes from now on; ends when the server lost the table: open and list anew.
    pub async fn updates(&self) -> Result<impl futures::Stream<Item = CameraUpdate> + Send + use<>, BusError> {
        let watch =
            self.store.watch_all().await.map_err(|error| BusError::refused("follow the wanted cameras")(&error))?;
        Ok(watch.take_while(|entry| futures::future::ready(entry.is_ok())).filter_map(|entry| async move {
            let entry = entry.ok()?;
            if entry.key == COMPLETE {
                return None;
            }
            match entry.operation {
                Operation::Put => read(&entry.key, entry.value).map(CameraUpdate::Wanted),
                Operation::Delete | Operation::Purge => entry.key.parse().ok().map(CameraUpdate::Deleted),
            }
        }))
    }
}

fn read(key: &str, value: bytes::Bytes) -> Option<WantedCamera> {
    iris_proto::decode::<WantedCamera>(value).map_err(|error| count_malformed(key, &error)).ok()
}
