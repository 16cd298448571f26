//! What holds for any tracks and candidates.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::toys::{Person, at, observation, track};
use super::*;
use crate::{Class, FaceSampleId, IdentityId};

fn id(number: i64) -> IdentityId {
    IdentityId::new(number).unwrap()
}

fn class(dog: bool) -> Class {
    if dog { Class::new("dog").unwrap() } else { Class::person() }
}

fn score() -> impl Strategy<Value = Option<f32>> {
    prop_oneof![1 => Just(None), 4 => (-20i32..100).prop_map(|percent| Some(percent as f32 / 100.0))]
}

fn candidate() -> impl Strategy<Value = Candidate> {
    (1i64..9, any::<bool>(), score(), score(), 0u32..20_000, any::<bool>()).prop_map(
        |(number, dog, face, body, ago, cannot_link)| Candidate {
            identity: id(number),
            named: false,
            class: class(dog),
            face,
            body,
            last_seen: at(-f64::from(ago)),
            cannot_link,
            apart_from: BTreeSet::new(),
            exemplars: Vec::new(),
        },
    )
}

/// Different identities, in any order.
fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    prop::collection::vec(candidate(), 0..7).prop_map(|mut candidates| {
        let mut met = BTreeSet::new();
        candidates.retain(|candidate| met.insert(candidate.identity));
        // Some of them are certainly somebody else.
        let faces = vec![None; candidates.len()];
        tell_apart(&mut candidates, &faces, |a, b| (a.get() + b.get()) % 2 == 0, &AssociationRules::default());
        candidates
    })
}

/// A crop: seconds, qualities of face and body, whose it is.
type Crop = (u32, u32, u32, u64);

fn tracklet() -> impl Strategy<Value = Tracklet> {
    let crops = prop::collection::vec((0u32..20, 0u32..10, 0u32..10, 0u64..2), 1..12);
    (crops, any::<bool>(), any::<bool>(), prop::collection::vec(1u64..4, 0..3)).prop_map(
        |(crops, dog, ended, beside)| {
            let crops: Vec<Crop> = crops;
            let mut tracklet = Tracklet::begin(&Observation { class: class(dog), ..observation(1, 0.0) }, at(0.0));
            for (seconds, face, body, who) in crops {
                let crop = Observation {
                    class: class(dog),
                    ended,
                    companions: beside.iter().map(|number| track(*number)).collect(),
                    ..observation(1, f64::from(seconds))
                };
                let seen = Person::number(who).seen(crop, face as f32 / 10.0, body as f32 / 10.0);
                tracklet.observe(&seen, at(f64::from(seconds)));
            }
            tracklet
        },
    )
}

fn settled() -> impl Strategy<Value = Option<Settled>> {
    let kinds =
        prop_oneof![Just(MatchKind::Face), Just(MatchKind::Appearance), Just(MatchKind::New), Just(MatchKind::Manual)];
    prop::option::of((1i64..9, kinds, any::<bool>()).prop_map(|(number, kind, alone)| Settled {
        identity: id(number),
        evidence: Evidence {
            kind,
            score: None,
            margin: None,
            face: None,
            body: None,
            exemplars: Vec::new(),
            reason: String::new(),
        },
        alone,
    }))
}

/// Whom the decision newly makes the track.
fn joined(decision: &Decision) -> Option<IdentityId> {
    match decision {
        Decision::Join { identity, .. } => Some(*identity),
        Decision::Reassign { to, .. } => *to,
        _ => None,
    }
}

