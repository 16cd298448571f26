//! Decodes only as much as somebody needs. Driven by a camera's decode thread; broken data is counted, never an error.

use std::collections::VecDeque;

use ffmpeg_next::codec::threading::{Config, Type};
use ffmpeg_next::codec::{self, Flags, discard::Discard};
use ffmpeg_next::{Error, decoder, frame};
use iris_domain::Timestamp;

use crate::av::{MICROS, Parameters};
use crate::{MediaTime, Packet, PacketKind, Picture, StreamInfo};

/// Pictures in flight of which the wall time is remembered: more than the 16 a decoder may hold back.
const REMEMBERED: usize = 64;

/// Largest picture decoded, in pixels: 8192 x 8192. A forged header must not take the machine's memory.
const PIXELS_MAX: i64 = 8192 * 8192;

/// How much of a stream is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecodeMode {
    /// Every picture.
    All,
    /// Every picture that others refer to: half of a stream with B-frames, all of one without.
    NonReferenceSkipped,
    /// Key pictures, each as soon as it is there.
    KeyFramesOnly,
}

/// The decoder cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("open the {codec} decoder: {reason}")]
pub struct DecodeError {
    codec: &'static str,
    reason: String,
}

/// Decodes one stream's pictures.
pub struct Decoder {
    opened: decoder::Video,
    parameters: Parameters,
    codec: &'static str,
    threads: usize,
    /// Pictures were left out, so nothing but a key picture can follow.
    needs_key: bool,
    corrupt: u64,
    in_flight: VecDeque<(MediaTime, Timestamp)>,
}

impl Decoder {
    /// A software decoder with `threads` threads, which work on parts of one picture and so add no delay. One is right for a
    /// machine with many cameras.
    pub fn new(info: &StreamInfo, threads: usize) -> Result<Self, DecodeError> {
        let (codec, parameters) = (info.codec.name(), Parameters::clone(&info.video_parameters));
        let opened = open(&parameters, threads).map_err(|error| DecodeError { codec, reason: error.to_string() })?;
        let in_flight = VecDeque::with_capacity(REMEMBERED);
        Ok(Self { opened, parameters, codec, threads, needs_key: true, corrupt: 0, in_flight })
    }

    /// Packets and pictures found broken so far.
    pub fn corrupt_count(&self) -> u64 {
        self.corrupt
    }

    /// Decodes a packet and hands on the pictures that are ready, in the order they are shown. Sound is ignored. The mode may
    /// change from packet to packet; more pictures begin with the next key picture.
    pub fn push(
        &mut self,
        packet: &Packet,
        mode: DecodeMode,
        mut shown: impl FnMut(Picture),
    ) -> Result<(), DecodeError> {
        if packet.kind != PacketKind::Video {
            return Ok(());
        }
        if packet.params_changed {
            self.reopen()?;
        }
        let skipped = match mode {
            DecodeMode::All => false,
            DecodeMode::NonReferenceSkipped => packet.disposable,
            DecodeMode::KeyFramesOnly => !packet.key,
        };
        // Leaving out what nothing refers to harms nothing later.
        self.needs_key |= skipped && !packet.disposable;
        if skipped || (self.needs_key && !packet.key) {
            return Ok(());
        }
        if self.needs_key {
            self.restart();
        }
        self.decode(packet, &mut shown);
        if mode == DecodeMode::KeyFramesOnly {
            self.drain(&mut shown);
            self.needs_key = true;
        }
        Ok(())
    }

    /// Hands on what the decoder still holds; afterwards it starts at a key picture.
    pub fn flush(&mut self, mut shown: impl FnMut(Picture)) {
        self.drain(&mut shown);
        self.restart();
        self.needs_key = true;
    }

    fn restart(&mut self) {
        self.opened.flush();
        self.in_flight.clear();
        self.needs_key = false;
    }

    fn reopen(&mut self) -> Result<(), DecodeError> {
        let failed = |error: Error| DecodeError { codec: self.codec, reason: error.to_string() };
        self.opened = open(&self.parameters, self.threads).map_err(failed)?;
        self.in_flight.clear();
        self.needs_key = true;
        Ok(())
    }

    fn decode(&mut self, packet: &Packet, shown: &mut impl FnMut(Picture)) {
        if self.in_flight.len() == REMEMBERED {
            self.in_flight.pop_front();
        }
        self.in_flight.push_back((packet.pts, packet.wall));
        if packet.av.is_corrupt() || self.opened.send_packet(&*packet.av).is_err() {
            self.corrupt += 1;
        }
        self.receive(shown);
    }

    /// Makes the decoder give out what it holds back for B-frames.
    fn drain(&mut self, shown: &mut impl FnMut(Picture)) {
        if self.opened.send_eof().is_ok() {
            self.receive(shown);
        }
        self.opened.flush();
    }

    fn receive(&mut self, shown: &mut impl FnMut(Picture)) {
        loop {
            let mut frame = frame::Video::empty();
            match self.opened.receive_frame(&mut frame) {
                Ok(()) => {}
                Err(Error::Eof | Error::Other { errno: ffmpeg_next::ffi::EAGAIN }) => return,
                Err(_) => {
                    self.corrupt += 1;
                    return;
                }
            }
            if frame.is_corrupt() || frame.has_decode_errors() {
                self.corrupt += 1;
            }
            if let Some(picture) = self.dated(frame) {
                shown(picture);
            }
        }
    }

    /// Finds out when a picture was filmed, from the packet with its presentation time.
    fn dated(&mut self, frame: frame::Video) -> Option<Picture> {
        let pts = MediaTime::from_micros(frame.timestamp().or(frame.pts())?);
        let nearest = self.in_flight.iter().min_by_key(|(known, _)| (known.as_micros() - pts.as_micros()).abs())?;
        let wall = nearest.1.plus(pts.since(nearest.0)).minus(nearest.0.since(pts));
        Some(Picture { width: frame.width(), height: frame.height(), pts, wall, frame })
    }
}

fn open(parameters: &Parameters, threads: usize) -> Result<decoder::Video, Error> {
    crate::av::init();
    let mut context = codec::Context::from_parameters(parameters.to_codec())?;
    context.set_flags(Flags::LOW_DELAY);
    context.set_threading(Config { kind: Type::Slice, count: threads.max(1), ..Config::default() });
    let mut decoder = context.decoder();
    decoder.set_packet_time_base(MICROS);
    decoder.skip_frame(Discard::Default);
    crate::av::limit_pixels(&mut decoder, PIXELS_MAX);
    decoder.video()
}
