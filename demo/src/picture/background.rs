//! What stands still: looked at once, lit again as the light changes.

use glam::Vec3;

use super::light::Light;
use super::pieces::{Piece, pieces};
use super::sky::sky;
use super::sun_map::SunMap;
use super::tone::Tone;
use super::view::View;
use crate::place::Place;
use crate::script::Weather;

/// How much darker wet ground is.
const WET: f32 = 0.35;

/// A place as a camera sees it when nobody is there.
#[derive(Debug)]
pub struct Background {
    view: View,
    pieces: Vec<Piece>,
    sun: SunMap,
    /// One over how far forward what is seen is; 0 in the sky.
    pub nearness: Vec<f32>,
    /// As it is lit.
    pub lit: Vec<u8>,
    /// As it would be if the sun got nowhere.
    pub shaded: Vec<u8>,
}

impl Background {
    /// Looks at a place.
    pub fn new(place: &Place, view: View, target: Vec3, tone: &Tone) -> Self {
        let pieces = pieces(place, &view, tone);
        let nearness = pieces.iter().map(|piece| piece.nearness).collect();
        let bytes = pieces.len() * 3;
        let sun = SunMap::new(Vec3::new(target.x, 0.0, target.z));
        Self { view, pieces, sun, nearness, lit: vec![0; bytes], shaded: vec![0; bytes] }
    }

    /// How it is seen.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The share of the sun that gets to a point.
    pub fn in_the_sun(&self, point: Vec3) -> f32 {
        self.sun.share(point)
    }

    /// Lights it.
    pub fn relight(&mut self, place: &Place, light: &Light, weather: &Weather, seconds: f32, tone: &Tone) {
        if !place.indoors {
            let leaves = place.trees.iter().flat_map(|tree| tree.trunk.iter().chain(&tree.leaves));
            self.sun.turn(light.sun_direction, place.parts.iter().chain(leaves));
        }
        let width = self.view.size[0];
        let bytes = self.lit.chunks_exact_mut(3).zip(self.shaded.chunks_exact_mut(3));
        for (index, (piece, (lit, shaded))) in self.pieces.iter().zip(bytes).enumerate() {
            let ray = self.view.ray((index % width) as f32 + 0.5, (index / width) as f32 + 0.5);
            let (without, sun) = if piece.cover > 0.0 {
                lit_piece(piece, self.view.eye, ray, light, weather.rain, &self.sun)
            } else {
                (Vec3::ZERO, Vec3::ZERO)
            };
            let behind = if piece.cover < 1.0 { sky(weather, ray, seconds) * (1.0 - piece.cover) } else { Vec3::ZERO };
            encode((without * piece.cover + behind) * light.exposure, tone, shaded);
            encode(((without + sun) * piece.cover + behind) * light.exposure, tone, lit);
        }
    }
}

fn encode(light: Vec3, tone: &Tone, bytes: &mut [u8]) {
    for (byte, light) in bytes.iter_mut().zip(light.to_array()) {
        *byte = tone.encode(light);
    }
}

/// What comes from a piece without the sun, and what the sun adds.
fn lit_piece(piece: &Piece, eye: Vec3, ray: Vec3, light: &Light, rain: f32, sun: &SunMap) -> (Vec3, Vec3) {
    let distance = piece.nearness.recip();
    let position = eye + ray * distance;
    let wet = rain.min(0.5) * 2.0 * piece.normal.y.max(0.0);
    let albedo = piece.albedo * (1.0 - WET * wet);
    let mut without = albedo * (light.without_sun(position, piece.normal) + piece.glow * light.glow);
    let share = sun.share(position);
    let mut from_sun = albedo * light.sunlight(piece.normal) * share;
    let gloss = piece.gloss.max(wet * 0.35);
    if gloss > 0.0 {
        let mirrored = light.highlight(piece.normal, -ray.normalize()) * gloss;
        without += mirrored * 0.3;
        from_sun += mirrored * 0.7 * share;
    }
    let haze = light.hidden_by_haze(distance);
    (without * (1.0 - haze) + light.haze * haze, from_sun * (1.0 - haze))
}
