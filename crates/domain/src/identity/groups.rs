//! Face groups: captured faces gathered by who they seem to be, on demand, for an operator to look at. Driven by the gateway; the
//! same samples and settings give the same groups, in whatever order the samples come.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::time::Duration;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView1, s};

use super::apart::ApartPairs;
use super::linkage::{APART, Distances, groups_within};
use crate::{FaceSampleId, Feature, IdentityId, ModelFingerprint, Timestamp};

/// Clothes are compared within this time only.
const SAME_CLOTHES: Duration = Duration::from_secs(4 * 3600);
/// Rows of the product that are computed at once: only about half of each block of columns is wasted on pairs that are known by
/// symmetry, and the columns are prepared few times.
const BLOCK_ROWS: usize = 256;

/// How faces are grouped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupSettings {
    /// Least mean cosine between two groups that are joined, 0..1.
    pub face_threshold: f32,
    /// Share of the appearance where both samples have one and were taken within a few hours, 0..1.
    pub clothing_weight: f32,
    /// Smaller groups are left out.
    pub min_size: usize,
}

impl Default for GroupSettings {
    fn default() -> Self {
        Self { face_threshold: 0.5, clothing_weight: 0.0, min_size: 1 }
    }
}

/// A captured face.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupedFace {
    /// Its sample.
    pub id: FaceSampleId,
    /// Whose it is taken to be, for what operators said must stay apart.
    pub identity: Option<IdentityId>,
    /// When it was filmed.
    pub captured: Timestamp,
    /// The face; its quality orders the members.
    pub face: Feature,
    /// The appearance of the whole at that time.
    pub body: Option<Feature>,
}

/// Faces that seem to be of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaceGroup {
    /// The sample of best quality, which names the group.
    pub id: FaceSampleId,
    /// All samples, best first.
    pub members: Vec<FaceSampleId>,
}

/// Groups the samples, largest group first. Faces of different models are never compared and so never together.
pub fn group_faces(samples: &[GroupedFace], settings: &GroupSettings, apart: &ApartPairs) -> Vec<FaceGroup> {
    let mut by_model: BTreeMap<(&ModelFingerprint, usize), Vec<&GroupedFace>> = BTreeMap::new();
    for sample in samples {
        by_model.entry(kind(&sample.face)).or_default().push(sample);
    }
    let mut groups: Vec<FaceGroup> = by_model
        .into_values()
        .flat_map(|samples| group_comparable(samples, settings, apart))
        .filter(|group| group.members.len() >= settings.min_size)
        .collect();
    groups.sort_by(|a, b| b.members.len().cmp(&a.members.len()).then(a.id.cmp(&b.id)));
    groups
}

/// Those of one model. Sorted first, so that the answer depends on the samples alone: best first, then by id.
fn group_comparable(mut samples: Vec<&GroupedFace>, settings: &GroupSettings, apart: &ApartPairs) -> Vec<FaceGroup> {
    samples.sort_by(|a, b| best_first(a, b));
    samples.dedup_by_key(|sample| sample.id);
    let distances = distances(&samples, settings, apart);
    let group = |members: Vec<usize>| FaceGroup {
        id: samples[members[0]].id,
        members: members.iter().map(|member| samples[*member].id).collect(),
    };
    groups_within(&distances, 1.0 - settings.face_threshold).into_iter().map(group).collect()
}

fn best_first(a: &GroupedFace, b: &GroupedFace) -> Ordering {
    b.face.quality.total_cmp(&a.face.quality).then(a.id.cmp(&b.id))
}

fn distances(samples: &[&GroupedFace], settings: &GroupSettings, apart: &ApartPairs) -> Distances {
    let faces: Vec<Option<&Feature>> = samples.iter().map(|sample| Some(&sample.face)).collect();
    let mut pairs = cosines(&faces);
    pairs.iter_mut().for_each(|pair| *pair = 1.0 - *pair);
    let mut distances = Distances::from_rows(samples.len(), pairs);
    if settings.clothing_weight > 0.0 {
        blend_clothing(samples, settings.clothing_weight, &mut distances);
    }
    if !apart.is_empty() {
        keep_apart(samples, apart, &mut distances);
    }
    distances
}

