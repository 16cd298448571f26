//! A film with a counter in the picture and a tone: as segments for the recorder's buffer, and as what a clip of it must show.

use std::path::{Path, PathBuf};
use std::process::Command;

use iris_domain::{SegmentName, Timestamp};
use tempfile::TempDir;

/// Length of a segment; each begins with a key frame.
pub const SEGMENT_MS: i64 = 2_000;
/// Segments of the film.
pub const SEGMENTS: u64 = 30;

/// The film, cut into segments.
pub struct Film {
    folder: TempDir,
}

impl Film {
    /// Makes it by ffmpeg: 160x120, ten pictures a second, one minute.
    pub fn make() -> Self {
        let folder = TempDir::with_prefix("iris-film-").unwrap();
        let segments = folder.path().join("%03d.ts");
        let seconds = i64::try_from(SEGMENTS).unwrap() * SEGMENT_MS / 1000;
        let source = format!("testsrc2=size=160x120:rate=10:duration={seconds}");
        let tone = format!("sine=frequency=440:duration={seconds}");
        ffmpeg(&[
            "-f",
            "lavfi",
            "-i",
            &source,
            "-f",
            "lavfi",
            "-i",
            &tone,
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-g",
            "20",
            "-keyint_min",
            "20",
            "-sc_threshold",
            "0",
            "-pix_fmt",
            "yuv420p",
            "-c:a",
            "aac",
            "-f",
            "segment",
            "-segment_time",
            "2",
            "-segment_format",
            "mpegts",
            &segments.display().to_string(),
        ]);
        Self { folder }
    }

    /// Puts segment `number` into a camera's buffer as ingest does, by rename; the film begins at `began`.
    pub fn record(&self, number: u64, began: Timestamp, buffer: &Path) -> PathBuf {
        let start_ms = began.as_millis() + i64::try_from(number).unwrap() * SEGMENT_MS;
        let start = Timestamp::from_millis(start_ms).unwrap();
        let name = SegmentName { start, duration_ms: 2_000, sequence: number, run: 1, starts_with_key: true };
        let (open, closed) = (buffer.join(".open"), buffer.join(name.to_string()));
        std::fs::copy(self.segment(number), &open).unwrap();
        std::fs::rename(&open, &closed).unwrap();
        closed
    }

    /// The hash of every picture of some segments, in order.
    pub fn pictures(&self, numbers: std::ops::Range<u64>) -> Vec<String> {
        let paths: Vec<String> = numbers.map(|number| self.segment(number).display().to_string()).collect();
        picture_hashes(&format!("concat:{}", paths.join("|")))
    }

    fn segment(&self, number: u64) -> PathBuf {
        self.folder.path().join(format!("{number:03}.ts"))
    }
}

/// The hash of every decoded picture of a file: the same hashes in the same order are the same packets.
pub fn picture_hashes(input: &str) -> Vec<String> {
    let listed = ffmpeg(&["-i", input, "-map", "0:v", "-fps_mode", "passthrough", "-f", "framemd5", "-"]);
    let lines = listed.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.rsplit(',').next()).map(|hash| hash.trim().to_owned()).collect()
}

/// Codec names of a file's streams, such as `h264,aac`, and its length in seconds.
pub fn probe(path: &Path) -> (String, f64) {
    let entries = ["-show_entries", "stream=codec_name:format=duration", "-of", "default=noprint_wrappers=1:nokey=1"];
    let output = Command::new("ffprobe").args(["-v", "error"]).args(entries).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let (duration, codecs) = lines.split_last().unwrap();
    (codecs.join(","), duration.parse().unwrap())
}

/// Whether an MP4's index stands before its media.
pub fn begins_with_index(path: &Path) -> bool {
    let bytes = std::fs::read(path).unwrap();
    let place = |name: &[u8]| bytes.windows(4).position(|window| window == name).unwrap();
    place(b"moov") < place(b"mdat")
}

fn ffmpeg(args: &[&str]) -> String {
    let output = Command::new("ffmpeg").args(["-v", "error", "-nostdin", "-threads", "1"]).args(args).output().unwrap();
    assert!(output.status.success(), "ffmpeg: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
