//! Scenes with a known answer: people before a camera of 1920 x 1080, five pictures a second.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + (seconds * 1000.0).round() as i64).unwrap()
}

fn key(number: u64) -> TrackKey {
    TrackKey { run: Uuid::nil(), number }
}

/// Somebody standing at `x`, this high, both in 0..1 of the picture.
fn person(number: u64, x: f32, height: f32) -> Track {
    Track {
        key: key(number),
        class: Class::person(),
        bbox: BBox::clipped(x, 0.9 - height, x + height * 0.25, 0.9).unwrap(),
        score: 0.8,
        state: TrackState::Confirmed,
        hits: 3,
        first_seen: at(0.0),
        last_seen: at(0.0),
        observed: true,
    }
}

#[derive(Default)]
struct Scene {
    chooser: CropChooser,
    told: Vec<String>,
    views: Vec<CropView>,
}

impl Scene {
    fn picture(&mut self, seconds: f64, tracks: &[Track]) {
        let outputs = self.chooser.observe(at(seconds), tracks, 1920, 1080);
        self.note(seconds, outputs);
    }

    /// Pictures every 0.2 s in `from..to`.
    fn shows(&mut self, from: f64, to: f64, tracks: impl Fn(f64) -> Vec<Track>) {
        for picture in 0..((to - from) / 0.2).round() as usize {
            let seconds = from + picture as f64 * 0.2;
            self.picture(seconds, &tracks(seconds));
        }
    }

    /// `<seconds> <track> <reason>`, with the companions of tracks that are gone.
    fn note(&mut self, seconds: f64, outputs: Vec<CropOutput>) {
        let seconds = (seconds * 10.0).round() / 10.0;
        for output in outputs {
            match output {
                CropOutput::Cut { subject, reason, view } => {
                    self.told.push(format!("{seconds} {} {}", subject.track.number, reason.as_str()));
                    self.views.push(view);
                }
                CropOutput::Ended(subject) => {
                    let beside: Vec<u64> = subject.companions.iter().map(|companion| companion.number).collect();
                    self.told.push(format!("{seconds} {} ended beside {beside:?}", subject.track.number));
                }
            }
        }
    }
}

#[test]
fn who_comes_nearer_is_shown_at_once_and_then_often_while_it_helps() {
    let mut scene = Scene::default();
    let nearer = |seconds: f64| vec![person(1, 0.4, 0.1 + 0.03 * seconds.min(5.0) as f32)];
    scene.shows(0.0, 6.6, nearer);
    scene.shows(6.6, 7.0, |_| Vec::new());
    assert_eq!(
        scene.told,
        [
            "0 1 confirmed",
            "0.6 1 better",
            "1.2 1 better",
            "1.8 1 last",
            "2.6 1 better",
            "3.6 1 better",
            "4.6 1 last",
            "6.6 1 ended beside []"
        ],
        "from 0.22 to 0.25 of the picture is no clear improvement"
    );
}

#[test]
fn who_stands_still_is_shown_again_ever_more_rarely() {
    let mut scene = Scene::default();
    scene.shows(0.0, 95.0, |_| vec![person(1, 0.4, 0.3)]);
    assert_eq!(
        scene.told,
        [
            "0 1 confirmed",
            "0.6 1 last",
            "1.6 1 last",
            "3.6 1 last",
            "7.6 1 last",
            "15.6 1 last",
            "31.6 1 last",
            "61.6 1 last",
            "91.6 1 last"
        ]
    );
}

#[test]
fn nothing_is_cut_of_what_is_not_believed_not_seen_or_tiny() {
    let mut scene = Scene::default();
    let tentative = Track { state: TrackState::Tentative, ..person(1, 0.2, 0.3) };
    let predicted = Track { observed: false, ..person(2, 0.4, 0.3) };
    scene.shows(0.0, 3.0, |_| vec![tentative.clone(), predicted.clone(), person(3, 0.6, 0.03)]);
    scene.shows(3.0, 3.2, |_| Vec::new());
    assert_eq!(scene.told, [""; 0], "nor is it told that they are gone");
    scene.shows(3.2, 4.0, |_| vec![person(4, 0.6, 0.03)]);
    scene.shows(4.0, 4.2, |_| vec![person(4, 0.6, 0.04)]);
    assert_eq!(scene.told, ["4 4 confirmed"], "43 pixels");
}

#[test]
fn a_crowd_is_shown_over_several_pictures() {
    let mut scene = Scene::default();
    scene.shows(0.0, 0.6, |_| (1..=9).map(|number| person(number, number as f32 * 0.1, 0.3)).collect());
    let at_once = |seconds: &str| scene.told.iter().filter(|line| line.starts_with(seconds)).count();
    assert_eq!((at_once("0 "), at_once("0.2 "), at_once("0.4 ")), (4, 4, 1));
}

#[test]
fn people_side_by_side_are_companions_and_two_boxes_of_one_are_not() {
    let mut scene = Scene::default();
    let half = |number: u64| Track { bbox: BBox::clipped(0.2, 0.6, 0.275, 0.75).unwrap(), ..person(number, 0.2, 0.3) };
    scene.shows(0.0, 2.0, |_| vec![person(1, 0.2, 0.3), half(2), person(3, 0.6, 0.3)]);
    scene.shows(2.0, 2.6, |_| vec![person(1, 0.2, 0.3), person(4, 0.8, 0.3)]);
    scene.shows(2.6, 2.8, |_| Vec::new());
    assert!(scene.told.contains(&"2 3 ended beside [1, 2]".into()), "{:?}", scene.told);
    assert!(scene.told.contains(&"2.6 1 ended beside [3]".into()), "4 was not there for a second: {:?}", scene.told);
}

