//! Scenes: people come and go, and what is told of it.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const RULES: VisitRules = VisitRules { gap: Duration::from_secs(180), recognition_wait: Duration::from_secs(10) };
const DOOR: i64 = 1;
const YARD: i64 = 2;
const LIN: i64 = 7;
const POSTMAN: i64 = 8;

/// A clock, the events as they are now, and the visits as they were written.
#[derive(Default)]
struct Site {
    second: u64,
    events: BTreeMap<i64, SeenEvent>,
    visits: Vec<Visit>,
}

fn at(second: u64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000).unwrap().plus(Duration::from_secs(second))
}

fn known(identity: i64, named: bool) -> Known {
    Known { identity: IdentityId::new(identity).unwrap(), label: "person".to_owned(), named, person: None }
}

impl Site {
    fn takes_in(&mut self, event: i64) -> usize {
        let (seen, next) = (self.events[&event].clone(), self.visits.len() as u128 + 1);
        let changed = observe(&self.visits, &seen, &RULES, at(self.second), {
            let mut next = next;
            move || {
                next += 1;
                VisitId(Uuid::from_u128(next - 1))
            }
        });
        self.write(changed)
    }

    fn write(&mut self, changed: Vec<Visit>) -> usize {
        let told = changed.iter().filter(|visit| {
            self.visits.iter().find(|known| known.id == visit.id).is_none_or(|known| known.revision < visit.revision)
        });
        let told = told.count();
        for visit in changed {
            self.visits.retain(|known| known.id != visit.id);
            self.visits.push(visit);
        }
        self.visits.sort_by_key(|visit| visit.id);
        told
    }

    /// An event begins; how many visits have something to tell.
    fn begins(&mut self, event: i64, camera: i64) -> usize {
        let stay = Stay {
            event: EventId::new(event).unwrap(),
            camera: CameraId::new(camera).unwrap(),
            label: "person".to_owned(),
            start: at(self.second),
            end: None,
            has_clip: false,
            has_thumbnail: false,
        };
        self.events.insert(event, SeenEvent { stay, known: Vec::new() });
        self.takes_in(event)
    }

    fn changes(&mut self, event: i64, change: impl FnOnce(&mut SeenEvent)) -> usize {
        change(self.events.get_mut(&event).unwrap());
        self.takes_in(event)
    }

    fn is_of(&mut self, event: i64, who: &[(i64, bool)]) -> usize {
        let who = who.iter().map(|(identity, named)| known(*identity, *named)).collect();
        self.changes(event, |seen| seen.known = who)
    }

    fn ends(&mut self, event: i64) -> usize {
        let now = at(self.second);
        self.changes(event, |seen| seen.stay.end = Some(now))
    }

    fn clip_is_ready(&mut self, event: i64) -> usize {
        self.changes(event, |seen| (seen.stay.has_clip, seen.stay.has_thumbnail) = (true, true))
    }

    fn passes(&mut self, seconds: u64) -> usize {
        self.second += seconds;
        let over = tick(&self.visits, at(self.second));
        self.write(over)
    }

    fn open(&self) -> Vec<&Visit> {
        self.visits.iter().filter(|visit| visit.is_open()).collect()
    }
}

#[test]
fn who_walks_past_two_cameras_is_one_visit_that_is_told_once_and_updated() {
    let mut site = Site::default();
    assert_eq!(site.begins(1, DOOR), 1);
    assert_eq!(site.visits[0].news(false), Some(VisitNews::Started));
    assert_eq!(site.visits[0].announced_from, at(10), "it waits for a name");
    site.passes(3);
    assert_eq!(site.is_of(1, &[(LIN, true)]), 1);
    assert_eq!(site.visits[0].announced_from, at(3), "it has one");
    site.passes(20);
    assert_eq!(site.ends(1), 0, "that Lin left the door is not worth a word");
    assert_eq!(site.visits[0].present(), None);
    assert_eq!(site.begins(2, YARD), 1, "somebody is in the yard");
    site.passes(2);
    site.is_of(2, &[(LIN, true)]);
    let [lin, somebody] = &site.visits[..] else { panic!("{:?}", site.visits) };
    assert_eq!(lin.cameras(), [CameraId::new(DOOR).unwrap(), CameraId::new(YARD).unwrap()]);
    assert_eq!(lin.news(true), Some(VisitNews::Updated));
    assert_eq!(
        (somebody.continues_in, somebody.news(false)),
        (Some(lin.id), None),
        "that was Lin: nobody is told of two"
    );
    assert_eq!(somebody.news(true), Some(VisitNews::Ended), "unless they were");
    assert_eq!(site.clip_is_ready(1), 1);
    site.passes(30);
    site.ends(2);
    assert_eq!(site.passes(179), 0);
    assert_eq!(site.passes(1), 1);
    assert_eq!(site.visits[0].ended, Some(at(55)));
    assert_eq!(site.clip_is_ready(2), 1, "a clip that comes late is told of");
    assert_eq!(site.visits[0].news(true), Some(VisitNews::Ended));
    assert_eq!(site.visits.len(), 2);
}

