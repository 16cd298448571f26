//! Kill anything at any time and nothing recorded is lost.

use anyhow::{Context as _, ensure};
use iris_testkit::realdata::Realdata;

use crate::walks::Story;

#[tokio::test(flavor = "multi_thread")]
async fn services_killed_during_a_presence_lose_neither_segments_nor_the_event() -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    let mut story = Story::begin(&realdata).await?;

    let event = story.presence().await?;
    let before = story.segments()?;
    story.system.recorder.kill9()?;
    story.recording_goes_on().await?;
    story.system.recorder.start_again()?;
    story.system.gateway.kill9()?;
    story.system.gateway.start_again()?;
    story.system.gateway.ready().await?;
    story.clip(event).await.context("after the recorder and the gateway were killed")?;

    let event = story.presence().await?;
    story.system.detect.kill9()?;
    story.recording_goes_on().await?;
    story.system.detect.start_again()?;
    story.clip(event).await.context("after detect was killed")?;

    let event = story.presence().await?;
    // What ingest has not closed goes with it, so the clip has only what was closed before.
    story.recording_goes_on().await?;
    story.system.ingest.kill9()?;
    story.system.ingest.start_again()?;
    story.recording_goes_on().await?;
    story.clip(event).await.context("after ingest was killed")?;
    ensure!(story.segments()?.is_superset(&before), "a closed segment is gone");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bus_and_the_database_killed_during_a_presence_cost_no_event() -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    let mut story = Story::begin(&realdata).await?;
    let before = story.presence().await?;

    let postgres = story.system.postgres.as_mut().context("no Postgres of its own")?;
    postgres.kill();
    story.recording_goes_on().await?;
    let refused = story.system.api.get("/api/events").await?;
    ensure!(refused.status().as_u16() == 503, "{}", refused.status());
    let postgres = story.system.postgres.as_mut().context("no Postgres of its own")?;
    postgres.start_again().await?;
    story.clip(before).await.context("after Postgres was killed")?;

    let event = story.presence().await?;
    story.system.nats.kill();
    story.recording_goes_on().await?;
    story.system.nats.start_again().await?;
    story.clip(event).await.context("after NATS was killed")?;
    // And detection is back.
    story.presence().await.map(drop)
}
