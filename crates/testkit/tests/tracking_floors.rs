//! The tracker against MOT17 half-val, and the scorer against a published result on it. `make eval-tracking` prints the same as a
//! table.

use std::path::PathBuf;

use iris_testkit::realdata::Realdata;
use iris_testkit::scoring::mot17::{SEQUENCES, load_all};
use iris_testkit::scoring::{Scores, floors};

fn folder() -> Option<PathBuf> {
    Realdata::find().map(|realdata| realdata.path("mot"))
}

/// Percentages as TrackEval published them for this result; the last digit of HOTA hangs on how ties are broken.
#[test]
fn the_scorer_reproduces_a_published_result() {
    let Some(folder) = folder() else { return };
    let scores: Vec<Scores> = SEQUENCES.iter().map(|sequence| sequence.score_reference(&folder).unwrap()).collect();
    let Scores { hota, clear, identity } = Scores::combined(&scores);
    let percentages = [
        ("HOTA", hota.hota(), 68.525),
        ("DetA", hota.det_a(), 64.901),
        ("AssA", hota.ass_a(), 72.778),
        ("MOTA", clear.mota(), 75.454),
        ("IDF1", identity.idf1(), 81.396),
    ];
    for (measure, ours, published) in percentages {
        assert!((100.0 * ours - published).abs() <= 0.002, "{measure} is {:.4}, not {published}", 100.0 * ours);
    }
    assert_eq!((clear.extras, clear.misses, clear.switches), (1649, 11463, 116), "FP, FN, IDSW");
}

#[test]
fn the_tracker_reaches_its_floors_at_every_rate() {
    let Some(folder) = folder() else { return };
    let loaded = load_all(&folder).unwrap();
    for condition in floors::conditions() {
        let shortfalls = condition.floor.shortfalls(&condition.run(&loaded).combined);
        let listed: Vec<String> = shortfalls.iter().map(ToString::to_string).collect();
        assert!(listed.is_empty(), "at {}: {}", condition.name, listed.join(", "));
    }
}
