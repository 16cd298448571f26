//! The library's contract, on a real folder.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use iris_library::{Library, LibraryError, MediaPath, OpenedFile, Usage};
use tempfile::TempDir;

fn library() -> (TempDir, Library) {
    let folder = TempDir::new().unwrap();
    let library = Library::open(&folder.path().join("media")).unwrap();
    (folder, library)
}

fn path(text: &str) -> MediaPath {
    text.parse().unwrap()
}

fn content(library: &Library, path: &MediaPath) -> Option<String> {
    Some(text(library.get(path).unwrap()?))
}

fn text(opened: OpenedFile) -> String {
    let size_bytes = opened.size_bytes;
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let content = runtime.block_on(opened.read()).unwrap();
    assert_eq!(size_bytes, content.len() as u64);
    String::from_utf8(content.to_vec()).unwrap()
}

fn names_in(folder: &TempDir, below: &str) -> Vec<String> {
    let entries = fs::read_dir(folder.path().join("media").join(below)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_file_written_by_path_appears_when_it_is_put() {
    let (folder, library) = library();
    let clip = path("clips/2026/11/23/a.mp4");
    let temp = library.create_temp("mp4").unwrap();
    assert_eq!(temp.path().extension().unwrap(), "mp4");
    fs::write(temp.path(), "moving pictures").unwrap();
    assert!(library.get(&clip).unwrap().is_none());
    assert_eq!(library.put(temp, &clip).unwrap(), 15);
    assert_eq!(content(&library, &clip).as_deref(), Some("moving pictures"));
    assert_eq!(names_in(&folder, ".tmp"), [""; 0]);
    assert_eq!(library.put_bytes(b"again", &clip).unwrap(), 5);
    assert_eq!(content(&library, &clip).as_deref(), Some("again"));
}

#[test]
fn a_file_that_is_not_put_leaves_nothing() {
    let (folder, library) = library();
    drop(library.create_temp("mp4").unwrap());
    assert_eq!(names_in(&folder, ".tmp"), [""; 0]);
}

#[test]
fn a_reader_sees_the_old_file_or_the_new_one_and_nothing_between() {
    let (_folder, library) = library();
    let thumbnail = path("thumbnails/a.jpg");
    let versions = ["x".repeat(300_000), "y".repeat(200_000)];
    library.put_bytes(versions[0].as_bytes(), &thumbnail).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let seen = content(&library, &thumbnail).unwrap();
                assert!(versions.contains(&seen), "{} bytes that nobody wrote", seen.len());
            }
        });
        for round in 0..40 {
            library.put_bytes(versions[round % 2].as_bytes(), &thumbnail).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
}

#[test]
fn deleting_twice_says_so() {
    let (_folder, library) = library();
    let clip = path("clips/a.mp4");
    library.put_bytes(b"a", &clip).unwrap();
    let reading = library.get(&clip).unwrap().unwrap();
    assert!(library.delete(&clip).unwrap());
    assert!(!library.delete(&clip).unwrap());
    assert!(!library.delete(&path("no/such/folder/a.mp4")).unwrap());
    assert!(library.get(&clip).unwrap().is_none());
    assert_eq!(text(reading), "a", "whoever reads it reads on");
}

#[test]
fn what_is_set_aside_keeps_its_path_and_leaves_the_library() {
    let (folder, library) = library();
    let clip = path("clips/2026/11/23/a.mp4");
    library.put_bytes(b"whose?", &clip).unwrap();
    let aside = folder.path().join("quarantine/now");
    assert!(library.set_aside(&clip, &aside).unwrap());
    assert_eq!(std::fs::read(aside.join(clip.as_str())).unwrap(), b"whose?");
    assert_eq!(content(&library, &clip), None);
    assert!(!library.set_aside(&clip, &aside).unwrap(), "there is none any more");
}

