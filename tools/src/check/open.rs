//! Opens stored files to see whether they are sound: clips are read to their end, pictures decoded.

use std::path::Path;

use iris_domain::stored_files::{FileUse, Opened};
use iris_library::OpenedFile;
use iris_media::{JpegDecoder, check_clip};

/// More pixels than any stored picture has.
const PIXELS_MAX: usize = 8192 * 8192;

/// What a file turns out to be; `on_disk` is where it lies, if it does on this machine. Blocks while it is read.
pub fn open(file: OpenedFile, on_disk: Option<&Path>, used_as: FileUse) -> Opened {
    let outcome = match (used_as, on_disk) {
        (FileUse::Clip, Some(path)) => check_clip(path).map_err(|broken| broken.to_string()),
        (FileUse::Clip, None) => fetched_clip(file),
        _ => picture(file),
    };
    match outcome {
        Ok(()) => Opened::Well,
        Err(why) => Opened::Broken(why),
    }
}

/// FFmpeg reads files of this machine.
fn fetched_clip(file: OpenedFile) -> Result<(), String> {
    let unread = |error: std::io::Error| format!("it cannot be read: {error}");
    let mut fetched = tempfile::NamedTempFile::new().map_err(unread)?;
    file.copy_to(&mut fetched).map_err(unread)?;
    check_clip(fetched.path()).map_err(|broken| broken.to_string())
}

fn picture(file: OpenedFile) -> Result<(), String> {
    let mut jpeg = Vec::new();
    file.copy_to(&mut jpeg).map_err(|error| format!("it cannot be read: {error}"))?;
    let mut decoder = JpegDecoder::new().map_err(|error| error.to_string())?;
    decoder.decode(&jpeg, PIXELS_MAX).map(drop).map_err(|error| error.to_string())
}
