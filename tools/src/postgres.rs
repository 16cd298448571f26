//! PostgreSQL's own programs, `pg_dump` and `pg_restore`: which of those on this machine fits the server, and how they are run. A
//! password is given to them in the environment, never on a command line, which everybody on the machine can read.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use iris_runtime::SecretUrl;
use url::Url;

/// Where Debian keeps the programs, a folder per version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// A program of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Where it is.
    pub path: PathBuf,
    /// Its major version.
    pub major: u32,
}

/// The program `name` that fits a server of this major version.
///
/// # Errors
/// There is none, or only older ones; the text says what to install.
pub fn find(name: &str, server_major: u32) -> anyhow::Result<Program> {
    choose(name, installed(name), server_major)
}

/// The oldest that is not older than the server, so that a dump can be read by as many as possible.
fn choose(name: &str, programs: Vec<Program>, server_major: u32) -> anyhow::Result<Program> {
    let newest = programs.iter().map(|program| program.major).max();
    let fitting = programs.into_iter().filter(|program| program.major >= server_major);
    match (fitting.min_by_key(|program| program.major), newest) {
        (Some(program), _) => Ok(program),
        (None, None) => bail!(
            "{name} is not installed, and without it the database cannot be copied: install the package postgresql-client-{server_major} \
             (in a container of Iris it is there)"
        ),
        (None, Some(newest)) => bail!(
            "{name} is of version {newest} and older than the server, {server_major}, whose database it cannot copy: install the package \
             postgresql-client-{server_major}, from apt.postgresql.org where Debian has an older one"
        ),
    }
}

fn installed(name: &str) -> Vec<Program> {
    let versions = std::fs::read_dir(VERSIONS).into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = versions.chain(std::env::split_paths(&path)).map(|folder| folder.join(name));
    places.filter(|path| path.is_file()).filter_map(|path| Some(Program { major: major_of(&path)?, path })).collect()
}

/// As it says itself: on Debian the one in the path is a script that runs another.
fn major_of(program: &Path) -> Option<u32> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    parse_major(&String::from_utf8_lossy(&output.stdout))
}

/// The 15 of `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn parse_major(text: &str) -> Option<u32> {
    let version = text.split_once(") ")?.1;
    version.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

/// Writes the whole database to a file, in PostgreSQL's custom format: compressed, without owners and rights, so that whoever restores
/// it owns it.
///
/// # Errors
/// The program's own words.
pub fn dump(program: &Program, database: &SecretUrl, to: &Path) -> anyhow::Result<()> {
    let mut command = command(program, database)?;
    // A table that somebody is changing is not waited for for ever.
    command.args(["--lock-wait-timeout=60s", "--format=custom", "--no-owner", "--no-privileges", "--file"]).arg(to);
    run(command, "pg_dump")
}

/// Brings a dump back into an empty database: all of it, or nothing.
///
/// # Errors
/// The program's own words.
pub fn restore(program: &Program, database: &SecretUrl, from: &Path) -> anyhow::Result<()> {
    let mut command = command(program, database)?;
    command.args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]).arg(from);
    run(command, "pg_restore")
}

/// Whether a dump can be read to its end; says how many things it has.
///
/// # Errors
/// The program's own words.
pub fn contents(program: &Program, dump: &Path) -> anyhow::Result<usize> {
    let output =
        Command::new(&program.path).arg("--list").arg(dump).stdin(Stdio::null()).output().context("run pg_restore")?;
    ensure!(output.status.success(), "pg_restore: {}", String::from_utf8_lossy(&output.stderr).trim());
    let list = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(list.lines().filter(|line| !line.starts_with(';')).count())
}

fn command(program: &Program, database: &SecretUrl) -> anyhow::Result<Command> {
    let (address, password) = without_password(database.expose())?;
    let mut command = Command::new(&program.path);
    command.arg("--no-password").arg(format!("--dbname={address}")).stdin(Stdio::null());
    // What this process was told of a database is not what it is asked to copy.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
        command.env_remove(name);
    }
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    Ok(command)
}

fn run(mut command: Command, name: &str) -> anyhow::Result<()> {
    let output = command.output().with_context(|| format!("run {name}"))?;
    ensure!(output.status.success(), "{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

/// The address that may be shown, and the password apart from it.
fn without_password(url: &str) -> anyhow::Result<(String, Option<String>)> {
    let mut url = Url::parse(url).context("the database's address is none")?;
    let decoded = |text: &str| -> anyhow::Result<String> {
        let bytes = percent_encoding::percent_decode_str(text);
        Ok(bytes.decode_utf8().context("the database's password is not UTF-8")?.into_owned())
    };
    let mut password = url.password().map(decoded).transpose()?;
    ensure!(url.set_password(None).is_ok(), "the database's address is none");
    let mut kept = Vec::new();
    for (key, value) in url.query_pairs() {
        match key.as_ref() {
            "password" => password = Some(value.into_owned()),
            _ => kept.push((key.into_owned(), value.into_owned())),
        }
    }
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    Ok((url.to_string(), password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_that_is_new_enough_is_chosen() {
        let programs = |majors: &[u32]| -> Vec<Program> {
            majors.iter().map(|major| Program { path: PathBuf::from(format!("/{major}")), major: *major }).collect()
        };
        assert_eq!(choose("pg_dump", programs(&[17, 14, 16]), 15).unwrap().major, 16);
        assert_eq!(choose("pg_dump", programs(&[15]), 15).unwrap().major, 15);
        let old = choose("pg_dump", programs(&[13, 14]), 15).unwrap_err().to_string();
        assert!(old.contains("version 14") && old.contains("postgresql-client-15"), "{old}");
        let none = choose("pg_dump", Vec::new(), 15).unwrap_err().to_string();
        assert!(none.contains("not installed") && none.contains("postgresql-client-15"), "{none}");
    }

    #[test]
    fn programs_say_their_version() {
        assert_eq!(parse_major("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_major("pg_restore (PostgreSQL) 19devel\n"), Some(19));
        assert_eq!(parse_major("something else"), None);
    }

    #[test]
    fn the_password_leaves_the_address() {
        for (url, address, password) in [
            ("postgres://iris:p%40ss@db:5/iris", "postgres://iris@db:5/iris", Some("p@ss")),
            ("postgres://iris@db/iris", "postgres://iris@db/iris", None),
            (
                "postgres://db/iris?user=iris&password=secret&sslmode=require",
                "postgres://db/iris?user=iris&sslmode=require",
                Some("secret"),
            ),
        ] {
            let (found, secret) = without_password(url).unwrap();
            assert_eq!((found.as_str(), secret.as_deref()), (address, password), "{url}");
        }
    }
}
