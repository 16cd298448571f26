//! Writes what a camera sends to disk as MPEG-TS segments of about two seconds, pictures bit for bit. Driven by one capture thread
//! per camera; it waits for nothing but the disk.
//!
//! A segment is written under a hidden name that tells its start ([`crate::salvage`] reads it) and gets its real name by rename
//! when it is whole, so a reader never sees half a segment. Nothing is synced: the page cache survives the death of the process,
//! which is what the buffer promises; a power cut may cost the last seconds, and syncing 16 cameras every 2 s would cost a disk
//! its throughput all day.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ffmpeg_next::codec::Id;
use ffmpeg_next::{Dictionary, Error};
use iris_domain::{SegmentName, Timestamp};
use tracing::warn;

use crate::audio::AudioTranscoder;
use crate::av::{AvPacket, Output, Parameters, is_disk_full};
use crate::nal::{self, ParameterSets};
use crate::{MediaTime, Packet, PacketKind, StreamInfo};

/// Prefix of a segment that is still being written.
pub(crate) const OPEN_PREFIX: &str = ".open-";

/// Added to media time in the file, so that sound from before the first picture and the decoding times of B-frames stay positive.
const FILE_TIME_BASE: i64 = 10_000_000;

/// Distance between the stream's clock and decoding times; what ffmpeg itself uses, so what players expect.
const CLOCK_DELAY: Duration = Duration::from_millis(700);

/// A key frame this much before the target length will do: cameras' clocks are not exact, and waiting for the next would double
/// the segment.
const TARGET_SLACK: Duration = Duration::from_millis(100);

/// How segments are cut.
#[derive(Debug, Clone, Copy)]
pub struct SegmenterOptions {
    /// A segment ends at the first key frame after this.
    pub target: Duration,
    /// Without a key frame it ends here.
    pub length_max: Duration,
    /// It ends before it outgrows this, whatever the camera sends.
    pub bytes_max: u64,
}

impl Default for SegmenterOptions {
    /// 2 s; 10 s without a key frame; 64 MiB, which is 50 Mbit/s for 10 s.
    fn default() -> Self {
        Self { target: Duration::from_secs(2), length_max: Duration::from_secs(10), bytes_max: 64 << 20 }
    }
}

/// A segment that is whole and has its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedSegment {
    /// What its name says.
    pub name: SegmentName,
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// Why a segment could not be written. The open segment is lost; the next key frame begins another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SegmentError {
    /// Room must be made.
    #[error("{action} a segment: no space left on the disk")]
    DiskFull {
        /// What was being done.
        action: &'static str,
    },
    /// Anything else the disk or the muxer said.
    #[error("{action} a segment: {reason}")]
    Failed {
        /// What was being done.
        action: &'static str,
        /// What went wrong.
        reason: String,
    },
}

/// Cuts one connection's packets into segments.
pub struct Segmenter {
    dir: PathBuf,
    options: SegmenterOptions,
    next_sequence: u64,
    run: u32,
    info: StreamInfo,
    sets: ParameterSets,
    sound: Sound,
    open: Option<OpenSegment>,
    /// Since when pictures wait for a first key frame.
    waiting_since: Option<MediaTime>,
    /// The last segment ran on to the next picture, so that one may begin a segment even if it is no key frame.
    unbroken: bool,
}

/// What becomes of the sound.
enum Sound {
    None,
    Copied(Parameters),
    Transcoded(Box<AudioTranscoder>, Parameters),
}

struct OpenSegment {
    output: Output,
    path: PathBuf,
    name: SegmentName,
    video: usize,
    audio: Option<usize>,
    start_wall: Timestamp,
    start: MediaTime,
    latest: MediaTime,
    pictures: u32,
}

impl Segmenter {
    /// For the streams of one connection. `first_sequence` follows the last segment of the camera, `run` is the connection's
    /// number. Creates nothing yet; `dir` must exist.
    pub fn new(dir: PathBuf, info: &StreamInfo, first_sequence: u64, run: u32, options: SegmenterOptions) -> Self {
        let sets = ParameterSets::leading(info.codec, info.video_parameters.extradata());
        let sound = Sound::for_stream(info);
        let info = info.clone();
        let (next_sequence, open, waiting_since, unbroken) = (first_sequence, None, None, false);
        Self { dir, options, next_sequence, run, info, sets, sound, open, waiting_since, unbroken }
    }

    /// The number the next segment will get.
    pub fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Writes a packet; returns the segment that ended before it, if one did.
    pub fn write(&mut self, packet: &Packet) -> Result<Option<ClosedSegment>, SegmentError> {
        let closed =
            if packet.kind == PacketKind::Video && self.must_cut(packet) { self.close(Some(packet)) } else { Ok(None) };
        // A segment that failed to close must not cost the next one too.
        self.append(packet).inspect_err(|_| self.abandon())?;
        closed
    }

