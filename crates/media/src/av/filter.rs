//! Bitstream filters: changing how coded pictures are wrapped without touching the pictures.

use std::ffi::CStr;
use std::ptr::{self, NonNull};

use ffmpeg_next::codec::Parameters as Inner;
use ffmpeg_next::{Error, Rational, ffi};

use super::{AvPacket, Parameters, check};

/// A filter that turns each packet into one packet.
pub(crate) struct Filter(NonNull<ffi::AVBSFContext>);

// SAFETY: the filter is used through `&mut self` only and libav ties it to no thread.
unsafe impl Send for Filter {}

impl Filter {
    pub(crate) fn new(name: &CStr, parameters: &Parameters, base: Rational) -> Result<Self, Error> {
        let mut raw = ptr::null_mut();
        // SAFETY: the name is a C string; null means that this libav was built without the filter.
        let filter = unsafe { ffi::av_bsf_get_by_name(name.as_ptr()) };
        if filter.is_null() {
            return Err(Error::BsfNotFound);
        }
        // SAFETY: `filter` is one of libav's static descriptions.
        check(unsafe { ffi::av_bsf_alloc(filter, &mut raw) })?;
        let made = Self(NonNull::new(raw).ok_or(Error::Bug)?);
        // SAFETY: the context is fresh and ours; parameters are copied deeply.
        unsafe {
            check(ffi::avcodec_parameters_copy((*raw).par_in, parameters.as_ptr()))?;
            (*raw).time_base_in = base.into();
            check(ffi::av_bsf_init(raw))?;
        }
        Ok(made)
    }

    /// What the stream's parameters are behind the filter.
    pub(crate) fn parameters(&self) -> Parameters {
        // SAFETY: the filter is initialised; its output parameters are copied deeply before the borrowed handle is dropped, and
        // an owner that is not ours keeps that handle from freeing them.
        let borrowed = unsafe { Inner::wrap((*self.0.as_ptr()).par_out, Some(std::sync::Arc::new(()))) };
        Parameters::copied(&borrowed)
    }

    /// Filters `packet` in place.
    pub(crate) fn run(&mut self, packet: &mut AvPacket) -> Result<(), Error> {
        // SAFETY: filter and packet are valid and ours; the filter takes the packet's content and gives one back.
        unsafe {
            check(ffi::av_bsf_send_packet(self.0.as_ptr(), packet.as_mut_ptr()))?;
            check(ffi::av_bsf_receive_packet(self.0.as_ptr(), packet.as_mut_ptr())).map(drop)
        }
    }
}

impl Drop for Filter {
    fn drop(&mut self) {
        let mut raw = self.0.as_ptr();
        // SAFETY: the filter came from `av_bsf_alloc` and is freed once.
        unsafe { ffi::av_bsf_free(&mut raw) }
    }
}
