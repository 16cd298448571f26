//! The gallery in this process's memory, for deployments without Qdrant and for tests: one [`Index`] per kind of subject, kind
//! of vector, models and dimensions. A search takes a fraction of a millisecond and nothing waits, so it runs where it is
//! called. How it searches and what that costs: docs/adr/0009-gallery-index.md.

mod index;
mod kernel;
mod prototypes;
mod quantised;
mod search;

use std::collections::HashMap;

use async_trait::async_trait;
use iris_domain::{Feature, ModelFingerprint};
use parking_lot::RwLock;

use crate::gallery::check_subject;
use crate::{Entry, Gallery, GalleryError, Hit, Kind, Of, Query, Subject};
use index::Index;

/// A gallery in memory: exact while small, and in effect when large. An entry takes five bytes per dimension.
#[derive(Default)]
pub struct MemoryGallery {
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    indexes: HashMap<Space, Index>,
    epoch: Option<i64>,
}

/// Vectors are compared within one of these.
#[derive(PartialEq, Eq, Hash)]
struct Space {
    of: Of,
    kind: Kind,
    model: ModelFingerprint,
    dimensions: usize,
}

impl Space {
    fn of(of: Of, kind: Kind, feature: &Feature) -> Self {
        Self { of, kind, model: feature.model.clone(), dimensions: feature.embedding.dimensions() }
    }
}

impl State {
    fn upsert(&mut self, entries: Vec<Entry>) {
        let mut by_space: HashMap<Space, Vec<Entry>> = HashMap::new();
        for entry in entries {
            let space = Space::of(entry.subject.of(), entry.kind, &entry.feature);
            by_space.entry(space).or_default().push(entry);
        }
        for (space, entries) in by_space {
            self.indexes.entry(space).or_default().upsert(entries);
        }
    }

    fn remove(&mut self, subject: Subject) {
        for (_, index) in self.indexes.iter_mut().filter(|(space, _)| space.of == subject.of()) {
            index.remove(subject);
        }
        self.indexes.retain(|_, index| index.len() > 0);
    }

    fn search(&self, query: &Query<'_>) -> Vec<Hit> {
        let space = Space::of(query.of, query.kind, query.feature);
        self.indexes.get(&space).map_or_else(Vec::new, |index| index.search(query))
    }
}

#[async_trait]
impl Gallery for MemoryGallery {
    async fn upsert(&self, entries: Vec<Entry>) -> Result<(), GalleryError> {
        self.state.write().upsert(entries);
        Ok(())
    }

    async fn replace(&self, subject: Subject, entries: Vec<Entry>) -> Result<(), GalleryError> {
        check_subject(subject, &entries)?;
        let mut state = self.state.write();
        state.remove(subject);
        state.upsert(entries);
        Ok(())
    }

    async fn remove(&self, subject: Subject) -> Result<(), GalleryError> {
        self.state.write().remove(subject);
        Ok(())
    }

    async fn clear(&self) -> Result<(), GalleryError> {
        *self.state.write() = State::default();
        Ok(())
    }

    async fn search(&self, query: &Query<'_>) -> Result<Vec<Hit>, GalleryError> {
        Ok(self.state.read().search(query))
    }

    async fn search_batch(&self, queries: &[Query<'_>]) -> Result<Vec<Vec<Hit>>, GalleryError> {
        let state = self.state.read();
        Ok(queries.iter().map(|query| state.search(query)).collect())
    }

    async fn count(&self, of: Of, kind: Kind) -> Result<u64, GalleryError> {
        let state = self.state.read();
        let of_kind = state.indexes.iter().filter(|(space, _)| space.of == of && space.kind == kind);
        Ok(of_kind.map(|(_, index)| index.len() as u64).sum())
    }

    async fn epoch(&self) -> Result<Option<i64>, GalleryError> {
        Ok(self.state.read().epoch)
    }

    async fn set_epoch(&self, epoch: i64) -> Result<(), GalleryError> {
        self.state.write().epoch = Some(epoch);
        Ok(())
    }
}
