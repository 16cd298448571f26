//! What a network says of a face or a body: a direction in a space of many dimensions, and which models it comes from.
//! Vectors of different models mean nothing to each other, so every stored one carries its [`ModelFingerprint`].

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

/// Dimensions that an embedding may have; the largest re-identification networks known have 3840.
const DIMENSIONS_MAX: usize = 4096;
/// A shorter vector has no direction to speak of: its network saw nothing.
const NORM_MIN: f32 = 1e-6;

/// A vector this near to length one is one: it was scaled before and is left as it is, to the bit.
const NORM_SLACK: f32 = 1e-4;

/// A vector of length one. Cheap to clone. In texts such as JSON it is the Base64 of its bytes, a third of what numbers would take.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Embedding(Arc<[f32]>);

/// The values are no direction: none, too many, not finite, or all zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an embedding: 1 to {DIMENSIONS_MAX} finite numbers that are not all zero")]
pub struct InvalidEmbedding;

impl Embedding {
    /// Scales the values to length one.
    ///
    /// # Errors
    /// None or too many, not finite, or too short to have a direction.
    pub fn new(values: &[f32]) -> Result<Self, InvalidEmbedding> {
        let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        if !(1..=DIMENSIONS_MAX).contains(&values.len()) || !norm.is_finite() || norm < NORM_MIN {
            return Err(InvalidEmbedding);
        }
        let scale = if (norm - 1.0).abs() < NORM_SLACK { 1.0 } else { norm };
        Ok(Self(values.iter().map(|value| value / scale).collect()))
    }

    /// The direction between several, each with its weight; `None` when they are none, of different dimensions, or cancel out.
    pub fn mean<'a>(weighted: impl IntoIterator<Item = (&'a Self, f32)>) -> Option<Self> {
        let mut weighted = weighted.into_iter();
        let (first, weight) = weighted.next()?;
        let mut sum: Vec<f32> = first.values().iter().map(|value| value * weight).collect();
        for (embedding, weight) in weighted {
            if embedding.dimensions() != sum.len() {
                return None;
            }
            for (sum, value) in sum.iter_mut().zip(embedding.values()) {
                *sum += value * weight;
            }
        }
        Self::new(&sum).ok()
    }

    /// The values.
    pub fn values(&self) -> &[f32] {
        &self.0
    }

    /// How many values.
    pub fn dimensions(&self) -> usize {
        self.0.len()
    }

    /// Cosine of the angle to another, -1..1; 0, as of strangers, for another number of dimensions.
    pub fn cosine(&self, other: &Self) -> f32 {
        if self.dimensions() != other.dimensions() {
            return 0.0;
        }
        dot(&self.0, &other.0).clamp(-1.0, 1.0)
    }

    /// Little-endian f32, one after another: the form of the database and the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    /// The inverse of [`Self::to_bytes`].
    ///
    /// # Errors
    /// A length that is no multiple of four, or values that are no direction.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidEmbedding> {
        let (values, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(InvalidEmbedding);
        }
        let values: Vec<f32> = values.iter().map(|value| f32::from_le_bytes(*value)).collect();
        Self::new(&values)
    }
}

impl TryFrom<String> for Embedding {
    type Error = InvalidEmbedding;

    fn try_from(text: String) -> Result<Self, InvalidEmbedding> {
        Self::from_bytes(&BASE64.decode(text).map_err(|_| InvalidEmbedding)?)
    }
}

impl From<Embedding> for String {
    fn from(embedding: Embedding) -> Self {
        BASE64.encode(embedding.to_bytes())
    }
}

/// Eight sums side by side, so that the compiler can use the processor's vectors: a single sum has an order it must keep.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_chunks, a_rest) = a.as_chunks::<8>();
    let (b_chunks, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0f32; 8];
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// Says how many dimensions it has and nothing of its values: they identify a person.
impl fmt::Debug for Embedding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Embedding({})", self.dimensions())
    }
}

