//! What is known of one event that is not finished, and the folder that keeps it through any crash: `event.json`, replaced as a
//! whole by rename, beside the segments pinned for its clip. Written by the event's own task, read at the next start.
//!
//! That an event was opened is on the disk before it is told to anyone, if the disk takes it. Its later steps (closed, clip ready) are
//! synced while they are told: a crash in between tells them again, and telling twice is telling once. The time of the last trigger,
//! which changes with every picture, is only handed to the system: losing it costs a resumed event a second, syncing it the disk's
//! rest.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use iris_domain::presence::PresenceSummary;
use iris_domain::{CameraId, ClipRecord, EventKey, EventKind, Span, Timestamp};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

const FILE: &str = "event.json";
const TEMP_FILE: &str = ".event.json";

/// Before and after a manual recording, so that its first and last moments are not lost to a cut between key frames.
const MANUAL_ROLL: Duration = Duration::from_secs(1);

/// An event as the recorder knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name in files, rows and messages.
    pub key: EventKey,
    /// Where.
    pub camera: CameraId,
    /// The camera's source generation.
    pub source_generation: i64,
    /// What it is about.
    pub subject: Subject,
    /// How far it has come.
    pub stage: Stage,
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Subject {
    /// Something that triggers was in view.
    Presence(PresenceSummary),
    /// An operator pressed record, and released it.
    Manual(Span),
}

/// How far an event has come. It only ever moves on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    /// The presence goes on.
    Recording,
    /// It is over; the clip is to be cut.
    Pending,
    /// The clip is in the library.
    Ready {
        /// The clip.
        clip: ClipRecord,
        /// Path of the thumbnail, where one could be made.
        thumbnail: Option<String>,
    },
    /// There will be no clip; why, in words for a person.
    Failed(String),
}

impl Stage {
    /// Whether nothing is left to do on the disk.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Ready { .. } | Self::Failed(_))
    }
}

impl Entry {
    /// What made it.
    pub fn kind(&self) -> EventKind {
        match self.subject {
            Subject::Presence(_) => EventKind::Track,
            Subject::Manual(_) => EventKind::Manual,
        }
    }

    /// The class that triggered, or `manual`.
    pub fn label(&self) -> &str {
        match &self.subject {
            Subject::Presence(summary) => summary.label.as_str(),
            Subject::Manual(_) => "manual",
        }
    }

    /// First trigger to last trigger so far, or from press to release.
    pub fn span(&self) -> Span {
        match &self.subject {
            Subject::Presence(summary) => Span { start: summary.first, end: summary.last },
            Subject::Manual(span) => *span,
        }
    }

    /// What its clip is to show.
    pub fn clip_span(&self) -> Span {
        match &self.subject {
            Subject::Presence(summary) => summary.clip_span(),
            Subject::Manual(span) => Span { start: span.start.minus(MANUAL_ROLL), end: span.end.plus(MANUAL_ROLL) },
        }
    }

    /// The moment for the thumbnail.
    pub fn best_moment(&self) -> Timestamp {
        match &self.subject {
            Subject::Presence(summary) => summary.best.at,
            Subject::Manual(span) => span.start.plus(span.duration() / 2),
        }
    }

    /// Highest score of a trigger; an operator is sure.
    pub fn confidence(&self) -> f32 {
        match &self.subject {
            Subject::Presence(summary) => summary.confidence,
            Subject::Manual(_) => 1.0,
        }
    }

    /// Things that took part.
    pub fn num_tracks(&self) -> u32 {
        match &self.subject {
            Subject::Presence(summary) => summary.num_tracks(),
            Subject::Manual(_) => 0,
        }
    }
}

/// The folder of one event. Everything here blocks.
#[derive(Debug, Clone)]
pub struct Journal {
    folder: PathBuf,
    /// Held while something is written or removed: a write that nobody waits for any more must not mix with the next.
    writing: Arc<Mutex<()>>,
}

impl Journal {
    /// The journal of an event, there or not.
    pub fn of(journals: &Path, key: EventKey) -> Self {
        Self { folder: journals.join(key.to_string()), writing: Arc::default() }
    }

