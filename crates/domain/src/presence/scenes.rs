//! Scenes with a known answer: a few seconds at a door, told picture by picture.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::*;

const PERSON: &str = "person";

/// One camera, five pictures a second.
struct Scene {
    presence: Presence,
    rules: PresenceRules,
    started: Instant,
    told: Vec<String>,
}

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + (seconds * 1000.0).round() as i64).unwrap()
}

fn thing(number: u64, class: &str, x: f32, score: f32) -> Seen {
    Seen {
        key: TrackKey { run: Uuid::nil(), number },
        class: Class::new(class).unwrap(),
        bbox: BBox::clipped(x, 0.3, x + 0.2, 0.8).unwrap(),
        score,
        confirmed: true,
        observed: true,
    }
}

fn scene() -> Scene {
    let rules = PresenceRules {
        trigger_classes: vec![Class::person(), Class::new("car").unwrap()],
        min_trigger_frames: 3,
        trigger_cooldown: Duration::ZERO,
        pre: Duration::from_secs(5),
        post: Duration::from_secs(10),
        min_score: 0.4,
    };
    Scene { presence: Presence::default(), rules, started: Instant::now(), told: Vec::new() }
}

impl Scene {
    /// One picture.
    fn picture(&mut self, seconds: f64, seen: &[Seen]) {
        let now = self.started + Duration::from_secs_f64(seconds.max(0.0));
        let outputs = self.presence.observe(at(seconds), seen, &self.rules, now);
        self.note(outputs);
    }

    /// Pictures every 0.2 s in `from..to`, all showing the same.
    fn shows(&mut self, from: f64, to: f64, seen: &[Seen]) {
        let pictures = ((to - from) / 0.2).round() as usize;
        for picture in 0..pictures {
            self.picture(from + picture as f64 * 0.2, seen);
        }
    }

    fn clock(&mut self, seconds: f64) {
        let outputs = self.presence.tick(self.started + Duration::from_secs_f64(seconds));
        self.note(outputs);
    }

    fn note(&mut self, outputs: Vec<PresenceOutput>) {
        for output in outputs {
            self.told.push(match output {
                PresenceOutput::Opened(summary) => format!("opened {}", written(&summary)),
                PresenceOutput::Changed(summary) => format!("changed {}", written(&summary)),
                PresenceOutput::Closed(summary) => format!("closed {}", written(&summary)),
            });
        }
    }
}

/// `<label> <first>..<last> of <tracks>`, in seconds of the scene.
fn written(summary: &PresenceSummary) -> String {
    let seconds = |moment: Timestamp| (moment.seconds_since(at(0.0)) * 10.0).round() / 10.0;
    let (first, last) = (seconds(summary.first), seconds(summary.last));
    format!("{} {first}..{last} of {}", summary.label, summary.num_tracks())
}

#[test]
fn a_visit_opens_with_the_third_picture_and_ends_at_its_last_trigger() {
    let mut scene = scene();
    scene.shows(0.0, 1.0, &[]);
    scene.shows(1.0, 4.0, &[thing(1, PERSON, 0.4, 0.9)]);
    assert_eq!(scene.told, ["opened person 1..1.4 of 1"]);
    scene.shows(4.0, 14.0, &[]);
    assert_eq!(scene.told.len(), 1, "a return is waited for");
    scene.shows(14.0, 15.0, &[]);
    assert_eq!(scene.told[1..], ["closed person 1..3.8 of 1"]);
}

#[test]
fn a_flicker_opens_nothing() {
    let mut scene = scene();
    for start in [0.0, 1.0, 2.0] {
        scene.shows(start, start + 0.4, &[thing(1, PERSON, 0.4, 0.9)]);
        scene.shows(start + 0.4, start + 1.0, &[]);
    }
    assert_eq!(scene.told, [""; 0]);
}

