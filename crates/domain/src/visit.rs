//! Visits: what an operator calls one. A visit is the presence of one identity over all cameras, with gaps of at most
//! [`VisitRules::gap`]; while nobody knows who it is, that of things of one kind on one camera. It is what people are notified of:
//! once, and then again whenever there is more to say.
//!
//! Driven by the service notify with what Postgres says of an event each time a fact says that it changed. Nothing is remembered
//! between calls: the visits that may matter come in, and those that changed come out, so that telling the same twice changes
//! nothing. It never asks the clock, the database or the bus, and knows nobody's name.

mod filter;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod scenes;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::presence::{LATENESS, LENGTH_MAX};
use crate::{CameraId, EventId, IdentityId, PersonId, Timestamp};

pub use filter::{VisitFilter, Who};

/// Events of a visit that are kept: enough for hours of coming and going, few enough that a message stays a few kilobytes. The
/// oldest go first.
pub const STAYS_MAX: usize = 50;
/// An event lasts no longer: a presence is split, and its end is told a moment later. One that still has none had a recorder that died.
const EVENT_LENGTH_MAX: Duration = LENGTH_MAX.saturating_add(LATENESS).saturating_add(Duration::from_secs(60));

/// Names a visit for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VisitId(pub Uuid);

impl fmt::Display for VisitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// When visits begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitRules {
    /// Who is not seen for longer has left.
    pub gap: Duration,
    /// How long a visit of somebody unknown waits for a name before it is told.
    pub recognition_wait: Duration,
}

/// Whose visit it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visitor {
    /// This identity's.
    Identity(IdentityId),
    /// Things of one kind on one camera, of which nobody knows more.
    Unidentified {
        /// Where.
        camera: CameraId,
        /// What.
        label: String,
    },
}

/// One line for one visitor, which no other has.
impl fmt::Display for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity(identity) => write!(f, "identity {identity}"),
            Self::Unidentified { camera, label } => write!(f, "{label} on camera {camera}"),
        }
    }
}

/// One event of a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// The event.
    pub event: EventId,
    /// Where.
    pub camera: CameraId,
    /// What the visitor is.
    pub label: String,
    /// When it began.
    pub start: Timestamp,
    /// When it ended; `None` while it goes on.
    pub end: Option<Timestamp>,
    /// Whether its clip can be played.
    pub has_clip: bool,
    /// Whether it has a picture.
    pub has_thumbnail: bool,
}

impl Stay {
    fn ends_by(&self) -> Timestamp {
        self.end.unwrap_or_else(|| self.start.plus(EVENT_LENGTH_MAX))
    }
}

/// Somebody, or something, that re-ID knows in an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Who.
    pub identity: IdentityId,
    /// What they are.
    pub label: String,
    /// Whether an operator named them.
    pub named: bool,
    /// The enrolled person they were recognised as.
    pub person: Option<PersonId>,
}

/// An event as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenEvent {
    /// The event; its label is what triggered it.
    pub stay: Stay,
    /// Who is in it; empty while nobody knows.
    pub known: Vec<Known>,
}

/// A visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Its name.
    pub id: VisitId,
    /// Whose it is.
    pub visitor: Visitor,
    /// Whether an operator named the visitor.
    pub named: bool,
    /// The enrolled person that the visitor was recognised as.
    pub person: Option<PersonId>,
    /// When it began.
    pub started: Timestamp,
    /// Its events, oldest first, the newest [`STAYS_MAX`].
    pub stays: Vec<Stay>,
    /// Counts what was worth telling.
    pub revision: u64,
    /// Not told before.
    pub announced_from: Timestamp,
    /// When it is over, should the visitor not be seen again.
    pub due: Timestamp,
    /// When the visitor was last seen, once the visit is over.
    pub ended: Option<Timestamp>,
    /// The visit that it turned out to be a part of.
    pub continues_in: Option<VisitId>,
}

/// What a visit is to somebody who was told of it, or was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitNews {
    /// There is a visit.
    Started,
    /// There is more to say of it.
    Updated,
    /// It is over.
    Ended,
}

impl VisitNews {
    /// The word for it in messages and settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Updated => "updated",
            Self::Ended => "ended",
        }
    }
}

impl Visit {
    fn begin(id: VisitId, visitor: Visitor, stay: &Stay, rules: &VisitRules, now: Timestamp) -> Self {
        Self {
            id,
            visitor,
            named: false,
            person: None,
            started: stay.start,
            stays: Vec::new(),
            revision: 0,
            announced_from: now.plus(rules.recognition_wait),
            due: now,
            ended: None,
            continues_in: None,
        }
    }

    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// Whether the visitor has a name.
    pub fn is_known(&self) -> bool {
        self.named || self.person.is_some()
    }

