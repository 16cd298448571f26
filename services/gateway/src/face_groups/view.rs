//! Captured faces and the groups they fall into, as clients see them.

use std::collections::{BTreeMap, HashMap};

use iris_domain::identity::{FaceGroup, GroupSettings};
use iris_domain::{FaceSampleId, Timestamp};
use iris_store::FaceSample;
use serde::Serialize;
use utoipa::ToSchema;

use crate::identities::view::CameraName;
use crate::time::Time;

/// A face as a camera captured it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FaceSample)]
pub struct FaceSampleView {
    /// Its number.
    #[schema(example = 44)]
    id: i64,
    #[schema(example = 7)]
    identity_id: i64,
    #[schema(example = 1)]
    camera_id: i64,
    /// The camera's name today.
    #[schema(example = "Front door")]
    camera_name: String,
    ts: Time,
    /// How far the view can be trusted, 0 to 1.
    #[schema(example = 0.7)]
    quality: f32,
    /// As an operator labelled it.
    label: Option<String>,
    #[schema(example = "/api/face-groups/samples/44/thumbnail")]
    thumb_url: String,
}

/// A page of captured faces.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaceSampleList {
    /// All of the identity's.
    pub total: u64,
    /// Those of the page, newest first.
    pub items: Vec<FaceSampleView>,
}

/// What the captured faces fall into.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaceGroups {
    /// Faces that were compared.
    total_samples: usize,
    /// Groups in the answer.
    total_groups: usize,
    settings: FaceGroupSettings,
    /// The largest first.
    groups: Vec<FaceGroupView>,
}

/// How the faces were grouped.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct FaceGroupSettings {
    /// Least mean cosine between two groups that are joined.
    #[schema(example = 0.5)]
    pub face_threshold: f32,
    /// Share of the clothes where both were seen within hours.
    #[schema(example = 0.0)]
    pub clothing_weight: f32,
    /// Smaller groups are left out.
    #[schema(example = 1)]
    pub min_size: usize,
    /// Members shown of each group.
    #[schema(example = 40)]
    pub max_members: usize,
    /// Faces compared at most, the newest.
    #[schema(example = 2000)]
    pub max_samples: usize,
}

/// Faces that seem to be of one person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FaceGroup)]
pub struct FaceGroupView {
    /// The sample that represents it; the same data and settings give the same.
    #[schema(example = 44)]
    group_id: i64,
    /// Members, those not shown included.
    size: usize,
    /// The label that most members have.
    label: Option<String>,
    /// Where they were captured, by id.
    cameras: Vec<CameraName>,
    first_seen: Time,
    last_seen: Time,
    #[schema(example = "/api/face-groups/samples/44/thumbnail")]
    rep_thumb_url: String,
    /// The best views first.
    members: Vec<FaceGroupMember>,
}

/// A face in a group.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaceGroupMember {
    #[schema(example = 44)]
    id: i64,
    #[schema(example = "/api/face-groups/samples/44/thumbnail")]
    thumb_url: String,
    #[schema(example = 1)]
    camera_id: i64,
    ts: Time,
    #[schema(example = 0.7)]
    quality: f32,
    label: Option<String>,
}

fn thumb_url(id: FaceSampleId) -> String {
    format!("/api/face-groups/samples/{id}/thumbnail")
}

impl FaceSampleView {
    /// A sample of the store.
    pub fn new(sample: FaceSample) -> Self {
        Self {
            id: sample.id.get(),
            identity_id: sample.identity_id.get(),
            camera_id: sample.camera_id.get(),
            camera_name: sample.camera_name,
            ts: Time(sample.ts),
            quality: sample.quality,
            label: sample.label,
            thumb_url: thumb_url(sample.id),
        }
    }
}

impl FaceGroupMember {
    fn new(sample: &FaceSample) -> Self {
        Self {
            id: sample.id.get(),
            thumb_url: thumb_url(sample.id),
            camera_id: sample.camera_id.get(),
            ts: Time(sample.ts),
            quality: sample.quality,
            label: sample.label.clone(),
        }
    }
}

impl FaceGroupSettings {
    /// As the domain takes them.
    pub fn grouping(&self) -> GroupSettings {
        GroupSettings {
            face_threshold: self.face_threshold,
            clothing_weight: self.clothing_weight,
            min_size: self.min_size,
        }
    }
}

impl FaceGroups {
    /// The groups of these samples.
    pub fn new(samples: &[FaceSample], groups: &[FaceGroup], settings: FaceGroupSettings) -> Self {
        let by_id: HashMap<FaceSampleId, &FaceSample> = samples.iter().map(|sample| (sample.id, sample)).collect();
        let groups: Vec<_> = groups.iter().filter_map(|group| view(group, &by_id, settings.max_members)).collect();
        Self { total_samples: samples.len(), total_groups: groups.len(), settings, groups }
    }
}

fn view(group: &FaceGroup, samples: &HashMap<FaceSampleId, &FaceSample>, members_max: usize) -> Option<FaceGroupView> {
    let members: Vec<&FaceSample> = group.members.iter().filter_map(|id| samples.get(id).copied()).collect();
    let times = || members.iter().map(|member| member.ts);
    let (first, last): (Timestamp, Timestamp) = times().min().zip(times().max())?;
    let cameras: BTreeMap<i64, &String> =
        members.iter().map(|member| (member.camera_id.get(), &member.camera_name)).collect();
    Some(FaceGroupView {
        group_id: group.id.get(),
        size: members.len(),
        label: majority(members.iter().filter_map(|member| member.label.as_deref())),
        cameras: cameras.into_iter().map(|(id, name)| CameraName { id, name: name.clone() }).collect(),
        first_seen: Time(first),
        last_seen: Time(last),
        rep_thumb_url: thumb_url(group.id),
        members: members.into_iter().take(members_max).map(FaceGroupMember::new).collect(),
    })
}

/// The most frequent; of several that are as frequent, the first by its letters.
fn majority<'a>(labels: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    labels.for_each(|label| *counts.entry(label).or_default() += 1);
    let most = counts.values().max().copied()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(label, _)| label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_label_names_a_group() {
        let named = |labels: &[&str]| majority(labels.iter().copied());
        assert_eq!(named(&[]), None);
        assert_eq!(named(&["b", "a", "b"]).as_deref(), Some("b"));
        assert_eq!(named(&["b", "a"]).as_deref(), Some("a"));
    }
}
