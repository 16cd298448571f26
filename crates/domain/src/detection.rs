//! What a detector says of one picture.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::BBox;

/// The name of a detector's class, such as `person`: lower case, 1-64 bytes. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Class(Arc<str>);

/// A class name was empty, too long or held a control character or comma.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a class name has 1 to 64 bytes, no comma and no control characters")]
pub struct InvalidClass;

impl Class {
    /// Trims and lower-cases.
    pub fn new(name: &str) -> Result<Self, InvalidClass> {
        let name = name.trim().to_lowercase();
        let fits = (1..=64).contains(&name.len()) && !name.chars().any(|c| c == ',' || c.is_control());
        if fits { Ok(Self(name.into())) } else { Err(InvalidClass) }
    }

    /// The class that triggers where nothing else is asked for.
    pub fn person() -> Self {
        Self("person".into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for Class {
    type Error = InvalidClass;
    fn try_from(name: String) -> Result<Self, InvalidClass> {
        Self::new(&name)
    }
}

impl From<Class> for String {
    fn from(class: Class) -> Self {
        class.0.as_ref().to_owned()
    }
}

/// One thing found in one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// Where.
    pub bbox: BBox,
    /// What.
    pub class: Class,
    /// The detector's confidence, 0..1.
    pub score: f32,
    /// What colours it has; `None` where nobody looked.
    pub look: Option<Look>,
}

/// What colours a thing has from its top to its foot: the mean luma and chroma (Y, U, V, full range) of four bands across the middle of
/// its box. Coarse enough to be had for nothing from the picture that the detector saw, and enough to tell two people apart who pass
/// each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look(pub [[u8; 3]; Self::BANDS]);

impl Look {
    /// Bands.
    pub const BANDS: usize = 4;
}
