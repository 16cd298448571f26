//! What is known of one track so far: a bounded set of its best faces and appearances, its times and its company.
//! Grown by the leader of re-ID crop by crop and stored while it waits; it decides nothing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::observation::{FaceView, Observation};
use crate::{CameraId, Class, Colour, ColourName, Feature, Timestamp, TrackKey};

/// Faces and appearances kept of one track: enough for a mean that one bad view does not turn, and a stored track of some 40 KiB.
pub const VIEWS_MAX: usize = 8;
/// Companions remembered: more than stand in one picture. Those met first stay, as they were met longest.
const COMPANIONS_MAX: usize = 64;

/// One track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tracklet {
    /// Its name.
    pub track: TrackKey,
    /// Where.
    pub camera: CameraId,
    /// What it is: the latest word of the tracker, which is the vote of all its detections.
    pub class: Class,
    /// First picture it was found in.
    pub first_seen: Timestamp,
    /// Latest picture it was found in, as far as crops tell.
    pub last_seen: Timestamp,
    /// Best detection score of a crop, 0..1.
    pub score: f32,
    /// Tracks that were seen beside it: never the same thing.
    pub companions: BTreeSet<TrackKey>,
    /// Whether it is over.
    pub ended: bool,
    /// When the leader first heard of it, by its own clock.
    pub began_at: Timestamp,
    /// When the leader last heard of it, by its own clock.
    pub heard_at: Timestamp,
    /// Best first.
    faces: Vec<KeptFace>,
    /// Best first.
    bodies: Vec<BodyView>,
    /// Best first.
    colours: Vec<ColourView>,
    picture: Option<Picture>,
}

/// A face that was kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptFace {
    /// When it was filmed.
    pub captured: Timestamp,
    /// The face.
    pub view: FaceView,
}

/// An appearance that was kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BodyView {
    /// When it was filmed.
    pub captured: Timestamp,
    /// The appearance.
    pub feature: Feature,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ColourView {
    captured: Timestamp,
    merit: f32,
    colour: Colour,
}

/// The crop worth showing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Picture {
    captured: Timestamp,
    merit: f32,
}

/// Which pictures of an observation are the best of its track so far, and so worth storing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Noted {
    /// Its face.
    pub best_face: bool,
    /// Its whole crop.
    pub best_body: bool,
}

impl Tracklet {
    /// A track that was first heard of at `now`, by the leader's clock; [`Self::observe`] takes in what was heard.
    pub fn begin(first: &Observation, now: Timestamp) -> Self {
        Self {
            track: first.track,
            camera: first.camera,
            class: first.class.clone(),
            first_seen: first.first_seen,
            last_seen: first.last_seen,
            score: 0.0,
            companions: BTreeSet::new(),
            ended: false,
            began_at: now,
            heard_at: now,
            faces: Vec::new(),
            bodies: Vec::new(),
            colours: Vec::new(),
            picture: None,
        }
    }

    /// Takes in what one crop said. One that comes twice changes nothing, and the order in which they come does not matter but
    /// where models change.
    pub fn observe(&mut self, observation: &Observation, now: Timestamp) -> Noted {
        self.heard_at = self.heard_at.max(now);
        if observation.last_seen >= self.last_seen {
            self.class = observation.class.clone();
        }
        self.first_seen = self.first_seen.min(observation.first_seen);
        self.last_seen = self.last_seen.max(observation.last_seen);
        self.score = self.score.max(observation.score);
        self.ended |= observation.ended;
        self.meet(&observation.companions);
        let merit = picture_merit(observation);
        if let Some(colour) = observation.colour {
            let view = ColourView { captured: observation.captured, merit, colour };
            keep(&mut self.colours, view);
        }
        Noted { best_face: self.see_face(observation), best_body: self.see_body(observation, merit) }
    }

    /// The faces that were kept, best first; not all of them may be worth comparing.
    pub fn faces(&self) -> &[KeptFace] {
        &self.faces
    }

    /// The appearances that were kept, best first.
    pub fn bodies(&self) -> &[BodyView] {
        &self.bodies
    }

    /// The colour that most views show, weighted by how good they are, as the best of them shows it.
    pub fn colour(&self) -> Option<Colour> {
        let weight = |name: ColourName| -> f32 {
            self.colours.iter().filter(|view| view.colour.name == name).map(|view| view.merit).sum()
        };
        let heaviest = self.colours.iter().rev().max_by(|a, b| weight(a.colour.name).total_cmp(&weight(b.colour.name)));
        heaviest.map(|view| view.colour)
    }

    /// When the crop worth showing was filmed.
    pub fn best_picture(&self) -> Option<Timestamp> {
        self.picture.map(|picture| picture.captured)
    }

    fn meet(&mut self, companions: &[TrackKey]) {
        for companion in companions.iter().filter(|companion| **companion != self.track) {
            if self.companions.len() < COMPANIONS_MAX {
                self.companions.insert(*companion);
            }
        }
    }

    fn see_face(&mut self, observation: &Observation) -> bool {
        let Some(view) = &observation.face else { return false };
        keep(&mut self.faces, KeptFace { captured: observation.captured, view: view.clone() });
        self.faces.first().is_some_and(|best| best.captured == observation.captured)
    }

    fn see_body(&mut self, observation: &Observation, merit: f32) -> bool {
        if let Some(feature) = &observation.body {
            keep(&mut self.bodies, BodyView { captured: observation.captured, feature: feature.clone() });
        }
        // The word that a track ended brings no picture.
        let shows = observation.score > 0.0 || observation.body.is_some() || observation.face.is_some();
        let better = shows && self.picture.is_none_or(|best| merit > best.merit);
        if better {
            self.picture = Some(Picture { captured: observation.captured, merit });
        }
        better
    }
}

