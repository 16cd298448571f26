//! A camera's stream, open. Blocking: a capture thread drives it. It decides nothing about reconnecting and never repeats an
//! address in an error.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use ffmpeg_next::codec::Id;
use ffmpeg_next::{Dictionary, Error, Rational, media};
use iris_domain::{RtspTransport, SourceUrl, Timestamp};

use crate::av::{AvPacket, Filter, HeaderParser, Input, InputOptions, Parameters, Watch};
use crate::nal::{self, ParameterSets};
use crate::repair::{RawTimes, TimestampRepair};
use crate::wall_clock::WallClock;
use crate::{MediaTime, OpenError, Packet, PacketKind, ReadError, StreamInfo, VideoCodec};

/// Protocols that a camera's address, its redirects and its playlists may lead to. Without `file`, nothing on this machine's disk
/// can be reached from outside.
const NETWORK_PROTOCOLS: &str = "http,https,tcp,tls,udp,rtp,rtsp,rtmp,crypto";

/// Containers that cameras send. Without this, a web server could answer with any of libav's some 300 formats, some of which open
/// further addresses.
const NETWORK_FORMATS: &str = "rtsp,rtp,sdp,hls,mpegts,flv,mov,matroska,h264,hevc,mpjpeg,mjpeg";

/// Stretch of the stream looked at before giving up on learning its parameters. Cameras with a key frame every few seconds and
/// no parameter sets in their description need this much; others are done within some pictures.
const ANALYZE_MAX: Duration = Duration::from_secs(5);

/// Pictures looked at to guess the rate; each costs its time when a camera is opened.
const RATE_PROBE_PICTURES: i32 = 6;

/// Packets that may wait after opening until the first picture comes live. Opening looks at a few dozen; the rest is a bound.
const BACKLOG_MAX: usize = 512;

/// A read that took longer waited for the camera: the backlog of opening is used up.
const LIVE_WAIT: Duration = Duration::from_millis(2);

/// Pictures among which the one shown second must be: no stream holds back more.
const FIRST_GROUP: usize = 16;

/// A packet of several megabytes is a key frame of an 8K camera; beyond this it is garbage.
const PACKET_BYTES_MAX: usize = 64 << 20;

/// Packets in a row that libav may call invalid before the stream counts as broken.
const INVALID_MAX: u32 = 500;

/// Packets in a row without a picture of the stream's codec: a camera may send parameter sets on their own, but not for a second.
/// MPEG-TS lets a camera go over to another codec in mid-stream, which libav does not follow.
const PICTURELESS_MAX: u32 = 25;

/// Tells a source, from any thread, that nobody wants it any more. Clones share the flag.
#[derive(Debug, Clone, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// A flag that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets it, for good. A waiting open or read returns within about 100 ms.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is set.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How a source is opened.
#[derive(Debug, Clone, Copy)]
pub struct OpenOptions {
    /// How RTP travels; ignored for other protocols.
    pub transport: RtspTransport,
    /// For connecting and learning the streams.
    pub open_timeout: Duration,
    /// For each packet.
    pub read_timeout: Duration,
}

impl Default for OpenOptions {
    /// TCP, 10 s to open, 10 s without a packet.
    fn default() -> Self {
        let timeout = Duration::from_secs(10);
        Self { transport: RtspTransport::Tcp, open_timeout: timeout, read_timeout: timeout }
    }
}

/// An open stream.
pub struct Source {
    input: Input,
    read_timeout: Duration,
    opened: Instant,
    info: StreamInfo,
    video: usize,
    audio: Option<usize>,
    video_base: Rational,
    audio_base: Rational,
    /// Wraps pictures as a byte stream where the container does not.
    to_annex_b: Option<Filter>,
    sets: ParameterSets,
    repair: TimestampRepair,
    /// Only for streams without times.
    headers: Option<HeaderParser>,
    wall: WallClock,
    /// When the last picture came: sound alone is a stall too.
    last_picture: Instant,
    /// Video packets in a row that hold no picture.
    pictureless: u32,
    /// Read while opening, with the moment of arrival.
    backlog: VecDeque<(AvPacket, Duration)>,
}

