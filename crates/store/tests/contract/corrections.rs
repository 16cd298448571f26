//! The contract of corrections: merging, splitting, rejecting, and undoing what can be undone.

use crate::invariants::check_invariants;
use crate::scene::*;
use crate::sightings::named;
use crate::support::*;
use iris_domain::identity::MatchKind;
use iris_domain::{CameraId, Class, IdentityId, OperationId, SightingId};
use iris_store::{
    Belongs, IdentityDetail, MergeRefused, OperationKind, RecordSighting, SplitRefused, Store, UndoRefused,
};
use iris_testkit::postgres::TestDatabase;

fn nobody() -> IdentityId {
    IdentityId::new(i64::MAX).unwrap()
}

/// Identities with two rich sightings each, at other times.
async fn people(store: &Store, camera: CameraId, count: u64) -> Vec<(IdentityId, Vec<SightingId>)> {
    let mut people = Vec::new();
    for number in 0..count {
        let start = 1_000 * number;
        let founding = rich_track(camera, after(start), number as usize * 2 + 1);
        let first = recorded(store, &founding).await;
        let joining = rich_track(camera, after(start + 60), number as usize * 2 + 2);
        let belongs = Belongs::To(first.identity, why(MatchKind::Face));
        let second = recorded(store, &RecordSighting { belongs, ..joining }).await;
        people.push((first.identity, vec![first.sighting, second.sighting]));
    }
    people
}

async fn detail(store: &Store, id: IdentityId) -> Option<IdentityDetail> {
    store.identities().get(id).await.unwrap()
}

async fn name(store: &Store, id: IdentityId, text: &str) {
    store.identities().update(id, &named(text), OPERATOR).await.unwrap().unwrap();
}

async fn apart(store: &Store) -> Vec<(IdentityId, IdentityId)> {
    store.identities().apart_pairs().await.unwrap().iter().collect()
}

/// What an undo must bring back: everything of identities, whose sightings are whose, by what, and the exemplars.
fn state(database: &TestDatabase) -> String {
    let tables = [
        "SELECT to_jsonb(i) FROM identities AS i ORDER BY id",
        "SELECT id, identity_id, match_kind, evidence FROM sightings ORDER BY id",
        "SELECT identity_id, sighting_id, kind, captured FROM exemplars ORDER BY 1, 2, 3",
        "SELECT id, identity_id FROM face_samples ORDER BY id",
        "SELECT id, identity_id, person_id, person_name FROM events ORDER BY id",
    ];
    tables.map(|select| database.sql(select).unwrap()).join("\n--\n")
}

#[tokio::test]
async fn merging_gives_the_target_all_there_is() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let people = people(&store, camera, 3).await;
    let event = opened(&store, &event(camera, after(1_000))).await;
    let [(target, _), (second, of_second), (third, _)] = &people[..] else { panic!() };
    name(&store, *third, "Cara").await;
    let sources = [*second, *target, *third, *second];
    let merged = store.identities().merge(*target, &sources, OPERATOR).await.unwrap().unwrap();
    assert_eq!(
        (merged.target, merged.sources.as_slice(), merged.moved_sightings),
        (*target, &[*second, *third][..], 4)
    );
    assert_eq!(merged.name.as_deref(), Some("Cara"), "a named source names an unnamed target");
    let IdentityDetail { identity, num_face_exemplars, num_appearance_exemplars } =
        detail(&store, *target).await.unwrap();
    assert_eq!((identity.num_sightings, identity.total_seconds, identity.is_named), (6, 60.0, true));
    assert_eq!((identity.first_seen, identity.last_seen), (noon(), after(2_070)));
    assert_eq!((num_face_exemplars, num_appearance_exemplars), (6, 6));
    assert_eq!((detail(&store, *second).await, detail(&store, *third).await), (None, None));
    assert_eq!(sighting(&store, of_second[0]).await.match_kind, MatchKind::Manual);
    let subject = store.events().get(event).await.unwrap().unwrap().subjects.identity.unwrap();
    assert_eq!((subject.id, subject.name.as_deref()), (*target, Some("Cara")));
    check_invariants(&database);
}

