//! `iris backup`: the database, the media library and the settings, as they belong together, while everything runs.
//!
//! **Consistent** means: every row of the dump that names a file has it in the backup. A file is there before its row says so, and a
//! row is gone before its file. So the files are taken first: what is deleted until the dump is in no row of it. Then the database is
//! dumped, and then the files that came meanwhile are taken too. What an operator deletes in the seconds between the dump and its
//! file's turn is the one thing that can be missing; a restore looks for it, and says so. Files first alone would lack those of the
//! newest rows, and the database first alone those that retention takes while hours of files are copied.
//!
//! **Secrets are not in it**, on purpose: a backup is kept elsewhere and copied often, and whoever finds one would have the key beside
//! the lock. The folder `secrets/` is small and hardly changes; it is kept apart. What *is* in the dump (the cameras' passwords,
//! everybody's face) is reason enough to encrypt the whole: `iris backup - | age -r ...`.

mod folder;
mod manifest;
mod stream;
mod verify;

use std::collections::HashMap;
use std::fs::File;
use std::io::{IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use anyhow::{Context as _, bail, ensure};
use indicatif::HumanBytes;
use iris_domain::Timestamp;
use iris_library::{Library, MediaPath, OpenedFile, StoredFile};
use iris_models::{Digest, Hashing};
use iris_recorder::RecorderSettings;
use iris_runtime::SecretUrl;
use iris_store::{SchemaState, Store};

use crate::surroundings::{LIBRARY, blocking};
use crate::{postgres, progress, surroundings};
use folder::Place;
pub use manifest::{Backup, DUMP, Manifest, SETTINGS, Sums};
use stream::Stream;
pub use verify::verify;

/// What to back up to, and what to do with what is there.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The folder of backups, each a folder in it named by its time; or - for one tar archive on standard output.
    #[arg(value_name = "FOLDER|-")]
    place: PathBuf,
    /// Makes none: reads every file of the newest backup in the folder, or of the backup that is named, and compares its hash.
    #[arg(long)]
    verify: bool,
    /// Afterwards keeps so many of the newest backups and deletes the older ones.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
}

/// Where a backup goes.
pub trait Destination {
    /// Looks whether there is room, before anything is taken.
    fn expect(&self, files: &[StoredFile]) -> anyhow::Result<()>;
    /// A folder for the dump while it is made.
    fn scratch(&self) -> &Path;
    /// Takes a file, and answers with its hash. A path that was taken before is taken anew.
    fn put(&mut self, path: &str, file: Content) -> anyhow::Result<Digest>;
}

/// A file to be taken.
#[derive(Debug)]
pub struct Content {
    from: From,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was written last.
    pub modified: SystemTime,
}

#[derive(Debug)]
enum From {
    File(File),
    Library(OpenedFile),
}

impl Content {
    /// Copies all of it; answers with its hash and how many bytes it was.
    pub fn copy_to(self, to: &mut impl Write) -> anyhow::Result<(Digest, u64)> {
        match self.from {
            From::File(mut file) => Ok(Digest::of_copy(&mut file, to)?),
            From::Library(opened) => {
                let mut hashing = Hashing::new(to);
                opened.copy_to(&mut hashing)?;
                Ok(hashing.finish())
            }
        }
    }
}

/// What a backup is made of.
pub struct Source<'a> {
    /// The database.
    pub store: &'a Store,
    /// Its address, for PostgreSQL's own program.
    pub database: &'a SecretUrl,
    /// The media library.
    pub library: &'a Library,
    /// Names and texts of the settings in force.
    pub settings: Vec<(String, String)>,
}

/// Makes or verifies a backup; says whether all is well.
///
/// # Errors
/// It could not be made; nothing of it stays under a backup's name.
pub async fn command(arguments: &Arguments, config: Option<&Path>) -> anyhow::Result<bool> {
    let to_stdout = arguments.place == Path::new("-");
    if arguments.verify {
        ensure!(!to_stdout, "--verify reads a folder");
        return verify::command(&arguments.place);
    }
    let settings = surroundings::load::<RecorderSettings>(config)?;
    let data_dir = &settings.common.data_dir;
    let (library, _) = surroundings::cell(&settings.common)?;
    let store = surroundings::store(&settings.service).await?;
    let source = Source {
        store: &store,
        database: &settings.service.database_url,
        library: &library,
        settings: surroundings::settings_in_force(config),
    };
    let started = Instant::now();
    if to_stdout {
        ensure!(arguments.keep.is_none(), "--keep deletes older backups in a folder; there is none");
        let out = std::io::stdout();
        ensure!(
            !out.is_terminal(),
            "an archive is not written to a terminal: send it somewhere, `iris backup - >iris.tar`"
        );
        let mut stream = Stream::new(out.lock(), data_dir);
        let (manifest, sums) = take(&source, &mut stream).await?;
        stream.finish(&manifest, &sums)?;
        eprintln!(
            "iris: {} files, {}, in {:.1} s",
            manifest.files,
            HumanBytes(manifest.bytes),
            started.elapsed().as_secs_f64()
        );
        return Ok(true);
    }
    let place = Place::open(&arguments.place)?;
    let folder = data_dir.join(LIBRARY).canonicalize();
    let inside = folder.is_ok_and(|folder| arguments.place.canonicalize().is_ok_and(|place| place.starts_with(folder)));
    ensure!(!inside, "{} is in the library: a backup would copy itself", arguments.place.display());
    let mut unfinished = place.begin(SystemTime::now())?;
    let (manifest, sums) = take(&source, &mut unfinished).await?;
    let (new_files, new_bytes) = unfinished.copied();
    let folder = unfinished.finish(&manifest, &sums)?;
    println!(
        "{}: {} files, {}; of them {new_files} new, {}; {:.1} s",
        folder.display(),
        manifest.files,
        HumanBytes(manifest.bytes),
        HumanBytes(new_bytes),
        started.elapsed().as_secs_f64()
    );
    if let Some(keep) = arguments.keep {
        for old in place.prune(keep as usize)? {
            println!("deleted {}", old.display());
        }
    }
    std::io::stdout().flush()?;
    Ok(true)
}

