//! One coded picture or stretch of sound, as a camera sent it. Cheap to clone: recording, decoding and counting share the bytes.

use std::sync::Arc;

use iris_domain::Timestamp;

use crate::MediaTime;
use crate::av::AvPacket;

/// What a packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PacketKind {
    /// One coded picture, H.264 or H.265 as a byte stream with start codes (Annex B).
    Video,
    /// Coded sound.
    Audio,
}

/// A packet with its times made good. Decoding times rise within each kind.
#[derive(Clone)]
pub struct Packet {
    /// Picture or sound.
    pub kind: PacketKind,
    /// Decoding can start here. Always true for sound.
    pub key: bool,
    /// When to show it.
    pub pts: MediaTime,
    /// When to decode it; never later than `pts`.
    pub dts: MediaTime,
    /// When it was filmed.
    pub wall: Timestamp,
    /// No other picture refers to it.
    pub disposable: bool,
    /// From this picture on the stream has another size or codec configuration; [`crate::Source::streams`] tells it. Only on key
    /// pictures.
    pub params_changed: bool,
    pub(crate) av: Arc<AvPacket>,
}

impl Packet {
    /// The coded bytes.
    pub fn data(&self) -> &[u8] {
        self.av.data()
    }

    /// Number of coded bytes.
    pub fn size(&self) -> usize {
        self.data().len()
    }
}

impl std::fmt::Debug for Packet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packet")
            .field("kind", &self.kind)
            .field("key", &self.key)
            .field("pts", &self.pts)
            .field("dts", &self.dts)
            .field("wall", &self.wall)
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}
