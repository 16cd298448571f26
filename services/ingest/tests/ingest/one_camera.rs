//! The life of one camera: recorded, judged, followed, shown, retuned, deleted.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::StreamExt as _;
use iris_bus::message::{CameraPhase, LiveRequest, MediaReply, MediaRequest, PIECE_BYTES_MAX, Tracks, WantedCamera};
use iris_bus::topic;
use iris_domain::{BBox, CameraTuning};
use iris_testkit::camera::RtspCamera;
use iris_testkit::wait;

use crate::nodes::DetectionNode;
use crate::rig::{self, Rig, SOON};

pub async fn next_tracks(
    tracks: &mut iris_bus::Samples<Tracks>,
    wanted: impl Fn(&Tracks) -> bool,
) -> anyhow::Result<Tracks> {
    let found = async {
        loop {
            let (_, picture) = tracks.next().await.context("the bus was closed")?;
            if wanted(&picture) {
                return anyhow::Ok(picture);
            }
        }
    };
    tokio::time::timeout(SOON, found).await.context("no such tracks")?
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_is_recorded_followed_shown_and_forgotten() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let film = rig::film(rig.folder.path())?;
    let source = RtspCamera::start(&[("street", &film)]).await?;
    let mut tracks = rig.bus.all_samples(topic::TRACKS).await?;
    let mut left = 0.1_f32;
    // One person walking to the right.
    let _node = DetectionNode::start(&rig, move |_| {
        left = if left > 0.6 { 0.1 } else { left + 0.01 };
        BBox::clipped(left, 0.2, left + 0.2, 0.9)
    })
    .await?;
    let _ingest = rig.ingest("one")?;
    let camera = rig::wanted(1, &source.url("street"));
    rig.want(&camera).await?;

    // Recorded: segments of about 2 s that follow each other without a hole.
    let segments = rig.recorded(1, 3).await?;
    for pair in segments.windows(2) {
        ensure!(pair[1].sequence == pair[0].sequence + 1 && pair[1].start == pair[0].end(), "{segments:?}");
        ensure!((1800..=2300).contains(&pair[0].duration_ms) && pair[0].starts_with_key, "{segments:?}");
    }
    let read = MediaRequest::Read { sequence: segments[0].sequence, offset: 0, length: PIECE_BYTES_MAX };
    let piece = rig.bus.ask(topic::ASK_MEDIA, 1, &read, Duration::from_secs(2)).await?;
    let MediaReply::Piece { total_bytes, data } = piece else { anyhow::bail!("{piece:?}") };
    ensure!(total_bytes == data.len() as u64 && data[0] == 0x47, "an MPEG-TS packet begins with its sync byte");

    // Online, at its own rate, served by the node that answers.
    let state = rig.state(1, |state| state.phase == CameraPhase::Online && state.detector.is_some()).await?;
    ensure!((state.fps - 25.0).abs() < 3.0 && state.detector.as_deref() == Some("test@cpu"), "{state:?}");

    // Followed: one confirmed track with one name.
    let first = next_tracks(&mut tracks, |picture| picture.tracks.iter().any(|track| track.confirmed)).await?;
    let again = next_tracks(&mut tracks, |picture| picture.sequence > first.sequence + 5).await?;
    ensure!(first.tracks[0].key == again.tracks[0].key && again.tracks.len() == 1, "{again:?}");

    shown_while_watched(&rig).await?;
    retuned_without_a_gap(&rig, &camera, &mut tracks).await?;
    forgotten(&rig, &mut tracks).await
}

async fn shown_while_watched(rig: &Rig) -> anyhow::Result<()> {
    let mut live = rig.bus.samples(topic::LIVE, 1).await?;
    let quiet = tokio::time::timeout(Duration::from_millis(700), live.next()).await;
    ensure!(quiet.is_err(), "nobody watches, and yet a picture was drawn");
    let snapshot = rig.bus.ask(topic::ASK_LIVE, 1, &LiveRequest::Snapshot, Duration::from_secs(3)).await?;
    let picture = snapshot.picture.context("no snapshot")?;
    ensure!((picture.width, picture.height) == (320, 240) && picture.jpeg.starts_with(&[0xff, 0xd8]));
    rig.bus.ask(topic::ASK_LIVE, 1, &LiveRequest::Watch { fps: 10.0 }, Duration::from_secs(2)).await?;
    let pictures: Vec<_> =
        tokio::time::timeout(SOON, live.take(10).collect()).await.context("too few live pictures")?;
    ensure!(pictures.windows(2).all(|pair| pair[1].1.captured > pair[0].1.captured), "pictures go back in time");
    Ok(())
}

/// Another tuning starts detection anew; connection and buffer go on.
async fn retuned_without_a_gap(
    rig: &Rig,
    camera: &WantedCamera,
    tracks: &mut iris_bus::Samples<Tracks>,
) -> anyhow::Result<()> {
    let before = next_tracks(tracks, |_| true).await?;
    let tuning = CameraTuning { post_seconds: 3, detect_conf: 0.5, ..CameraTuning::default() };
    rig.want(&WantedCamera { tuning, ..camera.clone() }).await?;
    let after = next_tracks(tracks, |picture| picture.run != before.run).await?;
    ensure!(after.rules.post == Duration::from_secs(3) && after.rules.min_score == 0.5, "{:?}", after.rules);
    let segments = rig.segments(1).await?;
    rig.recorded(1, segments.len() + 1).await?;
    ensure!(rig.segments(1).await?.iter().all(|segment| segment.run == segments[0].run), "it was connected again");
    Ok(())
}

async fn forgotten(rig: &Rig, tracks: &mut iris_bus::Samples<Tracks>) -> anyhow::Result<()> {
    rig.bus.cameras().await?.delete(rig::wanted(1, "rtsp://unused/").id).await?;
    next_tracks(tracks, |picture| picture.last).await?;
    wait::until(SOON, "the buffer to be removed", || async {
        ensure!(!rig.data_dir().join("segments/1").exists());
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repointed_camera_starts_with_an_empty_buffer() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let film = rig::film(rig.folder.path())?;
    let source = RtspCamera::start(&[("street", &film), ("yard", &film)]).await?;
    let _ingest = rig.ingest("one")?;
    let camera = rig::wanted(1, &source.url("street"));
    rig.want(&camera).await?;
    let old = rig.recorded(1, 2).await?;
    rig.want(&WantedCamera { source_generation: 2, ..rig::wanted(1, &source.url("yard")) }).await?;
    wait::until(SOON, "a buffer of the new source only", || async {
        let names = rig.segments(1).await?;
        ensure!(!names.is_empty() && names.iter().all(|name| name.start > old[old.len() - 1].start), "{names:?}");
        Ok(())
    })
    .await?;
    // Disabled: no longer recorded, and the buffer is kept.
    rig.want(&WantedCamera { enabled: false, source_generation: 2, ..rig::wanted(1, &source.url("yard")) }).await?;
    wait::until(SOON, "nobody to answer for it", || async {
        ensure!(rig.segments(1).await.is_err());
        Ok(())
    })
    .await?;
    ensure!(!rig.files(1).is_empty());
    Ok(())
}
