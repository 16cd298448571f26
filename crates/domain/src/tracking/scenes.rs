//! Small films with a known answer.

use std::time::Duration;

use uuid::Uuid;

use super::{Track, TrackState, TrackedPicture, Tracker, TrackerSettings};
use crate::{BBox, Class, Detection, Look, Timestamp};

const ASPECT: f32 = 16.0 / 9.0;

/// A tracker and the time of its film.
struct Film {
    tracker: Tracker,
    at: Duration,
}

impl Film {
    fn new() -> Self {
        let tracker = Tracker::new(TrackerSettings::for_confidence(0.4), Uuid::nil());
        Self { tracker, at: Duration::ZERO }
    }

    /// Shows a picture `seconds` after the last.
    fn show(&mut self, seconds: f32, detections: &[Detection]) -> TrackedPicture {
        self.at += Duration::from_secs_f32(seconds);
        let picture = self.tracker.observe(detections, self.at, Timestamp::EPOCH.plus(self.at), ASPECT);
        self.tracker.check_invariants();
        picture.expect("time goes on")
    }

    fn seconds(&self) -> f32 {
        self.at.as_secs_f32()
    }
}

fn thing(name: &str, x: f32, score: f32) -> Detection {
    let bbox = BBox::clipped(x, 0.3, x + 0.08, 0.7).unwrap();
    Detection { bbox, class: Class::new(name).unwrap(), score, look: None }
}

fn person(x: f32, score: f32) -> Detection {
    thing("person", x, score)
}

fn numbers(picture: &TrackedPicture) -> Vec<u64> {
    picture.tracks.iter().map(|track| track.key.number).collect()
}

fn only(picture: &TrackedPicture) -> &Track {
    assert_eq!(picture.tracks.len(), 1, "{:?}", picture.tracks);
    &picture.tracks[0]
}

#[test]
fn a_track_is_tentative_once_and_confirmed_from_the_second_picture() {
    let mut film = Film::new();
    assert_eq!(only(&film.show(0.2, &[person(0.1, 0.9)])).state, TrackState::Tentative);
    let second = film.show(0.2, &[person(0.11, 0.9)]);
    let track = only(&second);
    assert_eq!((track.state, track.hits, track.observed), (TrackState::Confirmed, 2, true));
    assert_eq!(track.last_seen.since(track.first_seen), Duration::from_millis(200));
}

#[test]
fn a_mistake_of_one_picture_ends_with_the_next() {
    let mut film = Film::new();
    let born = numbers(&film.show(0.2, &[person(0.1, 0.9)]));
    let next = film.show(0.2, &[]);
    assert_eq!(next.tracks, []);
    assert_eq!(next.ended.iter().map(|key| key.number).collect::<Vec<_>>(), born);
}

#[test]
fn two_people_cross_and_stay_who_they_are() {
    let mut film = Film::new();
    for _ in 0..50 {
        let travelled = 0.15 * film.seconds();
        // The farther one walks 0.06 of the picture higher up.
        let mut far = person(0.9 - travelled, 0.8);
        far.bbox.y1 -= 0.06;
        far.bbox.y2 -= 0.06;
        film.show(0.1, &[person(travelled, 0.9), far]);
    }
    let last = film.show(0.1, &[person(0.15 * 5.0, 0.9)]);
    assert_eq!(numbers(&last), [1, 2]);
    assert!(last.tracks[0].observed && last.tracks[0].bbox.x1 > 0.7, "the first walked to the right");
    assert!(!last.tracks[1].observed && last.tracks[1].bbox.x1 < 0.2, "the second walked to the left");
}

#[test]
fn irregular_pictures_do_not_break_a_walk() {
    let mut film = Film::new();
    for step in 0..60 {
        let seconds = [0.03, 0.25, 0.08, 0.4, 0.05][step % 5];
        let x = 0.06 * (film.seconds() + seconds);
        assert_eq!(numbers(&film.show(seconds, &[person(x, 0.8)])), [1]);
    }
}

#[test]
fn a_walker_hidden_for_less_than_a_second_comes_out_as_himself() {
    let mut film = Film::new();
    for _ in 0..20 {
        let x = 0.1 * (film.seconds() + 0.1);
        film.show(0.1, &[person(x, 0.9)]);
    }
    for _ in 0..8 {
        let hidden = film.show(0.1, &[]);
        assert!(!only(&hidden).observed);
    }
    let x = 0.1 * (film.seconds() + 0.1);
    let back = film.show(0.1, &[person(x, 0.9)]);
    assert!(only(&back).observed);
    assert_eq!(numbers(&back), [1]);
}

