//! Which views an identity is known by once a track is its: those it has, those the track brings, and of both the best few.

use iris_domain::identity::{AssociationRules, ExemplarKind, ExemplarView, Tracklet, select_exemplars};
use iris_domain::{Feature, SightingId, Timestamp};
use iris_store::{Exemplar, ExemplarId, GalleryIdentity, NewExemplar};

/// Views that a track brings at most, of each kind; the domain's choice.
const OWN_MAX: usize = 3;

/// What changes.
#[derive(Debug, Default, PartialEq)]
pub struct ExemplarChange {
    /// Views of the track that come.
    pub added: Vec<NewExemplar>,
    /// Those that make room.
    pub removed: Vec<ExemplarId>,
}

/// What a track brings to an identity; `None` is one that is about to be founded. An incomplete track is one of which earlier views
/// are not known here: where those were chosen from, nothing is chosen anew.
pub fn change(
    tracklet: &Tracklet,
    complete: bool,
    own: Option<SightingId>,
    identity: Option<&GalleryIdentity>,
    rules: &AssociationRules,
) -> ExemplarChange {
    let faces = tracklet.exemplar_faces(rules).into_iter().map(|face| (face.captured, &face.view.feature));
    let bodies = tracklet.exemplar_bodies(rules).into_iter().map(|body| (body.captured, &body.feature));
    let mut change = ExemplarChange::default();
    let has_own = |kind: ExemplarKind| {
        identity
            .is_some_and(|identity| identity.exemplars.iter().any(|one| one.kind == kind && Some(one.sighting) == own))
    };
    if complete || !has_own(ExemplarKind::Face) {
        choose(ExemplarKind::Face, faces.collect(), own, identity, rules, &mut change);
    }
    if complete || !has_own(ExemplarKind::Appearance) {
        choose(ExemplarKind::Appearance, bodies.collect(), own, identity, rules, &mut change);
    }
    change
}

fn choose(
    kind: ExemplarKind,
    brought: Vec<(Timestamp, &Feature)>,
    own: Option<SightingId>,
    identity: Option<&GalleryIdentity>,
    rules: &AssociationRules,
    change: &mut ExemplarChange,
) {
    let of_kind = |one: &&Exemplar| one.kind == kind;
    let (own_views, others): (Vec<&Exemplar>, Vec<&Exemplar>) = identity
        .map_or(&[][..], |identity| &identity.exemplars)
        .iter()
        .filter(of_kind)
        .partition(|one| Some(one.sighting) == own);
    let new: Vec<(Timestamp, &Feature)> =
        brought.iter().filter(|(captured, _)| own_views.iter().all(|one| one.captured != *captured)).copied().collect();
    if new.is_empty() {
        // What is there was chosen before and stays.
        return;
    }
    // A track that is seen better and better brings its best views of now, not each that was once the best.
    let surpassed =
        |one: &&Exemplar| brought.len() >= OWN_MAX && brought.iter().all(|(captured, _)| *captured != one.captured);
    let (surpassed, own_views): (Vec<&Exemplar>, Vec<&Exemplar>) = own_views.into_iter().partition(surpassed);
    let there: Vec<&Exemplar> = others.into_iter().chain(own_views).collect();
    let old_views = there.iter().map(|one| ExemplarView { feature: &one.feature, captured: one.captured });
    let new_views = new.iter().map(|(captured, feature)| ExemplarView { feature, captured: *captured });
    let views: Vec<ExemplarView<'_>> = old_views.chain(new_views).collect();
    let kept = select_exemplars(&views, kind == ExemplarKind::Face, rules);
    let added = kept.iter().filter_map(|index| index.checked_sub(there.len())).map(|index| new[index]);
    let added: Vec<NewExemplar> =
        added.map(|(captured, feature)| NewExemplar { kind, feature: feature.clone(), captured }).collect();
    if added.is_empty() {
        return;
    }
    change.added.extend(added);
    let gone = there.iter().enumerate().filter(|(index, _)| !kept.contains(index)).map(|(_, exemplar)| *exemplar);
    change.removed.extend(gone.chain(surpassed).map(|exemplar| exemplar.id));
}

#[cfg(test)]
mod tests {
    use iris_domain::identity::{FaceView, Observation};
    use iris_domain::{CameraId, Class, Embedding, IdentityId, ModelFingerprint, TrackKey};

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
        let captured: Vec<Timestamp> = founding.added.iter().map(|one| one.captured).collect();
        assert_eq!((captured, founding.removed.len()), (vec![at(1), at(2)], 0));
        let there = identity(vec![exemplar(1, 7, 1, face(0, 0.9)), exemplar(2, 7, 2, face(1, 0.8))]);
        assert_eq!(change(&tracklet, true, Some(sighting(7)), Some(&there), &rules), ExemplarChange::default());
    }

    #[test]
    fn views_that_are_better_now_replace_the_tracks_own_and_leave_those_of_others() {
        let views: Vec<(i64, Feature)> = (0..4).map(|n| (1 + n, face(n as usize, 0.6 + 0.1 * n as f32))).collect();
        let there = identity(vec![
            exemplar(1, 7, 1, face(0, 0.6)),
            exemplar(2, 7, 2, face(1, 0.7)),
            exemplar(3, 7, 3, face(2, 0.8)),
            exemplar(4, 8, 9, face(9, 0.5)),
        ]);
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
