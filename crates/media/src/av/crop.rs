//! A part of a decoded picture, without copying it.

use ffmpeg_next::{Error, ffi, frame};

use super::check;

/// The rectangle of a picture as a picture of its own; the pixels are shared. The rectangle must lie within the picture.
pub(crate) fn cropped(picture: &frame::Video, x: u32, y: u32, width: u32, height: u32) -> Result<frame::Video, Error> {
    let edge =
        |start: u32, length: u32, side: u32| side.checked_sub(start)?.checked_sub(length).map(|rest| rest as usize);
    let right = edge(x, width, picture.width()).ok_or(Error::InvalidData)?;
    let bottom = edge(y, height, picture.height()).ok_or(Error::InvalidData)?;
    let mut part = frame::Video::empty();
    // SAFETY: both frames are valid, the new one is empty and owned here; what is cut away on each side is less than the picture
    // (checked), which is what libav asks for. The planes stay within the buffers that the new reference keeps alive.
    unsafe {
        check(ffi::av_frame_ref(part.as_mut_ptr(), picture.as_ptr()))?;
        let raw = &mut *part.as_mut_ptr();
        (raw.crop_left, raw.crop_top, raw.crop_right, raw.crop_bottom) = (x as usize, y as usize, right, bottom);
        check(ffi::av_frame_apply_cropping(part.as_mut_ptr(), ffi::AV_FRAME_CROP_UNALIGNED as i32))?;
    }
    Ok(part)
}