/// Takes everything, in the order that the head of this file argues for.
async fn take(source: &Source<'_>, to: &mut dyn Destination) -> anyhow::Result<(Manifest, Sums)> {
    match source.store.schema().await? {
        SchemaState::Missing => bail!("there is nothing of Iris in this database (database_url)"),
        SchemaState::Newer(steps) => {
            bail!("the database is newer than this `iris` ({}): use the newer one", steps.join(", "))
        }
        SchemaState::Behind(_) | SchemaState::Current => {}
    }
    let server = source.store.server().await?;
    let program = postgres::find("pg_dump", server.major)?;
    let mut taken = Taken::default();
    let files = blocking(|| list(source.library))?;
    to.expect(&files)?;
    blocking(|| taken.files(source.library, &files, to, "taking clips and pictures"))?;

    let scratch = tempfile::Builder::new().prefix(".dump-").tempfile_in(to.scratch());
    let dump = scratch.with_context(|| format!("make a file in {}", to.scratch().display()))?;
    let bar = progress::counting("dumping the database");
    let made_at = Timestamp::from_system(SystemTime::now());
    postgres::dump(&program, source.database, dump.path())?;
    bar.finish_and_clear();
    taken.put(DUMP, content(dump.path())?, to)?;

    blocking(|| taken.files(source.library, &list(source.library)?, to, "taking what came meanwhile"))?;
    for (name, text) in &source.settings {
        let mut file = tempfile::tempfile().context("make a file")?;
        file.write_all(text.as_bytes())?;
        std::io::Seek::rewind(&mut file)?;
        let size_bytes = text.len() as u64;
        let content = Content { from: From::File(file), size_bytes, modified: SystemTime::now() };
        taken.put(&format!("{SETTINGS}/{name}"), content, to)?;
    }
    Ok((Manifest::new(made_at, server.major, taken.bytes(), &taken.sums), taken.sums))
}

fn list(library: &Library) -> anyhow::Result<Vec<StoredFile>> {
    let mut files = Vec::new();
    library.walk(|file| files.push(file))?;
    // What belongs together lies together, and two backups are alike.
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// What was taken so far.
#[derive(Default)]
struct Taken {
    sums: Sums,
    sizes: HashMap<String, u64>,
    library: HashMap<MediaPath, (u64, SystemTime)>,
}

impl Taken {
    /// Takes the files that were not taken yet, or are others now.
    fn files(
        &mut self,
        library: &Library,
        files: &[StoredFile],
        to: &mut dyn Destination,
        what: &'static str,
    ) -> anyhow::Result<()> {
        let wanted = |file: &&StoredFile| self.library.get(&file.path) != Some(&(file.size_bytes, file.modified));
        let wanted: Vec<&StoredFile> = files.iter().filter(wanted).collect();
        let bar = progress::bytes(what, wanted.iter().map(|file| file.size_bytes).sum());
        for file in wanted {
            // Deleted since it was listed: then its row was, before.
            let Some(opened) = library.get(&file.path)? else { continue };
            let (size_bytes, modified) = (opened.size_bytes, opened.modified);
            let content = Content { from: From::Library(opened), size_bytes, modified };
            self.put(&format!("{LIBRARY}/{}", file.path), content, to)?;
            self.library.insert(file.path.clone(), (size_bytes, modified));
            bar.inc(size_bytes);
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn put(&mut self, path: &str, content: Content, to: &mut dyn Destination) -> anyhow::Result<()> {
        self.sizes.insert(path.to_owned(), content.size_bytes);
        let digest = to.put(path, content).with_context(|| format!("take {path}"))?;
        self.sums.insert(path.to_owned(), digest);
        Ok(())
    }

    fn bytes(&self) -> u64 {
        self.sizes.values().sum()
    }
}

fn content(path: &Path) -> anyhow::Result<Content> {
    let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
    let metadata = file.metadata()?;
    Ok(Content { size_bytes: metadata.len(), modified: metadata.modified()?, from: From::File(file) })
}
