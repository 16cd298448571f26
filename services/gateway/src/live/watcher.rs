//! Follows one camera while somebody watches it: keeps its owner sending, takes the pictures in, and decides when the placeholder
//! is shown instead. One task per watched camera, started and stopped by the hub.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use futures::StreamExt;
use iris_bus::message::{LivePicture, LiveReply, LiveRequest};
use iris_bus::topic;
use iris_domain::{CameraRecord, Timestamp};
use iris_runtime::CancellationToken;
use tokio::sync::watch;
use tokio::time::Instant;

use super::hub::Show;
use super::part;
use crate::app::App;
use crate::time::wall_now;

/// How often the owner is told that somebody still watches. It stops sending 5 s after it was told last, so one may get lost.
const WATCH_AGAIN: Duration = Duration::from_secs(2);
/// How often the camera's row is read again, and the longest that a change of it goes unseen: what the contract allows updates.
const READ_ROW_AGAIN: Duration = Duration::from_secs(2);
/// The first picture is waited for this long before the placeholder is shown; an owner has its newest one at hand.
const FIRST_WITHIN: Duration = Duration::from_secs(1);

/// What a camera's task works with.
pub struct Watcher {
    pub app: Arc<App>,
    /// The camera as it was when the first viewer came.
    pub camera: CameraRecord,
    /// Where the viewers look.
    pub shows: watch::Sender<Show>,
    /// What the fastest viewer wants, pictures a second.
    pub fps: watch::Receiver<f32>,
}

/// The camera's row as last read; `None` when it is gone.
type Row = Option<CameraRecord>;

/// Follows the camera until nobody watches it any more, or it is deleted.
pub async fn watch_camera(watcher: Arc<Watcher>, stop: CancellationToken) -> anyhow::Result<()> {
    let (row_sender, row) = watch::channel(Some(watcher.camera.clone()));
    tokio::select! {
        outcome = watcher.follow(row) => outcome,
        never = watcher.keep_asking() => match never {},
        never = watcher.keep_reading_row(row_sender) => match never {},
        () = stop.cancelled() => Ok(()),
    }
}

impl Watcher {
    async fn follow(&self, mut row: watch::Receiver<Row>) -> anyhow::Result<()> {
        let mut pictures =
            self.app.bus.samples(topic::LIVE, self.camera.id).await.context("follow a camera's live pictures")?;
        let mut screen = Screen::new(self);
        let Some(camera) = row.borrow_and_update().clone() else { return Ok(()) };
        let first = tokio::select! {
            picture = pictures.next() => picture.map(|(_, picture)| picture),
            picture = self.first_picture(), if camera.enabled => picture,
        };
        match first {
            Some(picture) => screen.show(&picture),
            None => screen.go_dark(&camera.name).await?,
        }
        loop {
            let current = row.borrow().clone();
            let Some(camera) = current else {
                self.shows.send_replace(Show::Ended);
                return Ok(());
            };
            if !camera.enabled {
                screen.go_dark(&camera.name).await?;
            }
            tokio::select! {
                picture = pictures.next() => match picture {
                    Some((_, picture)) if camera.enabled => screen.show(&picture),
                    Some(_) => {}
                    None => bail!("a camera's live pictures ended"),
                },
                () = screen.stale() => screen.go_dark(&camera.name).await?,
                changed = row.changed() => changed.context("follow a camera's row")?,
            }
        }
    }

    /// The picture to begin with, so that a viewer need not wait for the next one.
    async fn first_picture(&self) -> Option<LivePicture> {
        let reply: Result<LiveReply, _> =
            self.app.bus.ask(topic::ASK_LIVE, self.camera.id, &LiveRequest::Snapshot, FIRST_WITHIN).await;
        let stale_after = stale_after(&self.app);
        reply.ok()?.picture.filter(|picture| wall_now().since(picture.captured) <= stale_after)
    }

    /// Tells the owner that somebody watches: now and then, and at once when a faster viewer came.
    async fn keep_asking(&self) -> Infallible {
        let mut wanted = self.fps.clone();
        loop {
            let fps = *wanted.borrow_and_update();
            let asked: Result<LiveReply, _> =
                self.app.bus.ask(topic::ASK_LIVE, self.camera.id, &LiveRequest::Watch { fps }, WATCH_AGAIN).await;
            if let Err(error) = asked {
                tracing::debug!(camera.id = %self.camera.id, "nobody takes the wish to watch: {error}");
            }
            let _either = tokio::time::timeout(WATCH_AGAIN, faster_than(fps, &mut wanted)).await;
        }
    }

    /// Reads the row again and again; while the database is away, what was read last holds.
    async fn keep_reading_row(&self, row: watch::Sender<Row>) -> Infallible {
        loop {
            tokio::time::sleep(READ_ROW_AGAIN).await;
            let Ok(store) = self.app.store() else { continue };
            if let Ok(read) = store.cameras().get(self.camera.id).await {
                row.send_if_modified(|known| {
                    let changed = *known != read;
                    *known = read;
                    changed
                });
            }
        }
    }
}

/// Ends when a faster viewer came. The last one has left when the hub drops its end; then there is nobody to wait for.
async fn faster_than(fps: f32, wanted: &mut watch::Receiver<f32>) {
    if wanted.wait_for(|wanted| *wanted > fps).await.is_err() {
        std::future::pending().await
    }
}

/// What the viewers are shown.
struct Screen<'a> {
    watcher: &'a Watcher,
    /// When the picture shown was filmed; `None` while there is none.
    captured: Option<Timestamp>,
    /// When the picture shown becomes too old to be shown.
    stale_at: Instant,
    dark: bool,
}

impl<'a> Screen<'a> {
    fn new(watcher: &'a Watcher) -> Self {
        Self { watcher, captured: None, stale_at: Instant::now(), dark: false }
    }

    /// Shows a picture, unless it is the one shown.
    fn show(&mut self, picture: &LivePicture) {
        if self.captured == Some(picture.captured) {
            return;
        }
        self.captured = Some(picture.captured);
        self.stale_at = Instant::now() + stale_after(&self.watcher.app);
        self.dark = false;
        self.watcher.shows.send_replace(Show::Part(part::part(picture)));
    }

    /// Shows the placeholder, once.
    async fn go_dark(&mut self, camera_name: &str) -> anyhow::Result<()> {
        if self.dark {
            return Ok(());
        }
        let jpeg = self.watcher.app.live.placeholders.of(camera_name).await;
        let jpeg = jpeg.map_err(|error| anyhow::anyhow!("{error:?}"))?;
        self.captured = None;
        self.dark = true;
        self.watcher.shows.send_replace(Show::Part(part::placeholder_part(&jpeg, wall_now())));
        Ok(())
    }

    /// Ends when the picture shown is too old; never while none is shown.
    async fn stale(&self) {
        match self.captured {
            Some(_) => tokio::time::sleep_until(self.stale_at).await,
            None => std::future::pending().await,
        }
    }
}

/// A picture older than this is not shown any more.
pub fn stale_after(app: &App) -> Duration {
    Duration::from_secs(u64::from(app.settings.status_stale_seconds))
}