#[test]
fn who_comes_back_in_time_goes_on_and_who_joins_is_told() {
    let mut scene = scene();
    scene.shows(0.0, 2.0, &[thing(1, PERSON, 0.4, 0.9)]);
    scene.shows(2.0, 11.0, &[]);
    scene.shows(11.0, 12.0, &[thing(2, PERSON, 0.4, 0.9)]);
    scene.shows(12.0, 30.0, &[]);
    assert_eq!(scene.told, ["opened person 0..0.4 of 1", "changed person 0..11 of 2", "closed person 0..11.8 of 2"]);
}

#[test]
fn faint_things_continue_a_presence_but_do_not_start_one() {
    let mut scene = scene();
    scene.shows(0.0, 3.0, &[thing(1, PERSON, 0.4, 0.2)]);
    assert_eq!(scene.told, [""; 0]);
    scene.shows(3.0, 4.0, &[thing(1, PERSON, 0.4, 0.5)]);
    scene.shows(4.0, 9.0, &[thing(1, PERSON, 0.4, 0.2)]);
    scene.shows(9.0, 20.0, &[]);
    assert_eq!(scene.told, ["opened person 3..3.4 of 1", "closed person 3..8.8 of 1"]);
}

#[test]
fn predicted_things_and_other_classes_trigger_nothing() {
    let mut scene = scene();
    let predicted = Seen { observed: false, ..thing(1, PERSON, 0.4, 0.9) };
    scene.shows(0.0, 3.0, &[predicted, thing(2, "dog", 0.1, 0.9)]);
    assert_eq!(scene.told, [""; 0]);
}

#[test]
fn a_car_triggers_until_it_has_parked_and_again_when_it_leaves() {
    let mut scene = scene();
    let car = |number, x| thing(number, "car", x, 0.9);
    for step in 0..10 {
        scene.picture(f64::from(step) * 0.2, &[car(1, 0.02 + step as f32 * 0.05)]);
    }
    scene.shows(2.0, 60.0, &[car(1, 0.5)]);
    assert_eq!(scene.told[0], "opened car 0..0.4 of 1");
    assert_eq!(scene.told[1..], ["closed car 0..21.6 of 1"], "20 s after it came to rest");
    scene.shows(60.0, 61.0, &[]);
    scene.shows(61.0, 90.0, &[car(2, 0.5)]);
    assert_eq!(scene.told.len(), 2, "found again under another name, it is still parked");
    for step in 0..5 {
        scene.picture(90.0 + f64::from(step) * 0.2, &[car(2, 0.5 - step as f32 * 0.1)]);
    }
    assert_eq!(scene.told[2..], ["opened car 90.2..90.6 of 1"]);
}

#[test]
fn a_person_who_sits_still_is_still_there() {
    let mut scene = scene();
    scene.shows(0.0, 60.0, &[thing(1, PERSON, 0.4, 0.9)]);
    scene.shows(60.0, 75.0, &[]);
    assert_eq!(scene.told.last().unwrap(), "closed person 0..59.8 of 1");
}

#[test]
fn a_pause_after_an_event_is_kept() {
    let mut scene = scene();
    scene.rules.trigger_cooldown = Duration::from_secs(30);
    scene.shows(0.0, 1.0, &[thing(1, PERSON, 0.4, 0.9)]);
    scene.shows(1.0, 12.0, &[]);
    scene.shows(12.0, 40.0, &[thing(2, PERSON, 0.4, 0.9)]);
    assert_eq!(scene.told, ["opened person 0..0.4 of 1", "closed person 0..0.8 of 1", "opened person 30.8..31.2 of 1"]);
}

#[test]
fn a_long_presence_is_split_without_a_hole() {
    let mut scene = scene();
    scene.shows(0.0, 700.0, &[thing(1, PERSON, 0.4, 0.9)]);
    scene.shows(700.0, 715.0, &[]);
    assert_eq!(
        scene.told,
        [
            "opened person 0..0.4 of 1",
            "closed person 0..600 of 1",
            "opened person 600..600 of 1",
            "closed person 600..699.8 of 1"
        ]
    );
}

