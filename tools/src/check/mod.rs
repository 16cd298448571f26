//! `iris check`: rows against files, both ways. Gathers, lets `iris_domain::stored_files` judge, and with `--repair` mends.
//!
//! It can run beside the services, since what is written changes in an order: a file is there before its row says so, and a row is
//! gone before its file. So the files are listed first, then the unfinished work that may come to name some, then the rows; and what
//! seems wrong is asked for once more before it is believed.

mod compare;
mod mend;
mod open;
mod report;

use std::time::SystemTime;

use iris_runtime::CommonSettings;
use iris_store::Store;

use crate::surroundings;

pub use compare::compare;
pub use mend::mend;
pub use report::{Finding, Report, Wrong};

/// Clips that are opened and read where not all are: an even choice of them.
pub const CLIPS_SAMPLED: usize = 100;

/// What a check does.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Arguments {
    /// Opens every clip and picture and reads it to its end, not only a hundred clips. Takes as long as reading the whole library.
    #[arg(long)]
    pub deep: bool,
    /// Mends what can be mended. Nothing is deleted: files go to `quarantine` in the data folder, by the same path.
    #[arg(long)]
    pub repair: bool,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

/// Checks, mends if that is wanted, and prints; says whether nothing is wrong any more.
///
/// # Errors
/// The database or the disk does not answer, or there is no library.
pub async fn command(arguments: &Arguments, store: &Store, common: &CommonSettings) -> anyhow::Result<bool> {
    let (library, cell) = surroundings::cell(common)?;
    let mut report = compare(store, &library, &cell, arguments.deep).await?;
    if arguments.repair && !report.findings.is_empty() {
        let quarantine = common.data_dir.join("quarantine").join(stamp(SystemTime::now()));
        mend(&mut report, store, &library, &quarantine).await?;
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.text(arguments.repair));
    }
    Ok(report.is_well())
}

/// A moment as the name of a folder, such as `2026-11-30T094512Z`.
pub(crate) fn stamp(at: SystemTime) -> String {
    let text = iris_domain::Timestamp::from_system(at).to_string();
    format!("{}Z", text[.."YYYY-MM-DDTHH:MM:SS".len()].replace(':', ""))
}