/// What a crop is worth showing: where appearances are judged, a judged one before any other; else by the detector's score.
fn picture_merit(observation: &Observation) -> f32 {
    observation.body.as_ref().map_or(observation.score.clamp(0.0, 1.0), |body| 1.0 + body.quality)
}

/// Something kept of a crop.
trait View {
    fn captured(&self) -> Timestamp;
    fn quality(&self) -> f32;
    /// Whether the two may stand in one set: vectors of different models mean nothing to each other.
    fn goes_with(&self, other: &Self) -> bool;
}

impl View for KeptFace {
    fn captured(&self) -> Timestamp {
        self.captured
    }

    fn quality(&self) -> f32 {
        self.view.feature.quality
    }

    fn goes_with(&self, other: &Self) -> bool {
        comparable(&self.view.feature, &other.view.feature)
    }
}

impl View for BodyView {
    fn captured(&self) -> Timestamp {
        self.captured
    }

    fn quality(&self) -> f32 {
        self.feature.quality
    }

    fn goes_with(&self, other: &Self) -> bool {
        comparable(&self.feature, &other.feature)
    }
}

impl View for ColourView {
    fn captured(&self) -> Timestamp {
        self.captured
    }

    fn quality(&self) -> f32 {
        self.merit
    }

    fn goes_with(&self, _: &Self) -> bool {
        true
    }
}

fn comparable(a: &Feature, b: &Feature) -> bool {
    a.model == b.model && a.embedding.dimensions() == b.embedding.dimensions()
}

/// Keeps the best [`VIEWS_MAX`], the older of two that are as good. A view of another model replaces all when it is the newest, and
/// is ignored when it is not.
fn keep<V: View>(kept: &mut Vec<V>, view: V) {
    if kept.iter().any(|one| one.captured() == view.captured()) {
        return;
    }
    if kept.first().is_some_and(|one| !one.goes_with(&view)) {
        if kept.iter().any(|one| one.captured() > view.captured()) {
            return;
        }
        kept.clear();
    }
    let before = |one: &V| match view.quality().total_cmp(&one.quality()) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Equal => one.captured() < view.captured(),
        std::cmp::Ordering::Greater => false,
    };
    let place = kept.partition_point(before);
    kept.insert(place, view);
    kept.truncate(VIEWS_MAX);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::identity::toys::{Person, at, observation};

    #[test]
    fn the_best_views_stay_and_the_same_crop_counts_once() {
        let anna = Person::number(1);
        let mut tracklet = Tracklet::begin(&observation(1, 0.0), at(0.0));
        for step in 0..20u8 {
            let quality = f32::from((step * 7) % 20) / 20.0;
            let seen = anna.seen(observation(1, f64::from(step)), quality, quality);
            tracklet.observe(&seen, at(0.0));
            tracklet.observe(&seen, at(0.0));
        }
        let qualities: Vec<f32> = tracklet.faces().iter().map(|face| face.view.feature.quality).collect();
        assert_eq!(qualities, [0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6]);
        assert_eq!(tracklet.bodies().len(), VIEWS_MAX);
    }

    #[test]
    fn the_best_pictures_are_told_once() {
        let anna = Person::number(1);
        let mut tracklet = Tracklet::begin(&observation(1, 0.0), at(0.0));
        let mut noted = |seconds: f64, quality: f32| {
            let noted = tracklet.observe(&anna.seen(observation(1, seconds), quality, quality), at(seconds));
            (noted.best_face, noted.best_body)
        };
        assert_eq!(noted(0.0, 0.5), (true, true));
        assert_eq!(noted(1.0, 0.4), (false, false));
        assert_eq!(noted(2.0, 0.6), (true, true));
        let farewell = Observation { ended: true, score: 0.0, ..observation(1, 3.0) };
        assert_eq!(tracklet.observe(&farewell, at(3.0)), Noted::default());
        assert!(tracklet.ended);
        assert_eq!(tracklet.best_picture(), Some(at(2.0)));
        assert_eq!(tracklet.last_seen.since(tracklet.first_seen), Duration::from_secs(3));
    }

    #[test]
    fn a_newer_model_replaces_the_vectors_of_an_older_one() {
        let mut tracklet = Tracklet::begin(&observation(1, 0.0), at(0.0));
        let with = |seconds: f64, model: &'static str| {
            Person::number(1).with_model(model).seen(observation(1, seconds), 0.5, 0.5)
        };
        let models = |tracklet: &Tracklet| -> Vec<String> {
            tracklet.bodies().iter().map(|body| body.feature.model.to_string()).collect()
        };
        tracklet.observe(&with(1.0, "old"), at(1.0));
        tracklet.observe(&with(2.0, "old"), at(2.0));
        tracklet.observe(&with(1.5, "new"), at(3.0));
        assert_eq!(models(&tracklet), ["old", "old"], "one that was filmed before says nothing of what runs now");
        tracklet.observe(&with(3.0, "new"), at(3.0));
        assert_eq!(models(&tracklet), ["new"]);
    }

    #[test]
    fn the_colour_is_that_of_most_good_views() {
        let mut tracklet = Tracklet::begin(&observation(1, 0.0), at(0.0));
        for (seconds, name, score) in
            [(0.0, ColourName::Grey, 0.5), (1.0, ColourName::Silver, 0.6), (2.0, ColourName::Grey, 0.4)]
        {
            let colour = Some(Colour { name, rgb: [seconds as u8, 0, 0] });
            tracklet.observe(&Observation { colour, score, ..observation(1, seconds) }, at(seconds));
        }
        assert_eq!(tracklet.colour().unwrap().rgb, [0, 0, 0], "of the best grey one");
    }
}
