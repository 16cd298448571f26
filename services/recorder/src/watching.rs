//! Drives the presence machine of every camera with what ingest follows. One task for all cameras: a picture costs microseconds, and
//! nothing here waits for a disk, the database or the bus; what an event needs is done by its own task.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use iris_bus::message::{TrackView, Tracks};
use iris_bus::topic;
use iris_domain::presence::{LATENESS, Presence, PresenceOutput, PresenceSummary, Seen};
use iris_domain::{CameraId, EventKey, Timestamp};
use iris_runtime::CancellationToken;
use tokio::time::MissedTickBehavior;
use tracing::debug_span;
use uuid::Uuid;

use crate::cell::Cell;
use crate::journal::{Entry, Stage, Subject};
use crate::recording::{Recording, Recordings};

/// How often all cameras are asked whether their pictures stopped coming, which ends a presence after two seconds. Who is to be asked
/// next is not looked for with each picture: a thousand cameras send five thousand a second.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Follows all cameras until told to stop. Presences that were going on are gone on with.
///
/// # Errors
/// When the bus was closed.
pub async fn run(cell: &Cell, recordings: &Recordings, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut pictures = recordings.bus().all_samples(topic::TRACKS).await.context("follow the tracks")?;
    let mut watches = Watches { recordings: recordings.clone(), cameras: BTreeMap::new() };
    watches.resume();
    let mut looks = tokio::time::interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            picture = pictures.next_traced() => {
                let (key, tracks, trace) = picture.context("the bus was closed")?;
                match key.parse::<CameraId>() {
                    Ok(camera) if tracks.cell == *cell.name() => {
                        let span = debug_span!(parent: None, "watch", camera.id = %camera);
                        trace.attach(&span);
                        span.in_scope(|| watches.picture(camera, tracks));
                    }
                    camera => {
                        metrics::counter!("iris_recorder_pictures_elsewhere_total").increment(1);
                        camera.iter().for_each(|camera| watches.moved_away(*camera));
                    }
                }
            }
            _ = looks.tick() => watches.tick(),
        }
    }
}

/// All cameras of this cell.
struct Watches {
    recordings: Recordings,
    cameras: BTreeMap<CameraId, Watch>,
}

/// One camera.
#[derive(Default)]
struct Watch {
    presence: Presence,
    source_generation: i64,
    recording: Option<Arc<Recording>>,
}

impl Watches {
    /// Takes up the presences that were going on when the recorder stopped: those that may still go on, and of a camera only the
    /// newest. The others are over.
    fn resume(&mut self) {
        let now = Timestamp::from_system(SystemTime::now());
        let mut going_on: Vec<_> = self
            .recordings
            .all()
            .into_iter()
            .filter_map(|recording| {
                let entry = recording.now();
                match entry.subject {
                    Subject::Presence(summary) if entry.stage == Stage::Recording => {
                        Some((entry.camera, summary, recording))
                    }
                    _ => None,
                }
            })
            .collect();
        going_on.sort_by_key(|(_, summary, _)| std::cmp::Reverse(summary.last));
        for (camera, summary, recording) in going_on {
            let is_over = now.since(summary.last) > summary.post + LATENESS;
            if is_over || self.cameras.contains_key(&camera) {
                recording.close(summary);
                continue;
            }
            let source_generation = recording.now().source_generation;
            let presence = Presence::resume(summary, Instant::now());
            self.cameras.insert(camera, Watch { presence, source_generation, recording: Some(recording) });
        }
    }

    fn tick(&mut self) {
        let now = Instant::now();
        for (camera, watch) in &mut self.cameras {
            let outputs = watch.presence.tick(now);
            watch.act(*camera, outputs, &self.recordings);
        }
    }

    /// Another cell has the camera's segments from now on: what goes on here is over.
    fn moved_away(&mut self, camera: CameraId) {
        if let Some(mut watch) = self.cameras.remove(&camera) {
            let outputs = watch.presence.end();
            watch.act(camera, outputs, &self.recordings);
        }
    }

    fn picture(&mut self, camera: CameraId, tracks: Tracks) {
        metrics::counter!("iris_recorder_pictures_total").increment(1);
        let watch = self.cameras.entry(camera).or_default();
        if tracks.source_generation < watch.source_generation {
            // A straggler from the source that the camera had before.
            return;
        }
        if tracks.source_generation > watch.source_generation {
            let outputs = watch.presence.end();
            watch.act(camera, outputs, &self.recordings);
            *watch = Watch { source_generation: tracks.source_generation, ..Watch::default() };
        }
        watch.picture(camera, tracks, &self.recordings);
    }
}

impl Watch {
    fn picture(&mut self, camera: CameraId, tracks: Tracks, recordings: &Recordings) {
        if self.recording.as_ref().is_some_and(|recording| recording.is_discarded()) {
            self.presence.discard();
            self.recording = None;
        }
        let outputs = if tracks.last {
            self.presence.end()
        } else {
            let seen: Vec<Seen> = tracks.tracks.into_iter().map(seen).collect();
            self.presence.observe(tracks.captured, &seen, &tracks.rules, Instant::now())
        };
        self.act(camera, outputs, recordings);
        // The journal needs to know of the last trigger even where there is nothing new to tell.
        if let (Some(summary), Some(recording)) = (self.presence.current(), &self.recording)
            && summary.last == tracks.captured
        {
            recording.goes_on(summary);
        }
    }

    fn act(&mut self, camera: CameraId, outputs: Vec<PresenceOutput>, recordings: &Recordings) {
        for output in outputs {
            match output {
                PresenceOutput::Opened(summary) => {
                    self.recording = recordings.take_up(self.opened(camera, summary));
                }
                // The picture is handed on in any case.
                PresenceOutput::Changed(_) => {}
                PresenceOutput::Closed(summary) => {
                    metrics::counter!("iris_recorder_presences_closed_total").increment(1);
                    if let Some(recording) = self.recording.take() {
                        recording.close(summary);
                    }
                }
            }
        }
    }

    fn opened(&self, camera: CameraId, summary: PresenceSummary) -> Entry {
        Entry {
            // By time, so that keys of one day lie together in indexes.
            key: EventKey(Uuid::now_v7()),
            camera,
            source_generation: self.source_generation,
            subject: Subject::Presence(summary),
            stage: Stage::Recording,
        }
    }
}

fn seen(track: TrackView) -> Seen {
    let TrackView { key, class, bbox, score, confirmed, observed, first_seen: _ } = track;
    Seen { key, class, bbox, score, confirmed, observed }
}
