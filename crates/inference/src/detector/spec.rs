//! What goes into and comes out of a detector.

use std::path::PathBuf;
use std::time::Duration;

use iris_domain::{Class, Detection};

use crate::device::Device;
use crate::families::{Family, FamilyChoice};
use crate::input::InputSize;
use crate::picture::PictureRef;

/// Which model to load, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectorSpec {
    /// The ONNX file.
    pub path: PathBuf,
    /// How to read its tensors.
    pub family: FamilyChoice,
    /// Names of its classes in order; `None` takes the file's own, else COCO's.
    pub class_names: Option<Vec<String>>,
    /// Where to run it.
    pub device: Device,
    /// Threads that one run may use on the CPU; 0 lets ONNX Runtime take one for each core. They wait for each other by
    /// spinning: on an idle machine two make a picture faster than one, on a busy one slower, and several detectors of
    /// one thread each get more done.
    pub threads: usize,
}

/// What was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectorInfo {
    /// From the file's name, such as `yolox-nano-416`.
    pub name: String,
    /// Its family.
    pub family: Family,
    /// Sizes of pictures that it looks at.
    pub input_size: InputSize,
    /// How many pictures it takes at once.
    pub max_batch: BatchSupport,
    /// What it can find. Outputs that give a number beyond the list are called `class_<number>`.
    pub classes: Vec<Class>,
    /// The device in use, such as `cpu`; never `auto`.
    pub device: String,
    /// ONNX Runtime's execution providers in use, first choice first, such as `CPUExecutionProvider`.
    pub providers: Vec<String>,
    /// SHA-256 of the file, in hexadecimal.
    pub fingerprint: String,
}

/// How many pictures a model takes in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchSupport {
    /// Always this many; a batch with fewer is padded.
    Fixed(usize),
    /// Any number up to [`BATCH_MAX`](crate::BATCH_MAX).
    Dynamic,
}

/// One picture to look at.
#[derive(Debug, Clone, Copy)]
pub struct DetectRequest<'a> {
    /// The picture.
    pub picture: PictureRef<'a>,
    /// Lowest score to report, 0..1.
    pub min_score: f32,
    /// Overlap above which the lesser of two boxes of a class is dropped, 0..1; families whose networks report each
    /// thing once do not look at it.
    pub iou: f32,
    /// Longer side of the network's input in pixels, for models that leave it open: rounded up to a multiple of the
    /// stride and kept within 32 to 4096. `None` means 640.
    pub input_size: Option<u32>,
}

/// What was found in one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectOutcome {
    /// Best first, at most [`DETECTIONS_MAX`](crate::DETECTIONS_MAX); boxes in 0..1 of the picture as given.
    pub detections: Vec<Detection>,
    /// What it took.
    pub timing: Timing,
}

/// Where the time of one picture went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timing {
    /// Colour, scale and layout of this picture.
    pub preprocess: Duration,
    /// The run of the batch that the picture was in.
    pub inference: Duration,
    /// Decoding and overlaps of this picture.
    pub postprocess: Duration,
}
