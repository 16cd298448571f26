//! Makes the times of a stream usable whatever the camera sends: every packet gets a presentation and a decoding time, decoding
//! times rise, and jumps of the camera's clock are closed. Pure: the source feeds it, it reads no clock.

use std::collections::VecDeque;
use std::time::Duration;

use crate::reorder::{PictureOrder, Reorder};
use crate::{MediaTime, PacketKind};

/// Least distance between two decoding times of a stream. MPEG-TS counts 90 to the millisecond, so this survives it.
const STEP_MIN: i64 = 1_000;

/// Steps back up to this are jitter, and are smoothed over; longer ones are a clock that was set.
const JITTER: i64 = 100_000;

/// Steps back up to this are taken for the moment when sound and picture are brought together (the first RTCP report), which must
/// then move both.
const ALIGNMENT: i64 = 2_000_000;

/// Steps forward beyond what really passed, up to this, are lost packets; longer ones are a clock that was set.
const GAP: i64 = 10_000_000;

/// Length of a packet of which nothing is known: 25 pictures a second.
const NOMINAL: i64 = 40_000;

/// No clock shows a time this far from zero: 3,000 years. Beyond it arithmetic would overflow.
const CLOCK_MAX: i64 = 100_000_000_000_000_000;

/// How many earlier clocks are remembered, so that sound follows the picture through a jump and back.
const CLOCKS_KEPT: usize = 4;

/// What the demuxer said of one packet, in microseconds of the camera's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawTimes {
    pub(crate) pts: Option<i64>,
    pub(crate) dts: Option<i64>,
    /// Zero when unknown.
    pub(crate) duration: i64,
    /// Since the connection was opened, by the machine's steady clock.
    pub(crate) arrival: Duration,
    pub(crate) key: bool,
    /// Place in display order from the picture's own header; only asked for when there are no times.
    pub(crate) picture_order: Option<i32>,
}

/// The times to go on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) pts: MediaTime,
    pub(crate) dts: MediaTime,
}

/// The repair of one connection: its picture and its sound.
#[derive(Debug)]
pub(crate) struct TimestampRepair {
    /// Whether packets without times come at the pace they were filmed at (a camera) or as fast as they are read (a file).
    live: bool,
    video: Track,
    audio: Track,
    /// Offsets from the camera's clock to media time that are or were in use, newest first.
    clocks: VecDeque<i64>,
}

#[derive(Debug)]
struct Track {
    /// Offset from the camera's clock to media time.
    clock: Option<i64>,
    /// Decoding time and arrival of the last packet.
    last: Option<(i64, i64)>,
    /// Media time and arrival of the first packet without times.
    untimed_since: Option<(i64, i64)>,
    /// Usual distance between packets.
    step: i64,
    reorder: Reorder,
    order: PictureOrder,
}

impl Track {
    fn new(reorder_depth: usize, order_step: i32) -> Self {
        Self {
            clock: None,
            last: None,
            untimed_since: None,
            step: NOMINAL,
            reorder: Reorder::new(reorder_depth),
            order: PictureOrder::new(order_step),
        }
    }

    /// Whether a packet at `dts` (media time) follows the last one without a jump.
    fn continues(&self, dts: i64, arrival: i64) -> bool {
        let Some((last, last_arrival)) = self.last else { return true };
        let step = dts - last;
        -JITTER <= step && step <= (arrival - last_arrival) + GAP
    }

    /// Where the next packet belongs when its own time says nothing.
    fn expected(&self, arrival: i64) -> Option<i64> {
        let (last, last_arrival) = self.last?;
        Some(last + (arrival - last_arrival).clamp(self.step, GAP))
    }
}

impl TimestampRepair {
    /// `reorder_depth` is how many pictures the stream's header says are held back for B-frames; `order_step` how much the
    /// picture order counts up per picture: 2 in H.264 (fields), 1 in H.265.
    pub(crate) fn new(live: bool, reorder_depth: usize, order_step: i32) -> Self {
        let video = Track::new(reorder_depth, order_step);
        Self { live, video, audio: Track::new(0, 1), clocks: VecDeque::new() }
    }

    /// The times of the next packet.
    pub(crate) fn repair(&mut self, kind: PacketKind, raw: RawTimes) -> Times {
        let arrival = i64::try_from(raw.arrival.as_micros()).unwrap_or(i64::MAX);
        let (pts, dts) = match self.stamps(kind, raw) {
            Some((pts, dts)) => self.place(kind, pts, dts, arrival),
            None => self.pace(kind, raw, arrival),
        };
        let track = self.track(kind);
        let dts = track.last.map_or(dts, |(last, _)| dts.max(last + STEP_MIN));
        if let Some((last, _)) = track.last {
            // A slow average, so that one gap does not pass for the rate.
            track.step += ((dts - last).clamp(STEP_MIN, 1_000_000) - track.step) / 8;
        }
        track.last = Some((dts, arrival));
        Times { pts: MediaTime::from_micros(pts.max(dts)), dts: MediaTime::from_micros(dts) }
    }