    /// Ends the open segment now, as it is; the next begins at a key frame.
    pub fn close_now(&mut self) -> Result<Option<ClosedSegment>, SegmentError> {
        self.close(None)
    }

    /// Ends the last segment.
    pub fn finish(mut self) -> Result<Option<ClosedSegment>, SegmentError> {
        self.close(None)
    }

    fn must_cut(&self, packet: &Packet) -> bool {
        let Some(open) = &self.open else { return false };
        let length = packet.pts.since(open.start);
        let key_cut = packet.key
            && (packet.params_changed || !open.name.starts_with_key || length + TARGET_SLACK >= self.options.target);
        key_cut
            || length >= self.options.length_max
            || open.output.bytes() + packet.size() as u64 > self.options.bytes_max
    }

    fn append(&mut self, packet: &Packet) -> Result<(), SegmentError> {
        match packet.kind {
            PacketKind::Video => self.append_picture(packet),
            PacketKind::Audio => self.append_sound(packet),
        }
    }

    fn append_picture(&mut self, packet: &Packet) -> Result<(), SegmentError> {
        if packet.key {
            self.note_sets(packet);
        }
        if self.open.is_none() {
            if !packet.key && !self.unbroken && !self.waited_enough(packet.dts) {
                return Ok(());
            }
            self.open = Some(self.begin(packet)?);
        }
        let picture = self.with_sets(packet).map_err(failed("copy a picture into"))?;
        let Some(open) = &mut self.open else { return Ok(()) };
        open.latest = open.latest.max(packet.pts);
        open.pictures += 1;
        write_at(&mut open.output, open.video, picture, packet.pts, packet.dts)
    }

    /// A camera without key frames is recorded all the same after a while: it may refresh its picture in stripes.
    fn waited_enough(&mut self, now: MediaTime) -> bool {
        let since = *self.waiting_since.get_or_insert(now);
        now.since(since) >= self.options.length_max
    }

    fn append_sound(&mut self, packet: &Packet) -> Result<(), SegmentError> {
        let packets = match &mut self.sound {
            Sound::None => return Ok(()),
            Sound::Copied(_) => vec![packet.av.share().map_err(failed("copy sound into"))?],
            Sound::Transcoded(transcoder, _) => match transcoder.push(&packet.av) {
                Ok(packets) => packets,
                Err(error) => {
                    warn!(codec = self.info.audio.as_ref().map(|audio| audio.codec.as_str()), %error, "sound dropped: it cannot be converted");
                    self.sound = Sound::None;
                    return Ok(());
                }
            },
        };
        let Some(open) = &mut self.open else { return Ok(()) };
        let Some(audio) = open.audio else { return Ok(()) };
        for sound in packets {
            let at = sound.pts_micros(crate::av::MICROS).map_or(packet.pts, MediaTime::from_micros);
            write_at(&mut open.output, audio, sound, at, at)?;
        }
        Ok(())
    }

    fn note_sets(&mut self, packet: &Packet) {
        let sets = ParameterSets::leading(self.info.codec, packet.data());
        if sets.complete(self.info.codec) {
            self.sets = sets;
        }
    }

    /// The picture's bytes; a key picture without parameter sets gets them, so that every segment can be decoded alone.
    fn with_sets(&self, packet: &Packet) -> Result<AvPacket, Error> {
        let codec = self.info.codec;
        if !packet.key || ParameterSets::leading(codec, packet.data()).complete(codec) {
            return packet.av.share();
        }
        let (delimiter, picture) = packet.data().split_at(nal::insertion_point(codec, packet.data()));
        AvPacket::joined(&[delimiter, &self.sets.to_annex_b(), picture], &packet.av)
    }

    fn begin(&mut self, packet: &Packet) -> Result<OpenSegment, SegmentError> {
        let (sequence, run) = (self.next_sequence, self.run);
        // Names count whole milliseconds; what is handed out must equal what is read back.
        let start = Timestamp::from_millis(packet.wall.as_millis()).unwrap_or(packet.wall);
        let name = SegmentName { start, duration_ms: 0, sequence, run, starts_with_key: packet.key };
        let path = self.dir.join(format!("{OPEN_PREFIX}{name}"));
        let mut output = Output::create(&path, "mpegts", CLOCK_DELAY).map_err(failed("create"))?;
        let video = output.add_stream(&self.info.video_parameters.with_tag(None)).map_err(failed("create"))?;
        let audio = match &self.sound {
            Sound::None => None,
            Sound::Copied(parameters) | Sound::Transcoded(_, parameters) => {
                Some(output.add_stream(&parameters.with_tag(None)).map_err(failed("create"))?)
            }
        };
        output.begin(Dictionary::new()).map_err(failed("create"))?;
        self.next_sequence += 1;
        self.waiting_since = None;
        let (start, start_wall) = (packet.pts, packet.wall);
        Ok(OpenSegment { output, path, name, video, audio, start_wall, start, latest: start, pictures: 0 })
    }

