//! Two recording machines behind one gateway: each its own folder with an ingest and a recorder, and media in an object store.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::future::try_join_all;
use iris_domain::{CameraId, CellId, InstanceId, assignment};
use iris_testkit::bucket::BucketServer;
use iris_testkit::camera::RtspCamera;
use iris_testkit::realdata::Realdata;
use iris_testkit::service::ServiceProcess;
use iris_testkit::system::System;
use iris_testkit::wait;
use reqwest::Method;
use serde_json::{Value, json};

use crate::footage;

/// The machine may have other things to do.
const SOON: Duration = Duration::from_secs(60);
/// A walk and the way to the next one, the clip, on a busy machine.
const WALKED_WITHIN: Duration = Duration::from_secs(120);
/// Cameras of each machine. Which has which depends on the names of their cells, which are drawn: cameras are added until it is so.
const EACH: usize = 2;
const CAMERAS_MAX: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn two_recording_machines_behind_one_gateway_share_the_cameras() -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let film = footage::one_by_one(&realdata, folder.path(), 20.0, 54.0)?;
    let store = BucketServer::start().await?;
    let detector = footage::detector(&realdata);
    let system = System::with_model(&detector).set("IRIS_LIBRARY_URL", store.url("media")).start().await?;
    let second = folder.path().join("second");
    let start = |binary: &str, data: &Path, name: &str| {
        let mut env = system.settings().to_vec();
        env.push(("IRIS_DATA_DIR".to_owned(), data.display().to_string()));
        ServiceProcess::start(binary, name, env, system.log_dir())
    };
    let mut ingest = start("iris-ingest", &second, "ingest-2")?;
    let mut recorder = start("iris-recorder", &second, "recorder-2")?;
    tokio::try_join!(ingest.ready(), recorder.ready())?;
    wait::until(SOON, "both ingest processes to be known", || async {
        let answer = system.api.get_json("/api/system").await?;
        let services = answer["services"].as_array().context("no list of services")?;
        let ingests = services.iter().filter(|row| row["name"] == "ingest" && row["status"] == "online").count();
        ensure!(ingests == 2, "{ingests} are");
        Ok(())
    })
    .await?;
    let source = RtspCamera::start(&[("walk", &film)]).await?;

    let first = system.data_dir();
    let dealt = Dealt::to(&first, &second)?;
    let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
    while firsts.len() < EACH || seconds.len() < EACH {
        ensure!(firsts.len() + seconds.len() < CAMERAS_MAX, "one machine has all cameras but {EACH}");
        let name = format!("walk {}", firsts.len() + seconds.len());
        let wanted = json!({ "name": name, "rtsp_url": source.url("walk"), "pre_seconds": 2, "post_seconds": 2 });
        let camera = system.add_camera(&wanted).await?;
        if dealt.is_the_seconds(camera)? { seconds.push(camera) } else { firsts.push(camera) }
    }

    // Whatever an operator asks for comes from the machine that has the camera, and is seen by the one gateway.
    let of_first = firsts.iter().map(|camera| works(&system, &first, *camera, true));
    let of_second = seconds.iter().map(|camera| works(&system, &second, *camera, true));
    try_join_all(of_first.chain(of_second)).await?;

    // A machine is lost: the other one records its cameras. It has them again when it is back.
    ingest.kill9()?;
    recorder.kill9()?;
    let moved = seconds.iter().map(|camera| works(&system, &first, *camera, false));
    try_join_all(moved).await.context("of a machine that is lost")?;
    ingest.start_again()?;
    recorder.start_again()?;
    tokio::try_join!(ingest.ready(), recorder.ready())?;
    let back = seconds.iter().map(|camera| works(&system, &second, *camera, false));
    try_join_all(back).await.context("of a machine that came back")?;
    Ok(())
}

/// Which machine is to have which camera.
struct Dealt {
    cells: BTreeMap<InstanceId, CellId>,
    second: InstanceId,
}

impl Dealt {
    fn to(first: &Path, second: &Path) -> anyhow::Result<Self> {
        let cell = |folder: &Path| {
            let name = std::fs::read_to_string(folder.join("cell")).context("read a cell's name")?;
            CellId::new(&name).context("a cell without a name")
        };
        // How the processes are called does not matter.
        let instance = |name: &str| InstanceId::new(name).context("a name that is none");
        let cells = BTreeMap::from([(instance("first")?, cell(first)?), (instance("second")?, cell(second)?)]);
        Ok(Self { cells, second: instance("second")? })
    }

    fn is_the_seconds(&self, camera: i64) -> anyhow::Result<bool> {
        Ok(assignment::owner(CameraId::new(camera)?, &self.cells) == Some(&self.second))
    }
}

/// A camera is recorded on a machine from now on, shows a picture, is recorded by hand, and where it is asked for sees somebody pass.
async fn works(system: &System, machine: &Path, camera: i64, sees_somebody: bool) -> anyhow::Result<()> {
    let works = async {
        let before = segments(machine, camera);
        wait::until(SOON, "further segments", || async {
            let now = segments(machine, camera);
            ensure!(now >= before + 2, "{now} instead of {before}");
            Ok(())
        })
        .await?;
        let snapshot = system.api.get_bytes(&format!("/api/live/{camera}/snapshot")).await?;
        ensure!(snapshot.starts_with(&[0xff, 0xd8]), "its snapshot is no picture");
        recorded_by_hand(system, camera).await?;
        if sees_somebody { walked_past(system, camera).await } else { Ok(()) }
    };
    works.await.with_context(|| format!("camera {camera} on {}", machine.display()))
}

fn segments(cell: &Path, camera: i64) -> usize {
    let names = std::fs::read_dir(cell.join("segments").join(camera.to_string())).into_iter().flatten().flatten();
    let closed = |name: &str| name.ends_with(".ts") && !name.starts_with('.');
    names.filter(|entry| entry.file_name().to_str().is_some_and(closed)).count()
}

/// Records two seconds and plays the clip.
async fn recorded_by_hand(system: &System, camera: i64) -> anyhow::Result<()> {
    let clip = wait::until(SOON, "a recording by hand", || async {
        let started = system.api.post_json(&format!("/api/live/{camera}/record/start"), &json!({})).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let stop = system.api.request(Method::POST, &format!("/api/live/{camera}/record/stop"));
        let answer = stop.json(&started).timeout(Duration::from_secs(40)).send().await?;
        let (status, answer) = (answer.status(), answer.json::<Value>().await?);
        ensure!(status.is_success(), "{status}: {answer}");
        Ok(answer["clip"].as_str().context("no clip")?.to_owned())
    })
    .await?;
    ensure!(footage::index_is_first(&system.api.get_bytes(&clip).await?), "no clip that can be played");
    Ok(())
}

/// Waits for an event of somebody who walked past, and plays its clip.
async fn walked_past(system: &System, camera: i64) -> anyhow::Result<()> {
    let url = wait::until(WALKED_WITHIN, "an event with its clip", || async {
        let page = system.api.get_json(&format!("/api/events?camera_id={camera}&label=person")).await?;
        let items = page["items"].as_array().context("no list")?;
        let ready = items.iter().find(|event| event["clip_status"] == "ready").with_context(|| page.to_string())?;
        Ok(ready["clip_url"].as_str().context("no clip")?.to_owned())
    })
    .await?;
    ensure!(footage::index_is_first(&system.api.get_bytes(&url).await?), "no clip that can be played");
    Ok(())
}
