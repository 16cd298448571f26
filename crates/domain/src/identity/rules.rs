//! Every threshold of association in one place. The defaults are those that were measured on real footage with ArcFace-style faces
//! and a small person re-identification network, see each; another network wants other numbers, which is why they are settings.

use std::time::Duration;

/// How tracks become identities. Scores are cosines.
#[derive(Debug, Clone, PartialEq)]
pub struct AssociationRules {
    /// Narrower faces are not looked at: below this a face network sees noise.
    pub face_width_px: f32,
    /// Faces at least this wide may become exemplars and found an identity: what is compared with later must be good.
    pub face_exemplar_width_px: f32,
    /// Least score of the face detector.
    pub face_detection: f32,
    /// Most that a face may be turned: with the nose beside the eyes the vector says more of the pose than of the person.
    pub face_yaw: f32,
    /// Least quality of a face worth comparing.
    pub face_quality: f32,
    /// Mean mutual cosine from which faces of one track agree. Heads seen from behind that were taken for faces do not, which is
    /// what this removes (B-cubed F 0.962 without it, 0.987 with it).
    pub face_agreement: f32,
    /// A face of at least this quality counts like two that agree. Full-rate video could ask for six agreeing faces; crops come once
    /// a second and of the best view, so that many visits show two or three faces in all.
    pub face_alone_quality: f32,
    /// Faces this similar are one person.
    pub face_join: f32,
    /// Faces this similar are one person when the appearance agrees. That nobody else comes near says nothing: strangers are unlike
    /// each other, and two of five people reached 0.40.
    pub face_maybe: f32,
    /// Good faces on both sides less similar than this are two people, whatever they wear.
    pub face_veto: f32,
    /// A single poor face decides only when it is this similar.
    pub face_single: f32,
    /// Distance to the runner-up above which nobody else comes near.
    pub face_margin: f32,
    /// Distance to the runner-up below which a face waits for a better view, although it is similar enough.
    pub face_close: f32,
    /// Appearance that agrees with a face.
    pub body_agrees: f32,
    /// Appearances this similar are one thing, when nothing speaks against it. With the small network the means of one person's visits
    /// in the same clothes reach 0.91 to 0.97, and those of two different men in black 0.91, in their first second 0.93: it must yield to
    /// faces, time and company. Too high leaves one person apart, which an operator merges with a glance; too low makes one of two.
    pub body_join: f32,
    /// Appearances below this are of somebody new; between this and [`Self::body_join`] a track waits for its end.
    pub body_new: f32,
    /// Distance to the runner-up below which an appearance decides nothing.
    pub body_margin: f32,
    /// Appearance says nothing of an identity last seen longer ago: clothes change.
    pub body_window: Duration,
    /// Least quality of an appearance worth comparing.
    pub body_quality: f32,
    /// Least quality of an appearance that founds an identity at once.
    pub body_found_quality: f32,
    /// Least quality of an appearance that founds an identity once the track has ended, having shown nothing better.
    pub body_provisional_quality: f32,
    /// Least time in view of what founds an identity without a face: a flicker founds none.
    pub found_seen: Duration,
    /// How long a track waits for a second view before it is judged by its first.
    pub patience: Duration,
    /// A track that nothing was heard of for so long has ended: its last word was lost.
    pub silence: Duration,
    /// How much more another identity's face, or appearance, must resemble the track's than that of its present one before the track moves.
    pub reassign_margin: f32,
    /// An enrolled face this similar names the person, when two faces of the track agree.
    pub person: f32,
    /// An enrolled face this similar names the person by a single face.
    pub person_single: f32,
    /// Most that a face may be turned to be compared with enrolled ones: at 1 the nose stands before one of the eyes. Enrolled faces
    /// were chosen by somebody, and a stranger's profile stays far from all of them (0.14 at most in 24 views).
    pub person_yaw: f32,
    /// Distance to the next person below which nobody is named.
    pub person_margin: f32,
    /// Exemplars more similar than this are one view twice.
    pub exemplar_twin: f32,
    /// Face exemplars less similar than this to the middle of all others are of somebody else.
    pub exemplar_stray: f32,
    /// Time between two sightings within which appearance may merge two identities.
    pub merge_window: Duration,
    /// Two groups of faces within one identity that are less similar than this on average are two people.
    pub split_face: f32,
    /// Two groups of appearances within one identity, or within one track, that are less similar than this on average are two things.
    pub split_body: f32,
}

impl Default for AssociationRules {
    /// What they are worth stands in `docs/accuracy.md`, by `make eval`.
    fn default() -> Self {
        Self {
            face_width_px: 24.0,
            face_exemplar_width_px: 40.0,
            face_detection: 0.5,
            face_yaw: 0.5,
            face_quality: 0.2,
            face_agreement: 0.45,
            face_alone_quality: 0.6,
            face_join: 0.45,
            face_maybe: 0.35,
            face_veto: 0.25,
            face_single: 0.55,
            face_margin: 0.1,
            face_close: 0.03,
            body_agrees: 0.8,
            body_join: 0.94,
            body_new: 0.82,
            body_margin: 0.02,
            body_window: Duration::from_secs(2 * 3600),
            body_quality: 0.25,
            body_found_quality: 0.5,
            body_provisional_quality: 0.35,
            found_seen: Duration::from_secs(1),
            patience: Duration::from_secs(2),
            silence: Duration::from_secs(60),
            reassign_margin: 0.15,
            person: 0.4,
            person_single: 0.55,
            person_yaw: 1.3,
            person_margin: 0.08,
            exemplar_twin: 0.96,
            exemplar_stray: 0.3,
            merge_window: Duration::from_secs(15 * 60),
            split_face: 0.35,
            split_body: 0.65,
        }
    }
}

impl AssociationRules {
    /// The usual rules on the scale of other networks: from these cosines on two faces, and two appearances, are of one. Strangers' faces
    /// are at right angles to every network, so the thresholds by which a face decides keep their ratio to it; those that only say what
    /// is not one person hardly depend on it, as seen badly one's faces are unlike by any network. Strangers' appearances are as alike as
    /// a network makes them, so those thresholds keep their distance.
    pub fn scaled(face_join: f32, body_join: f32) -> Self {
        let usual = Self::default();
        let (face, body) = (face_join / usual.face_join, body_join - usual.body_join);
        // Nothing is more alike than the same.
        let of_face = |threshold: f32| (threshold * face).min(0.995);
        Self {
            face_join,
            face_maybe: of_face(usual.face_maybe),
            face_single: of_face(usual.face_single),
            face_veto: usual.face_veto.min(face_join),
            body_join,
            body_agrees: usual.body_agrees + body,
            body_new: usual.body_new + body,
            person: of_face(usual.person),
            person_single: of_face(usual.person_single),
            split_body: usual.split_body + body,
            ..usual
        }
    }
}
