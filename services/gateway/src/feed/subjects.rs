//! Tells of identities and people that changed, by whomever: re-ID, an operator at this gateway, or one at another. The store counts every
//! change of theirs for the vector index; the same count says what to tell here.

use std::time::Duration;

use iris_domain::{IdentityId, PersonId};
use iris_runtime::CancellationToken;
use iris_store::{GalleryChange, GallerySubject, Store, StoreError};

use super::{DeletedMessage, Feed, ResyncMessage};
use crate::app::App;
use crate::identities::view::IdentityView;
use crate::people::view::PersonView;

/// How often changes are looked for: a question to one index.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Changes told one by one; after more at once, such as a clearance, listing again is cheaper for all.
const TOLD_MAX: usize = 50;

/// Follows the changes until the process stops.
pub async fn follow(app: &App, stop: &CancellationToken) {
    let mut known: Option<u64> = None;
    let mut ticks = tokio::time::interval(LOOK_AGAIN);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        // A client begins by listing, so what nobody heard of need not be told.
        let Some(epoch) = known.filter(|_| app.feed.has_clients()) else {
            let newest = stop.run_until_cancelled(newest(app)).await;
            let Some(newest) = newest else { return };
            if known.is_none() && newest.is_some() {
                app.feed.send("resync", &ResyncMessage {});
            }
            known = newest.or(known);
            continue;
        };
        let Some(told) = stop.run_until_cancelled(tell_since(app, epoch)).await else { return };
        known = told.or(known);
    }
}

async fn newest(app: &App) -> Option<u64> {
    app.store().ok()?.gallery().epoch().await.ok()
}

/// Tells what changed after an epoch; says up to which. `None` when the database is away.
async fn tell_since(app: &App, epoch: u64) -> Option<u64> {
    let store = app.store().ok()?;
    let changes = store.gallery().changes_since(epoch, TOLD_MAX as u64 + 1).await.ok()?;
    let Some(last) = changes.last().map(|change| change.epoch) else { return Some(epoch) };
    if changes.len() > TOLD_MAX {
        let newest = store.gallery().epoch().await.ok()?;
        app.feed.send("resync", &ResyncMessage {});
        return Some(newest);
    }
    tell(&app.feed, store, &changes).await.ok()?;
    Some(last)
}

async fn tell(feed: &Feed, store: &Store, changes: &[GalleryChange]) -> Result<(), StoreError> {
    let identities: Vec<IdentityId> = changes.iter().filter_map(identity).collect();
    let mut known = store.identities().named(&identities).await?;
    for id in identities {
        match known.iter().position(|identity| identity.id == id) {
            Some(at) => feed.send("identity", &IdentityView::new(known.swap_remove(at))),
            None => feed.send("identity_deleted", &DeletedMessage { id: id.get() }),
        }
    }
    for id in changes.iter().filter_map(person) {
        match store.people().get(id).await? {
            Some(person) => feed.send("person", &PersonView::new(person)),
            None => feed.send("person_deleted", &DeletedMessage { id: id.get() }),
        }
    }
    Ok(())
}

fn identity(change: &GalleryChange) -> Option<IdentityId> {
    match change.subject {
        GallerySubject::Identity(id) => Some(id),
        GallerySubject::Person(_) => None,
    }
}

fn person(change: &GalleryChange) -> Option<PersonId> {
    match change.subject {
        GallerySubject::Person(id) => Some(id),
        GallerySubject::Identity(_) => None,
    }
}
