//! What stands still: looked at once, lit again as the light changes.

use glam::Vec3;

use super::light::Light;
use super::pieces::{Piece, pieces};
use super::sky::Sky;
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
    /// Some of the sky is seen.
    open: bool,
    sun: SunMap,
    lamplight: Lamplight,
    /// One over how far forward what is seen is; 0 in the sky.
    pub nearness: Vec<f32>,
    /// As it is lit.
    pub lit: Vec<u8>,
    /// As it would be if the sun got nowhere.
    pub shaded: Vec<u8>,
}

/// What lamps give to each piece. They stand still, so it is worked out anew only when other ones burn.
#[derive(Debug, Default)]
struct Lamplight {
    /// How many burn, at the camera too.
    burning: usize,
    /// Empty when none does.
    light: Vec<Vec3>,
}

impl Background {
    /// Looks at a place.
    pub fn new(place: &Place, view: View, target: Vec3, tone: &Tone) -> Self {
        let pieces = pieces(place, &view, tone);
        let nearness = pieces.iter().map(|piece| piece.nearness).collect();
        let open = pieces.iter().any(|piece| piece.cover < 1.0);
        let bytes = pieces.len() * 3;
        let leaves = place.trees.iter().flat_map(|tree| tree.trunk.iter().chain(&tree.leaves));
        let casters = place.parts.iter().chain(leaves).filter(|_| !place.indoors);
        let sun = SunMap::new(Vec3::new(target.x, 0.0, target.z), casters);
        let lamplight = Lamplight::default();
        Self { view, pieces, open, sun, lamplight, nearness, lit: vec![0; bytes], shaded: vec![0; bytes] }
    }

    /// How it is seen.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The share of the sun that gets to a point.
    pub fn in_the_sun(&self, point: Vec3) -> f32 {
        self.sun.share(point)
    }

    /// Makes shadows fall as the sun in that direction casts them.
    pub fn turn_sun(&mut self, towards: Vec3) {
        self.sun.turn(towards);
    }

    /// Lights it.
    pub fn relight(&mut self, light: &Light, weather: &Weather, seconds: f32, tone: &Tone) {
        self.lamplight.turn_on(light, &self.view, &self.pieces);
        let sky = self.open.then(|| Sky::new(&self.view, weather, seconds));
        let width = self.view.size[0];
        let bytes = self.lit.chunks_exact_mut(width * 3).zip(self.shaded.chunks_exact_mut(width * 3));
        for (y, (pieces, (lit, shaded))) in self.pieces.chunks_exact(width).zip(bytes).enumerate() {
            let bytes = lit.chunks_exact_mut(3).zip(shaded.chunks_exact_mut(3));
            for (x, (piece, (lit, shaded))) in pieces.iter().zip(bytes).enumerate() {
                let (mut without, mut sun) = (Vec3::ZERO, Vec3::ZERO);
                if piece.cover > 0.0 {
                    let ray = self.view.ray(x as f32 + 0.5, y as f32 + 0.5);
                    let from_lamps = self.lamplight.light.get(y * width + x).copied().unwrap_or_default();
                    (without, sun) = lit_piece(piece, self.view.eye, ray, light, from_lamps, weather.rain, &self.sun);
                }
                if let Some(sky) = sky.as_ref().filter(|_| piece.cover < 1.0) {
                    without = without * piece.cover + sky.light(x, y) * (1.0 - piece.cover);
                    sun *= piece.cover;
                }
                encode(without * light.exposure, tone, shaded);
                if sun == Vec3::ZERO {
                    lit.copy_from_slice(shaded);
                } else {
                    encode((without + sun) * light.exposure, tone, lit);
                }
            }
        }
    }
}

impl Lamplight {
    fn turn_on(&mut self, light: &Light, view: &View, pieces: &[Piece]) {
        let burning = light.lamps.len() + usize::from(light.headlight.is_some());
        if burning == self.burning {
            return;
        }
        self.burning = burning;
        self.light.clear();
        if burning > 0 {
            let rows = pieces.chunks_exact(view.size[0]).enumerate();
            self.light.extend(rows.flat_map(|(y, row)| {
                row.iter().enumerate().map(move |(x, piece)| {
                    if piece.cover == 0.0 {
                        return Vec3::ZERO;
                    }
                    let ray = view.ray(x as f32 + 0.5, y as f32 + 0.5);
                    light.lamplight(position(piece, view.eye, ray), piece.normal)
                })
            }));
        }
    }
}

/// Where what is seen is: `ray` is the way to it, as long as reaches 1 m forward.
fn position(piece: &Piece, eye: Vec3, ray: Vec3) -> Vec3 {
    eye + ray * piece.nearness.recip()
}

#[inline]
fn encode(light: Vec3, tone: &Tone, bytes: &mut [u8]) {
    for (byte, light) in bytes.iter_mut().zip(light.to_array()) {
        *byte = tone.encode(light);
    }
}

/// What comes from a piece without the sun, and what the sun adds.
#[inline]
fn lit_piece(
    piece: &Piece,
    eye: Vec3,
    ray: Vec3,
    light: &Light,
    from_lamps: Vec3,
    rain: f32,
    sun: &SunMap,
) -> (Vec3, Vec3) {
    let wet = rain.min(0.5) * 2.0 * piece.normal.y.max(0.0);
    let albedo = piece.albedo * (1.0 - WET * wet);
    let mut without = albedo * (light.all_around(piece.normal) + from_lamps + piece.glow * light.glow);
    let gloss = piece.gloss.max(wet * 0.35);
    let sunlight = light.sunlight(piece.normal);
    let mut from_sun = Vec3::ZERO;
    if gloss > 0.0 || sunlight != Vec3::ZERO {
        let share = sun.share(position(piece, eye, ray));
        from_sun = albedo * sunlight * share;
        if gloss > 0.0 {
            let mirrored = light.highlight(piece.normal, -ray.normalize()) * gloss;
            without += mirrored * 0.3;
            from_sun += mirrored * 0.7 * share;
        }
    }
    let haze = light.hidden_by_haze(piece.nearness.recip());
    (without * (1.0 - haze) + light.haze * haze, from_sun * (1.0 - haze))
}
