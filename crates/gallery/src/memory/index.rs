//! The entries of one space, grouped by subject. What it answers depends on what is in it alone, never on the order in which
//! that came: a gallery that was loaded anew answers as the one that lived through the changes.

use std::collections::{BTreeSet, HashMap};

use iris_domain::{Class, Embedding, Timestamp};

use super::prototypes::Prototypes;
use super::quantised::Rows;
use crate::{Entry, Subject};

/// See the module.
#[derive(Default)]
pub(super) struct Index {
    pub(super) groups: Vec<Group>,
    /// Of each group, apart from it: a search asks all groups whether they are worth a look.
    pub(super) summaries: Vec<Summary>,
    pub(super) prototypes: Prototypes,
    /// The number of each subject's group.
    pub(super) numbers: HashMap<Subject, u32>,
    /// Whose each entry is.
    owners: HashMap<u64, Subject>,
    classes: Classes,
}

/// The entries of one subject.
pub(super) struct Group {
    pub(super) subject: Subject,
    /// By id.
    pub(super) members: Vec<Member>,
    /// The members' vectors, in the same order.
    pub(super) rows: Rows,
}

/// What is true of all members of a group.
#[derive(Clone, Copy)]
pub(super) struct Summary {
    /// When the first of them was captured.
    pub(super) oldest: Timestamp,
    /// When the last of them was captured.
    pub(super) newest: Timestamp,
    /// Their class; `None` when they are of several.
    pub(super) class: Option<ClassNumber>,
}

/// What an entry is apart from whose.
#[derive(Clone)]
pub(super) struct Member {
    pub(super) id: u64,
    pub(super) embedding: Embedding,
    pub(super) class: ClassNumber,
    pub(super) captured: Timestamp,
}

/// Stands for a class name: thousands of groups are asked for theirs in a search.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct ClassNumber(u16);

/// The class names met so far, a few dozen.
#[derive(Default)]
struct Classes(Vec<Class>);

impl Classes {
    fn find(&self, class: &Class) -> Option<ClassNumber> {
        self.0.iter().position(|known| known == class).map(|at| ClassNumber(at as u16))
    }

    fn number(&mut self, class: &Class) -> ClassNumber {
        self.find(class).unwrap_or_else(|| {
            self.0.push(class.clone());
            ClassNumber((self.0.len() - 1) as u16)
        })
    }
}

impl Index {
    /// Entries.
    pub(super) fn len(&self) -> usize {
        self.owners.len()
    }

    /// The number of a class; none is known of an entry's class that is in no entry.
    pub(super) fn class(&self, class: &Class) -> Option<ClassNumber> {
        self.classes.find(class)
    }

    pub(super) fn upsert(&mut self, entries: Vec<Entry>) {
        let mut changed = BTreeSet::new();
        for entry in entries {
            if let Some(owner) = self.owners.insert(entry.id, entry.subject) {
                self.group(owner).take(entry.id);
                changed.insert(owner);
            }
            let class = self.classes.number(&entry.class);
            let member = Member { id: entry.id, embedding: entry.feature.embedding, class, captured: entry.captured };
            self.group(entry.subject).put(member);
            changed.insert(entry.subject);
        }
        changed.into_iter().for_each(|subject| self.settle(subject));
    }

    pub(super) fn remove(&mut self, subject: Subject) {
        let Some(number) = self.numbers.remove(&subject) else { return };
        let group = self.groups.swap_remove(number as usize);
        self.summaries.swap_remove(number as usize);
        self.prototypes.swap_remove(number);
        for member in &group.members {
            self.owners.remove(&member.id);
        }
        if let Some(moved) = self.groups.get(number as usize) {
            self.numbers.insert(moved.subject, number);
        }
    }

    /// A subject's group, new where it has none.
    fn group(&mut self, subject: Subject) -> &mut Group {
        let number = *self.numbers.entry(subject).or_insert_with(|| {
            self.groups.push(Group { subject, members: Vec::new(), rows: Rows::default() });
            self.summaries.push(Summary::of(&[]));
            self.prototypes.add();
            (self.groups.len() - 1) as u32
        });
        &mut self.groups[number as usize]
    }

    /// Makes of a changed group's members what a search needs of them.
    fn settle(&mut self, subject: Subject) {
        let Some(number) = self.numbers.get(&subject).copied() else { return };
        let group = &mut self.groups[number as usize];
        if group.members.is_empty() {
            return self.remove(subject);
        }
        group.rows = Rows::default();
        group.members.iter().for_each(|member| group.rows.push(&member.embedding));
        self.summaries[number as usize] = Summary::of(&group.members);
        self.prototypes.set(number, group.members.iter().map(|member| &member.embedding));
    }
}

impl Group {
    fn put(&mut self, member: Member) {
        let at = self.members.partition_point(|other| other.id < member.id);
        self.members.insert(at, member);
    }

    fn take(&mut self, id: u64) {
        self.members.retain(|member| member.id != id);
    }
}

impl Summary {
    fn of(members: &[Member]) -> Self {
        let captured = || members.iter().map(|member| member.captured);
        let first = members.first().map(|member| member.class);
        Self {
            oldest: captured().min().unwrap_or(Timestamp::EPOCH),
            newest: captured().max().unwrap_or(Timestamp::EPOCH),
            class: first.filter(|first| members.iter().all(|member| member.class == *first)),
        }
    }
}
