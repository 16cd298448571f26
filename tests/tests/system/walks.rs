//! A camera that people walk past, one after the other, for stories in which something happens meanwhile.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_testkit::camera::RtspCamera;
use iris_testkit::realdata::Realdata;
use iris_testkit::system::{System, SystemBuilder};
use iris_testkit::wait;
use serde_json::{Value, json};

use crate::footage;

/// A walk of 13 to 27 s and the way to the next one.
const NEXT_WALK: Duration = Duration::from_secs(60);

/// The system, and what its only camera sees again and again.
pub struct Story {
    /// The system.
    pub system: System,
    /// The camera's id.
    pub camera: i64,
    /// The camera.
    pub source: RtspCamera,
    folder: tempfile::TempDir,
}

impl Story {
    /// Starts it all, with a Postgres of its own.
    pub async fn begin(realdata: &Realdata) -> anyhow::Result<Self> {
        Self::begin_with(realdata, |system| system).await
    }

    /// The same with more services or settings.
    pub async fn begin_with(
        realdata: &Realdata,
        more: impl FnOnce(SystemBuilder) -> SystemBuilder,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        // The second and third walk, of 21 and 19 s.
        let film = footage::one_by_one(realdata, folder.path(), 20.0, 54.0)?;
        let system = more(System::with_model(&footage::detector(realdata)).with_own_postgres()).start().await?;
        let source = RtspCamera::start(&[("walk", &film)]).await?;
        let wanted = json!({ "name": "walk", "rtsp_url": source.url("walk"), "pre_seconds": 2, "post_seconds": 2 });
        let camera = system.add_camera(&wanted).await?;
        Ok(Self { system, camera, source, folder })
    }

    /// The camera's events, the newest first.
    pub async fn events(&self) -> anyhow::Result<Vec<Value>> {
        let page = self.system.api.get_json(&format!("/api/events?camera_id={}&limit=500", self.camera)).await?;
        Ok(page["items"].as_array().context("no items")?.clone())
    }

    /// Waits for a presence that has just begun.
    pub async fn presence(&self) -> anyhow::Result<i64> {
        let known: BTreeSet<i64> = self.events().await?.iter().filter_map(|event| event["id"].as_i64()).collect();
        wait::until(NEXT_WALK, "the next presence", || async {
            let events = self.events().await?;
            let open = events.iter().find(|event| event["clip_status"] == "recording");
            let id = open.and_then(|event| event["id"].as_i64()).filter(|id| !known.contains(id));
            id.with_context(|| format!("{} events, no new one open", events.len()))
        })
        .await
    }

    /// Waits until an event has its clip, and checks that it can be played.
    pub async fn clip(&self, event: i64) -> anyhow::Result<()> {
        let bytes = wait::until(NEXT_WALK, "the clip", || async {
            let event = self.system.api.get_json(&format!("/api/events/{event}")).await?;
            ensure!(event["clip_status"] != "failed", "{event}");
            ensure!(event["clip_status"] == "ready", "{}", event["clip_status"]);
            self.system.api.get_bytes(event["clip_url"].as_str().context("no clip")?).await
        })
        .await?;
        let file = self.folder.path().join("clip.mp4");
        std::fs::write(&file, bytes)?;
        let probed = footage::probe(&file)?;
        ensure!(footage::codecs(&probed) == ["aac", "h264"] && footage::seconds(&probed)? > 3.0, "{probed}");
        Ok(())
    }

    /// The closed segments on disk.
    pub fn segments(&self) -> anyhow::Result<BTreeSet<String>> {
        let folder = self.system.data_dir().join("segments").join(self.camera.to_string());
        let names = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let names: BTreeSet<String> = names.collect::<anyhow::Result<_>>()?;
        Ok(names.into_iter().filter(|name| name.ends_with(".ts") && !name.starts_with('.')).collect())
    }

    /// Waits until recording has gone on by two segments.
    pub async fn recording_goes_on(&self) -> anyhow::Result<()> {
        let before = self.segments()?;
        wait::until(Duration::from_secs(20), "further segments", || async {
            let now = self.segments()?;
            ensure!(now.is_superset(&before), "a closed segment is gone");
            ensure!(now.len() >= before.len() + 2, "{} segments", now.len());
            Ok(())
        })
        .await
    }
}
