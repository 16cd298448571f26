//! Opening and reading a stream or file, interruptible at any moment and bounded in what it may touch.

use std::ffi::CString;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ffmpeg_next as ffmpeg;
use ffmpeg_next::util::interrupt;
use ffmpeg_next::{Dictionary, Error, Rational, ffi, media};

use super::{AvPacket, Parameters, check};

/// What libav asks, several times a second, while it waits for bytes: may I go on?
pub(crate) struct Watch {
    stop: Arc<AtomicBool>,
    started: Instant,
    /// Microseconds after `started` at which waiting ends.
    deadline_micros: AtomicU64,
}

impl Watch {
    pub(crate) fn new(stop: Arc<AtomicBool>) -> Arc<Self> {
        Arc::new(Self { stop, started: Instant::now(), deadline_micros: AtomicU64::new(u64::MAX) })
    }

    /// Ends waiting `after` from now.
    pub(crate) fn allow(&self, after: Duration) {
        let deadline = self.started.elapsed().saturating_add(after).as_micros();
        self.deadline_micros.store(u64::try_from(deadline).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(crate) fn expired(&self) -> bool {
        self.started.elapsed().as_micros() >= u128::from(self.deadline_micros.load(Ordering::Relaxed))
    }
}

/// How an input is opened.
pub(crate) struct InputOptions<'a> {
    /// Options of the demuxer and of the protocols beneath it.
    pub(crate) options: Dictionary<'a>,
    /// Longest stretch of media looked at to learn the streams' parameters.
    pub(crate) analyze_max: Duration,
    /// Pictures looked at to guess the rate.
    pub(crate) rate_probe_pictures: i32,
}

/// An open stream or file.
pub(crate) struct Input {
    context: ffmpeg::format::context::Input,
    watch: Arc<Watch>,
}

impl Input {
    /// Opens `url` and learns its streams. Waits no longer than `watch` allows.
    pub(crate) fn open(url: &str, how: InputOptions<'_>, watch: Arc<Watch>) -> Result<Self, Error> {
        super::init();
        let url = CString::new(url).map_err(|_| Error::InvalidData)?;
        let asked = Arc::clone(&watch);
        let interrupt = interrupt::new(Box::new(move || asked.stopped() || asked.expired()));
        // SAFETY: takes nothing; null means out of memory.
        let mut raw = unsafe { ffi::avformat_alloc_context() };
        if raw.is_null() {
            return Err(Error::Other { errno: ffi::ENOMEM });
        }
        // SAFETY: the context is fresh and ours. The callback's closure is kept by `interrupt.guard`, which outlives the context:
        // here until the end of the function, then inside ffmpeg-next's context.
        unsafe {
            (*raw).interrupt_callback = interrupt.interrupt;
            (*raw).max_analyze_duration = i64::try_from(how.analyze_max.as_micros()).unwrap_or(i64::MAX);
            (*raw).fps_probe_size = how.rate_probe_pictures;
        }
        // SAFETY: hands the dictionary's memory over; it is taken back below whatever happens.
        let mut options = unsafe { how.options.disown() };
        // SAFETY: all pointers are valid; on failure libav frees the context and nulls `raw`.
        let opened = unsafe { ffi::avformat_open_input(&mut raw, url.as_ptr(), ptr::null_mut(), &mut options) };
        // SAFETY: libav left the options it did not know in the dictionary; owning it again frees them.
        drop(unsafe { Dictionary::own(options) });
        check(opened)?;
        // SAFETY: `raw` is an open input that nobody else closes; the wrapper closes it, then drops the guard.
        let context = unsafe { ffmpeg::format::context::Input::wrap_with_interrupt(raw, interrupt.guard) };
        let mut input = Self { context, watch };
        // SAFETY: the context is open; a null options array means none.
        check(unsafe { ffi::avformat_find_stream_info(input.context.as_mut_ptr(), ptr::null_mut()) })?;
        Ok(input)
    }

    /// Reads the next packet into `packet`, replacing what it held.
    pub(crate) fn read(&mut self, packet: &mut AvPacket) -> Result<(), Error> {
        packet.clear();
        // SAFETY: context and packet are valid and ours; libav makes the packet reference-counted.
        check(unsafe { ffi::av_read_frame(self.context.as_mut_ptr(), packet.as_mut_ptr()) }).map(drop)
    }

    pub(crate) fn watch(&self) -> &Watch {
        &self.watch
    }

    pub(crate) fn stream_count(&self) -> usize {
        self.context.nb_streams() as usize
    }

    /// The first stream of a kind that `fits`, by its place.
    pub(crate) fn find(&self, kind: media::Type, fits: impl Fn(&Parameters) -> bool) -> Option<usize> {
        self.context
            .streams()
            .find(|stream| stream.parameters().medium() == kind && fits(&Parameters::copied(&stream.parameters())))
            .map(|stream| stream.index())
    }

    pub(crate) fn parameters(&self, stream: usize) -> Option<Parameters> {
        self.context.stream(stream).map(|stream| Parameters::copied(&stream.parameters()))
    }

    pub(crate) fn time_base(&self, stream: usize) -> Rational {
        self.context.stream(stream).map_or(super::MICROS, |stream| stream.time_base())
    }

    /// Pictures a second as the container or the probe says, where it is believable.
    pub(crate) fn frame_rate(&self, stream: usize) -> Option<f32> {
        let stream = self.context.stream(stream)?;
        [stream.avg_frame_rate(), stream.rate()]
            .into_iter()
            .filter(|rate| rate.numerator() > 0 && rate.denominator() > 0)
            .map(|rate| f64::from(rate) as f32)
            // Slower is a time-lapse, faster a clock rate mistaken for one.
            .find(|rate| (0.1..=240.0).contains(rate))
    }

    /// Pictures that the container's index lists; `None` where it lists none.
    pub(crate) fn pictures_indexed(&self, stream: usize) -> Option<u64> {
        self.context.stream(stream).and_then(|stream| u64::try_from(stream.frames()).ok()).filter(|count| *count > 0)
    }

    /// Tells libav to drop the packets of every stream but the wanted ones before they are parsed.
    pub(crate) fn keep_only(&mut self, wanted: &[usize]) {
        for index in 0..self.stream_count() {
            if !wanted.contains(&index) {
                // SAFETY: `index` is below the number of streams; `discard` is a plain number the demuxer reads.
                unsafe {
                    let streams = (*self.context.as_mut_ptr()).streams;
                    (**streams.add(index)).discard = ffi::AVDiscard::AVDISCARD_ALL;
                }
            }
        }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        // Long enough for a TEARDOWN on a local network, short enough that stopping a camera feels at once.
        self.watch.allow(Duration::from_millis(300));
    }
}
