//! Which views an identity is known by: few, good and different. Driven by the leader of re-ID when a sighting brings new ones.

use super::rules::AssociationRules;
use crate::{Embedding, Feature, Timestamp};

/// Exemplars of one kind that an identity has at most: diverse ones beat many, and each costs memory and a comparison for ever.
pub const EXEMPLARS_MAX: usize = 12;
/// With fewer views there is no middle that a stray one could be far from.
const STRAYS_FROM: usize = 5;

/// A view that may become or stay an exemplar.
#[derive(Debug, Clone, Copy)]
pub struct ExemplarView<'a> {
    /// Its vector.
    pub feature: &'a Feature,
    /// When it was filmed.
    pub captured: Timestamp,
}

/// Which views of one kind to keep, as ascending indices: those of the newest model, without strays (faces only: appearances of one
/// thing differ from day to day) and twins, at most [`EXEMPLARS_MAX`]; of the two most similar the worse one goes.
pub fn select_exemplars(views: &[ExemplarView<'_>], are_faces: bool, rules: &AssociationRules) -> Vec<usize> {
    let mut kept = of_newest_model(views);
    if are_faces {
        drop_strays(views, &mut kept, rules.exemplar_stray);
    }
    let mut likeness = likeness(views, &kept);
    while let Some((a, b, similarity)) = most_alike(&likeness) {
        if kept.len() <= EXEMPLARS_MAX && similarity < rules.exemplar_twin {
            break;
        }
        let victim = if is_better(&views[kept[a]], &views[kept[b]]) { b } else { a };
        kept.remove(victim);
        likeness.remove(victim);
        for row in &mut likeness {
            row.remove(victim);
        }
    }
    kept
}

fn of_newest_model(views: &[ExemplarView<'_>]) -> Vec<usize> {
    let newest = views.iter().max_by(|a, b| a.captured.cmp(&b.captured).then(a.feature.model.cmp(&b.feature.model)));
    let Some(newest) = newest else { return Vec::new() };
    let comparable = |index: &usize| newest.feature.similarity(views[*index].feature).is_some();
    (0..views.len()).filter(comparable).collect()
}

fn drop_strays(views: &[ExemplarView<'_>], kept: &mut Vec<usize>, stray: f32) {
    if kept.len() < STRAYS_FROM {
        return;
    }
    let weighted = kept.iter().map(|index| (&views[*index].feature.embedding, views[*index].feature.quality.max(0.01)));
    let Some(middle) = Embedding::mean(weighted) else { return };
    kept.retain(|index| views[*index].feature.embedding.cosine(&middle) >= stray);
}

fn likeness(views: &[ExemplarView<'_>], kept: &[usize]) -> Vec<Vec<f32>> {
    let cosine = |a: usize, b: usize| views[a].feature.embedding.cosine(&views[b].feature.embedding);
    kept.iter().map(|a| kept.iter().map(|b| cosine(*a, *b)).collect()).collect()
}

/// The two most similar, the earlier pair of two that are as similar.
fn most_alike(likeness: &[Vec<f32>]) -> Option<(usize, usize, f32)> {
    let mut best: Option<(usize, usize, f32)> = None;
    for (b, row) in likeness.iter().enumerate() {
        for (a, similarity) in row[..b].iter().enumerate() {
            if best.is_none_or(|(_, _, highest)| *similarity > highest) {
                best = Some((a, b, *similarity));
            }
        }
    }
    best
}

/// Of higher quality; of two that are as good the newer one, which shows how it looks today.
fn is_better(a: &ExemplarView<'_>, b: &ExemplarView<'_>) -> bool {
    a.feature.quality.total_cmp(&b.feature.quality).then(a.captured.cmp(&b.captured)).is_gt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::toys::{Person, at, feature};

    fn chosen(views: &[(Feature, f64)], are_faces: bool) -> Vec<usize> {
        let views: Vec<ExemplarView<'_>> =
            views.iter().map(|(feature, seconds)| ExemplarView { feature, captured: at(*seconds) }).collect();
        select_exemplars(&views, are_faces, &AssociationRules::default())
    }

    #[test]
    fn of_one_view_twice_the_better_stays() {
        let view = |quality: f32| Feature { quality, ..feature(&[1.0, 0.0, 0.0]) };
        let other = feature(&[0.6, 0.8, 0.0]);
        assert_eq!(chosen(&[(view(0.5), 0.0), (other.clone(), 1.0), (view(0.9), 2.0)], true), [1, 2]);
        assert_eq!(chosen(&[(view(0.9), 0.0), (other, 1.0), (view(0.5), 2.0)], true), [0, 1]);
        assert_eq!(chosen(&[], true), [0; 0]);
    }

    #[test]
    fn many_views_are_thinned_where_they_are_dense() {
        // Twenty views close to one direction and four far from it and from each other.
        let anna = Person::number(1);
        let mut views: Vec<(Feature, f64)> = (0..20).map(|n| (anna.face_like(0.9, n), n as f64)).collect();
        views.extend((0..4).map(|n| (anna.face_like(0.6, 100 + n), 50.0 + n as f64)));
        let kept = chosen(&views, true);
        assert_eq!(kept.len(), EXEMPLARS_MAX);
        assert!((20..24).all(|rare| kept.contains(&rare)), "{kept:?}");
    }

    #[test]
    fn a_face_that_is_like_none_of_the_others_goes_but_other_clothes_stay() {
        let (anna, berta) = (Person::number(1), Person::number(2));
        let mut views: Vec<(Feature, f64)> = (0..6).map(|n| (anna.face_like(0.8, n), n as f64)).collect();
        views.push((berta.face_like(0.8, 9), 3.5));
        assert_eq!(chosen(&views, true), [0, 1, 2, 3, 4, 5]);
        assert_eq!(chosen(&views, false), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn vectors_of_the_model_that_runs_now_stay() {
        let old = feature(&[1.0, 0.0]);
        let new = Feature { model: crate::ModelFingerprint::new("new").unwrap(), ..old.clone() };
        assert_eq!(chosen(&[(old.clone(), 0.0), (new, 2.0), (old, 1.0)], true), [1]);
    }
}
