//! Writing a container to a file.

use std::ffi::CString;
use std::path::Path;
use std::ptr;

use ffmpeg_next as ffmpeg;
use ffmpeg_next::{Dictionary, Error, Rational, ffi};

use super::{AvPacket, Parameters, check};

/// `SEEK_CUR` of C: seeking by zero tells the position.
const SEEK_CUR: i32 = 1;

/// A file being written. Without [`Output::finish`] the file stays as far as it was written.
pub(crate) struct Output {
    raw: *mut ffi::AVFormatContext,
    begun: bool,
}

// SAFETY: the context is used through `&mut self` only and libav ties it to no thread.
unsafe impl Send for Output {}

impl Output {
    /// Creates the file at `path` for a muxer named as `ffmpeg -formats` does. `delay_max` is the muxer's distance between its
    /// clock and decoding times.
    pub(crate) fn create(path: &Path, muxer: &str, delay_max: std::time::Duration) -> Result<Self, Error> {
        super::init();
        // The prefix keeps a path that looks like a URL a path.
        let mut url = b"file:".to_vec();
        url.extend_from_slice(path.as_os_str().as_encoded_bytes());
        let url = CString::new(url).map_err(|_| Error::InvalidData)?;
        let muxer = CString::new(muxer).map_err(|_| Error::InvalidData)?;
        let mut raw = ptr::null_mut();
        // SAFETY: the strings outlive the call; libav copies them.
        check(unsafe { ffi::avformat_alloc_output_context2(&mut raw, ptr::null(), muxer.as_ptr(), url.as_ptr()) })?;
        let output = Self { raw, begun: false };
        // SAFETY: the context is valid and ours; `pb` is closed in `drop`.
        unsafe {
            (*raw).max_delay = i32::try_from(delay_max.as_micros()).unwrap_or(i32::MAX);
            // Times are ours and never negative where a muxer minds; shifting them would break the run's continuity.
            (*raw).avoid_negative_ts = 0;
            check(ffi::avio_open(&mut (*raw).pb, url.as_ptr(), ffi::AVIO_FLAG_WRITE))?;
        }
        Ok(output)
    }

    /// Adds a stream whose times are given in microseconds; returns its place. Before [`Output::begin`] only.
    pub(crate) fn add_stream(&mut self, parameters: &Parameters) -> Result<usize, Error> {
        // SAFETY: the context is valid; the new stream belongs to it; parameters are copied deeply.
        unsafe {
            let stream = ffi::avformat_new_stream(self.raw, ptr::null());
            if stream.is_null() {
                return Err(Error::Other { errno: ffi::ENOMEM });
            }
            check(ffi::avcodec_parameters_copy((*stream).codecpar, parameters.as_ptr()))?;
            (*stream).time_base = super::MICROS.into();
            usize::try_from((*stream).index).map_err(|_| Error::Bug)
        }
    }

    /// Writes the header.
    pub(crate) fn begin(&mut self, options: Dictionary<'_>) -> Result<(), Error> {
        // SAFETY: hands the dictionary's memory over; it is taken back below whatever happens.
        let mut options = unsafe { options.disown() };
        // SAFETY: the context has its streams and an open file.
        let written = unsafe { ffi::avformat_write_header(self.raw, &mut options) };
        // SAFETY: owning what libav left frees it.
        drop(unsafe { Dictionary::own(options) });
        check(written)?;
        self.begun = true;
        Ok(())
    }

    /// Writes one packet whose times are in microseconds, in the order given: decoding times must rise within a stream.
    pub(crate) fn write(&mut self, stream: usize, mut packet: AvPacket) -> Result<(), Error> {
        let base = self.time_base(stream)?;
        packet.address(stream, base);
        // SAFETY: the header is written (`time_base` checked the stream) and the packet is valid; libav takes its own reference.
        check(unsafe { ffi::av_write_frame(self.raw, packet.as_mut_ptr()) })?;
        self.io_error()
    }

    /// As [`Output::write`], with the streams sorted against each other by decoding time.
    pub(crate) fn write_interleaved(&mut self, stream: usize, mut packet: AvPacket) -> Result<(), Error> {
        let base = self.time_base(stream)?;
        packet.address(stream, base);
        // SAFETY: as above; libav takes the packet's content over and leaves an empty packet.
        check(unsafe { ffi::av_interleaved_write_frame(self.raw, packet.as_mut_ptr()) })?;
        self.io_error()
    }

    /// Bytes written so far.
    pub(crate) fn bytes(&self) -> u64 {
        // SAFETY: `pb` is open for as long as `self` lives.
        u64::try_from(unsafe { ffi::avio_seek((*self.raw).pb, 0, SEEK_CUR) }).unwrap_or(0)
    }

    /// Writes the trailer and closes the file; only then is it whole.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        if !self.begun {
            return Err(Error::Bug);
        }
        self.begun = false;
        // SAFETY: the header was written and the trailer is written once; closing nulls `pb`, so `drop` does not close again.
        unsafe {
            let trailer = ffi::av_write_trailer(self.raw);
            let closed = ffi::avio_closep(&mut (*self.raw).pb);
            check(trailer)?;
            check(closed)?;
        }
        Ok(())
    }

    fn time_base(&self, stream: usize) -> Result<Rational, Error> {
        // SAFETY: the context is valid; the place is checked against its number of streams.
        unsafe {
            if !self.begun || stream >= (*self.raw).nb_streams as usize {
                return Err(Error::Bug);
            }
            Ok(Rational::from((**(*self.raw).streams.add(stream)).time_base))
        }
    }

    /// A failed write to the file shows in the file's state, not in the packet's result.
    fn io_error(&self) -> Result<(), Error> {
        // SAFETY: `pb` is open for as long as the header is being written to.
        check(unsafe { (*(*self.raw).pb).error }).map(drop)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // SAFETY: the context is ours; an open file is closed, a closed one is null; muxers free their state with the context.
        unsafe {
            ffi::avio_closep(&mut (*self.raw).pb);
            ffi::avformat_free_context(self.raw);
        }
    }
}

/// Whether an error means that the disk is full (or a quota reached).
pub(crate) fn is_disk_full(error: ffmpeg::Error) -> bool {
    matches!(error, Error::Other { errno: ffi::ENOSPC | ffi::EDQUOT })
}
