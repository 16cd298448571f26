//! Gathers both sides and compares them.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use iris_domain::stored_files::{self, FileFacts, FileUse, OnDisk, WaitingFacts};
use iris_domain::{EventKey, Timestamp, TrackKey};
use iris_library::{Library, MediaPath};
use iris_recorder::Cell;
use iris_store::{NamedFile, Store};

use super::report::{Finding, Report, Wrong};
use super::{CLIPS_SAMPLED, open::open};
use crate::progress;
use crate::surroundings::blocking;

/// Rows read in one statement.
const PAGE: u64 = 5_000;

/// A file as the walk found it.
struct Stored {
    size_bytes: u64,
    modified: SystemTime,
    named: bool,
}

/// Work that is not finished and may come to name a file.
struct Unfinished {
    events: HashSet<EventKey>,
    tracks: HashSet<TrackKey>,
}

struct Comparison<'a> {
    store: &'a Store,
    library: &'a Library,
    root: &'a Path,
    deep: bool,
    files: HashMap<MediaPath, Stored>,
    /// Clips that look right and were not opened yet.
    unopened: Vec<(NamedFile, MediaPath)>,
    report: Report,
}

/// Finds what is wrong, and changes nothing.
///
/// # Errors
/// The database or the disk does not answer.
pub async fn compare(store: &Store, library: &Library, cell: &Cell, deep: bool) -> anyhow::Result<Report> {
    let files = blocking(|| walk(library))?;
    let mut comparison = Comparison {
        store,
        library,
        root: cell.library(),
        deep,
        report: Report {
            files: files.len() as u64,
            bytes: files.values().map(|file| file.size_bytes).sum(),
            ..Report::default()
        },
        files,
        unopened: Vec::new(),
    };
    let unfinished = unfinished(store, cell).await?;
    for used_as in FileUse::ALL {
        comparison.rows(used_as).await?;
    }
    comparison.read_sample().await?;
    comparison.orphans(&unfinished);
    comparison.forgotten(cell, &unfinished).await?;
    Ok(comparison.report)
}

fn walk(library: &Library) -> anyhow::Result<HashMap<MediaPath, Stored>> {
    let bar = progress::counting("listing the library's files");
    let mut files = HashMap::new();
    library.walk(|file| {
        bar.inc(1);
        files.insert(file.path, Stored { size_bytes: file.size_bytes, modified: file.modified, named: false });
    })?;
    bar.finish_and_clear();
    Ok(files)
}

async fn unfinished(store: &Store, cell: &Cell) -> anyhow::Result<Unfinished> {
    let journals = cell.journals();
    let mut events = HashSet::new();
    for entry in std::fs::read_dir(journals).with_context(|| format!("list {}", journals.display()))? {
        events.extend(entry?.file_name().to_str().and_then(|name| name.parse().ok()).map(EventKey));
    }
    let tracks = store.tracklets().all().await?.into_iter().map(|waiting| waiting.track).collect();
    Ok(Unfinished { events, tracks })
}

