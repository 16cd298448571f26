//! `feature.proto`

use iris_domain::{Embedding, Feature, ModelFingerprint};

use crate::{Malformed, checks, wire};

pub(crate) fn to_wire(feature: &Feature) -> wire::Feature {
    wire::Feature {
        vector: feature.embedding.to_bytes().into(),
        model: feature.model.as_str().to_owned(),
        quality: feature.quality,
    }
}

pub(crate) fn from_wire(wire: wire::Feature) -> Result<Feature, Malformed> {
    let refused = |error: &dyn std::fmt::Display| Malformed::new(error.to_string());
    Ok(Feature {
        embedding: Embedding::from_bytes(&wire.vector).map_err(|error| refused(&error))?,
        model: ModelFingerprint::new(&wire.model).map_err(|error| refused(&error))?,
        quality: checks::fraction(wire.quality, "quality")?,
    })
}

pub(crate) fn optional_from_wire(wire: Option<wire::Feature>) -> Result<Option<Feature>, Malformed> {
    wire.map(from_wire).transpose()
}
