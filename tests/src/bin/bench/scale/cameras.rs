//! Plays ingest: says what it would say of many cameras, and puts segments into their buffers, all at their time.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use iris_bus::message::{CameraPhase, CameraState, IngestState, PresenceRules, ServiceState, TrackView, Tracks};
use iris_bus::pulse::BEAT_EVERY;
use iris_bus::{Bus, Pulse, topic};
use iris_domain::{BBox, CameraId, CellId, Class, InstanceId, SegmentName, Timestamp, TrackKey};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::plan::{self, INTERVAL, PLAYED_FOR, POST, PRE, SEGMENT, TRIGGERS, Visit};
use crate::rig;

/// Processes that are played, each with a connection and a share of the cameras.
const INGESTS: usize = 10;
/// How often a process looks what is due.
const TURN: Duration = Duration::from_millis(10);

/// What is played.
pub struct Play<'a> {
    /// The bus.
    pub nats: &'a str,
    /// The cell's folder and name.
    pub data: &'a Path,
    pub cell: &'a CellId,
    /// Every camera, and the film that all of them show.
    pub cameras: &'a [CameraId],
    pub film: &'a [PathBuf],
    /// When it begins.
    pub began: Timestamp,
}

impl Play<'_> {
    /// Plays to the end. Returns how many pictures were told of.
    pub async fn run(&self) -> anyhow::Result<u64> {
        let mut processes = JoinSet::new();
        for number in 0..INGESTS {
            let process = self.process(number).await?;
            processes.spawn(process.run());
        }
        let mut sent = 0;
        while let Some(process) = processes.join_next().await {
            sent += process.context("a played process")??;
        }
        Ok(sent)
    }

    async fn process(&self, number: usize) -> anyhow::Result<Process> {
        let bus = rig::connect(self.nats).await?;
        let instance = InstanceId::new(format!("played-{number}")).context("a name that is none")?;
        let cameras = self.cameras.iter().enumerate().skip(number).step_by(INGESTS);
        let cameras =
            cameras.map(|(place, camera)| Camera::new(self, place, *camera)).collect::<anyhow::Result<_>>()?;
        let pulse = Pulse::new(&bus, instance, env!("CARGO_PKG_VERSION"));
        Ok(Process { bus, pulse, cell: self.cell.clone(), cameras, film: self.film.to_vec(), began: self.began })
    }
}

/// One process of ingest.
struct Process {
    bus: Bus,
    pulse: Pulse,
    cell: CellId,
    cameras: Vec<Camera>,
    film: Vec<PathBuf>,
    began: Timestamp,
}

impl Process {
    async fn run(mut self) -> anyhow::Result<u64> {
        let start = Instant::now() + self.began.since(rig::now());
        let mut turns = tokio::time::interval_at(start.into(), TURN);
        let (mut sent, mut next_beat) = (0, Duration::ZERO);
        loop {
            turns.tick().await;
            let played = start.elapsed();
            if played >= PLAYED_FOR {
                ensure!(self.bus.is_connected(), "a played process lost the bus");
                return Ok(sent);
            }
            if played >= next_beat {
                next_beat += BEAT_EVERY;
                self.pulse.beat(self.state(), None);
            }
            for camera in &mut self.cameras {
                sent += camera.tell(&self.bus, &self.cell, self.began, played);
                camera.record(&self.film, self.began, played)?;
                // Lets the connection write: what finds no room in it would be dropped.
                tokio::task::yield_now().await;
            }
        }
    }

    fn state(&self) -> ServiceState {
        let cameras = self.cameras.iter().map(|camera| camera.state(self.began)).collect();
        ServiceState::Ingest(IngestState { media_version: "played".to_owned(), cameras, cell: self.cell.clone() })
    }
}

