//! Puts the packets of segments on one clip's timeline. Driven by [`crate::cut_clip`], one segment after the other, in order.

use std::path::Path;
use std::time::Duration;

use ffmpeg_next::Rational;
use iris_domain::{SegmentName, Span, Timestamp};

use crate::PacketKind;
use crate::av::{AvPacket, Output};
use crate::clip::{ClipError, ClipFormat, HOLE_MIN};
use crate::segment_file::SegmentFile;

/// The file's clock and the names agree within this inside one connection; beyond it the wall clock was set anew, and names rule.
const AGREEMENT_MICROS: i64 = 500_000;

/// MPEG-TS counts 33 bits of 90 kHz and then starts again.
const WRAP_MICROS: i64 = (1i64 << 33) * 100 / 9;

/// Least distance between pictures where two connections overlap.
const STEP_MIN_MICROS: i64 = 1_000;

/// Length of a picture of which nothing is known: 25 a second.
const PICTURE_MICROS: i64 = 40_000;

/// A clip being written.
pub(crate) struct ClipWriter {
    output: Output,
    video: usize,
    audio: Option<usize>,
    from: i64,
    to: i64,
    /// Since the last key frame at or before `from`: written once it is known that no later one comes.
    held: Vec<Placed>,
    /// Wall time of position zero in microseconds, once writing has begun.
    origin: Option<i64>,
    /// The last segment's clock.
    clock: Option<SegmentClock>,
    /// Presentation time of the key frame that began this stretch; none while one is waited for.
    stretch: Option<i64>,
    last_video_dts: i64,
    last_audio_dts: i64,
    /// Presentation time of the last picture in the order of showing.
    latest_pts: i64,
    has_audio: bool,
    shown: Vec<(i64, i64)>,
    done: bool,
}

/// A packet with its times in microseconds: first the file's, then wall time.
struct Placed {
    kind: PacketKind,
    packet: AvPacket,
    pts: i64,
    dts: i64,
    duration: i64,
}

/// How a segment's file times become wall time.
#[derive(Clone, Copy)]
struct SegmentClock {
    run: u32,
    sequence: u64,
    /// Added to file time.
    offset: i64,
}

/// What was written.
pub(crate) struct Written {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) has_audio: bool,
    pub(crate) shown: Vec<Span>,
}

impl ClipWriter {
    pub(crate) fn create(out: &Path, format: &ClipFormat, from: Timestamp, to: Timestamp) -> Result<Self, ClipError> {
        let mut output = Output::create(out, "mp4", Duration::ZERO)?;
        let (video, audio) = format.add_to(&mut output)?;
        Ok(Self {
            output,
            video,
            audio,
            from: from.as_micros(),
            to: to.as_micros(),
            held: Vec::new(),
            origin: None,
            clock: None,
            stretch: None,
            last_video_dts: i64::MIN,
            last_audio_dts: i64::MIN,
            latest_pts: i64::MIN,
            has_audio: false,
            shown: Vec::new(),
            done: false,
        })
    }

    /// Whether the clip has its first picture.
    pub(crate) fn begun(&self) -> bool {
        self.origin.is_some()
    }

    /// Copies what of a segment belongs into the clip.
    pub(crate) fn copy(&mut self, mut file: SegmentFile, name: SegmentName) -> Result<(), ClipError> {
        let mut offset = None;
        // Sound before the first picture: its place is known with the picture's.
        let mut early = Vec::new();
        let mut packet = AvPacket::new();
        while let Some(kind) = file.read(&mut packet) {
            let Some(placed) = Placed::read(&packet, kind, file.time_base(kind))? else { continue };
            match offset {
                Some(offset) => self.take(placed.shifted(offset))?,
                None if kind == PacketKind::Audio => early.push(placed),
                None => {
                    let found = self.begin_segment(name, &placed);
                    offset = Some(found);
                    self.take(placed.shifted(found))?;
                    early.drain(..).try_for_each(|sound| self.take(sound.shifted(found)))?;
                }
            }
            if self.done {
                break;
            }
        }
        Ok(())
    }

    /// Relates the segment's clock to wall time: through the segment before it in the same connection, else through its name.
    fn begin_segment(&mut self, name: SegmentName, first: &Placed) -> i64 {
        let by_name = name.start.as_micros() - first.pts;
        let last = self.clock.filter(|last| last.run == name.run);
        let continued = last.map(|last| unwrapped(last.offset, by_name));
        let agreed = continued.filter(|offset| (offset - by_name).abs() <= AGREEMENT_MICROS);
        if agreed.is_none() || last.is_none_or(|last| last.sequence + 1 != name.sequence) {
            // After a hole only a key frame can be decoded.
            self.stretch = None;
            self.held.clear();
        }
        // Where connections overlap the later one is moved back a little, so that times rise.
        let earliest = self.last_video_dts.saturating_add(STEP_MIN_MICROS).saturating_sub(first.dts);
        let offset = agreed.unwrap_or(by_name).max(if self.begun() { earliest } else { i64::MIN });
        self.clock = Some(SegmentClock { run: name.run, sequence: name.sequence, offset });
        offset
    }

