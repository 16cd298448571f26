//! Scenes with a known answer: people and things of a toy world walk past cameras, and a toy gallery stands where the leader of
//! re-ID has the index.

use std::collections::{BTreeMap, BTreeSet};

use super::toys::{Person, at, observation, track};
use super::*;
use crate::{CameraId, Class, Feature, IdentityId, SightingId, Timestamp};

/// All cameras of the toy world, and what is known of who was there.
#[derive(Default)]
struct Town {
    rules: AssociationRules,
    tracklets: BTreeMap<u64, Tracklet>,
    settled: BTreeMap<u64, Settled>,
    identities: Vec<Known>,
    /// Pairs of track and identity that an operator denied.
    denied: BTreeSet<(u64, i64)>,
    /// Identities that were seen side by side.
    company: ApartPairs,
    told: Vec<String>,
}

struct Known {
    class: Class,
    last_seen: Timestamp,
    faces: Vec<(u64, Feature)>,
    bodies: Vec<(u64, Timestamp, Feature)>,
}

fn id(number: usize) -> IdentityId {
    IdentityId::new(number as i64).unwrap()
}

impl Town {
    /// Takes in what was seen at one moment and decides about all of it.
    fn see(&mut self, seconds: f64, seen: Vec<Observation>) {
        let numbers: BTreeSet<u64> = seen.iter().map(|one| one.track.number).collect();
        for one in &seen {
            let tracklet = self.tracklets.entry(one.track.number).or_insert_with(|| Tracklet::begin(one, at(seconds)));
            tracklet.observe(one, at(seconds));
        }
        self.decide(seconds, &numbers);
    }

    fn decide(&mut self, seconds: f64, numbers: &BTreeSet<u64>) {
        let candidates: Vec<Vec<Candidate>> = numbers.iter().map(|number| self.candidates(*number)).collect();
        let cases: Vec<Undecided<'_>> = numbers
            .iter()
            .zip(&candidates)
            .map(|(number, candidates)| Undecided {
                tracklet: &self.tracklets[number],
                current: self.settled.get(number),
                candidates,
            })
            .collect();
        let decisions = decide_together(&cases, &self.rules, at(seconds));
        for (number, decision) in numbers.iter().zip(decisions) {
            self.act(*number, decision);
        }
    }

    fn candidates(&self, number: u64) -> Vec<Candidate> {
        let tracklet = &self.tracklets[&number];
        let (face, body) = (tracklet.face_mean(&self.rules), tracklet.body_mean(&self.rules));
        let beside: BTreeSet<IdentityId> = tracklet
            .companions
            .iter()
            .filter_map(|companion| self.settled.get(&companion.number))
            .map(|settled| settled.identity)
            .collect();
        let candidate = |(index, known): (usize, &Known)| {
            let identity = id(index + 1);
            let faces = known.faces.iter().filter(|(of, _)| *of != number).map(|(_, face)| face);
            let recent = |when: Timestamp| tracklet.first_seen.since(when) <= self.rules.body_window;
            let bodies = known.bodies.iter().filter(|(of, when, _)| *of != number && recent(*when)).map(|one| &one.2);
            Candidate {
                identity,
                named: false,
                class: known.class.clone(),
                face: face.as_ref().and_then(|face| identity_score(face, faces)),
                body: body.as_ref().and_then(|body| identity_score(body, bodies)),
                last_seen: known.last_seen,
                cannot_link: beside.contains(&identity) || self.denied.contains(&(number, identity.get())),
                apart_from: BTreeSet::new(),
                exemplars: vec![ExemplarRef {
                    sighting: SightingId::new(1).unwrap(),
                    kind: ExemplarKind::Face,
                    score: 0.5,
                }],
            }
        };
        let mut candidates: Vec<Candidate> = self.identities.iter().enumerate().map(candidate).collect();
        let faces = self.identities.iter().map(|known| Centroid::of(known.faces.iter().map(|(_, face)| face)));
        tell_apart(&mut candidates, &faces.collect::<Vec<_>>(), |a, b| self.company.contains(a, b), &self.rules);
        candidates
    }