/// One camera.
struct Camera {
    id: CameraId,
    visit: Option<Visit>,
    run: Uuid,
    /// When the next picture is due, and its number.
    next_picture: Duration,
    sequence: u64,
    /// Where its segments go, when the first one began, and how many are closed.
    buffer: PathBuf,
    segments_begin: Duration,
    closed: usize,
}

impl Camera {
    fn new(play: &Play<'_>, place: usize, id: CameraId) -> anyhow::Result<Self> {
        let buffer = play.data.join("segments").join(id.to_string());
        std::fs::create_dir_all(&buffer).with_context(|| format!("make {}", buffer.display()))?;
        std::fs::write(buffer.join("generation"), "1")?;
        let count = play.cameras.len();
        Ok(Self {
            id,
            visit: plan::visit(place, count, id),
            run: Uuid::now_v7(),
            next_picture: plan::offset(place, count),
            sequence: 0,
            buffer,
            segments_begin: plan::segments_begin(place, count),
            closed: 0,
        })
    }

    /// Tells of each picture that is due, as ingest does when it was judged; returns how many there were.
    fn tell(&mut self, bus: &Bus, cell: &CellId, began: Timestamp, played: Duration) -> u64 {
        let before = self.sequence;
        while self.next_picture <= played {
            self.sequence += 1;
            bus.publish(topic::TRACKS, self.id, &self.picture(cell, began));
            self.next_picture += INTERVAL;
        }
        self.sequence - before
    }

    fn picture(&self, cell: &CellId, began: Timestamp) -> Tracks {
        let captured = began.plus(self.next_picture);
        let visit = self.visit.filter(|visit| (visit.first..=visit.last).contains(&self.next_picture));
        let tracks = visit.map(|visit| {
            let seconds = (self.next_picture - visit.first).as_secs_f32();
            self.person(seconds, began.plus(visit.first))
        });
        Tracks {
            run: self.run,
            sequence: self.sequence,
            captured,
            tracks: tracks.into_iter().collect(),
            rules: PresenceRules {
                trigger_classes: vec![Class::person()],
                min_trigger_frames: TRIGGERS,
                trigger_cooldown: Duration::ZERO,
                pre: PRE,
                post: POST,
                min_score: 0.4,
            },
            last: false,
            source_generation: 1,
            cell: cell.clone(),
        }
    }

    /// Somebody walks through the picture, and is seen better on the way.
    fn person(&self, seconds: f32, first_seen: Timestamp) -> TrackView {
        let left = 0.05 * seconds;
        TrackView {
            key: TrackKey { run: self.run, number: 1 },
            class: Class::person(),
            bbox: BBox::clipped(left, 0.2, left + 0.2, 0.9).expect("a box within the picture"),
            score: 0.6 + 0.03 * seconds,
            confirmed: true,
            observed: true,
            first_seen,
        }
    }

    /// Closes each segment that is due. They are links to one film's: what is measured is not the disk.
    fn record(&mut self, film: &[PathBuf], began: Timestamp, played: Duration) -> anyhow::Result<()> {
        while let Some(segment) = film.get(self.closed) {
            let start = self.segments_begin + SEGMENT * u32::try_from(self.closed)?;
            if start + SEGMENT > played {
                break;
            }
            let name = SegmentName {
                start: began.plus(start),
                duration_ms: u32::try_from(SEGMENT.as_millis())?,
                sequence: self.closed as u64,
                run: 1,
                starts_with_key: true,
            };
            let file = self.buffer.join(name.to_string());
            std::fs::hard_link(segment, &file).with_context(|| format!("record {}", file.display()))?;
            self.closed += 1;
        }
        Ok(())
    }

    fn state(&self, began: Timestamp) -> CameraState {
        CameraState {
            camera: self.id,
            phase: CameraPhase::Online,
            detail: None,
            last_frame: Some(began.plus(self.next_picture)),
            online_since: Some(began),
            fps: 25.0,
            detect_fps: 5.0,
            detector: Some("played@cpu".to_owned()),
        }
    }
}