#[test]
fn who_is_gone_for_longer_than_a_second_is_gone() {
    let mut film = Film::new();
    (0..5).for_each(|_| drop(film.show(0.2, &[person(0.4, 0.9)])));
    let ended: Vec<u64> = (0..6).flat_map(|_| film.show(0.2, &[]).ended).map(|key| key.number).collect();
    assert_eq!(ended, [1]);
    assert_eq!(numbers(&film.show(0.2, &[person(0.4, 0.9)])), [2]);
}

#[test]
fn a_slow_detection_does_not_cut_a_track_and_a_long_pause_does() {
    let mut film = Film::new();
    (0..3).for_each(|_| drop(film.show(0.2, &[person(0.4, 0.9)])));
    assert_eq!(numbers(&film.show(3.0, &[person(0.4, 0.9)])), [1]);
    let after = film.show(20.0, &[person(0.4, 0.9)]);
    assert_eq!((numbers(&after), after.ended[0].number), (vec![2], 1));
}

#[test]
fn low_scores_continue_a_track_and_start_none() {
    let mut film = Film::new();
    film.show(0.1, &[person(0.4, 0.9)]);
    film.show(0.1, &[person(0.4, 0.9)]);
    for _ in 0..30 {
        let dip = film.show(0.1, &[person(0.4, 0.15), person(0.8, 0.15)]);
        assert!(only(&dip).observed);
    }
}

#[test]
fn low_scores_confirm_no_mistake() {
    let mut film = Film::new();
    film.show(0.1, &[person(0.4, 0.9)]);
    assert_eq!(film.show(0.1, &[person(0.4, 0.2)]).tracks, []);
}

#[test]
fn who_stops_behind_something_is_found_where_he_was_last_seen() {
    let mut film = Film::new();
    for _ in 0..20 {
        let x = 0.2 * (film.seconds() + 0.1);
        film.show(0.1, &[person(x, 0.9)]);
    }
    // At this speed the prediction is a body's width ahead after half a second; he stood still.
    (0..8).for_each(|_| drop(film.show(0.1, &[])));
    assert_eq!(numbers(&film.show(0.1, &[person(0.2 * 2.0, 0.9)])), [1]);
}

#[test]
fn a_van_is_one_track_by_majority_and_never_its_driver() {
    let mut film = Film::new();
    for name in ["truck", "car", "car", "truck", "car"] {
        film.show(0.2, &[thing(name, 0.4, 0.8)]);
    }
    let picture = film.show(0.2, &[thing("car", 0.4, 0.8), person(0.4, 0.8)]);
    let classes: Vec<&str> = picture.tracks.iter().map(|track| track.class.as_str()).collect();
    assert_eq!(classes, ["car", "person"]);
}

#[test]
fn one_thing_under_two_names_is_one_track() {
    let mut film = Film::new();
    for _ in 0..5 {
        let picture = film.show(0.2, &[thing("train", 0.4, 0.5), thing("bus", 0.4, 0.6)]);
        assert_eq!(only(&picture).class.as_str(), "bus");
    }
}

/// Two people walk up to each other, stand close for a moment and each turn back; whom the first and second track follow then, by
/// where they are.
fn meet_and_turn_back(looks: [Option<Look>; 2]) -> [f32; 2] {
    let mut film = Film::new();
    let mut last = TrackedPicture::default();
    for step in 0..=40_u8 {
        // 1 where they began, 0 where they meet.
        let apart = (f32::from(step) / 20.0 - 1.0).abs();
        let [mut left, mut right] = [person(0.43 - 0.25 * apart, 0.9), person(0.45 + 0.25 * apart, 0.9)];
        [left.look, right.look] = looks;
        last = film.show(0.1, &[left, right]);
    }
    assert_eq!(numbers(&last), [1, 2]);
    [last.tracks[0].bbox.x1, last.tracks[1].bbox.x1]
}

#[test]
fn two_who_meet_and_turn_back_are_told_apart_by_their_colours() {
    let motion_alone = meet_and_turn_back([None, None]);
    assert!(motion_alone[0] > motion_alone[1], "each is taken for the other, who went on: {motion_alone:?}");
    let alike = meet_and_turn_back([Some(Look([[90, 128, 128]; 4])); 2]);
    assert_eq!(alike, motion_alone, "colours that are alike say nothing");
    let coats = meet_and_turn_back([Some(Look([[90, 110, 150]; 4])), Some(Look([[90, 150, 110]; 4]))]);
    assert!(coats[0] < 0.2 && coats[1] > 0.6, "{coats:?}");
}
