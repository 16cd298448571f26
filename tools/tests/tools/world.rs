//! What the tests share: a database and a data folder with what services leave there, and the program `iris` over both.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use iris_domain::{
    CameraId, CameraTuning, ClipChange, ClipRecord, ClipStatus, EventChange, EventId, EventKey, EventKind, NewCamera,
    NewEvent, RtspTransport, SourceUrl, Span, Timestamp,
};
use iris_library::{Library, MediaPath};
use iris_store::{Opening, Store};
use iris_testkit::postgres::TestDatabase;
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

/// Older than anything that is still being worked on.
pub const LONG_AGO: Duration = Duration::from_secs(2 * 60 * 60);

pub struct World {
    pub database: TestDatabase,
    pub store: Store,
    pub library: Library,
    pub folder: TempDir,
    /// Real clips that differ, of which each event takes one.
    film: Vec<u8>,
}

/// An event, and where its files lie.
pub struct Recorded {
    pub id: EventId,
    pub clip: MediaPath,
    pub thumbnail: MediaPath,
}

impl World {
    pub async fn new() -> Self {
        let database = TestDatabase::create().await.unwrap();
        let store = database.store().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(&folder.path().join("library")).unwrap();
        Self { database, store, library, film: film(folder.path()), folder }
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Runs `iris` with this database and this data folder.
    pub fn iris(&self, arguments: &[&str]) -> Output {
        iris(&self.database.url(), self.folder.path(), arguments)
    }

    pub async fn camera(&self) -> CameraId {
        let camera = NewCamera {
            name: "yard".to_owned(),
            source: SourceUrl::parse("rtsp://user:secret@camera.example/stream", false).unwrap(),
            enabled: true,
            rtsp_transport: RtspTransport::Tcp,
            tuning: CameraTuning::default(),
        };
        self.store.cameras().create(&camera).await.unwrap().id
    }

    /// An event that goes on, begun this long ago.
    pub async fn open_event(&self, camera_id: CameraId, ago: Duration) -> (EventId, NewEvent) {
        let event = NewEvent {
            key: EventKey(Uuid::new_v4()),
            kind: EventKind::Track,
            camera_id,
            source_generation: 1,
            label: "person".to_owned(),
            ts: Timestamp::from_system(SystemTime::now()).minus(ago),
            end_ts: None,
            confidence: 0.9,
            num_tracks: 1,
            clip_status: ClipStatus::Recording,
        };
        match self.store.events().open(&event).await.unwrap() {
            Opening::Open(id) => (id, event),
            Opening::Gone => panic!("the event was refused"),
        }
    }

    /// An event with a clip that can be played, and a thumbnail.
    pub async fn event(&self, camera: CameraId) -> Recorded {
        let (id, event) = self.open_event(camera, LONG_AGO).await;
        let (clip, thumbnail) = (MediaPath::clip(event.key, event.ts), MediaPath::thumbnail(event.key, event.ts));
        let size_bytes = self.put(&clip, &self.film);
        self.put(&thumbnail, &jpeg());
        let end = event.ts.plus(Duration::from_secs(2));
        let record = ClipRecord {
            path: clip.to_string(),
            span: Span::new(event.ts, end).unwrap(),
            gaps: Vec::new(),
            size_bytes,
        };
        let change = EventChange {
            end_ts: Some(end),
            thumbnail_path: Some(thumbnail.to_string()),
            clip: Some(ClipChange::Ready(record)),
            ..EventChange::default()
        };
        self.store.events().update(event.key, &change).await.unwrap();
        Recorded { id, clip, thumbnail }
    }

    /// Writes a file of the library as a service does, and makes it old.
    pub fn put(&self, path: &MediaPath, content: &[u8]) -> u64 {
        let size_bytes = self.library.put_bytes(content, path).unwrap();
        self.make_old(path);
        size_bytes
    }

    pub fn make_old(&self, path: &MediaPath) {
        File::options()
            .write(true)
            .open(self.on_disk(path))
            .unwrap()
            .set_modified(SystemTime::now() - LONG_AGO)
            .unwrap();
    }

    pub fn on_disk(&self, path: &MediaPath) -> PathBuf {
        self.folder.path().join("library").join(path.as_str())
    }

    /// An identity with a sighting and a face, an enrolled face with a photo: rows as re-ID and the gateway write them.
    pub fn people(&self, camera: CameraId) -> [MediaPath; 3] {
        let [crop, face, photo] = ["bodies/2026/11/23/x-1.jpg", "faces/2026/11/23/x-1-1.jpg", "photos/1/x.jpg"]
            .map(|path| path.parse().unwrap());
        for path in [&crop, &face, &photo] {
            self.put(path, &jpeg());
        }
        let vector = r"'\x0000803f'";
        let statements = format!(
            "INSERT INTO people (name) VALUES ('Lin'); \
             INSERT INTO person_faces (person_id, model, vector, quality, image_path) VALUES (1, 'toy', {vector}, 0.9, '{photo}'); \
             INSERT INTO identities (object_class, first_seen, last_seen, rep_thumb_path, rep_confidence, face_thumb_path, face_quality) \
                 VALUES ('person', now(), now(), '{crop}', 0.9, '{face}', 0.8); \
             INSERT INTO sightings (track_run, track_number, camera_id, source_generation, identity_id, object_class, ts, end_ts, ended, \
                 confidence, match_kind, evidence, thumb_path) \
                 VALUES (gen_random_uuid(), 1, {camera}, 1, 1, 'person', now(), now(), true, 0.9, 'new', '{{}}', '{crop}'); \
             INSERT INTO face_samples (identity_id, sighting_id, camera_id, ts, quality, model, vector, thumb_path) \
                 VALUES (1, 1, {camera}, now(), 0.8, 'toy', {vector}, '{face}')"
        );
        self.database.sql(&statements).unwrap();
        [crop, face, photo]
    }
}

/// Runs `iris` to its end, with a database and a data folder.
pub fn iris(database_url: &str, data_dir: &Path, arguments: &[&str]) -> Output {
    let data_dir = data_dir.display().to_string();
    iris_with(&[("IRIS_DATABASE_URL", database_url.to_owned()), ("IRIS_DATA_DIR", data_dir)], arguments)
}

/// Runs `iris` to its end, with these settings alone.
pub fn iris_with(settings: &[(&str, String)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_iris"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("IRIS_")) {
        command.env_remove(name);
    }
    command.envs(settings.iter().map(|(name, value)| (*name, value))).args(arguments).output().unwrap()
}

pub fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn said(output: &Output) -> String {
    format!("{}{}", out(output), String::from_utf8_lossy(&output.stderr))
}

/// What a check found: kind and subject of each, sorted.
pub fn found(output: &Output) -> Vec<(String, String)> {
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(output)));
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let mut found: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (text(finding, "kind"), text(finding, "subject")))
        .collect();
    found.sort();
    found
}

/// Two seconds of a test picture, as the recorder leaves a clip: its index in front.
fn film(folder: &Path) -> Vec<u8> {
    let path = folder.join("film.mp4");
    let arguments = "-nostdin -v error -y -f lavfi -i testsrc=size=160x120:rate=10:duration=2 -c:v libx264 -g 10 -movflags +faststart";
    let made = Command::new("ffmpeg").args(arguments.split(' ')).arg(&path).status().unwrap();
    assert!(made.success());
    let film = fs::read(&path).unwrap();
    fs::remove_file(path).unwrap();
    film
}

/// A small picture.
pub fn jpeg() -> Vec<u8> {
    iris_media::placeholder_jpeg("yard", "a picture", 64, 64).unwrap().to_vec()
}
