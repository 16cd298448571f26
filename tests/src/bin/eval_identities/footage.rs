//! The real footage and who is to be seen in it: visits, each with what the networks say of it.

use std::time::Duration;

use anyhow::Context as _;
use iris_domain::{Timestamp, TrackKey};
use iris_testkit::realdata::Realdata;
use iris_tests::watching::{Heard, Watcher};
use serde_json::Value;

/// Pictures a second of the one-by-one footage.
const ONE_BY_ONE_FPS: f64 = 10.0;

/// Somebody comes and goes; others may be in the picture too.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The clip.
    pub name: String,
    /// Who it is of.
    pub who: String,
    /// That one's track.
    pub track: TrackKey,
    /// What is said of everybody in it, from 1970 on.
    pub heard: Vec<Heard>,
}

impl Visit {
    /// What is said of the one it is of.
    pub fn of_interest(&self) -> impl Iterator<Item = &Heard> {
        self.heard.iter().filter(|heard| heard.fact.observation.track == self.track)
    }
}

/// The 14 clips of five people who sign to the camera.
pub fn asl(realdata: &Realdata, watcher: &mut Watcher) -> anyhow::Result<Vec<Visit>> {
    let truth = read(realdata, "gt/asl_identities.json")?;
    let mut visits = Vec::new();
    for (who, clips) in truth["identities"].as_object().context("no identities")? {
        for clip in clips.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let heard = watcher.watch(&realdata.path(&format!("video/asl/{clip}.mkv")))?.heard;
            let track = surest(&heard).with_context(|| format!("nobody is followed in {clip}"))?;
            visits.push(Visit { name: clip.to_owned(), who: who.clone(), track, heard });
        }
    }
    Ok(visits)
}

/// The six people who walk away from the camera, one after the other; the second and the fourth look alike.
pub fn one_by_one(realdata: &Realdata, watcher: &mut Watcher) -> anyhow::Result<Vec<Visit>> {
    let truth = read(realdata, "gt/one_by_one_presences.json")?;
    let heard = watcher.watch(&realdata.path("video/one-by-one-person-detection.mp4"))?.heard;
    let presences = truth["presences_frames"].as_array().context("no presences")?;
    let mut visits = Vec::new();
    for (number, presence) in presences.iter().enumerate() {
        let time = |frame: &Value| frame.as_f64().map(|frame| since_1970(frame / ONE_BY_ONE_FPS)).context("no frame");
        let (first, last) = (time(&presence[0])?, time(&presence[1])?);
        let middle = first.plus(last.since(first) / 2);
        let within = |heard: &&Heard| {
            let seen = &heard.fact.observation;
            seen.first_seen <= middle && seen.last_seen >= first
        };
        let mut tracks: Vec<TrackKey> = heard.iter().filter(within).map(|heard| heard.fact.observation.track).collect();
        tracks.sort_unstable();
        tracks.dedup();
        let of_them: Vec<Heard> =
            heard.iter().filter(|heard| tracks.contains(&heard.fact.observation.track)).cloned().collect();
        let name = format!("walker {}", number + 1);
        let track = surest(&of_them).with_context(|| format!("nobody is followed: {name}"))?;
        let heard = of_them.into_iter().map(|heard| earlier(heard, first)).collect();
        visits.push(Visit { who: name.clone(), name, track, heard });
    }
    Ok(visits)
}

/// A shot of the talk: a camera does not cut, so each is a film of its own.
pub struct Shot {
    /// Who is known in it.
    pub known: Vec<String>,
    /// What is said of it.
    pub heard: Vec<Heard>,
}

/// The talk.
pub fn talk(realdata: &Realdata, watcher: &mut Watcher) -> anyhow::Result<Vec<Shot>> {
    let truth = read(realdata, "gt/hamilton_shots.json")?;
    let fps = truth["fps"].as_f64().context("no rate")?;
    let film = realdata.path("video/short_hamilton_clip.mp4");
    let mut shots = Vec::new();
    for shot in truth["shots"].as_array().context("no shots")? {
        let time = |frame: &Value| frame.as_f64().map(|frame| Duration::from_secs_f64(frame / fps)).context("no frame");
        let heard = watcher.watch_part(&film, time(&shot["frames"][0])?..=time(&shot["frames"][1])?)?.heard;
        let known = shot["known_people"].as_array().into_iter().flatten().filter_map(Value::as_str);
        shots.push(Shot { known: known.map(str::to_owned).collect(), heard });
    }
    Ok(shots)
}

fn read(realdata: &Realdata, path: &str) -> anyhow::Result<Value> {
    Ok(serde_json::from_str(&std::fs::read_to_string(realdata.path(path)).context("read the truth")?)?)
}

/// The track that is seen most surely: who is only half in the picture is not.
fn surest(heard: &[Heard]) -> Option<TrackKey> {
    let seen = heard.iter().map(|heard| &heard.fact.observation);
    seen.max_by(|a, b| a.score.total_cmp(&b.score)).map(|seen| seen.track)
}

fn since_1970(seconds: f64) -> Timestamp {
    Timestamp::EPOCH.plus(Duration::from_secs_f64(seconds))
}

/// The same in a film that begins at `first`.
fn earlier(mut heard: Heard, first: Timestamp) -> Heard {
    let seen = &mut heard.fact.observation;
    for time in [&mut heard.at, &mut seen.first_seen, &mut seen.last_seen, &mut seen.captured] {
        *time = Timestamp::EPOCH.plus(time.since(first));
    }
    heard
}
