//! Which views an identity is known by once a track is its: those it has, what the track looks like on average, and of both the best
//! few.

use iris_domain::SightingId;
use iris_domain::identity::{AssociationRules, ExemplarKind, ExemplarView, MeanView, Tracklet, select_exemplars};
use iris_store::{Exemplar, ExemplarId, GalleryIdentity, NewExemplar};

/// What changes.
#[derive(Debug, Default, PartialEq)]
pub struct ExemplarChange {
    /// What the track looks like.
    pub added: Vec<NewExemplar>,
    /// Those that make room.
    pub removed: Vec<ExemplarId>,
}

/// What a track brings to an identity; `None` is one that is about to be founded. An incomplete track is one of which earlier views
/// are not known here: where it brought something before, that stays.
pub fn change(
    tracklet: &Tracklet,
    complete: bool,
    own: Option<SightingId>,
    identity: Option<&GalleryIdentity>,
    rules: &AssociationRules,
) -> ExemplarChange {
    let mut change = ExemplarChange::default();
    let looks = [
        (ExemplarKind::Face, tracklet.exemplar_face(rules)),
        (ExemplarKind::Appearance, tracklet.exemplar_body(rules)),
    ];
    for (kind, look) in looks {
        let exemplars = identity.map_or(&[][..], |identity| &identity.exemplars);
        let of_kind = exemplars.iter().filter(|one| one.kind == kind);
        let (before, others): (Vec<&Exemplar>, Vec<&Exemplar>) = of_kind.partition(|one| Some(one.sighting) == own);
        if let Some(look) = look.filter(|_| complete || before.is_empty()) {
            choose(kind, look, &before, &others, rules, &mut change);
        }
    }
    change
}

/// Chooses from those of other tracks and from what this one looks like now, which replaces what it looked like before.
fn choose(
    kind: ExemplarKind,
    look: MeanView,
    before: &[&Exemplar],
    others: &[&Exemplar],
    rules: &AssociationRules,
    change: &mut ExemplarChange,
) {
    if before.iter().any(|one| one.captured == look.captured) {
        // What is there was chosen before and stays.
        return;
    }
    let there = others.iter().map(|one| ExemplarView { feature: &one.feature, captured: one.captured });
    let this = ExemplarView { feature: &look.feature, captured: look.captured };
    let views: Vec<ExemplarView<'_>> = there.chain([this]).collect();
    let kept = select_exemplars(&views, kind == ExemplarKind::Face, rules);
    if !kept.contains(&others.len()) {
        return;
    }
    let gone = others.iter().enumerate().filter(|(index, _)| !kept.contains(index)).map(|(_, exemplar)| exemplar.id);
    change.removed.extend(gone.chain(before.iter().map(|one| one.id)));
    change.added.push(NewExemplar { kind, feature: look.feature, captured: look.captured });
}

#[cfg(test)]
mod tests {
    use iris_domain::identity::{FaceView, Observation};
    use iris_domain::{CameraId, Class, Embedding, Feature, IdentityId, ModelFingerprint, Timestamp, TrackKey};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_000 * seconds).unwrap()
    }

    fn face(direction: usize, quality: f32) -> Feature {
        let mut values = [0.3; 16];
        values[direction] = 1.0;
        let model = ModelFingerprint::new("toy").unwrap();
        Feature { embedding: Embedding::new(&values).unwrap(), model, quality }
    }

    fn observation(seconds: i64, feature: Feature) -> Observation {
        Observation {
            track: TrackKey { run: "0192f1a0-7c3e-7b4c-8f00-0123456789ab".parse().unwrap(), number: 1 },
            camera: CameraId::new(1).unwrap(),
            class: Class::person(),
            first_seen: at(0),
            last_seen: at(seconds),
            captured: at(seconds),
            score: 0.9,
            companions: Vec::new(),
            ended: false,
            face: Some(FaceView { feature, width_px: 90.0, yaw_ratio: 0.1, score: 0.9 }),
            body: None,
            colour: None,
        }
    }

    fn sighting(id: i64) -> SightingId {
        SightingId::new(id).unwrap()
    }

    fn exemplar(id: i64, of: i64, seconds: i64, feature: Feature) -> Exemplar {
        Exemplar {
            id: ExemplarId::from(id),
            sighting: sighting(of),
            camera: CameraId::new(1).unwrap(),
            kind: ExemplarKind::Face,
            feature,
            captured: at(seconds),
        }
    }

    fn identity(exemplars: Vec<Exemplar>) -> GalleryIdentity {
        let id = IdentityId::new(1).unwrap();
        GalleryIdentity { id, name: None, is_named: false, object_class: Class::person(), last_seen: at(0), exemplars }
    }

    fn tracklet(views: &[(i64, Feature)]) -> Tracklet {
        let first = observation(views[0].0, views[0].1.clone());
        let mut tracklet = Tracklet::begin(&first, at(0));
        for (seconds, feature) in views {
            tracklet.observe(&observation(*seconds, feature.clone()), at(0));
        }
        tracklet
    }

    #[test]
    fn a_new_identity_is_known_by_the_track_that_founds_it_and_the_same_again_changes_nothing() {
        let rules = AssociationRules::default();
        let tracklet = tracklet(&[(1, face(0, 0.9)), (2, face(1, 0.8))]);
        let founding = change(&tracklet, true, None, None, &rules);
        assert_eq!(founding.removed, []);
        let [founder] = &founding.added[..] else { panic!("one exemplar: {:?}", founding.added) };
        assert_eq!((founder.captured, founder.feature.quality), (at(2), 0.9));
        assert!(
            founder.feature.similarity(&face(0, 0.9)) > founder.feature.similarity(&face(1, 0.9)),
            "the better one counts more"
        );
        let there = identity(vec![exemplar(1, 7, 2, founder.feature.clone())]);
        assert_eq!(change(&tracklet, true, Some(sighting(7)), Some(&there), &rules), ExemplarChange::default());
    }

    #[test]
    fn what_a_track_looks_like_by_now_replaces_what_it_looked_like_and_leaves_those_of_others() {
        let views: Vec<(i64, Feature)> = (0..4).map(|n| (1 + n, face(n as usize, 0.6 + 0.1 * n as f32))).collect();
        let there = identity(vec![exemplar(1, 7, 3, face(0, 0.6)), exemplar(4, 8, 9, face(9, 0.5))]);
        let better = change(&tracklet(&views), true, Some(sighting(7)), Some(&there), &AssociationRules::default());
        let added: Vec<Timestamp> = better.added.iter().map(|one| one.captured).collect();
        assert_eq!((added, better.removed), (vec![at(4)], vec![ExemplarId::from(1)]));
    }

    #[test]
    fn of_a_track_that_is_known_in_part_only_what_is_missing_is_taken() {
        let rules = AssociationRules::default();
        let late = tracklet(&[(5, face(4, 0.9))]);
        let there = identity(vec![exemplar(1, 7, 1, face(0, 0.6))]);
        assert_eq!(change(&late, false, Some(sighting(7)), Some(&there), &rules), ExemplarChange::default());
        assert_eq!(change(&late, false, Some(sighting(8)), Some(&there), &rules).added.len(), 1);
    }
}
