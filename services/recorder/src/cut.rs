//! From a presence to its clip on disk: pins segments while it goes on, waits for the post-roll, cuts the clip and the thumbnail on
//! threads of their own, and puts both into the library. Part of an event's task; it tells nobody but the journal's entry.

use std::time::{Duration, Instant, SystemTime};

use iris_domain::clip_plan::ClipPlan;
use iris_domain::{ClipRecord, EventKind, Timestamp};
use iris_library::{Library, LibraryError, MediaPath};
use iris_media::{ClipError, ClipPart, cut_clip};
use tokio::sync::watch;
use tracing::{Instrument, debug_span, error, info, warn};

use crate::journal::{Entry, Stage};
use crate::pins::Pins;
use crate::recording::Recording;
use crate::{Deps, blocking};

/// While a presence goes on its segments are safe for the buffer's shortest age, a minute.
const PIN_EVERY: Duration = Duration::from_secs(2);
/// While its last segment is waited for: a clip is owed within a second of it.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// After the wanted end a segment may still be open; one of a camera that stalled closes when ingest gives up on it, after 10 s.
const STALLED: Duration = Duration::from_secs(15);
/// The same while an operator waits for the answer.
const STALLED_MANUAL: Duration = Duration::from_secs(3);
/// No segment that is still open is taken to be longer than this.
const SEGMENT_MAX: Duration = Duration::from_secs(60);
/// Attempts at a clip on a full or failing disk; an object store that is away is tried again without end.
const ATTEMPTS: u32 = 5;
/// After a failed attempt, times the number of attempts: what frees a disk takes seconds.
const ATTEMPT_PAUSE: Duration = Duration::from_secs(2);
/// Longer side of a thumbnail in pixels, and its JPEG quality: sharp in a list, about 40 KB.
const THUMBNAIL_SIDE_MAX: u32 = 640;
const THUMBNAIL_QUALITY: u8 = 80;

/// Works until the event's clip is in the library, or there is a reason why not, or the event was discarded. While the disk
/// refuses to pin segments it is asked again and again: that costs the clip at most, and never the event.
pub async fn finish(deps: &Deps, recording: &Recording) {
    let mut told = false;
    while let Err(error) = finish_once(deps, recording).await {
        metrics::counter!("iris_recorder_pin_failures_total").increment(1);
        let key = recording.now().key;
        if !std::mem::replace(&mut told, true) {
            error!(event.key = %key, "pin the segments of event {key}: {error:#}; trying again until it works");
        }
        let pause = async {
            if is_disk_full(&error) {
                deps.room.make().await;
            }
            tokio::time::sleep(ATTEMPT_PAUSE).await;
        };
        let _discarded = recording.discarded().run_until_cancelled(pause).await;
    }
}

fn is_disk_full(error: &anyhow::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    error.downcast_ref::<std::io::Error>().is_some_and(|error| matches!(error.kind(), StorageFull | QuotaExceeded))
}

async fn finish_once(deps: &Deps, recording: &Recording) -> anyhow::Result<()> {
    let mut entries = recording.entries();
    let entry = entries.borrow_and_update().clone();
    let (source, folder) = (deps.cell.segments(entry.camera), recording.journal.folder().to_owned());
    let pins = blocking(move || Pins::open(source, &folder)).await?;
    let mut cutter = Cutter { deps, recording, pins: Some(pins), cut_by: None, thumbnail: Thumbnail::Wanted };
    loop {
        let entry = entries.borrow_and_update().clone();
        if recording.is_discarded() || entry.stage.is_final() {
            return Ok(());
        }
        let goes_on = entry.stage == Stage::Recording;
        let plan = cutter.pin(&entry, goes_on).await?;
        if goes_on {
            wait_for_end(&mut entries, recording).await;
        } else if plan.complete || cutter.is_late(&entry, &plan) {
            let stage = cutter.cut(&entry, &plan).await;
            recording.reach(stage);
        } else {
            cutter.thumbnail_early(&entry, &plan).await;
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = recording.discarded().cancelled() => {}
            }
        }
    }
}

