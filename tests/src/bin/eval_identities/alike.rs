//! How well the vectors alone tell people apart: the best cosine between two visits of one person and of different people, rank-1.

use iris_domain::Feature;
use iris_domain::identity::{AssociationRules, Tracklet};

use crate::footage::Visit;

/// Cosines of the means of visits.
pub struct Alike {
    /// How many visits have such a vector.
    pub visits: usize,
    /// Of one person, ascending.
    pub same: Vec<f32>,
    /// Of different people, ascending.
    pub different: Vec<f32>,
    /// Of visits whose person comes again: how many are most like a visit of their own person, 0..1.
    pub rank_1: f64,
}

/// Whose vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Face,
    Body,
}

impl Alike {
    pub fn of(kind: Of, visits: &[Visit], rules: &AssociationRules) -> Self {
        let means: Vec<(&str, Feature)> =
            visits.iter().filter_map(|visit| Some((visit.who.as_str(), mean(kind, visit, rules)?))).collect();
        let cosine = |a: usize, b: usize| means[a].1.embedding.cosine(&means[b].1.embedding);
        let (mut same, mut different) = (Vec::new(), Vec::new());
        for b in 0..means.len() {
            for a in 0..b {
                if means[a].0 == means[b].0 { &mut same } else { &mut different }.push(cosine(a, b));
            }
        }
        same.sort_by(f32::total_cmp);
        different.sort_by(f32::total_cmp);
        let comes_again = |a: &usize| (0..means.len()).any(|b| b != *a && means[b].0 == means[*a].0);
        let asked: Vec<usize> = (0..means.len()).filter(comes_again).collect();
        let right = |a: &&usize| {
            let others = (0..means.len()).filter(|b| b != *a);
            let nearest = others.max_by(|b, c| cosine(**a, *b).total_cmp(&cosine(**a, *c)));
            nearest.is_some_and(|b| means[b].0 == means[**a].0)
        };
        let rank_1 = asked.iter().filter(right).count() as f64 / asked.len().max(1) as f64;
        Self { visits: means.len(), same, different, rank_1 }
    }
}

/// What is known of a visit's main track in the end.
pub fn tracklet(visit: &Visit) -> Option<Tracklet> {
    let mut heard = visit.of_interest();
    let first = heard.next()?;
    let mut tracklet = Tracklet::begin(&first.fact.observation, first.at);
    for heard in visit.of_interest() {
        tracklet.observe(&heard.fact.observation, heard.at);
    }
    Some(tracklet)
}

fn mean(kind: Of, visit: &Visit, rules: &AssociationRules) -> Option<Feature> {
    let tracklet = tracklet(visit)?;
    match kind {
        Of::Face => tracklet.face_mean(rules),
        Of::Body => tracklet.body_mean(rules),
    }
}
