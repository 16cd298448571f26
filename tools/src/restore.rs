//! `iris restore`: a backup into an empty database and an empty library. The services are stopped meanwhile; what is derived from the
//! database (the index of vectors, the bus' buckets and streams) they make anew when they start.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, bail, ensure};
use iris_domain::{ClipChange, EventChange};
use iris_library::{Library, MediaPath};
use iris_models::Digest;
use iris_recorder::{Cell, RecorderSettings};
use iris_runtime::CommonSettings;
use iris_runtime::settings::Loaded;
use iris_store::Store;

use crate::backup::{Backup, DUMP, SETTINGS, verify};
use crate::check::{compare, stamp};
use crate::surroundings::{LIBRARY, blocking};
use crate::{postgres, progress, surroundings};

/// Rows read in one statement.
const PAGE: u64 = 1_000;

/// What to restore.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The backup, or the folder of backups, of which the newest is taken.
    folder: PathBuf,
    /// Restores nothing: reads the backup and looks whether it could be restored here.
    #[arg(long)]
    check: bool,
    /// Replaces what is there: the database's content is deleted, the library is put aside beside the new one.
    #[arg(long)]
    replace: bool,
}

/// Restores, or looks whether it could; says whether all is well.
///
/// # Errors
/// What stands in the way. Until the backup was read to its end and everything in the way was looked for, nothing is changed.
pub async fn command(arguments: &Arguments, config: Option<&Path>) -> anyhow::Result<bool> {
    let backup = Backup::open(&arguments.folder)?;
    let wrong = verify(&backup)?;
    for line in &wrong {
        println!("{line}");
    }
    ensure!(wrong.is_empty(), "this backup is damaged: take another");
    println!("{}: made {}, every file as it was", backup.folder.display(), backup.manifest.made_at);

    let Loaded { common, service: settings } = surroundings::load::<RecorderSettings>(config)?;
    let data_dir = &common.data_dir;
    let store = surroundings::store(&settings).await?;
    let program = postgres::find("pg_restore", backup.manifest.postgres)?;
    postgres::contents(&program, &backup.path(DUMP))?;
    stand_in_the_way(&store, &common, &backup, arguments.replace).await?;
    if arguments.check {
        println!("it can be restored into {} and {}", settings.database_url, data_dir.display());
        return Ok(true);
    }

    let restored = match &common.library_url {
        Some(_) => None,
        None => Some(copy_library(&backup, data_dir)?),
    };
    let bar = progress::counting("restoring the database");
    store.drop_everything().await?;
    postgres::restore(&program, &settings.database_url, &backup.path(DUMP))?;
    // A backup of an older Iris; and rights are not in it.
    store.migrate().await?;
    store.grant().await?;
    bar.finish_and_clear();
    if let Some(restored) = restored
        && let Some(aside) = put_in_place(&restored, data_dir)?
    {
        println!("the library that was there is {}: delete it when all is well", aside.display());
    }
    let (library, cell) = (surroundings::library(&common)?, Cell::open(data_dir)?);
    if common.library_url.is_some() {
        blocking(|| fill_bucket(&backup, &library))?;
    }
    close_unfinished(&store, &cell).await?;

    let report = compare(&store, &library, &cell, false).await?;
    print!("{}", report.text(false));
    let settings = backup.path(SETTINGS);
    if settings.is_dir() {
        println!("The settings of then, without secrets, are in {}.", settings.display());
    }
    println!("Restored. Start the services now: they make anew what is derived from the database.");
    Ok(report.is_well())
}

/// Fails with everything that speaks against a restore here.
async fn stand_in_the_way(
    store: &Store,
    common: &CommonSettings,
    backup: &Backup,
    replace: bool,
) -> anyhow::Result<()> {
    let (mut reasons, data_dir) = (Vec::new(), &common.data_dir);
    let others = store.others().await?;
    if !others.is_empty() {
        reasons.push(format!("others use the database: {}; stop the services first", others.join(", ")));
    }
    let server = store.server().await?;
    if server.major < backup.manifest.postgres {
        reasons.push(format!(
            "the server is PostgreSQL {}, the backup was made of {}: a server of that version or newer is needed",
            server.major, backup.manifest.postgres
        ));
    }
    if !replace && !store.is_empty().await? {
        reasons.push("the database is not empty (--replace deletes what is in it)".to_owned());
    }
    fs::create_dir_all(data_dir).with_context(|| format!("make the folder {}", data_dir.display()))?;
    if let Some(bucket) = &common.library_url {
        let library = surroundings::library(common)?;
        if blocking(|| library.usage())?.files > 0 {
            reasons.push(format!("the bucket {bucket} is not empty: empty it, or name another"));
        }
        return all_of(reasons);
    }
    let library = data_dir.join(LIBRARY);
    if !replace && library.is_dir() && Library::open(&library)?.usage()?.files > 0 {
        reasons.push(format!("the library {} is not empty (--replace puts it aside)", library.display()));
    }
    let disk = rustix::fs::statvfs(data_dir).context("measure the disk of the data folder")?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < backup.manifest.bytes {
        let (free, needed) = (free >> 20, backup.manifest.bytes >> 20);
        reasons.push(format!("{} has {free} MiB free, and {needed} MiB are needed", data_dir.display()));
    }
    all_of(reasons)
}

