//! Holds the segments of one event: hard links beside its journal, made as the segments appear, so that ingest may remove its own
//! names at any time. Driven by the event's task on blocking threads; it deletes nothing, the journal's removal does.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use iris_domain::clip_plan::{ClipPlan, plan_clip};
use iris_domain::{SegmentName, Span};
use iris_media::ClipPart;

use crate::cell::segment_names;

/// A folder that changed so recently may change again within the file system's clock tick, without its time telling.
const SETTLED: Duration = Duration::from_millis(100);

/// The pinned segments of one event.
#[derive(Debug)]
pub struct Pins {
    source: PathBuf,
    folder: PathBuf,
    pinned: BTreeSet<SegmentName>,
    /// The source folder's time when it was read last; the same time again means the same content.
    seen: Option<SystemTime>,
    /// What was wanted then.
    wanted: Option<Span>,
}

impl Pins {
    /// Takes up what an earlier run has pinned in `folder`, making it where a full disk prevented that; `source` is where ingest writes.
    pub fn open(source: PathBuf, folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let pinned = segment_names(folder)?.into_iter().collect();
        Ok(Self { source, folder: folder.to_owned(), pinned, seen: None, wanted: None })
    }

    /// Pins what `wanted` needs and is there; `onward` also what comes after its end, for a presence that goes on.
    pub fn pin(&mut self, wanted: Span, onward: bool) -> io::Result<()> {
        let changed = std::fs::metadata(&self.source).and_then(|folder| folder.modified()).ok();
        // The end of a presence that goes on moves with every picture and changes nothing.
        let asked = if onward { Span { end: wanted.start, ..wanted } } else { wanted };
        if changed.is_some() && changed == self.seen && self.wanted == Some(asked) {
            return Ok(());
        }
        let there = segment_names(&self.source)?;
        let newest = there.iter().map(SegmentName::end).max();
        let end = if onward { newest.map_or(wanted.end, |newest| newest.max(wanted.end)) } else { wanted.end };
        let plan = plan_clip(there.into_iter().chain(self.pinned.iter().copied()), Span { start: wanted.start, end });
        for name in plan.parts {
            self.link(name)?;
        }
        let settled = changed.filter(|changed| changed.elapsed().is_ok_and(|age| age > SETTLED));
        (self.seen, self.wanted) = (settled, Some(asked));
        Ok(())
    }

    /// What the pinned segments offer to `wanted`.
    pub fn plan(&self, wanted: Span) -> ClipPlan {
        plan_clip(self.pinned.iter().copied(), wanted)
    }

    /// The planned segments as files.
    pub fn parts(&self, plan: &ClipPlan) -> Vec<ClipPart> {
        plan.parts.iter().map(|name| ClipPart { path: self.folder.join(name.to_string()), name: *name }).collect()
    }

    fn link(&mut self, name: SegmentName) -> io::Result<()> {
        if self.pinned.contains(&name) {
            return Ok(());
        }
        let file = name.to_string();
        match std::fs::hard_link(self.source.join(&file), self.folder.join(&file)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            // Ingest removed it between the look and the link: a gap, unless another look finds more.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        }
        self.pinned.insert(name);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iris_domain::Timestamp;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + seconds * 1000).unwrap()
    }

    fn record(source: &Path, number: u64) -> PathBuf {
        let start = at(i64::try_from(number).unwrap() * 2);
        let name = SegmentName { start, duration_ms: 2_000, sequence: number, run: 1, starts_with_key: true };
        let path = source.join(name.to_string());
        std::fs::write(&path, number.to_string()).unwrap();
        path
    }

    fn sequences(pins: &Pins) -> Vec<u64> {
        pins.pinned.iter().map(|name| name.sequence).collect()
    }

    #[test]
    fn pinned_segments_outlive_the_buffer_and_a_restart() {
        let root = tempfile::tempdir().unwrap();
        let (source, folder) = (root.path().join("segments"), root.path().join("open"));
        std::fs::create_dir(&source).unwrap();
        let wanted = Span::new(at(5), at(7)).unwrap();
        let paths: Vec<_> = (0..5).map(|number| record(&source, number)).collect();
        let mut pins = Pins::open(source.clone(), &folder).unwrap();
        pins.pin(wanted, false).unwrap();
        assert_eq!((sequences(&pins), pins.plan(wanted).complete), (vec![2, 3], true));
        paths.iter().for_each(|path| std::fs::remove_file(path).unwrap());
        let again = Pins::open(source, &folder).unwrap();
        assert_eq!(sequences(&again), [2, 3]);
        assert!(again.parts(&again.plan(wanted)).iter().all(|part| part.path.is_file()));
    }

    #[test]
    fn a_presence_that_goes_on_holds_all_that_comes() {
        let root = tempfile::tempdir().unwrap();
        let (source, folder) = (root.path().join("segments"), root.path().join("open"));
        let mut pins = Pins::open(source.clone(), &folder).unwrap();
        let wanted = Span::new(at(1), at(3)).unwrap();
        pins.pin(wanted, true).unwrap();
        std::fs::create_dir(&source).unwrap();
        for number in 0..6 {
            record(&source, number);
            pins.pin(wanted, true).unwrap();
        }
        assert_eq!(sequences(&pins), [0, 1, 2, 3, 4, 5]);
    }
}