    fn take(&mut self, placed: Placed) -> Result<(), ClipError> {
        match placed.kind {
            PacketKind::Video => self.take_picture(placed),
            PacketKind::Audio if self.begun() => self.write(placed),
            PacketKind::Audio => {
                if !self.held.is_empty() {
                    self.held.push(placed);
                }
                Ok(())
            }
        }
    }

    fn take_picture(&mut self, placed: Placed) -> Result<(), ClipError> {
        // A picture that others are shown before is followed by those, so that the clip does not end with a hole.
        if placed.dts > self.to && placed.pts > self.latest_pts {
            self.done = true;
            return Ok(());
        }
        let key = placed.packet.is_key();
        if key && (self.stretch.is_none() || (!self.begun() && placed.pts <= self.from)) {
            self.stretch = Some(placed.pts);
            self.held.clear();
        }
        // Without a key frame it cannot be decoded; before it, it refers to pictures that the clip does not have.
        if self.stretch.is_none_or(|stretch| placed.pts < stretch) {
            return Ok(());
        }
        if self.begun() {
            return self.write(placed);
        }
        let past = placed.pts > self.from;
        self.held.push(placed);
        if past { self.begin() } else { Ok(()) }
    }

    /// Writes what was held: the clip begins with its first key frame.
    fn begin(&mut self) -> Result<(), ClipError> {
        self.origin = self.stretch;
        for held in std::mem::take(&mut self.held) {
            self.write(held)?;
        }
        Ok(())
    }

    fn write(&mut self, placed: Placed) -> Result<(), ClipError> {
        let Some(origin) = self.origin else { return Ok(()) };
        let (stream, last_dts) = match placed.kind {
            PacketKind::Video => (Some(self.video), &mut self.last_video_dts),
            PacketKind::Audio => (self.audio, &mut self.last_audio_dts),
        };
        let outside = placed.kind == PacketKind::Audio && (placed.pts < origin || placed.pts > self.to);
        let Some(stream) = stream.filter(|_| !outside && placed.dts > *last_dts) else { return Ok(()) };
        *last_dts = placed.dts;
        let mut packet = placed.packet;
        packet.set_times_micros(placed.pts - origin, placed.dts - origin, placed.duration);
        self.output.write_interleaved(stream, packet)?;
        match placed.kind {
            PacketKind::Video => self.note_shown(placed.pts, placed.duration),
            PacketKind::Audio => self.has_audio = true,
        }
        Ok(())
    }

    fn note_shown(&mut self, pts: i64, duration: i64) {
        self.latest_pts = self.latest_pts.max(pts);
        let end = pts + duration;
        match self.shown.last_mut() {
            Some(last) if pts - last.1 < HOLE_MIN.as_micros() as i64 => last.1 = last.1.max(end),
            _ => self.shown.push((pts, end)),
        }
    }

    /// Completes the file.
    pub(crate) fn finish(self) -> Result<Written, ClipError> {
        let (Some(start), Some(&(_, end))) = (self.origin, self.shown.last()) else {
            return Err(ClipError::NothingRecorded);
        };
        self.output.finish()?;
        let moment = |micros: i64| Timestamp::from_micros(micros.max(0)).unwrap_or(Timestamp::EPOCH);
        let shown = self.shown.iter().filter_map(|&(start, end)| Span::new(moment(start), moment(end))).collect();
        Ok(Written { start: moment(start), end: moment(end), has_audio: self.has_audio, shown })
    }
}

/// `offset` plus as many turns of the file's clock as bring it nearest to `near`.
fn unwrapped(offset: i64, near: i64) -> i64 {
    let turns = (near - offset + WRAP_MICROS / 2).div_euclid(WRAP_MICROS);
    offset + turns * WRAP_MICROS
}

impl Placed {
    /// `None` for a packet without a time, which nothing can place.
    fn read(packet: &AvPacket, kind: PacketKind, base: Rational) -> Result<Option<Self>, ClipError> {
        let (pts, dts) = (packet.pts_micros(base), packet.dts_micros(base));
        let Some(pts) = pts.or(dts) else { return Ok(None) };
        let duration = match packet.duration_micros(base) {
            0 if kind == PacketKind::Video => PICTURE_MICROS,
            duration => duration,
        };
        Ok(Some(Self { kind, packet: packet.share()?, pts, dts: dts.unwrap_or(pts), duration }))
    }

    fn shifted(self, offset: i64) -> Self {
        Self { pts: self.pts + offset, dts: self.dts + offset, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_clock_goes_on() {
        assert_eq!(unwrapped(1_000, 1_400), 1_000);
        assert_eq!(unwrapped(1_000, WRAP_MICROS + 900), WRAP_MICROS + 1_000);
        assert_eq!(unwrapped(-1_000, -2_000), -1_000);
    }
}