proptest! {
    #[test]
    fn nothing_joins_what_it_cannot_be(
        tracklet in tracklet(), current in settled(), candidates in candidates(), wait in 0u32..100,
    ) {
        let rules = AssociationRules::default();
        let decision = decide(&tracklet, current.as_ref(), &candidates, &rules, at(f64::from(wait)));
        if let Some(identity) = joined(&decision) {
            let joined = candidates.iter().find(|candidate| candidate.identity == identity).expect("only candidates are joined");
            prop_assert!(!joined.cannot_link && joined.class == tracklet.class);
            prop_assert_ne!(current.as_ref().map(|settled| settled.identity), Some(identity));
            let vetoed = joined.face.is_some_and(|face| face < rules.face_veto);
            prop_assert!(!(vetoed && tracklet.faces_agree(&rules)), "the faces are two people's");
            let old = tracklet.first_seen.since(joined.last_seen) > rules.body_window;
            prop_assert!(!(old && joined.face.is_none()), "clothes change");
        }
        match (&current, &decision) {
            (None, Decision::Keep | Decision::Confirm(_) | Decision::Reassign { .. }) => prop_assert!(false, "nothing to keep"),
            (Some(_), Decision::Join { .. } | Decision::Found(_) | Decision::Wait(_) | Decision::Drop(_)) => {
                prop_assert!(false, "it has a place");
            }
            (Some(settled), decision) if settled.evidence.kind == MatchKind::Manual => {
                prop_assert_eq!(decision, &Decision::Keep);
            }
            _ => {}
        }
    }

    #[test]
    fn the_order_of_candidates_does_not_matter(
        tracklet in tracklet(), current in settled(), candidates in candidates().prop_flat_map(|candidates| {
            (Just(candidates.clone()), Just(candidates).prop_shuffle())
        }), wait in 0u32..100,
    ) {
        let decide = |candidates: &[Candidate]| {
            decide(&tracklet, current.as_ref(), candidates, &AssociationRules::default(), at(f64::from(wait)))
        };
        prop_assert_eq!(decide(&candidates.0), decide(&candidates.1));
    }

    #[test]
    fn what_is_over_is_decided(tracklet in tracklet(), candidates in candidates()) {
        let over = tracklet.heard_at.plus(AssociationRules::default().silence);
        let decision = decide(&tracklet, None, &candidates, &AssociationRules::default(), over);
        prop_assert!(!matches!(decision, Decision::Wait(_)), "{:?}", decision);
    }

    #[test]
    fn side_by_side_is_never_the_same(
        tracks in prop::collection::vec((tracklet(), candidates(), settled()), 2..5), wait in 0u32..100,
    ) {
        let mut tracklets: Vec<Tracklet> = tracks.iter().map(|(tracklet, ..)| tracklet.clone()).collect();
        for (number, tracklet) in (1..).zip(&mut tracklets) {
            tracklet.track = track(number);
            tracklet.companions.remove(&track(number));
        }
        let cases: Vec<Undecided<'_>> = tracklets.iter().zip(&tracks).map(|(tracklet, (_, candidates, settled))| {
            Undecided { tracklet, current: settled.as_ref(), candidates }
        }).collect();
        let decisions = decide_together(&cases, &AssociationRules::default(), at(f64::from(wait)));
        for a in 0..cases.len() {
            for b in 0..a {
                let (one, other) = (&cases[a], &cases[b]);
                let beside = one.tracklet.companions.contains(&other.tracklet.track)
                    || other.tracklet.companions.contains(&one.tracklet.track);
                if let (true, Some(identity)) = (beside, joined(&decisions[a])) {
                    prop_assert_ne!(Some(identity), joined(&decisions[b]));
                }
            }
        }
    }

    #[test]
    fn a_tracklet_is_bounded_and_survives_being_stored(tracklet in tracklet()) {
        prop_assert!(tracklet.faces().len() <= VIEWS_MAX && tracklet.bodies().len() <= VIEWS_MAX);
        let stored = serde_json::to_string(&tracklet).unwrap();
        prop_assert!(stored.len() < 64 * 1024, "{} bytes", stored.len());
        let back: Tracklet = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(&back, &tracklet);
    }

    #[test]
    fn exemplars_are_few_and_no_two_are_one_view(likenesses in prop::collection::vec((20u32..100, 0u64..3), 0..40)) {
        let features: Vec<_> = (0..).zip(&likenesses).map(|(view, (likeness, who))| {
            Person::number(*who).face_like(*likeness as f32 / 100.0, view)
        }).collect();
        let views: Vec<ExemplarView<'_>> =
            features.iter().map(|feature| ExemplarView { feature, captured: at(0.0) }).collect();
        for are_faces in [false, true] {
            let kept = select_exemplars(&views, are_faces, &AssociationRules::default());
            prop_assert!(kept.len() <= EXEMPLARS_MAX && kept.is_sorted());
            for (index, a) in kept.iter().enumerate() {
                for b in &kept[..index] {
                    prop_assert!(features[*a].embedding.cosine(&features[*b].embedding) < AssociationRules::default().exemplar_twin);
                }
            }
            prop_assert!(are_faces || features.is_empty() || !kept.is_empty());
        }
    }

    #[test]
    fn groups_do_not_depend_on_the_order_of_samples(
        people in prop::collection::vec((0u64..4, 50u32..100, 0u32..10), 1..30), weight in 0u32..3, seed in any::<u64>(),
    ) {
        let samples: Vec<GroupedFace> = (1..).zip(&people).map(|(number, (who, likeness, quality))| {
            let person = Person::number(*who);
            let mut face = person.face_like(*likeness as f32 / 100.0, number as u64);
            face.quality = *quality as f32 / 10.0;
            GroupedFace {
                id: FaceSampleId::new(number).unwrap(),
                identity: Some(id(number % 5 + 1)),
                captured: at(number as f64 * 1000.0),
                face,
                body: (number % 3 > 0).then(|| person.body_like(0.9, number as u64)),
            }
        }).collect();
        let settings = GroupSettings { clothing_weight: weight as f32 / 2.0, ..Default::default() };
        let apart: ApartPairs = [(id(1), id(2))].into_iter().collect();
        let groups = group_faces(&samples, &settings, &apart);
        let mut shuffled = samples.clone();
        shuffled.sort_by_key(|sample| (sample.id.get() as u64).wrapping_mul(seed | 1));
        prop_assert_eq!(&group_faces(&shuffled, &settings, &apart), &groups);
        let mut members: Vec<i64> = groups.iter().flat_map(|group| &group.members).map(|id| id.get()).collect();
        members.sort_unstable();
        prop_assert_eq!(members, (1..=people.len() as i64).collect::<Vec<_>>(), "each is in one group");
        for group in &groups {
            let of = |identity: i64| group.members.iter().any(|member| member.get() % 5 + 1 == identity);
            prop_assert!(!(of(1) && of(2)), "told apart");
        }
    }
}
