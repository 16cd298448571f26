//! `iris check`.

use std::fs;
use std::time::Duration;

use iris_domain::{ClipStatus, EventId};
use iris_library::MediaPath;

use crate::world::{LONG_AGO, World, found, said};

fn path(text: &str) -> MediaPath {
    text.parse().unwrap()
}

async fn clip_of(world: &World, id: EventId) -> (ClipStatus, Option<String>, Option<u64>) {
    let event = world.store.events().get(id).await.unwrap().unwrap();
    (event.clip_status, event.clip_failure, event.clip.map(|clip| clip.size_bytes))
}

#[tokio::test]
async fn what_is_whole_is_left_alone() {
    let world = World::new().await;
    let camera = world.camera().await;
    world.event(camera).await;
    world.people(camera);
    // Work that goes on: an event without a clip yet, files that no row names yet.
    world.open_event(camera, Duration::from_secs(30)).await;
    world.library.put_bytes(b"new", &path("clips/2026/11/23/new.mp4")).unwrap();
    let (_, journalled) = world.open_event(camera, LONG_AGO).await;
    fs::create_dir_all(world.data_dir().join("segments").join(camera.to_string())).unwrap();
    fs::create_dir_all(world.data_dir().join("recorder/open").join(journalled.key.to_string())).unwrap();
    world.put(&MediaPath::clip(journalled.key, journalled.ts), b"cut, and not told yet");
    let waiting = "0192f1a0-7c3e-7b4c-8f00-0123456789ab";
    world.put(&path(&format!("bodies/2026/11/23/{waiting}-17.jpg")), b"seen, and not decided about");
    let statement = format!("INSERT INTO tracklets VALUES ('{waiting}', 17, {camera}, 'x')");
    world.database.sql(&statement).unwrap();

    for arguments in
        [&["check", "--json"][..], &["check", "--json", "--deep"], &["check", "--json", "--repair", "--deep"]]
    {
        let checked = world.iris(arguments);
        assert_eq!(found(&checked), [], "{arguments:?}");
        assert!(checked.status.success());
    }
    assert!(!world.data_dir().join("quarantine").exists());
    let text = said(&world.iris(&["check"]));
    assert!(text.contains("Nothing is wrong.") && text.contains("7 rows name files"), "{text}");
}

