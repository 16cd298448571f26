//! Film for the cameras, and what `ffprobe` and `ffmpeg` say of what came out.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use iris_testkit::realdata::Realdata;
use serde_json::Value;

/// The detector of the stories.
pub fn detector(realdata: &Realdata) -> PathBuf {
    realdata.path("det/yolox_nano_416.onnx")
}

/// The networks of re-ID.
pub fn reid(realdata: &Realdata) -> Vec<(&'static str, PathBuf)> {
    vec![
        ("IRIS_FACE_DETECTOR", realdata.path("face_det/scrfd_500m_dyn.onnx")),
        ("IRIS_FACE_RECOGNIZER", realdata.path("face_rec/w600k_mbf_int8_512.onnx")),
        ("IRIS_EMBEDDER", realdata.path("reid/osnet_x0_25_msmt17.onnx")),
    ]
}

/// A clip, and ten seconds in which nobody is there: a visit that comes and goes.
pub fn with_nobody_after(clip: &Path, film: &Path) -> anyhow::Result<()> {
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-i"])
        .arg(clip)
        .args(["-map", "0:v", "-vf", "fps=25,format=yuv420p,tpad=stop_duration=10:color=gray"])
        .args(["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", "25", "-bf", "0"])
        .arg(film)
        .status()
        .context("run ffmpeg")?;
    ensure!(status.success(), "ffmpeg made no film");
    Ok(())
}

/// The one-by-one footage bit for bit, from `start` on for `length` seconds, with a tone, since a camera has sound.
pub fn one_by_one(realdata: &Realdata, folder: &Path, start: f64, length: f64) -> anyhow::Result<PathBuf> {
    let film = folder.join("one-by-one.mp4");
    let source = realdata.path("video/one-by-one-person-detection.mp4");
    let (start, length) = (start.to_string(), length.to_string());
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-ss", &start, "-t", &length, "-i"])
        .arg(source)
        .args(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"])
        .args(["-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", "-shortest"])
        .arg(&film)
        .status()
        .context("run ffmpeg")?;
    ensure!(status.success(), "ffmpeg made no film");
    Ok(film)
}

/// The MD5 of each decoded picture: what was copied bit for bit decodes to the same.
pub fn pictures(file: &Path) -> anyhow::Result<Vec<String>> {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(file)
        .args(["-map", "0:v", "-fps_mode", "passthrough", "-f", "framemd5", "-"])
        .output()
        .context("run ffmpeg")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout)?;
    let hashes = lines.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit(',').next());
    Ok(hashes.map(|hash| hash.trim().to_owned()).collect())
}

/// What `ffprobe` says of a file's streams and container.
pub fn probe(file: &Path) -> anyhow::Result<Value> {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-show_streams", "-show_format", "-of", "json"])
        .arg(file)
        .output()
        .context("run ffprobe")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The codec of each stream, sorted.
pub fn codecs(probed: &Value) -> Vec<String> {
    let streams = probed["streams"].as_array().into_iter().flatten();
    let mut codecs: Vec<String> =
        streams.filter_map(|stream| Some(stream["codec_name"].as_str()?.to_owned())).collect();
    codecs.sort();
    codecs
}

/// The length of a file, in seconds.
pub fn seconds(probed: &Value) -> anyhow::Result<f64> {
    Ok(probed["format"]["duration"].as_str().context("no duration")?.parse()?)
}

/// Whether a player can start before it has the whole file: the index stands before the media.
pub fn index_is_first(file: &[u8]) -> bool {
    let find = |name: &[u8]| file.windows(4).position(|window| window == name);
    matches!((find(b"moov"), find(b"mdat")), (Some(moov), Some(mdat)) if moov < mdat)
}
