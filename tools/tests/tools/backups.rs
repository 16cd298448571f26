//! `iris backup` and `iris restore`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use iris_domain::ClipStatus;
use iris_store::{Store, StoreOptions};
use iris_testkit::deployment::Deployment;
use iris_testkit::postgres::{PostgresServer, TestDatabase, psql};
use secrecy::SecretString;
use tempfile::TempDir;

use crate::world::{World, iris, out, said};

/// The rows that a person has made or that were recorded, as text, in every table.
const ROWS: &str = "SELECT (SELECT json_agg(t ORDER BY id) FROM events AS t), (SELECT json_agg(t ORDER BY id) FROM cameras AS t), \
    (SELECT json_agg(t ORDER BY id) FROM identities AS t), (SELECT json_agg(t ORDER BY id) FROM sightings AS t), \
    (SELECT json_agg(t ORDER BY id) FROM face_samples AS t), (SELECT json_agg(t ORDER BY id) FROM person_faces AS t), \
    (SELECT json_agg(t ORDER BY grain, camera_id, label, bucket) FROM event_totals AS t)";

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Every file below a folder with its content, hidden ones left out.
pub fn content(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut folders, mut files) = (vec![root.to_owned()], BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name().to_str().unwrap().starts_with('.') {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                files.insert(entry.path().strip_prefix(root).unwrap().to_owned(), fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

pub fn backups(place: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    found
}

/// A backup is named by its second, so the next one waits for the next.
pub fn next_second(place: &Path) {
    let last = if place.exists() { backups(place).pop() } else { None };
    while last.as_ref().is_some_and(|last| last.ends_with(now())) {
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn backed_up(world: &World, place: &Path, further: &[&str]) -> PathBuf {
    next_second(place);
    let made = world.iris(&[&["backup", text(place)], further].concat());
    assert!(made.status.success(), "{}", said(&made));
    backups(place).pop().unwrap()
}

fn now() -> String {
    let date = Command::new("date").args(["-u", "+%Y-%m-%dT%H%M%SZ"]).output().unwrap();
    String::from_utf8(date.stdout).unwrap().trim().to_owned()
}

/// A machine on which nothing was recorded yet.
struct Fresh {
    database: TestDatabase,
    folder: TempDir,
}

impl Fresh {
    async fn new() -> Self {
        Self { database: TestDatabase::create().await.unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    fn iris(&self, arguments: &[&str]) -> std::process::Output {
        iris(&self.database.url(), self.folder.path(), arguments)
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("library")
    }
}

#[tokio::test]
async fn what_was_backed_up_comes_back_as_it_was() {
    let world = World::new().await;
    let camera = world.camera().await;
    let (event, _) = (world.event(camera).await, world.event(camera).await);
    world.people(camera);
    let (open, _) = world.open_event(camera, Duration::from_secs(30)).await;
    let place = world.data_dir().join("backups");
    let backup = backed_up(&world, &place, &[]);

    // Nobody else may read it, and nothing of the password is in the settings.
    assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o700);
    let settings = fs::read_to_string(backup.join("settings/recorder.toml")).unwrap();
    assert!(settings.contains("database_url = \"postgres://***@"), "{settings}");
    // sha256sum understands it where there is no Iris.
    let checked = Command::new("sha256sum").args(["--check", "--quiet", "SHA256SUMS"]).current_dir(&backup).output();
    assert!(checked.unwrap().status.success());

    let fresh = Fresh::new().await;
    let looked = fresh.iris(&["restore", text(&place), "--check"]);
    assert!(looked.status.success() && !fresh.library().exists(), "{}", said(&looked));
    let restored = fresh.iris(&["restore", text(&place)]);
    assert!(restored.status.success(), "{}", said(&restored));
    assert!(out(&restored).contains("Nothing is wrong."), "{}", said(&restored));

    assert_eq!(content(&fresh.library()), content(&world.data_dir().join("library")));
    let store = fresh.database.store().await.unwrap();
    let closed = store.events().get(open).await.unwrap().unwrap();
    assert_eq!(closed.clip_status, ClipStatus::Failed);
    assert_eq!(closed.clip_failure.as_deref(), Some("the backup was made while this was recorded"));
    // But for the event that went on, every row is the same, and the next one has a new id.
    let without = format!("DELETE FROM events WHERE id = {open}");
    world.database.sql(&without).unwrap();
    fresh.database.sql(&without).unwrap();
    assert_eq!(fresh.database.sql(ROWS).unwrap(), world.database.sql(ROWS).unwrap());
    assert_eq!(store.events().get(event.id).await.unwrap(), world.store.events().get(event.id).await.unwrap());
    assert!(fresh.database.sql("INSERT INTO people (name) VALUES ('Ada') RETURNING id").unwrap().starts_with('2'));
}

#[tokio::test]
async fn the_next_backup_copies_what_is_new_and_stands_for_itself() {
    let world = World::new().await;
    let camera = world.camera().await;
    let (kept, deleted) = (world.event(camera).await, world.event(camera).await);
    let place = world.data_dir().join("backups");
    let first = backed_up(&world, &place, &[]);
    // Deleted as a service does it: the row, then the files.
    world.store.events().delete(&[deleted.id]).await.unwrap();
    for path in [&deleted.clip, &deleted.thumbnail] {
        world.library.delete(path).unwrap();
    }
    let added = world.event(camera).await;
    // Written anew under the same name, and larger.
    world.put(&kept.thumbnail, &[crate::world::jpeg(), vec![0; 10]].concat());
    let second = backed_up(&world, &place, &[]);

    let file = |backup: &Path, path: &iris_library::MediaPath| backup.join("library").join(path.as_str());
    let inode = |path: PathBuf| fs::metadata(path).unwrap().ino();
    assert_eq!(inode(file(&first, &kept.clip)), inode(file(&second, &kept.clip)));
    assert_ne!(inode(file(&first, &kept.thumbnail)), inode(file(&second, &kept.thumbnail)));
    assert!(file(&second, &added.clip).exists() && !file(&second, &deleted.clip).exists());
    for backup in [&first, &second] {
        let verified = world.iris(&["backup", text(backup), "--verify"]);
        assert!(verified.status.success(), "{}", said(&verified));
    }
    let third = backed_up(&world, &place, &["--keep", "1"]);
    assert_eq!(backups(&place), std::slice::from_ref(&third));
    // The files it shared with those that are gone are its own.
    assert!(world.iris(&["restore", text(&third), "--check"]).status.code() == Some(1), "the database is in use");
    let fresh = Fresh::new().await;
    let restored = fresh.iris(&["restore", text(&third)]);
    assert!(restored.status.success(), "{}", said(&restored));
    assert_eq!(content(&fresh.library()), content(&world.data_dir().join("library")));
}

#[tokio::test]
async fn a_damaged_backup_is_recognised_and_not_restored() {
    let world = World::new().await;
    let event = world.event(world.camera().await).await;
    let place = world.data_dir().join("backups");
    let backup = backed_up(&world, &place, &[]);
    let clip = backup.join("library").join(event.clip.as_str());
    let whole = fs::read(&clip).unwrap();
    let flipped = [&whole[..100], &[whole[100] ^ 1], &whole[101..]].concat();
    let fresh = Fresh::new().await;
    let damage: [(&str, &dyn Fn()); 3] = [
        ("is not what it was", &|| fs::write(&clip, &flipped).unwrap()),
        ("is missing", &|| fs::remove_file(&clip).unwrap()),
        ("is not a part of the backup", &|| {
            fs::write(&clip, &whole).unwrap();
            fs::write(backup.join("library/more"), b"?").unwrap();
        }),
    ];
    for (word, spoil) in damage {
        spoil();
        let verified = world.iris(&["backup", text(&place), "--verify"]);
        assert!(verified.status.code() == Some(1) && said(&verified).contains(word), "{}", said(&verified));
        let refused = fresh.iris(&["restore", text(&place)]);
        assert!(refused.status.code() == Some(1) && said(&refused).contains("damaged"), "{}", said(&refused));
        assert!(
            !fresh.library().exists() && fresh.database.sql("SELECT count(*) FROM events").unwrap().starts_with('0')
        );
    }
}

#[tokio::test]
async fn nothing_that_is_there_is_replaced_unless_it_is_said() {
    let world = World::new().await;
    let event = world.event(world.camera().await).await;
    let place = world.data_dir().join("backups");
    backed_up(&world, &place, &[]);
    let other = World::new().await;
    let theirs = other.event(other.camera().await).await;
    // The test's own connections, as a service would have them.
    let in_use = said(&other.iris(&["restore", text(&place), "--replace"]));
    assert!(in_use.contains("nothing was changed") && in_use.contains("iris-test"), "{in_use}");
    let World { database, store, folder, .. } = other;
    store.close().await.unwrap();
    let refused = said(&iris(&database.url(), folder.path(), &["restore", text(&place)]));
    assert!(
        refused.contains("the database is not empty") && refused.contains("is not empty (--replace puts"),
        "{refused}"
    );
    let replaced = iris(&database.url(), folder.path(), &["restore", text(&place), "--replace"]);
    assert!(replaced.status.success(), "{}", said(&replaced));
    let library = folder.path().join("library");
    assert!(library.join(event.clip.as_str()).exists() && !library.join(theirs.clip.as_str()).exists());
    let mut there = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let aside = there.find(|path| text(path).contains("library.before-")).unwrap();
    assert!(aside.join(theirs.clip.as_str()).exists());
}

#[tokio::test]
async fn an_archive_goes_through_a_pipe_and_is_a_backup() {
    let world = World::new().await;
    world.event(world.camera().await).await;
    let fresh = Fresh::new().await;
    let unpacked = fresh.folder.path().join("unpacked");
    fs::create_dir(&unpacked).unwrap();
    let archive = world.iris(&["backup", "-"]);
    assert!(archive.status.success(), "{}", String::from_utf8_lossy(&archive.stderr));
    let mut tar = Command::new("tar").args(["-x", "-C", text(&unpacked)]).stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut tar.stdin.take().unwrap(), &archive.stdout).unwrap();
    assert!(tar.wait().unwrap().success());
    let restored = fresh.iris(&["restore", text(&unpacked)]);
    assert!(restored.status.success(), "{}", said(&restored));
    assert_eq!(content(&fresh.library()), content(&world.data_dir().join("library")));
}

#[tokio::test]
async fn a_backup_that_fails_leaves_nothing_under_a_name() {
    let world = World::new().await;
    world.event(world.camera().await).await;
    let place = world.data_dir().join("backups");
    backed_up(&world, &place, &[]);
    let made = backups(&place);
    // What a power cut leaves of the next one goes with the next.
    fs::create_dir(place.join(".2026-11-30T000000Z.unfinished")).unwrap();
    world
        .database
        .sql("DELETE FROM seaql_migrations; INSERT INTO seaql_migrations VALUES ('9999_of_a_later_version', 0)")
        .unwrap();
    next_second(&place);
    let failed = world.iris(&["backup", text(&place)]);
    assert!(failed.status.code() == Some(1) && said(&failed).contains("newer than this"), "{}", said(&failed));
    assert_eq!(backups(&place), made);
}

/// With the roles of a deployment: the tables' owner copies and makes them, and the services read and write what came back.
#[tokio::test]
async fn a_deployments_backup_comes_back_with_its_rights() -> anyhow::Result<()> {
    let server = PostgresServer::start().await?;
    let deployment = Deployment::prepare(4222, server.port())?;
    psql(&server.url("postgres"), "CREATE DATABASE iris")?;
    server.make_roles("iris", &deployment)?;
    let url = |role: &str| deployment.read(&format!("database_url_{role}"));
    let store = async |role: &str| -> anyhow::Result<Store> {
        Ok(Store::open(&SecretString::from(url(role)?), &StoreOptions::new("iris-test")).await?)
    };
    let folder = tempfile::tempdir()?;
    let (place, library) = (folder.path().join("backups"), folder.path().join("library"));
    fs::create_dir(&library)?;
    let owner = store("owner").await?;
    owner.migrate().await?;
    owner.close().await?;
    psql(&url("service")?, "INSERT INTO people (name) VALUES ('Lin')")?;
    let made = iris(&url("owner")?, folder.path(), &["backup", text(&place)]);
    assert!(made.status.success(), "{}", said(&made));

    // The server is another one, on which roles.sql was run and nothing else.
    psql(&server.url("postgres"), "DROP DATABASE iris")?;
    psql(&server.url("postgres"), "CREATE DATABASE iris")?;
    server.make_roles("iris", &deployment)?;
    let restored = iris(&url("owner")?, folder.path(), &["restore", text(&place)]);
    assert!(restored.status.success(), "{}", said(&restored));
    let service = url("service")?;
    assert_eq!(psql(&service, "SELECT name FROM people")?.trim(), "Lin");
    psql(&service, "UPDATE people SET name = 'Ada'; INSERT INTO people (name) VALUES ('Lin')")?;
    assert!(psql(&service, "TRUNCATE people").is_err() && psql(&service, "DROP TABLE people").is_err());
    // And once more over what is there, as the owner.
    let replaced = iris(&url("owner")?, folder.path(), &["restore", text(&place), "--replace"]);
    assert!(replaced.status.success(), "{}", said(&replaced));
    assert_eq!(psql(&service, "SELECT name FROM people")?.trim(), "Lin");
    Ok(())
}
