//! Leases: who owns what. A lease is a key that disappears unless its owner renews it.

use std::time::Duration;

use async_nats::jetstream::kv;
use iris_domain::InstanceId;

use crate::buckets::Bucket;
use crate::{Bus, BusError};

/// A lease not renewed for this long is free: with renewals every 2 s an owner may miss two, and a takeover needs under 10 s.
pub const LEASE_TIME: Duration = Duration::from_secs(6);
/// How often an owner renews.
pub const RENEW_EVERY: Duration = Duration::from_secs(2);

/// A lease's value is its owner's name.
const BUCKET: Bucket = Bucket { name: "leases", max_age: LEASE_TIME, entry_bytes_max: 1 << 10, bytes_max: 16 << 20 };

/// A lease was not had.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Somebody else has it.
    #[error("the lease is another's")]
    Taken,
    /// The bus could not say.
    #[error(transparent)]
    Bus(#[from] BusError),
}

impl Bus {
    /// Opens the bucket of leases.
    pub async fn leases(&self) -> Result<Leases, BusError> {
        Ok(Leases { store: self.open_bucket(&BUCKET).await? })
    }
}

/// The bucket of leases.
#[derive(Debug, Clone)]
pub struct Leases {
    store: kv::Store,
}

/// A lease this process holds. Dropping it lets it run out; [`Lease::release`] frees it at once.
#[derive(Debug)]
pub struct Lease {
    store: kv::Store,
    key: String,
    owner: InstanceId,
    revision: u64,
}

impl Leases {
    /// Takes a free lease, or one that is already this owner's (a restart under the same name).
    pub async fn acquire(&self, what: &str, owner: &InstanceId) -> Result<Lease, LeaseError> {
        let value = bytes::Bytes::copy_from_slice(owner.as_str().as_bytes());
        let held = |revision| Lease { store: self.store.clone(), key: what.to_owned(), owner: owner.clone(), revision };
        match self.store.create(what, value.clone()).await {
            Ok(revision) => Ok(held(revision)),
            Err(error) if error.kind() == kv::CreateErrorKind::AlreadyExists => {
                let entry = self.store.entry(what).await.map_err(|error| BusError::refused("read a lease")(&error))?;
                match entry {
                    Some(entry) if entry.value == value => {
                        let renewed = self.store.update(what, value, entry.revision).await;
                        renewed.map(held).map_err(|_| LeaseError::Taken)
                    }
                    _ => Err(LeaseError::Taken),
                }
            }
            Err(error) => Err(BusError::refused("acquire a lease")(&error).into()),
        }
    }
}

impl Lease {
    /// Keeps the lease for another [`LEASE_TIME`].
    pub async fn renew(&mut self) -> Result<(), LeaseError> {
        let value = bytes::Bytes::copy_from_slice(self.owner.as_str().as_bytes());
        match self.store.update(&self.key, value, self.revision).await {
            Ok(revision) => {
                self.revision = revision;
                Ok(())
            }
            Err(error) if error.kind() == kv::UpdateErrorKind::WrongLastRevision => Err(LeaseError::Taken),
            Err(error) => Err(BusError::refused("renew a lease")(&error).into()),
        }
    }

    /// Frees the lease for others.
    pub async fn release(self) {
        // Should it fail, the lease runs out by itself.
        let _ = self.store.delete_expect_revision(&self.key, Some(self.revision)).await;
    }
}
