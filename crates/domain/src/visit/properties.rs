//! What holds for whatever is told of events, in whatever order.

use proptest::prelude::*;

use super::*;

const RULES: VisitRules = VisitRules { gap: Duration::from_secs(120), recognition_wait: Duration::from_secs(10) };

#[derive(Debug, Clone)]
enum Told {
    Passes(u64),
    Event { event: i64, camera: i64, known: Vec<i64>, ended: bool, clip: bool },
}

fn told() -> impl Strategy<Value = Told> {
    let event = (1i64..12, 1i64..4, prop::collection::vec(1i64..5, 0..3), any::<bool>(), any::<bool>());
    prop_oneof![
        1 => (1u64..400).prop_map(Told::Passes),
        4 => event.prop_map(|(event, camera, known, ended, clip)| Told::Event { event, camera, known, ended, clip }),
    ]
}

/// Plays what is told, with each event's beginning where it was told of first.
#[derive(Default)]
struct Play {
    second: u64,
    began: std::collections::BTreeMap<i64, (u64, i64)>,
    visits: Vec<Visit>,
    made: u128,
}

fn at(second: u64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000).unwrap().plus(Duration::from_secs(second))
}

impl Play {
    fn seen(&mut self, told: &Told) -> Option<SeenEvent> {
        let Told::Event { event, camera, known, ended, clip } = told else { return None };
        let (start, camera) = *self.began.entry(*event).or_insert((self.second, *camera));
        let known = known.iter().map(|identity| Known {
            identity: IdentityId::new(*identity).unwrap(),
            label: "person".to_owned(),
            named: identity % 2 == 0,
            person: None,
        });
        let mut known: Vec<Known> = known.collect();
        known.sort_by_key(|known| known.identity);
        known.dedup();
        Some(SeenEvent {
            stay: Stay {
                event: EventId::new(*event).unwrap(),
                camera: CameraId::new(camera).unwrap(),
                label: "person".to_owned(),
                start: at(start),
                end: ended.then(|| at(self.second)),
                has_clip: *clip,
                has_thumbnail: *clip,
            },
            known,
        })
    }

    fn observe(&mut self, seen: &SeenEvent) -> Vec<Visit> {
        let made = &mut self.made;
        let changed = observe(&self.visits, seen, &RULES, at(self.second), || {
            *made += 1;
            VisitId(Uuid::from_u128(*made))
        });
        self.write(&changed);
        changed
    }

    fn tick(&mut self) {
        let ended = tick(&self.visits, at(self.second));
        self.write(&ended);
    }

    fn write(&mut self, changed: &[Visit]) {
        self.visits.retain(|visit| changed.iter().all(|new| new.id != visit.id));
        self.visits.extend_from_slice(changed);
    }
}

proptest! {
    #[test]
    fn visits_are_consistent_and_telling_twice_changes_nothing(script in prop::collection::vec(told(), 1..60)) {
        let mut play = Play::default();
        for told in &script {
            if let Told::Passes(seconds) = told {
                play.second += seconds;
                play.tick();
                continue;
            }
            let before = play.visits.clone();
            let seen = play.seen(told).unwrap();
            for new in play.observe(&seen) {
                let revision = before.iter().find(|visit| visit.id == new.id).map_or(0, |visit| visit.revision);
                prop_assert!(new.revision == revision || new.revision == revision + 1);
            }
            prop_assert!(play.visits.iter().any(|visit| visit.holds(seen.stay.event)));
            prop_assert_eq!(play.observe(&seen), vec![]);
            for (place, visit) in play.visits.iter().enumerate() {
                let same = |other: &&Visit| other.is_open() && other.visitor == visit.visitor;
                prop_assert!(!visit.is_open() || play.visits[place + 1..].iter().find(same).is_none());
                prop_assert_eq!(visit.stays.is_empty(), visit.continues_in.is_some());
                prop_assert!(visit.continues_in.is_none_or(|other| play.visits.iter().any(|visit| visit.id == other)));
                prop_assert!(visit.stays.iter().all(|stay| visit.started <= stay.start));
                prop_assert!(visit.revision > 0);
            }
        }
        play.second += 10_000;
        play.tick();
        prop_assert!(play.visits.iter().all(|visit| !visit.is_open()));
    }
}