#[test]
fn companions_are_told_with_the_next_crop() {
    let mut chooser = CropChooser::default();
    let mut companions = Vec::new();
    for picture in 0..12 {
        let tracks = [person(1, 0.2, 0.3), person(2, 0.6, 0.3)];
        for output in chooser.observe(at(f64::from(picture) * 0.2), &tracks, 1920, 1080) {
            if let CropOutput::Cut { subject, .. } = output {
                companions.push(subject.companions);
            }
        }
    }
    assert_eq!(companions, [vec![], vec![], vec![], vec![], vec![key(2)], vec![key(1)]]);
}

#[test]
fn a_view_that_is_covered_or_cut_off_is_worth_less() {
    let merit = |tracks: &[Track]| CropView::of(&tracks[0], tracks, 1920, 1080, &CropSettings::default()).merit;
    let free = merit(&[person(1, 0.4, 0.3)]);
    assert!(merit(&[person(1, 0.4, 0.35)]) > free);
    assert!(merit(&[person(1, 0.0, 0.3)]) < free);
    assert!(merit(&[Track { score: 0.5, ..person(1, 0.4, 0.3) }]) < free);
    assert!(merit(&[person(1, 0.4, 0.3), person(2, 0.43, 0.3)]) < free);
    let gone = Track { observed: false, ..person(2, 0.43, 0.3) };
    assert_eq!(merit(&[person(1, 0.4, 0.3), gone]), free, "where the other is by now is a guess");
}

#[test]
fn the_crop_has_a_margin_and_room_above_the_head() {
    let view = CropView::of(&person(1, 0.4, 0.4), &[], 1920, 1080, &CropSettings::default());
    let close = |one: BBox, x1: f32, y1: f32, x2: f32, y2: f32| {
        [(one.x1, x1), (one.y1, y1), (one.x2, x2), (one.y2, y2)].iter().all(|(a, b)| (a - b).abs() < 1e-3)
    };
    assert!(close(view.area, 0.39, 0.44, 0.51, 0.94), "{:?}", view.area);
    assert!(close(view.bbox, 0.4, 0.5, 0.5, 0.9), "{:?}", view.bbox);
    let at_the_edge = CropView::of(&person(1, 0.0, 0.4), &[], 1920, 1080, &CropSettings::default());
    assert!(at_the_edge.touches_edge && !view.touches_edge);
    assert!(at_the_edge.area.x1 == 0.0 && at_the_edge.bbox.x1 == 0.0);
}

#[test]
fn the_end_of_the_analysis_is_the_end_of_every_track() {
    let mut scene = Scene::default();
    scene.picture(0.0, &[person(1, 0.2, 0.3), person(2, 0.6, 0.3)]);
    let outputs = scene.chooser.end();
    scene.note(1.0, outputs);
    assert_eq!(scene.told[2..], ["1 1 ended beside []", "1 2 ended beside []"]);
    assert!(scene.chooser.end().is_empty());
}

/// One picture: milliseconds since the one before, and number, place, height and whether it was found of each track.
type Picture = (u64, Vec<(u64, f32, f32, bool)>);

proptest! {
    #[test]
    fn crops_are_bounded_and_every_shown_track_ends_once(
        pictures in prop::collection::vec(
            (40u64..3_000, prop::collection::vec((0u64..9, 0.0f32..0.9, 0.05f32..0.8, any::<bool>()), 0..8)), 1..80),
    ) {
        let pictures: Vec<Picture> = pictures;
        let mut chooser = CropChooser::default();
        let (mut millis, mut latest, mut open) = (0u64, BTreeMap::<TrackKey, u64>::new(), BTreeMap::<TrackKey, usize>::new());
        let mut take = |outputs: Vec<CropOutput>, millis: u64| {
            let mut cut = 0;
            for output in outputs {
                match output {
                    CropOutput::Cut { subject, view, .. } => {
                        let before = latest.insert(subject.track, millis);
                        assert!(before.is_none_or(|before| millis - before >= 500), "at most two a second");
                        assert!(!subject.companions.contains(&subject.track));
                        assert!((0.0..=1.0).contains(&view.merit) && (0.0..=1.0).contains(&view.overlap));
                        *open.entry(subject.track).or_default() += 1;
                        cut += 1;
                    }
                    CropOutput::Ended(subject) => {
                        assert!(open.remove(&subject.track).is_some(), "it was shown");
                        latest.remove(&subject.track);
                    }
                }
            }
            assert!(cut <= CropSettings::default().per_picture);
            open.len()
        };
        for (gap, people) in &pictures {
            millis += gap;
            let mut tracks: Vec<Track> = Vec::new();
            for (number, x, height, observed) in people {
                if tracks.iter().all(|track| track.key.number != *number) {
                    tracks.push(Track { observed: *observed, ..person(*number, *x, *height) });
                }
            }
            take(chooser.observe(at(millis as f64 / 1000.0), &tracks, 1920, 1080), millis);
        }
        prop_assert_eq!(take(chooser.end(), millis), 0);
    }
}