/// Until the next look at the folder, at most; ends early with the presence.
async fn wait_for_end(entries: &mut watch::Receiver<Entry>, recording: &Recording) {
    let over = entries.wait_for(|entry| entry.stage != Stage::Recording);
    tokio::select! {
        () = tokio::time::sleep(PIN_EVERY) => {}
        _ = over => {}
        () = recording.discarded().cancelled() => {}
    }
}

/// A thumbnail is made once, as soon as its moment is on disk, so that it does not delay the clip.
enum Thumbnail {
    Wanted,
    Made(String),
    Impossible,
}

struct Cutter<'a> {
    deps: &'a Deps,
    recording: &'a Recording,
    /// Out only while a blocking thread works with them.
    pins: Option<Pins>,
    cut_by: Option<Instant>,
    thumbnail: Thumbnail,
}

impl Cutter<'_> {
    async fn pin(&mut self, entry: &Entry, onward: bool) -> anyhow::Result<ClipPlan> {
        let mut pins = self.pins.take().ok_or_else(|| anyhow::anyhow!("an earlier look at the segments failed"))?;
        let wanted = entry.clip_span();
        let (pins, plan) = blocking(move || {
            pins.pin(wanted, onward)?;
            let plan = pins.plan(wanted);
            std::io::Result::Ok((pins, plan))
        })
        .await?;
        self.pins = Some(pins);
        Ok(plan)
    }

    fn parts(&self, plan: &ClipPlan) -> Vec<ClipPart> {
        self.pins.as_ref().map(|pins| pins.parts(plan)).unwrap_or_default()
    }

    /// Whether the missing segments are not to be expected any more.
    fn is_late(&mut self, entry: &Entry, plan: &ClipPlan) -> bool {
        let now = Instant::now();
        let cut_by = self.cut_by.get_or_insert_with(|| {
            let patience = if entry.kind() == EventKind::Manual { STALLED_MANUAL } else { STALLED };
            let longest = plan.parts.iter().map(|part| u64::from(part.duration_ms)).max().unwrap_or(0);
            let longest = Duration::from_millis(longest).min(SEGMENT_MAX);
            let still = entry.clip_span().end.since(Timestamp::from_system(SystemTime::now()));
            // A camera whose clock runs ahead must not keep an event open for as long.
            now + still.min(entry.clip_span().end.since(entry.span().end)) + patience + longest
        });
        now >= *cut_by
    }

    async fn thumbnail_early(&mut self, entry: &Entry, plan: &ClipPlan) {
        if plan.parts.iter().any(|part| part.end() > entry.best_moment()) {
            self.make_thumbnail(entry, plan).await;
        }
    }

    /// Cuts, and tries again where that may help; what comes back is final.
    async fn cut(&mut self, entry: &Entry, plan: &ClipPlan) -> Stage {
        let mut attempt = 1;
        loop {
            let failure = match self.cut_once(entry, plan).await {
                Ok(clip) => return self.ready(entry, plan, clip).await,
                Err(failure) => failure,
            };
            let is_last = attempt == ATTEMPTS && !failure.store_away;
            if is_last || !failure.may_pass || self.recording.is_discarded() {
                return failed(entry, failure.reason);
            }
            if attempt < ATTEMPTS {
                warn!(event.key = %entry.key, attempt, "{}; trying again", failure.reason);
            }
            if failure.disk_full {
                self.deps.room.make().await;
            }
            tokio::time::sleep(ATTEMPT_PAUSE * attempt).await;
            attempt = (attempt + 1).min(ATTEMPTS);
        }
    }

    async fn cut_once(&self, entry: &Entry, plan: &ClipPlan) -> Result<ClipRecord, Failure> {
        let (parts, wanted, library) = (self.parts(plan), entry.clip_span(), self.deps.library.clone());
        let path = MediaPath::clip(entry.key, entry.span().start);
        let started = Instant::now();
        let cut = self.deps.on_cutter(format!("cut {}", entry.key), move || {
            let file = library.create_temp("mp4")?;
            let report = cut_clip(&parts, wanted.start, wanted.end, file.path())?;
            let size_bytes = library.put(file, &path)?;
            let span = iris_domain::Span { start: report.start, end: report.end };
            let gaps = report.gaps.iter().map(|gap| gap.span).collect();
            Ok(ClipRecord { path: path.to_string(), span, gaps, size_bytes })
        });
        let cut = cut.instrument(debug_span!("cut_clip"));
        let clip = cut.await.unwrap_or_else(|error| Err(Failure::from(error)))?;
        metrics::histogram!("iris_recorder_cut_seconds").record(started.elapsed().as_secs_f64());
        Ok(clip)
    }

    async fn ready(&mut self, entry: &Entry, plan: &ClipPlan, clip: ClipRecord) -> Stage {
        self.make_thumbnail(entry, plan).await;
        let thumbnail = match &self.thumbnail {
            Thumbnail::Made(path) => Some(path.clone()),
            Thumbnail::Wanted | Thumbnail::Impossible => None,
        };
        let late = Timestamp::from_system(SystemTime::now()).since(entry.clip_span().end);
        metrics::histogram!("iris_recorder_clip_ready_seconds").record(late.as_secs_f64());
        metrics::counter!("iris_recorder_clips_ready_total").increment(1);
        info!(
            event.key = %entry.key, camera.id = %entry.camera, size_bytes = clip.size_bytes, gaps = clip.gaps.len(),
            "clip of event {} is ready", entry.key
        );
        Stage::Ready { clip, thumbnail }
    }

    async fn make_thumbnail(&mut self, entry: &Entry, plan: &ClipPlan) {
        if !matches!(self.thumbnail, Thumbnail::Wanted) {
            return;
        }
        let (parts, at, library) = (self.parts(plan), entry.best_moment(), self.deps.library.clone());
        let path = MediaPath::thumbnail(entry.key, entry.span().start);
        let made =
            self.deps.on_cutter(format!("thumb {}", entry.key), move || store_thumbnail(&library, &parts, at, &path));
        self.thumbnail = match made.await.unwrap_or_else(|error| Err(Failure::from(error))) {
            Ok(path) => Thumbnail::Made(path),
            Err(failure) => {
                metrics::counter!("iris_recorder_thumbnails_failed_total").increment(1);
                warn!(event.key = %entry.key, "no thumbnail of event {}: {}", entry.key, failure.reason);
                Thumbnail::Impossible
            }
        };
    }
}

