//! The gallery in a Qdrant server. Several processes may read it at once, and it outlives them; still it is derived, and a
//! server that lost its data is told by its missing epoch. It is spoken to by gRPC, with a deadline on every call; nothing is
//! sent before the first.

mod call;
mod collections;
mod points;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::try_join_all;
use qdrant_client::qdrant::UpsertPointsBuilder;
use qdrant_client::{Payload, Qdrant};
use secrecy::{ExposeSecret, SecretString};

use crate::gallery::check_subject;
use crate::{Entry, Gallery, GalleryError, Hit, Kind, Of, Query, Subject};
use call::{Calls, Failure};
use collections::{Collections, Space};

/// Points in one request, a megabyte at 512 dimensions: Qdrant takes at most 32 of them, and answers a small one soon.
const BATCH: usize = 256;
/// Searches under way at once in a batch: enough to hide the way there and back, few enough to leave others their turn.
const SEARCHES_AT_ONCE: usize = 8;
/// The one point of the collection that holds the epoch.
const EPOCH_POINT: u64 = 1;
const EPOCH: &str = "epoch";

/// How Qdrant is reached and used.
#[derive(Debug, Clone)]
pub struct QdrantSettings {
    /// Its gRPC address, such as `http://qdrant:6334`; without a name or key in it.
    pub url: String,
    /// Its key, where it asks for one.
    pub api_key: Option<SecretString>,
    /// Begins the name of every collection of this gallery: two galleries may share a server.
    pub prefix: String,
    /// How collections that are made from now on keep their vectors.
    pub quantization: Quantization,
    /// The longest a call may take, connecting included; a change or search is a few calls. In half of it a server has to answer,
    /// in the rest it is asked once more over another connection.
    pub deadline: Duration,
}

impl QdrantSettings {
    /// A gallery named `iris` with full vectors; four seconds, since the API owes an answer within five.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            api_key: None,
            prefix: "iris".to_owned(),
            quantization: Quantization::None,
            deadline: Duration::from_secs(4),
        }
    }
}

/// In how many bits Qdrant keeps what it searches; full vectors are kept beside, and scores are computed from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quantization {
    /// As given.
    #[default]
    None,
    /// Eight bits per value: a quarter of the memory, and faster.
    Scalar,
}

/// A gallery in Qdrant: one collection per kind of subject, kind of vector, models and dimensions, and one for the epoch.
pub struct QdrantGallery {
    calls: Calls,
    collections: Collections,
    /// Whether an epoch was there: from then on, a server without one has lost its data.
    filled: AtomicBool,
}

impl QdrantGallery {
    /// Prepares; the server may come later.
    ///
    /// # Errors
    /// The settings cannot be those of a server.
    pub fn connect(settings: &QdrantSettings) -> Result<Self, GalleryError> {
        let attempt = "prepare the connection to Qdrant";
        let refuse = |why: &str| GalleryError::Refused { attempt, why: why.to_owned() };
        if settings.url.contains('@') {
            return Err(refuse("its address holds a name; the key is a setting of its own"));
        }
        let key = settings.api_key.as_ref().map(ExposeSecret::expose_secret);
        if key.is_some_and(|key| key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(refuse("its key has characters that no header carries, or none"));
        }
        let collections = Collections::new(&settings.prefix, settings.quantization)
            .ok_or_else(|| refuse("the prefix of its collections is to be 1 to 64 small letters, digits and `-`"))?;
        // The client gives up a connection only when its own time is up, before ours: else one that died unnoticed, as when the
        // server's machine lost its power, would be waited for again in every call. The check of versions would wait and print.
        let each_try = settings.deadline / 2;
        let mut client =
            Qdrant::from_url(&settings.url).timeout(each_try).connect_timeout(each_try).skip_compatibility_check();
        if let Some(key) = key {
            client.set_api_key(key);
        }
        let client = client.build().map_err(|error| Failure::from(error).during(attempt))?;
        Ok(Self { calls: Calls::new(client, settings.deadline), collections, filled: AtomicBool::default() })
    }

    async fn put(&self, entries: Vec<Entry>) -> Result<(), Failure> {
        let mut by_space: HashMap<Space, Vec<Entry>> = HashMap::new();
        for entry in entries {
            by_space.entry(Space::of_entry(&entry)).or_default().push(entry);
        }
        for (space, entries) in by_space {
            let name = self.collections.made(&self.calls, &space).await?;
            for entries in entries.chunks(BATCH) {
                let points: Vec<_> = entries.iter().map(points::of_entry).collect();
                let written = self
                    .calls
                    .qdrant(|client| client.upsert_points(UpsertPointsBuilder::new(&name, points).wait(true)));
                if let Err(failure) = written.await {
                    // Somebody may have removed the collection: the next time, look again.
                    self.collections.forget(&name);
                    return Err(failure);
                }
            }
        }
        Ok(())
    }

    /// Removes a subject's points but those of the named ids, per collection.
    async fn sweep(&self, subject: Subject, keep: &HashMap<String, Vec<u64>>) -> Result<(), Failure> {
        for name in self.collections.names(&self.calls, |of, _| of == subject.of()).await? {
            let keep = keep.get(&name).map_or(&[][..], Vec::as_slice);
            let request = points::removal(&name, subject, keep);
            let removed = self.calls.qdrant(|client| client.delete_points(request)).await;
            removed.map(|_| ()).or_else(Failure::forgive_missing)?;
        }
        Ok(())
    }

