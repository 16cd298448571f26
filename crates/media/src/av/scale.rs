//! Scaling and pixel conversion into memory that we own.

use std::ptr::NonNull;

use ffmpeg_next::frame;
use ffmpeg_next::{Error, ffi};

/// What a scaling context was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScaleSpec {
    /// Width, height and pixel format of the input; the format as libav numbers it.
    source: (i32, i32, i32),
    full_range: bool,
    /// Width and height of the output.
    target: (i32, i32),
}

impl ScaleSpec {
    /// From a decoded picture to `width` x `height`.
    pub(crate) fn new(frame: &frame::Video, width: u32, height: u32) -> Self {
        // SAFETY: the frame is valid; plain numbers are read.
        let raw = unsafe { &*frame.as_ptr() };
        Self {
            source: (raw.width, raw.height, raw.format),
            full_range: raw.color_range == ffi::AVColorRange::AVCOL_RANGE_JPEG,
            target: (i32::try_from(width).unwrap_or(0), i32::try_from(height).unwrap_or(0)),
        }
    }
}

/// A libswscale context: converts pictures of one shape to full-range I420 of one size.
pub(crate) struct ScaleContext {
    raw: NonNull<ffi::SwsContext>,
    spec: ScaleSpec,
}

// SAFETY: the context is used through `&mut self` only and libav ties it to no thread.
unsafe impl Send for ScaleContext {}

impl ScaleContext {
    pub(crate) fn new(spec: ScaleSpec) -> Result<Self, Error> {
        use ffi::AVPixelFormat::*;
        // Cameras say "J" for full range; libswscale wants the plain format and the range apart.
        let (format, full_range) = match spec.source.2 {
            f if f == AV_PIX_FMT_YUVJ420P as i32 => (AV_PIX_FMT_YUV420P as i32, true),
            f if f == AV_PIX_FMT_YUVJ422P as i32 => (AV_PIX_FMT_YUV422P as i32, true),
            f if f == AV_PIX_FMT_YUVJ444P as i32 => (AV_PIX_FMT_YUV444P as i32, true),
            f => (f, spec.full_range),
        };
        // SAFETY: takes nothing; null means out of memory.
        let raw = NonNull::new(unsafe { ffi::sws_alloc_context() }).ok_or(Error::Other { errno: ffi::ENOMEM })?;
        let context = Self { raw, spec };
        // The ranges must be known before the context is initialised: it then chooses how to convert. Both sides keep BT.601, so
        // that only the range is converted here (see `Scaler` for the matrix).
        for (name, value) in [
            (c"srcw", spec.source.0),
            (c"srch", spec.source.1),
            (c"src_format", format),
            (c"src_range", i32::from(full_range)),
            (c"dstw", spec.target.0),
            (c"dsth", spec.target.1),
            (c"dst_format", AV_PIX_FMT_YUV420P as i32),
            (c"dst_range", 1),
            // Averages over the source pixels when shrinking, as detectors were trained on; fast by SIMD.
            (c"sws_flags", ffi::SWS_BILINEAR),
        ] {
            // SAFETY: the context is valid and begins with its option class; the name is a C string.
            super::check(unsafe { ffi::av_opt_set_int(raw.as_ptr().cast(), name.as_ptr(), i64::from(value), 0) })?;
        }
        // SAFETY: the context is valid; no filters are given.
        super::check(unsafe { ffi::sws_init_context(raw.as_ptr(), std::ptr::null_mut(), std::ptr::null_mut()) })?;
        Ok(context)
    }

    pub(crate) fn spec(&self) -> ScaleSpec {
        self.spec
    }

    /// Converts `frame` into `out`: the Y plane, then U, then V, without padding. `out` must have exactly that many bytes.
    pub(crate) fn run(&mut self, frame: &frame::Video, out: &mut [u8]) -> Result<(), Error> {
        let (width, height) = (self.spec.target.0 as usize, self.spec.target.1 as usize);
        let (chroma_width, chroma_height) = (width / 2, height / 2);
        let fits = ScaleSpec::new(frame, width as u32, height as u32) == self.spec
            && out.len() == width * height + 2 * chroma_width * chroma_height;
        if !fits {
            return Err(Error::InvalidData);
        }
        let (y, chroma) = out.split_at_mut(width * height);
        let (u, v) = chroma.split_at_mut(chroma_width * chroma_height);
        let planes = [y.as_mut_ptr(), u.as_mut_ptr(), v.as_mut_ptr(), std::ptr::null_mut()];
        let strides = [width as i32, chroma_width as i32, chroma_width as i32, 0];
        // SAFETY: the frame has the shape the context was made for (checked), its planes are readable, and each output plane has
        // exactly the bytes its stride and height say (checked).
        let rows = unsafe {
            let raw = &*frame.as_ptr();
            ffi::sws_scale(
                self.raw.as_ptr(),
                raw.data.as_ptr().cast(),
                raw.linesize.as_ptr(),
                0,
                raw.height,
                planes.as_ptr(),
                strides.as_ptr(),
            )
        };
        super::check(rows).map(drop)
    }
}

impl Drop for ScaleContext {
    fn drop(&mut self) {
        // SAFETY: the context came from `sws_alloc_context` and is freed once.
        unsafe { ffi::sws_freeContext(self.raw.as_ptr()) }
    }
}
