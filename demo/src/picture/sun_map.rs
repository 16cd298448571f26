//! Where the sun gets to: how deep into a place it sees, drawn from where it stands.

use std::sync::Arc;

use glam::Vec3;
use retrofire_core::geom::{Tri, Vertex as CornerOf, vertex};
use retrofire_core::math::{Color4, ProjVec3, Vary, pt2, rgba, viewport};
use retrofire_core::render::raster::Scanline;
use retrofire_core::render::{Context, Frag, FragmentShader, Target, VertexShader};

use super::surface::{Facing, OPAQUE, Shade, context, texel, whole};
use crate::mesh::{Mesh, Part, Vertex};
use crate::texture::{Level, Texture};

/// Texels on a side of the map.
const SIDE: usize = 768;
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
    /// To the right, up and towards the sun in the map.
    axes: [Vec3; 3],
    casters: Vec<Caster>,
    /// Metres from the middle towards the sun of what the sun meets first.
    height: Vec<f32>,
}

/// A surface that casts shadows.
#[derive(Debug)]
struct Caster {
    triangles: Vec<Tri<usize>>,
    corners: Vec<Vertex>,
    /// What has holes.
    texture: Option<Arc<Texture>>,
}

impl SunMap {
    /// A map around a point on the ground, with everything that may cast shadows, for a sun that gets everywhere.
    pub fn new<'a>(middle: Vec3, parts: impl Iterator<Item = &'a Part>) -> Self {
        let casters = parts.map(Caster::new).filter(|caster| !caster.triangles.is_empty()).collect();
        Self { middle, axes: [Vec3::X, Vec3::Z, Vec3::Y], casters, height: vec![-DEPTH; SIDE * SIDE] }
    }

    /// Makes it anew for a sun in that direction, unless it is for that one.
    pub fn turn(&mut self, towards: Vec3) {
        if towards == self.axes[2] {
            return;
        }
        let right = if towards.y > 0.999 { Vec3::X } else { towards.cross(Vec3::Y).normalize() };
        self.axes = [right, towards.cross(right), towards];
        self.height.fill(-DEPTH);
        let context = context();
        for Caster { triangles, corners, texture } in &self.casters {
            let level = texture.as_ref().map(|texture| &texture.levels[texture.levels.len().min(3) - 1]);
            let shadow = Shadow { middle: self.middle, axes: self.axes, level };
            let to_screen = viewport(pt2(0, 0)..pt2(SIDE as u32, SIDE as u32));
            let mut target = Heights { height: &mut self.height };
            retrofire_core::render::render(triangles, corners, &shadow, (), to_screen, &mut target, &context);
        }
    }

    /// The share of the sun that gets to a point: one with soft edges, from four places of the map.
    #[inline]
    pub fn share(&self, point: Vec3) -> f32 {
        let to = point - self.middle;
        let place = |axis: Vec3| (to.dot(axis) / WIDTH + 0.5) * SIDE as f32;
        let (x, y, height) = (place(self.axes[0]), place(self.axes[1]), to.dot(self.axes[2]) + SLACK);
        let (left, top) = (whole(x - 0.5), whole(y - 0.5));
        let last = SIDE as i32 - 2;
        if !(0..last).contains(&left) || !(0..last).contains(&top) {
            return 1.0;
        }
        let (across, along) = (x - 0.5 - left as f32, y - 0.5 - top as f32);
        let index = top as usize * SIDE + left as usize;
        let free = |index: usize| if self.height[index] <= height { 1.0 } else { 0.0 };
        let upper = free(index) * (1.0 - across) + free(index + 1) * across;
        let lower = free(index + SIDE) * (1.0 - across) + free(index + SIDE + 1) * across;
        upper * (1.0 - along) + lower * along
    }
}

impl Caster {
    /// What of a surface is not flat on the ground, where it shades nothing.
    fn new(Part { mesh, material }: &Part) -> Self {
        let lies = |index: &u32| mesh.vertices[*index as usize].position.y < SLACK;
        let triangles = mesh.triangles.iter().filter(|triangle| !triangle.iter().all(lies)).copied().collect();
        let mut all = Facing::default();
        all.look(&Mesh { vertices: mesh.vertices.clone(), triangles }, true, Vec3::ZERO);
        let has_holes = material.texture.levels[0].pixels.iter().any(|pixel| pixel[3] < OPAQUE);
        let texture = has_holes.then(|| Arc::clone(&material.texture));
        Self { triangles: all.triangles, corners: all.corners, texture }
    }
}

struct Shadow<'a> {
    middle: Vec3,
    axes: [Vec3; 3],
    level: Option<&'a Level>,
}

/// Texture coordinates (2), metres from the middle towards the sun.
type Height = Shade<3>;

impl VertexShader<Vertex, ()> for Shadow<'_> {
    type Output = CornerOf<ProjVec3, Height>;

    fn shade_vertex(&self, corner: Vertex, (): ()) -> Self::Output {
        let to = corner.position - self.middle;
        let height = to.dot(self.axes[2]);
        let place = [to.dot(self.axes[0]) * 2.0 / WIDTH, to.dot(self.axes[1]) * 2.0 / WIDTH, -height / DEPTH, 1.0];
        vertex(place.into(), Shade([corner.uv.x, corner.uv.y, height]))
    }
}

impl FragmentShader<Height, ()> for Shadow<'_> {
    /// The height in the four bytes of the colour: the rasteriser knows no other way out.
    #[inline]
    fn shade_fragment(&self, at: Frag<Height>, (): ()) -> Option<Color4> {
        let [u, v, height] = at.var.0;
        let [a, b, c, d] = height.to_le_bytes();
        self.level.is_none_or(|level| texel(level, u, v)[3] >= OPAQUE).then(|| rgba(a, b, c, d))
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
