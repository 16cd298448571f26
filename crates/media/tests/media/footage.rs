//! Test streams, and ffprobe's view of files.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use iris_domain::SourceUrl;
use iris_media::{ClosedSegment, OpenOptions, Packet, PacketKind, Segmenter, SegmenterOptions, Source, StopFlag};
use serde_json::Value;

/// Runs ffmpeg with arguments separated by blanks; the output's path is appended.
pub fn ffmpeg(args: &str, out: &Path) -> PathBuf {
    let status = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y"])
        .args(args.split_whitespace())
        .arg(out)
        .status()
        .expect("ffmpeg is installed");
    assert!(status.success(), "ffmpeg {args}");
    out.to_owned()
}

/// Moving test pattern of 320x240 at 25 a second; a key frame each second.
pub fn pattern(seconds: u32, video: &str, audio: &str, out: &Path) -> PathBuf {
    let sound = if audio.is_empty() { String::new() } else { format!("-f lavfi -i sine=440:r=48000:d={seconds}") };
    let args = format!("-f lavfi -i testsrc2=s=320x240:r=25:d={seconds} {sound} -pix_fmt yuv420p {video} {audio}");
    ffmpeg(&args, out)
}

/// x264 with a key frame each second and no B-frames.
pub const H264: &str = "-c:v libx264 -preset ultrafast -g 25 -keyint_min 25 -sc_threshold 0 -bf 0";
/// x264 with three B-frames, some of which others refer to.
pub const H264_B: &str = "-c:v libx264 -preset veryfast -g 25 -keyint_min 25 -sc_threshold 0 -bf 3";
/// x265 with B-frames.
pub const H265: &str =
    "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25:min-keyint=25:scenecut=0:bframes=2";
/// AAC.
pub const AAC: &str = "-c:a aac";

pub fn open(path: &Path) -> Source {
    let url = SourceUrl::parse(&format!("file://{}", path.display()), true).unwrap();
    Source::open(&url, &OpenOptions::default(), StopFlag::new()).unwrap()
}

/// Every packet of a file.
pub fn read_all(path: &Path) -> (Source, Vec<Packet>) {
    let mut source = open(path);
    let mut packets = Vec::new();
    while let Ok(packet) = source.read() {
        packets.push(packet);
    }
    (source, packets)
}

/// The pictures of a file.
pub fn pictures(path: &Path) -> Vec<Packet> {
    read_all(path).1.into_iter().filter(|packet| packet.kind == PacketKind::Video).collect()
}

/// Records a file into segments as one connection.
pub fn record(path: &Path, dir: &Path, first_sequence: u64, run: u32) -> Vec<ClosedSegment> {
    let mut source = open(path);
    let mut segmenter =
        Segmenter::new(dir.to_owned(), source.streams(), first_sequence, run, SegmenterOptions::default());
    let mut closed = Vec::new();
    while let Ok(packet) = source.read() {
        closed.extend(segmenter.write(&packet).unwrap());
    }
    closed.extend(segmenter.finish().unwrap());
    closed
}

/// What ffprobe says, as JSON.
pub fn ffprobe(args: &str, path: &Path) -> Value {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "json"])
        .args(args.split_whitespace())
        .arg(path)
        .output()
        .expect("ffprobe is installed");
    assert!(output.status.success(), "ffprobe {}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "ffprobe complains: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// MD5 of every decoded picture of a file, in the order shown.
pub fn picture_hashes(path: &Path) -> Vec<String> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(path)
        .args(["-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-"])
        .output()
        .expect("ffmpeg is installed");
    assert!(output.stderr.is_empty(), "decoding complains: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.rsplit(',').next().unwrap().trim().to_owned())
        .collect()
}

/// Seconds, from a text field of ffprobe's.
pub fn seconds(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// Asserts that two lengths agree within `tolerance`.
pub fn assert_close(one: Duration, other: f64, tolerance: f64) {
    assert!((one.as_secs_f64() - other).abs() <= tolerance, "{one:?} is not {other} s");
}
