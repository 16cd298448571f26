//! Answers what others ask of a camera: live pictures, and its segment buffer.

use std::io::SeekFrom;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use bytes::BytesMut;
use iris_bus::message::{LivePicture, LiveReply, LiveRequest, MediaReply, MediaRequest};
use iris_bus::{Question, topic};
use iris_domain::Timestamp;
use iris_runtime::CancellationToken;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::Camera;

/// A drawn picture younger than this is the newest, as far as a person can tell.
const FRESH: Duration = Duration::from_secs(1);
/// How long a snapshot waits for a picture; the asker's own deadline is a little longer.
const SNAPSHOT_PATIENCE: Duration = Duration::from_secs(2);
/// A snapshot asks for pictures at this rate while it waits.
const SNAPSHOT_FPS: f32 = 5.0;

/// Answers asks for live pictures until the camera stops.
pub async fn answer_live(camera: Arc<Camera>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut questions = camera.deps.bus.questions(topic::ASK_LIVE, camera.id).await?;
    let mut snapshots = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            question = questions.next() => {
                let question = question.context("the bus was closed")?;
                match question.body {
                    LiveRequest::Watch { fps } => {
                        camera.live.watch(fps);
                        question.answer(&LiveReply { picture: None }).await;
                    }
                    // Waits for a picture, and must not hold up who watches.
                    LiveRequest::Snapshot => {
                        snapshots.spawn(answer_snapshot(camera.clone(), question));
                    }
                }
            }
            Some(_) = snapshots.join_next(), if !snapshots.is_empty() => {}
        }
    }
}

async fn answer_snapshot(camera: Arc<Camera>, question: Question<LiveRequest, LiveReply>) {
    let picture = tokio::time::timeout(SNAPSHOT_PATIENCE, snapshot(&camera)).await.ok().flatten();
    question.answer(&LiveReply { picture }).await;
}

async fn snapshot(camera: &Camera) -> Option<LivePicture> {
    let mut pictures = camera.live.pictures();
    let oldest = Timestamp::from_system(SystemTime::now()).minus(FRESH);
    camera.live.watch(SNAPSHOT_FPS);
    let fresh = pictures.wait_for(|newest| newest.as_ref().is_some_and(|picture| picture.captured >= oldest)).await;
    fresh.ok().and_then(|picture| picture.clone())
}

/// Answers asks for the segment buffer until the camera stops.
pub async fn answer_media(camera: Arc<Camera>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut questions = camera.deps.bus.questions(topic::ASK_MEDIA, camera.id).await?;
    while let Some(question) = stop.run_until_cancelled(questions.next()).await {
        let question = question.context("the bus was closed")?;
        let answer = match question.body {
            MediaRequest::List { newest } => MediaReply::Segments(camera.buffer.newest(newest as usize)),
            MediaRequest::Read { sequence, offset, length } => read(&camera, sequence, offset, length).await,
        };
        question.answer(&answer).await;
    }
    Ok(())
}

async fn read(camera: &Camera, sequence: u64, offset: u64, length: u32) -> MediaReply {
    let Some(path) = camera.buffer.path(sequence) else { return MediaReply::NoSuchSegment };
    // Expired between the look-up and here, or unreadable: for the asker it is gone either way.
    read_piece(&path, offset, length).await.unwrap_or(MediaReply::NoSuchSegment)
}

async fn read_piece(path: &std::path::Path, offset: u64, length: u32) -> std::io::Result<MediaReply> {
    let mut file = tokio::fs::File::open(path).await?;
    let total_bytes = file.metadata().await?.len();
    file.seek(SeekFrom::Start(offset.min(total_bytes))).await?;
    let mut data = BytesMut::with_capacity(length as usize);
    let mut piece = file.take(u64::from(length));
    while piece.read_buf(&mut data).await? > 0 {}
    Ok(MediaReply::Piece { total_bytes, data: data.freeze() })
}
