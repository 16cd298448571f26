//! Which tracks were seen beside each other long enough to be two things. Fed by the chooser with every picture.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::tracking::{Track, TrackState};
use crate::{BBox, Timestamp, TrackKey};

/// Seen beside each other for so long, two tracks are two things: a detector's double image does not last.
const BESIDE: Duration = Duration::from_secs(1);
/// Boxes that share more of the smaller one may be two boxes of one thing: a whole body and its upper half.
const SHARED_MAX: f32 = 0.5;
/// A gap between two pictures counts as seen together up to this; detection may be rare, but then nobody knows what was between.
const GAP_MAX: Duration = Duration::from_secs(1);
/// Tracks of one picture that are compared, the first by name: a crowd has more pairs than are worth knowing.
const TRACKS_MAX: usize = 48;
/// Companions told of one track.
const COMPANIONS_MAX: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Company {
    last: Option<Timestamp>,
    /// Pairs of tracks, the smaller first, that were seen beside each other in the latest picture, and for how long in all.
    together: BTreeMap<(TrackKey, TrackKey), Pair>,
    /// Those that are known to be two, also when one of them is gone.
    companions: BTreeMap<TrackKey, Vec<TrackKey>>,
}

#[derive(Debug, Default)]
struct Pair {
    seen: Duration,
    latest: Option<Timestamp>,
}

impl Company {
    pub fn observe(&mut self, captured: Timestamp, tracks: &[Track]) {
        let before = self.last.replace(captured);
        let gap = before.map_or(Duration::ZERO, |before| captured.since(before)).min(GAP_MAX);
        let seen = |track: &&Track| track.observed && track.state == TrackState::Confirmed;
        let mut tracks: Vec<&Track> = tracks.iter().filter(seen).collect();
        tracks.sort_by_key(|track| track.key);
        tracks.truncate(TRACKS_MAX);
        for (index, b) in tracks.iter().enumerate() {
            for a in tracks[..index].iter().filter(|a| are_beside(&a.bbox, &b.bbox)) {
                self.beside(a.key, b.key, captured, before, gap);
            }
        }
    }

    fn beside(&mut self, a: TrackKey, b: TrackKey, captured: Timestamp, before: Option<Timestamp>, gap: Duration) {
        let pair = self.together.entry((a, b)).or_default();
        if pair.latest.is_some() && pair.latest == before {
            pair.seen += gap;
        }
        pair.latest = Some(captured);
        if pair.seen >= BESIDE {
            for (one, other) in [(a, b), (b, a)] {
                let companions = self.companions.entry(one).or_default();
                if companions.len() < COMPANIONS_MAX && !companions.contains(&other) {
                    companions.push(other);
                }
            }
        }
    }

    /// The companions of a track, ascending.
    pub fn of(&self, track: TrackKey) -> Vec<TrackKey> {
        let mut companions = self.companions.get(&track).cloned().unwrap_or_default();
        companions.sort_unstable();
        companions
    }

    /// A track is gone: nobody asks for its companions again, but it stays a companion of others.
    pub fn forget(&mut self, track: TrackKey) {
        self.companions.remove(&track);
        self.together.retain(|(a, b), _| *a != track && *b != track);
    }
}

fn are_beside(a: &BBox, b: &BBox) -> bool {
    let smaller = a.area().min(b.area()).max(f32::MIN_POSITIVE);
    a.intersection(b) / smaller <= SHARED_MAX
}
