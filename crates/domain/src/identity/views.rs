//! What the views of a track are worth together: which faces agree, what they look like on average, and whether that is enough to
//! say who it is.

use super::linkage::{Distances, groups_within};
use super::observation::FaceView;
use super::rules::AssociationRules;
use super::tracklet::{BodyView, KeptFace, Tracklet};
use crate::{Embedding, Feature, Timestamp};

/// What a track looks like on average, and so one exemplar of its identity: the mistakes of single views cancel out, and the identity
/// learns from many tracks.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanView {
    /// When the newest of the views was filmed: another one when others make up the mean.
    pub captured: Timestamp,
    /// The mean, weighted by quality; its quality is that of the best view.
    pub feature: Feature,
}

impl MeanView {
    fn of<'a>(views: impl Iterator<Item = (Timestamp, &'a Feature)> + Clone) -> Option<Self> {
        let captured = views.clone().map(|(captured, _)| captured).max()?;
        Some(Self { captured, feature: mean(views.map(|(_, feature)| feature))? })
    }
}

/// What the faces of a track are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Faces {
    /// No face worth comparing.
    None,
    /// One face that is not good enough to be trusted alone.
    Single,
    /// Several that agree, or one of high quality.
    Good,
}

/// What decides about a track besides the candidates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looks {
    pub faces: Faces,
    /// Whether a face is good enough to be compared with for ever.
    pub face_founds: bool,
    /// Best quality of an appearance worth comparing.
    pub body: Option<f32>,
    /// Appearances worth comparing.
    pub bodies: usize,
}

impl Looks {
    pub fn of(tracklet: &Tracklet, rules: &AssociationRules) -> Self {
        let agreeing = tracklet.agreeing_faces(rules);
        let faces = strength(&agreeing, rules);
        let bodies = tracklet.agreeing_bodies(rules);
        Self {
            faces,
            face_founds: faces == Faces::Good && agreeing.iter().any(|face| is_exemplary(&face.view, rules)),
            body: bodies.first().map(|body| body.feature.quality),
            bodies: bodies.len(),
        }
    }
}

impl Tracklet {
    /// The faces worth comparing that agree with each other, best first. Where they do not, the ones that agree least with the
    /// others are taken for mistakes.
    pub fn agreeing_faces(&self, rules: &AssociationRules) -> Vec<&KeptFace> {
        agreeing(self.faces().iter().filter(|face| is_usable(&face.view, rules)).collect(), rules)
    }

    /// The faces that may be an enrolled person's, best first: those that agree with each other, turned ones too.
    pub fn recognisable_faces(&self, rules: &AssociationRules) -> Vec<&KeptFace> {
        agreeing(self.faces().iter().filter(|face| is_recognisable(&face.view, rules)).collect(), rules)
    }

    /// What they look like on average, the best ones most.
    pub fn recognisable_mean(&self, rules: &AssociationRules) -> Option<Feature> {
        mean(self.recognisable_faces(rules).into_iter().map(|face| &face.view.feature))
    }

    /// Whether the faces together are good enough to say who it is.
    pub fn faces_agree(&self, rules: &AssociationRules) -> bool {
        strength(&self.agreeing_faces(rules), rules) == Faces::Good
    }

    /// What its faces look like together; the quality is that of the best.
    pub fn face_mean(&self, rules: &AssociationRules) -> Option<Feature> {
        let agreeing = self.agreeing_faces(rules);
        mean(agreeing.into_iter().map(|face| &face.view.feature))
    }

    /// The appearances worth comparing that are of one thing, best first. A track that went over from one to another shows both, and
    /// is taken for the one that it shows better: what the other looks like must not be learnt as its own.
    pub fn agreeing_bodies(&self, rules: &AssociationRules) -> Vec<&BodyView> {
        let usable = self.bodies().iter().filter(|body| body.feature.quality >= rules.body_quality);
        let usable: Vec<&BodyView> = usable.collect();
        let distances = Distances::between(usable.len(), |a, b| {
            1.0 - usable[a].feature.embedding.cosine(&usable[b].feature.embedding)
        });
        let worth = |group: &[usize]| group.iter().map(|view| usable[*view].feature.quality).sum::<f32>();
        // The last of several that are worth most is taken; the first has the best view.
        let groups = groups_within(&distances, 1.0 - rules.split_body).into_iter().rev();
        let best = groups.max_by(|a, b| worth(a).total_cmp(&worth(b))).unwrap_or_default();
        best.into_iter().map(|view| usable[view]).collect()
    }

    /// What it looks like as a whole; the quality is that of the best view.
    pub fn body_mean(&self, rules: &AssociationRules) -> Option<Feature> {
        mean(self.agreeing_bodies(rules).into_iter().map(|body| &body.feature))
    }

    /// The face by which its identity should be known from now on.
    pub fn exemplar_face(&self, rules: &AssociationRules) -> Option<MeanView> {
        let agreeing = self.agreeing_faces(rules);
        if strength(&agreeing, rules) != Faces::Good {
            return None;
        }
        let exemplary = agreeing.into_iter().filter(|face| is_exemplary(&face.view, rules));
        MeanView::of(exemplary.map(|face| (face.captured, &face.view.feature)))
    }

