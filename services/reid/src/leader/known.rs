//! The identities that the leader has met of late, as Postgres has them: so that comparing a track with the same few again and again
//! costs no question. Bounded; what is not here is asked for.

use std::collections::HashMap;
use std::sync::Arc;

use iris_domain::identity::{Centroid, ExemplarKind};
use iris_domain::{IdentityId, Timestamp};
use iris_store::{GalleryIdentity, Store, StoreError};

use crate::patience::patiently;

/// Identities remembered at most: with all their exemplars some 200 MB. When there are more, all are forgotten: those that matter
/// are soon back.
const IDENTITIES_MAX: usize = 4096;

/// Identities by their ids.
#[derive(Default)]
pub struct Known(HashMap<IdentityId, Arc<GalleryIdentity>>);

impl Known {
    /// These identities; who is gone is missing.
    ///
    /// # Errors
    /// The database holds what cannot be read.
    pub async fn of(&mut self, store: &Store, ids: &[IdentityId]) -> Result<Vec<Arc<GalleryIdentity>>, StoreError> {
        let missing: Vec<IdentityId> = ids.iter().filter(|id| !self.0.contains_key(id)).copied().collect();
        if !missing.is_empty() {
            let found = patiently(|| store.gallery().identities_of(&missing)).await?;
            if self.0.len() + found.len() > IDENTITIES_MAX {
                self.0.retain(|id, _| ids.contains(id));
            }
            self.0.extend(found.into_iter().map(|identity| (identity.id, Arc::new(identity))));
        }
        Ok(ids.iter().filter_map(|id| self.0.get(id).cloned()).collect())
    }

    /// It changed, or is gone.
    pub fn forget(&mut self, id: IdentityId) {
        self.0.remove(&id);
    }

    /// It is like this now.
    pub fn remember(&mut self, identity: GalleryIdentity) {
        if self.0.len() < IDENTITIES_MAX || self.0.contains_key(&identity.id) {
            self.0.insert(identity.id, Arc::new(identity));
        }
    }

    /// It was in view until then.
    pub fn seen(&mut self, id: IdentityId, at: Timestamp) {
        if let Some(identity) = self.0.get_mut(&id).filter(|identity| identity.last_seen < at) {
            Arc::make_mut(identity).last_seen = at;
        }
    }
}

/// The middle of its exemplars of a kind, of those of the model that the newest is of.
pub fn centroid(identity: &GalleryIdentity, kind: ExemplarKind, since: Option<Timestamp>) -> Option<Centroid> {
    let of_kind = || {
        let exemplars = identity.exemplars.iter().filter(|one| one.kind == kind);
        exemplars.filter(|one| since.is_none_or(|since| one.captured >= since))
    };
    let newest = of_kind().max_by_key(|one| one.captured)?;
    let others = of_kind().filter(|one| one.id != newest.id);
    Centroid::of([newest].into_iter().chain(others).map(|one| &one.feature))
}
