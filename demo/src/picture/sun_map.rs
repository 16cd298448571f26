//! Where the sun gets to: how deep into a place it sees, drawn from where it stands.

use glam::Vec3;
use retrofire_core::geom::{Tri, Vertex as CornerOf, vertex};
use retrofire_core::math::{Color4, ProjVec3, Vary, pt2, rgba, viewport};
use retrofire_core::render::raster::Scanline;
use retrofire_core::render::{Context, Frag, FragmentShader, Target, VertexShader};

use super::surface::{Shade, context, texel};
use crate::mesh::{Part, Vertex};
use crate::texture::Level;

/// Texels on a side of the map.
const SIDE: usize = 1024;
/// Metres on a side of the map, around the middle of what the camera sees.
const WIDTH: f32 = 70.0;
/// How far above and below the middle things may cast shadows, in metres.
const DEPTH: f32 = 120.0;
/// Metres by which a surface may lie behind itself.
const SLACK: f32 = 0.12;

/// Where the sun gets to.
#[derive(Debug)]
pub struct SunMap {
    middle: Vec3,
    axes: [Vec3; 3],
    /// Metres from the middle towards the sun of what the sun meets first.
    height: Vec<f32>,
    triangles: Vec<Tri<usize>>,
}

impl SunMap {
    /// A map around a point with nothing on it.
    pub fn new(middle: Vec3) -> Self {
        let height = vec![-DEPTH; SIDE * SIDE];
        Self { middle, axes: [Vec3::X, Vec3::Z, Vec3::Y], height, triangles: Vec::new() }
    }

    /// Makes it anew for a sun in that direction.
    pub fn turn<'a>(&mut self, towards: Vec3, parts: impl Iterator<Item = &'a Part>) {
        let right = if towards.y > 0.999 { Vec3::X } else { towards.cross(Vec3::Y).normalize() };
        self.axes = [right, towards.cross(right), towards];
        self.height.fill(-DEPTH);
        let context = context();
        for part in parts {
            self.triangles.clear();
            self.triangles.extend(part.mesh.triangles.iter().map(|triangle| Tri(triangle.map(|index| index as usize))));
            let levels = &part.material.texture.levels;
            let caster = Caster { middle: self.middle, axes: self.axes, level: &levels[levels.len().min(3) - 1] };
            let to_screen = viewport(pt2(0, 0)..pt2(SIDE as u32, SIDE as u32));
            let mut target = Heights { height: &mut self.height };
            retrofire_core::render::render(
                &self.triangles,
                &part.mesh.vertices,
                &caster,
                (),
                to_screen,
                &mut target,
                &context,
            );
        }
    }

    /// The share of the sun that gets to a point: one with soft edges, from four places of the map.
    pub fn share(&self, point: Vec3) -> f32 {
        let to = point - self.middle;
        let place = |axis: Vec3| (to.dot(axis) / WIDTH + 0.5) * SIDE as f32;
        let (x, y, height) = (place(self.axes[0]), place(self.axes[1]), to.dot(self.axes[2]) + SLACK);
        let (left, top) = ((x - 0.5).floor(), (y - 0.5).floor());
        let last = (SIDE - 2) as f32;
        if !(0.0..last).contains(&left) || !(0.0..last).contains(&top) {
            return 1.0;
        }
        let (across, along) = (x - 0.5 - left, y - 0.5 - top);
        let index = top as usize * SIDE + left as usize;
        let free = |index: usize| if self.height[index] <= height { 1.0 } else { 0.0 };
        let upper = free(index) * (1.0 - across) + free(index + 1) * across;
        let lower = free(index + SIDE) * (1.0 - across) + free(index + SIDE + 1) * across;
        upper * (1.0 - along) + lower * along
    }
}

struct Caster<'a> {
    middle: Vec3,
    axes: [Vec3; 3],
    level: &'a Level,
}

impl VertexShader<Vertex, ()> for Caster<'_> {
    type Output = CornerOf<ProjVec3, Shade>;

    fn shade_vertex(&self, corner: Vertex, (): ()) -> Self::Output {
        let to = corner.position - self.middle;
        let height = to.dot(self.axes[2]);
        let place = [to.dot(self.axes[0]) * 2.0 / WIDTH, to.dot(self.axes[1]) * 2.0 / WIDTH, -height / DEPTH, 1.0];
        vertex(place.into(), Shade([corner.uv.x, corner.uv.y, height, 0.0, 0.0, 0.0, 0.0, 0.0]))
    }
}

impl FragmentShader<Shade, ()> for Caster<'_> {
    /// The height in the four bytes of the colour: the rasteriser knows no other way out.
    fn shade_fragment(&self, at: Frag<Shade>, (): ()) -> Option<Color4> {
        let [u, v, height, ..] = at.var.0;
        let [a, b, c, d] = height.to_le_bytes();
        (texel(self.level, u, v)[3] >= 128).then(|| rgba(a, b, c, d))
    }
}

struct Heights<'a> {
    height: &'a mut [f32],
}

impl Target for Heights<'_> {
    fn rasterize<V: Vary, U: Copy, S: FragmentShader<V, U>>(
        &mut self,
        line: Scanline<V>,
        shader: &S,
        uniform: U,
        _: &Context,
    ) {
        let (from, to) = (line.xs.start, line.xs.end.min(SIDE));
        if line.y >= SIDE || from >= to {
            return;
        }
        let row = &mut self.height[line.y * SIDE + from..line.y * SIDE + to];
        for ((pos, var), height) in line.vs.zip(row) {
            let colour = shader.shade_fragment(Frag { pos, var }, uniform);
            let met = colour.map_or(-DEPTH, |colour| f32::from_le_bytes(colour.0));
            *height = height.max(met);
        }
    }
}
