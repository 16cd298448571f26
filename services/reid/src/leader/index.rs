//! The gallery, kept like Postgres: built when it was never filled or belongs to another database, brought up to date by epoch else.
//! One that does not hold what was written to it, since its server came back empty or as it was some time ago, is an error: whoever
//! begins anew loads it again.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use iris_domain::identity::ExemplarKind;
use iris_domain::{Class, IdentityId, PersonId, Timestamp};
use iris_gallery::{Entry, Gallery, GalleryError, Kind, Of, Subject};
use iris_store::{GalleryIdentity, GalleryPerson, GallerySubject, Store};
use tracing::info;

use crate::patience::patiently;

/// Identities read at once: with all their exemplars some 12 MB.
const PAGE: u64 = 250;

/// The gallery and what of Postgres is in it.
pub struct Index {
    store: Store,
    gallery: Arc<dyn Gallery>,
    epoch: u64,
}

/// What was taken over.
#[derive(Debug, Default)]
pub struct Changes {
    /// Identities that changed, came or went; `None` is gone.
    pub identities: BTreeMap<IdentityId, Option<GalleryIdentity>>,
    /// People who changed, came or went.
    pub people: Vec<PersonId>,
}

impl Index {
    /// Makes the gallery like Postgres.
    ///
    /// # Errors
    /// The database or the gallery refuses.
    pub async fn load(store: &Store, gallery: &Arc<dyn Gallery>) -> anyhow::Result<Self> {
        let newest = patiently(|| store.gallery().epoch()).await?;
        let indexed = patiently(|| gallery.epoch()).await?.and_then(|epoch| u64::try_from(epoch).ok());
        let mut index = Self { store: store.clone(), gallery: gallery.clone(), epoch: newest };
        match indexed.filter(|epoch| *epoch <= newest) {
            Some(epoch) => {
                index.epoch = epoch;
                index.catch_up().await?;
            }
            None => index.rebuild().await?,
        }
        Ok(index)
    }

    /// The newest change that is in the gallery.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Takes over what changed since.
    ///
    /// # Errors
    /// The database or the gallery refuses, or the gallery does not hold what was written to it.
    pub async fn catch_up(&mut self) -> anyhow::Result<Changes> {
        patiently(|| self.check_kept()).await?;
        let mut all = Changes::default();
        loop {
            let changes = patiently(|| self.store.gallery().changes_since(self.epoch, PAGE)).await?;
            let Some(newest) = changes.last().map(|change| change.epoch) else { return Ok(all) };
            let (mut identities, mut people) = (Vec::new(), Vec::new());
            for change in &changes {
                match change.subject {
                    GallerySubject::Identity(id) => identities.push(id),
                    GallerySubject::Person(id) => people.push(id),
                }
            }
            self.take_over_identities(&identities, &mut all).await?;
            for id in people {
                self.take_over_person(id).await?;
                all.people.push(id);
            }
            self.reached(newest).await?;
        }
    }

    /// Faces and appearances of identities in the gallery.
    ///
    /// # Errors
    /// The gallery refuses.
    pub async fn count(&self) -> anyhow::Result<(u64, u64)> {
        let faces = patiently(|| self.gallery.count(Of::Identities, Kind::Face)).await?;
        let bodies = patiently(|| self.gallery.count(Of::Identities, Kind::Appearance)).await?;
        Ok((faces, bodies))
    }

