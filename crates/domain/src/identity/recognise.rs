//! Whether a track is somebody who was enrolled. Driven by the leader of re-ID with each new face of a track.

use super::candidate::PersonCandidate;
use super::rules::AssociationRules;
use super::tracklet::Tracklet;
use crate::PersonId;

/// A track is an enrolled person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recognition {
    /// Who.
    pub person: PersonId,
    /// Cosine of the faces.
    pub score: f32,
    /// Distance to the next person; none where nobody else is enrolled.
    pub margin: Option<f32>,
}

/// Names a track: by two faces that agree, or by one that is very similar; never when two people are about as similar.
pub fn recognise(tracklet: &Tracklet, people: &[PersonCandidate], rules: &AssociationRules) -> Option<Recognition> {
    let faces = tracklet.recognisable_faces(rules).len();
    let best = *people.iter().max_by(|a, b| a.score.total_cmp(&b.score).then(b.person.cmp(&a.person)))?;
    let others = people.iter().filter(|one| one.person != best.person).map(|one| one.score);
    let margin = others.max_by(f32::total_cmp).map(|next| best.score - next);
    let needed = match faces {
        0 => return None,
        1 => rules.person_single,
        _ => rules.person,
    };
    let clear = margin.is_none_or(|margin| margin >= rules.person_margin);
    (best.score >= needed && clear).then_some(Recognition { person: best.person, score: best.score, margin })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::toys::{Person, at, observation};

    fn tracklet(faces: u32) -> Tracklet {
        let mut tracklet = Tracklet::begin(&observation(1, 0.0), at(0.0));
        for face in 0..faces {
            tracklet.observe(&Person::number(1).seen(observation(1, f64::from(face)), 0.5, 0.5), at(0.0));
        }
        tracklet
    }

    fn named(faces: u32, scores: &[f32]) -> Option<i64> {
        let person = |(id, score): (i64, &f32)| PersonCandidate { person: PersonId::new(id).unwrap(), score: *score };
        let people: Vec<PersonCandidate> = (1..).zip(scores).map(person).collect();
        recognise(&tracklet(faces), &people, &AssociationRules::default()).map(|found| found.person.get())
    }

    #[test]
    fn two_faces_name_from_where_one_is_not_enough() {
        assert_eq!(named(2, &[0.2, 0.41]), Some(2));
        assert_eq!(named(1, &[0.2, 0.41]), None);
        assert_eq!(named(1, &[0.2, 0.55]), Some(2));
        assert_eq!(named(0, &[0.9]), None);
        assert_eq!(named(2, &[0.39]), None);
        assert_eq!(named(2, &[]), None);
    }

    #[test]
    fn faces_in_profile_name_and_heads_turned_away_do_not() {
        let turned = |yaw_ratio: f32| {
            let mut tracklet = Tracklet::begin(&observation(1, 0.0), at(0.0));
            for face in 0..2 {
                let mut seen = Person::number(1).seen(observation(1, f64::from(face)), 0.01, 0.5);
                if let Some(face) = &mut seen.face {
                    face.yaw_ratio = yaw_ratio;
                }
                tracklet.observe(&seen, at(0.0));
            }
            let person = PersonCandidate { person: PersonId::new(1).unwrap(), score: 0.45 };
            recognise(&tracklet, &[person], &AssociationRules::default()).is_some()
        };
        assert!(turned(0.9), "though it is worth nothing to found an identity");
        assert!(!turned(2.0));
    }

    #[test]
    fn two_people_about_as_similar_name_nobody() {
        assert_eq!(named(2, &[0.6, 0.53]), None);
        assert_eq!(named(2, &[0.6, 0.51]), Some(1));
        assert_eq!(named(2, &[0.6]), Some(1));
    }
}
