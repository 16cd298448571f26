//! The tracker of one camera: told of each picture's detections, it says which tracks there are and which ended. Driven by ingest
//! with monotonic time; a picture is either taken in whole or refused, so no order of calls can break it.

use std::time::Duration;

use uuid::Uuid;

use super::association::{Candidate, assign};
use super::class_group::ClassGroup;
use super::settings::TrackerSettings;
use super::shape::Shape;
use super::track::{LiveTrack, Moment, Track, TrackState};
use crate::{Detection, Look, Timestamp, TrackKey};

/// Pictures wider or higher than this ratio are refused: no camera makes them, and squares of such sizes would overflow.
const ASPECT_MAX: f32 = 100.0;
/// Two boxes of one group and different classes that are this similar are one thing found twice: detectors suppress duplicates
/// within a class only, mostly at an overlap of 0.45 to 0.7.
const TWIN_SIMILARITY: f32 = 0.7;

/// Share of a box that another one covers from which its colours are not its own.
const MINGLED_FROM: f32 = 0.2;

/// What the tracker says of one picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrackedPicture {
    /// All live tracks, oldest first: also the tentative ones and those not found in this picture.
    pub tracks: Vec<Track>,
    /// Tracks that ended with this picture and will not come back.
    pub ended: Vec<TrackKey>,
}

/// Follows the things of one camera.
#[derive(Debug)]
pub struct Tracker {
    settings: TrackerSettings,
    run: Uuid,
    next_number: u64,
    last_at: Option<Duration>,
    /// Ordered by number.
    live: Vec<LiveTrack>,
}

/// A detection as the tracker works with it.
struct Seen<'a> {
    detection: &'a Detection,
    group: ClassGroup,
    shape: Shape,
    /// Belongs to a track, or is a twin of one that may.
    taken: bool,
    /// Something else is before it or behind it, and what colours are its own is not to be said.
    mingled: bool,
}

impl Seen<'_> {
    /// Its colours, where they are its own.
    fn own_look(&self) -> Option<&Look> {
        self.detection.look.as_ref().filter(|_| !self.mingled)
    }
}

/// One round of association.
struct Pass<D, T, E> {
    /// Which detections take part.
    detections: D,
    /// Which tracks take part.
    tracks: T,
    /// Where a track should be.
    expected: E,
    /// Least similarity between there and a detection.
    gate: f32,
}

impl Tracker {
    /// A tracker that has seen nothing; `run` becomes part of every key and must be fresh.
    pub fn new(settings: TrackerSettings, run: Uuid) -> Self {
        Self { settings, run, next_number: 1, last_at: None, live: Vec::new() }
    }

    /// Takes in one picture.
    ///
    /// `at` is monotonic time since any fixed start and is what motion and patience are counted in; `captured` is the picture's wall
    /// time, reported and otherwise unused; `aspect` is the picture's width over its height, within 1:100 and 100:1. A picture that is
    /// not newer than the last one, or of another aspect, is refused with `None` and changes nothing.
    pub fn observe(
        &mut self,
        detections: &[Detection],
        at: Duration,
        captured: Timestamp,
        aspect: f32,
    ) -> Option<TrackedPicture> {
        if self.last_at.is_some_and(|last| at <= last) || !(1.0 / ASPECT_MAX..=ASPECT_MAX).contains(&aspect) {
            return None;
        }
        let elapsed = self.last_at.map_or(Duration::ZERO, |last| at - last);
        self.last_at = Some(at);
        let moment = Moment { at, captured };
        let mut ended = if elapsed > self.settings.pause_max { self.end_all() } else { Vec::new() };
        for track in &mut self.live {
            track.predict(elapsed.as_secs_f32());
        }
        let mut seen = self.usable(detections, aspect);
        self.associate(&mut seen, moment);
        self.start_tracks(&seen, moment);
        self.end_lost(at, &mut ended);
        for track in &mut self.live {
            track.settle(aspect);
        }
        Some(TrackedPicture { tracks: self.live.iter().map(|track| track.view(self.run)).collect(), ended })
    }

