//! Which things stand still so long that they no longer count as present: a parked car, a bench taken for a chair.
//! Owned by the presence machine. People and animals are never parked; they may sit still and yet be there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::presence::Seen;
use crate::{BBox, Class, Timestamp, TrackKey};

/// A thing that has not moved for this long is parked: longer than a car waits at a gate, shorter than a clip gets tiresome.
pub const PARKED_AFTER: Duration = Duration::from_secs(20);
/// A parked thing that was hidden or lost is recognised at its place for this long.
const REMEMBERED: Duration = Duration::from_secs(15 * 60);
/// Overlap above which a thing counts as not moved; jitter of small boxes stays above it.
const SAME_PLACE_IOU: f32 = 0.7;
/// Most places remembered; a car park seen from above has fewer. The longest unseen goes first.
const PLACES_MAX: usize = 256;

/// COCO's animals, and people: what may stand still and still be present.
const ALIVE: [&str; 11] =
    ["person", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"];

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
        self.standing.retain(|_, standing| captured.since(standing.last_seen) < REMEMBERED);
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
        let known = self.places.iter_mut().find(|place| place.class == thing.class && place.bbox.iou(&thing.bbox) >= SAME_PLACE_IOU);
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
