//! The same with media in an object store.

use std::fs::{self, File};
use std::time::SystemTime;

use iris_testkit::bucket::BucketServer;
use iris_testkit::postgres::TestDatabase;

use crate::backups::{backed_up, backups, content, text};
use crate::world::{LONG_AGO, World, found, iris_with, said};

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_restored_backed_up_and_checked_as_a_folder_is() {
    let world = World::new().await;
    let camera = world.camera().await;
    let (lost, broken) = (world.event(camera).await, world.event(camera).await);
    world.people(camera);
    let place = world.data_dir().join("backups");
    backed_up(&world, &place, &[]);

    let (store, database) = (BucketServer::start().await.unwrap(), TestDatabase::create().await.unwrap());
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("IRIS_DATABASE_URL", database.url()),
        ("IRIS_DATA_DIR", folder.path().display().to_string()),
        ("IRIS_LIBRARY_URL", store.url("cell")),
    ];
    let iris = |arguments: &[&str]| iris_with(&settings, arguments);
    let restored = iris(&["restore", text(&place)]);
    assert!(restored.status.success() && said(&restored).contains("Nothing is wrong."), "{}", said(&restored));
    let objects = store.folder().join("cell");
    assert_eq!(content(&objects), content(&world.data_dir().join("library")));
    let looked = said(&iris(&["doctor", "--service", "recorder"]));
    assert!(looked.contains("ok       disk      the object store s3+http://***@"), "{looked}");
    assert_eq!(content(&objects), content(&world.data_dir().join("library")), "it leaves nothing");
    // Nothing of it lies on the disk.
    assert_eq!(content(&folder.path().join("library")).len(), 0);

    let elsewhere = folder.path().join("backups");
    let made = iris(&["backup", text(&elsewhere)]);
    assert!(made.status.success(), "{}", said(&made));
    let backup = backups(&elsewhere).pop().unwrap();
    assert_eq!(content(&backup.join("library")), content(&objects));
    let verified = iris(&["backup", "--verify", text(&elsewhere)]);
    assert!(verified.status.success(), "{}", said(&verified));
    let refused = said(&iris(&["restore", text(&elsewhere), "--replace"]));
    assert!(refused.contains("the bucket s3+http://***@") && refused.contains("is not empty"), "{refused}");

    fs::remove_file(objects.join(lost.clip.as_str())).unwrap();
    let size = fs::metadata(objects.join(broken.clip.as_str())).unwrap().len();
    fs::write(objects.join(broken.clip.as_str()), vec![0; usize::try_from(size).unwrap()]).unwrap();
    let orphan = "clips/2026/11/23/0192f1a0-7c3e-7b4c-8f00-0123456789ab.mp4";
    fs::create_dir_all(objects.join(orphan).parent().unwrap()).unwrap();
    fs::write(objects.join(orphan), b"whose?").unwrap();
    let old = SystemTime::now() - LONG_AGO;
    File::options().write(true).open(objects.join(orphan)).unwrap().set_modified(old).unwrap();
    let wanted = [
        ("broken".to_owned(), format!("clip of event {}, {}", broken.id, broken.clip)),
        ("missing".to_owned(), format!("clip of event {}, {}", lost.id, lost.clip)),
        ("orphan".to_owned(), orphan.to_owned()),
    ];
    assert_eq!(found(&iris(&["check", "--json"])), wanted);
    let mut elsewhere = settings.clone();
    elsewhere[2].1 = "s3+http://key:secret@127.0.0.1:1/iris-media".to_owned();
    let looked = said(&iris_with(&elsewhere, &["doctor", "--service", "recorder"]));
    assert!(looked.contains("FAULT    disk      the object store") && !looked.contains("secret@"), "{looked}");
    let mended = said(&iris(&["check", "--repair", "--deep"]));
    assert!(mended.contains("3 wrong, 3 mended"), "{mended}");
    assert_eq!(found(&iris(&["check", "--json", "--deep"])), []);
    let quarantine = fs::read_dir(folder.path().join("quarantine")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(fs::read(quarantine.join(orphan)).unwrap(), b"whose?");
    assert!(!objects.join(orphan).exists() && !objects.join(broken.clip.as_str()).exists());
}
