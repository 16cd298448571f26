//! An owned, reference-counted packet of libav. Cloning shares the payload; ffmpeg-next's packet copies it.

use std::ptr::NonNull;

use ffmpeg_next::ffi;
use ffmpeg_next::{Error, Rational, packet};

/// One packet; its payload is shared between clones and never written to after it was made.
pub(crate) struct AvPacket(NonNull<ffi::AVPacket>);

// SAFETY: a packet is plain memory and an atomically reference-counted buffer; libav ties neither to a thread.
unsafe impl Send for AvPacket {}
// SAFETY: through `&AvPacket` nothing is written, and the payload is not written by any clone either (see `payload_mut`).
unsafe impl Sync for AvPacket {}

impl AvPacket {
    /// An empty packet. Panics when memory is out, as every allocation in Rust does.
    pub(crate) fn new() -> Self {
        // SAFETY: takes nothing; null means out of memory.
        let packet = unsafe { ffi::av_packet_alloc() };
        Self(NonNull::new(packet).expect("libav allocates a packet unless memory is out"))
    }

    /// A packet with its own payload, the parts one after the other, and the properties (flags, times, side data) of `like`.
    pub(crate) fn joined(parts: &[&[u8]], like: &Self) -> Result<Self, Error> {
        let size: usize = parts.iter().map(|part| part.len()).sum();
        let size = i32::try_from(size).map_err(|_| Error::InvalidData)?;
        let mut joined = Self::new();
        // SAFETY: both packets are valid; `av_new_packet` allocates exactly `size` bytes (plus libav's padding).
        unsafe {
            super::check(ffi::av_new_packet(joined.as_mut_ptr(), size))?;
            super::check(ffi::av_packet_copy_props(joined.as_mut_ptr(), like.0.as_ptr()))?;
        }
        let mut rest = joined.payload_mut();
        for part in parts {
            let (head, tail) = rest.split_at_mut(part.len());
            head.copy_from_slice(part);
            rest = tail;
        }
        Ok(joined)
    }

    /// Another handle on the same payload.
    pub(crate) fn share(&self) -> Result<Self, Error> {
        let mut copy = Self::new();
        // SAFETY: source and destination are valid and distinct; the payload's count is raised atomically.
        unsafe { super::check(ffi::av_packet_ref(copy.as_mut_ptr(), self.0.as_ptr()))? };
        Ok(copy)
    }

    /// Lets go of the payload, so that the packet can be read into again.
    pub(crate) fn clear(&mut self) {
        // SAFETY: the packet is valid and ours alone.
        unsafe { ffi::av_packet_unref(self.as_mut_ptr()) }
    }

    pub(crate) fn data(&self) -> &[u8] {
        let raw = self.raw();
        if raw.data.is_null() || raw.size <= 0 {
            return &[];
        }
        // SAFETY: libav promises `size` readable bytes at `data` for as long as the packet holds its reference.
        unsafe { std::slice::from_raw_parts(raw.data, raw.size as usize) }
    }

    /// The payload of a packet just made by `av_new_packet`, which nothing else refers to yet.
    fn payload_mut(&mut self) -> &mut [u8] {
        let raw = self.raw();
        // SAFETY: see above; only `joined` calls this, before the packet can be shared.
        unsafe { std::slice::from_raw_parts_mut(raw.data, raw.size as usize) }
    }

    pub(crate) fn stream_index(&self) -> usize {
        usize::try_from(self.raw().stream_index).unwrap_or(usize::MAX)
    }

    pub(crate) fn is_key(&self) -> bool {
        self.raw().flags & ffi::AV_PKT_FLAG_KEY != 0
    }

    pub(crate) fn is_corrupt(&self) -> bool {
        self.raw().flags & ffi::AV_PKT_FLAG_CORRUPT != 0
    }

    pub(crate) fn is_discarded(&self) -> bool {
        self.raw().flags & ffi::AV_PKT_FLAG_DISCARD != 0
    }

    /// Presentation time in `base`, as microseconds.
    pub(crate) fn pts_micros(&self, base: Rational) -> Option<i64> {
        to_micros(self.raw().pts, base)
    }

