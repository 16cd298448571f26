//! The truth: worlds that no model was trained on are filmed, streamed by RTSP through the whole system, and what it followed and
//! recorded is held against what the renderer knows was there to see. Prints what was reached; fails below the floors.

mod accuracy;
mod films;
mod presences;
mod watching;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_domain::Timestamp;
use iris_testkit::camera::RtspCamera;
use iris_testkit::system::System;
use iris_testkit::wait;
use serde_json::{Value, json};

use crate::footage;
use films::{FPS, Film, JUDGED_S};
use presences::{Comparison, Presence, Rules};
use watching::Watched;

// What Iris is to reach (issue 3) is more: HOTA 0.80 and IDF1 0.92 for the people of every camera, precision and recall of events
// 0.98, and every event right in time. With the detector of today a run that judged 4.9 of the five pictures a second reached, on the
// street, in the hall and in the yard, HOTA 0.77, 0.85 and 0.84 and IDF1 0.89, 0.98 and 0.96; events had a precision of 0.92 and a recall
// of 1.00, and 10 of 11 were right in time.
// The floors stand a little below it, for one run is not like another. They are raised with every better detector, never lowered.

/// Least HOTA of the people of a camera; the aim is 0.80.
const HOTA_MIN: f64 = 0.70;
/// Least IDF1 of the people of a camera; the aim is 0.92.
const IDF1_MIN: f64 = 0.80;
/// Least share of the events that are presences; the aim is 0.98.
const EVENT_PRECISION_MIN: f64 = 0.75;
/// Least share of the presences that are events; the aim is 0.98.
const EVENT_RECALL_MIN: f64 = 0.90;
/// How far an event may begin and end from the truth, in seconds, to be right in time.
const EVENT_TIMES_OFF_MAX: f64 = 0.6;
/// Least share of the presences with an event whose event is right in time; the aim is all.
const EVENT_TIMES_RIGHT_MIN: f64 = 0.60;
/// The pictures judged a second that the floors are for. A machine that is so busy that it judges fewer has less to go by: for it
/// they are lower, in proportion.
const FLOORS_AT: f64 = 4.5;

/// Seconds between two detections: five a second.
const DETECT_INTERVAL_S: f64 = 0.2;
/// Shorter than the usual ones, so that a minute has several events.
const RULES: Rules = Rules { min_trigger_frames: 3, post_s: 2.0 };
const PRE_S: f64 = 2.0;
/// How much shorter a clip may be than the presence with its pre- and post-roll, in seconds: two pictures and the sound's edge.
const CLIP_LENGTH_OFF_MAX: f64 = 0.3;
/// The last presence is closed and its clip cut when the cameras have been switched off.
const CLIPS_WITHIN: Duration = Duration::from_secs(40);

