//! Mends what a check found. Each step asks again whether things are still so, and what is not is left as it is.

use std::path::Path;
use std::time::{Duration, SystemTime};

use iris_domain::stored_files::{Flaw, Repair, SETTLED};
use iris_domain::{ClipChange, EventChange};
use iris_library::{Library, MediaPath};
use iris_store::{Store, Written};

use super::report::{Report, Wrong};
use crate::surroundings::blocking;

/// Mends what can be, and notes what was; files that are nobody's or broken go to `quarantine`.
///
/// # Errors
/// The database or the disk does not answer; what was mended until then stays so.
pub async fn mend(report: &mut Report, store: &Store, library: &Library, quarantine: &Path) -> anyhow::Result<()> {
    let mut set_aside = false;
    for finding in &mut report.findings {
        finding.mended = match &finding.wrong {
            Wrong::Orphan { path, .. } => {
                let moved =
                    blocking(|| anyhow::Ok(is_settled(library, path)? && library.set_aside(path, quarantine)?))?;
                set_aside |= moved;
                moved
            }
            Wrong::Forgotten { key, ts, end_ts, .. } => {
                let clip = Some(ClipChange::Failed("the recorder's notes of this event were lost".to_owned()));
                let change = EventChange { end_ts: Some(end_ts.unwrap_or(*ts)), clip, ..EventChange::default() };
                store.events().update(*key, &change).await? == Written::Updated
            }
            Wrong::Row { used_as, row, path, flaw, repair } => {
                let files = store.files();
                let changed = match (repair, flaw) {
                    (Repair::Leave, _) => false,
                    (Repair::TakeSize, Flaw::OtherSize { found, .. }) => {
                        files.set_clip_size(*row, path, *found).await?
                    }
                    (Repair::TakeSize, _) => false,
                    (Repair::FailClip | Repair::FailClipAndSetAside, flaw) => {
                        files.fail_clip(*row, path, &why_no_clip(flaw)).await?
                    }
                    (Repair::Forget | Repair::ForgetAndSetAside, _) => files.forget(*used_as, *row, path).await?,
                };
                // The row first: a file that is gone while a row names it would be the greater evil.
                let aside = matches!(repair, Repair::FailClipAndSetAside | Repair::ForgetAndSetAside);
                if changed
                    && aside
                    && let Ok(path) = path.parse::<MediaPath>()
                {
                    set_aside |= blocking(|| library.set_aside(&path, quarantine))?;
                }
                changed
            }
        };
    }
    report.quarantine = set_aside.then(|| quarantine.to_owned());
    Ok(())
}

/// What the event says of its clip from now on.
fn why_no_clip(flaw: &Flaw) -> String {
    match flaw {
        Flaw::Broken(why) => format!("the clip was found broken: {why}"),
        Flaw::Missing | Flaw::OtherSize { .. } => "the clip's file was lost".to_owned(),
    }
}

/// Whether nobody has written the file anew since it was found.
fn is_settled(library: &Library, path: &MediaPath) -> anyhow::Result<bool> {
    let age = |modified| SystemTime::now().duration_since(modified).unwrap_or(Duration::ZERO);
    Ok(library.get(path)?.is_some_and(|file| age(file.modified) >= SETTLED))
}