    async fn take_over_identities(&self, ids: &[IdentityId], all: &mut Changes) -> anyhow::Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let found = patiently(|| self.store.gallery().identities_of(ids)).await?;
        all.identities.extend(ids.iter().map(|id| (*id, None)));
        for identity in found {
            let (subject, entries) = (Subject::Identity(identity.id), entries_of_identity(&identity));
            patiently(|| self.gallery.replace(subject, entries.clone())).await?;
            all.identities.insert(identity.id, Some(identity));
        }
        for gone in ids.iter().filter(|id| all.identities.get(id).is_some_and(Option::is_none)) {
            patiently(|| self.gallery.remove(Subject::Identity(*gone))).await?;
        }
        Ok(())
    }

    async fn take_over_person(&self, id: PersonId) -> anyhow::Result<()> {
        let subject = Subject::Person(id);
        match patiently(|| self.store.gallery().person(id)).await? {
            Some(person) => {
                let entries = entries_of_person(&person);
                patiently(|| self.gallery.replace(subject, entries.clone())).await?;
            }
            None => patiently(|| self.gallery.remove(subject)).await?,
        }
        Ok(())
    }

    async fn rebuild(&mut self) -> anyhow::Result<()> {
        patiently(|| self.gallery.clear()).await?;
        let (mut identities, mut people) = (0, 0);
        let mut written = Written::default();
        let mut after = None;
        loop {
            let page = patiently(|| self.store.gallery().identities(after, PAGE)).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            identities += page.len();
            let entries: Vec<Entry> = page.iter().flat_map(entries_of_identity).collect();
            written.note(&entries);
            patiently(|| self.gallery.upsert(entries.clone())).await?;
        }
        let mut after = None;
        loop {
            let page = patiently(|| self.store.gallery().people(after, PAGE)).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            people += page.len();
            let entries: Vec<Entry> = page.iter().flat_map(entries_of_person).collect();
            written.note(&entries);
            patiently(|| self.gallery.upsert(entries.clone())).await?;
        }
        patiently(|| async {
            // A server that went away meanwhile may have come back empty.
            written.check_held(self.gallery.as_ref()).await?;
            self.gallery.set_epoch(signed(self.epoch)).await
        })
        .await?;
        info!(identities, people, epoch = self.epoch, "the gallery was built from the database");
        Ok(())
    }

    async fn reached(&mut self, epoch: u64) -> anyhow::Result<()> {
        patiently(|| async {
            // Also when it is tried again: an epoch on a gallery that came back empty would say that it is whole.
            self.check_kept().await?;
            self.gallery.set_epoch(signed(epoch)).await
        })
        .await?;
        self.epoch = epoch;
        Ok(())
    }

    /// Whether the gallery is still the one that was filled up to this epoch.
    async fn check_kept(&self) -> Result<(), GalleryError> {
        let is_kept = self.gallery.epoch().await? == Some(signed(self.epoch));
        if is_kept { Ok(()) } else { Err(GalleryError::Lost { attempt: "look for the epoch that was noted last" }) }
    }
}

/// The entries that were written to a gallery that was empty: an exemplar that is moved meanwhile is written twice.
#[derive(Default)]
struct Written(BTreeMap<(Of, Kind), HashSet<u64>>);

impl Written {
    fn note(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.0.entry((entry.subject.of(), entry.kind)).or_default().insert(entry.id);
        }
    }

    async fn check_held(&self, gallery: &dyn Gallery) -> Result<(), GalleryError> {
        for ((of, kind), ids) in &self.0 {
            if gallery.count(*of, *kind).await? != ids.len() as u64 {
                return Err(GalleryError::Lost { attempt: "count what was written" });
            }
        }
        Ok(())
    }
}

/// As the gallery keeps an epoch.
fn signed(epoch: u64) -> i64 {
    i64::try_from(epoch).unwrap_or(i64::MAX)
}

fn entries_of_identity(identity: &GalleryIdentity) -> Vec<Entry> {
    let entry = |exemplar: &iris_store::Exemplar| Entry {
        id: number(exemplar.id.get()),
        subject: Subject::Identity(identity.id),
        kind: kind(exemplar.kind),
        feature: exemplar.feature.clone(),
        class: identity.object_class.clone(),
        camera: Some(exemplar.camera),
        captured: exemplar.captured,
    };
    identity.exemplars.iter().map(entry).collect()
}

fn entries_of_person(person: &GalleryPerson) -> Vec<Entry> {
    let entry = |(id, feature): &(iris_domain::PersonFaceId, iris_domain::Feature)| Entry {
        id: number(id.get()),
        subject: Subject::Person(person.id),
        kind: Kind::Face,
        feature: feature.clone(),
        class: Class::person(),
        camera: None,
        // Nobody asks when a photo was taken.
        captured: Timestamp::from_micros(0).expect("the epoch is a time"),
    };
    person.faces.iter().map(entry).collect()
}

/// The gallery's word for what an exemplar shows.
pub fn kind(kind: ExemplarKind) -> Kind {
    match kind {
        ExemplarKind::Face => Kind::Face,
        ExemplarKind::Appearance => Kind::Appearance,
    }
}

/// Rows count from 1.
fn number(id: i64) -> u64 {
    id.unsigned_abs()
}
