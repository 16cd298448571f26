//! What an identity looks like on the whole, and how alike two are.

use crate::{Feature, ModelFingerprint};

/// The middle of some exemplars. It is shorter than one, the more so the more they differ: the product of two middles is the mean
/// cosine over all pairs of their exemplars (average linkage), at the price of one comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Centroid {
    values: Vec<f32>,
    model: ModelFingerprint,
}

impl Centroid {
    /// Of the exemplars that are of the first one's model; `None` when there is none.
    pub fn of<'a>(features: impl IntoIterator<Item = &'a Feature>) -> Option<Self> {
        let mut features = features.into_iter();
        let first = features.next()?;
        let (mut values, mut count) = (first.embedding.values().to_vec(), 1.0f32);
        for feature in features.filter(|feature| feature.similarity(first).is_some()) {
            values.iter_mut().zip(feature.embedding.values()).for_each(|(sum, value)| *sum += value);
            count += 1.0;
        }
        values.iter_mut().for_each(|value| *value /= count);
        Some(Self { values, model: first.model.clone() })
    }

    /// The mean cosine of its exemplars and those of another; `None` when they are of different models.
    pub fn likeness(&self, other: &Self) -> Option<f32> {
        let comparable = self.model == other.model && self.values.len() == other.values.len();
        comparable.then(|| self.values.iter().zip(&other.values).map(|(a, b)| a * b).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::toys::{Person, feature};

    #[test]
    fn two_are_as_alike_as_their_exemplars_are_on_average() {
        let (anna, berta) = (Person::number(1), Person::number(2));
        let of =
            |who: Person, views: u64| -> Vec<Feature> { (0..views).map(|view| who.face_like(0.8, view)).collect() };
        let (one, other) = (of(anna, 5), [of(anna, 2), of(berta, 1)].concat());
        let pairs: Vec<f32> = one.iter().flat_map(|a| other.iter().map(|b| a.similarity(b).unwrap())).collect();
        let mean = pairs.iter().sum::<f32>() / pairs.len() as f32;
        let likeness = Centroid::of(&one).unwrap().likeness(&Centroid::of(&other).unwrap()).unwrap();
        assert!((likeness - mean).abs() < 1e-4, "{likeness} {mean}");
    }

    #[test]
    fn models_do_not_mix() {
        let old = feature(&[1.0, 0.0]);
        let new = Feature { model: ModelFingerprint::new("new").unwrap(), ..feature(&[0.0, 1.0]) };
        let mixed = Centroid::of([&new, &old]).unwrap();
        assert_eq!(mixed.likeness(&Centroid::of([&old]).unwrap()), None);
        assert_eq!(mixed.likeness(&Centroid::of([&new]).unwrap()), Some(1.0));
        assert_eq!(Centroid::of([]), None);
    }
}
