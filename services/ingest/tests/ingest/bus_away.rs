//! Recording waits for nothing but the camera and the disk.

use anyhow::ensure;
use iris_testkit::camera::RtspCamera;
use iris_testkit::wait;

use crate::rig::{self, Rig, SOON};

async fn more_files(rig: &Rig, camera: i64) -> anyhow::Result<()> {
    let had = rig.files(camera).last().map_or(0, |name| name.sequence + 1);
    wait::until(SOON, "further segments", || async {
        let has = rig.files(camera).last().map_or(0, |name| name.sequence + 1);
        ensure!(has >= had + 2, "{had} before, {has} now");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn recording_goes_on_and_even_starts_without_the_bus() -> anyhow::Result<()> {
    let mut rig = Rig::start().await?;
    let film = rig::film(rig.folder.path())?;
    let source = RtspCamera::start(&[("street", &film)]).await?;
    let mut ingest = rig.ingest("one")?;
    rig.want(&rig::wanted(1, &source.url("street"))).await?;
    rig.recorded(1, 1).await?;

    rig.nats.kill();
    more_files(&rig, 1).await?;
    let names = rig.files(1);
    ensure!(names.iter().all(|name| name.run == names[0].run), "the camera was connected again: {names:?}");

    // Killed at any moment, the closed segments are there, and it starts again from what it remembers.
    ingest.kill9()?;
    let closed = rig.files(1);
    ingest.start_again()?;
    more_files(&rig, 1).await?;
    ensure!(closed.iter().all(|name| rig.files(1).contains(name)), "a closed segment is gone");

    // The table was in the server's memory. Until the gateway has written it again nothing is concluded from its absence.
    rig.nats.start_again().await?;
    wait::until(SOON, "the camera to be asked over the bus again", || rig.segments(1)).await?;
    let other = rig::wanted(2, &source.url("street"));
    wait::until(SOON, "a second camera to be wanted", || async { Ok(rig.bus.cameras().await?.put(&other).await?) })
        .await?;
    rig.recorded(2, 1).await?;
    more_files(&rig, 1).await?;
    Ok(())
}