impl Comparison<'_> {
    /// All rows that name a file for this use.
    async fn rows(&mut self, used_as: FileUse) -> anyhow::Result<()> {
        let bar = progress::counting(format!("{}s", used_as.of_row()));
        let mut after = None;
        loop {
            let page = self.store.files().named(used_as, after, PAGE).await?;
            let count = page.len() as u64;
            after = page.last().map(|row| row.row);
            for row in page {
                self.report.rows += 1;
                bar.inc(1);
                self.row(used_as, row).await?;
            }
            if count < PAGE {
                bar.finish_and_clear();
                return Ok(());
            }
        }
    }

    async fn row(&mut self, used_as: FileUse, row: NamedFile) -> anyhow::Result<()> {
        let path = row.path.parse::<MediaPath>().ok();
        let listed = path.as_ref().and_then(|path| self.files.get_mut(path));
        let sound = listed.is_some_and(|file| {
            file.named = true;
            !stored_files::is_suspect(row.size_bytes, file.size_bytes)
        });
        match (sound, path) {
            (true, Some(path)) if self.deep => self.look(used_as, row, &path).await,
            (true, Some(path)) if used_as == FileUse::Clip => {
                self.unopened.push((row, path));
                Ok(())
            }
            (true, _) => Ok(()),
            (false, Some(path)) => self.look(used_as, row, &path).await,
            // No file of the library can have such a name.
            (false, None) => self.note(used_as, row, &OnDisk::Missing).await,
        }
    }

    /// Opens what stands there now, the walk being some time ago.
    async fn look(&mut self, used_as: FileUse, row: NamedFile, path: &MediaPath) -> anyhow::Result<()> {
        let look = || -> anyhow::Result<OnDisk> {
            let Some(file) = self.library.get(path)? else { return Ok(OnDisk::Missing) };
            let on_disk = self.library.is_on_disk().then(|| self.root.join(path.as_str()));
            Ok(OnDisk::There { size_bytes: file.size_bytes, opened: open(file, on_disk.as_deref(), used_as) })
        };
        let disk = blocking(look)?;
        let is_clip = used_as == FileUse::Clip && disk != OnDisk::Missing;
        self.report.clips_read += u64::from(is_clip);
        self.note(used_as, row, &disk).await
    }

    /// Notes what is wrong, if the row says the same still: it is gone before its file is.
    async fn note(&mut self, used_as: FileUse, row: NamedFile, disk: &OnDisk) -> anyhow::Result<()> {
        let Some(flaw) = stored_files::flaw(row.size_bytes, disk) else { return Ok(()) };
        let NamedFile { row, path, .. } = row;
        if self.store.files().is_named(used_as, row, &path).await? {
            let repair = stored_files::repair(used_as, &flaw);
            self.found(Wrong::Row { used_as, row, path, flaw, repair });
        }
        Ok(())
    }

    /// Reads an even choice of the clips that look right.
    async fn read_sample(&mut self) -> anyhow::Result<()> {
        let step = self.unopened.len().div_ceil(CLIPS_SAMPLED).max(1);
        let chosen: Vec<_> = std::mem::take(&mut self.unopened).into_iter().step_by(step).collect();
        let bar = progress::counting("reading clips");
        for (row, path) in chosen {
            self.look(FileUse::Clip, row, &path).await?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn orphans(&mut self, unfinished: &Unfinished) {
        let now = SystemTime::now();
        let mut orphans: Vec<(MediaPath, u64)> = Vec::new();
        for (path, file) in &self.files {
            let event = path.event_key().is_some_and(|key| unfinished.events.contains(&key));
            let track = iris_reid::track_of(path).is_some_and(|track| unfinished.tracks.contains(&track));
            let age = now.duration_since(file.modified).unwrap_or(Duration::ZERO);
            if stored_files::is_orphan(FileFacts { named: file.named, awaited: event || track, age }) {
                orphans.push((path.clone(), file.size_bytes));
            }
        }
        orphans.sort();
        for (path, size_bytes) in orphans {
            self.found(Wrong::Orphan { path, size_bytes });
        }
    }

    async fn forgotten(&mut self, cell: &Cell, unfinished: &Unfinished) -> anyhow::Result<()> {
        let now = Timestamp::from_system(SystemTime::now());
        let mut after = None;
        loop {
            let rows = self.store.events().unfinished(after, PAGE).await?;
            let Some(newest) = rows.last() else { return Ok(()) };
            after = Some(newest.id);
            for row in rows {
                let facts = WaitingFacts {
                    journalled: unfinished.events.contains(&row.key),
                    recorded_here: cell.records(row.camera_id),
                    age: now.since(row.ts),
                };
                if stored_files::is_forgotten(facts) {
                    self.found(Wrong::Forgotten { row: row.id.get(), key: row.key, ts: row.ts, end_ts: row.end_ts });
                }
            }
        }
    }

    fn found(&mut self, wrong: Wrong) {
        self.report.findings.push(Finding { wrong, mended: false });
    }
}
