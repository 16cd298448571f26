//! Two ingest processes share the cameras, and one takes over from the other.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::StreamExt as _;
use iris_bus::message::CameraPhase;
use iris_bus::topic;
use iris_testkit::camera::RtspCamera;

use crate::rig::{self, Rig};

const CAMERAS: i64 = 6;

/// Waits until the online cameras are owned as wanted.
async fn owners(
    rig: &Rig,
    within: Duration,
    wanted: impl Fn(&BTreeMap<String, BTreeSet<i64>>) -> bool,
) -> anyhow::Result<BTreeMap<String, BTreeSet<i64>>> {
    let mut heartbeats = rig.bus.all_samples(topic::HEARTBEAT).await?;
    let mut owners: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    let waited = tokio::time::timeout(within, async {
        while let Some((_, heartbeat)) = heartbeats.next().await {
            let instance = heartbeat.instance.to_string();
            let online = rig::cameras(heartbeat).into_values().filter(|state| state.phase == CameraPhase::Online);
            owners.insert(instance, online.map(|state| state.camera.get()).collect());
            if wanted(&owners) {
                return;
            }
        }
    })
    .await;
    waited.with_context(|| format!("owned by {owners:?}"))?;
    Ok(owners)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_share_and_one_takes_over_within_ten_seconds() -> anyhow::Result<()> {
    let rig = Rig::start().await?;
    let film = rig::film(rig.folder.path())?;
    let source = RtspCamera::start(&[("street", &film)]).await?;
    let mut first = rig.ingest("first")?;
    for id in 1..=CAMERAS {
        rig.want(&rig::wanted(id, &source.url("street"))).await?;
    }
    let all: BTreeSet<i64> = (1..=CAMERAS).collect();
    owners(&rig, rig::SOON, |owners| owners.get("first") == Some(&all)).await?;

    let _second = rig.ingest("second")?;
    let shared = owners(&rig, rig::SOON, |owners| {
        let share = |name: &str| owners.get(name).cloned().unwrap_or_default();
        let (one, other) = (share("first"), share("second"));
        !one.is_empty() && !other.is_empty() && one.is_disjoint(&other) && one.len() + other.len() == all.len()
    })
    .await?;
    ensure!(shared.values().flatten().count() == all.len());

    first.kill9()?;
    let killed = Instant::now();
    owners(&rig, rig::SOON, |owners| owners.get("second") == Some(&all)).await?;
    ensure!(killed.elapsed() < Duration::from_secs(10), "taken over after {:?}", killed.elapsed());
    Ok(())
}
