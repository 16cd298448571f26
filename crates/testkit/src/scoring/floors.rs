//! What the tracker must reach on MOT17 half-val, at full rate and with pictures missing. Driven by the tracking floors' test and by
//! `make eval-tracking`, which differ only in what they print.

use std::fmt;

use super::mot17::{Loaded, settings};
use super::schedule::Schedule;
use super::scores::Scores;

/// Single seeds lie between 75.6 and 78.2 IDF1, so counts over ten are added up.
const LOSSY_SEEDS: u64 = 10;

/// Least values, in percent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Floor {
    /// HOTA.
    pub hota: f64,
    /// IDF1.
    pub idf1: f64,
    /// MOTA; without one at reduced rates, where the pictures until a track is confirmed are most of what MOTA sees.
    pub mota: Option<f64>,
}

/// A way of showing the sequences to the tracker, and what it must reach.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// For the table.
    pub name: &'static str,
    /// Runs whose counts are added up.
    pub schedules: Vec<Schedule>,
    /// What the sum must reach over all sequences.
    pub floor: Floor,
}

/// The three conditions that Iris is held to.
pub fn conditions() -> Vec<Condition> {
    let lossy = |seed| Schedule::at(15.0).losing(0.4, seed);
    vec![
        Condition {
            name: "full rate",
            schedules: vec![Schedule::FULL],
            floor: Floor { hota: 67.0, idf1: 78.0, mota: Some(77.0) },
        },
        Condition {
            name: "5 fps",
            schedules: vec![Schedule::at(5.0)],
            floor: Floor { hota: 65.5, idf1: 77.0, mota: None },
        },
        Condition {
            name: "15 fps, 40 % lost, 10 seeds",
            schedules: (1..=LOSSY_SEEDS).map(lossy).collect(),
            floor: Floor { hota: 65.5, idf1: 76.5, mota: None },
        },
    ]
}

/// What the tracker reached under one condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Reached {
    /// Sequence and scores, counts added over the schedules.
    pub sequences: Vec<(&'static str, Scores)>,
    /// All of them.
    pub combined: Scores,
}

impl Condition {
    /// Runs the tracker over the sequences.
    pub fn run(&self, loaded: &[Loaded]) -> Reached {
        let score = |sequence: &Loaded| {
            let runs: Vec<Scores> =
                self.schedules.iter().map(|&schedule| sequence.score(schedule, settings())).collect();
            (sequence.facts.name, Scores::combined(&runs))
        };
        let sequences: Vec<(&'static str, Scores)> = loaded.iter().map(score).collect();
        let combined = Scores::combined(sequences.iter().map(|(_, scores)| scores));
        Reached { sequences, combined }
    }
}

/// A measure that fell short.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shortfall {
    /// Which.
    pub measure: &'static str,
    /// In percent.
    pub reached: f64,
    /// In percent.
    pub floor: f64,
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {:.3}, below {}", self.measure, self.reached, self.floor)
    }
}

impl Floor {
    /// Every measure that is below its floor.
    pub fn shortfalls(&self, scores: &Scores) -> Vec<Shortfall> {
        let measures = [
            ("HOTA", scores.hota.hota(), Some(self.hota)),
            ("IDF1", scores.identity.idf1(), Some(self.idf1)),
            ("MOTA", scores.clear.mota(), self.mota),
        ];
        let judged = measures.into_iter().filter_map(|(measure, reached, floor)| {
            floor.map(|floor| Shortfall { measure, reached: 100.0 * reached, floor })
        });
        judged.filter(|measure| measure.reached < measure.floor).collect()
    }
}
