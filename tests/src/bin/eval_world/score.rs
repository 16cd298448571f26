//! What was recognised, held against the truth.

use std::collections::{BTreeMap, BTreeSet};

use iris_demo::script::Identity;
use iris_demo::truth::{Class, Marked};
use iris_domain::tracking::{Track, TrackState};
use iris_domain::{BBox, TrackKey};
use iris_store::TrackIdentity;
use iris_testkit::scoring::mot_format::{MotRow, PixelBox};
use iris_testkit::scoring::{ClusterScores, Scores, Visit, prepare};
use iris_tests::watching::Watched;

use crate::films::{FPS, Film};

/// Of what less can be seen is neither demanded nor held against the system; nor is what is smaller, in pixels.
const VISIBILITY_MIN: f32 = 0.3;
const SIDE_MIN: u32 = 16;
/// Overlap from which a track shows somebody.
const SHOWS_IOU: f64 = 0.5;
/// Who is in fewer judged pictures than a second's is not counted as a visit.
const VISIT_MIN: usize = 5;
/// Classes of the MOT challenges: what is scored, and what may be found or not.
const SCORED: i64 = 1;
const DISTRACTOR: i64 = 8;
/// Tracks that are nobody's are trajectories of their own, numbered from here on.
const NOBODYS: i64 = 1_000_000_000;

/// A day on all cameras.
pub struct Day<'a> {
    /// In the report.
    pub name: &'static str,
    /// One for each camera.
    pub films: &'a [Film],
    /// What was seen in them.
    pub watched: &'a [Watched],
    /// Whose each track is, by the camera and the track.
    pub found: BTreeMap<(usize, TrackKey), TrackIdentity>,
}

/// The measures of a day, or of several.
pub struct Outcome {
    /// Of which.
    pub name: String,
    /// Boxes under the names of people, over all cameras.
    pub identities: Scores,
    /// The same under the names of tracks: what there would be without re-identification.
    pub unknown: Scores,
    /// The same under the names of those whom the tracks show most: the most that re-identification could make of these tracks.
    pub known: Scores,
    /// Visits put together.
    pub visits: ClusterScores,
    /// How many identities a person has, on average.
    pub identities_each: f64,
    /// Identities of more than one person: who, by how many visits.
    pub mixed: Vec<BTreeMap<String, usize>>,
}