    /// The detections worth looking at.
    fn usable<'a>(&self, detections: &'a [Detection], aspect: f32) -> Vec<Seen<'a>> {
        let believed = detections.iter().filter(|detection| detection.score >= self.settings.low_score);
        let seen = believed.map(|detection| Seen {
            detection,
            group: ClassGroup::of(&detection.class),
            shape: Shape::of(&detection.bbox, aspect),
            taken: false,
            mingled: false,
        });
        let mut seen: Vec<Seen<'_>> = seen.filter(|seen| seen.shape.is_finite()).collect();
        set_twins_aside(&mut seen);
        mark_mingled(&mut seen);
        seen
    }

    /// The three passes; each takes what the one before left over.
    fn associate(&mut self, seen: &mut [Seen<'_>], moment: Moment) {
        let TrackerSettings { high_score, first_gate, second_gate, recovery_gate, .. } = self.settings;
        let high = |seen: &Seen<'_>| seen.detection.score >= high_score;
        let low = |seen: &Seen<'_>| seen.detection.score < high_score;
        let any = |_: &LiveTrack| true;
        // A mistake is not made a track by a box that is hardly one.
        let confirmed = |track: &LiveTrack| track.state == TrackState::Confirmed;
        let predicted = |track: &LiveTrack| track.motion.shape();
        let last_observed = |track: &LiveTrack| track.last_observed;
        self.pass(seen, moment, Pass { detections: high, tracks: any, expected: predicted, gate: first_gate });
        self.pass(seen, moment, Pass { detections: low, tracks: confirmed, expected: predicted, gate: second_gate });
        self.pass(seen, moment, Pass { detections: high, tracks: any, expected: last_observed, gate: recovery_gate });
    }

    fn pass<D, T, E>(&mut self, seen: &mut [Seen<'_>], moment: Moment, pass: Pass<D, T, E>)
    where
        D: Fn(&Seen<'_>) -> bool,
        T: Fn(&LiveTrack) -> bool,
        E: Fn(&LiveTrack) -> Shape,
    {
        let open = |track: &LiveTrack| !track.observed && (pass.tracks)(track);
        let rows: Vec<usize> = (0..self.live.len()).filter(|&row| open(&self.live[row])).collect();
        let left = |found: &Seen<'_>| !found.taken && (pass.detections)(found);
        let columns: Vec<usize> = (0..seen.len()).filter(|&column| left(&seen[column])).collect();
        let mut candidates = Vec::new();
        for (row, &track) in rows.iter().enumerate() {
            let track = &self.live[track];
            let (expected, standing) = ((pass.expected)(track), track.standing(moment.at, &self.settings));
            for (column, &found) in columns.iter().enumerate() {
                let found = &seen[found];
                let similarity = expected.similarity(&found.shape);
                if similarity < pass.gate || track.group != found.group {
                    continue;
                }
                let worth = similarity * standing * track.likeness(found.detection, &self.settings);
                candidates.push(Candidate { row, column, worth });
            }
        }
        for (row, column) in assign(rows.len(), columns.len(), &candidates) {
            let found = &mut seen[columns[column]];
            found.taken = true;
            let track = &mut self.live[rows[row]];
            track.hit(found.detection, found.shape, moment, self.settings.confirm_hits);
            if let Some(look) = found.own_look() {
                track.learn(look);
            }
        }
    }

    fn start_tracks(&mut self, seen: &[Seen<'_>], moment: Moment) {
        for found in seen.iter().filter(|found| !found.taken && found.detection.score >= self.settings.new_score) {
            let mut track = LiveTrack::new(self.next_number, found.group.clone(), found.detection, found.shape, moment);
            if let Some(look) = found.own_look() {
                track.learn(look);
            }
            self.live.push(track);
            self.next_number += 1;
        }
    }

    fn end_lost(&mut self, at: Duration, ended: &mut Vec<TrackKey>) {
        let (run, keep_lost) = (self.run, self.settings.keep_lost);
        self.live.retain(|track| {
            let out_of_patience = at - track.last_hit.at > keep_lost && track.missed > 1;
            let never_confirmed = track.state == TrackState::Tentative && track.missed > 0;
            let ends = out_of_patience || never_confirmed;
            if ends {
                ended.push(TrackKey { run, number: track.number });
            }
            !ends
        });
    }

    fn end_all(&mut self) -> Vec<TrackKey> {
        let run = self.run;
        self.live.drain(..).map(|track| TrackKey { run, number: track.number }).collect()
    }

    /// Panics when the tracker contradicts itself; for tests.
    pub fn check_invariants(&self) {
        assert!(self.live.is_sorted_by(|a, b| a.number < b.number), "tracks are ordered and unique by number");
        assert!(self.live.iter().all(|track| track.number < self.next_number), "numbers are given once");
        for track in &self.live {
            assert!(track.motion.shape().is_finite(), "track {} has an estimate", track.number);
            assert_eq!(track.observed, track.missed == 0, "track {} was found or missed", track.number);
        }
    }
}

/// Boxes that lie over each other show each other's colours.
fn mark_mingled(seen: &mut [Seen<'_>]) {
    for index in 0..seen.len() {
        let own = &seen[index].shape;
        seen[index].mingled =
            seen.iter().enumerate().any(|(other, seen)| other != index && own.covered_by(&seen.shape) > MINGLED_FROM);
    }
}

/// Of two classes given to one thing, only the surer one counts.
fn set_twins_aside(seen: &mut [Seen<'_>]) {
    for second in 1..seen.len() {
        for first in 0..second {
            let (a, b) = (&seen[first], &seen[second]);
            let twins = a.group == b.group
                && a.detection.class != b.detection.class
                && a.shape.similarity(&b.shape) >= TWIN_SIMILARITY;
            if twins {
                let weaker = if a.detection.score >= b.detection.score { second } else { first };
                seen[weaker].taken = true;
            }
        }
    }
}
