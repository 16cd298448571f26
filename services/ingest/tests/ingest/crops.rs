//! What is followed is cut out in full resolution and handed to re-ID.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_bus::message::{Crop, CropReason, CropView, WantedCamera};
use iris_bus::{Work, topic, work};
use iris_domain::CameraTuning;
use iris_testkit::camera::RtspCamera;

use crate::nodes::{DetectionNode, bright, bright_span};
use crate::one_camera::next_tracks;
use crate::rig::{self, Rig, SOON, decode};

async fn next_crop(crops: &mut Work<Crop>) -> anyhow::Result<Crop> {
    let job = tokio::time::timeout(SOON, crops.next()).await.context("no crop")?;
    ensure!(job.camera.get() == 1);
    let crop = job.fact.clone();
    job.done().await;
    Ok(crop)
}

/// The bright box fills the inner box, and nothing but it: the crop is of the very picture in which it was found. It walks 20 px
/// from one judged picture to the next.
async fn shows_the_box(view: &CropView) -> anyhow::Result<()> {
    let (luma, width, height) = decode(&view.jpeg, "gray").await?;
    let ((left, right), (top, bottom)) = bright_span(&luma, width).context("a dark crop")?;
    let inner = view.inner;
    let said = [inner.x1 * width as f32, inner.y1 * height as f32, inner.x2 * width as f32, inner.y2 * height as f32];
    let seen = [left, top, right + 1, bottom + 1].map(|edge| edge as f32);
    ensure!(said.iter().zip(seen).all(|(said, seen)| (said - seen).abs() < 9.0), "said {said:?}, seen {seen:?}");
    // In full resolution, with a margin all round and the most above.
    ensure!((right - left).abs_diff(120) < 4 && (bottom - top).abs_diff(360) < 4, "{seen:?}");
    ensure!(
        width.abs_diff(144) < 12 && height.abs_diff(450) < 24 && top > height - bottom,
        "{width}x{height} {seen:?}"
    );
    let in_picture = [view.bbox.x1 * 1280.0, view.bbox.y1 * 720.0];
    ensure!((in_picture[1] - 200.0).abs() < 9.0 && (60.0..1080.0).contains(&in_picture[0]), "{:?}", view.bbox);
    ensure!(view.score == 0.9 && view.overlap == 0.0 && !view.touches_edge, "{view:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_walks_past_is_cut_out_of_the_pictures_it_was_found_in_until_nobody_wants_it() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let film = rig::walking_box(rig.folder.path(), 100)?;
    let source = RtspCamera::start(&[("street", &film)]).await?;
    rig.bus.prepare_facts().await?;
    let mut crops = rig.bus.work(work::EMBEDDING);
    let _node = DetectionNode::start(&rig, bright).await?;
    let _ingest = rig.ingest("one")?;
    let camera = WantedCamera { source_generation: 3, ..rig::wanted(1, &source.url("street")) };
    let tuning = CameraTuning { reid_enabled: false, ..CameraTuning::default() };
    rig.want(&WantedCamera { tuning: tuning.clone(), ..camera.clone() }).await?;

    let first = next_crop(&mut crops).await?;
    let view = first.view.as_ref().context("a first crop without a picture")?;
    ensure!(view.reason == CropReason::Confirmed && !first.ended, "{first:?}");
    ensure!(first.class.as_str() == "person" && first.companions.is_empty() && first.source_generation == 3);
    ensure!(first.faces_wanted && !first.reid_wanted && first.first_seen <= view.captured);
    shows_the_box(view).await?;
    let again = next_crop(&mut crops).await?;
    let view = again.view.as_ref().context("nothing but the end")?;
    ensure!(again.track == first.track && again.sequence > first.sequence && view.reason != CropReason::Confirmed);
    shows_the_box(view).await?;

    // Switched off, the track ends as far as re-ID is concerned, and whoever comes is not cut out.
    let mut tracks = rig.bus.all_samples(topic::TRACKS).await?;
    let run = next_tracks(&mut tracks, |_| true).await?.run;
    let off = CameraTuning { faces_enabled: false, ..tuning };
    rig.want(&WantedCamera { tuning: off, ..camera }).await?;
    let mut seen = vec![again];
    while !seen[seen.len() - 1].ended {
        seen.push(next_crop(&mut crops).await?);
    }
    let last = &seen[seen.len() - 1];
    ensure!(last.view.is_none() && last.last_seen >= last.first_seen, "{last:?}");
    ensure!(last.track.run == run, "the end of a track of another run");
    let later = next_tracks(&mut tracks, |picture| picture.run != run && picture.sequence > 10).await?;
    ensure!(later.tracks.iter().any(|track| track.confirmed), "{later:?}");
    let none = tokio::time::timeout(Duration::from_millis(500), crops.next()).await;
    ensure!(none.is_err(), "a crop that nobody wants");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_stops_says_that_its_tracks_ended_and_what_was_cut_waits_for_re_id() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let film = rig::walking_box(rig.folder.path(), 0)?;
    let source = RtspCamera::start(&[("street", &film)]).await?;
    let mut tracks = rig.bus.all_samples(topic::TRACKS).await?;
    let _node = DetectionNode::start(&rig, bright).await?;
    let mut ingest = rig.ingest("one")?;
    rig.want(&rig::wanted(1, &source.url("street"))).await?;
    next_tracks(&mut tracks, |picture| picture.tracks.iter().any(|track| track.confirmed)).await?;
    // Nobody of re-ID is there yet. What was cut reaches the bus, and so does the end of the process.
    iris_testkit::wait::until(SOON, "a crop", || async {
        ensure!(rig.bus.unfinished(work::EMBEDDING).await? > 0);
        Ok(())
    })
    .await?;
    ingest.terminate().await?;
    let mut crops = rig.bus.work(work::EMBEDDING);
    let first = next_crop(&mut crops).await?;
    ensure!(first.view.as_ref().is_some_and(|view| view.reason == CropReason::Confirmed), "{first:?}");
    let mut last = first.clone();
    while !last.ended {
        last = next_crop(&mut crops).await?;
    }
    ensure!(last.track == first.track);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_in_view_when_the_camera_broke_off_is_said_to_be_gone() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let film = rig::walking_box(rig.folder.path(), 0)?;
    let mut source = RtspCamera::start(&[("street", &film)]).await?;
    rig.bus.prepare_facts().await?;
    let mut crops = rig.bus.work(work::EMBEDDING);
    let _node = DetectionNode::start(&rig, bright).await?;
    let _ingest = rig.ingest("one")?;
    rig.want(&rig::wanted(1, &source.url("street"))).await?;
    let mut last = next_crop(&mut crops).await?;
    source.stop();
    while !last.ended {
        last = next_crop(&mut crops).await?;
    }
    Ok(())
}
