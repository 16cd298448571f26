//! Media in an object store: what is recorded while the store is away is there when it is back, and nothing lies on the disk.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_testkit::bucket::BucketServer;
use iris_testkit::camera::RtspCamera;
use iris_testkit::realdata::Realdata;
use iris_testkit::system::System;
use iris_testkit::wait;
use reqwest::header::RANGE;
use serde_json::{Value, json};

use crate::footage;

/// The walk takes 13 s; its event ends some seconds later.
const WALKED_WITHIN: Duration = Duration::from_secs(90);
const SOON: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread")]
async fn a_clip_waits_for_the_object_store_and_is_served_from_it() -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    // The first of the walks: from 2.4 s to 15.5 s of the film.
    let film = footage::one_by_one(&realdata, folder.path(), 4.0, 30.0)?;
    let mut store = BucketServer::start().await?;
    let detector = footage::detector(&realdata);
    let system = System::with_model(&detector).set("IRIS_LIBRARY_URL", store.url("cell")).start().await?;
    store.stop().await;
    let camera = RtspCamera::start(&[("walk", &film)]).await?;
    let wanted = json!({ "name": "walk", "rtsp_url": camera.url("walk"), "pre_seconds": 2, "post_seconds": 2 });
    let id = system.add_camera(&wanted).await?;

    let pending = event(&system, id, "pending", WALKED_WITHIN).await?;
    store.start_again().await?;
    let ready = event(&system, id, "ready", SOON).await?;
    ensure!(ready["id"] == pending["id"], "{pending} and {ready}");

    let url = ready["clip_url"].as_str().context("no clip")?;
    let clip = system.api.get_bytes(url).await?;
    ensure!(footage::index_is_first(&clip), "no clip that can be played");
    let part = system.api.request(reqwest::Method::GET, url).header(RANGE, "bytes=1000-1999").send().await?;
    ensure!(part.status().as_u16() == 206 && part.bytes().await? == clip[1000..2000], "another part");
    ensure!(files(&store.folder())? >= 2, "a clip and a thumbnail in the store");
    ensure!(files(&system.data_dir().join("library"))? == 0, "something of them on the disk");

    system.api.delete(&format!("/api/events/{}", ready["id"])).await?;
    wait::until(SOON, "the store to be empty", || async {
        let left = files(&store.folder())?;
        ensure!(left == 0, "{left} files");
        Ok(())
    })
    .await
}

async fn event(system: &System, camera: i64, status: &str, within: Duration) -> anyhow::Result<Value> {
    wait::until(within, &format!("an event whose clip is {status}"), || async {
        let page = system.api.get_json(&format!("/api/events?camera_id={camera}")).await?;
        let items = page["items"].as_array().context("no list")?;
        items.iter().find(|event| event["clip_status"] == status).cloned().with_context(|| page.to_string())
    })
    .await
}

fn files(folder: &Path) -> anyhow::Result<usize> {
    let mut count = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        count += if path.is_dir() { files(&path)? } else { 1 };
    }
    Ok(count)
}