#[test]
fn a_deleted_event_is_not_recorded_again_while_the_presence_goes_on() {
    let mut scene = scene();
    scene.shows(0.0, 2.0, &[thing(1, PERSON, 0.4, 0.9)]);
    scene.presence.discard();
    assert_eq!(scene.presence.current(), None);
    scene.shows(2.0, 700.0, &[thing(1, PERSON, 0.4, 0.95)]);
    scene.shows(700.0, 715.0, &[]);
    assert_eq!(scene.told, ["opened person 0..0.4 of 1"]);
    scene.shows(715.0, 716.0, &[thing(2, PERSON, 0.4, 0.9)]);
    assert_eq!(scene.told.len(), 2, "the next presence is");
}

#[test]
fn rare_pictures_do_not_end_a_presence_between_them() {
    let mut scene = scene();
    scene.rules.min_trigger_frames = 1;
    for minute in 0..5 {
        scene.picture(f64::from(minute) * 60.0, &[thing(1, PERSON, 0.4, 0.9)]);
        scene.clock(f64::from(minute) * 60.0 + 11.9);
    }
    assert_eq!(scene.told, ["opened person 0..0 of 1", "closed person 0..0 of 1", "opened person 60..60 of 1"]);
}

#[test]
fn silence_ends_a_presence_and_so_does_a_farewell() {
    let mut scene = scene();
    scene.shows(0.0, 2.0, &[thing(1, PERSON, 0.4, 0.9)]);
    scene.clock(13.7);
    assert_eq!(scene.told.len(), 1);
    scene.clock(13.8);
    assert_eq!(scene.told[1..], ["closed person 0..1.8 of 1"]);
    scene.shows(20.0, 22.0, &[thing(2, PERSON, 0.4, 0.9)]);
    let outputs = scene.presence.end();
    scene.note(outputs);
    assert_eq!(scene.told[3..], ["closed person 20..21.8 of 1"]);
}

#[test]
fn a_resumed_presence_goes_on_and_counts_nobody_twice() {
    let mut scene = scene();
    scene.shows(0.0, 2.0, &[thing(1, PERSON, 0.4, 0.9)]);
    let journal = serde_json::to_string(scene.presence.current().unwrap()).unwrap();
    scene.presence = Presence::resume(serde_json::from_str(&journal).unwrap(), scene.started);
    scene.shows(6.0, 8.0, &[thing(1, PERSON, 0.4, 0.9), thing(2, PERSON, 0.1, 0.5)]);
    scene.shows(8.0, 20.0, &[]);
    assert_eq!(scene.told[1..], ["changed person 0..6 of 2", "closed person 0..7.8 of 2"]);
}

#[test]
fn a_clock_set_back_ends_the_presence_and_does_not_blind_the_camera() {
    let mut scene = scene();
    scene.shows(3600.0, 3602.0, &[thing(1, PERSON, 0.4, 0.9)]);
    scene.shows(0.0, 2.0, &[thing(2, PERSON, 0.4, 0.9)]);
    assert_eq!(
        scene.told,
        ["opened person 3600..3600.4 of 1", "closed person 3600..3601.8 of 1", "opened person 0..0.4 of 1"]
    );
    scene.picture(1.7, &[thing(3, PERSON, 0.4, 0.9)]);
    assert_eq!(scene.told.len(), 3, "a picture a little late is ignored");
}

#[test]
fn the_best_moment_is_large_and_whole() {
    let mut scene = scene();
    let sized = |half: f32| Seen {
        bbox: BBox::clipped(0.5 - half, 0.5 - half, 0.5 + half, 0.5 + half).unwrap(),
        ..thing(1, PERSON, 0.4, 0.9)
    };
    for (seconds, half) in [(0.0, 0.1), (0.2, 0.2), (0.4, 0.3), (0.6, 0.5), (0.8, 0.1)] {
        scene.picture(seconds, &[sized(half)]);
    }
    assert_eq!(scene.presence.current().unwrap().best.at, at(0.4), "the largest is cut off by the border");
}
