//! Whether a backup is still what it was when it was made.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::Path;

use iris_models::Digest;

use super::manifest::{Backup, DUMP, MANIFEST, SUMS};
use crate::{postgres, progress};

/// Reads every file of a backup and compares it with its hash. Answers with what is wrong, a line for each.
///
/// # Errors
/// The folder cannot be listed.
pub fn verify(backup: &Backup) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    let bar = progress::bytes("reading the backup", backup.manifest.bytes);
    for (name, wanted) in &backup.sums {
        match read(&backup.path(name)) {
            Ok((digest, size_bytes)) => {
                bar.inc(size_bytes);
                if digest != *wanted {
                    wrong.push(format!("{name}: is not what it was when the backup was made"));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => wrong.push(format!("{name}: is missing")),
            Err(error) => wrong.push(format!("{name}: cannot be read: {error}")),
        }
    }
    bar.finish_and_clear();
    let known: BTreeSet<&str> = backup.sums.keys().map(String::as_str).chain([SUMS, MANIFEST]).collect();
    for name in names_below(&backup.folder)? {
        if !known.contains(name.as_str()) {
            wrong.push(format!("{name}: is not a part of the backup"));
        }
    }
    if !backup.sums.contains_key(DUMP) {
        wrong.push(format!("{DUMP}: is missing in the list"));
    }
    Ok(wrong)
}

fn read(path: &Path) -> io::Result<(Digest, u64)> {
    Digest::of_copy(&mut File::open(path)?, &mut io::sink())
}

/// Prints what is wrong with a backup; says whether nothing is.
pub(super) fn command(folder: &Path) -> anyhow::Result<bool> {
    let backup = Backup::open(folder)?;
    let mut wrong = verify(&backup)?;
    match postgres::find("pg_restore", backup.manifest.postgres)
        .and_then(|program| postgres::contents(&program, &backup.path(DUMP)))
    {
        Ok(_) => {}
        Err(error) => wrong.push(format!("{DUMP}: {error:#}")),
    }
    for line in &wrong {
        println!("{line}");
    }
    let (folder, manifest) = (backup.folder.display(), &backup.manifest);
    match wrong.len() {
        0 => println!("{folder}: made {}, {} files, every one as it was", manifest.made_at, manifest.files),
        count => {
            println!("{folder}: made {}, {} files; {count} wrong: do not rely on it", manifest.made_at, manifest.files)
        }
    }
    Ok(wrong.is_empty())
}

/// Every file below a folder, by its path from there.
fn names_below(root: &Path) -> io::Result<Vec<String>> {
    let (mut folders, mut names) = (vec![root.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if let Ok(path) = entry.path().strip_prefix(root) {
                names.push(path.to_string_lossy().into_owned());
            }
        }
    }
    names.sort();
    Ok(names)
}
