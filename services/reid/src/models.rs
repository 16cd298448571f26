//! The networks that the settings name: loads them, and says which roles there are and what is refused. One that is not named is
//! an absent role; one that is named and cannot be had ends the start with what to do.

use std::path::PathBuf;

use iris_domain::{Class, ModelFingerprint};
use iris_inference::{
    Embedder, EmbedderSpec, FaceDetector, FaceDetectorSpec, FaceRecognizer, FaceRecognizerSpec, InferenceError,
    VehicleAttributes, VehicleAttributesSpec,
};
use tracing::warn;

use crate::config::{NetworkScales, ReidSettings};

/// Classes that are vehicles.
const VEHICLES: [&str; 6] = ["car", "truck", "bus", "motorcycle", "bicycle", "van"];
/// Classes that are animals people keep or meet.
const ANIMALS: [&str; 10] = ["dog", "cat", "horse", "bird", "sheep", "cow", "bear", "elephant", "zebra", "giraffe"];

/// What a class is to re-ID: each kind has networks of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Has a face.
    Person,
    /// Has paint.
    Vehicle,
    /// Has neither.
    Animal,
}

impl Kind {
    /// `None` for things that nobody looks for again.
    pub fn of(class: &Class) -> Option<Self> {
        match class.as_str() {
            "person" => Some(Self::Person),
            name if VEHICLES.contains(&name) => Some(Self::Vehicle),
            name if ANIMALS.contains(&name) => Some(Self::Animal),
            _ => None,
        }
    }
}

/// The two networks of faces; one without the other is of no use.
pub struct FaceModels {
    /// Finds them.
    pub detector: FaceDetector,
    /// Tells them apart.
    pub recognizer: FaceRecognizer,
    /// What their vectors carry.
    pub fingerprint: ModelFingerprint,
}

/// All networks of a node.
#[derive(Default)]
pub struct Models {
    /// Of faces.
    pub faces: Option<FaceModels>,
    /// Of people as a whole.
    pub people: Option<Embedder>,
    /// Of vehicles as a whole.
    pub vehicles: Option<Embedder>,
    /// Of animals as a whole.
    pub animals: Option<Embedder>,
    /// Of vehicles' paint.
    pub attributes: Option<VehicleAttributes>,
}

/// What others may know of a node's networks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described {
    /// The face detector's name.
    pub face_detector: Option<String>,
    /// The recogniser's name, while it is used.
    pub face_recognizer: Option<String>,
    /// The name of what tells people apart.
    pub embedder: Option<String>,
    /// Where they run.
    pub device: String,
    /// Why a network that is named is not used, or why one is missing that others need.
    pub refusal: Option<String>,
}

impl Models {
    /// Loads what the settings name. Blocks for seconds.
    ///
    /// # Errors
    /// A file, the device or ONNX Runtime cannot be had; the message says what to do.
    pub fn load(settings: &ReidSettings) -> Result<(Self, Described), InferenceError> {
        let mut described = Described { device: settings.device.to_string(), ..Described::default() };
        if !settings.biometrics_enabled || settings.networks().next().is_none() {
            return Ok((Self::default(), described));
        }
        iris_inference::init(settings.onnxruntime.as_deref())?;
        let models = Self {
            faces: faces(settings, &mut described)?,
            people: embedder(settings, &settings.embedder)?,
            vehicles: embedder(settings, &settings.vehicle_embedder)?,
            animals: embedder(settings, &settings.animal_embedder)?,
            attributes: attributes(settings)?,
        };
        described.embedder = models.people.as_ref().map(|embedder| embedder.info().name.clone());
        let of_faces = models.faces.as_ref().map(|faces| faces.detector.info().device.clone());
        let of_people = models.people.as_ref().map(|embedder| embedder.info().device.clone());
        if let Some(device) = of_faces.or(of_people) {
            described.device = device;
        }
        Ok((models, described))
    }

    /// What tells those of a kind apart.
    pub fn embedder(&mut self, kind: Kind) -> Option<&mut Embedder> {
        match kind {
            Kind::Person => self.people.as_mut(),
            Kind::Vehicle => self.vehicles.as_mut(),
            Kind::Animal => self.animals.as_mut(),
        }
    }

