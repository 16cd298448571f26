//! `crop.proto`: what is worth knowing again of a followed thing.

use bytes::Bytes;
use iris_domain::{BBox, Class, Timestamp, TrackKey};

use crate::{Malformed, Message, checks, geometry, wire};

/// Largest crop, in bytes: 1280 px a side at quality 92 stays far below, and the bus carries 8 MB.
pub const CROP_BYTES_MAX: usize = 2 << 20;
/// Most things in view at the same time.
const COMPANIONS_MAX: usize = 1000;

/// A picture of a followed thing, that it ended, or both.
#[derive(Debug, Clone, PartialEq)]
pub struct Crop {
    /// Which track.
    pub track: TrackKey,
    /// Counts the track's crops.
    pub sequence: u32,
    /// The vote of its detections so far.
    pub class: Class,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// Tracks in view at the same time: never the same thing.
    pub companions: Vec<TrackKey>,
    /// Nothing more comes of this track.
    pub ended: bool,
    /// The camera's source generation.
    pub source_generation: i64,
    /// The camera's settings ask for faces.
    pub faces_wanted: bool,
    /// The camera's settings ask for re-identification.
    pub reid_wanted: bool,
    /// The picture; there is always one unless the track ended.
    pub view: Option<CropView>,
}

/// A picture of a followed thing.
#[derive(Debug, Clone, PartialEq)]
pub struct CropView {
    /// When it was filmed.
    pub captured: Timestamp,
    /// Where the thing is in the whole picture.
    pub bbox: BBox,
    /// Where it is in the crop, which has a margin.
    pub inner: BBox,
    /// Score of its detection in this picture, 0..1.
    pub score: f32,
    /// Why this picture was chosen.
    pub reason: CropReason,
    /// How much of it others cover at most, 0..1.
    pub overlap: f32,
    /// It is cut by the picture's edge.
    pub touches_edge: bool,
    /// The crop.
    pub jpeg: Bytes,
}

pub use iris_domain::crops::CropReason;

impl Crop {
    /// The message's id: the same crop said again is the same fact.
    pub fn id(&self) -> String {
        format!("{}.{}.{}", self.track.run, self.track.number, self.sequence)
    }
}

impl Message for Crop {
    type Wire = wire::Crop;

    fn to_wire(&self) -> wire::Crop {
        wire::Crop {
            run: checks::uuid_bytes(self.track.run),
            number: self.track.number,
            sequence: self.sequence,
            class: self.class.as_str().to_owned(),
            first_seen_us: self.first_seen.as_micros(),
            last_seen_us: self.last_seen.as_micros(),
            companions: self.companions.iter().map(|companion| companion.number).collect(),
            ended: self.ended,
            source_generation: self.source_generation,
            faces_wanted: self.faces_wanted,
            reid_wanted: self.reid_wanted,
            view: self.view.as_ref().map(view_to_wire),
        }
    }

    fn from_wire(wire: wire::Crop) -> Result<Self, Malformed> {
        checks::count(&wire.companions, COMPANIONS_MAX, "companions")?;
        if wire.view.is_none() && !wire.ended {
            return Err(Malformed::new("a crop has a picture or ends its track"));
        }
        let track = checks::track(&wire.run, wire.number)?;
        let (first_seen, last_seen) = checks::seen(wire.first_seen_us, wire.last_seen_us)?;
        Ok(Self {
            track,
            sequence: wire.sequence,
            class: checks::class(&wire.class)?,
            first_seen,
            last_seen,
            companions: wire.companions.into_iter().map(|number| TrackKey { run: track.run, number }).collect(),
            ended: wire.ended,
            source_generation: wire.source_generation,
            faces_wanted: wire.faces_wanted,
            reid_wanted: wire.reid_wanted,
            view: wire.view.map(view_from_wire).transpose()?,
        })
    }
}

fn view_to_wire(view: &CropView) -> wire::CropView {
    let reason = match view.reason {
        CropReason::Confirmed => wire::CropReason::Confirmed,
        CropReason::Better => wire::CropReason::Better,
        CropReason::Last => wire::CropReason::Last,
    };
    wire::CropView {
        captured_us: view.captured.as_micros(),
        r#box: Some(geometry::to_wire(&view.bbox)),
        inner: Some(geometry::to_wire(&view.inner)),
        score: view.score,
        reason: reason.into(),
        overlap: view.overlap,
        touches_edge: view.touches_edge,
        jpeg: view.jpeg.clone(),
    }
}

fn view_from_wire(wire: wire::CropView) -> Result<CropView, Malformed> {
    let reason = match wire.reason() {
        wire::CropReason::Confirmed => CropReason::Confirmed,
        wire::CropReason::Better => CropReason::Better,
        wire::CropReason::Last => CropReason::Last,
        wire::CropReason::Unspecified => return Err(Malformed::new("an unknown reason for a crop")),
    };
    Ok(CropView {
        captured: checks::timestamp(wire.captured_us, "captured_us")?,
        bbox: geometry::from_wire(wire.r#box)?,
        inner: geometry::from_wire(wire.inner)?,
        score: checks::fraction(wire.score, "score")?,
        reason,
        overlap: checks::fraction(wire.overlap, "overlap")?,
        touches_edge: wire.touches_edge,
        jpeg: checks::jpeg(wire.jpeg, CROP_BYTES_MAX, "a crop")?,
    })
}