#[tokio::test]
async fn of_two_names_the_targets_stays() {
    let (_database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let people = people(&store, camera, 2).await;
    name(&store, people[0].0, "Ann").await;
    name(&store, people[1].0, "Bob").await;
    let merged = store.identities().merge(people[0].0, &[people[1].0], OPERATOR).await.unwrap().unwrap();
    assert_eq!(merged.name.as_deref(), Some("Ann"));
}

#[tokio::test]
async fn a_merge_that_makes_no_sense_changes_nothing() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let people = people(&store, camera, 2).await;
    let car = RecordSighting { object_class: Class::new("car").unwrap(), ..rich_track(camera, after(9_000), 9) };
    let car = recorded(&store, &car).await.identity;
    let (one, other) = (people[0].0, people[1].0);
    let before = state(&database);
    let table = [
        (one, vec![other, nobody()], MergeRefused::UnknownIdentity(nobody())),
        (nobody(), vec![one], MergeRefused::UnknownIdentity(nobody())),
        (one, vec![one], MergeRefused::NothingToMerge),
        (one, vec![], MergeRefused::NothingToMerge),
        (one, vec![other, car], MergeRefused::DifferentClass(car)),
    ];
    for (target, sources, refused) in table {
        assert_eq!(store.identities().merge(target, &sources, OPERATOR).await.unwrap(), Err(refused));
    }
    assert_eq!(state(&database), before);
    assert_eq!(store.identities().operations(ALL).await.unwrap().total, 0);
}

#[tokio::test]
async fn tidying_up_merges_neither_the_named_nor_those_kept_apart() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let people = people(&store, camera, 3).await;
    let [(one, ids), (other, _), (third, of_third)] = &people[..] else { panic!() };
    let off = store.identities().split(*one, &ids[..1], None, OPERATOR).await.unwrap().unwrap().identity;
    let refused = store.identities().merge_alike(*one, off).await.unwrap();
    assert_eq!(refused, Err(MergeRefused::KeptApart(*one, off)));
    name(&store, *other, "Bob").await;
    assert_eq!(store.identities().merge_alike(*one, *other).await.unwrap(), Err(MergeRefused::Named(*other)));
    let merged = store.identities().merge_alike(*one, *third).await.unwrap().unwrap();
    assert_eq!(merged.moved_sightings, 2);
    let kinds = [sighting(&store, of_third[0]).await.match_kind, sighting(&store, of_third[1]).await.match_kind];
    assert_eq!(kinds, [MatchKind::New, MatchKind::Face], "no operator said so");
    let entry = store.identities().operations(ALL).await.unwrap().operations.remove(0);
    assert_eq!((entry.kind, entry.by.as_str(), entry.undoable), (OperationKind::Merge, "maintenance", true));
    check_invariants(&database);
}

#[tokio::test]
async fn splitting_makes_an_identity_that_is_kept_apart() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (from, ids) = identity(&store, camera, 3).await;
    let split = store.identities().split(from, &ids[1..2], Some("Bob"), OPERATOR).await.unwrap().unwrap();
    assert_eq!((split.from, split.moved_sightings), (from, 1));
    let bob = detail(&store, split.identity).await.unwrap();
    assert_eq!(
        (bob.identity.name.as_deref(), bob.identity.is_named, bob.identity.num_sightings),
        (Some("Bob"), true, 1)
    );
    assert_eq!((bob.num_face_exemplars, bob.num_appearance_exemplars), (1, 1));
    assert_eq!((bob.identity.first_seen, bob.identity.last_seen), (after(60), after(70)));
    assert_eq!(owners(&store, &ids).await, [from, split.identity, from]);
    assert_eq!(sighting(&store, ids[1]).await.match_kind, MatchKind::Manual);
    assert_eq!(apart(&store).await, [(from, split.identity)]);
    let of_bob = store.identities().apart_of(&[split.identity]).await.unwrap();
    assert!(of_bob.contains(split.identity, from));
    check_invariants(&database);
}

#[tokio::test]
async fn a_split_that_makes_no_sense_changes_nothing() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let people = people(&store, camera, 2).await;
    let [(one, ids), (_, others)] = &people[..] else { panic!() };
    let unknown = SightingId::new(i64::MAX).unwrap();
    let before = state(&database);
    let table = [
        (nobody(), ids.clone(), SplitRefused::UnknownIdentity(nobody())),
        (*one, vec![], SplitRefused::NothingToSplit),
        (*one, vec![ids[0], others[0], unknown], SplitRefused::NotItsSightings(vec![others[0], unknown])),
        (*one, [&ids[..], &ids[..]].concat(), SplitRefused::NothingLeft),
    ];
    for (id, sightings, refused) in table {
        let split = store.identities().split(id, &sightings, None, OPERATOR).await.unwrap();
        assert_eq!(split, Err(refused.clone()));
        assert_eq!(store.identities().reject(id, &sightings, OPERATOR).await.unwrap(), Err(refused));
    }
    assert_eq!(state(&database), before);
}