/// Our detector, or another one to be held against the truth; says so where there is none.
fn detector() -> Option<PathBuf> {
    let ours = || Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/iris-detector.onnx")).to_owned();
    let model = std::env::var_os("IRIS_TRUTH_DETECTOR").map_or_else(ours, PathBuf::from);
    if model.is_file() {
        return Some(model);
    }
    println!("skipped: no detector at {} (set IRIS_TRUTH_DETECTOR)", model.display());
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_followed_and_recorded_is_what_there_was_to_see() -> anyhow::Result<()> {
    let Some(model) = detector() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let films = films::render_all(folder.path())?;
    let system = System::with_model(&model).start().await?;
    let streams: Vec<(&str, &Path)> = films.iter().map(|film| (film.name(), film.file.as_path())).collect();
    let source = RtspCamera::start(&streams).await?;
    let watched = watching::one_round(&system, &films, |film| {
        json!({
            "name": film.name(), "rtsp_url": source.url(film.name()), "detect_interval": DETECT_INTERVAL_S,
            "min_trigger_frames": RULES.min_trigger_frames, "pre_seconds": PRE_S, "post_seconds": RULES.post_s,
        })
    })
    .await?;

    let mut shortfalls = Shortfalls::default();
    let mut all_events = Comparison::default();
    let mut slowest = f64::INFINITY;
    for (film, watched) in films.iter().zip(&watched) {
        let rate = watched.pictures.len() as f64 / JUDGED_S;
        slowest = slowest.min(rate);
        shortfalls.judged_at(rate);
        println!("{film}: {rate:.2} pictures judged a second");
        judge_tracks(&mut shortfalls, film, watched);
        all_events.add(judge_events(&mut shortfalls, &system, film, watched, folder.path()).await?);
    }
    shortfalls.judged_at(slowest);
    let in_time = all_events.in_time(EVENT_TIMES_OFF_MAX);
    println!(
        "all events: precision {:.3} recall {:.3} right in time {in_time:.3}",
        all_events.precision(),
        all_events.recall()
    );
    shortfalls.check(&"all cameras", "precision of events", all_events.precision(), EVENT_PRECISION_MIN);
    shortfalls.check(&"all cameras", "recall of events", all_events.recall(), EVENT_RECALL_MIN);
    shortfalls.check(&"all cameras", "share of events right in time", in_time, EVENT_TIMES_RIGHT_MIN);
    ensure!(shortfalls.found.is_empty(), "below the floors:\n{}", shortfalls.found.join("\n"));
    Ok(())
}

/// What was not reached. Collected, so that one run says all of it.
#[derive(Default)]
struct Shortfalls {
    found: Vec<String>,
    /// What is asked for of each floor, 0..1.
    share: f64,
}

impl Shortfalls {
    /// What follows was judged so many pictures a second.
    fn judged_at(&mut self, rate: f64) {
        self.share = (rate / FLOORS_AT).min(1.0);
    }

    /// A figure that is none, a share of nothing, falls short too.
    fn check(&mut self, of: &dyn fmt::Display, measure: &str, reached: f64, floor: f64) {
        let floor = floor * self.share;
        if reached < floor || reached.is_nan() {
            self.found.push(format!("{of}: {measure} is {reached:.3}, below {floor:.3}"));
        }
    }
}

/// Prints the accuracy of all classes; that of people has floors.
fn judge_tracks(shortfalls: &mut Shortfalls, film: &Film, watched: &Watched) {
    for class in accuracy::CLASSES {
        let scores = accuracy::of(film, watched, class);
        println!("{}", accuracy::line(class, &scores));
        if class == accuracy::PERSON {
            shortfalls.check(film, "HOTA", scores.hota.hota(), HOTA_MIN);
            shortfalls.check(film, "IDF1", scores.identity.idf1(), IDF1_MIN);
        }
    }
}

/// Prints the events of a camera beside the presences, and checks their clips.
async fn judge_events(
    shortfalls: &mut Shortfalls,
    system: &System,
    film: &Film,
    watched: &Watched,
    folder: &Path,
) -> anyhow::Result<Comparison> {
    let wanted = presences::wanted(&film.truth, &watched.numbers(), &RULES);
    let events = events(system, watched).await?;
    let found: Vec<Presence> = events.iter().map(|(presence, _)| *presence).collect();
    let compared = Comparison::of(&wanted, &found);
    println!("{compared}");
    for (presence, event) in &events {
        let played = check_clip(system, event, *presence, folder).await;
        shortfalls.found.extend(played.err().map(|error| format!("{film}: clip of event {presence}: {error:#}")));
    }
    Ok(compared)
}

/// The events of a camera that begin within what is judged, as stretches of the film, once all of them have their clips.
async fn events(system: &System, watched: &Watched) -> anyhow::Result<Vec<(Presence, Value)>> {
    let events = wait::until(CLIPS_WITHIN, "the clips of all events", || async {
        let page = system.api.get_json(&format!("/api/events?camera_id={}&limit=500", watched.camera)).await?;
        let events = page["items"].as_array().context("no items")?.clone();
        let over = |event: &&Value| event["clip_status"] == "ready" || event["clip_status"] == "failed";
        let done = events.iter().filter(over).count();
        ensure!(done == events.len(), "{done} clips of {} events", events.len());
        Ok(events)
    })
    .await?;
    let mut presences = Vec::new();
    for event in events {
        let second = |field: &str| {
            let time = event[field].as_str().with_context(|| format!("no {field} in {event}"))?;
            anyhow::Ok(Timestamp::parse(time)?.seconds_since(watched.film_began))
        };
        let presence = Presence { start: second("ts")?, end: second("end_ts")? };
        presences.extend(presence.within_what_is_judged().map(|presence| (presence, event)));
    }
    presences.sort_by(|(a, _), (b, _)| a.start.total_cmp(&b.start));
    Ok(presences)
}

/// The clip plays, with sound, and is at least as long as the presence with what the film has of its pre- and post-roll.
async fn check_clip(system: &System, event: &Value, presence: Presence, folder: &Path) -> anyhow::Result<()> {
    let url = event["clip_url"].as_str().with_context(|| format!("none: {}", event["clip_status"]))?;
    let file = folder.join("clip.mp4");
    std::fs::write(&file, system.api.get_bytes(url).await?)?;
    let probed = footage::probe(&file)?;
    ensure!(footage::codecs(&probed) == ["aac", "h264"], "{probed}");
    let wanted = (presence.end + RULES.post_s).min(JUDGED_S) - (presence.start - PRE_S).max(0.0);
    let (length, pictures) = (footage::seconds(&probed)?, footage::pictures(&file)?.len() as f64 / f64::from(FPS));
    ensure!(length >= wanted - CLIP_LENGTH_OFF_MAX, "{length:.2} s instead of {wanted:.2} s");
    ensure!(pictures >= wanted - CLIP_LENGTH_OFF_MAX, "pictures for {pictures:.2} s instead of {wanted:.2} s");
    Ok(())
}