    /// What the networks' files say of what they make.
    pub fn scales(&self) -> NetworkScales {
        NetworkScales {
            face: self.faces.as_ref().and_then(|faces| faces.recognizer.info().join_threshold),
            face_width: self.faces.as_ref().and_then(|faces| faces.recognizer.info().face_width),
            body: self.people.as_ref().and_then(|people| people.info().join_threshold),
        }
    }

    /// Whether anything could be said of one of a kind.
    pub fn know(&self, kind: Kind) -> bool {
        match kind {
            Kind::Person => self.faces.is_some() || self.people.is_some(),
            Kind::Vehicle => self.vehicles.is_some(),
            Kind::Animal => self.animals.is_some(),
        }
    }
}

fn faces(settings: &ReidSettings, described: &mut Described) -> Result<Option<FaceModels>, InferenceError> {
    let ReidSettings { device, threads, .. } = *settings;
    let detector = match &settings.face_detector {
        Some(path) => {
            let family = settings.face_detector_family;
            Some(FaceDetector::load(&FaceDetectorSpec { path: path.clone(), family, device, threads })?)
        }
        None => None,
    };
    let recognizer = match &settings.face_recognizer {
        Some(path) => Some(FaceRecognizer::load(&FaceRecognizerSpec { path: path.clone(), device, threads })?),
        None => None,
    };
    described.face_detector = detector.as_ref().map(|detector| detector.info().name.clone());
    let (detector, recognizer) = match (detector, recognizer) {
        (Some(detector), Some(recognizer)) => (detector, recognizer),
        (None, None) => return Ok(None),
        (Some(_), None) => {
            described.refusal = Some("faces are found but not told apart: name a face_recognizer".to_owned());
            return Ok(None);
        }
        (None, Some(_)) => {
            described.refusal = Some("faces are not found: name a face_detector".to_owned());
            return Ok(None);
        }
    };
    if let Err(unfit) = recognizer.fit_for_people() {
        warn!("{unfit}");
        described.refusal = Some(unfit.to_string());
        return Ok(None);
    }
    described.face_recognizer = Some(recognizer.info().name.clone());
    let fingerprint = recognizer.model(detector.info());
    Ok(Some(FaceModels { detector, recognizer, fingerprint }))
}

fn embedder(settings: &ReidSettings, path: &Option<PathBuf>) -> Result<Option<Embedder>, InferenceError> {
    let Some(path) = path else { return Ok(None) };
    let ReidSettings { device, threads, embedder_preset: preset, .. } = *settings;
    Embedder::load(&EmbedderSpec { path: path.clone(), preset, device, threads }).map(Some)
}

fn attributes(settings: &ReidSettings) -> Result<Option<VehicleAttributes>, InferenceError> {
    let Some(path) = &settings.vehicle_attributes else { return Ok(None) };
    let ReidSettings { device, threads, .. } = *settings;
    VehicleAttributes::load(&VehicleAttributesSpec { path: path.clone(), device, threads }).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chairs_are_not_looked_for_again() {
        let kind = |name: &str| Kind::of(&Class::new(name).unwrap());
        assert_eq!(kind("person"), Some(Kind::Person));
        assert_eq!(kind("Truck"), Some(Kind::Vehicle));
        assert_eq!(kind("dog"), Some(Kind::Animal));
        assert_eq!(kind("chair"), None);
    }

    #[test]
    fn without_files_there_are_no_roles_and_no_error() {
        let (models, described) = Models::load(&ReidSettings::default()).unwrap();
        assert!([Kind::Person, Kind::Vehicle, Kind::Animal].iter().all(|kind| !models.know(*kind)));
        assert_eq!(described, Described { device: "auto".to_owned(), ..Described::default() });
    }

    #[test]
    fn a_file_that_is_named_and_missing_is_an_error() {
        let settings = ReidSettings { embedder: Some("/none/such.onnx".into()), ..ReidSettings::default() };
        assert!(Models::load(&settings).is_err());
        let off = ReidSettings { biometrics_enabled: false, ..settings };
        assert!(Models::load(&off).is_ok(), "nothing is loaded that is not used");
    }
}