#[tokio::test]
async fn what_was_rejected_is_nobodys_yet_and_stays_away_until_that_is_undone() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (from, ids) = identity(&store, camera, 3).await;
    name(&store, from, "Ann").await;
    let rejected = store.identities().reject(from, &ids[..2], OPERATOR).await.unwrap().unwrap();
    let other = detail(&store, rejected.identity).await.unwrap().identity;
    assert_eq!((other.name, other.is_named, other.num_sightings), (None, false, 2));
    assert_eq!(apart(&store).await, [(from, rejected.identity)]);
    let entry = store.identities().operations(ALL).await.unwrap().operations.remove(0);
    assert_eq!((entry.kind, entry.undoable), (OperationKind::Reject, true));
    check_invariants(&database);
    let undone = store.identities().undo(rejected.operation, OPERATOR).await.unwrap().unwrap();
    assert_eq!((undone.target, undone.moved_sightings, undone.left_sightings), (from, 2, 0));
    assert_eq!(apart(&store).await, []);
    assert_eq!(detail(&store, from).await.unwrap().identity.num_sightings, 3);
    assert_eq!(detail(&store, rejected.identity).await, None);
    check_invariants(&database);
}

#[tokio::test]
async fn an_undone_rename_is_called_as_before_unless_it_was_named_otherwise_since() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (id, _) = identity(&store, camera, 1).await;
    name(&store, id, "Ann").await;
    name(&store, id, "Anna").await;
    let [second, first] = &store.identities().operations(ALL).await.unwrap().operations[..] else { panic!() };
    assert!(first.undoable && second.undoable);
    let too_early = store.identities().undo(first.id, OPERATOR).await.unwrap();
    assert_eq!(too_early, Err(UndoRefused::RenamedSince(id)));
    for (operation, called) in [(second.id, (Some("Ann".to_owned()), true)), (first.id, (None, false))] {
        let epoch = store.gallery().epoch().await.unwrap();
        assert_eq!(store.identities().undo(operation, OPERATOR).await.unwrap().unwrap().target, id);
        let now = detail(&store, id).await.unwrap().identity;
        assert_eq!((now.name, now.is_named), called);
        assert!(store.gallery().epoch().await.unwrap() > epoch);
    }
    check_invariants(&database);
}

#[tokio::test]
async fn an_operator_may_merge_what_was_kept_apart_and_other_pairs_move_along() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (from, ids) = identity(&store, camera, 4).await;
    let mut split = Vec::new();
    for id in &ids[1..] {
        split.push(store.identities().split(from, &[*id], None, OPERATOR).await.unwrap().unwrap().identity);
    }
    let [a, b, c] = split[..] else { panic!() };
    assert_eq!(apart(&store).await, [(from, a), (from, b), (from, c)]);
    let merged = store.identities().merge(a, &[from], OPERATOR).await.unwrap().unwrap();
    assert_eq!(apart(&store).await, [(a, b), (a, c)]);
    check_invariants(&database);
    store.identities().undo(merged.operation, OPERATOR).await.unwrap().unwrap();
    assert_eq!(apart(&store).await, [(from, a), (from, b), (from, c)], "as before");
    check_invariants(&database);
}

#[tokio::test]
async fn an_undone_merge_is_as_it_was() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let people = people(&store, camera, 3).await;
    opened(&store, &event(camera, after(1_000))).await;
    name(&store, people[2].0, "Cara").await;
    let before = state(&database);
    let sources = [people[1].0, people[2].0];
    let merged = store.identities().merge(people[0].0, &sources, OPERATOR).await.unwrap().unwrap();
    let undone = store.identities().undo(merged.operation, OPERATOR).await.unwrap().unwrap();
    assert_eq!((undone.target, undone.restored.as_slice()), (people[0].0, &sources[..]));
    assert_eq!((undone.moved_sightings, undone.left_sightings), (4, 0));
    assert_eq!(state(&database), before);
    assert_eq!(apart(&store).await, [(people[0].0, people[1].0), (people[0].0, people[2].0)], "and stays so");
    check_invariants(&database);
    let ledger = store.identities().operations(ALL).await.unwrap();
    assert_eq!((ledger.operations[0].kind, ledger.operations[0].id), (OperationKind::Undo, undone.operation));
    assert!(ledger.operations[1].undone_at.is_some() && !ledger.operations[1].undoable);
    let twice = store.identities().undo(merged.operation, OPERATOR).await.unwrap();
    assert_eq!(twice, Err(UndoRefused::AlreadyUndone));
    let of_undo = store.identities().undo(undone.operation, OPERATOR).await.unwrap();
    assert_eq!(of_undo, Err(UndoRefused::NotUndoable(OperationKind::Undo)));
    let unknown = OperationId::new(i64::MAX).unwrap();
    let refused = store.identities().undo(unknown, OPERATOR).await.unwrap();
    assert_eq!(refused, Err(UndoRefused::UnknownOperation(unknown)));
}