/// For each vector its cosines to those after it, one after another; 0 where one is missing. Blocks of rows times all later columns,
/// because a product of matrices reuses what it has loaded and products of single vectors do not.
fn cosines(features: &[Option<&Feature>]) -> Vec<f32> {
    let dimensions = features.iter().flatten().next().map_or(0, |feature| feature.embedding.dimensions());
    let mut all = Array2::<f32>::zeros((features.len(), dimensions));
    for (mut row, feature) in all.rows_mut().into_iter().zip(features) {
        if let Some(feature) = feature {
            row.assign(&ArrayView1::from(feature.embedding.values()));
        }
    }
    let mut pairs = Vec::with_capacity(features.len() * features.len().saturating_sub(1) / 2);
    let mut product = Array2::<f32>::zeros((BLOCK_ROWS, features.len()));
    for start in (0..features.len()).step_by(BLOCK_ROWS) {
        let rows = BLOCK_ROWS.min(features.len() - start);
        let mut block = product.slice_mut(s![..rows, start..]);
        general_mat_mul(1.0, &all.slice(s![start..start + rows, ..]), &all.slice(s![start.., ..]).t(), 0.0, &mut block);
        for row in 0..rows {
            pairs.extend_from_slice(
                block.slice(s![row, row + 1..]).as_slice().expect("a part of one row lies together"),
            );
        }
    }
    pairs
}

/// Clothes count where both were seen in them within hours: `(1 - weight) * face + weight * clothes`. After a change of models those
/// of the model that saw most samples count.
fn blend_clothing(samples: &[&GroupedFace], weight: f32, distances: &mut Distances) {
    let mut models: BTreeMap<(&ModelFingerprint, usize), usize> = BTreeMap::new();
    samples
        .iter()
        .filter_map(|sample| sample.body.as_ref())
        .for_each(|body| *models.entry(kind(body)).or_default() += 1);
    let usual = models.into_iter().max_by_key(|(_, samples)| *samples).map(|(model, _)| model);
    let clothes: Vec<Option<&Feature>> =
        samples.iter().map(|sample| sample.body.as_ref().filter(|body| Some(kind(body)) == usual)).collect();
    let mut cosines = cosines(&clothes).into_iter();
    distances.change(|a, b, distance| {
        let cosine = cosines.next().unwrap_or(0.0);
        let both = clothes[a].is_some() && clothes[b].is_some();
        let (a, b) = (samples[a].captured, samples[b].captured);
        let near = a.since(b).max(b.since(a)) <= SAME_CLOTHES;
        if both && near { (1.0 - weight) * distance + weight * (1.0 - cosine) } else { distance }
    });
}

/// Vectors of one kind can be compared.
fn kind(feature: &Feature) -> (&ModelFingerprint, usize) {
    (&feature.model, feature.embedding.dimensions())
}