    /// Decoding time in `base`, as microseconds.
    pub(crate) fn dts_micros(&self, base: Rational) -> Option<i64> {
        to_micros(self.raw().dts, base)
    }

    /// Duration in `base`, as microseconds; zero when unknown.
    pub(crate) fn duration_micros(&self, base: Rational) -> i64 {
        to_micros(self.raw().duration, base).unwrap_or(0).max(0)
    }

    /// Whether it says anything about when it is shown or decoded.
    pub(crate) fn has_time(&self) -> bool {
        let raw = self.raw();
        raw.pts != ffi::AV_NOPTS_VALUE || raw.dts != ffi::AV_NOPTS_VALUE
    }

    /// Sets the presentation time, given in microseconds, in `base`.
    pub(crate) fn set_pts_micros(&mut self, pts: i64, base: Rational) {
        use ffmpeg_next::Rescale;
        // SAFETY: the packet is valid and ours alone; this is a plain number.
        unsafe { self.0.as_mut() }.pts = pts.rescale(super::MICROS, base);
    }

    /// Sets the times, given in microseconds.
    pub(crate) fn set_times_micros(&mut self, pts: i64, dts: i64, duration: i64) {
        // SAFETY: the packet is valid and ours alone; these are plain numbers.
        let raw = unsafe { self.0.as_mut() };
        (raw.pts, raw.dts, raw.duration) = (pts, dts, duration);
        raw.pos = -1;
    }

    /// Addresses the packet to a stream of an output and converts its times from microseconds to that stream's base.
    pub(crate) fn address(&mut self, stream: usize, base: Rational) {
        // SAFETY: the packet is valid and ours alone.
        unsafe { ffi::av_packet_rescale_ts(self.as_mut_ptr(), super::MICROS.into(), base.into()) };
        // SAFETY: as above.
        unsafe { self.0.as_mut() }.stream_index = i32::try_from(stream).expect("an output has two streams at most");
    }

    /// The sender's wall clock for this packet in microseconds since 1970, from RTCP sender reports, where the demuxer had one.
    pub(crate) fn sender_clock_micros(&self) -> Option<i64> {
        let bytes = self.side_data(ffi::AVPacketSideDataType::AV_PKT_DATA_PRFT)?;
        // `AVProducerReferenceTime` begins with the wall clock as a 64-bit integer in the machine's byte order.
        bytes.first_chunk().map(|wall| i64::from_ne_bytes(*wall))
    }

    /// Whether the packet announces new codec parameters out of band.
    pub(crate) fn new_extradata(&self) -> Option<&[u8]> {
        self.side_data(ffi::AVPacketSideDataType::AV_PKT_DATA_NEW_EXTRADATA)
    }

    fn side_data(&self, kind: ffi::AVPacketSideDataType) -> Option<&[u8]> {
        let mut size = 0;
        // SAFETY: the packet is valid; the returned bytes live as long as the packet, which `&self` guarantees.
        unsafe {
            let bytes = ffi::av_packet_get_side_data(self.0.as_ptr(), kind, &mut size);
            (!bytes.is_null()).then(|| std::slice::from_raw_parts(bytes, size))
        }
    }

    fn raw(&self) -> &ffi::AVPacket {
        // SAFETY: the pointer came from `av_packet_alloc` and is freed in `drop` only.
        unsafe { self.0.as_ref() }
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut ffi::AVPacket {
        self.0.as_ptr()
    }
}

fn to_micros(value: i64, base: Rational) -> Option<i64> {
    use ffmpeg_next::Rescale;
    (value != ffi::AV_NOPTS_VALUE).then(|| value.rescale(base, super::MICROS))
}

impl packet::Ref for AvPacket {
    fn as_ptr(&self) -> *const ffi::AVPacket {
        self.0.as_ptr()
    }
}

impl packet::Mut for AvPacket {
    fn as_mut_ptr(&mut self) -> *mut ffi::AVPacket {
        self.0.as_ptr()
    }
}

impl Drop for AvPacket {
    fn drop(&mut self) {
        let mut raw = self.0.as_ptr();
        // SAFETY: the packet is ours; `av_packet_free` drops our count of the payload and the packet itself.
        unsafe { ffi::av_packet_free(&mut raw) }
    }
}
