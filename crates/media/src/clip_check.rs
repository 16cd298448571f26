//! Whether a clip can be played: opens it, decodes its first key picture, and reads it to its end. Driven by the operator's check.

use std::path::Path;

use iris_domain::Timestamp;

use crate::av::AvPacket;
use crate::segment_file::SegmentFile;
use crate::thumbnail::decodable;
use crate::{DecodeMode, Decoder, PacketKind, StreamInfo};

/// A clip cannot be played, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenClip {
    /// It is no clip of pictures that Iris records.
    #[error("it cannot be opened: {0}")]
    Unopened(String),
    /// Its first key picture does not decode.
    #[error("its first picture cannot be decoded")]
    Undecodable,
    /// It ends before its index says.
    #[error("it ends after {there} of {indexed} pictures")]
    CutOff {
        /// Pictures that can be read.
        there: u64,
        /// Pictures that the index lists.
        indexed: u64,
    },
}

/// Checks one clip. Blocks for as long as reading the whole file takes, at most 20 s.
pub fn check_clip(path: &Path) -> Result<(), BrokenClip> {
    let unopened = |error: &dyn std::fmt::Display| BrokenClip::Unopened(error.to_string());
    let mut file = SegmentFile::open_clip(path).map_err(|error| unopened(&error))?;
    let indexed = file.pictures_indexed().ok_or_else(|| unopened(&"its index lists no pictures"))?;
    let info = StreamInfo::new(file.codec, file.video_parameters.clone(), None, None);
    let mut decoder = Decoder::new(&info, 1).map_err(|error| unopened(&error))?;
    let (mut raw, mut there, mut decoded) = (AvPacket::new(), 0, 0_u64);
    while let Some(pts) = file.read_picture(&mut raw) {
        let base = file.time_base(PacketKind::Video);
        if raw.is_key() && decoded == 0 {
            let Some(packet) = decodable(&raw, pts, raw.dts_micros(base).unwrap_or(pts), Timestamp::EPOCH) else {
                return Err(BrokenClip::Undecodable);
            };
            decoder.push(&packet, DecodeMode::KeyFramesOnly, |_| decoded += 1).map_err(|_| BrokenClip::Undecodable)?;
            if decoded == 0 || decoder.corrupt_count() > 0 {
                return Err(BrokenClip::Undecodable);
            }
        }
        there += 1;
    }
    if there < indexed {
        return Err(BrokenClip::CutOff { there, indexed });
    }
    if decoded == 0 { Err(BrokenClip::Undecodable) } else { Ok(()) }
}