/// Each day's, and that of all days together.
pub fn outcomes(days: &[Day<'_>]) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = days.iter().map(|day| outcome(day.name, std::slice::from_ref(day))).collect();
    outcomes.push(outcome("both", days));
    outcomes
}

fn outcome(name: &str, days: &[Day<'_>]) -> Outcome {
    let visits: Vec<Visit> = days.iter().flat_map(visits).collect();
    let mut holds: BTreeMap<i64, BTreeMap<String, usize>> = BTreeMap::new();
    for visit in &visits {
        if let Some(identity) = visit.taken_for {
            *holds.entry(identity).or_default().entry(visit.who.clone()).or_default() += 1;
        }
    }
    let people: BTreeSet<&str> = visits.iter().map(|visit| visit.who.as_str()).collect();
    let pairs: usize = holds.values().map(BTreeMap::len).sum();
    Outcome {
        name: name.to_owned(),
        identities: scores(days, |day, camera, track| {
            day.found.get(&(camera, track)).map(|found| found.identity.get())
        }),
        unknown: scores(days, |_, _, _| None),
        known: {
            let shown: Vec<_> = days.iter().map(shown).collect();
            scores(days, |day, camera, track| {
                let day = days.iter().position(|other| std::ptr::eq(day, other))?;
                shown[day].get(&(camera, track)).map(|(person, _)| *person as i64)
            })
        },
        visits: ClusterScores::of(&visits),
        identities_each: pairs as f64 / people.len().max(1) as f64,
        mixed: holds.into_values().filter(|people| people.len() > 1).collect(),
    }
}

/// All cameras' pictures as one sequence, in which somebody has one name everywhere. `named` says whose a camera's track is.
fn scores(days: &[Day<'_>], named: impl Fn(&Day<'_>, usize, TrackKey) -> Option<i64>) -> Scores {
    let (mut truth, mut found, mut frame, mut nobodys) = (Vec::new(), Vec::new(), 0, BTreeMap::new());
    for (number, day) in days.iter().enumerate() {
        for (camera, (film, watched)) in day.films.iter().zip(day.watched).enumerate() {
            for (picture, tracks) in pictures(film, watched) {
                frame += 1;
                truth.extend(picture.iter().filter_map(|marked| true_row(frame, marked)));
                for track in tracks.iter().filter(|track| counts(track)) {
                    let next = NOBODYS + nobodys.len() as i64;
                    let id = named(day, camera, track.key)
                        .unwrap_or_else(|| *nobodys.entry((number, camera, track.key)).or_insert(next));
                    found.push(MotRow {
                        frame,
                        id,
                        bbox: pixels(film, &track.bbox),
                        confidence: f64::from(track.score),
                        class: -1,
                    });
                }
            }
        }
    }
    Scores::of(&prepare(&truth, &found, 1..=frame))
}

/// The judged pictures: what there is to see in each, and what was followed.
fn pictures<'a>(film: &'a Film, watched: &'a Watched) -> impl Iterator<Item = (&'a [Marked], &'a [Track])> {
    watched.pictures.iter().filter_map(|(at, tracks)| {
        let number = (at.as_secs_f64() * f64::from(FPS)).round() as usize;
        Some((film.truth.pictures.get(number)?.boxes.as_slice(), tracks.as_slice()))
    })
}

fn counts(track: &Track) -> bool {
    track.state == TrackState::Confirmed && track.observed && track.class.as_str() == "person"
}

fn true_row(frame: u32, marked: &Marked) -> Option<MotRow> {
    let Identity::Person(person) = marked.identity else { return None };
    let [left, top, right, bottom] = marked.whole;
    let demanded = marked.visibility >= VISIBILITY_MIN && (right - left).min(bottom - top) >= SIDE_MIN;
    let (confidence, class) = if demanded { (1.0, SCORED) } else { (0.0, DISTRACTOR) };
    Some(MotRow { frame, id: person as i64, bbox: whole(marked), confidence, class })
}

fn whole(marked: &Marked) -> PixelBox {
    let [left, top, right, bottom] = marked.whole.map(f64::from);
    PixelBox { left, top, width: right - left, height: bottom - top }
}

fn pixels(film: &Film, bbox: &BBox) -> PixelBox {
    let (width, height) = (f64::from(film.truth.width), f64::from(film.truth.height));
    let [left, right] = [bbox.x1, bbox.x2].map(|x| f64::from(x) * width);
    let [top, bottom] = [bbox.y1, bbox.y2].map(|y| f64::from(y) * height);
    PixelBox { left, top, width: right - left, height: bottom - top }
}

/// Each track as the visit of whom it shows most.
fn visits(day: &Day<'_>) -> Vec<Visit> {
    let long = shown(day).into_iter().filter(|(_, (_, pictures))| *pictures >= VISIT_MIN);
    long.map(|(track, (person, _))| {
        let taken_for = day.found.get(&track).map(|found| found.identity.get());
        Visit { who: format!("person {person}"), taken_for }
    })
    .collect()
}

/// Whom each track shows most, and in how many pictures.
fn shown(day: &Day<'_>) -> BTreeMap<(usize, TrackKey), (usize, usize)> {
    let mut shows: BTreeMap<(usize, TrackKey), BTreeMap<usize, usize>> = BTreeMap::new();
    for (camera, (film, watched)) in day.films.iter().zip(day.watched).enumerate() {
        for (picture, tracks) in pictures(film, watched) {
            for track in tracks.iter().filter(|track| counts(track)) {
                let bbox = pixels(film, &track.bbox);
                let people = picture.iter().filter(|marked| marked.class == Class::Person);
                let overlaps = people.map(|marked| (whole(marked).iou(&bbox), marked.identity));
                let best =
                    overlaps.max_by(|(a, _), (b, _)| a.total_cmp(b)).filter(|(overlap, _)| *overlap >= SHOWS_IOU);
                if let Some((_, Identity::Person(person))) = best {
                    *shows.entry((camera, track.key)).or_default().entry(person).or_default() += 1;
                }
            }
        }
    }
    let most = |people: BTreeMap<usize, usize>| people.into_iter().max_by_key(|(_, pictures)| *pictures);
    shows.into_iter().filter_map(|(track, people)| Some((track, most(people)?))).collect()
}
