//! What the views of a track are worth together: which faces agree, what they look like on average, and whether that is enough to
//! say who it is.

use super::observation::FaceView;
use super::rules::AssociationRules;
use super::tracklet::{BodyView, KeptFace, Tracklet};
use crate::{Embedding, Feature};

/// Views of one track that become exemplars of its identity at most, per kind: the identity should learn from many tracks.
const EXEMPLARS_PER_TRACK: usize = 3;

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
        let bodies = || tracklet.bodies().iter().filter(|body| body.feature.quality >= rules.body_quality);
        Self {
            faces,
            face_founds: faces == Faces::Good && agreeing.iter().any(|face| is_exemplary(&face.view, rules)),
            body: bodies().next().map(|body| body.feature.quality),
            bodies: bodies().count(),
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

    /// What it looks like as a whole; the quality is that of the best view.
    pub fn body_mean(&self, rules: &AssociationRules) -> Option<Feature> {
        let usable = |body: &&Feature| body.quality >= rules.body_quality;
        mean(self.bodies().iter().map(|body| &body.feature).filter(usable))
    }

    /// The faces by which its identity should be known from now on.
    pub fn exemplar_faces(&self, rules: &AssociationRules) -> Vec<&KeptFace> {
        let agreeing = self.agreeing_faces(rules);
        if strength(&agreeing, rules) != Faces::Good {
            return Vec::new();
        }
        let exemplary = agreeing.into_iter().filter(|face| is_exemplary(&face.view, rules));
        exemplary.take(EXEMPLARS_PER_TRACK).collect()
    }

    /// The appearances by which its identity should be known from now on.
    pub fn exemplar_bodies(&self, rules: &AssociationRules) -> Vec<&BodyView> {
        let good = self.bodies().iter().filter(|body| body.feature.quality >= rules.body_provisional_quality);
        good.take(EXEMPLARS_PER_TRACK).collect()
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
