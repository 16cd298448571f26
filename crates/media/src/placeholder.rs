//! The picture shown in place of one that is not there. Needs no ffmpeg, so the gateway can draw it.

use bytes::Bytes;

use crate::{Colour, I420Buf, JpegEncoder, JpegError, Painter};

/// JPEG quality of a flat picture with text.
const QUALITY: u8 = 80;

/// A dark picture with the camera's name and why there is nothing to see, such as "no signal". Sides are made even and kept
/// within 64..=3840 px.
pub fn placeholder_jpeg(camera_name: &str, text: &str, width: u32, height: u32) -> Result<Bytes, JpegError> {
    let mut picture = I420Buf::filled(width.clamp(64, 3840), height.clamp(64, 3840), Colour([32, 34, 38]).yuv());
    let mut painter = Painter::new();
    let size = (picture.height / 14).max(12);
    let middle = picture.height as i32 / 2;
    centred(&mut painter, &mut picture, camera_name, size, middle - size as i32 * 3 / 2, Colour::WHITE);
    centred(&mut painter, &mut picture, text, size * 3 / 4, middle + size as i32 / 4, Colour([150, 150, 150]));
    JpegEncoder::new()?.encode_i420(&picture.freeze(), QUALITY)
}

/// A line in the middle of the picture, smaller if it would not fit.
fn centred(painter: &mut Painter, picture: &mut I420Buf, text: &str, size: u32, top: i32, ink: Colour) {
    let text: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
    let (full, _) = painter.measure(&text, size);
    let room = picture.width * 9 / 10;
    let size = if full > room { (size * room / full).max(8) } else { size };
    let (width, _) = painter.measure(&text, size);
    let left = (picture.width as i32 - width as i32) / 2;
    painter.text(picture, (left, top), &text, size, ink);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_jpeg_of_the_wanted_size_whatever_the_name() {
        for name in ["Front door", "", "\u{0}\u{7f}", &"very long ".repeat(40)] {
            let jpeg = placeholder_jpeg(name, "no signal", 640, 360).unwrap();
            let header = turbojpeg::read_header(&jpeg).unwrap();
            assert_eq!((header.width, header.height), (640, 360));
        }
        assert!(placeholder_jpeg("x", "y", 0, u32::MAX).is_ok());
    }
}