    fn track(&mut self, kind: PacketKind) -> &mut Track {
        match kind {
            PacketKind::Video => &mut self.video,
            PacketKind::Audio => &mut self.audio,
        }
    }

    /// Both times on the camera's clock; `None` when the packet has none at all.
    fn stamps(&mut self, kind: PacketKind, raw: RawTimes) -> Option<(i64, i64)> {
        let believable = |time: &i64| time.saturating_abs() <= CLOCK_MAX;
        let raw = RawTimes { pts: raw.pts.filter(believable), dts: raw.dts.filter(believable), ..raw };
        if kind == PacketKind::Audio {
            return raw.pts.or(raw.dts).map(|time| (time, time));
        }
        let length = if raw.duration > 0 { raw.duration } else { self.video.step };
        match (raw.pts, raw.dts) {
            (Some(pts), dts) => Some((pts, self.video.reorder.decoding_time(pts, dts, length))),
            (None, Some(dts)) => {
                let delay = self.video.order.delay(raw.picture_order, raw.key, self.video.reorder.depth());
                Some((dts + delay * length, dts))
            }
            (None, None) => None,
        }
    }

    /// Moves a packet from the camera's clock to media time.
    fn place(&mut self, kind: PacketKind, pts: i64, dts: i64, arrival: i64) -> (i64, i64) {
        let clock = self.clock_for(kind, dts, arrival);
        self.track(kind).clock = Some(clock);
        (pts.saturating_add(clock), dts.saturating_add(clock))
    }

    fn clock_for(&mut self, kind: PacketKind, dts: i64, arrival: i64) -> i64 {
        let (track, other) = match kind {
            PacketKind::Video => (&self.video, &self.audio),
            PacketKind::Audio => (&self.audio, &self.video),
        };
        let fits = |clock: i64| {
            let placed = dts.saturating_add(clock);
            match (track.last, other.last) {
                // A stream's first packet must lie near the other stream.
                (None, Some((other, _))) => (placed - other).abs() <= GAP,
                _ => track.continues(placed, arrival),
            }
        };
        let other_last = other.last.map(|(last, _)| last);
        let known = track.clock.into_iter().chain(self.clocks.iter().copied()).find(|&clock| fits(clock));
        known.unwrap_or_else(|| self.new_clock(kind, dts, arrival, other_last))
    }

    fn new_clock(&mut self, kind: PacketKind, dts: i64, arrival: i64, other_last: Option<i64>) -> i64 {
        let track = self.track(kind);
        let expected = track.expected(arrival).or(other_last).unwrap_or(0);
        let clock = expected.saturating_sub(dts);
        let stepped_back = track.clock.map(|old| clock.saturating_sub(old));
        if stepped_back.is_some_and(|back| (0..=ALIGNMENT).contains(&back)) {
            self.video.clock = self.video.clock.map(|_| clock);
            self.audio.clock = self.audio.clock.map(|_| clock);
        }
        self.clocks.push_front(clock);
        self.clocks.truncate(CLOCKS_KEPT);
        clock
    }

    /// Gives times to a packet without any: by its known length, held to the pace of arrival where that means something.
    fn pace(&mut self, kind: PacketKind, raw: RawTimes, arrival: i64) -> (i64, i64) {
        let live = self.live;
        let track = self.track(kind);
        let length = if raw.duration > 0 { raw.duration } else { track.step };
        let dts = match (track.last, track.untimed_since) {
            (None, _) => 0,
            // A packet without times between packets with them.
            (Some((last, _)), None) if track.clock.is_some() => last + length,
            (Some((last, _)), Some((first, first_arrival))) if live => {
                let late = (arrival - first_arrival) - (last + length - first);
                last + length + if late > 1_000_000 { late } else { late / 16 }
            }
            (Some((last, _)), _) => last + length,
        };
        if track.clock.is_none() {
            track.untimed_since.get_or_insert((dts, arrival));
        }
        let delay = match kind {
            PacketKind::Video => track.order.delay(raw.picture_order, raw.key, track.reorder.depth()),
            PacketKind::Audio => 0,
        };
        (dts + delay * length, dts)
    }
}

#[cfg(test)]
#[path = "repair_tests.rs"]
mod tests;
