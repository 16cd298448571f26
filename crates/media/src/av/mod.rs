//! The thin, crate-private layer over libav: owning handles with safe methods. Everything `unsafe` that ffmpeg-next leaves to its
//! users (opening with options and an interrupt, reference-counted packets, muxing, scaling) lives here and nowhere else.

mod crop;
mod filter;
mod input;
mod output;
mod packet;
mod parameters;
mod probe;
mod scale;

use std::sync::Once;

use ffmpeg_next as ffmpeg;

pub(crate) use crop::cropped;
pub(crate) use filter::Filter;
pub(crate) use input::{Input, InputOptions, Watch};
pub(crate) use output::{Output, is_disk_full};
pub(crate) use packet::AvPacket;
pub(crate) use parameters::Parameters;
pub(crate) use probe::HeaderParser;
pub(crate) use scale::{ScaleContext, ScaleSpec};

/// Microseconds: the time base of everything this crate hands out.
pub(crate) const MICROS: ffmpeg::Rational = ffmpeg::Rational(1, 1_000_000);

/// Makes libav ready, once per process. Its log is switched off: its lines hold addresses with credentials, and what went wrong
/// comes back as an error code that is reported with our own words.
pub(crate) fn init() {
    static READY: Once = Once::new();
    READY.call_once(|| {
        ffmpeg::log::set_level(ffmpeg::log::Level::Quiet);
        ffmpeg::util::error::register_all();
        ffmpeg::format::network::init();
    });
}

/// Turns libav's "negative is an error" into a result.
pub(crate) fn check(code: i32) -> Result<i32, ffmpeg::Error> {
    if code < 0 { Err(ffmpeg::Error::from(code)) } else { Ok(code) }
}

/// The version of the libav that is linked, as its makers name it.
pub(crate) fn version() -> String {
    // SAFETY: returns a static C string.
    let text = unsafe { std::ffi::CStr::from_ptr(ffmpeg::ffi::av_version_info()) };
    text.to_string_lossy().into_owned()
}

/// Refuses pictures of more pixels than `pixels_max`.
pub(crate) fn limit_pixels(context: &mut ffmpeg::codec::Context, pixels_max: i64) {
    // SAFETY: the context is valid and not opened yet; this is a plain number.
    unsafe { (*context.as_mut_ptr()).max_pixels = pixels_max }
}

/// The kinds of hardware that this libav can decode with, such as `vaapi`, whether this machine has them or not.
pub(crate) fn hardware_kinds() -> Vec<String> {
    let mut kinds = Vec::new();
    let mut kind = ffmpeg::ffi::AVHWDeviceType::AV_HWDEVICE_TYPE_NONE;
    loop {
        // SAFETY: takes the kind that it gave last, first none; gives none after the last.
        kind = unsafe { ffmpeg::ffi::av_hwdevice_iterate_types(kind) };
        if kind == ffmpeg::ffi::AVHWDeviceType::AV_HWDEVICE_TYPE_NONE {
            return kinds;
        }
        // SAFETY: a kind that libav gave has a static name.
        let name = unsafe { ffmpeg::ffi::av_hwdevice_get_type_name(kind) };
        if !name.is_null() {
            // SAFETY: not null, and static, as above.
            kinds.push(unsafe { std::ffi::CStr::from_ptr(name) }.to_string_lossy().into_owned());
        }
    }
}
