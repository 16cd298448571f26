//! People of a toy world for tests: each has a face and an appearance of its own, and views that resemble them as much as asked.

use uuid::Uuid;

use super::observation::{FaceView, Observation};
use crate::{CameraId, Class, Embedding, Feature, ModelFingerprint, Timestamp, TrackKey};

/// As many as the real networks have: two random directions are then nearly at right angles.
pub const DIMENSIONS: usize = 512;

pub fn at(seconds: f64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + (seconds * 1000.0).round() as i64).unwrap()
}

pub fn track(number: u64) -> TrackKey {
    TrackKey { run: Uuid::nil(), number }
}

pub fn feature(values: &[f32]) -> Feature {
    Feature { embedding: Embedding::new(values).unwrap(), model: ModelFingerprint::new("toy").unwrap(), quality: 0.7 }
}

/// A crop of a track that showed nothing but that it is there; the track began at 0.
pub fn observation(number: u64, seconds: f64) -> Observation {
    Observation {
        track: track(number),
        camera: CameraId::new(1).unwrap(),
        class: Class::person(),
        first_seen: at(0.0),
        last_seen: at(seconds),
        captured: at(seconds),
        score: 0.8,
        companions: Vec::new(),
        ended: false,
        face: None,
        body: None,
        colour: None,
    }
}

/// Somebody.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    face: u64,
    clothes: u64,
    model: &'static str,
}

impl Person {
    pub fn number(number: u64) -> Self {
        Self { face: number * 2 + 1, clothes: number * 2 + 2, model: "toy" }
    }

    /// Dressed like another.
    pub fn dressed_as(self, other: Self) -> Self {
        Self { clothes: other.clothes, ..self }
    }

    /// As other networks see them.
    pub fn with_model(self, model: &'static str) -> Self {
        Self { model, ..self }
    }

    /// A view of the face with this cosine to what the face is; `view` makes it differ from others.
    pub fn face_like(&self, likeness: f32, view: u64) -> Feature {
        self.like(self.face, likeness, view)
    }

    /// The same of the appearance.
    pub fn body_like(&self, likeness: f32, view: u64) -> Feature {
        self.like(self.clothes, likeness, view)
    }

    /// Face and appearance in a crop, with their qualities; 0 leaves one out.
    pub fn seen(&self, crop: Observation, face: f32, body: f32) -> Observation {
        let view = crop.captured.as_micros() as u64 ^ (crop.track.number << 48);
        let face = (face > 0.0).then(|| FaceView {
            feature: Feature { quality: face, ..self.face_like(0.85, view) },
            width_px: 60.0,
            yaw_ratio: 0.1,
            score: 0.9,
        });
        let body = (body > 0.0).then(|| Feature { quality: body, ..self.body_like(0.95, view) });
        Observation { face, body, ..crop }
    }

    fn like(&self, what: u64, likeness: f32, view: u64) -> Feature {
        let (true_one, noise) = (direction(what), direction(what.wrapping_mul(0x9e37) ^ view.wrapping_add(1 << 40)));
        let rest = (1.0 - likeness * likeness).max(0.0).sqrt();
        let values: Vec<f32> = true_one.iter().zip(&noise).map(|(one, noise)| likeness * one + rest * noise).collect();
        Feature { model: ModelFingerprint::new(self.model).unwrap(), ..feature(&values) }
    }
}

/// A direction of length one, another for every seed: SplitMix64, and sums of four evenly distributed numbers, which are round
/// enough a distribution.
fn direction(seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0xd134_2543_de82_ef95);
    let mut uniform = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 40) as f32 / (1u32 << 24) as f32 - 0.5
    };
    let values: Vec<f32> = (0..DIMENSIONS).map(|_| uniform() + uniform() + uniform() + uniform()).collect();
    Embedding::new(&values).unwrap().values().to_vec()
}
