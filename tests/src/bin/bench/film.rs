//! Synthetic film for the measurements.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

/// Writes `seconds` of a moving pattern with a tone, H.264 without B-frames, a key frame every 2 s.
pub fn pattern(folder: &Path, size: &str, fps: u32, kilobits: u32, seconds: u32) -> anyhow::Result<PathBuf> {
    let file = folder.join(format!("{size}-{fps}.mp4"));
    let (rate, group) = (format!("{kilobits}k"), (fps * 2).to_string());
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i"])
        .arg(format!("testsrc2=size={size}:rate={fps}:duration={seconds}"))
        .args(["-f", "lavfi", "-i", &format!("sine=frequency=440:sample_rate=48000:duration={seconds}")])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", &group, "-sc_threshold", "0"])
        .args(["-b:v", &rate, "-minrate", &rate, "-maxrate", &rate, "-bufsize", &rate, "-nal-hrd", "cbr"])
        .args(["-x264-params", "sliced-threads=0", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest"])
        .arg(&file)
        .status()
        .context("run ffmpeg")?;
    ensure!(status.success(), "ffmpeg made no film");
    Ok(file)
}

/// The same in a small size, ten pictures a second, cut into segments of 2 s.
pub fn segments(folder: &Path, count: usize) -> anyhow::Result<Vec<PathBuf>> {
    let film = pattern(folder, "160x120", 10, 64, u32::try_from(count)? * 2)?;
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-i"])
        .arg(film)
        .args(["-c", "copy", "-f", "segment", "-segment_time", "2", "-segment_format", "mpegts"])
        .arg(folder.join("segment-%03d.ts"))
        .status()
        .context("run ffmpeg")?;
    ensure!(status.success(), "ffmpeg cut no segments");
    let files: Vec<PathBuf> = (0..count).map(|number| folder.join(format!("segment-{number:03}.ts"))).collect();
    ensure!(files.iter().all(|file| file.is_file()), "ffmpeg cut fewer than {count} segments");
    Ok(files)
}