fn all_of(reasons: Vec<String>) -> anyhow::Result<()> {
    if reasons.is_empty() { Ok(()) } else { bail!("nothing was changed:\n  {}", reasons.join("\n  ")) }
}

/// Copies the backup's library beside its place, each file compared with its hash on the way.
fn copy_library(backup: &Backup, data_dir: &Path) -> anyhow::Result<PathBuf> {
    let restored = data_dir.join(format!(".{LIBRARY}.unfinished"));
    match fs::remove_dir_all(&restored) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).context("remove what an earlier restore left");
        }
        _ => {}
    }
    fs::create_dir_all(&restored).with_context(|| format!("make the folder {}", restored.display()))?;
    let bar = progress::bytes("copying clips and pictures", backup.manifest.bytes);
    for (name, wanted) in &backup.sums {
        let Some(path) = name.strip_prefix(LIBRARY).and_then(|path| path.strip_prefix('/')) else { continue };
        let to = restored.join(path);
        let copy = || {
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut from = File::open(backup.path(name))?;
            let mut copy = File::create_new(&to)?;
            let copied = Digest::of_copy(&mut from, &mut copy)?;
            copy.set_modified(from.metadata()?.modified()?)?;
            io::Result::Ok(copied)
        };
        let (digest, size_bytes) = copy().with_context(|| format!("copy {name}"))?;
        ensure!(digest == *wanted, "{name} changed while it was copied");
        bar.inc(size_bytes);
    }
    bar.finish_and_clear();
    rustix::fs::syncfs(File::open(&restored)?).context("bring the library to the disk")?;
    Ok(restored)
}

/// Stores the backup's library in an empty bucket, each file compared with its hash before.
fn fill_bucket(backup: &Backup, library: &Library) -> anyhow::Result<()> {
    let bar = progress::bytes("storing clips and pictures", backup.manifest.bytes);
    for (name, wanted) in &backup.sums {
        let Some(path) = name.strip_prefix(LIBRARY).and_then(|path| path.strip_prefix('/')) else { continue };
        let path: MediaPath = path.parse().with_context(|| format!("store {name}"))?;
        let file = library.create_temp("part")?;
        let (digest, size_bytes) =
            Digest::of_copy(&mut File::open(backup.path(name))?, &mut File::options().write(true).open(file.path())?)
                .with_context(|| format!("copy {name}"))?;
        ensure!(digest == *wanted, "{name} changed while it was copied");
        library.put(file, &path)?;
        bar.inc(size_bytes);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Gives the restored library its name; what stood there is put aside, unless it was empty.
fn put_in_place(restored: &Path, data_dir: &Path) -> anyhow::Result<Option<PathBuf>> {
    let library = data_dir.join(LIBRARY);
    let mut aside = None;
    if library.is_dir() {
        let old = data_dir.join(format!("{LIBRARY}.before-{}", stamp(SystemTime::now())));
        fs::rename(&library, &old).with_context(|| format!("put {} aside", library.display()))?;
        if Library::open(&old)?.usage()?.files == 0 {
            fs::remove_dir_all(&old).with_context(|| format!("remove {}", old.display()))?;
        } else {
            aside = Some(old);
        }
    }
    fs::rename(restored, &library).context("give the restored library its name")?;
    File::open(data_dir)?.sync_all().context("bring the library's name to the disk")?;
    Ok(aside)
}

/// Events that went on while the backup was made have no clip in it, and their segments are gone.
async fn close_unfinished(store: &Store, cell: &Cell) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let rows = store.events().unfinished(after, PAGE).await?;
        let Some(newest) = rows.last() else { return Ok(()) };
        after = Some(newest.id);
        for row in rows {
            // This cell may have been recording it when the database was lost, and then goes on with it.
            if cell.journals().join(row.key.to_string()).is_dir() {
                continue;
            }
            let clip = Some(ClipChange::Failed("the backup was made while this was recorded".to_owned()));
            let change = EventChange { end_ts: Some(row.end_ts.unwrap_or(row.ts)), clip, ..EventChange::default() };
            store.events().update(row.key, &change).await?;
        }
    }
}
