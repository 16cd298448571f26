//! `observation.proto`: what one crop of a track said to the networks.

use bytes::Bytes;
use iris_domain::identity::{FaceView, Observation};
use iris_domain::{CameraId, Colour, TrackKey};

use crate::{Malformed, Message, checks, feature, wire};

/// Largest thumbnail of a crop, in bytes.
pub const BODY_BYTES_MAX: usize = 256 << 10;
/// Largest picture of a face, in bytes.
pub const FACE_BYTES_MAX: usize = 64 << 10;
/// Most things in view at the same time.
const COMPANIONS_MAX: usize = 1000;
/// Widest face, in pixels: no camera's picture is wider.
const FACE_WIDTH_MAX: f32 = 65_536.0;
/// A nose further from between the eyes, in distances between the eyes, is no face's.
const YAW_RATIO_MAX: f32 = 1_000.0;

/// What one crop said, and pictures for those who want to see.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservationFact {
    /// What association needs.
    pub observation: Observation,
    /// The camera's source generation.
    pub source_generation: i64,
    /// A small picture of the thing.
    pub body_jpeg: Option<Bytes>,
    /// The face with a margin.
    pub face_jpeg: Option<Bytes>,
}

impl Message for ObservationFact {
    type Wire = wire::ObservationFact;

    fn to_wire(&self) -> wire::ObservationFact {
        let Observation {
            track,
            camera,
            class,
            first_seen,
            last_seen,
            captured,
            score,
            companions,
            ended,
            face,
            body,
            colour,
        } = &self.observation;
        wire::ObservationFact {
            camera_id: camera.get(),
            run: checks::uuid_bytes(track.run),
            number: track.number,
            class: class.as_str().to_owned(),
            first_seen_us: first_seen.as_micros(),
            last_seen_us: last_seen.as_micros(),
            captured_us: captured.as_micros(),
            score: *score,
            companions: companions.iter().map(companion_to_wire).collect(),
            ended: *ended,
            face: face.as_ref().map(face_to_wire),
            body: body.as_ref().map(feature::to_wire),
            colour: colour.as_ref().map(colour_to_wire),
            source_generation: self.source_generation,
            body_jpeg: self.body_jpeg.clone().unwrap_or_default(),
            face_jpeg: self.face_jpeg.clone().unwrap_or_default(),
        }
    }

    fn from_wire(wire: wire::ObservationFact) -> Result<Self, Malformed> {
        checks::count(&wire.companions, COMPANIONS_MAX, "companions")?;
        let (first_seen, last_seen) = checks::seen(wire.first_seen_us, wire.last_seen_us)?;
        let observation = Observation {
            track: checks::track(&wire.run, wire.number)?,
            camera: checks::id(wire.camera_id, CameraId::new, "camera id")?,
            class: checks::class(&wire.class)?,
            first_seen,
            last_seen,
            captured: checks::timestamp(wire.captured_us, "captured_us")?,
            score: checks::fraction(wire.score, "score")?,
            companions: wire.companions.iter().map(companion_from_wire).collect::<Result<_, _>>()?,
            ended: wire.ended,
            face: wire.face.map(face_from_wire).transpose()?,
            body: feature::optional_from_wire(wire.body)?,
            colour: wire.colour.as_ref().map(colour_from_wire).transpose()?,
        };
        Ok(Self {
            observation,
            source_generation: wire.source_generation,
            body_jpeg: checks::optional_jpeg(wire.body_jpeg, BODY_BYTES_MAX, "a thumbnail")?,
            face_jpeg: checks::optional_jpeg(wire.face_jpeg, FACE_BYTES_MAX, "a face")?,
        })
    }
}

fn companion_to_wire(companion: &TrackKey) -> wire::Companion {
    wire::Companion { run: checks::uuid_bytes(companion.run), number: companion.number }
}

fn companion_from_wire(wire: &wire::Companion) -> Result<TrackKey, Malformed> {
    checks::track(&wire.run, wire.number)
}

fn face_to_wire(face: &FaceView) -> wire::FaceView {
    wire::FaceView {
        feature: Some(feature::to_wire(&face.feature)),
        width_px: face.width_px,
        yaw_ratio: face.yaw_ratio,
        score: face.score,
    }
}

fn face_from_wire(wire: wire::FaceView) -> Result<FaceView, Malformed> {
    Ok(FaceView {
        feature: feature::from_wire(wire.feature.ok_or_else(|| Malformed::new("a face without its vector"))?)?,
        width_px: checks::in_range(wire.width_px, 0.0, FACE_WIDTH_MAX, "width_px")?,
        yaw_ratio: checks::in_range(wire.yaw_ratio, 0.0, YAW_RATIO_MAX, "yaw_ratio")?,
        score: checks::fraction(wire.score, "score")?,
    })
}

fn colour_to_wire(colour: &Colour) -> wire::Colour {
    wire::Colour { name: colour.name.as_str().to_owned(), hex: colour.hex() }
}

fn colour_from_wire(wire: &wire::Colour) -> Result<Colour, Malformed> {
    Colour::read(&wire.name, &wire.hex).map_err(|error| Malformed::new(error.to_string()))
}
