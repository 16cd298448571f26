//! What a model is for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The work that a model does in Iris; for each there is one model in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Finds people, vehicles, animals in a picture.
    Detector,
    /// Finds faces and their five points.
    FaceDetector,
    /// Turns an aligned face into a vector.
    FaceRecognizer,
    /// Turns a body into a vector.
    Embedder,
    /// Colour and type of a vehicle.
    VehicleAttributes,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Detector, Self::FaceDetector, Self::FaceRecognizer, Self::Embedder, Self::VehicleAttributes];

    /// What the manifest and the command line call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Detector => "detector",
            Self::FaceDetector => "face_detector",
            Self::FaceRecognizer => "face_recognizer",
            Self::Embedder => "embedder",
            Self::VehicleAttributes => "vehicle_attributes",
        }
    }

    /// What has to be done before a newly chosen model works.
    pub fn restart_hint(self) -> &'static str {
        match self {
            Self::Detector => {
                "restart iris-detect: `make down`, then `make up` or `make demo`; a service started by hand wants \
                 IRIS_MODEL set to the model's file"
            }
            Self::FaceDetector => {
                "restart iris-reid; a service started by hand wants IRIS_FACE_DETECTOR set to the model's file. Faces that \
                 are known keep vectors of the detector before: enrol people again"
            }
            Self::FaceRecognizer => {
                "restart iris-reid; a service started by hand wants IRIS_FACE_RECOGNIZER set to the model's file. Faces \
                 that are known keep vectors of the recognizer before: enrol people again"
            }
            Self::Embedder => {
                "restart iris-reid; a service started by hand wants IRIS_EMBEDDER set to the model's file"
            }
            Self::VehicleAttributes => {
                "restart iris-reid; a service started by hand wants IRIS_VEHICLE_ATTRIBUTES set to the model's file"
            }
        }
    }
}

/// A role that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown role `{0}`: one of {roles}", roles = Role::ALL.map(Role::as_str).join(", "))]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
