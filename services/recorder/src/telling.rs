//! Tells Postgres, then the bus, how an event goes on: for as long as it takes, since the journal remembers it meanwhile. Compares
//! what the row should say with what it was last told, so that any number of changes during an outage are one write after it.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use iris_bus::message::{EventChange as Change, EventFact};
use iris_bus::topic;
use iris_domain::{ClipChange, ClipStatus, EventChange, EventId, NewEvent, Timestamp};
use iris_store::{Opening, StoreError, Written};
use tracing::{Instrument, debug_span, info, warn};

use crate::Deps;
use crate::journal::{Entry, Stage};
use crate::recording::{Outcome, Recording};

/// Pauses after failures: the first is short, since an event should be seen at once; the last keeps a day's outage cheap.
const PAUSE_MIN: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How often a presence that goes on is compared with its row, which an operator may have deleted.
const RECHECK_EVERY: Duration = Duration::from_secs(5);
/// A presence that changes all the time is told no more often.
const CHANGES_APART: Duration = Duration::from_secs(1);

/// Tells everything up to the event's end.
pub async fn tell(deps: &Deps, recording: &Recording) -> Outcome {
    let mut teller = Teller { deps, recording, row: None, written: None, facts: VecDeque::new(), warned: false };
    let mut entries = recording.entries();
    let mut pause = PAUSE_MIN;
    loop {
        let entry = entries.borrow_and_update().clone();
        let (wait, told) = match teller.tell_once(&entry).await {
            Ok(Step::Gone) => {
                recording.discarded().cancel();
                return Outcome::Discarded;
            }
            Ok(Step::Ended(outcome)) => return outcome,
            Ok(Step::UpToDate) => {
                pause = PAUSE_MIN;
                (RECHECK_EVERY, true)
            }
            Err(()) => {
                let now = pause;
                pause = (pause * 2).min(PAUSE_MAX);
                (now, false)
            }
        };
        let progress = Progress::of(&entry);
        let differs = async {
            tokio::time::sleep(CHANGES_APART).await;
            // The sender is the recording's own, so it cannot be gone.
            let _lives = entries.wait_for(|entry| Progress::of(entry) != progress).await;
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = differs, if told => {}
            () = recording.leaves(&entry.stage), if told => {}
        }
    }
}

enum Step {
    UpToDate,
    Ended(Outcome),
    Gone,
}

/// What the row says of the things that change.
#[derive(PartialEq)]
struct Progress {
    stage: Stage,
    confidence: f32,
    num_tracks: u32,
}

impl Progress {
    fn of(entry: &Entry) -> Self {
        Self { stage: entry.stage.clone(), confidence: entry.confidence(), num_tracks: entry.num_tracks() }
    }
}

struct Teller<'a> {
    deps: &'a Deps,
    recording: &'a Recording,
    row: Option<EventId>,
    written: Option<Progress>,
    /// Told to the bus when it is there. One of each kind at most: a row says what is, a fact only that it changed.
    facts: VecDeque<(Change, i64)>,
    warned: bool,
}