#[tokio::test]
async fn every_difference_is_found_and_mended() {
    let world = World::new().await;
    let camera = world.camera().await;
    let whole = world.event(camera).await;
    let (lost, larger, broken, unseen) =
        (world.event(camera).await, world.event(camera).await, world.event(camera).await, world.event(camera).await);
    fs::remove_file(world.on_disk(&lost.clip)).unwrap();
    fs::remove_file(world.on_disk(&unseen.thumbnail)).unwrap();
    world.database.sql(&format!("UPDATE events SET clip_bytes = clip_bytes + 1 WHERE id = {}", larger.id)).unwrap();
    // Of the right size, so that only who reads it sees it.
    let size = fs::metadata(world.on_disk(&broken.clip)).unwrap().len();
    world.put(&broken.clip, &vec![0; usize::try_from(size).unwrap()]);
    let orphan = path("clips/2026/11/23/0192f1a0-7c3e-7b4c-8f00-0123456789ab.mp4");
    world.put(&orphan, b"whose?");
    let [crop, face, photo] = world.people(camera);
    for path in [&crop, &face, &photo] {
        fs::remove_file(world.on_disk(path)).unwrap();
    }
    fs::create_dir_all(world.data_dir().join("segments").join(camera.to_string())).unwrap();
    let (forgotten, _) = world.open_event(camera, LONG_AGO).await;

    let wanted = |repairable: bool| {
        let mut wanted = vec![("missing".to_owned(), format!("picture of face sample 1, {face}"))];
        if repairable {
            wanted.extend([
                ("missing".to_owned(), format!("clip of event {}, {}", lost.id, lost.clip)),
                ("missing".to_owned(), format!("thumbnail of event {}, {}", unseen.id, unseen.thumbnail)),
                ("missing".to_owned(), format!("crop of sighting 1, {crop}")),
                ("missing".to_owned(), format!("crop of identity 1, {crop}")),
                ("missing".to_owned(), format!("face of identity 1, {face}")),
                ("missing".to_owned(), format!("photo of enrolled face 1, {photo}")),
                ("size".to_owned(), format!("clip of event {}, {}", larger.id, larger.clip)),
                ("broken".to_owned(), format!("clip of event {}, {}", broken.id, broken.clip)),
                ("orphan".to_owned(), orphan.to_string()),
                ("waiting".to_owned(), format!("event {forgotten}")),
            ]);
        }
        wanted.sort();
        wanted
    };
    // Looking changes nothing, so that the second look sees the same.
    for _ in 0..2 {
        let checked = world.iris(&["check", "--json"]);
        assert_eq!(found(&checked), wanted(true));
        assert_eq!(checked.status.code(), Some(1));
    }
    let mended = said(&world.iris(&["check", "--repair"]));
    assert!(mended.contains("11 wrong, 10 mended"), "{mended}");
    assert_eq!(found(&world.iris(&["check", "--json"])), wanted(false));

    assert_eq!(clip_of(&world, whole.id).await, (ClipStatus::Ready, None, Some(size)));
    assert_eq!(clip_of(&world, larger.id).await, (ClipStatus::Ready, None, Some(size)));
    assert_eq!(clip_of(&world, lost.id).await, (ClipStatus::Failed, Some("the clip's file was lost".into()), None));
    let (status, why, _) = clip_of(&world, broken.id).await;
    assert!(status == ClipStatus::Failed && why.as_ref().unwrap().starts_with("the clip was found broken"), "{why:?}");
    let (status, why, _) = clip_of(&world, forgotten).await;
    assert_eq!((status, why.as_deref()), (ClipStatus::Failed, Some("the recorder's notes of this event were lost")));
    let unseen = world.store.events().get(unseen.id).await.unwrap().unwrap();
    assert_eq!((unseen.clip_status, unseen.thumbnail_path), (ClipStatus::Ready, None));

    // Nothing was deleted.
    let quarantine = fs::read_dir(world.data_dir().join("quarantine")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(fs::read(quarantine.join(orphan.as_str())).unwrap(), b"whose?");
    assert_eq!(fs::metadata(quarantine.join(broken.clip.as_str())).unwrap().len(), size);
    assert!(!world.on_disk(&orphan).exists() && !world.on_disk(&broken.clip).exists());
    assert!(world.on_disk(&whole.clip).exists());
}

#[tokio::test]
async fn a_picture_that_is_none_is_found_by_a_deep_look_only() {
    let world = World::new().await;
    let event = world.event(world.camera().await).await;
    world.put(&event.thumbnail, b"not a JPEG");
    assert_eq!(found(&world.iris(&["check", "--json"])), []);
    let deep = found(&world.iris(&["check", "--json", "--deep"]));
    assert_eq!(deep, [("broken".to_owned(), format!("thumbnail of event {}, {}", event.id, event.thumbnail))]);
    // Cut off in its middle, and the row believes it.
    let film = fs::read(world.on_disk(&event.clip)).unwrap();
    world.put(&event.clip, &film[..film.len() * 2 / 3]);
    world.database.sql(&format!("UPDATE events SET clip_bytes = {}", film.len() * 2 / 3)).unwrap();
    let seen = found(&world.iris(&["check", "--json"]));
    assert_eq!(seen, [("broken".to_owned(), format!("clip of event {}, {}", event.id, event.clip))]);
}

#[tokio::test]
async fn a_folder_that_was_misspelt_is_refused() {
    let world = World::new().await;
    world.event(world.camera().await).await;
    let elsewhere = world.data_dir().join("elsewhere");
    let refused = crate::world::iris(&world.database.url(), &elsewhere, &["check", "--repair"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("there is no media library") && !elsewhere.exists(), "{}", said(&refused));
}