impl Source {
    /// Connects and learns the streams. Takes at most `open_timeout`; a set `stop` ends it, and later reads, at once.
    pub fn open(url: &SourceUrl, options: &OpenOptions, stop: StopFlag) -> Result<Self, OpenError> {
        let watch = Watch::new(stop.0);
        watch.allow(options.open_timeout);
        let failed = |error| OpenError::from_av(error, watch.stopped(), watch.expired(), options.open_timeout);
        let how = InputOptions {
            options: libav_options(url, options),
            analyze_max: ANALYZE_MAX.min(options.open_timeout),
            rate_probe_pictures: RATE_PROBE_PICTURES,
        };
        let mut input = Input::open(url.expose(), how, Arc::clone(&watch)).map_err(failed)?;
        let video = find_video(&input)?;
        let audio = input.find(media::Type::Audio, |_| true);
        input.keep_only(&[Some(video), audio].into_iter().flatten().collect::<Vec<_>>());
        let live = url.scheme() != "file";
        let mut source = Self::new(input, video, audio, live, options.read_timeout).map_err(failed)?;
        if live {
            source.catch_up().map_err(failed)?;
        }
        Ok(source)
    }

    fn new(
        input: Input,
        video: usize,
        audio: Option<usize>,
        live: bool,
        read_timeout: Duration,
    ) -> Result<Self, Error> {
        let parameters = input.parameters(video).ok_or(Error::StreamNotFound)?;
        let codec = VideoCodec::from_id(parameters.id()).ok_or(Error::DecoderNotFound)?;
        let (video_base, depth) = (input.time_base(video), parameters.reorder_depth());
        let to_annex_b = annex_b_filter(codec, &parameters, video_base)?;
        let parameters = to_annex_b.as_ref().map_or(parameters, Filter::parameters);
        let sets = ParameterSets::leading(codec, parameters.extradata());
        let sound = audio.and_then(|audio| input.parameters(audio));
        let order_step = if codec == VideoCodec::H264 { 2 } else { 1 };
        Ok(Self {
            read_timeout,
            opened: Instant::now(),
            info: StreamInfo::new(codec, parameters, input.frame_rate(video), sound),
            video,
            audio,
            video_base,
            audio_base: audio.map_or(video_base, |audio| input.time_base(audio)),
            to_annex_b,
            sets,
            repair: TimestampRepair::new(live, depth, order_step),
            headers: None,
            wall: WallClock::new(live),
            last_picture: Instant::now(),
            pictureless: 0,
            backlog: VecDeque::new(),
            input,
        })
    }

    /// What the source holds, as of the last packet read.
    pub fn streams(&self) -> &StreamInfo {
        &self.info
    }

    /// The next packet. Waits at most `read_timeout`, and takes sound without pictures for that long as a stall too.
    pub fn read(&mut self) -> Result<Packet, ReadError> {
        let deadline = Instant::now() + self.read_timeout;
        let mut invalid = 0;
        loop {
            let (packet, arrival) = match self.backlog.pop_front() {
                Some(waiting) => waiting,
                None => self.read_live(deadline, &mut invalid)?,
            };
            let Some(packet) = self.finish(packet, arrival)? else { continue };
            if packet.kind == PacketKind::Video {
                self.last_picture = Instant::now();
            } else if self.last_picture.elapsed() > self.read_timeout {
                return Err(ReadError::Stalled(self.read_timeout));
            }
            return Ok(packet);
        }
    }

    /// The next packet from the network.
    fn read_live(&mut self, deadline: Instant, invalid: &mut u32) -> Result<(AvPacket, Duration), ReadError> {
        let mut packet = AvPacket::new();
        loop {
            self.input.watch().allow(deadline.saturating_duration_since(Instant::now()));
            match self.input.read(&mut packet) {
                Ok(()) => return Ok((packet, self.opened.elapsed())),
                // The demuxer finds its way past garbage, but not for ever.
                Err(Error::InvalidData | Error::Other { errno: ffmpeg_next::ffi::EAGAIN })
                    if *invalid < INVALID_MAX =>
                {
                    *invalid += 1;
                    if self.input.watch().expired() {
                        return Err(ReadError::Stalled(self.read_timeout));
                    }
                }
                Err(error) => {
                    let watch = self.input.watch();
                    return Err(ReadError::from_av(error, watch.stopped(), watch.expired(), self.read_timeout));
                }
            }
        }
    }

