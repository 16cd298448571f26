//! `detections.proto`: a detector's answer for one picture.

use iris_domain::{Detection, Look, Timestamp};
use uuid::Uuid;

use crate::{Malformed, Message, checks, geometry, wire};

/// Most boxes of one picture: what the detector families emit at most.
pub const DETECTIONS_MAX: usize = 300;

/// What a detector found in one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Detections {
    /// The analysis run that asked.
    pub run: Uuid,
    /// The picture's number in that run.
    pub sequence: u64,
    /// When the picture was filmed.
    pub captured: Timestamp,
    /// What was found, or why nothing could be said.
    pub outcome: Result<Vec<Detection>, String>,
    /// Model and device, such as `yolox-nano@cpu`.
    pub detector: String,
    /// Largest picture side the model makes use of, in pixels; `None` when any.
    pub side_max: Option<u32>,
    /// Time spent in the detection service.
    pub timing: Timing,
}

/// Time spent in the detection service, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// Waiting for the model.
    pub queue_us: u32,
    /// From picture to tensor.
    pub preprocess_us: u32,
    /// In the model.
    pub inference_us: u32,
    /// From tensor to boxes.
    pub postprocess_us: u32,
}

impl Message for Detections {
    type Wire = wire::Detections;

    fn to_wire(&self) -> wire::Detections {
        let Timing { queue_us, preprocess_us, inference_us, postprocess_us } = self.timing;
        wire::Detections {
            run: checks::uuid_bytes(self.run),
            sequence: self.sequence,
            captured_us: self.captured.as_micros(),
            detections: self.outcome.iter().flatten().map(detection_to_wire).collect(),
            detector: self.detector.clone(),
            side_max: self.side_max.unwrap_or(0),
            timing: Some(wire::Timing { queue_us, preprocess_us, inference_us, postprocess_us }),
            failure: self.outcome.as_ref().err().cloned().unwrap_or_default(),
        }
    }

    fn from_wire(wire: wire::Detections) -> Result<Self, Malformed> {
        checks::count(&wire.detections, DETECTIONS_MAX, "detections")?;
        let outcome = match checks::optional_text(wire.failure, "failure")? {
            Some(failure) => Err(failure),
            None => Ok(wire.detections.into_iter().map(detection_from_wire).collect::<Result<_, _>>()?),
        };
        let timing = wire.timing.unwrap_or_default();
        Ok(Self {
            run: checks::uuid(&wire.run, "run")?,
            sequence: wire.sequence,
            captured: checks::timestamp(wire.captured_us, "captured_us")?,
            outcome,
            detector: checks::text(wire.detector, "detector")?,
            side_max: (wire.side_max != 0).then_some(wire.side_max.clamp(32, crate::frame::SIDE_MAX)),
            timing: Timing {
                queue_us: timing.queue_us,
                preprocess_us: timing.preprocess_us,
                inference_us: timing.inference_us,
                postprocess_us: timing.postprocess_us,
            },
        })
    }
}

fn detection_to_wire(detection: &Detection) -> wire::Detection {
    wire::Detection {
        r#box: Some(geometry::to_wire(&detection.bbox)),
        class: detection.class.as_str().to_owned(),
        score: detection.score,
        look: detection.look.map(|look| look.0.concat().into()).unwrap_or_default(),
    }
}

fn detection_from_wire(wire: wire::Detection) -> Result<Detection, Malformed> {
    Ok(Detection {
        bbox: geometry::from_wire(wire.r#box)?,
        class: checks::class(&wire.class)?,
        score: checks::fraction(wire.score, "score")?,
        look: look_from_wire(&wire.look)?,
    })
}

fn look_from_wire(bytes: &[u8]) -> Result<Option<Look>, Malformed> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let (bands, rest) = bytes.as_chunks::<3>();
    let bands = bands.try_into().ok().filter(|_| rest.is_empty());
    bands.map(|bands| Some(Look(bands))).ok_or_else(|| Malformed::new("a look is four colours"))
}
