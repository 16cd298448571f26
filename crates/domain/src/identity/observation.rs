//! What the networks said of one crop of one track. Made by any re-ID node, taken in by the leader; it may come twice or late.

use serde::{Deserialize, Serialize};

use crate::{CameraId, Class, Colour, Feature, Timestamp, TrackKey};

/// What one crop of a track said; or, without a view, that the track ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The track.
    pub track: TrackKey,
    /// Where.
    pub camera: CameraId,
    /// What the tracker takes it for by now: the vote of all its detections.
    pub class: Class,
    /// First picture the track was found in.
    pub first_seen: Timestamp,
    /// Latest picture the track was found in.
    pub last_seen: Timestamp,
    /// When the crop was filmed.
    pub captured: Timestamp,
    /// Score of the crop's detection, 0..1.
    pub score: f32,
    /// Tracks seen beside it in the same pictures: never the same thing.
    pub companions: Vec<TrackKey>,
    /// Whether the track is over.
    pub ended: bool,
    /// The best face in the crop.
    pub face: Option<FaceView>,
    /// The appearance of the whole crop.
    pub body: Option<Feature>,
    /// The measured colour.
    pub colour: Option<Colour>,
}

/// One view of a face.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaceView {
    /// Its vector. The quality is one of size, frontality, sharpness and score, made by the node that found the face.
    pub feature: Feature,
    /// Width in the camera's own pixels.
    pub width_px: f32,
    /// How far it is turned: `|nose_x - middle of the eyes| / distance of the eyes`.
    pub yaw_ratio: f32,
    /// Score of the face detector, 0..1.
    pub score: f32,
}