impl Teller<'_> {
    /// Brings the row and the bus up to date; an error was told and calls for another try.
    async fn tell_once(&mut self, entry: &Entry) -> Result<Step, ()> {
        let written = self.write(entry).instrument(debug_span!("write_event")).await;
        match written {
            Ok(true) => {}
            Ok(false) => return Ok(Step::Gone),
            Err(error) => {
                self.warn_once(entry, &error.to_string());
                return Err(());
            }
        }
        if let Some(outcome) = self.outcome(entry) {
            // Whoever waits for the clip need not wait for the bus.
            self.recording.ended(outcome.clone());
            self.publish(entry).await?;
            return Ok(Step::Ended(outcome));
        }
        self.publish(entry).await?;
        self.warned = false;
        Ok(Step::UpToDate)
    }

    /// Writes the row; false when it is gone for good.
    async fn write(&mut self, entry: &Entry) -> Result<bool, StoreError> {
        let _turn = self.deps.turn().await;
        let events = self.deps.store.events();
        if self.row.is_none() {
            match events.open(&new_event(entry)).await {
                Ok(Opening::Open(id)) => self.opened(entry, id),
                Ok(Opening::Gone) | Err(StoreError::NoSuchCamera { .. }) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        let progress =
            Progress { stage: entry.stage.clone(), confidence: entry.confidence(), num_tracks: entry.num_tracks() };
        let up_to_date = self.written.as_ref() == Some(&progress);
        let change = if up_to_date { EventChange::default() } else { change(entry) };
        let there = events.update(entry.key, &change).await? == Written::Updated;
        if there && !up_to_date {
            self.changed(entry);
            self.written = Some(progress);
        }
        Ok(there)
    }

    fn opened(&mut self, entry: &Entry, id: EventId) {
        let key = entry.key;
        info!(event.id = %id, event.key = %key, camera.id = %entry.camera, "event {id} opened on camera {}", entry.camera);
        if entry.stage == Stage::Recording {
            let age = Timestamp::from_system(SystemTime::now()).since(entry.span().end);
            metrics::histogram!("iris_recorder_event_open_seconds").record(age.as_secs_f64());
        }
        metrics::counter!("iris_recorder_events_opened_total", "kind" => entry.kind().as_str()).increment(1);
        self.row = Some(id);
        self.facts.push_back((Change::Opened, 0));
    }

    fn changed(&mut self, entry: &Entry) {
        let change = match (&entry.stage, &self.written) {
            // The row was just opened as it is.
            (Stage::Recording, None) => return,
            (Stage::Recording, Some(_)) => Change::Updated,
            (Stage::Pending, _) => Change::Closed,
            (Stage::Ready { .. }, _) => Change::ClipReady,
            (Stage::Failed(_), _) => Change::ClipFailed,
        };
        self.facts.retain(|(told, _)| *told != change);
        self.facts.push_back((change, entry.span().end.as_millis()));
    }

    /// Publishes what waits, in order. The id names the change, so that a repeat after a crash is the same fact.
    async fn publish(&mut self, entry: &Entry) -> Result<(), ()> {
        let Some(event) = self.row else { return Ok(()) };
        while let Some((change, number)) = self.facts.front().copied() {
            let id = format!("{}.{}.{number}", entry.key, change.as_str());
            let fact = EventFact { event, key: entry.key, change };
            let published = self.deps.bus.publish_fact(topic::EVENT, entry.camera, &id, &fact);
            if let Err(error) = published.instrument(debug_span!("publish_event", change = change.as_str())).await {
                self.warn_once(entry, &error.to_string());
                // The server may have lost the stream with its store; should this fail too, the next try makes it good.
                let _not_yet = self.deps.bus.prepare_facts().await;
                return Err(());
            }
            self.facts.pop_front();
        }
        Ok(())
    }

    fn outcome(&self, entry: &Entry) -> Option<Outcome> {
        match (&entry.stage, self.row) {
            (Stage::Ready { clip, .. }, Some(id)) => Some(Outcome::Ready(id, clip.span.duration())),
            (Stage::Failed(reason), _) => Some(Outcome::Failed(reason.clone())),
            _ => None,
        }
    }

    /// One line per outage and event.
    fn warn_once(&mut self, entry: &Entry, error: &str) {
        metrics::counter!("iris_recorder_tell_failures_total").increment(1);
        if !std::mem::replace(&mut self.warned, true) {
            warn!(event.key = %entry.key, "event {} is kept in the journal until it can be told: {error}", entry.key);
        }
    }
}

fn new_event(entry: &Entry) -> NewEvent {
    let goes_on = entry.stage == Stage::Recording;
    NewEvent {
        key: entry.key,
        kind: entry.kind(),
        camera_id: entry.camera,
        source_generation: entry.source_generation,
        label: entry.label().to_owned(),
        ts: entry.span().start,
        end_ts: (!goes_on).then_some(entry.span().end),
        confidence: entry.confidence(),
        num_tracks: entry.num_tracks(),
        clip_status: if goes_on { ClipStatus::Recording } else { ClipStatus::Pending },
    }
}

fn change(entry: &Entry) -> EventChange {
    let clip = match &entry.stage {
        Stage::Recording => None,
        Stage::Pending => Some(ClipChange::Pending),
        Stage::Ready { clip, .. } => Some(ClipChange::Ready(clip.clone())),
        Stage::Failed(reason) => Some(ClipChange::Failed(reason.clone())),
    };
    let thumbnail_path = match &entry.stage {
        Stage::Ready { thumbnail, .. } => thumbnail.clone(),
        _ => None,
    };
    EventChange {
        end_ts: (entry.stage != Stage::Recording).then_some(entry.span().end),
        confidence: Some(entry.confidence()),
        num_tracks: Some(entry.num_tracks()),
        thumbnail_path,
        clip,
    }
}
