//! `live.proto`: annotated pictures for viewers.

use bytes::Bytes;
use iris_domain::Timestamp;

use crate::{Malformed, Message, checks, wire};

/// Largest JPEG accepted, in bytes: a busy 4K picture at high quality stays below.
const JPEG_BYTES_MAX: usize = 4 << 20;

/// The newest picture with its boxes drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct LivePicture {
    /// When it was filmed.
    pub captured: Timestamp,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The JPEG.
    pub jpeg: Bytes,
}

/// Asks the owner of a camera for live pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LiveRequest {
    /// Pictures are wanted for the next few seconds, at most this many a second (0.1..=60).
    Watch {
        /// What the fastest viewer wants.
        fps: f32,
    },
    /// The newest picture, once.
    Snapshot,
}

/// The answer: the picture, when a snapshot was asked for and there is one.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveReply {
    /// The newest picture.
    pub picture: Option<LivePicture>,
}

impl Message for LivePicture {
    type Wire = wire::LivePicture;

    fn to_wire(&self) -> wire::LivePicture {
        wire::LivePicture {
            captured_us: self.captured.as_micros(),
            width: self.width,
            height: self.height,
            jpeg: self.jpeg.clone(),
        }
    }

    fn from_wire(wire: wire::LivePicture) -> Result<Self, Malformed> {
        if wire.jpeg.is_empty() || wire.jpeg.len() > JPEG_BYTES_MAX {
            return Err(Malformed::new(format!("a live picture has 1 to {JPEG_BYTES_MAX} bytes")));
        }
        let captured = checks::timestamp(wire.captured_us, "captured_us")?;
        Ok(Self { captured, width: wire.width, height: wire.height, jpeg: wire.jpeg })
    }
}

impl Message for LiveRequest {
    type Wire = wire::LiveRequest;

    fn to_wire(&self) -> wire::LiveRequest {
        use wire::live_request::Kind;
        let kind = match *self {
            Self::Watch { fps } => Kind::Watch(wire::Watch { fps }),
            Self::Snapshot => Kind::Snapshot(wire::Snapshot {}),
        };
        wire::LiveRequest { kind: Some(kind) }
    }

    fn from_wire(wire: wire::LiveRequest) -> Result<Self, Malformed> {
        use wire::live_request::Kind;
        match wire.kind {
            Some(Kind::Watch(watch)) => Ok(Self::Watch { fps: checks::in_range(watch.fps, 0.1, 60.0, "fps")? }),
            Some(Kind::Snapshot(_)) => Ok(Self::Snapshot),
            None => Err(Malformed::new("an unknown live request")),
        }
    }
}

impl Message for LiveReply {
    type Wire = wire::LiveReply;

    fn to_wire(&self) -> wire::LiveReply {
        wire::LiveReply { picture: self.picture.as_ref().map(Message::to_wire) }
    }

    fn from_wire(wire: wire::LiveReply) -> Result<Self, Malformed> {
        Ok(Self { picture: wire.picture.map(LivePicture::from_wire).transpose()? })
    }
}
