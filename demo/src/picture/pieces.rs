//! What of a place is seen at each pixel: of which colour, turned which way, how far away. Light comes later.

use glam::{Vec2, Vec3};
use retrofire_core::geom::{Vertex as CornerOf, vertex};
use retrofire_core::math::{Color4, ProjVec3, Vary, rgba};
use retrofire_core::render::raster::Scanline;
use retrofire_core::render::{Context, Frag, FragmentShader, Target, VertexShader};

use super::surface::{Facing, OPAQUE, Shade, context, texel, texels_a_metre, to_screen, whole};
use super::tone::Tone;
use super::view::View;
use crate::mesh::{Material, Part, Vertex};
use crate::place::Place;
use crate::texture::Level;

/// Each pixel is the mean of so many by so many points.
const POINTS: usize = 2;

/// What is seen at a pixel.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    /// Its colour, linear.
    pub albedo: Vec3,
    /// Which way it looks; shorter than 1 where surfaces meet.
    pub normal: Vec3,
    /// How much it shines by itself.
    pub glow: f32,
    /// How much it mirrors.
    pub gloss: f32,
    /// The share of the pixel that is not sky.
    pub cover: f32,
    /// One over how far forward it is; 0 in the sky.
    pub nearness: f32,
}

/// What is seen of a place, pixel by pixel.
pub fn pieces(place: &Place, view: &View, tone: &Tone) -> Vec<Piece> {
    let fine = view.enlarged(POINTS);
    // The rasteriser gives four bytes a point: two passes, one for colour and glow, one for the way it looks and gloss of
    // what the first has found to be in front.
    let points = fine.size[0] * fine.size[1];
    let colours = layer(place, &fine, Aspect::Colour, vec![0.0; points]);
    let ways = layer(place, &fine, Aspect::Way, colours.nearness.clone());
    let [width, height] = view.size;
    let mut pieces = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let points = (0..POINTS * POINTS)
                .map(|point| (y * POINTS + point / POINTS) * width * POINTS + x * POINTS + point % POINTS);
            pieces.push(mean(&colours, &ways, points, tone));
        }
    }
    pieces
}

fn mean(colours: &Layer, ways: &Layer, points: impl Iterator<Item = usize>, tone: &Tone) -> Piece {
    let mut sum = Piece { albedo: Vec3::ZERO, normal: Vec3::ZERO, glow: 0.0, gloss: 0.0, cover: 0.0, nearness: 0.0 };
    for point in points.filter(|&point| colours.nearness[point] > 0.0) {
        let [red, green, blue, glow] = colours.pixels[point];
        let [x, y, z, gloss] = ways.pixels[point];
        sum.albedo += Vec3::from([red, green, blue].map(|byte| tone.linear(byte)));
        sum.normal += Vec3::from([x, y, z].map(|byte| f32::from(byte) / 127.5 - 1.0));
        sum.glow += f32::from(glow) / 255.0;
        sum.gloss += f32::from(gloss) / 255.0;
        sum.cover += 1.0;
        sum.nearness = sum.nearness.max(colours.nearness[point]);
    }
    let hit = sum.cover.max(1.0);
    let cover = sum.cover / (POINTS * POINTS) as f32;
    Piece {
        albedo: sum.albedo / hit,
        normal: sum.normal / hit,
        glow: sum.glow / hit,
        gloss: sum.gloss / hit,
        cover,
        ..sum
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Aspect {
    Colour,
    Way,
}

struct Layer {
    size: [usize; 2],
    pixels: Vec<[u8; 4]>,
    nearness: Vec<f32>,
    aspect: Aspect,
}

fn layer(place: &Place, view: &View, aspect: Aspect, nearness: Vec<f32>) -> Layer {
    let mut layer = Layer { size: view.size, pixels: vec![[0; 4]; nearness.len()], nearness, aspect };
    let (mut facing, context) = (Facing::default(), context());
    let trunks = place.trees.iter().flat_map(|tree| &tree.trunk);
    for Part { mesh, material } in place.parts.iter().chain(trunks) {
        facing.look(mesh, material.two_sided, view.eye);
        let fineness = texels_a_metre(mesh, &material.texture) / view.focal;
        let still = Still { view, material, fineness, aspect };
        let (triangles, corners) = (&facing.triangles, &facing.corners);
        retrofire_core::render::render(triangles, corners, &still, (), to_screen(view), &mut layer, &context);
    }
    layer
}

struct Still<'a> {
    view: &'a View,
    material: &'a Material,
    /// Texels that a pixel skips 1 m away.
    fineness: f32,
    aspect: Aspect,
}

/// Texture coordinates (2), the way it looks (3), how little it is looked along.
type Turned = Shade<6>;

impl VertexShader<Vertex, ()> for Still<'_> {
    type Output = CornerOf<ProjVec3, Turned>;

    fn shade_vertex(&self, corner: Vertex, (): ()) -> Self::Output {
        let to_eye = (self.view.eye - corner.position).normalize_or_zero();
        let turned_away = self.material.two_sided && corner.normal.dot(to_eye) < 0.0;
        let normal = if turned_away { -corner.normal } else { corner.normal };
        let clip = self.view.clip(corner.position).to_array();
        let slant = normal.dot(to_eye).abs();
        vertex(clip.into(), Shade([corner.uv.x, corner.uv.y, normal.x, normal.y, normal.z, slant]))
    }
}