    fn act(&mut self, number: u64, decision: Decision) {
        match decision {
            Decision::Wait(_) => return,
            Decision::Drop(reason) => return self.told.push(format!("{number} dropped: {reason}")),
            Decision::Keep => {}
            Decision::Found(evidence) => {
                let identity = self.new_identity(number);
                self.told.push(format!("{number} is new: {identity}"));
                self.settle(number, identity, evidence);
            }
            Decision::Join { identity, kind, evidence } => {
                self.told.push(format!("{number} is {identity} by {kind}"));
                self.settle(number, identity, evidence);
            }
            Decision::Confirm(evidence) => {
                self.told.push(format!("{number} stays, by {}", evidence.kind));
                self.settled.get_mut(&number).unwrap().evidence = evidence;
            }
            Decision::Reassign { to, evidence } => {
                self.forget(number);
                let identity = to.unwrap_or_else(|| self.new_identity(number));
                self.told.push(format!("{number} moves to {identity} by {}", evidence.kind));
                self.settle(number, identity, evidence);
            }
        }
        self.learn(number);
    }

    fn new_identity(&mut self, number: u64) -> IdentityId {
        let tracklet = &self.tracklets[&number];
        self.identities.push(Known {
            class: tracklet.class.clone(),
            last_seen: tracklet.last_seen,
            faces: Vec::new(),
            bodies: Vec::new(),
        });
        id(self.identities.len())
    }

    fn settle(&mut self, number: u64, identity: IdentityId, evidence: Evidence) {
        let alone = evidence.kind == MatchKind::New;
        for settled in self.settled.values_mut().filter(|settled| settled.identity == identity) {
            settled.alone = false;
        }
        self.settled.insert(number, Settled { identity, evidence, alone });
        let beside = self.tracklets[&number].companions.iter().filter_map(|other| self.settled.get(&other.number));
        beside.for_each(|other| self.company.insert(identity, other.identity));
    }

    fn forget(&mut self, number: u64) {
        for known in &mut self.identities {
            known.faces.retain(|(of, _)| *of != number);
            known.bodies.retain(|(of, _, _)| *of != number);
        }
    }

    /// The exemplars of a settled track belong to its identity.
    fn learn(&mut self, number: u64) {
        let Some(settled) = self.settled.get(&number) else { return };
        let index = settled.identity.get() as usize - 1;
        self.forget(number);
        let (tracklet, known) = (&self.tracklets[&number], &mut self.identities[index]);
        known.last_seen = known.last_seen.max(tracklet.last_seen);
        known.faces.extend(tracklet.exemplar_face(&self.rules).map(|face| (number, face.feature)));
        known.bodies.extend(tracklet.exemplar_body(&self.rules).map(|body| (number, body.captured, body.feature)));
    }

    /// Somebody walks past: a crop a second in `from..to`, with these qualities, and then the word that the track is over.
    fn walks(&mut self, number: u64, who: Person, from: f64, to: f64, face: f32, body: f32) {
        let mut seconds = from;
        while seconds <= to {
            self.see(seconds, vec![walking(number, who, from, seconds, face, body)]);
            seconds += 1.0;
        }
        self.leaves(number, to);
    }

    fn leaves(&mut self, number: u64, seconds: f64) {
        let first_seen = self.tracklets[&number].first_seen;
        let class = self.tracklets[&number].class.clone();
        let over = Observation { class, first_seen, ended: true, score: 0.0, ..observation(number, seconds) };
        self.see(seconds + 0.5, vec![Observation { captured: at(seconds + 0.5), ..over }]);
    }
}

fn walking(number: u64, who: Person, from: f64, seconds: f64, face: f32, body: f32) -> Observation {
    who.seen(Observation { first_seen: at(from), ..observation(number, seconds) }, face, body)
}

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;