fn keep_apart(samples: &[&GroupedFace], apart: &ApartPairs, distances: &mut Distances) {
    distances.change(|a, b, distance| {
        let pair = samples[a].identity.zip(samples[b].identity);
        if pair.is_some_and(|(a, b)| apart.contains(a, b)) { APART } else { distance }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::toys::{Person, at};

    fn sample(id: i64, person: &Person, likeness: f32, quality: f32) -> GroupedFace {
        GroupedFace {
            id: FaceSampleId::new(id).unwrap(),
            identity: None,
            captured: at(id as f64),
            face: Feature { quality, ..person.face_like(likeness, id as u64) },
            body: None,
        }
    }

    fn grouped(samples: &[GroupedFace], settings: &GroupSettings, apart: &ApartPairs) -> Vec<Vec<i64>> {
        let groups = group_faces(samples, settings, apart);
        groups.iter().map(|group| group.members.iter().map(|id| id.get()).collect()).collect()
    }

    fn three_people() -> Vec<GroupedFace> {
        let quality = |id: i64| 0.3 + 0.05 * (id % 7) as f32;
        (1..=12).map(|id| sample(id, &Person::number(id as u64 % 3), 0.85, quality(id))).collect()
    }

    #[test]
    fn faces_gather_by_person_largest_first_and_best_member_first() {
        let mut samples = three_people();
        samples.push(sample(13, &Person::number(1), 0.85, 0.9));
        let groups = grouped(&samples, &GroupSettings::default(), &ApartPairs::default());
        assert_eq!(groups, [vec![13, 4, 10, 1, 7], vec![5, 11, 2, 8], vec![6, 12, 3, 9]]);
        let groups = grouped(&samples, &GroupSettings { min_size: 5, ..Default::default() }, &ApartPairs::default());
        assert_eq!(groups.len(), 1);
        assert!(grouped(&[], &GroupSettings::default(), &ApartPairs::default()).is_empty());
    }

    #[test]
    fn blocks_give_the_cosines_of_every_pair() {
        let people: Vec<Feature> = (0..BLOCK_ROWS as u64 + 50).map(|n| Person::number(n).face_like(0.5, n)).collect();
        let missing = 7;
        let features: Vec<Option<&Feature>> =
            people.iter().enumerate().map(|(index, one)| (index != missing).then_some(one)).collect();
        let mut cosines = cosines(&features).into_iter();
        for a in 0..people.len() {
            for b in a + 1..people.len() {
                let exact = if [a, b].contains(&missing) { 0.0 } else { people[a].similarity(&people[b]).unwrap() };
                assert!((exact - cosines.next().unwrap()).abs() < 1e-5);
            }
        }
        assert_eq!(cosines.next(), None);
    }

    #[test]
    fn what_an_operator_split_stays_split() {
        let anna = Person::number(1);
        let [one, other] = [1, 2].map(|id| IdentityId::new(id).unwrap());
        let mut samples: Vec<GroupedFace> = (1..=6).map(|id| sample(id, &anna, 0.95, 0.5)).collect();
        for (index, sample) in samples.iter_mut().enumerate() {
            sample.identity = [Some(one), Some(other), None][index % 3];
        }
        assert_eq!(grouped(&samples, &GroupSettings::default(), &ApartPairs::default()).len(), 1);
        let apart: ApartPairs = [(one, other)].into_iter().collect();
        for group in grouped(&samples, &GroupSettings::default(), &apart) {
            let has = |identity: i64| group.iter().any(|id| id % 3 == identity);
            assert!(!(has(1) && has(2)), "{group:?}");
        }
    }

    #[test]
    fn clothes_bring_together_within_hours_and_only_when_asked() {
        let (anna, clothes) = (Person::number(1), Person::number(50));
        let dressed = |id: i64, hours: f64| GroupedFace {
            captured: at(hours * 3600.0),
            body: Some(clothes.body_like(1.0, 0)),
            ..sample(id, &anna, 0.6, 0.5)
        };
        let samples = [dressed(1, 0.0), dressed(2, 1.0), dressed(3, 9.0)];
        let with = |clothing_weight: f32| {
            let settings = GroupSettings { clothing_weight, ..Default::default() };
            grouped(&samples, &settings, &ApartPairs::default())
        };
        assert_eq!(with(0.0), [[1], [2], [3]]);
        assert_eq!(with(0.5), [vec![1, 2], vec![3]]);
    }

    #[test]
    fn faces_of_different_models_are_never_together() {
        let anna = Person::number(1);
        let mut samples = [sample(1, &anna, 1.0, 0.5), sample(2, &anna, 1.0, 0.5)];
        assert_eq!(grouped(&samples, &GroupSettings::default(), &ApartPairs::default()), [[1, 2]]);
        samples[1].face.model = ModelFingerprint::new("new").unwrap();
        assert_eq!(grouped(&samples, &GroupSettings::default(), &ApartPairs::default()), [[1], [2]]);
    }
}
