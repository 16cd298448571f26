//! Live pictures show who it is.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_bus::message::{LiveRequest, SightingFact};
use iris_bus::topic;
use iris_domain::identity::MatchKind;
use iris_domain::{IdentityId, SightingId};
use iris_testkit::camera::RtspCamera;
use iris_testkit::wait;

use crate::nodes::{DetectionNode, bright};
use crate::one_camera::next_tracks;
use crate::rig::{self, Rig, SOON, decode};

/// How many pixels of a snapshot have a colour, as those of a box and its label have upon a grey film.
async fn drawn_pixels(rig: &Rig) -> anyhow::Result<usize> {
    let snapshot = rig.bus.ask(topic::ASK_LIVE, 1, &LiveRequest::Snapshot, Duration::from_secs(3)).await?;
    let (pixels, ..) = decode(&snapshot.picture.context("no snapshot")?.jpeg, "rgb24").await?;
    let coloured = |pixel: &&[u8]| pixel.iter().max().zip(pixel.iter().min()).is_some_and(|(max, min)| max - min > 60);
    Ok(pixels.chunks_exact(3).filter(coloured).count())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_shown_as_soon_as_re_id_tells_it() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let film = rig::walking_box(rig.folder.path(), 0)?;
    let source = RtspCamera::start(&[("street", &film)]).await?;
    let mut tracks = rig.bus.all_samples(topic::TRACKS).await?;
    let _node = DetectionNode::start(&rig, bright).await?;
    let _ingest = rig.ingest("one")?;
    rig.want(&rig::wanted(1, &source.url("street"))).await?;
    let confirmed = next_tracks(&mut tracks, |picture| picture.tracks.iter().any(|track| track.confirmed)).await?;
    let nameless = wait::until(SOON, "a box on the live picture", || async {
        let drawn = drawn_pixels(&rig).await?;
        ensure!(drawn > 1000, "{drawn} coloured pixels");
        Ok(drawn)
    })
    .await?;
    let sighting = SightingFact {
        sighting: SightingId::new(1)?,
        track: confirmed.tracks[0].key,
        identity: IdentityId::new(2)?,
        identity_name: Some("Bartholomew Fitzgerald-Montgomery".to_owned()),
        person: None,
        person_name: None,
        match_kind: MatchKind::Face,
        score: Some(0.8),
        ended: false,
    };
    rig.bus.publish_fact(topic::SIGHTING, 1, "1", &sighting).await?;
    // The label is three times as long.
    wait::until(SOON, "a long label", || async {
        let drawn = drawn_pixels(&rig).await?;
        ensure!(drawn > nameless + 1500, "{drawn} coloured pixels, {nameless} without the name");
        Ok(())
    })
    .await
}