    /// Whether an event is one of its.
    pub fn holds(&self, event: EventId) -> bool {
        self.stays.iter().any(|stay| stay.event == event)
    }

    /// The cameras, in the order in which the visitor came to them.
    pub fn cameras(&self) -> Vec<CameraId> {
        let mut cameras = Vec::new();
        for stay in &self.stays {
            if !cameras.contains(&stay.camera) {
                cameras.push(stay.camera);
            }
        }
        cameras
    }

    /// The event in which the visitor is to be seen now, should there be one.
    pub fn present(&self) -> Option<&Stay> {
        self.stays.iter().filter(|stay| stay.end.is_none() && self.is_open()).max_by_key(|stay| stay.start)
    }

    /// The last that is known of when the visitor was seen.
    pub fn last_seen(&self) -> Timestamp {
        self.stays.iter().map(|stay| stay.end.unwrap_or(stay.start)).max().unwrap_or(self.started)
    }

    fn ends_at(&self, rules: &VisitRules) -> Timestamp {
        self.stays.iter().map(Stay::ends_by).max().unwrap_or(self.started).plus(rules.gap)
    }

    /// What it is to somebody; `None` when there is nothing to be said any more.
    pub fn news(&self, was_told: bool) -> Option<VisitNews> {
        match (was_told, self.is_open()) {
            (false, _) if self.continues_in.is_some() => None,
            (_, false) => Some(VisitNews::Ended),
            (false, true) => Some(VisitNews::Started),
            (true, true) => Some(VisitNews::Updated),
        }
    }

    /// Takes in what an event is now.
    fn take_in(&mut self, stay: Stay) {
        match self.stays.iter_mut().find(|known| known.event == stay.event) {
            Some(known) => *known = stay,
            None => {
                self.stays.push(stay);
                self.stays.sort_by_key(|stay| (stay.start, stay.event));
                let surplus = self.stays.len().saturating_sub(STAYS_MAX);
                self.stays.drain(..surplus);
            }
        }
        if let Some(first) = self.stays.first() {
            self.started = self.started.min(first.start);
        }
    }

    fn let_go(&mut self, event: EventId) {
        self.stays.retain(|stay| stay.event != event);
        if let Some(first) = self.stays.first() {
            self.started = first.start;
        }
    }

    fn recognise(&mut self, known: &Known, now: Timestamp) {
        self.named = known.named;
        self.person = known.person.or(self.person);
        if self.is_known() {
            self.announced_from = self.announced_from.min(now);
        }
    }

    fn end(&mut self) {
        self.ended = Some(self.last_seen());
    }

    /// Whether it takes in an event that began then; one that is over does when it was ended too early.
    fn goes_on_with(&self, start: Timestamp, rules: &VisitRules) -> bool {
        self.continues_in.is_none() && start <= self.ends_at(rules)
    }

    /// What is worth telling.
    fn content(&self) -> impl PartialEq + use<> {
        let stays: Vec<_> = self.stays.iter().map(|stay| (stay.event, stay.has_clip, stay.has_thumbnail)).collect();
        (self.visitor.clone(), self.named, self.person, stays, self.is_open(), self.continues_in)
    }
}

/// The visitors of whom an event is.
pub fn visitors(seen: &SeenEvent) -> Vec<Visitor> {
    if seen.known.is_empty() {
        return vec![unidentified(seen)];
    }
    seen.known.iter().map(|known| Visitor::Identity(known.identity)).collect()
}

fn unidentified(seen: &SeenEvent) -> Visitor {
    Visitor::Unidentified { camera: seen.stay.camera, label: seen.stay.label.clone() }
}

/// Takes in an event as it is now. `visits` are those that hold it, and those of its [`visitors`] that are open or may go on with it;
/// `fresh` names new ones. Answers the visits that changed.
pub fn observe(
    visits: &[Visit],
    seen: &SeenEvent,
    rules: &VisitRules,
    now: Timestamp,
    fresh: impl FnMut() -> VisitId,
) -> Vec<Visit> {
    let mut scene = Scene { visits: visits.to_vec(), rules, now, fresh };
    scene.observe(seen);
    for visit in &mut scene.visits {
        visit.due = visit.ends_at(rules);
    }
    changed(visits, scene.visits)
}

/// Ends the visits whose visitors have left. Answers those that ended.
pub fn tick(visits: &[Visit], now: Timestamp) -> Vec<Visit> {
    let mut ticked = visits.to_vec();
    for visit in ticked.iter_mut().filter(|visit| visit.is_open() && visit.due <= now) {
        visit.end();
    }
    changed(visits, ticked)
}

