//! Key-value buckets in the server's memory: what is in them can be derived again at any time.

use std::time::Duration;

use async_nats::jetstream::kv;
use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};

use crate::{Bus, BusError};

/// What a bucket is.
pub(crate) struct Bucket {
    pub(crate) name: &'static str,
    /// An entry not written for this long disappears; zero keeps it.
    pub(crate) max_age: Duration,
    /// Upper bound of one entry, in bytes.
    pub(crate) entry_bytes_max: i32,
    /// Upper bound of all entries, in bytes.
    pub(crate) bytes_max: i64,
}

impl Bus {
    /// Opens a bucket, making it when it is not there.
    ///
    /// The bucket is made as the stream that it is (NATS ADR-8), since the client library's own call first asks the server for
    /// its account in a form that servers before 2.10 do not answer, and Debian 12 has 2.9.
    pub(crate) async fn open_bucket(&self, bucket: &Bucket) -> Result<kv::Store, BusError> {
        self.check_connected()?;
        let name = bucket.name;
        let wanted = Config {
            name: format!("KV_{name}"),
            subjects: vec![format!("$KV.{name}.>")],
            max_messages_per_subject: 1,
            max_age: bucket.max_age,
            max_message_size: bucket.entry_bytes_max,
            max_bytes: bucket.bytes_max,
            storage: StorageType::Memory,
            discard: DiscardPolicy::New,
            allow_rollup: true,
            deny_delete: true,
            allow_direct: true,
            num_replicas: 1,
            ..Config::default()
        };
        let made = self.jetstream.get_or_create_stream(wanted).await;
        made.map_err(|error| BusError::refused("make a bucket")(&error))?;
        self.jetstream.get_key_value(name).await.map_err(|error| BusError::refused("open a bucket")(&error))
    }
}