#[test]
fn a_face_is_known_again_the_next_day_in_other_clothes() {
    let mut town = Town::default();
    let anna = Person::number(1);
    town.walks(1, anna, 0.0, 4.0, 0.5, 0.7);
    town.walks(2, anna.dressed_as(Person::number(2)), DAY, DAY + 4.0, 0.5, 0.7);
    assert_eq!(town.told, ["1 is new: 1", "2 is 1 by face"]);
    let evidence = &town.settled[&2].evidence;
    assert!(evidence.score.unwrap() > 0.6 && evidence.margin.is_none() && evidence.exemplars.len() == 1);
}

#[test]
fn clothes_are_known_again_within_hours_and_not_the_next_day() {
    let mut town = Town::default();
    let anna = Person::number(1);
    town.walks(1, anna, 0.0, 4.0, 0.0, 0.7);
    town.walks(2, anna, HOUR, HOUR + 4.0, 0.0, 0.7);
    town.walks(3, anna, DAY, DAY + 4.0, 0.0, 0.7);
    assert_eq!(town.told, ["1 is new: 1", "2 is 1 by appearance", "3 is new: 2"]);
}

#[test]
fn two_who_dress_alike_are_two_when_their_faces_were_seen() {
    let mut town = Town::default();
    let anna = Person::number(1);
    town.walks(1, anna, 0.0, 4.0, 0.5, 0.7);
    town.walks(2, Person::number(2).dressed_as(anna), 60.0, 64.0, 0.5, 0.7);
    assert_eq!(town.told, ["1 is new: 1", "2 is new: 2"]);
    town.walks(3, anna, 120.0, 124.0, 0.0, 0.7);
    assert_eq!(town.told[2], "3 dropped: several known ones look like it, and no face tells which");
    town.walks(4, anna, 180.0, 184.0, 0.5, 0.7);
    assert_eq!(town.told[3], "4 is 1 by face");
}

#[test]
fn who_is_seen_from_behind_first_is_found_out_when_the_face_comes() {
    let mut town = Town::default();
    let (anna, berta) = (Person::number(1), Person::number(2));
    town.walks(1, anna, 0.0, 4.0, 0.5, 0.7);
    let new_dress = anna.dressed_as(Person::number(3));
    town.walks(2, new_dress, DAY, DAY + 4.0, 0.0, 0.7);
    assert_eq!(town.told[1], "2 is new: 2", "from behind and in other clothes");
    town.see(DAY + 5.0, vec![walking(2, new_dress, DAY, DAY + 5.0, 0.7, 0.7)]);
    assert_eq!(town.told[2], "2 moves to 1 by face");
    // The same clothes by appearance, and then the face says so too.
    town.walks(3, new_dress, DAY + 60.0, DAY + 63.0, 0.0, 0.7);
    town.see(DAY + 64.0, vec![walking(3, new_dress, DAY + 60.0, DAY + 64.0, 0.7, 0.7)]);
    assert_eq!(town.told[3..], ["3 is 1 by appearance", "3 stays, by face"]);
    // Somebody else in those clothes, until the face shows it.
    let borrowed = berta.dressed_as(new_dress);
    town.walks(4, borrowed, DAY + 120.0, DAY + 123.0, 0.0, 0.7);
    town.see(DAY + 124.0, vec![walking(4, borrowed, DAY + 120.0, DAY + 124.0, 0.7, 0.7)]);
    assert_eq!(town.told[5..], ["4 is 1 by appearance", "4 moves to 3 by new"]);
}

#[test]
fn a_track_that_went_over_to_somebody_else_follows_whom_it_shows_most() {
    let mut town = Town::default();
    let (anna, berta, clara) = (Person::number(1), Person::number(2), Person::number(3));
    town.walks(1, anna, 0.0, 4.0, 0.0, 0.7);
    town.walks(2, berta, 60.0, 64.0, 0.0, 0.7);
    let mut goes_over = |number: u64, start: f64, to: Person| {
        for second in 0..8u32 {
            let (who, seconds) = (if second < 2 { anna } else { to }, start + f64::from(second));
            town.see(seconds, vec![walking(number, who, start, seconds, 0.0, 0.7)]);
        }
    };
    goes_over(3, 120.0, berta);
    goes_over(4, 180.0, clara);
    goes_over(5, 240.0, anna);
    let told = ["3 is 1 by appearance", "3 moves to 2 by appearance", "4 is 1 by appearance", "4 moves to 3 by new"];
    assert_eq!(town.told[2..6], told);
    assert_eq!(town.told[6..], ["5 is 1 by appearance"], "and who stays the same stays");
}

