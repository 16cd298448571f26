//! `make eval-tracking`: how well and how fast the tracker works, as a table, on MOT17 half-val. Exits with an error when a floor is
//! missed. Reads `IRIS_REALDATA`; writes nothing but its output.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use iris_testkit::realdata::Realdata;
use iris_testkit::scoring::Scores;
use iris_testkit::scoring::floors::{Condition, Reached, conditions};
use iris_testkit::scoring::mot17::load_all;
use iris_testkit::scoring::pace::{WALKERS, median_picture_time};

/// On one core of any machine that Iris is for.
const PICTURE_TIME_MAX: Duration = Duration::from_micros(100);

fn main() -> Result<ExitCode> {
    let Some(realdata) = Realdata::find() else { return Ok(ExitCode::FAILURE) };
    let loaded = load_all(&realdata.path("mot"))?;
    println!(
        "MOT17 half-val, YOLOX-X detections. The tracker's numbers were chosen on these sequences: expect less elsewhere."
    );
    let mut failed = false;
    for condition in conditions() {
        let reached = condition.run(&loaded);
        print_table(&condition, &reached);
        for shortfall in condition.floor.shortfalls(&reached.combined) {
            println!("floor missed: {shortfall}");
            failed = true;
        }
    }
    let median = median_picture_time();
    println!("\ntime per picture at {WALKERS} boxes: median {:.1} us", median.as_secs_f64() * 1e6);
    if median > PICTURE_TIME_MAX {
        println!("floor missed: above {} us", PICTURE_TIME_MAX.as_micros());
        failed = true;
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print_table(condition: &Condition, reached: &Reached) {
    let runs = condition.schedules.len() as f64;
    println!("\n{:<28}   HOTA   IDF1   MOTA    IDsw", condition.name);
    let rows = reached.sequences.iter().map(|(name, scores)| (*name, scores));
    for (name, scores) in rows.chain([("combined", &reached.combined)]) {
        let Scores { hota, clear, identity } = scores;
        let [hota, idf1, mota] = [hota.hota(), identity.idf1(), clear.mota()].map(|share| 100.0 * share);
        println!("{name:<28} {hota:6.2} {idf1:6.2} {mota:6.2} {:7.1}", clear.switches as f64 / runs);
    }
}
