//! The library's contract in a bucket, on a real server that speaks S3.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::sync::Arc;

use futures::TryStreamExt as _;
use iris_library::{Library, LibraryError, MediaPath, Usage};
use iris_testkit::bucket::BucketServer;
use tempfile::TempDir;

struct Stage {
    server: BucketServer,
    library: Arc<Library>,
    _folder: TempDir,
}

impl Stage {
    async fn set(below: &str) -> Self {
        let server = BucketServer::start().await.unwrap();
        let folder = TempDir::new().unwrap();
        let library = Arc::new(Library::open_in(Some(&server.url(below)), folder.path()).unwrap());
        Self { server, library, _folder: folder }
    }

    /// Does what blocks where it may.
    async fn with<T: Send + 'static>(&self, work: impl FnOnce(&Library) -> T + Send + 'static) -> T {
        let library = self.library.clone();
        tokio::task::spawn_blocking(move || work(&library)).await.unwrap()
    }
}

fn path(text: &str) -> MediaPath {
    text.parse().unwrap()
}

fn clip() -> MediaPath {
    path("clips/2026/11/23/a.mp4")
}

async fn part(stage: &Stage, first: u64, length: u64) -> Vec<u8> {
    let opened = stage.with(|library| library.get(&clip())).await.unwrap().unwrap();
    let pieces: Vec<_> = opened.stream(first, length).try_collect().await.unwrap();
    pieces.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_can_be_read_in_parts_replaced_and_deleted() {
    let stage = Stage::set("berlin/yard").await;
    let put = stage.with(|library| {
        let temp = library.create_temp("mp4").unwrap();
        std::fs::write(temp.path(), "moving pictures").unwrap();
        let made = temp.path().to_owned();
        (library.get(&clip()).unwrap().is_none(), library.put(temp, &clip()).unwrap(), made.exists())
    });
    assert_eq!(put.await, (true, 15, false));
    assert_eq!(part(&stage, 0, 15).await, b"moving pictures");
    assert_eq!(part(&stage, 7, 4).await, b"pict");
    assert_eq!(part(&stage, 15, 0).await, b"");
    assert!(stage.server.folder().join("berlin/yard/clips/2026/11/23/a.mp4").is_file(), "in the folder of the address");

    let before = stage.with(|library| library.get(&clip())).await.unwrap().unwrap();
    assert_eq!(stage.with(|library| library.put_bytes(b"again", &clip())).await.unwrap(), 5);
    let after = stage.with(|library| library.get(&clip())).await.unwrap().unwrap();
    assert!(after.size_bytes == 5 && after.modified >= before.modified);
    assert_eq!(after.read().await.unwrap(), "again");
    assert!(stage.with(|library| library.delete(&clip())).await.unwrap());
    assert!(!stage.with(|library| library.delete(&clip())).await.unwrap());
    assert!(stage.with(|library| library.get(&clip())).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_clip_goes_up_in_pieces_and_comes_back_whole() {
    let stage = Stage::set("").await;
    let long: Arc<Vec<u8>> =
        Arc::new((0..20_000_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect());
    let written = long.clone();
    let put = stage.with(move |library| {
        let temp = library.create_temp("mp4").unwrap();
        std::fs::write(temp.path(), written.as_slice()).unwrap();
        library.put(temp, &clip())
    });
    assert_eq!(put.await.unwrap(), long.len() as u64);
    assert!(part(&stage, 0, long.len() as u64).await == *long);
    assert!(part(&stage, 8_388_600, 20).await == long[8_388_600..8_388_620], "across two pieces");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_finds_what_is_in_its_folder_and_nothing_else() {
    let stage = Stage::set("one").await;
    let walked = stage.with(|library| {
        for name in ["clips/2026/11/23/a.mp4", "clips/2026/11/23/a.jpg", "faces/b.jpg"] {
            library.put_bytes(name.as_bytes(), &path(name)).unwrap();
        }
        let mut names = Vec::new();
        library.walk(|file| names.push((file.path.to_string(), file.size_bytes))).unwrap();
        names.sort();
        (names, library.usage().unwrap())
    });
    let (names, usage) = walked.await;
    let wanted = [("clips/2026/11/23/a.jpg", 22), ("clips/2026/11/23/a.mp4", 22), ("faces/b.jpg", 11)];
    assert_eq!(names, wanted.map(|(name, size)| (name.to_owned(), size)));
    assert_eq!(usage, Usage { files: 3, bytes: 55 });
    let (address, folder) = (stage.server.url("another"), TempDir::new().unwrap());
    let other = Library::open_in(Some(&address), folder.path()).unwrap();
    let found = tokio::task::spawn_blocking(move || other.usage()).await.unwrap().unwrap();
    assert_eq!(found, Usage::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_is_told_apart_and_used_again_when_it_is_back() {
    let mut stage = Stage::set("").await;
    stage.server.stop().await;
    let away = stage.with(|library| library.put_bytes(b"x", &clip())).await.unwrap_err();
    assert!(matches!(away, LibraryError::Away { .. }), "{away}");
    let away = stage.with(|library| library.get(&clip())).await.unwrap_err();
    assert!(matches!(away, LibraryError::Away { .. }), "{away}");
    stage.server.start_again().await.unwrap();
    assert_eq!(stage.with(|library| library.put_bytes(b"x", &clip())).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_or_address_is_refused_and_never_shown() {
    let stage = Stage::set("").await;
    let folder = TempDir::new().unwrap();
    let wrong = stage.server.url("").replace("secret%20of", "hunter2");
    let library = Library::open_in(Some(&wrong), folder.path()).unwrap();
    let refused = tokio::task::spawn_blocking(move || library.put_bytes(b"x", &clip())).await.unwrap().unwrap_err();
    let refused = refused.to_string();
    assert!(refused.contains("SignatureDoesNotMatch") && !refused.contains("hunter2"), "{refused}");
    for (address, why) in [
        ("s3+https://key:hunter2@host", "names no bucket"),
        ("s3+https://host/bucket", "no key and secret"),
        ("s3+https://key@host/bucket", "no key and secret"),
        ("https://key:hunter2@host/bucket", "another scheme"),
        ("bucket", "is none"),
    ] {
        let refused = Library::open_in(Some(address), folder.path()).unwrap_err().to_string();
        assert!(refused.contains(why) && !refused.contains("hunter2"), "{address}: {refused}");
    }
}