#[test]
fn two_in_uniform_side_by_side_are_two() {
    let mut town = Town::default();
    let (anna, berta) = (Person::number(1), Person::number(2).dressed_as(Person::number(1)));
    town.walks(1, anna, 0.0, 3.0, 0.0, 0.7);
    for seconds in [60.0, 61.0, 62.0, 63.0] {
        let beside = |number: u64, who: Person, other: u64| Observation {
            companions: vec![track(other)],
            ..walking(number, who, 60.0, seconds, 0.0, 0.7)
        };
        town.see(seconds, vec![beside(2, anna, 3), beside(3, berta, 2)]);
    }
    assert_eq!(town.told[0], "1 is new: 1");
    let mut told = town.told[1..].to_vec();
    told.sort();
    assert_eq!(told.len(), 2);
    assert_ne!(town.settled[&2].identity, town.settled[&3].identity);
    assert!([2, 3].iter().any(|one| town.settled[one].identity == id(1)), "one of them is the one who came before");
    town.walks(4, anna, 120.0, 124.0, 0.0, 0.7);
    assert_eq!(town.told.last().unwrap(), "4 dropped: several known ones look like it, and no face tells which");
}

#[test]
fn one_person_who_was_founded_twice_is_no_rival_of_herself() {
    let rules = AssociationRules::default();
    let anna = Person::number(1);
    let mut tracklet = Tracklet::begin(&observation(1, 0.0), at(0.0));
    for seconds in [0.0, 1.0] {
        tracklet.observe(&walking(1, anna, 0.0, seconds, 0.0, 0.7), at(seconds));
    }
    let candidate = |number: usize, body: f32| Candidate {
        identity: id(number),
        named: false,
        class: Class::person(),
        face: None,
        body: Some(body),
        last_seen: at(0.0),
        cannot_link: false,
        apart_from: BTreeSet::new(),
        exemplars: Vec::new(),
    };
    let decided = |faces: [Option<&Person>; 2], side_by_side: bool| {
        let mut candidates = [candidate(1, 0.95), candidate(2, 0.94)];
        let faces = faces.map(|face| face.and_then(|who| Centroid::of(&[who.face_like(0.9, 1)])));
        tell_apart(&mut candidates, &faces, |_, _| side_by_side, &rules);
        decide(&tracklet, None, &candidates, &rules, at(1.0))
    };
    let joined = |decision: Decision| matches!(decision, Decision::Join { identity, .. } if identity == id(1));
    let berta = Person::number(2);
    assert!(joined(decided([None, None], false)));
    assert!(joined(decided([Some(&anna), None], false)));
    assert!(joined(decided([Some(&anna), Some(&anna)], false)));
    assert!(!joined(decided([Some(&anna), Some(&berta)], false)), "two who dress alike");
    assert!(!joined(decided([None, None], true)), "two who were seen side by side");
}

#[test]
fn a_weak_view_waits_and_founds_nothing() {
    let mut town = Town::default();
    let anna = Person::number(1);
    town.walks(1, anna, 0.0, 5.0, 0.0, 0.3);
    assert_eq!(town.told, ["1 dropped: it was not seen well enough"]);
    town.walks(2, anna, 10.0, 15.0, 0.0, 0.4);
    assert_eq!(town.told[1], "2 is new: 1", "at its end, for want of a better view");
    assert_eq!(town.settled[&2].evidence.reason, "nobody known looks like it, though it was not seen well");
    town.walks(3, Person::number(3), 20.0, 20.0, 0.0, 0.9);
    assert_eq!(town.told[2], "3 dropped: it was seen too briefly");
    town.see(30.0, vec![observation(4, 30.0)]);
    town.leaves(4, 31.0);
    assert_eq!(town.told[3], "4 dropped: it showed neither a good face nor a good appearance");
}