    /// Reads what piled up while opening until the first picture that had to be waited for, so that the arrival of the others can
    /// be told from it: they were filmed one after the other, not all at this moment.
    fn catch_up(&mut self) -> Result<(), Error> {
        while self.backlog.len() < BACKLOG_MAX {
            let mut packet = AvPacket::new();
            let asked = Instant::now();
            match self.input.read(&mut packet) {
                Ok(()) => {}
                Err(Error::InvalidData) => continue,
                Err(Error::Eof) => break,
                Err(error) => return Err(error),
            }
            let waited = asked.elapsed() >= LIVE_WAIT && packet.stream_index() == self.video;
            self.backlog.push_back((packet, self.opened.elapsed()));
            if waited {
                break;
            }
        }
        self.time_first_picture();
        self.date_backlog();
        Ok(())
    }

    /// Over RTP libav gives the first picture no time. It is shown before those that follow it in the first group.
    fn time_first_picture(&mut self) {
        let (video, base) = (self.video, self.video_base);
        let mut pictures = self.backlog.iter_mut().filter(|(packet, _)| packet.stream_index() == video);
        let Some((first, _)) = pictures.next().filter(|(first, _)| !first.has_time()) else { return };
        let earliest = pictures.take(FIRST_GROUP).filter_map(|(packet, _)| packet.pts_micros(base)).min();
        if let Some(earliest) = earliest {
            first.set_pts_micros(earliest - first.duration_micros(base), base);
        }
    }

    /// Dates the backlog from its newest picture backwards.
    fn date_backlog(&mut self) {
        let (video, base) = (self.video, self.video_base);
        let time = |packet: &AvPacket| packet.pts_micros(base).or(packet.dts_micros(base));
        let newest = self.backlog.iter().rev().find(|(packet, _)| packet.stream_index() == video);
        let Some((arrival, Some(newest))) = newest.map(|(packet, arrival)| (*arrival, time(packet))) else { return };
        // The connection's clock starts before the oldest came.
        self.opened = self.opened.checked_sub(ANALYZE_MAX).unwrap_or(self.opened);
        let arrival = arrival + ANALYZE_MAX;
        let mut dated = arrival;
        for (packet, arrived) in self.backlog.iter_mut().rev() {
            if packet.stream_index() == video {
                let age = newest.saturating_sub(time(packet).unwrap_or(newest));
                let age = Duration::from_micros(u64::try_from(age).unwrap_or(0)).min(ANALYZE_MAX);
                dated = dated.min(arrival.saturating_sub(age));
            }
            *arrived = dated;
        }
    }

    /// Turns what the demuxer gave into a packet of ours; `None` when it is of no use.
    fn finish(&mut self, mut av: AvPacket, arrival: Duration) -> Result<Option<Packet>, ReadError> {
        let kind = match av.stream_index() {
            index if index == self.video => PacketKind::Video,
            index if Some(index) == self.audio => PacketKind::Audio,
            index => return self.stray(index),
        };
        if av.data().is_empty() || av.data().len() > PACKET_BYTES_MAX || av.is_discarded() {
            return Ok(None);
        }
        let base = if kind == PacketKind::Video { self.video_base } else { self.audio_base };
        if kind == PacketKind::Video
            && let Some(filter) = &mut self.to_annex_b
            && filter.run(&mut av).is_err()
        {
            return Ok(None);
        }
        let key = kind == PacketKind::Audio || av.is_key();
        let raw = self.raw_times(&av, kind, base, arrival, key);
        let times = self.repair.repair(kind, raw);
        let duration = av.duration_micros(base);
        let params_changed = kind == PacketKind::Video && key && self.note_parameters(&av);
        let wall = self.wall_time(times.pts, &av, arrival);
        av.set_times_micros(times.pts.as_micros(), times.dts.as_micros(), duration);
        let disposable = kind == PacketKind::Video && !self.is_referenced(&av)? && !key;
        let (pts, dts, av) = (times.pts, times.dts, Arc::new(av));
        Ok(Some(Packet { kind, key, pts, dts, wall, disposable, params_changed, av }))
    }

    /// A packet of a stream that was not there at the start: the camera changed what it sends.
    fn stray(&self, index: usize) -> Result<Option<Packet>, ReadError> {
        let is_video = |parameters: Parameters| VideoCodec::from_id(parameters.id()).is_some();
        if index > self.video && self.input.parameters(index).is_some_and(is_video) {
            return Err(ReadError::Broken("the camera changed its streams".to_owned()));
        }
        Ok(None)
    }

