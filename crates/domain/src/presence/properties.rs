//! What holds for any sequence of pictures.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

/// One picture: milliseconds since the one before, and the scores of the people in it.
type Picture = (i64, Vec<(u64, u8)>);

fn pictures() -> impl Strategy<Value = Vec<Picture>> {
    let gap = prop_oneof![8 => 40i64..2_000, 1 => 2_000i64..40_000, 1 => -30_000i64..40];
    let people = prop::collection::vec((0u64..4, 0u8..100), 0..3);
    prop::collection::vec((gap, people), 1..120)
}

fn rules() -> impl Strategy<Value = PresenceRules> {
    (1u32..5, 0u64..20, 0u64..20).prop_map(|(min_trigger_frames, cooldown, post)| PresenceRules {
        trigger_classes: vec![Class::person()],
        min_trigger_frames,
        trigger_cooldown: Duration::from_secs(cooldown),
        pre: Duration::from_secs(5),
        post: Duration::from_secs(post),
        min_score: 0.4,
    })
}

fn seen(people: &[(u64, u8)]) -> Vec<Seen> {
    let bbox = BBox::clipped(0.2, 0.2, 0.4, 0.8).unwrap();
    let person = |&(number, score): &(u64, u8)| Seen {
        key: TrackKey { run: Uuid::nil(), number },
        class: Class::person(),
        bbox,
        score: f32::from(score) / 100.0,
        confirmed: true,
        observed: true,
    };
    people.iter().map(person).collect()
}

/// Plays the pictures and ends the presence with them.
fn play(pictures: &[Picture], rules: &PresenceRules) -> Vec<PresenceOutput> {
    let (mut presence, started, mut clock, mut outputs) = (Presence::default(), Instant::now(), 0u64, Vec::new());
    let mut captured = Timestamp::from_millis(1_800_000_000_000).unwrap();
    for (gap_ms, people) in pictures {
        captured = Timestamp::from_millis(captured.as_millis() + gap_ms).unwrap();
        clock += gap_ms.unsigned_abs();
        let now = started + Duration::from_millis(clock);
        outputs.extend(presence.tick(now));
        outputs.extend(presence.observe(captured, &seen(people), rules, now));
    }
    outputs.extend(presence.end());
    outputs
}

proptest! {
    #[test]
    fn every_event_opens_once_and_closes_once_before_the_next(pictures in pictures(), rules in rules()) {
        let mut open: Option<PresenceSummary> = None;
        for output in play(&pictures, &rules) {
            match output {
                PresenceOutput::Opened(summary) => {
                    prop_assert!(open.is_none());
                    open = Some(summary);
                }
                PresenceOutput::Changed(summary) => {
                    let before = open.replace(summary.clone()).expect("it is open");
                    prop_assert!(before.first == summary.first && before.last < summary.last);
                    prop_assert!(before.tracks.is_subset(&summary.tracks) && before.confidence <= summary.confidence);
                }
                PresenceOutput::Closed(summary) => {
                    let before = open.take().expect("it is open");
                    prop_assert!(before.first == summary.first && before.last <= summary.last);
                    prop_assert!(summary.last.since(summary.first) < LENGTH_MAX + Duration::from_secs(40));
                    prop_assert!(summary.first <= summary.best.at && summary.best.at <= summary.last);
                    prop_assert!(summary.confidence >= rules.min_score);
                }
            }
        }
        prop_assert!(open.is_none());
    }

    #[test]
    fn the_pause_between_two_events_is_kept(gaps in prop::collection::vec((40i64..30_000, any::<bool>()), 1..120), rules in rules()) {
        let pictures: Vec<Picture> = gaps.into_iter().map(|(gap, there)| (gap, if there { vec![(1, 90)] } else { vec![] })).collect();
        let mut end: Option<Timestamp> = None;
        for output in play(&pictures, &rules) {
            match output {
                // A split goes on in the very picture in which it ended.
                PresenceOutput::Opened(summary) if end != Some(summary.first) => {
                    prop_assert!(end.is_none_or(|end| summary.first.since(end) >= rules.trigger_cooldown));
                }
                PresenceOutput::Closed(summary) => end = Some(summary.last),
                _ => {}
            }
        }
    }
}
