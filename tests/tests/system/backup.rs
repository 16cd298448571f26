//! What a whole Iris has recorded, backed up with `iris backup` while it runs, and brought back by `iris restore` on another machine:
//! another database, another folder, another bus. The gateway there serves the same.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_testkit::api::Api;
use iris_testkit::camera::RtspCamera;
use iris_testkit::nats::NatsServer;
use iris_testkit::port::free_port;
use iris_testkit::postgres::TestDatabase;
use iris_testkit::realdata::Realdata;
use iris_testkit::service::{ServiceProcess, built};
use iris_testkit::system::System;
use iris_testkit::wait;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::footage;

/// A walk takes 13 s, its clip and its sighting come some seconds later.
const WALKED_WITHIN: Duration = Duration::from_secs(120);
const SOON: Duration = Duration::from_secs(30);
/// Everything that a person would miss.
const LISTS: [&str; 4] = ["/api/events?limit=500", "/api/identities?limit=500", "/api/people", "/api/cameras"];

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_is_served_again_from_a_backup() -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let film = footage::one_by_one(&realdata, folder.path(), 4.0, 30.0)?;
    let mut system =
        System::with_model(&footage::detector(&realdata)).with_reid(&footage::reid(&realdata)).start().await?;
    let camera = RtspCamera::start(&[("walk", &film)]).await?;
    let wanted = json!({ "name": "walk", "rtsp_url": camera.url("walk"), "pre_seconds": 2, "post_seconds": 2 });
    let id = system.add_camera(&wanted).await?;
    let enrolled = enrol(&system.api, &realdata.path("images/faces_known/obama.jpg")).await?;
    if let Err(error) =
        wait::until(WALKED_WITHIN, "an event with a clip and an identity", || known(&system.api, id)).await
    {
        let said = system.reid.as_mut().context("no re-ID")?.process().log();
        return Err(error.context(format!("re-ID said:\n{said}")));
    }

    let place = folder.path().join("backups");
    let settings = system.settings().to_vec();
    iris(&settings, &["backup", text(&place)]).context("while everything runs")?;
    // Nothing changes any more, so that both sides can be compared to the letter. The second backup adds what came since.
    system.ingest.terminate().await?;
    wait::until(WALKED_WITHIN, "the last clip", || settled(&system.api)).await?;
    for service in [&mut system.recorder, system.reid.as_mut().context("no re-ID")?] {
        service.terminate().await?;
    }
    // A backup is named by its second.
    wait::until(SOON, "a second backup", || {
        let made = iris(&settings, &["backup", text(&place)]);
        async { made }
    })
    .await?;
    iris(&settings, &["backup", "--verify", text(&place)])?;
    let there = everything(&system.api).await?;
    ensure!(there.keys().any(|url| url.contains("/clip")), "nothing to compare: {:?}", there.keys());
    ensure!(there.keys().any(|url| url.contains(&enrolled)), "no photo: {:?}", there.keys());

    let (database, nats) = (TestDatabase::create().await?, NatsServer::start().await?);
    let (data_dir, listen) = (folder.path().join("data"), format!("127.0.0.1:{}", free_port()?));
    let key = "key-of-another";
    let elsewhere: Vec<(String, String)> = [
        ("IRIS_DATABASE_URL", database.url()),
        ("IRIS_NATS_URL", nats.url()),
        ("IRIS_DATA_DIR", text(&data_dir).to_owned()),
        ("IRIS_LISTEN", listen.clone()),
        ("IRIS_API_KEY", key.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let restored = iris(&elsewhere, &["restore", text(&place)])?;
    ensure!(restored.contains("Nothing is wrong."), "{restored}");
    let mut gateway = ServiceProcess::start("iris-gateway", "restored", elsewhere, folder.path())?;
    gateway.ready().await?;
    let api = Api::new(format!("http://{listen}"), key)?;
    let here = everything(&api).await?;
    let differ: Vec<&String> = there.keys().filter(|url| there.get(*url) != here.get(*url)).collect();
    ensure!(differ.is_empty() && here.len() == there.len(), "these differ: {differ:?}");
    Ok(())
}

/// Enters a person with a photo; answers with the photo's address.
async fn enrol(api: &Api, photo: &Path) -> anyhow::Result<String> {
    let person = api.post_json("/api/people", &json!({ "name": "Obama" })).await?;
    let faces = format!("/api/people/{}/faces", person["id"]);
    let part = Part::bytes(std::fs::read(photo)?).file_name("photo.jpg");
    let enrolled =
        api.request(Method::POST, &faces).multipart(Form::new().part("file", part)).timeout(SOON).send().await?;
    ensure!(enrolled.status().is_success(), "{}: {}", enrolled.status(), enrolled.text().await?);
    Ok(format!("{faces}/"))
}

async fn known(api: &Api, camera: i64) -> anyhow::Result<()> {
    let page = api.get_json(&format!("/api/events?camera_id={camera}")).await?;
    let done = |event: &Value| event["clip_status"] == "ready" && event["identity_id"].is_i64();
    ensure!(page["items"].as_array().is_some_and(|items| items.iter().any(done)), "{page}");
    Ok(())
}

async fn settled(api: &Api) -> anyhow::Result<()> {
    let page = api.get_json(LISTS[0]).await?;
    let waits = |event: &Value| event["clip_status"] == "recording" || event["clip_status"] == "pending";
    ensure!(!page["items"].as_array().context("no items")?.iter().any(waits), "{page}");
    Ok(())
}

/// All that the lists say, and whatever they say has an address: clips, thumbnails, faces, photos; by address.
async fn everything(api: &Api) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut lists: Vec<String> = LISTS.map(str::to_owned).into();
    for person in api.get_json("/api/people").await?.as_array().context("no list")? {
        lists.push(format!("/api/people/{}/faces", person["id"]));
    }
    for list in lists {
        let said = api.get_json(&list).await?;
        let mut addresses = Vec::new();
        gather(&said, &mut addresses);
        for address in addresses {
            let bytes = api.get_bytes(&address).await.with_context(|| address.clone())?;
            found.insert(address, bytes);
        }
        // How a camera fares is not recorded.
        let kept = if list == "/api/cameras" { Value::from(said.as_array().map_or(0, Vec::len)) } else { said };
        found.insert(list, serde_json::to_vec(&kept)?);
    }
    Ok(found)
}

fn gather(value: &Value, addresses: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with("/api/") => addresses.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| gather(value, addresses)),
        Value::Object(fields) => fields.values().for_each(|value| gather(value, addresses)),
        _ => {}
    }
}

/// Runs the operator's command to its end; fails with what it said.
fn iris(settings: &[(String, String)], arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new(built("iris")?);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("IRIS_")) {
        command.env_remove(name);
    }
    let output = command.envs(settings.iter().cloned()).args(arguments).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "iris {arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    Ok(said)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