#[test]
fn somebody_told_of_as_unknown_keeps_the_visit_when_they_are_known() {
    let mut site = Site::default();
    site.begins(1, DOOR);
    site.passes(60);
    site.is_of(1, &[(LIN, false)]);
    let first = site.visits[0].id;
    assert!(!site.visits[0].is_known());
    site.is_of(1, &[(LIN, true)]);
    assert!(site.visits.len() == 1 && site.visits[0].id == first && site.visits[0].is_known());
}

#[test]
fn who_comes_while_somebody_is_there_is_told_of_by_themselves() {
    let mut site = Site::default();
    site.begins(1, DOOR);
    site.is_of(1, &[(LIN, true)]);
    site.passes(20);
    assert_eq!(site.is_of(1, &[(LIN, true), (POSTMAN, false)]), 1, "Lin's visit has nothing new");
    assert_eq!(site.open().len(), 2);
    assert_eq!(site.ends(1), 0);
    assert_eq!(site.passes(300), 2, "both are over");
}

#[test]
fn things_that_nobody_knows_are_one_visit_for_a_kind_and_a_camera() {
    let mut site = Site::default();
    for event in 1..=5 {
        site.begins(event, DOOR);
        site.passes(20);
        site.ends(event);
        site.passes(100);
    }
    assert_eq!(site.visits.len(), 1);
    site.begins(6, YARD);
    assert_eq!(site.visits.len(), 2, "whether it is the same thing elsewhere nobody can say");
    site.is_of(5, &[(LIN, true)]);
    assert_eq!(site.visits.len(), 2, "who was told of is named");
    assert_eq!(site.visits[0].visitor, Visitor::Identity(IdentityId::new(LIN).unwrap()));
    assert_eq!(site.takes_in(1), 0, "and what belongs to it stays");
}

#[test]
fn a_correction_moves_what_it_is_about_and_nothing_else() {
    let mut site = Site::default();
    site.begins(1, DOOR);
    site.is_of(1, &[(LIN, true)]);
    site.passes(10);
    site.begins(2, YARD);
    site.is_of(2, &[(LIN, true)]);
    site.is_of(2, &[(POSTMAN, false)]);
    let lin = site.open()[0];
    assert_eq!((lin.stays.len(), site.open().len()), (1, 2));
    // And all of it is another's: the visit goes on as theirs.
    let id = lin.id;
    site.is_of(1, &[(9, true)]);
    let whose = site.visits.iter().find(|visit| visit.id == id).unwrap();
    assert_eq!(whose.visitor, Visitor::Identity(IdentityId::new(9).unwrap()));
}

#[test]
fn a_night_of_events_that_is_worked_through_in_the_morning_is_the_visits_it_was() {
    let mut night = Site::default();
    let mut told = Vec::new();
    for (event, pause) in [(1, 60), (2, 60), (3, 600), (4, 60)] {
        night.begins(event, DOOR);
        night.is_of(event, &[(LIN, true)]);
        night.second += 30;
        night.ends(event);
        night.second += pause;
        told.push(night.events[&event].clone());
    }
    let mut morning = Site { second: 30_000, ..Site::default() };
    for seen in told {
        let event = seen.stay.event.get();
        morning.events.insert(event, seen);
        morning.takes_in(event);
        // Whether what is over is ended between two events or not.
        if event % 2 == 0 {
            morning.passes(1);
        }
    }
    morning.passes(1);
    // At night somebody was unknown for a moment, four times.
    let spans = |site: &Site| {
        let whole = site.visits.iter().filter(|visit| visit.continues_in.is_none());
        whole.map(|visit| (visit.started, visit.ended)).collect::<Vec<_>>()
    };
    night.passes(1000);
    assert_eq!(spans(&morning), spans(&night));
    assert_eq!(spans(&night).len(), 2);
}

#[test]
fn an_event_whose_end_was_never_told_does_not_keep_a_visit_open_for_ever() {
    let mut site = Site::default();
    site.begins(1, DOOR);
    assert_eq!(site.passes(600), 0);
    assert_eq!(site.passes(600), 1);
    assert!(site.open().is_empty());
}

#[test]
fn a_long_visit_keeps_the_newest_events_and_its_beginning() {
    let mut site = Site::default();
    for event in 1..=60 {
        site.begins(event, DOOR);
        site.passes(20);
        site.ends(event);
    }
    let [visit] = &site.visits[..] else { panic!("{:?}", site.visits) };
    assert_eq!((visit.stays.len(), visit.started, visit.stays[0].start), (STAYS_MAX, at(0), at(200)));
}

#[test]
fn a_filter_admits_what_it_says() {
    let mut site = Site::default();
    site.begins(1, DOOR);
    site.is_of(1, &[(LIN, true)]);
    let visit = &site.visits[0];
    let camera = |camera| BTreeSet::from([CameraId::new(camera).unwrap()]);
    let label = |label: &str| BTreeSet::from([label.to_owned()]);
    let all = VisitFilter::default();
    assert!(all.admits(visit));
    assert!(VisitFilter { cameras: camera(DOOR), labels: label("person"), who: Who::Known }.admits(visit));
    assert!(!VisitFilter { cameras: camera(YARD), ..all.clone() }.admits(visit));
    assert!(!VisitFilter { labels: label("car"), ..all.clone() }.admits(visit));
    assert!(!VisitFilter { who: Who::Unknown, ..all }.admits(visit));
}
