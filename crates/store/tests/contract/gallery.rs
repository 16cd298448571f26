//! The contract of the gallery's source: what is loaded, and that no change is missed.

use std::collections::BTreeSet;

use crate::scene::*;
use crate::sightings::named;
use crate::support::*;
use iris_domain::{IdentityId, PersonId};
use iris_store::{GallerySubject, NewPersonFace, Store};
use tokio::task::JoinSet;

async fn changed_since(store: &Store, epoch: u64) -> Vec<GallerySubject> {
    store.gallery().changes_since(epoch, 100).await.unwrap().iter().map(|change| change.subject).collect()
}

#[tokio::test]
async fn all_is_loaded_in_pages() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(recorded(&store, &rich_track(camera, after(100 * number as u64), number)).await.identity);
    }
    let mut loaded = Vec::new();
    let mut last = None;
    loop {
        let page = store.gallery().identities(last, 2).await.unwrap();
        let Some(end) = page.last() else { break };
        last = Some(end.id);
        assert!(page.iter().all(|identity| identity.exemplars.len() == 2));
        loaded.extend(page.iter().map(|identity| identity.id));
    }
    assert_eq!(loaded, ids);
    let ann = store.people().create("Ann", None).await.unwrap().id;
    let face = NewPersonFace { feature: direction(1, 0.5), image_path: None };
    store.people().add_face(ann, &face).await.unwrap().unwrap();
    let people = store.gallery().people(None, 10).await.unwrap();
    assert_eq!((people.len(), people[0].id, people[0].faces.len()), (1, ann, 1));
    assert!(store.gallery().people(Some(ann), 10).await.unwrap().is_empty());
    assert_eq!(store.gallery().identity(IdentityId::new(i64::MAX).unwrap()).await.unwrap(), None);
    assert_eq!(store.gallery().person(PersonId::new(i64::MAX).unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn every_correction_is_told_once_with_what_is_gone() {
    let (_database, store) = database().await;
    assert_eq!(store.gallery().epoch().await.unwrap(), 0);
    let camera = camera(&store, "yard").await.id;
    let (one, ids) = identity(&store, camera, 3).await;
    let other = recorded(&store, &rich_track(camera, after(900), 9)).await.identity;
    let epoch = store.gallery().epoch().await.unwrap();
    let identity = GallerySubject::Identity;
    store.identities().update(other, &named("Ann"), OPERATOR).await.unwrap();
    store.identities().update(other, &named("Anna"), OPERATOR).await.unwrap();
    assert_eq!(changed_since(&store, epoch).await, [identity(other)], "the newest change says all");
    let epoch = store.gallery().epoch().await.unwrap();
    let new = store.identities().split(one, &ids[2..], None, OPERATOR).await.unwrap().unwrap().identity;
    store.identities().merge(one, &[other], OPERATOR).await.unwrap().unwrap();
    store.identities().delete(&[new], OPERATOR).await.unwrap();
    assert_eq!(changed_since(&store, epoch).await, [identity(one), identity(other), identity(new)]);
    let ann = store.people().create("Ann", None).await.unwrap().id;
    store.people().delete(&[ann]).await.unwrap();
    let epoch_before_last = store.gallery().epoch().await.unwrap() - 1;
    assert_eq!(changed_since(&store, epoch_before_last).await, [GallerySubject::Person(ann)]);
    assert_eq!(store.gallery().changes_since(epoch, 1).await.unwrap().len(), 1);
}

/// Whoever tails the changes while many write misses none: an epoch that becomes visible late would lie before the reader's.
#[tokio::test]
async fn epochs_become_visible_in_order() {
    let (database, _) = database().await;
    let store = patient(&database.url()).await;
    let camera = camera(&store, "yard").await.id;
    let mut writers = JoinSet::new();
    for writer in 0..6 {
        let store = store.clone();
        writers.spawn(async move {
            let mut founded = Vec::new();
            for round in 0..15 {
                let wanted = rich_track(camera, after(100 * round + writer), round as usize);
                founded.push(recorded(&store, &wanted).await.identity);
            }
            founded
        });
    }
    let (mut epoch, mut told, mut founded) = (0, BTreeSet::new(), BTreeSet::new());
    loop {
        let done = writers.try_join_next();
        for change in store.gallery().changes_since(epoch, 1_000).await.unwrap() {
            epoch = change.epoch;
            let GallerySubject::Identity(id) = change.subject else { panic!() };
            told.insert(id);
        }
        match done {
            Some(ids) => founded.extend(ids.unwrap()),
            None if writers.is_empty() => break,
            None => {}
        }
    }
    assert_eq!((told.len(), told), (90, founded));
}
