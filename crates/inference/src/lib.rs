//! ONNX Runtime behind Iris's own types: load a detector, give it pictures, get boxes. Driven by the detect service,
//! from a thread of its own: every call blocks for as long as the work takes. Knows the families of detectors that
//! people have; never downloads a model or a library, and never lets a type of ONNX Runtime out.

mod classes;
mod detector;
mod device;
mod error;
mod families;
mod model;
mod picture;
mod pixels;
mod runtime;
mod suppression;
mod tensor;

pub use detector::{
    BATCH_MAX, BatchSupport, DetectOutcome, DetectRequest, Detector, DetectorInfo, DetectorSpec, InputSize, Timing,
};
pub use device::{Device, UnknownDevice};
pub use error::InferenceError;
pub use families::{Family, FamilyChoice, UnknownFamily};
pub use picture::{InvalidPicture, PICTURE_SIDE_MAX, PictureRef, PixelFormat};
pub use runtime::{RuntimeInfo, init};
pub use suppression::DETECTIONS_MAX;
