//! Which things stand still so long that they no longer count as present: a parked car, a bench taken for a chair.
//! Owned by the presence machine. People and animals are never parked; they may sit still and yet be there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::presence::Seen;
use crate::{BBox, Class, Timestamp, TrackKey};

/// A thing that has not moved for this long is parked: longer than a car waits at a gate, shorter than a clip gets tiresome.
pub const PARKED_AFTER: Duration = Duration::from_secs(20);
/// A track that was not seen for this long has another name when it comes back; its place is what is remembered.
const TRACK_KEPT: Duration = Duration::from_secs(60);
/// Most tracks watched for standing still: the most of one picture, several times over. Beyond it only those in the picture stay.
const TRACKS_MAX: usize = 4096;
/// A parked thing that was hidden or lost is recognised at its place for this long.
const REMEMBERED: Duration = Duration::from_secs(15 * 60);
/// Overlap above which a thing counts as not moved; jitter of small boxes stays above it.
const SAME_PLACE_IOU: f32 = 0.7;
/// Most places remembered; a car park seen from above has fewer. The longest unseen goes first.
const PLACES_MAX: usize = 256;

/// COCO's animals, and people: what may stand still and still be present.
const ALIVE: [&str; 11] =
    ["person", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"];

/// Where things stand, and since when.
#[derive(Debug, Default)]
pub(crate) struct Parking {
    standing: BTreeMap<TrackKey, Standing>,
    places: Vec<Place>,
}

#[derive(Debug)]
struct Standing {
    anchor: BBox,
    since: Timestamp,
    last_seen: Timestamp,
}

#[derive(Debug)]
struct Place {
    class: Class,
    bbox: BBox,
    last_seen: Timestamp,
}

impl Parking {
    /// Takes one picture and says which of its things are parked.
    pub(crate) fn observe(&mut self, captured: Timestamp, seen: &[Seen]) -> BTreeSet<TrackKey> {
        self.places.retain(|place| captured.since(place.last_seen) < REMEMBERED);
        self.standing.retain(|_, standing| captured.since(standing.last_seen) < TRACK_KEPT);
        if self.standing.len() > TRACKS_MAX {
            self.standing.retain(|key, _| seen.iter().any(|thing| thing.key == *key));
        }
        seen.iter()
            .filter(|thing| thing.observed && !ALIVE.contains(&thing.class.as_str()))
            .filter(|thing| self.is_parked(captured, thing))
            .map(|thing| thing.key)
            .collect()
    }

    fn is_parked(&mut self, captured: Timestamp, thing: &Seen) -> bool {
        let standing = self.standing.entry(thing.key).or_insert(Standing {
            anchor: thing.bbox,
            since: captured,
            last_seen: captured,
        });
        standing.last_seen = captured;
        if standing.anchor.iou(&thing.bbox) < SAME_PLACE_IOU {
            (standing.anchor, standing.since) = (thing.bbox, captured);
            return false;
        }
        let long_enough = captured.since(standing.since) >= PARKED_AFTER;
        let known = self
            .places
            .iter_mut()
            .find(|place| place.class == thing.class && place.bbox.iou(&thing.bbox) >= SAME_PLACE_IOU);
        match known {
            Some(place) => {
                place.last_seen = captured;
                true
            }
            None if long_enough => {
                self.remember(Place { class: thing.class.clone(), bbox: thing.bbox, last_seen: captured });
                true
            }
            None => false,
        }
    }

    fn remember(&mut self, place: Place) {
        if self.places.len() >= PLACES_MAX
            && let Some(oldest) = (0..self.places.len()).min_by_key(|&index| self.places[index].last_seen)
        {
            self.places.swap_remove(oldest);
        }
        self.places.push(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + seconds * 1000).unwrap()
    }

    fn car(number: u64, x: f32) -> Seen {
        let key = TrackKey { run: Uuid::nil(), number };
        let bbox = BBox::clipped(x, 0.4, x + 0.2, 0.6).unwrap();
        Seen { key, class: Class::new("car").unwrap(), bbox, score: 0.9, confirmed: true, observed: true }
    }

    fn parked(parking: &mut Parking, seconds: i64, thing: &Seen) -> bool {
        !parking.observe(at(seconds), std::slice::from_ref(thing)).is_empty()
    }

    #[test]
    fn a_thing_is_parked_once_it_has_stood_long_enough() {
        let mut parking = Parking::default();
        assert!((0..20).all(|second| !parked(&mut parking, second, &car(1, 0.4))));
        assert!(parked(&mut parking, 20, &car(1, 0.405)), "jitter is no movement");
        assert!(!parked(&mut parking, 21, &car(1, 0.5)));
    }

    #[test]
    fn a_place_is_remembered_under_another_name_for_a_while_only() {
        let minutes = |minutes: i64| minutes * 60;
        let mut parking = Parking::default();
        assert!((0..20).all(|second| !parked(&mut parking, second, &car(1, 0.4))));
        assert!(parked(&mut parking, 20, &car(1, 0.4)));
        assert!(parked(&mut parking, minutes(14), &car(2, 0.4)));
        assert!(!parked(&mut parking, minutes(14), &car(3, 0.7)), "another place is free");
        assert!(!parked(&mut parking, minutes(30), &car(4, 0.4)));
    }

    #[test]
    fn what_creeps_is_never_parked() {
        let mut parking = Parking::default();
        assert!((0..60).all(|second| !parked(&mut parking, second, &car(1, second as f32 * 0.01))));
    }

    #[test]
    fn memory_has_a_bound_whatever_is_seen() {
        let mut parking = Parking::default();
        for picture in 0..20 {
            let crowd: Vec<Seen> = (0..1000).map(|number| car(picture * 1000 + number, 0.4)).collect();
            parking.observe(at(i64::try_from(picture).unwrap()), &crowd);
            assert!(parking.standing.len() <= TRACKS_MAX + 1000 && parking.places.len() <= PLACES_MAX);
        }
    }
}