    /// Whether other pictures may refer to this one.
    fn is_referenced(&mut self, av: &AvPacket) -> Result<bool, ReadError> {
        let referenced = nal::is_referenced(self.info.codec, av.data());
        self.pictureless = if referenced.is_some() { 0 } else { self.pictureless + 1 };
        if self.pictureless > PICTURELESS_MAX {
            return Err(ReadError::Broken("the camera changed its codec".to_owned()));
        }
        Ok(referenced.unwrap_or(true))
    }

    fn raw_times(&mut self, av: &AvPacket, kind: PacketKind, base: Rational, arrival: Duration, key: bool) -> RawTimes {
        let (pts, dts) = (av.pts_micros(base), av.dts_micros(base));
        let picture_order = if kind == PacketKind::Video && pts.is_none() { self.picture_order(av) } else { None };
        RawTimes { pts, dts, duration: av.duration_micros(base), arrival, key, picture_order }
    }

    fn picture_order(&mut self, av: &AvPacket) -> Option<i32> {
        if self.headers.is_none() {
            self.headers = HeaderParser::new(&self.info.video_parameters).ok();
        }
        self.headers.as_mut().map(|headers| headers.read(av).picture_order)
    }

    /// Keeps the newest parameter sets; true when they describe another sequence than before.
    fn note_parameters(&mut self, av: &AvPacket) -> bool {
        let codec = self.info.codec;
        let announced = av.new_extradata().map(|extradata| ParameterSets::leading(codec, extradata));
        let sets = ParameterSets::leading(codec, av.data());
        let sets = if sets.complete(codec) { sets } else { announced.unwrap_or_default() };
        if !sets.complete(codec) || sets == self.sets {
            return false;
        }
        // A stream that announced nothing is described by its first key picture; that is no change.
        let changed = self.sets.complete(codec) && !sets.same_sequence(&self.sets);
        let size = HeaderParser::new(&self.info.video_parameters).ok().and_then(|mut parser| parser.read(av).size);
        if let Ok(parameters) = self.info.video_parameters.with_extradata(&sets.to_annex_b(), size) {
            self.info = self.info.with_video(parameters);
        }
        self.sets = sets;
        changed
    }

    fn wall_time(&mut self, pts: MediaTime, av: &AvPacket, arrival: Duration) -> Timestamp {
        let late = self.opened.elapsed().saturating_sub(arrival);
        let arrived = Timestamp::from_system(SystemTime::now()).minus(late);
        let sender = av.sender_clock_micros().and_then(Timestamp::from_micros);
        self.wall.observe(pts, arrived, sender)
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("streams", &self.info).finish_non_exhaustive()
    }
}

fn libav_options(url: &SourceUrl, options: &OpenOptions) -> Dictionary<'static> {
    let mut set = Dictionary::new();
    let scheme = url.scheme();
    if scheme == "file" {
        set.set("protocol_whitelist", "file");
        return set;
    }
    set.set("protocol_whitelist", NETWORK_PROTOCOLS);
    set.set("format_whitelist", NETWORK_FORMATS);
    if scheme.starts_with("rtsp") {
        let transport = match options.transport {
            RtspTransport::Tcp => "tcp",
            RtspTransport::Udp => "udp",
        };
        set.set("rtsp_transport", transport);
        set.set("allowed_media_types", "video+audio");
        // A key frame of a 4K camera comes as one burst of datagrams.
        set.set("buffer_size", "4194304");
    }
    set
}

fn find_video(input: &Input) -> Result<usize, OpenError> {
    if let Some(video) = input.find(media::Type::Video, |parameters| VideoCodec::from_id(parameters.id()).is_some()) {
        return Ok(video);
    }
    match input.find(media::Type::Video, |parameters| parameters.id() != Id::None) {
        Some(other) => {
            let name = input.parameters(other).map_or("unknown", |parameters| parameters.id().name());
            Err(OpenError::Unsupported(name.to_owned()))
        }
        None => Err(OpenError::NoVideo),
    }
}

/// A filter to byte-stream form where the container (MP4, FLV, Matroska) counts lengths instead.
fn annex_b_filter(codec: VideoCodec, parameters: &Parameters, base: Rational) -> Result<Option<Filter>, Error> {
    // `avcC` and `hvcC` begin with their version, a byte stream with zeros.
    if parameters.extradata().first().is_none_or(|&first| first == 0) {
        return Ok(None);
    }
    let name = match codec {
        VideoCodec::H264 => c"h264_mp4toannexb",
        VideoCodec::H265 => c"hevc_mp4toannexb",
    };
    Filter::new(name, parameters, base).map(Some)
}