#[test]
fn links_that_lead_outside_are_refused() {
    let (folder, library) = library();
    let media = folder.path().join("media");
    let secret = folder.path().join("secret.mp4");
    fs::write(&secret, "secret").unwrap();
    fs::create_dir(media.join("clips")).unwrap();
    symlink(&secret, media.join("clips/absolute.mp4")).unwrap();
    symlink("../../secret.mp4", media.join("clips/relative.mp4")).unwrap();
    symlink(folder.path(), media.join("out")).unwrap();
    for text in ["clips/absolute.mp4", "clips/relative.mp4", "out/secret.mp4"] {
        let refused = library.get(&path(text)).unwrap_err();
        assert!(matches!(refused, LibraryError::Foreign { .. }), "{text}: {refused:?}");
    }
    let refused = library.delete(&path("out/secret.mp4")).unwrap_err();
    assert!(matches!(refused, LibraryError::Foreign { .. }), "{refused:?}");
    library.put_bytes(b"x", &path("out/x.mp4")).unwrap_err();
    assert!(!folder.path().join("x.mp4").exists());
    assert!(library.delete(&path("clips/absolute.mp4")).unwrap(), "a link is deleted, not what it leads to");
    library.put_bytes(b"new", &path("clips/relative.mp4")).unwrap();
    assert_eq!(fs::read_to_string(&secret).unwrap(), "secret");
    assert_eq!(library.usage().unwrap(), Usage { files: 1, bytes: 3 });
}

#[test]
fn a_folder_is_no_file() {
    let (_folder, library) = library();
    library.put_bytes(b"a", &path("clips/2026/a.mp4")).unwrap();
    let refused = library.get(&path("clips/2026")).unwrap_err();
    assert!(matches!(refused, LibraryError::Foreign { .. }), "{refused:?}");
    assert!(library.delete(&path("clips/2026")).is_err());
}

#[test]
fn a_walk_finds_every_file_and_nothing_hidden() {
    let (folder, library) = library();
    let kept = library.create_temp("mp4").unwrap();
    for (name, size) in [("clips/2026/11/a.mp4", 3), ("clips/2026/12/b.mp4", 4), ("c.jpg", 5)] {
        library.put_bytes(&vec![0; size], &path(name)).unwrap();
    }
    symlink("clips", folder.path().join("media/loop")).unwrap();
    let mut found = Vec::new();
    library.walk(|file| found.push((file.path.to_string(), file.size_bytes))).unwrap();
    found.sort();
    let expected = [("c.jpg", 5), ("clips/2026/11/a.mp4", 3), ("clips/2026/12/b.mp4", 4)];
    assert_eq!(found, expected.map(|(name, size)| (name.to_owned(), size)));
    assert_eq!(library.usage().unwrap(), Usage { files: 3, bytes: 12 });
    drop(kept);
}

#[test]
fn what_a_crash_left_is_removed_once_it_is_stale() {
    let (folder, library) = library();
    let crashed = library.create_temp("mp4").unwrap();
    std::mem::forget(crashed);
    let hour = Duration::from_secs(3_600);
    assert_eq!(library.remove_stale_temps(SystemTime::now() - hour).unwrap(), 0);
    assert_eq!(library.remove_stale_temps(SystemTime::now() + hour).unwrap(), 1);
    assert_eq!(names_in(&folder, ".tmp"), [""; 0]);
}

#[test]
fn the_disk_has_some_room_and_not_more_than_its_size() {
    let (_folder, library) = library();
    let space = library.space().unwrap();
    assert!(0 < space.free_bytes && space.free_bytes <= space.total_bytes, "{space:?}");
}

#[test]
fn an_unfinished_file_that_became_a_link_is_not_stored() {
    let (_folder, library) = library();
    let temp = library.create_temp("mp4").unwrap();
    fs::remove_file(temp.path()).unwrap();
    symlink("/etc/passwd", temp.path()).unwrap();
    let refused = library.put(temp, &path("clips/a.mp4")).unwrap_err();
    assert!(matches!(refused, LibraryError::Foreign { .. }), "{refused:?}");
    assert!(library.get(&path("clips/a.mp4")).unwrap().is_none());
}

#[test]
fn a_root_that_cannot_be_is_named() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let refused = Library::open(&folder.path().join("file/media")).unwrap_err();
    assert!(refused.to_string().starts_with("open the library `"), "{refused}");
}
