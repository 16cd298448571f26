//! A small gallery in memory is exact, whatever happened to it before.

use std::collections::BTreeMap;

use iris_domain::Class;
use iris_gallery::{Entry, Gallery, Kind, MemoryGallery, Of, Query, Subject};
use proptest::prelude::*;

use crate::support::{entry, feature, identity, person, plain_scan, seconds};

#[derive(Debug, Clone)]
enum Change {
    Upsert(Vec<Entry>),
    Replace(Subject, Vec<Entry>),
    Remove(Subject),
}

fn subject() -> impl Strategy<Value = Subject> {
    prop_oneof![4 => (1i64..6).prop_map(identity), 1 => (1i64..4).prop_map(person)]
}

fn class() -> impl Strategy<Value = Class> {
    prop::sample::select(vec![Class::person(), Class::new("car").unwrap()])
}

/// Few coarse directions, so that entries are often equal.
fn values() -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec((-2i8..=2).prop_map(f32::from), 5)
        .prop_filter("a direction", |values| values.iter().any(|v| *v != 0.0))
}

fn any_entry() -> impl Strategy<Value = Entry> {
    (1u64..20, subject(), values(), class(), 0i64..5, any::<bool>()).prop_map(
        |(id, subject, values, class, at, is_face)| {
            let kind = if is_face { Kind::Face } else { Kind::Appearance };
            Entry { kind, class, captured: seconds(at), ..entry(id, subject, feature(&values)) }
        },
    )
}

fn change() -> impl Strategy<Value = Change> {
    let entries = || prop::collection::vec(any_entry(), 0..8);
    prop_oneof![
        entries().prop_map(Change::Upsert),
        (subject(), entries()).prop_map(|(subject, entries)| {
            Change::Replace(subject, entries.into_iter().map(|entry| Entry { subject, ..entry }).collect())
        }),
        subject().prop_map(Change::Remove),
    ]
}

/// What a gallery holds, by what an entry is known by.
#[derive(Default)]
struct Plain(BTreeMap<(Of, Kind, u64), Entry>);

impl Plain {
    fn apply(&mut self, change: &Change) {
        let (cleared, entries) = match change {
            Change::Upsert(entries) => (None, entries.as_slice()),
            Change::Replace(subject, entries) => (Some(subject), entries.as_slice()),
            Change::Remove(subject) => (Some(subject), &[][..]),
        };
        self.0.retain(|_, entry| Some(&entry.subject) != cleared);
        self.0.extend(entries.iter().map(|entry| ((entry.subject.of(), entry.kind, entry.id), entry.clone())));
    }
}

async fn apply(gallery: &MemoryGallery, change: Change) {
    match change {
        Change::Upsert(entries) => gallery.upsert(entries).await.unwrap(),
        Change::Replace(subject, entries) => gallery.replace(subject, entries).await.unwrap(),
        Change::Remove(subject) => gallery.remove(subject).await.unwrap(),
    }
}

proptest! {
    #[test]
    fn it_answers_as_a_plain_scan_of_what_was_written(
        changes in prop::collection::vec(change(), 1..12),
        asked in values(),
        class in prop::option::of(class()),
        since in prop::option::of((0i64..5).prop_map(seconds)),
        exclude in prop::collection::vec(subject(), 0..3),
        limit in 1usize..6,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (gallery, mut plain) = (MemoryGallery::default(), Plain::default());
            for change in changes {
                plain.apply(&change);
                apply(&gallery, change).await;
            }
            let asked = feature(&asked);
            for (of, kind) in [(Of::Identities, Kind::Face), (Of::Identities, Kind::Appearance), (Of::People, Kind::Face)] {
                let query = Query { class: class.as_ref(), since, exclude: &exclude, ..Query::new(of, kind, &asked, limit) };
                prop_assert_eq!(gallery.search(&query).await.unwrap(), plain_scan(plain.0.values(), &query));
                let held = plain.0.keys().filter(|(its_of, its_kind, _)| (*its_of, *its_kind) == (of, kind)).count();
                prop_assert_eq!(gallery.count(of, kind).await.unwrap(), held as u64);
            }
            Ok(())
        })?;
    }
}
