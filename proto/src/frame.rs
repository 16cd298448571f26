//! `frame.proto`: one picture for one detector.

use bytes::Bytes;
use iris_domain::Timestamp;
use uuid::Uuid;

use crate::{Malformed, Message, checks, wire};

/// Longest side of a picture on the bus, in pixels: the largest `detect_imgsz`.
pub const SIDE_MAX: u32 = 1920;

/// One picture on its way to a detector.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The analysis run it belongs to.
    pub run: Uuid,
    /// Counts within the run.
    pub sequence: u64,
    /// When it was filmed.
    pub captured: Timestamp,
    /// Pixels across, even.
    pub width: u32,
    /// Pixels down, even.
    pub height: u32,
    /// I420, full range, BT.601, planes without padding: `width * height * 3 / 2` bytes.
    pub i420: Bytes,
    /// Boxes below this score are not wanted, 0..1.
    pub min_score: f32,
    /// Overlap at which the weaker of two boxes goes, 0..1.
    pub iou: f32,
}

impl Message for Frame {
    type Wire = wire::Frame;

    fn to_wire(&self) -> wire::Frame {
        wire::Frame {
            run: checks::uuid_bytes(self.run),
            sequence: self.sequence,
            captured_us: self.captured.as_micros(),
            width: self.width,
            height: self.height,
            i420: self.i420.clone(),
            min_score: self.min_score,
            iou: self.iou,
        }
    }

    fn from_wire(wire: wire::Frame) -> Result<Self, Malformed> {
        let side_ok = |side: u32| (2..=SIDE_MAX).contains(&side) && side.is_multiple_of(2);
        if !side_ok(wire.width) || !side_ok(wire.height) {
            return Err(Malformed::new(format!("a picture's sides must be even and within 2..={SIDE_MAX}")));
        }
        let expected = wire.width as usize * wire.height as usize * 3 / 2;
        if wire.i420.len() != expected {
            return Err(Malformed::new("a picture's bytes do not fit its size"));
        }
        Ok(Self {
            run: checks::uuid(&wire.run, "run")?,
            sequence: wire.sequence,
            captured: checks::timestamp(wire.captured_us, "captured_us")?,
            width: wire.width,
            height: wire.height,
            i420: wire.i420,
            min_score: checks::fraction(wire.min_score, "min_score")?,
            iou: checks::fraction(wire.iou, "iou")?,
        })
    }
}