/// Names the models (and the way they were fed) that a vector comes from, such as `sha256/preset` cut to a handy length.
/// Vectors are compared only when theirs are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelFingerprint(Arc<str>);

/// A text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is 1 to 128 of letters, digits, `.`, `_`, `+`, `:`, `/` and `-`")]
pub struct InvalidFingerprint;

impl ModelFingerprint {
    /// Checks the form.
    ///
    /// # Errors
    /// Empty, too long, or with other characters.
    pub fn new(text: &str) -> Result<Self, InvalidFingerprint> {
        let fits = (1..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+:/-".contains(&byte));
        if fits { Ok(Self(text.into())) } else { Err(InvalidFingerprint) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ModelFingerprint {
    type Error = InvalidFingerprint;

    fn try_from(text: String) -> Result<Self, InvalidFingerprint> {
        Self::new(&text)
    }
}

impl From<ModelFingerprint> for String {
    fn from(fingerprint: ModelFingerprint) -> Self {
        fingerprint.0.as_ref().to_owned()
    }
}

/// A vector with the models it comes from and how good the view was that it was made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    /// The vector.
    pub embedding: Embedding,
    /// Its models.
    pub model: ModelFingerprint,
    /// How much the view can be trusted, 0..1.
    pub quality: f32,
}

impl Feature {
    /// Cosine to another of the same models; `None` when they cannot be compared.
    pub fn similarity(&self, other: &Self) -> Option<f32> {
        (self.model == other.model && self.embedding.dimensions() == other.embedding.dimensions())
            .then(|| self.embedding.cosine(&other.embedding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_directions_pass() {
        for values in [vec![], vec![0.0; 8], vec![1.0, f32::NAN], vec![f32::INFINITY], vec![1.0; DIMENSIONS_MAX + 1]] {
            assert_eq!(Embedding::new(&values), Err(InvalidEmbedding));
        }
        assert_eq!(Embedding::new(&[3.0, 4.0]).unwrap().values(), [0.6, 0.8]);
        assert_eq!(Embedding::from_bytes(&[0; 7]), Err(InvalidEmbedding));
    }

    #[test]
    fn strangers_in_dimension_or_model_do_not_compare() {
        let (a, b) = (Embedding::new(&[1.0]).unwrap(), Embedding::new(&[1.0, 0.0]).unwrap());
        assert_eq!(a.cosine(&b), 0.0);
        let feature =
            |model: &str| Feature { embedding: b.clone(), model: ModelFingerprint::new(model).unwrap(), quality: 1.0 };
        assert_eq!(feature("x").similarity(&feature("y")), None);
        assert_eq!(feature("x").similarity(&feature("x")), Some(1.0));
    }

    #[test]
    fn nothing_of_a_vector_is_printed() {
        assert_eq!(format!("{:?}", Embedding::new(&[1.0, 2.0]).unwrap()), "Embedding(2)");
    }

    proptest! {
        #[test]
        fn bytes_read_back_and_cosines_are_cosines(a in prop::collection::vec(-1.0f32..1.0, 19), b in prop::collection::vec(-1.0f32..1.0, 19)) {
            prop_assume!(a.iter().chain(&b).any(|value| value.abs() > 0.01));
            let (Ok(a), Ok(b)) = (Embedding::new(&a), Embedding::new(&b)) else { return Ok(()) };
            let back = Embedding::from_bytes(&a.to_bytes()).unwrap();
            prop_assert_eq!(&back, &a);
            let stored = serde_json::to_string(&a).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Embedding>(&stored).unwrap(), &a);
            let exact: f64 = a.values().iter().zip(b.values()).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            prop_assert!((f64::from(a.cosine(&b)) - exact).abs() < 1e-5);
            if let Some(mean) = Embedding::mean([(&a, 1.0), (&b, 1.0)]) {
                prop_assert!((mean.cosine(&a) - mean.cosine(&b)).abs() < 1e-3, "the mean is as far from both");
            }
        }
    }
}
