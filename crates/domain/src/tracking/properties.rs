//! What holds for the tracker whatever a detector and a clock come up with.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::{TrackedPicture, Tracker, TrackerSettings};
use crate::{BBox, Class, Detection, Timestamp};

/// Detections and the milliseconds since the picture before; now and then none passed, or minutes.
type Pictures = Vec<(u64, Vec<Detection>)>;

fn detection() -> impl Strategy<Value = Detection> {
    let class = prop::sample::select(vec!["person", "car", "truck", "dog"]);
    // Few places and sizes, so that boxes meet; and slivers.
    let place = prop_oneof![(0_u8..8).prop_map(|step| f32::from(step) / 8.0), 0.0_f32..1.0];
    let size = prop_oneof![Just(0.1_f32), Just(0.3), Just(1.0), Just(1e-6), 1e-6_f32..1.0];
    (place.clone(), place, size.clone(), size, class, 0.0_f32..=1.0).prop_filter_map(
        "a box has an inside",
        |(x, y, width, height, class, score)| {
            let bbox = BBox::clipped(x, y, x + width, y + height)?;
            Some(Detection { bbox, class: Class::new(class).ok()?, score, look: None })
        },
    )
}

fn pictures() -> impl Strategy<Value = Pictures> {
    let step = prop_oneof![8 => 1_u64..400, 1 => Just(0), 1 => 400_u64..600_000];
    prop::collection::vec((step, prop::collection::vec(detection(), 0..12)), 1..30)
}

fn tracker() -> Tracker {
    Tracker::new(TrackerSettings::for_confidence(0.4), Uuid::from_u128(7))
}

/// The taken pictures, checked for what the tracker promises about itself.
fn follow(pictures: &Pictures) -> Vec<TrackedPicture> {
    let mut tracker = tracker();
    let mut at = Duration::ZERO;
    let mut taken = Vec::new();
    for (step_ms, detections) in pictures {
        at += Duration::from_millis(*step_ms);
        let wall = Timestamp::EPOCH.plus(at);
        taken.extend(tracker.observe(detections, at, wall, 16.0 / 9.0));
        tracker.check_invariants();
    }
    taken
}

proptest! {
    #[test]
    fn keys_are_unique_grow_and_never_come_back(pictures in pictures()) {
        let (mut ended, mut newest) = (HashSet::new(), 0);
        let mut before: HashSet<u64> = HashSet::new();
        for picture in follow(&pictures) {
            let numbers: Vec<u64> = picture.tracks.iter().map(|track| track.key.number).collect();
            prop_assert!(numbers.is_sorted_by(|a, b| a < b));
            prop_assert!(numbers.iter().all(|number| !ended.contains(number)));
            let fresh: Vec<u64> = numbers.iter().copied().filter(|number| !before.contains(number)).collect();
            prop_assert!(fresh.iter().all(|&number| number > newest));
            newest = newest.max(numbers.last().copied().unwrap_or(0));
            for key in &picture.ended {
                prop_assert!(ended.insert(key.number), "a track ends once");
                prop_assert!(before.contains(&key.number), "only a track that was reported ends");
            }
            let gone: HashSet<u64> = before.iter().copied().filter(|number| !numbers.contains(number)).collect();
            prop_assert_eq!(gone, picture.ended.iter().map(|key| key.number).collect::<HashSet<_>>());
            before = numbers.into_iter().collect();
        }
    }

    #[test]
    fn a_detection_belongs_to_at_most_one_track(pictures in pictures()) {
        let mut tracker = tracker();
        let mut at = Duration::ZERO;
        for (step_ms, detections) in &pictures {
            at += Duration::from_millis(*step_ms);
            if let Some(picture) = tracker.observe(detections, at, Timestamp::EPOCH, 1.0) {
                let found = picture.tracks.iter().filter(|track| track.observed).count();
                let usable = detections.iter().filter(|detection| detection.score >= 0.1).count();
                prop_assert!(found <= usable, "{found} tracks found in {usable} detections");
            }
        }
    }

    #[test]
    fn the_same_pictures_give_the_same_tracks(pictures in pictures()) {
        prop_assert_eq!(follow(&pictures), follow(&pictures));
    }

    #[test]
    fn boxes_stay_inside_the_picture_and_have_an_inside(pictures in pictures()) {
        for track in follow(&pictures).iter().flat_map(|picture| &picture.tracks) {
            let BBox { x1, y1, x2, y2 } = track.bbox;
            prop_assert!(0.0 <= x1 && x1 < x2 && x2 <= 1.0 && 0.0 <= y1 && y1 < y2 && y2 <= 1.0, "{:?}", track.bbox);
        }
    }

    #[test]
    fn pictures_out_of_order_change_nothing(pictures in pictures(), late_ms in 0_u64..10_000) {
        let (mut plain, mut disturbed) = (tracker(), tracker());
        let mut at = Duration::from_secs(10);
        for (step_ms, detections) in &pictures {
            at += Duration::from_millis(*step_ms + 1);
            let expected = plain.observe(detections, at, Timestamp::EPOCH, 1.0);
            prop_assert_eq!(disturbed.observe(detections, at, Timestamp::EPOCH, 1.0), expected);
            let late = at - Duration::from_millis(late_ms);
            prop_assert_eq!(disturbed.observe(detections, late, Timestamp::EPOCH, 1.0), None);
        }
    }
}

#[test]
fn what_no_camera_sends_is_refused_or_ignored() {
    let mut tracker = tracker();
    for aspect in [0.0, -1.0, f32::NAN, f32::INFINITY, f32::MIN_POSITIVE] {
        assert_eq!(tracker.observe(&[], Duration::ZERO, Timestamp::EPOCH, aspect), None, "aspect {aspect}");
    }
    let broken = BBox { x1: f32::NAN, y1: 0.0, x2: 1.0, y2: 1.0 };
    let detections = [
        Detection { bbox: broken, class: Class::person(), score: 0.9, look: None },
        Detection { bbox: BBox { x1: 0.0, ..broken }, class: Class::person(), score: f32::NAN, look: None },
    ];
    let picture = tracker.observe(&detections, Duration::ZERO, Timestamp::EPOCH, 1.0).unwrap();
    assert_eq!(picture.tracks, []);
    tracker.check_invariants();
}