    async fn find(&self, query: &Query<'_>) -> Result<Vec<Hit>, Failure> {
        if query.limit == 0 {
            return Ok(Vec::new());
        }
        let name = self.collections.name(&Space::of_query(query));
        let request = points::search(&name, query);
        match self.calls.qdrant(|client| client.query_groups(request)).await {
            Ok(answer) => points::hits(answer, query.of),
            Err(failure) => {
                // The collection of a model comes with its first entry.
                failure.forgive_missing()?;
                self.check_kept().await?;
                Ok(Vec::new())
            }
        }
    }

    async fn find_all(&self, queries: &[Query<'_>]) -> Result<Vec<Vec<Hit>>, Failure> {
        let mut answers = Vec::with_capacity(queries.len());
        for queries in queries.chunks(SEARCHES_AT_ONCE) {
            answers.extend(try_join_all(queries.iter().map(|query| self.find(query))).await?);
        }
        Ok(answers)
    }

    async fn count_of(&self, of: Of, kind: Kind) -> Result<u64, Failure> {
        let mut total = 0;
        for name in self.collections.names(&self.calls, |its_of, its_kind| (its_of, its_kind) == (of, kind)).await? {
            let request = points::count(&name);
            match self.calls.qdrant(|client| client.count(request)).await {
                Ok(answer) => total += answer.result.map_or(0, |result| result.count),
                Err(failure) => failure.forgive_missing()?,
            }
        }
        Ok(total)
    }

    /// A server that came back empty knows nobody, which is not the same as that nobody looks alike.
    async fn check_kept(&self) -> Result<(), Failure> {
        let lost = self.filled.load(Ordering::Relaxed) && self.read_epoch().await?.is_none();
        if lost { Err(Failure::Lost) } else { Ok(()) }
    }

    async fn read_epoch(&self) -> Result<Option<i64>, Failure> {
        let request = points::get(&self.collections.state_name(), EPOCH_POINT);
        let answer = match self.calls.qdrant(|client| client.get_points(request)).await {
            Ok(answer) => answer,
            Err(failure) => return failure.forgive_missing().map(|()| None),
        };
        let Some(point) = answer.result.into_iter().next() else { return Ok(None) };
        let epoch = point.payload.get(EPOCH).and_then(|value| value.as_integer());
        let epoch = epoch.ok_or_else(|| Failure::Corrupt("the epoch's point holds no number".to_owned()))?;
        self.filled.store(true, Ordering::Relaxed);
        Ok(Some(epoch))
    }

    async fn write_epoch(&self, epoch: i64) -> Result<(), Failure> {
        let name = self.collections.state_made(&self.calls).await?;
        let mut payload = Payload::new();
        payload.insert(EPOCH, epoch);
        let point = qdrant_client::qdrant::PointStruct::new(EPOCH_POINT, vec![1.0f32], payload);
        let written =
            self.calls.qdrant(|client| client.upsert_points(UpsertPointsBuilder::new(&name, vec![point]).wait(true)));
        written.await.inspect_err(|_| self.collections.forget(&name))?;
        self.filled.store(true, Ordering::Relaxed);
        Ok(())
    }
}

#[async_trait]
impl Gallery for QdrantGallery {
    async fn upsert(&self, entries: Vec<Entry>) -> Result<(), GalleryError> {
        self.put(entries).await.map_err(|failure| failure.during("write entries"))
    }

    async fn replace(&self, subject: Subject, entries: Vec<Entry>) -> Result<(), GalleryError> {
        check_subject(subject, &entries)?;
        let mut keep: HashMap<String, Vec<u64>> = HashMap::new();
        for entry in &entries {
            keep.entry(self.collections.name(&Space::of_entry(entry))).or_default().push(entry.id);
        }
        let attempt = "replace a subject's entries";
        self.put(entries).await.map_err(|failure| failure.during(attempt))?;
        self.sweep(subject, &keep).await.map_err(|failure| failure.during(attempt))
    }

    async fn remove(&self, subject: Subject) -> Result<(), GalleryError> {
        self.sweep(subject, &HashMap::new()).await.map_err(|failure| failure.during("remove a subject's entries"))
    }

    async fn clear(&self) -> Result<(), GalleryError> {
        self.filled.store(false, Ordering::Relaxed);
        self.collections.remove_all(&self.calls).await.map_err(|failure| failure.during("clear the gallery"))
    }

    async fn search(&self, query: &Query<'_>) -> Result<Vec<Hit>, GalleryError> {
        self.find(query).await.map_err(|failure| failure.during("search"))
    }

    async fn search_batch(&self, queries: &[Query<'_>]) -> Result<Vec<Vec<Hit>>, GalleryError> {
        self.find_all(queries).await.map_err(|failure| failure.during("search for several"))
    }

    async fn count(&self, of: Of, kind: Kind) -> Result<u64, GalleryError> {
        self.count_of(of, kind).await.map_err(|failure| failure.during("count entries"))
    }

    async fn epoch(&self) -> Result<Option<i64>, GalleryError> {
        self.read_epoch().await.map_err(|failure| failure.during("read the epoch"))
    }

    async fn set_epoch(&self, epoch: i64) -> Result<(), GalleryError> {
        self.write_epoch(epoch).await.map_err(|failure| failure.during("write the epoch"))
    }
}
