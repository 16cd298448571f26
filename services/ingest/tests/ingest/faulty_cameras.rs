//! Cameras that refuse, deny, hang or stop: each gets the line a person needs, and costs the healthy one nothing.

use anyhow::ensure;
use iris_bus::message::CameraPhase;
use iris_testkit::camera::RtspCamera;
use iris_testkit::wait;

use crate::rig::{self, Rig, SOON};

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_has_its_line_and_costs_the_others_nothing() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let film = rig::film(rig.folder.path())?;
    let healthy = RtspCamera::start(&[("street", &film)]).await?;
    let guarded = RtspCamera::start_with(&[("street", &film)], &["--user", "admin", "--password", "secret"]).await?;
    let mut failing = RtspCamera::start(&[("street", &film)]).await?;
    // Accepts connections and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
    // Nobody listens where this one did.
    let refused = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();

    let _ingest = rig.ingest("one")?;
    rig.want(&rig::wanted(1, &healthy.url("street"))).await?;
    rig.recorded(1, 1).await?;
    rig.want(&rig::wanted(2, &guarded.url("street"))).await?;
    rig.want(&rig::wanted(3, &healthy.url("no-such-street"))).await?;
    rig.want(&rig::wanted(4, &format!("rtsp://127.0.0.1:{}/s", silent.local_addr()?.port()))).await?;
    rig.want(&rig::wanted(5, &format!("rtsp://127.0.0.1:{refused}/s"))).await?;
    rig.want(&rig::wanted(6, &failing.url("street"))).await?;
    for (camera, line) in [(2, "401"), (3, "no such stream"), (4, "no answer within 3 s"), (5, "connection refused")] {
        let state = rig.state(camera, |state| state.phase == CameraPhase::Error).await?;
        ensure!(state.detail.as_deref().is_some_and(|detail| detail.contains(line)), "camera {camera}: {state:?}");
    }

    // Stops in mid-stream, and comes back.
    rig.state(6, |state| state.phase == CameraPhase::Online).await?;
    failing.stop();
    rig.state(6, |state| state.phase == CameraPhase::Error).await?;
    failing.start_again().await?;
    rig.state(6, |state| state.phase == CameraPhase::Online).await?;
    wait::until(SOON, "segments of a second run", || async {
        let names = rig.segments(6).await?;
        ensure!(names.iter().any(|name| name.run != names[0].run), "a new connection is a new run: {names:?}");
        Ok(())
    })
    .await?;

    // All the while the healthy one was recorded in one piece.
    let names = rig.recorded(1, 3).await?;
    for pair in names.windows(2) {
        ensure!(pair[1].run == pair[0].run && pair[1].start == pair[0].end(), "{names:?}");
    }
    Ok(())
}
