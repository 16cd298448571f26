//! How well things were followed: tracks against the truth's boxes, by the measures of the MOT challenges.

use iris_demo::truth::{Class, Marked, Truth};
use iris_domain::BBox;
use iris_testkit::scoring::mot_format::{MotRow, PixelBox};
use iris_testkit::scoring::{Scores, prepare};

use super::films::Film;
use super::watching::Watched;

/// Of what less can be seen is neither demanded nor held against the system.
const VISIBILITY_MIN: f32 = 0.3;
/// Nor is what is smaller, in pixels.
const SIDE_MIN: u32 = 16;
/// Classes of the MOT challenges: what is scored, and what may be found or not.
const SCORED: i64 = 1;
const DISTRACTOR: i64 = 8;

pub const PERSON: (Class, &str) = (Class::Person, "person");
/// All classes, by the names that the detector gives them.
pub const CLASSES: [(Class, &str); 5] =
    [PERSON, (Class::Car, "car"), (Class::Dog, "dog"), (Class::Cat, "cat"), (Class::Bicycle, "bicycle")];

/// Whether the system has to see it.
pub fn is_demanded(marked: &Marked) -> bool {
    let [left, top, right, bottom] = marked.whole;
    marked.visibility >= VISIBILITY_MIN && (right - left).min(bottom - top) >= SIDE_MIN
}

/// Scores what was followed of one class, in the judged pictures: the confirmed tracks that were found in them.
pub fn of(film: &Film, watched: &Watched, class: (Class, &str)) -> Scores {
    let frames = watched.pictures.keys().map(|number| *number as u32);
    Scores::of(&prepare(&true_rows(&film.truth, class.0), &found_rows(film, watched, class.1), frames))
}

fn true_rows(truth: &Truth, class: Class) -> Vec<MotRow> {
    let marked =
        truth.pictures.iter().zip(0..).flat_map(|(picture, frame)| picture.boxes.iter().map(move |one| (frame, one)));
    let rows = marked.filter(|(_, one)| one.class == class).map(|(frame, one)| {
        let (confidence, class) = if is_demanded(one) { (1.0, SCORED) } else { (0.0, DISTRACTOR) };
        let [left, top, right, bottom] = one.whole.map(f64::from);
        let bbox = PixelBox { left, top, width: right - left, height: bottom - top };
        MotRow { frame, id: i64::from(one.visit), bbox, confidence, class }
    });
    rows.collect()
}

fn found_rows(film: &Film, watched: &Watched, class: &str) -> Vec<MotRow> {
    let (width, height) = (f64::from(film.truth.width), f64::from(film.truth.height));
    let tracks = watched.pictures.iter().flat_map(|(number, tracks)| tracks.iter().map(move |track| (*number, track)));
    let followed = tracks.filter(|(_, track)| track.confirmed && track.observed && track.class.as_str() == class);
    let rows = followed.map(|(number, track)| {
        let BBox { x1, y1, x2, y2 } = track.bbox;
        let [left, right] = [x1, x2].map(|x| f64::from(x) * width);
        let [top, bottom] = [y1, y2].map(|y| f64::from(y) * height);
        let bbox = PixelBox { left, top, width: right - left, height: bottom - top };
        let (frame, id) = (number as u32, track.key.number as i64);
        MotRow { frame, id, bbox, confidence: f64::from(track.score), class: -1 }
    });
    rows.collect()
}

/// A line of the table.
pub fn line((_, name): (Class, &str), scores: &Scores) -> String {
    let clear = &scores.clear;
    if clear.hits + clear.misses + clear.extras == 0 {
        return format!("  {name:8} never there");
    }
    let share = |of: u64| clear.hits as f64 / of.max(1) as f64;
    format!(
        "  {name:8} HOTA {:.3} (DetA {:.3}, AssA {:.3}) IDF1 {:.3} MOTA {:.3} precision {:.3} recall {:.3} FP {} FN {} IDSW {} of {}",
        // A sum of nothing is -0.
        scores.hota.hota() + 0.0,
        scores.hota.det_a() + 0.0,
        scores.hota.ass_a() + 0.0,
        scores.identity.idf1(),
        clear.mota(),
        share(clear.hits + clear.extras),
        share(clear.hits + clear.misses),
        clear.extras,
        clear.misses,
        clear.switches,
        clear.hits + clear.misses,
    )
}