#[test]
fn one_poor_face_founds_nothing_but_two_do_and_so_does_a_good_one() {
    let mut town = Town::default();
    let face_only = |number: u64, who: u64, quality: f32, seconds: f64| {
        vec![walking(number, Person::number(who), seconds, seconds, quality, 0.0)]
    };
    town.see(0.0, face_only(1, 1, 0.4, 0.0));
    assert_eq!(town.told, [""; 0]);
    town.see(1.0, face_only(1, 1, 0.4, 1.0));
    assert_eq!(town.told, ["1 is new: 1"]);
    town.see(2.0, face_only(2, 2, 0.7, 2.0));
    assert_eq!(town.told[1], "2 is new: 2");
    town.see(3.0, face_only(3, 1, 0.4, 3.0));
    assert_eq!(town.told[2], "3 is 1 by face", "a poor one is enough to be known by when it is very similar");
}

#[test]
fn heads_seen_from_behind_are_no_faces() {
    let mut town = Town::default();
    let anna = Person::number(1);
    // What a face detector makes of hair: another face each time.
    for seconds in 0..4u32 {
        let mut seen = walking(1, anna, 0.0, f64::from(seconds), 0.5, 0.7);
        seen.face.as_mut().unwrap().feature.embedding =
            Person::number(100 + u64::from(seconds)).face_like(1.0, 0).embedding;
        town.see(f64::from(seconds), vec![seen]);
    }
    assert_eq!(town.tracklets[&1].agreeing_faces(&town.rules).len(), 1);
    assert!(!town.tracklets[&1].faces_agree(&town.rules));
    assert!(town.identities[0].faces.is_empty() && !town.identities[0].bodies.is_empty());
}

#[test]
fn a_dog_is_no_cat_however_alike() {
    let mut town = Town::default();
    let beast = Person::number(1);
    for (number, class) in [(1, "cat"), (2, "dog"), (3, "dog")] {
        let from = f64::from(number) * 60.0;
        for seconds in [from, from + 1.0, from + 2.0] {
            let class = Class::new(class).unwrap();
            town.see(seconds, vec![Observation { class, ..walking(number as u64, beast, from, seconds, 0.0, 0.7) }]);
        }
    }
    assert_eq!(town.told, ["1 is new: 1", "2 is new: 2", "3 is 2 by appearance"]);
}

#[test]
fn what_an_operator_denied_is_not_joined_and_what_an_operator_settled_stays() {
    let mut town = Town::default();
    let (anna, berta) = (Person::number(1), Person::number(2));
    town.walks(1, anna, 0.0, 4.0, 0.5, 0.7);
    town.denied.insert((2, 1));
    town.walks(2, anna, 60.0, 64.0, 0.5, 0.7);
    assert_eq!(town.told, ["1 is new: 1", "2 is new: 2"]);
    town.walks(3, berta, 120.0, 121.0, 0.5, 0.7);
    let settled = town.settled.get_mut(&3).unwrap();
    settled.identity = id(1);
    settled.evidence.kind = MatchKind::Manual;
    town.see(123.0, vec![walking(3, berta, 120.0, 123.0, 0.9, 0.9)]);
    assert_eq!(town.told.len(), 3, "the face is nobody's of identity 1, but the operator knows");
}

#[test]
fn a_track_whose_end_was_lost_is_judged_when_its_silence_is_long() {
    let mut town = Town::default();
    town.see(0.0, vec![walking(1, Person::number(1), -2.0, 0.0, 0.0, 0.4)]);
    let deadline = |town: &Town, seconds: f64| town.tracklets[&1].deadline(&town.rules, at(seconds));
    assert_eq!(deadline(&town, 0.0), Some(at(2.0)));
    assert_eq!(deadline(&town, 2.0), Some(at(60.0)));
    for seconds in [2.0, 59.0, 60.0] {
        let before = town.told.len();
        town.decide(seconds, &[1].into());
        assert_eq!(town.told.len() > before, seconds == 60.0);
    }
    assert_eq!(deadline(&town, 60.0), None);
}