#[tokio::test]
async fn an_undone_split_is_as_it_was() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (from, ids) = identity(&store, camera, 3).await;
    opened(&store, &event(camera, after(60))).await;
    let before = state(&database);
    let split = store.identities().split(from, &ids[1..], Some("Bob"), OPERATOR).await.unwrap().unwrap();
    let undone = store.identities().undo(split.operation, OPERATOR).await.unwrap().unwrap();
    assert_eq!((undone.target, undone.moved_sightings, undone.left_sightings), (from, 2, 0));
    assert_eq!(state(&database), before);
    assert!(apart(&store).await.is_empty());
    check_invariants(&database);
}

#[tokio::test]
async fn what_moved_or_went_since_is_left_where_it_is() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let people = people(&store, camera, 3).await;
    let [(target, _), (source, of_source), (third, of_third)] = &people[..] else { panic!() };
    let merged = store.identities().merge(*target, &[*source, *third], OPERATOR).await.unwrap().unwrap();
    let split = store.identities().split(*target, &of_source[..1], None, OPERATOR).await.unwrap().unwrap().identity;
    let off = store.identities().split(*target, of_third, None, OPERATOR).await.unwrap().unwrap().identity;
    store.identities().delete(&[off], OPERATOR).await.unwrap();
    name(&store, *target, "Ann").await;
    let undone = store.identities().undo(merged.operation, OPERATOR).await.unwrap().unwrap();
    assert_eq!((undone.restored.as_slice(), undone.moved_sightings, undone.left_sightings), (&[*source][..], 1, 3));
    assert_eq!(owners(&store, of_source).await, [split, *source]);
    assert_eq!(detail(&store, *target).await.unwrap().identity.name.as_deref(), Some("Ann"), "named since");
    check_invariants(&database);
}

#[tokio::test]
async fn what_joined_since_keeps_a_split_off_identity() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (from, ids) = identity(&store, camera, 2).await;
    let split = store.identities().split(from, &ids[1..], None, OPERATOR).await.unwrap().unwrap();
    let joined = RecordSighting { belongs: to(split.identity), ..rich_track(camera, after(999), 8) };
    let joined = recorded(&store, &joined).await.sighting;
    store.identities().undo(split.operation, OPERATOR).await.unwrap().unwrap();
    assert_eq!(owners(&store, &[ids[1], joined]).await, [from, split.identity]);
    check_invariants(&database);
}

#[tokio::test]
async fn merges_of_merges_are_undone_from_the_last() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let people = people(&store, camera, 3).await;
    let [(a, _), (b, _), (c, _)] = people[..] else { panic!() };
    let before = state(&database);
    let first = store.identities().merge(b, &[a], OPERATOR).await.unwrap().unwrap().operation;
    let second = store.identities().merge(c, &[b], OPERATOR).await.unwrap().unwrap().operation;
    let refused = store.identities().undo(first, OPERATOR).await.unwrap();
    assert_eq!(refused, Err(UndoRefused::IdentityGone(b)));
    store.identities().undo(second, OPERATOR).await.unwrap().unwrap();
    store.identities().undo(first, OPERATOR).await.unwrap().unwrap();
    assert_eq!(state(&database), before);
    check_invariants(&database);
}

#[tokio::test]
async fn a_live_identity_is_never_without_exemplars() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let (from, ids) = identity(&store, camera, 2).await;
    database.sql("DELETE FROM exemplars WHERE sighting_id = 2").unwrap();
    let split = store.identities().split(from, &ids[1..], None, OPERATOR).await.unwrap().unwrap().identity;
    let known = detail(&store, split).await.unwrap();
    assert_eq!((known.num_face_exemplars, known.num_appearance_exemplars), (1, 1), "from the track as a whole");
    check_invariants(&database);
}

#[tokio::test]
async fn exemplars_stay_few_whatever_is_merged() {
    let (database, store) = database().await;
    let camera = camera(&store, "yard").await.id;
    let people = people(&store, camera, 10).await;
    let all: Vec<IdentityId> = people.iter().map(|(id, _)| *id).collect();
    let merged = store.identities().merge(all[0], &all, OPERATOR).await.unwrap().unwrap();
    let known = detail(&store, all[0]).await.unwrap();
    assert!((1..=12).contains(&known.num_face_exemplars) && (1..=12).contains(&known.num_appearance_exemplars));
    store.identities().undo(merged.operation, OPERATOR).await.unwrap().unwrap();
    for id in all {
        assert!(detail(&store, id).await.unwrap().num_face_exemplars > 0);
    }
    check_invariants(&database);
}