    /// The appearance by which its identity should be known from now on.
    pub fn exemplar_body(&self, rules: &AssociationRules) -> Option<MeanView> {
        let agreeing = self.agreeing_bodies(rules).into_iter();
        let exemplary = agreeing.filter(|body| body.feature.quality >= rules.body_provisional_quality);
        MeanView::of(exemplary.map(|body| (body.captured, &body.feature)))
    }
}

/// Those that are left when the ones that agree least with the others are taken out.
fn agreeing<'a>(mut faces: Vec<&'a KeptFace>, rules: &AssociationRules) -> Vec<&'a KeptFace> {
    while let Some((worst, agreement)) = least_agreeing(&faces) {
        let all: f32 = (0..faces.len()).map(|index| mean_to_others(&faces, index)).sum::<f32>() / faces.len() as f32;
        if all >= rules.face_agreement && agreement >= rules.exemplar_stray {
            break;
        }
        faces.remove(worst);
    }
    faces
}

fn strength(agreeing: &[&KeptFace], rules: &AssociationRules) -> Faces {
    match agreeing {
        [] => Faces::None,
        [only] if only.view.feature.quality < rules.face_alone_quality => Faces::Single,
        _ => Faces::Good,
    }
}

fn is_usable(face: &FaceView, rules: &AssociationRules) -> bool {
    face.width_px >= rules.face_width_px
        && face.score >= rules.face_detection
        && face.yaw_ratio <= rules.face_yaw
        && face.feature.quality >= rules.face_quality
}

fn is_recognisable(face: &FaceView, rules: &AssociationRules) -> bool {
    let AssociationRules { face_width_px, face_detection, person_yaw, .. } = *rules;
    face.width_px >= face_width_px && face.score >= face_detection && face.yaw_ratio <= person_yaw
}

fn is_exemplary(face: &FaceView, rules: &AssociationRules) -> bool {
    face.width_px >= rules.face_exemplar_width_px
}

/// The face that agrees least with the others, the worse of two; `None` when there are no others.
fn least_agreeing(faces: &[&KeptFace]) -> Option<(usize, f32)> {
    if faces.len() < 2 {
        return None;
    }
    let agreements = (0..faces.len()).map(|index| (index, mean_to_others(faces, index)));
    agreements.rev().min_by(|a, b| a.1.total_cmp(&b.1))
}

fn mean_to_others(faces: &[&KeptFace], index: usize) -> f32 {
    let this = &faces[index].view.feature.embedding;
    let others = faces.iter().enumerate().filter(|(other, _)| *other != index);
    let sum: f32 = others.map(|(_, other)| this.cosine(&other.view.feature.embedding)).sum();
    sum / (faces.len() - 1) as f32
}

/// The mean weighted by quality; the smallest weight keeps a set of worthless views from having none.
fn mean<'a>(features: impl Iterator<Item = &'a Feature> + Clone) -> Option<Feature> {
    let best = features.clone().max_by(|a, b| a.quality.total_cmp(&b.quality))?;
    let weighted = features.map(|feature| (&feature.embedding, feature.quality.max(0.01)));
    let embedding = Embedding::mean(weighted)?;
    Some(Feature { embedding, model: best.model.clone(), quality: best.quality })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::toys::{Person, at, observation};

    /// A track of which these are the views: of whom, how well.
    fn track_of(views: &[(u64, f32)]) -> Tracklet {
        let mut tracklet = Tracklet::begin(&observation(1, 0.0), at(0.0));
        for (second, (person, quality)) in (0u32..).zip(views) {
            let crop = observation(1, f64::from(second));
            tracklet.observe(&Person::number(*person).seen(crop, 0.0, *quality), at(f64::from(second)));
        }
        tracklet
    }

    fn agreeing(views: &[(u64, f32)]) -> Vec<f64> {
        let tracklet = track_of(views);
        let agreeing = tracklet.agreeing_bodies(&AssociationRules::default());
        agreeing.iter().map(|view| view.captured.seconds_since(at(0.0))).collect()
    }

    #[test]
    fn of_a_track_that_went_over_to_somebody_else_the_better_seen_counts() {
        assert_eq!(agreeing(&[(1, 0.5), (1, 0.6), (2, 0.9), (1, 0.7)]), [3.0, 1.0, 0.0], "best first");
        assert_eq!(agreeing(&[(1, 0.5), (2, 0.9), (1, 0.3)]), [1.0]);
        assert_eq!(agreeing(&[(1, 0.1), (2, 0.3)]), [1.0], "a bad view is not worth comparing");
        assert!(agreeing(&[(1, 0.1)]).is_empty());
    }

    #[test]
    fn its_identity_does_not_learn_what_the_other_looks_like() {
        let (rules, tracklet) = (AssociationRules::default(), track_of(&[(1, 0.8), (1, 0.8), (2, 0.9)]));
        let other = Person::number(2).body_like(0.95, 99);
        let likeness = |feature: &Feature| feature.embedding.cosine(&other.embedding);
        let exemplar = tracklet.exemplar_body(&rules).unwrap();
        assert_eq!(exemplar.captured, at(1.0), "the newest of the two that are of one");
        assert!(likeness(&exemplar.feature) < 0.3);
        assert!(likeness(&tracklet.body_mean(&rules).unwrap()) < 0.3);
    }
}
