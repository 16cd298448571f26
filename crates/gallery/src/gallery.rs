//! The one interface of both galleries; `tests/contract` holds them to it.

use async_trait::async_trait;

use crate::{Entry, GalleryError, Hit, Kind, Of, Query, Subject};

/// An index of entries. One writes (the re-ID leader), any number read. Every change may be repeated without harm; what has
/// been answered is seen by the next search.
#[async_trait]
pub trait Gallery: Send + Sync {
    /// Adds entries, or changes those of the same ids, their subject included.
    ///
    /// # Errors
    /// Qdrant failed; some of the entries may be in.
    async fn upsert(&self, entries: Vec<Entry>) -> Result<(), GalleryError>;

    /// Gives a subject these entries and no others. While it goes on the subject is found by old or new ones.
    ///
    /// # Errors
    /// An entry is another subject's, or Qdrant failed; then some of the old entries may still be in.
    async fn replace(&self, subject: Subject, entries: Vec<Entry>) -> Result<(), GalleryError>;

    /// Forgets a subject.
    ///
    /// # Errors
    /// Qdrant failed.
    async fn remove(&self, subject: Subject) -> Result<(), GalleryError>;

    /// Forgets everything, the epoch first: a gallery that was cleared by half is known as one to be filled.
    ///
    /// # Errors
    /// Qdrant failed.
    async fn clear(&self) -> Result<(), GalleryError>;

    /// The subjects that look most like the query's feature, each with its best entries; best first, equals by subject.
    ///
    /// # Errors
    /// Qdrant failed, or came back without what was written to it.
    async fn search(&self, query: &Query<'_>) -> Result<Vec<Hit>, GalleryError>;

    /// As [`Self::search`] for several, in their order.
    ///
    /// # Errors
    /// As of [`Self::search`].
    async fn search_batch(&self, queries: &[Query<'_>]) -> Result<Vec<Vec<Hit>>, GalleryError>;

    /// Entries of all models.
    ///
    /// # Errors
    /// Qdrant failed.
    async fn count(&self, of: Of, kind: Kind) -> Result<u64, GalleryError>;

    /// The change in Postgres up to which this gallery is true, as [`Self::set_epoch`] was told; `None` means that it was
    /// never filled, or cleared, and has to be loaded.
    ///
    /// # Errors
    /// Qdrant failed.
    async fn epoch(&self) -> Result<Option<i64>, GalleryError>;

    /// Notes that everything up to this change is in.
    ///
    /// # Errors
    /// Qdrant failed.
    async fn set_epoch(&self, epoch: i64) -> Result<(), GalleryError>;
}

/// Whether all entries are the subject's.
pub(crate) fn check_subject(subject: Subject, entries: &[Entry]) -> Result<(), GalleryError> {
    match entries.iter().find(|entry| entry.subject != subject) {
        None => Ok(()),
        Some(foreign) => Err(GalleryError::ForeignEntry { subject, entry: foreign.id, other: foreign.subject }),
    }
}
