//! ONNX Runtime behind Iris's own types: load a network, give it pictures, get what it says. Detectors give boxes, face
//! detectors faces with their points, recognisers and embedders vectors, and one names the colours of vehicles. Driven
//! by the detect and reid services, from threads of their own: every call blocks for as long as the work takes. Knows
//! the families of networks that people have; never downloads a model or a library, and never lets a type of ONNX
//! Runtime out.

mod alignment;
mod choice;
mod classes;
mod crops;
mod detector;
mod device;
mod embedder;
mod error;
mod face_quality;
mod face_recognizer;
mod faces;
mod families;
mod input;
mod landmarks;
mod look;
mod model;
mod model_file;
mod picture;
mod pixels;
mod runtime;
mod suppression;
mod tensor;
mod vectors;
mod vehicle_attributes;

pub use alignment::{AlignedFace, FACE_SIDE, FACE_TEMPLATE, Similarity};
pub use choice::Choice;
pub use crops::Crop;
pub use detector::{BatchSupport, DetectOutcome, DetectRequest, Detector, DetectorInfo, DetectorSpec, Timing};
pub use device::{Device, UnknownDevice, built_in_devices};
pub use embedder::{Embedder, EmbedderInfo, EmbedderPreset, EmbedderPresetChoice, EmbedderSpec, UnknownPreset};
pub use error::InferenceError;
pub use face_quality::{FACE_WIDTH_USUAL, FaceMeasures, sharpness};
pub use face_recognizer::{FaceRecognizer, FaceRecognizerInfo, FaceRecognizerSpec, PEOPLE_DIMENSIONS, UnfitForPeople};
pub use faces::{
    Face, FaceDetector, FaceDetectorInfo, FaceDetectorSpec, FaceFamily, FaceFamilyChoice, UnknownFaceFamily,
};
pub use families::{Family, FamilyChoice, UnknownFamily};
pub use input::{BATCH_MAX, InputSize};
pub use landmarks::Landmarks;
pub use picture::{InvalidPicture, PICTURE_SIDE_MAX, PictureRef, PixelFormat};
pub use runtime::{RuntimeInfo, init};
pub use suppression::DETECTIONS_MAX;
pub use vehicle_attributes::{
    Guess, VehicleAttributes, VehicleAttributesInfo, VehicleAttributesSpec, VehicleJudgement,
};
