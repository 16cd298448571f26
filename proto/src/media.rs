//! `media.proto`: the segment buffer, read by whoever serves it.

use bytes::Bytes;
use iris_domain::{SegmentName, Timestamp};

use crate::{Malformed, Message, checks, wire};

/// Largest piece of a segment in one message, in bytes: well below the bus's payload limit.
pub const PIECE_BYTES_MAX: u32 = 512 << 10;
/// Most segments in one list.
pub const SEGMENTS_MAX: usize = 10_000;

/// A question about a camera's segment buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaRequest {
    /// The newest segments.
    List {
        /// At most this many.
        newest: u32,
    },
    /// A piece of one segment.
    Read {
        /// Which segment.
        sequence: u64,
        /// First byte.
        offset: u64,
        /// At most this many bytes, at most [`PIECE_BYTES_MAX`].
        length: u32,
    },
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaReply {
    /// The newest segments, oldest first.
    Segments(Vec<SegmentName>),
    /// A piece of a segment; empty behind its end.
    Piece {
        /// The whole segment's size.
        total_bytes: u64,
        /// The bytes.
        data: Bytes,
    },
    /// The camera has no such segment, or not any more.
    NoSuchSegment,
}

impl Message for MediaRequest {
    type Wire = wire::MediaRequest;

    fn to_wire(&self) -> wire::MediaRequest {
        use wire::media_request::Kind;
        let kind = match *self {
            Self::List { newest } => Kind::List(wire::ListSegments { newest }),
            Self::Read { sequence, offset, length } => Kind::Read(wire::ReadSegment { sequence, offset, length }),
        };
        wire::MediaRequest { kind: Some(kind) }
    }

    fn from_wire(wire: wire::MediaRequest) -> Result<Self, Malformed> {
        use wire::media_request::Kind;
        match wire.kind {
            Some(Kind::List(list)) => Ok(Self::List { newest: list.newest.min(SEGMENTS_MAX as u32) }),
            Some(Kind::Read(read)) if (1..=PIECE_BYTES_MAX).contains(&read.length) => {
                Ok(Self::Read { sequence: read.sequence, offset: read.offset, length: read.length })
            }
            Some(Kind::Read(_)) => Err(Malformed::new(format!("a piece has 1 to {PIECE_BYTES_MAX} bytes"))),
            None => Err(Malformed::new("an unknown media request")),
        }
    }
}

impl Message for MediaReply {
    type Wire = wire::MediaReply;

    fn to_wire(&self) -> wire::MediaReply {
        use wire::media_reply::Kind;
        let kind = match self {
            Self::Segments(names) => {
                Kind::List(wire::SegmentList { segments: names.iter().map(segment_to_wire).collect() })
            }
            Self::Piece { total_bytes, data } => {
                Kind::Piece(wire::SegmentPiece { total_bytes: *total_bytes, data: data.clone() })
            }
            Self::NoSuchSegment => Kind::None(wire::NoSuchSegment {}),
        };
        wire::MediaReply { kind: Some(kind) }
    }

    fn from_wire(wire: wire::MediaReply) -> Result<Self, Malformed> {
        use wire::media_reply::Kind;
        match wire.kind {
            Some(Kind::List(list)) => {
                checks::count(&list.segments, SEGMENTS_MAX, "segments")?;
                Ok(Self::Segments(list.segments.into_iter().map(segment_from_wire).collect::<Result<_, _>>()?))
            }
            Some(Kind::Piece(piece)) => {
                checks::count(&piece.data, PIECE_BYTES_MAX as usize, "bytes of a piece")?;
                Ok(Self::Piece { total_bytes: piece.total_bytes, data: piece.data })
            }
            Some(Kind::None(_)) => Ok(Self::NoSuchSegment),
            None => Err(Malformed::new("an unknown media answer")),
        }
    }
}

fn segment_to_wire(name: &SegmentName) -> wire::Segment {
    wire::Segment {
        start_ms: name.start.as_millis(),
        duration_ms: name.duration_ms,
        sequence: name.sequence,
        run: name.run,
        starts_with_key: name.starts_with_key,
    }
}

fn segment_from_wire(wire: wire::Segment) -> Result<SegmentName, Malformed> {
    Ok(SegmentName {
        start: Timestamp::from_millis(wire.start_ms).ok_or_else(|| Malformed::new("start_ms is out of range"))?,
        duration_ms: wire.duration_ms,
        sequence: wire.sequence,
        run: wire.run,
        starts_with_key: wire.starts_with_key,
    })
}