#[test]
fn a_face_that_is_only_similar_needs_an_appearance_that_agrees_however_far_all_others_are() {
    let rules = AssociationRules::default();
    let mut tracklet = Tracklet::begin(&observation(1, 0.0), at(0.0));
    for seconds in [0.0, 1.0] {
        tracklet.observe(&walking(1, Person::number(1), 0.0, seconds, 0.7, 0.7), at(seconds));
    }
    let judged = |body: f32| {
        let candidate = |number: usize, face: f32, body: f32| Candidate {
            identity: id(number),
            named: false,
            class: Class::person(),
            face: Some(face),
            body: Some(body),
            last_seen: at(-60.0),
            cannot_link: false,
            apart_from: BTreeSet::new(),
            exemplars: Vec::new(),
        };
        decide(&tracklet, None, &[candidate(1, 0.41, body), candidate(2, 0.05, 0.4)], &rules, at(3.0))
    };
    assert!(matches!(judged(0.85), Decision::Join { kind: MatchKind::Face, .. }));
    assert!(matches!(judged(0.7), Decision::Found(_)));
}

#[test]
fn each_of_two_gets_whom_it_fits_best_in_all() {
    let rules = AssociationRules::default();
    let tracklet = |number: u64, other: u64| {
        let mut tracklet = Tracklet::begin(&observation(number, 0.0), at(0.0));
        for seconds in [0.0, 1.0] {
            let seen = walking(number, Person::number(number), 0.0, seconds, 0.5, 0.7);
            tracklet.observe(&Observation { companions: vec![track(other)], ..seen }, at(seconds));
        }
        tracklet
    };
    let candidate = |number: usize, face: f32| Candidate {
        identity: id(number),
        named: false,
        class: Class::person(),
        face: Some(face),
        body: None,
        last_seen: at(0.0),
        cannot_link: false,
        apart_from: BTreeSet::new(),
        exemplars: Vec::new(),
    };
    let tracklets = [tracklet(1, 2), tracklet(2, 1)];
    let candidates = [vec![candidate(1, 0.80), candidate(2, 0.72)], vec![candidate(1, 0.78), candidate(2, 0.2)]];
    let cases: Vec<Undecided<'_>> = tracklets
        .iter()
        .zip(&candidates)
        .map(|(tracklet, candidates)| Undecided { tracklet, current: None, candidates })
        .collect();
    let joined: Vec<Option<i64>> = decide_together(&cases, &rules, at(2.0))
        .into_iter()
        .map(|decision| match decision {
            Decision::Join { identity, .. } => Some(identity.get()),
            _ => None,
        })
        .collect();
    assert_eq!(joined, [Some(2), Some(1)], "the second has nobody else to be");
}

#[test]
fn a_crowd_over_many_cameras_comes_out_as_it_went_in() {
    let mut town = Town::default();
    let people: Vec<Person> = (0..12).map(Person::number).collect();
    let mut number = 0;
    for visit in 0..8u32 {
        for (who, person) in people.iter().enumerate() {
            number += 1;
            let from = f64::from(visit) * 600.0 + who as f64 * 20.0;
            // Every second visit is seen from behind.
            let face = if visit % 2 == 0 { 0.5 } else { 0.0 };
            let camera = CameraId::new(1 + i64::from(visit) % 4).unwrap();
            for seconds in [from, from + 1.0, from + 2.0] {
                town.see(seconds, vec![Observation { camera, ..walking(number, *person, from, seconds, face, 0.7) }]);
            }
            town.leaves(number, from + 2.0);
        }
    }
    assert_eq!(town.identities.len(), people.len());
    for (track, settled) in &town.settled {
        assert_eq!(settled.identity, id((*track as usize - 1) % people.len() + 1));
    }
    assert_eq!(town.settled.len(), 96);
}