fn changed(before: &[Visit], after: Vec<Visit>) -> Vec<Visit> {
    let was = |visit: &Visit| before.iter().find(|earlier| earlier.id == visit.id);
    let mut changed: Vec<Visit> = after.into_iter().filter(|visit| was(visit) != Some(visit)).collect();
    // Whoever writes them one by one meets no two open visits of one visitor.
    changed.sort_by_key(Visit::is_open);
    for visit in &mut changed {
        if was(visit).is_none_or(|earlier| earlier.content() != visit.content()) {
            visit.revision += 1;
        }
    }
    changed
}

/// The visits that may matter, while an event is taken in.
struct Scene<'a, Fresh> {
    visits: Vec<Visit>,
    rules: &'a VisitRules,
    now: Timestamp,
    fresh: Fresh,
}

impl<Fresh: FnMut() -> VisitId> Scene<'_, Fresh> {
    fn observe(&mut self, seen: &SeenEvent) {
        let event = seen.stay.event;
        let is_held = self.visits.iter().any(|visit| visit.holds(event));
        let is_held_open = self.visits.iter().any(|visit| visit.is_open() && visit.holds(event));
        if is_held && (seen.known.is_empty() || !is_held_open) {
            // Where it is it stays: what was told of somebody is not taken back for want of knowledge, nor after it is over.
            self.visits.iter_mut().for_each(|visit| visit.update(&seen.stay));
        } else if seen.known.is_empty() {
            self.join(unidentified(seen), seen.stay.clone());
        } else {
            self.identify(seen);
        }
    }

    fn identify(&mut self, seen: &SeenEvent) {
        let (event, wanted) = (seen.stay.event, visitors(seen));
        let mut missing: Vec<Visitor> =
            wanted.iter().filter(|visitor| self.visit_of(visitor, seen.stay.start).is_none()).cloned().collect();
        let mut emptied = Vec::new();
        for visit in self.visits.iter_mut().filter(|visit| visit.is_open() && visit.holds(event)) {
            if wanted.contains(&visit.visitor) {
                continue;
            }
            let is_its = matches!(visit.visitor, Visitor::Unidentified { .. }) || visit.stays.len() == 1;
            if is_its && !missing.is_empty() {
                // Whoever was told of somebody unknown is told who it is, not of somebody else.
                visit.visitor = missing.remove(0);
                (visit.named, visit.person) = (false, None);
                continue;
            }
            visit.let_go(event);
            if visit.stays.is_empty() {
                emptied.push(visit.id);
            }
        }
        let mut first = None;
        for known in &seen.known {
            let stay = Stay { label: known.label.clone(), ..seen.stay.clone() };
            let joined = self.join(Visitor::Identity(known.identity), stay);
            self.visits[joined].recognise(known, self.now);
            first.get_or_insert(self.visits[joined].id);
        }
        for visit in self.visits.iter_mut().filter(|visit| emptied.contains(&visit.id)) {
            visit.ended = Some(seen.stay.end.unwrap_or(seen.stay.start));
            visit.continues_in = first;
        }
    }

    /// Takes an event into the visit of a visitor, which begins with it when there is none.
    fn join(&mut self, visitor: Visitor, stay: Stay) -> usize {
        // One that was left open for too long does not go on.
        for visit in self.visits.iter_mut().filter(|visit| visit.is_open() && visit.visitor == visitor) {
            if !visit.holds(stay.event) && !visit.goes_on_with(stay.start, self.rules) {
                visit.end();
            }
        }
        let place = self.visit_of(&visitor, stay.start).unwrap_or_else(|| {
            self.visits.push(Visit::begin((self.fresh)(), visitor, &stay, self.rules, self.now));
            self.visits.len() - 1
        });
        let visit = &mut self.visits[place];
        visit.ended = None;
        visit.take_in(stay);
        place
    }

    /// The visit of a visitor that takes in an event that began then: an open one, else one that was ended too early.
    fn visit_of(&self, visitor: &Visitor, start: Timestamp) -> Option<usize> {
        let candidates = self
            .visits
            .iter()
            .enumerate()
            .filter(|(_, visit)| visit.visitor == *visitor && visit.goes_on_with(start, self.rules));
        candidates.max_by_key(|(_, visit)| (visit.is_open(), visit.last_seen())).map(|(place, _)| place)
    }
}

impl Visit {
    /// Takes in what one of its events is now, without its label, which is the visitor's.
    fn update(&mut self, now: &Stay) {
        if let Some(stay) = self.stays.iter_mut().find(|stay| stay.event == now.event) {
            *stay = Stay { label: std::mem::take(&mut stay.label), ..now.clone() };
        }
    }
}