impl FragmentShader<Turned, ()> for Still<'_> {
    fn shade_fragment(&self, at: Frag<Turned>, (): ()) -> Option<Color4> {
        let [u, v, x, y, z, slant] = at.var.0;
        let byte = |value: f32| (value * 127.5 + 128.0) as u8;
        if self.aspect == Aspect::Way {
            return Some(rgba(byte(x), byte(y), byte(z), (self.material.gloss.min(1.0) * 255.0) as u8));
        }
        let levels = &self.material.texture.levels;
        // Surfaces looked along are squeezed in one direction only: half of it goes into the size.
        let texels_a_pixel = self.fineness / at.pos.z() / slant.clamp(0.1, 1.0).sqrt();
        let smaller = halvings(texels_a_pixel);
        let [red, green, blue, alpha] = between(&levels[smaller.min(levels.len() - 1)], Vec2::new(u, v));
        (alpha >= OPAQUE).then(|| rgba(red, green, blue, (self.material.glow.min(1.0) * 255.0) as u8))
    }
}

/// How often a number of 1 or more can be halved and stay so: the exponent of its binary form.
fn halvings(number: f32) -> usize {
    const EXPONENT_AT: u32 = 23;
    const EXPONENT_OF_ONE: u32 = 127;
    ((number.max(1.0).to_bits() >> EXPONENT_AT) - EXPONENT_OF_ONE) as usize
}

/// The colour between the four nearest texels.
fn between(level: &Level, uv: Vec2) -> [u8; 4] {
    let texels = Vec2::new(level.width as f32, level.height as f32);
    let place = uv * texels - 0.5;
    let corner = Vec2::new(whole(place.x) as f32, whole(place.y) as f32);
    let within = place - corner;
    let at = |x: f32, y: f32| texel(level, (corner.x + x + 0.5) / texels.x, (corner.y + y + 0.5) / texels.y);
    let four = [at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0), at(1.0, 1.0)];
    let mix = |channel: usize| {
        let [a, b, c, d] = four.map(|texel| f32::from(texel[channel]));
        let (upper, lower) = (a + (b - a) * within.x, c + (d - c) * within.x);
        (upper + (lower - upper) * within.y + 0.5) as u8
    };
    [mix(0), mix(1), mix(2), mix(3)]
}

impl Target for Layer {
    fn rasterize<V: Vary, U: Copy, S: FragmentShader<V, U>>(
        &mut self,
        line: Scanline<V>,
        shader: &S,
        uniform: U,
        _: &Context,
    ) {
        let [width, height] = self.size;
        let (from, to) = (line.xs.start, line.xs.end.min(width));
        if line.y >= height || from >= to {
            return;
        }
        let row = line.y * width;
        let places = self.pixels[row + from..row + to].iter_mut().zip(&mut self.nearness[row + from..row + to]);
        for ((pos, var), (pixel, nearness)) in line.vs.zip(places) {
            let near = pos.z();
            let hidden = if self.aspect == Aspect::Colour { near <= *nearness } else { near != *nearness };
            if hidden {
                continue;
            }
            if let Some(colour) = shader.shade_fragment(Frag { pos, var: var.z_div(near) }, uniform) {
                *pixel = colour.0;
                *nearness = near;
            }
        }
    }
}