    /// Where its files lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a step: after this it survives a power cut, the folder's own name included.
    pub fn save_step(&self, entry: &Entry) -> io::Result<()> {
        let _writing = self.writing.lock();
        let is_new = !self.folder.is_dir();
        if is_new {
            std::fs::create_dir_all(&self.folder)?;
        }
        self.write(entry, File::sync_all)?;
        sync_folder(&self.folder)?;
        match self.folder.parent() {
            Some(journals) if is_new => sync_folder(journals),
            _ => Ok(()),
        }
    }

    /// Writes what changes all the time: after this it survives the end of this process, not a power cut.
    pub fn save_progress(&self, entry: &Entry) -> io::Result<()> {
        let _writing = self.writing.lock();
        self.write(entry, |_| Ok(()))
    }

    /// Reads it; `None` when the event was never written or is finished, so that what lies there is nobody's.
    pub fn load(&self) -> io::Result<Option<Entry>> {
        match std::fs::read(self.folder.join(FILE)) {
            Ok(json) => Ok(Some(serde_json::from_slice(&json)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes it with everything pinned: the event is finished. `event.json` goes first, so that a removal that is interrupted
    /// leaves no half event.
    pub fn remove(&self) -> io::Result<()> {
        let _writing = self.writing.lock();
        unless_missing(std::fs::remove_file(self.folder.join(FILE)))?;
        unless_missing(std::fs::remove_dir_all(&self.folder))
    }

    fn write(&self, entry: &Entry, sync: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
        let temp = self.folder.join(TEMP_FILE);
        let mut file = File::create(&temp)?;
        file.write_all(&serde_json::to_vec(entry)?)?;
        sync(&file)?;
        std::fs::rename(&temp, self.folder.join(FILE))
    }
}

/// Every journal in the folder of journals, with its entry. What cannot be read is left for a person and told in the log; what a
/// crash left without an entry is removed.
pub fn read_all(journals: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for found in std::fs::read_dir(journals)? {
        let found = found?;
        let Some(key) = found.file_name().to_str().and_then(|name| name.parse().ok()).map(EventKey) else { continue };
        let journal = Journal::of(journals, key);
        match journal.load() {
            Ok(Some(entry)) if entry.key == key => entries.push(entry),
            Ok(Some(_)) => {
                tracing::error!(event.key = %key, "the journal of event {key} is another event's; left alone")
            }
            Ok(None) => journal.remove()?,
            Err(error) => tracing::error!(event.key = %key, "the journal of event {key} cannot be read: {error}"),
        }
    }
    Ok(entries)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn unless_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn entry() -> Entry {
        let at = |ms: i64| Timestamp::from_millis(1_800_000_000_000 + ms).unwrap();
        Entry {
            key: EventKey(Uuid::from_u128(7)),
            camera: CameraId::new(3).unwrap(),
            source_generation: 2,
            subject: Subject::Manual(Span::new(at(0), at(8_000)).unwrap()),
            stage: Stage::Pending,
        }
    }

    #[test]
    fn what_was_written_is_read_back_at_the_next_start() {
        let journals = tempfile::tempdir().unwrap();
        let journal = Journal::of(journals.path(), entry().key);
        journal.save_step(&entry()).unwrap();
        let failed = Entry { stage: Stage::Failed("no video".to_owned()), ..entry() };
        journal.save_progress(&failed).unwrap();
        assert_eq!(read_all(journals.path()).unwrap(), [failed]);
        journal.remove().unwrap();
        assert_eq!(read_all(journals.path()).unwrap(), []);
        journal.remove().unwrap();
    }

    #[test]
    fn what_a_crash_left_is_cleared_and_what_is_broken_is_kept() {
        let journals = tempfile::tempdir().unwrap();
        let half = Journal::of(journals.path(), EventKey(Uuid::from_u128(1)));
        let broken = Journal::of(journals.path(), EventKey(Uuid::from_u128(2)));
        for (journal, file, content) in [(&half, TEMP_FILE, "{"), (&broken, FILE, "{\"key\":")] {
            std::fs::create_dir(journal.folder()).unwrap();
            std::fs::write(journal.folder().join(file), content).unwrap();
        }
        assert_eq!(read_all(journals.path()).unwrap(), []);
        assert!(!half.folder().exists() && broken.folder().exists());
    }

    #[test]
    fn a_manual_clip_has_a_second_before_and_after() {
        let entry = entry();
        assert_eq!(entry.clip_span().duration(), Duration::from_secs(10));
        assert_eq!((entry.label(), entry.best_moment().since(entry.span().start)), ("manual", Duration::from_secs(4)));
    }
}
