//! Training pictures as JPEG files.

use std::path::Path;

use anyhow::Context as _;
use turbojpeg::{Image, PixelFormat, Subsamp};

/// Quality of the JPEGs: high, so that what is trained on them learns the cameras' own faults only.
const QUALITY: i32 = 92;

/// Writes rows of red, green, blue.
///
/// # Errors
/// When the file cannot be written.
pub fn write(file: &Path, rgb: &[u8], [width, height]: [u32; 2]) -> anyhow::Result<()> {
    let (width, height) = (width as usize, height as usize);
    let image = Image { pixels: rgb, width, pitch: width * 3, height, format: PixelFormat::RGB };
    let attempted = || format!("write `{}`", file.display());
    let jpeg = turbojpeg::compress(image, QUALITY, Subsamp::Sub2x2).with_context(attempted)?;
    std::fs::write(file, &jpeg).with_context(attempted)
}
