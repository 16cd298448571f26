//! A camera as it is kept: what an operator entered, and since when. The API, the store and the bus share these; how they write
//! them down is theirs.

use crate::{CameraId, CameraTuning, RtspTransport, SourceUrl, Timestamp};

/// What an operator says of a camera; everything else about it follows.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCamera {
    /// 1-128 characters, trimmed.
    pub name: String,
    /// Where its stream is.
    pub source: SourceUrl,
    /// Whether it is watched at all.
    pub enabled: bool,
    /// How RTP travels, for RTSP sources.
    pub rtsp_transport: RtspTransport,
    /// How it is watched.
    pub tuning: CameraTuning,
}

/// A stored camera.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraRecord {
    /// Its row.
    pub id: CameraId,
    /// 1-128 characters.
    pub name: String,
    /// Where its stream is.
    pub source: SourceUrl,
    /// Whether it is watched at all.
    pub enabled: bool,
    /// How RTP travels, for RTSP sources.
    pub rtsp_transport: RtspTransport,
    /// How it is watched.
    pub tuning: CameraTuning,
    /// Counts from 1, up by one each time the source changes: a repointed camera is another camera, and what was recorded under
    /// a lower number no longer counts.
    pub source_generation: i64,
    /// When it was entered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl CameraRecord {
    /// The part an operator can change, to be edited and stored again.
    pub fn settings(&self) -> NewCamera {
        NewCamera {
            name: self.name.clone(),
            source: self.source.clone(),
            enabled: self.enabled,
            rtsp_transport: self.rtsp_transport,
            tuning: self.tuning.clone(),
        }
    }
}