    /// Ends the open segment; `next` is the picture that begins the one after.
    fn close(&mut self, next: Option<&Packet>) -> Result<Option<ClosedSegment>, SegmentError> {
        self.unbroken = next.is_some();
        let Some(open) = self.open.take() else { return Ok(None) };
        let length = next.map_or_else(|| open.length_alone(), |next| next.pts.since(open.start));
        let name = named_by_length(open.name, open.start_wall, length);
        let path = self.dir.join(name.to_string());
        let closed = open.output.finish().map_err(failed("finish")).and_then(|()| publish(&open.path, &path));
        if closed.is_err() {
            remove_quietly(&open.path);
        }
        closed.map(|bytes| Some(ClosedSegment { name, path, bytes }))
    }

    fn abandon(&mut self) {
        self.unbroken = false;
        if let Some(open) = self.open.take() {
            drop(open.output);
            remove_quietly(&open.path);
        }
    }
}

impl OpenSegment {
    /// Its length when no picture follows: to the last picture, and that one's own.
    fn length_alone(&self) -> Duration {
        let shown = self.latest.since(self.start);
        let between = self.pictures.saturating_sub(1);
        shown + if between > 0 { shown / between } else { Duration::from_millis(40) }
    }
}

impl Sound {
    fn for_stream(info: &StreamInfo) -> Self {
        let Some(parameters) = &info.audio_parameters else { return Self::None };
        if parameters.id() == Id::AAC {
            return Self::Copied(Parameters::clone(parameters));
        }
        match AudioTranscoder::new(parameters) {
            Ok(transcoder) => {
                let encoded = transcoder.parameters();
                Self::Transcoded(Box::new(transcoder), encoded)
            }
            Err(error) => {
                warn!(codec = parameters.id().name(), %error, "recording without sound: its codec cannot be converted");
                Self::None
            }
        }
    }
}

/// The name with the length filled in: whole milliseconds such that neighbours neither overlap nor leave a gap.
pub(crate) fn named_by_length(name: SegmentName, start: Timestamp, length: Duration) -> SegmentName {
    let milliseconds = start.plus(length).as_millis() - start.as_millis();
    SegmentName { duration_ms: u32::try_from(milliseconds).unwrap_or(0), ..name }
}

/// Gives a whole file its name; returns its size.
pub(crate) fn publish(open: &Path, named: &Path) -> Result<u64, SegmentError> {
    let size = std::fs::metadata(open).and_then(|metadata| std::fs::rename(open, named).map(|()| metadata.len()));
    size.map_err(|error| match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            SegmentError::DiskFull { action: "name" }
        }
        _ => SegmentError::Failed { action: "name", reason: error.to_string() },
    })
}

fn write_at(
    output: &mut Output,
    stream: usize,
    mut packet: AvPacket,
    pts: MediaTime,
    dts: MediaTime,
) -> Result<(), SegmentError> {
    packet.set_times_micros(pts.as_micros() + FILE_TIME_BASE, dts.as_micros() + FILE_TIME_BASE, 0);
    output.write(stream, packet).map_err(failed("write"))
}

fn failed(action: &'static str) -> impl Fn(Error) -> SegmentError {
    move |error| match error {
        error if is_disk_full(error) => SegmentError::DiskFull { action },
        error => SegmentError::Failed { action, reason: error.to_string() },
    }
}

/// What cannot be removed now is removed by the next salvage.
fn remove_quietly(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        warn!(%error, "a broken segment could not be removed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ffmpeg_next::ffi;

    #[test]
    fn a_full_disk_is_told_from_other_failures() {
        for errno in [ffi::ENOSPC, ffi::EDQUOT] {
            assert_eq!(failed("write")(Error::Other { errno }), SegmentError::DiskFull { action: "write" });
        }
        assert!(matches!(failed("write")(Error::Other { errno: ffi::EIO }), SegmentError::Failed { .. }));
    }

    #[test]
    fn neighbours_neither_overlap_nor_leave_a_gap() {
        let start = Timestamp::from_micros(1_800_000_000_000_900).expect("a time of this century");
        let name = SegmentName { start, duration_ms: 0, sequence: 0, run: 0, starts_with_key: true };
        let named = named_by_length(name, start, Duration::from_micros(2_000_200));
        assert_eq!(
            start.as_millis() + i64::from(named.duration_ms),
            start.plus(Duration::from_micros(2_000_200)).as_millis()
        );
        assert_eq!(named.duration_ms, 2_001);
    }
}