fn store_thumbnail(library: &Library, parts: &[ClipPart], at: Timestamp, path: &MediaPath) -> Result<String, Failure> {
    let jpeg = iris_media::thumbnail(parts, at, THUMBNAIL_SIDE_MAX, THUMBNAIL_QUALITY)?;
    library.put_bytes(&jpeg, path)?;
    Ok(path.to_string())
}

fn failed(entry: &Entry, reason: String) -> Stage {
    metrics::counter!("iris_recorder_clips_failed_total").increment(1);
    error!(event.key = %entry.key, camera.id = %entry.camera, "event {} has no clip: {reason}", entry.key);
    Stage::Failed(reason)
}

/// Why an attempt gave nothing.
pub struct Failure {
    reason: String,
    may_pass: bool,
    disk_full: bool,
    /// The object store is away: waited for as long as it takes, since the segments are pinned meanwhile.
    store_away: bool,
}

impl From<ClipError> for Failure {
    fn from(error: ClipError) -> Self {
        let disk_full = error == ClipError::DiskFull;
        Self { reason: error.to_string(), may_pass: error != ClipError::NothingRecorded, disk_full, store_away: false }
    }
}

impl From<LibraryError> for Failure {
    fn from(error: LibraryError) -> Self {
        let disk_full = matches!(error, LibraryError::Full { .. });
        let store_away = matches!(error, LibraryError::Away { .. });
        Self { reason: error.to_string(), may_pass: true, disk_full, store_away }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self { reason: format!("{error:#}"), may_pass: true, disk_full: false, store_away: false }
    }
}
