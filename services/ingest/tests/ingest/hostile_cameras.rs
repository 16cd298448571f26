//! Cameras that send garbage, and cameras that are merely strange: each is recorded where that can be, else gets a line that a person
//! understands, and none costs the healthy one anything.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use iris_bus::message::CameraPhase;
use iris_domain::SegmentName;
use iris_testkit::camera::RtspCamera;
use iris_testkit::service::ServiceProcess;
use iris_testkit::wait;

use crate::rig::{self, Rig, SOON};
use crate::strange::{self, Decoded, StrangeCamera};

const HEALTHY: i64 = 1;

/// Still the same process, no password in its log, and the healthy camera recorded in one piece.
async fn unharmed(rig: &Rig, ingest: &mut ServiceProcess) -> anyhow::Result<()> {
    ingest.process().check_running()?;
    let log = ingest.process().log();
    ensure!(!log.contains(strange::PASSWORD), "a password is in the log");
    ensure!(!log.contains("panicked"), "{log}");
    let before = rig.segments(HEALTHY).await?.len();
    let names = rig.recorded(HEALTHY, before + 1).await?;
    for pair in names.windows(2) {
        ensure!(pair[1].run == pair[0].run && pair[1].start == pair[0].end(), "{names:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_has_its_line_and_records_nothing() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let film = rig::film(rig.folder.path())?;
    let healthy = RtspCamera::start(&[("street", &film)]).await?;
    let mut strange = StrangeCamera::start(rig.folder.path(), &[], None).await?;
    let mut ingest = rig.ingest("one")?;
    rig.want(&rig::wanted(HEALTHY, &healthy.url("street"))).await?;
    rig.recorded(HEALTHY, 1).await?;
    let lines = [
        (2, strange.rtsp("rubbish"), "no video in the stream"),
        (3, strange.rtsp("endless"), "no answer within 3 s"),
        (4, strange.rtsp("broken"), "no answer within 3 s"),
        (5, strange.film("noise"), "what the camera sends is no stream that Iris reads"),
        (6, strange.film("to-file"), "the address leads to something that is no camera stream"),
        (7, strange.film("list.m3u8"), "what the camera sends is no stream that Iris reads"),
    ];
    for (id, url, _) in &lines {
        rig.want(&rig::wanted(*id, url)).await?;
    }
    for (id, _, line) in &lines {
        let state = rig.state(*id, |state| state.phase == CameraPhase::Error).await?;
        let detail = state.detail.context("an error without a line")?;
        ensure!(detail == *line, "camera {id}: {detail}");
        ensure!(rig.segments(*id).await?.is_empty() && rig.files(*id).is_empty(), "camera {id} was recorded");
    }
    strange.check_running()?;
    unharmed(&rig, &mut ingest).await
}

/// The recorded segments with what a player sees in each, the picture first.
async fn films(rig: &Rig, camera: i64) -> anyhow::Result<Vec<(SegmentName, Decoded)>> {
    let mut films = Vec::new();
    for name in rig.segments(camera).await? {
        let mut streams = strange::decoded(&rig.segment_file(camera, &name)).await?;
        ensure!(!streams.is_empty(), "camera {camera}: nothing in {name}");
        films.push((name, streams.remove(0)));
    }
    Ok(films)
}

/// Waits until all `kinds` of picture were recorded, each whole segment decodable.
async fn recorded_kinds(rig: &Rig, camera: i64, kinds: &[(&str, u64)]) -> anyhow::Result<Vec<(SegmentName, Decoded)>> {
    wait::until(SOON, &format!("{kinds:?} of camera {camera}"), || async {
        let films = films(rig, camera).await?;
        let found: BTreeSet<_> = films.iter().map(|(_, film)| (film.codec.as_str(), film.width)).collect();
        ensure!(kinds.iter().all(|kind| found.contains(kind)), "{films:?}");
        Ok(films)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_jumps_and_losses_are_recorded() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let folder = rig.folder.path();
    let film = rig::film(folder)?;
    let at = film.display().to_string();
    let small = strange::footage(folder, "small.ts", &format!("-i {at} -t 4 -c copy")).await?;
    let hour = strange::footage(folder, "hour.ts", &format!("-i {at} -t 4 -c copy -output_ts_offset 3600")).await?;
    let large = "-t 4 -s 640x480 -c:v libx264 -preset ultrafast -g 25 -c:a copy";
    let large = strange::footage(folder, "large.ts", &format!("-i {at} {large}")).await?;
    let modern = "-t 4 -c:v libx265 -preset ultrafast -x265-params keyint=25:log-level=error -c:a copy";
    let hevc = strange::footage(folder, "hevc.ts", &format!("-i {at} {modern}")).await?;
    // One key frame, then none.
    let sparse = "-c:v libx264 -preset ultrafast -g 100000 -sc_threshold 0 -an";
    let sparse = strange::footage(folder, "sparse.ts", &format!("-i {at} {sparse}")).await?;
    let lossy = folder.join("lossy.ts");
    strange::with_losses(&small, 97, &lossy)?;

    let healthy = RtspCamera::start(&[("street", &film)]).await?;
    let films: [(&str, &[(f32, _)]); 5] = [
        ("size", &[(4.0, small.clone()), (4.0, large.clone())]),
        ("codec", &[(4.0, small.clone()), (4.0, hevc.clone())]),
        ("jump", &[(4.0, small.clone()), (4.0, hour.clone())]),
        ("lossy", &[(4.0, lossy.clone())]),
        ("sparse", &[(20.0, sparse.clone())]),
    ];
    let web = StrangeCamera::start(folder, &films, None).await?;
    let mut ingest = rig.ingest("one")?;
    rig.want(&rig::wanted(HEALTHY, &healthy.url("street"))).await?;
    rig.recorded(HEALTHY, 1).await?;
    for (id, (name, _)) in (2..).zip(&films) {
        rig.want(&rig::wanted(id, &web.film(name))).await?;
    }

    recorded_kinds(&rig, 2, &[("h264", 320), ("h264", 640)]).await?;
    recorded_kinds(&rig, 3, &[("h264", 320), ("hevc", 320)]).await?;
    jumps_are_closed(&rig).await?;
    losses_cost_only_themselves(&rig).await?;
    cut_without_key_frames(&rig).await?;
    unharmed(&rig, &mut ingest).await
}

/// An hour forward and back again, and the recording goes on in real time.
async fn jumps_are_closed(rig: &Rig) -> anyhow::Result<()> {
    // 14 s at least: past the jump forward and the one back.
    let names = rig.recorded(4, 7).await?;
    for pair in names.windows(2) {
        ensure!(pair[1].run == pair[0].run && pair[1].start == pair[0].end(), "{names:?}");
        ensure!((900..=3200).contains(&pair[0].duration_ms), "{names:?}");
    }
    Ok(())
}

async fn losses_cost_only_themselves(rig: &Rig) -> anyhow::Result<()> {
    rig.recorded(5, 3).await?;
    let films = films(rig, 5).await?;
    ensure!(films.iter().all(|(name, film)| name.run == films[0].0.run && film.frames > 10), "{films:?}");
    Ok(())
}

/// 10 s without a key frame end a segment; the next begins without one, and its name says so.
async fn cut_without_key_frames(rig: &Rig) -> anyhow::Result<()> {
    let names = rig.recorded(6, 2).await?;
    ensure!(names[0].starts_with_key && (9_900..=10_200).contains(&names[0].duration_ms), "{names:?}");
    ensure!(!names[1].starts_with_key && names[1].start == names[0].end(), "{names:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_codec_after_a_restart_is_recorded() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let film = rig::film(rig.folder.path())?;
    let mut camera = RtspCamera::start(&[("street", &film)]).await?;
    let mut ingest = rig.ingest("one")?;
    rig.want(&rig::wanted(HEALTHY, &camera.url("street"))).await?;
    rig.recorded(HEALTHY, 1).await?;
    camera.stop();
    let modern = "-c:v libx265 -preset ultrafast -x265-params keyint=25:log-level=error -c:a copy";
    let hevc = strange::footage(rig.folder.path(), "hevc.mp4", &format!("-i {} {modern}", film.display())).await?;
    std::fs::rename(hevc, &film)?;
    camera.start_again().await?;
    recorded_kinds(&rig, HEALTHY, &[("h264", 320), ("hevc", 320)]).await?;
    ingest.process().check_running()
}
