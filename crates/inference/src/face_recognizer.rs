//! A face recogniser of ArcFace's kind: an aligned face goes in, a vector comes out that lies near those of the same
//! person's other faces. Driven by one thread at a time; whose face it is, is decided elsewhere.
//!
//! Source: deepinsight/insightface, `python-package/insightface/model_zoo/arcface_onnx.py`.

use std::path::PathBuf;

use iris_domain::{Embedding, ModelFingerprint};

use crate::alignment::{AlignedFace, FACE_SIDE};
use crate::crops::{Crop, CropNetwork, CropSource};
use crate::device::Device;
use crate::error::InferenceError;
use crate::faces::FaceDetectorInfo;
use crate::model_file;
use crate::pixels::{ChannelOrder, Fit, Normalisation, Preprocessor, Recipe, Size};
use crate::vectors;

/// Dimensions of the face vectors that people are enrolled by: the form in which they are kept and handed out is fixed.
pub const PEOPLE_DIMENSIONS: usize = 512;

/// Which face recogniser to load, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaceRecognizerSpec {
    /// The ONNX file.
    pub path: PathBuf,
    /// Where to run it.
    pub device: Device,
    /// Threads that one run may use on the CPU, as [`DetectorSpec::threads`](crate::DetectorSpec::threads).
    pub threads: usize,
}

/// What was loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceRecognizerInfo {
    /// From the file's name, such as `w600k-mbf`.
    pub name: String,
    /// How many numbers a vector has.
    pub dimensions: usize,
    /// Whether the network normalises by itself and so is given bytes.
    pub normalises: bool,
    /// Most faces of one run; 1 where a network's answer would depend on the faces beside it.
    pub batch_max: usize,
    /// The device in use, such as `cpu`; never `auto`.
    pub device: String,
    /// ONNX Runtime's execution providers in use, first choice first, such as `CPUExecutionProvider`.
    pub providers: Vec<String>,
    /// SHA-256 of the file and its weights, in hexadecimal.
    pub fingerprint: String,
    /// Cosine from which two faces are one person's, where the file says so (metadata `join_threshold`).
    pub join_threshold: Option<f32>,
    /// How narrow a face may be to be known by later, in pixels, where the file says so (metadata `face_width`).
    pub face_width: Option<f32>,
}

/// Vectors of this length cannot be used to enrol people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the face recognizer gives vectors of {dimensions} numbers, and people are enrolled by vectors of \
     {PEOPLE_DIMENSIONS}: choose another recognizer"
)]
pub struct UnfitForPeople {
    /// What it gives.
    pub dimensions: usize,
}

/// See the module's comment. Made by [`FaceRecognizer::load`].
pub struct FaceRecognizer {
    network: CropNetwork,
    info: FaceRecognizerInfo,
}

impl FaceRecognizer {
    /// Loads and tries the model.
    ///
    /// # Errors
    /// The file, the device or ONNX Runtime is not what it should be; the message says what to do.
    pub fn load(spec: &FaceRecognizerSpec) -> Result<Self, InferenceError> {
        let source =
            CropSource { path: &spec.path, device: spec.device, threads: spec.threads, role: "face recognizer" };
        let opened = source.open()?;
        let aligned = Size { width: FACE_SIDE, height: FACE_SIDE };
        let input = opened.input(aligned);
        if input != aligned {
            let Size { width, height } = input;
            let reason = format!("it takes pictures of {width}x{height}, aligned faces have {FACE_SIDE}x{FACE_SIDE}");
            return Err(source.refusal(&opened.model, reason));
        }
        let normalises = opened.graph.normalises;
        let (join_threshold, face_width) = (opened.join_threshold(&source)?, opened.face_width(&source)?);
        let (network, dimensions) =
            opened.into_network(&source, input, Preprocessor::new(recipe(normalises)), vectors::dimensions)?;
        let info = FaceRecognizerInfo {
            name: network.name.clone(),
            dimensions,
            normalises,
            batch_max: network.batch_max(),
            device: network.model.device.to_string(),
            providers: network.model.providers.clone(),
            fingerprint: network.fingerprint.clone(),
            join_threshold,
            face_width,
        };
        Ok(Self { network, info })
    }

    /// What was loaded.
    pub fn info(&self) -> &FaceRecognizerInfo {
        &self.info
    }

    /// How many numbers a vector has.
    pub fn dimensions(&self) -> usize {
        self.info.dimensions
    }

    /// Whether people can be enrolled by its vectors.
    ///
    /// # Errors
    /// They cannot, for the reason that it says.
    pub fn fit_for_people(&self) -> Result<(), UnfitForPeople> {
        let dimensions = self.info.dimensions;
        if dimensions == PEOPLE_DIMENSIONS { Ok(()) } else { Err(UnfitForPeople { dimensions }) }
    }

    /// What the vectors of faces carry that this detector found. Detectors put their points a little differently, and
    /// vectors of the same face by the points of two of them are less alike than many a stranger's (0.38 to 0.94 between
    /// YuNet and SCRFD), so the detector is as much a part of a vector's origin as the recogniser.
    pub fn model(&self, detector: &FaceDetectorInfo) -> ModelFingerprint {
        let preset = if self.info.normalises { "arcface-raw" } else { "arcface" };
        let [own, of_detector] = [&self.info.fingerprint, &detector.fingerprint].map(|one| model_file::short(one));
        ModelFingerprint::new(&format!("{own}/{preset}/{of_detector}"))
            .expect("hexadecimal numbers and a name are a fingerprint")
    }

    /// A vector for each face, in their order; `None` for one of which the network says nothing.
    ///
    /// # Errors
    /// The model or the device failed; speaks of all of them.
    pub fn embed(&mut self, faces: &[AlignedFace]) -> Result<Vec<Option<Embedding>>, InferenceError> {
        let crops: Vec<_> = faces.iter().map(|face| Crop::whole(face.picture())).collect();
        self.network.run(&crops, vectors::embedding)
    }
}

fn recipe(normalises: bool) -> Recipe {
    let normalisation = if normalises { Normalisation::NONE } else { Normalisation::SYMMETRIC };
    Recipe { fit: Fit::Stretch, order: ChannelOrder::Rgb, normalisation, padding: 0 }
}
