//! The main job: from a camera to clips that can be played. Six people walk past, one after the other.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_domain::Timestamp;
use iris_testkit::camera::RtspCamera;
use iris_testkit::realdata::Realdata;
use iris_testkit::system::System;
use iris_testkit::wait;
use serde_json::{Value, json};

use crate::footage;

/// Pictures a second of the footage.
const FPS: f64 = 10.0;
/// How far an event's times may lie from the truth, in seconds.
const TOLERANCE: f64 = 0.5;
/// Clip before and after; the people are 3.5 s apart, so that more would join two presences into one event.
const PRE: f64 = 2.0;
const POST: f64 = 2.0;

struct Walk {
    start: f64,
    end: f64,
}

fn truth(realdata: &Realdata) -> anyhow::Result<Vec<Walk>> {
    let text = std::fs::read_to_string(realdata.path("gt/one_by_one_presences.json")).context("read the truth")?;
    let truth: Value = serde_json::from_str(&text)?;
    let walks = truth["presences_frames"].as_array().context("no presences")?;
    let seconds = |frame: &Value| frame.as_f64().map(|frame| frame / FPS).context("no frame number");
    walks.iter().map(|walk| Ok(Walk { start: seconds(&walk[0])?, end: seconds(&walk[1])? })).collect()
}

fn time(event: &Value, field: &str) -> anyhow::Result<Timestamp> {
    Ok(Timestamp::parse(event[field].as_str().with_context(|| format!("no {field} in {event}"))?)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn six_people_make_six_events_with_clips() -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    let walks = truth(&realdata)?;
    let folder = tempfile::tempdir()?;
    let film = footage::one_by_one(&realdata, folder.path(), 0.0, 140.0)?;
    let system = System::with_model(&footage::detector(&realdata)).start().await?;
    let camera = RtspCamera::start(&[("walk", &film)]).await?;
    let wanted = json!({ "name": "walk", "rtsp_url": camera.url("walk"), "pre_seconds": PRE, "post_seconds": POST });
    let id = system.add_camera(&wanted).await?;

    // The film lasts 139.4 s and begins when ingest connects; the sixth walk ends 4 s before it does.
    let events = wait::until(Duration::from_secs(170), "six events with clips", || async {
        let page = system.api.get_json(&format!("/api/events?camera_id={id}&limit=500")).await?;
        let mut events = page["items"].as_array().context("no items")?.clone();
        events.reverse();
        let done = events.iter().take_while(|event| event["clip_status"] == "ready").count();
        ensure!(done >= walks.len(), "{done} clips of {} events", events.len());
        Ok(events)
    })
    .await?;

    let original = footage::pictures(&film)?;
    let first = time(&events[0], "ts")?;
    for (number, (event, walk)) in events.iter().zip(&walks).enumerate() {
        let context = format!("walk {}: {event}", number + 1);
        check_event(event, walk, first, walks[0].start).context(context.clone())?;
        check_clip(&system, event, walk, &original, folder.path()).await.context(context)?;
    }
    Ok(())
}

fn check_event(event: &Value, walk: &Walk, first: Timestamp, first_walk: f64) -> anyhow::Result<()> {
    ensure!(event["label"] == "person" && event["kind"] == "track", "not a person's presence");
    let (start, end) = (time(event, "ts")?.seconds_since(first), time(event, "end_ts")?.seconds_since(first));
    let (true_start, true_end) = (walk.start - first_walk, walk.end - first_walk);
    ensure!((start - true_start).abs() <= TOLERANCE, "begins {:.2} s off", start - true_start);
    ensure!((end - true_end).abs() <= TOLERANCE, "ends {:.2} s off", end - true_end);
    Ok(())
}

/// The clip covers the presence with its pre- and post-roll, is a copy of what the camera sent, has sound, and can be played before
/// it is loaded.
async fn check_clip(
    system: &System,
    event: &Value,
    walk: &Walk,
    original: &[String],
    folder: &std::path::Path,
) -> anyhow::Result<()> {
    let bytes = system.api.get_bytes(event["clip_url"].as_str().context("no clip")?).await?;
    let thumbnail = system.api.get_bytes(event["thumb_url"].as_str().context("no thumbnail")?).await?;
    ensure!(thumbnail.starts_with(&[0xff, 0xd8]), "the thumbnail is no JPEG");
    ensure!(footage::index_is_first(&bytes), "the index is not at the front");
    let file = folder.join("clip.mp4");
    std::fs::write(&file, &bytes)?;
    let probed = footage::probe(&file)?;
    ensure!(footage::codecs(&probed) == ["aac", "h264"], "{probed}");

    let copied = footage::pictures(&file)?;
    let begins = found_in(&copied, original)?;
    let ends = begins + copied.len();

    let presence = time(event, "end_ts")?.seconds_since(time(event, "ts")?);
    let length = footage::seconds(&probed)?;
    ensure!(length >= PRE + presence + POST - 0.1, "the clip has {length:.2} s for a presence of {presence:.2} s");
    // By the footage's own clock: from a key frame at most one segment before what was asked for.
    let (from, to) = (begins as f64 / FPS, ends as f64 / FPS);
    ensure!(
        from <= walk.start - PRE + TOLERANCE && from >= walk.start - PRE - 4.0,
        "begins at {from:.1} s of the film"
    );
    ensure!(to >= walk.end + POST - TOLERANCE && to <= walk.end + POST + 4.0, "ends at {to:.1} s of the film");
    Ok(())
}

/// Where in the original the copied pictures stand, one after the other. Pictures of an empty hall may be alike, so the first match of
/// the first picture need not be the place.
fn found_in(copied: &[String], original: &[String]) -> anyhow::Result<usize> {
    let alike =
        |begin: usize| copied.iter().zip(&original[begin..]).take_while(|(copy, picture)| copy == picture).count();
    let best = (0..original.len()).max_by_key(|begin| (alike(*begin), std::cmp::Reverse(*begin)));
    let best = best.context("no pictures")?;
    ensure!(
        alike(best) == copied.len(),
        "of {} pictures {} are the camera's from {best} on",
        copied.len(),
        alike(best)
    );
    Ok(best)
}
