//! Textured, lit triangles: what the rasteriser asks for at every corner and every pixel.

use glam::Vec3;
use retrofire_core::geom::{Tri, Vertex as CornerOf, vertex};
use retrofire_core::math::vary::{Iter, ZDiv};
use retrofire_core::math::{Color4, Lerp, Mat4, ProjVec3, Vary, pt2, rgba, viewport};
use retrofire_core::render::{Context, Frag, FragmentShader, Ndc, Screen, Target, VertexShader};

use super::light::Light;
use super::tone::Tone;
use super::view::View;
use crate::cast::Figure;
use crate::mesh::{Material, Mesh, Part, Vertex};
use crate::texture::{Level, Texture};

/// Below this alpha a texture is a hole.
const OPAQUE: u8 = 128;
/// How many texels a pixel may skip before a smaller size of the texture is used. A little more than 1: the lens
/// softens what flickers, and faces stay sharp.
const SHARPNESS: f32 = 1.3;
/// No figure is larger than this, in metres.
const LARGEST: f32 = 7.0;
/// Triangles looked at to find how fine a texture lies on a surface.
const MEASURED: usize = 24;

/// What changes from corner to corner of a triangle: texture coordinates (2), the light that the texture's colour is
/// multiplied by (3), the light that is added whatever its colour (3).
#[derive(Debug, Clone, Copy)]
pub struct Shade(pub [f32; 8]);

impl Shade {
    fn each(&self, other: &Self, of: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|index| of(self.0[index], other.0[index])))
    }
}

impl Lerp for Shade {
    #[inline]
    fn lerp(&self, other: &Self, share: f32) -> Self {
        self.each(other, |a, b| a + (b - a) * share)
    }
}

impl ZDiv for Shade {
    #[inline]
    fn z_div(self, z: f32) -> Self {
        let factor = z.recip();
        Self(self.0.map(|value| value * factor))
    }
}

impl Vary for Shade {
    type Iter = Iter<Self>;
    type Diff = Self;

    #[inline]
    fn vary(self, step: Self, max: Option<u32>) -> Iter<Self> {
        Iter { val: self, step, n: max }
    }

    #[inline]
    fn dv_dt(&self, other: &Self, factor: f32) -> Self {
        self.each(other, |a, b| (b - a) * factor)
    }

    #[inline]
    fn step(&self, delta: &Self) -> Self {
        self.each(delta, |a, b| a + b)
    }
}

/// Draws figures: keeps what it needs from one to the next.
#[derive(Debug)]
pub struct Painter {
    tone: Tone,
    triangles: Vec<Tri<usize>>,
    context: Context,
}

impl Painter {
    /// A painter whose colours go through that curve.
    pub fn new(tone: Tone) -> Self {
        Self { tone, triangles: Vec::new(), context: context() }
    }

    /// The curve that colours go through.
    pub fn tone(&self) -> &Tone {
        &self.tone
    }

    /// Draws a figure. `in_the_sun` says how much of the sun gets to a point.
    pub fn draw(
        &mut self,
        target: &mut impl Target,
        view: &View,
        light: &Light,
        in_the_sun: &impl Fn(Vec3) -> f32,
        figure: &Figure,
    ) {
        let Some(somewhere) = figure.parts.iter().find_map(|part| part.mesh.vertices.first()) else { return };
        let light = light.around(somewhere.position, LARGEST);
        for part in &figure.parts {
            self.draw_part(target, view, &light, in_the_sun, part);
        }
    }

    /// Draws one surface.
    pub fn draw_part(
        &mut self,
        target: &mut impl Target,
        view: &View,
        light: &Light,
        in_the_sun: &impl Fn(Vec3) -> f32,
        part: &Part,
    ) {
        facing(&part.mesh, part.material.two_sided, view.eye, &mut self.triangles);
        let Some(first) = self.triangles.first() else { return };
        let distance = part.mesh.vertices[first.0[0]].position.distance(view.eye).max(0.1);
        let texels_a_pixel = texels_a_metre(&part.mesh, &part.material.texture) * distance / view.focal;
        let shader = Surface {
            view,
            light,
            in_the_sun,
            material: &part.material,
            level: level(&part.material.texture, texels_a_pixel),
            tone: &self.tone,
        };
        let vertices = &part.mesh.vertices;
        retrofire_core::render::render(&self.triangles, vertices, &shader, (), to_screen(view), target, &self.context);
    }
}

/// How the rasteriser is used everywhere: what is turned away is left out before it gets there, and depth is the
/// target's business.
pub fn context() -> Context {
    Context { face_cull: None, ..Context::default() }
}

/// From the rasteriser's unit square to the pixels of a view.
pub fn to_screen(view: &View) -> Mat4<Ndc, Screen> {
    viewport(pt2(0, 0)..pt2(view.size[0] as u32, view.size[1] as u32))
}

/// The triangles of a surface that can be seen from `eye`.
pub fn facing(mesh: &Mesh, two_sided: bool, eye: Vec3, triangles: &mut Vec<Tri<usize>>) {
    triangles.clear();
    let corner = |index: u32| mesh.vertices[index as usize].position;
    let seen = mesh.triangles.iter().filter(|&&[a, b, c]| {
        let a = corner(a);
        two_sided || (corner(b) - a).cross(corner(c) - a).dot(eye - a) > 0.0
    });
    triangles.extend(seen.map(|triangle| Tri(triangle.map(|index| index as usize))));
}

/// How many texels of the largest size lie along a metre of a surface, on average.
pub fn texels_a_metre(mesh: &Mesh, texture: &Texture) -> f32 {
    let step = mesh.triangles.len().div_ceil(MEASURED).max(1);
    let (mut area, mut texture_area) = (0.0, 0.0);
    for triangle in mesh.triangles.iter().step_by(step) {
        let [a, b, c] = triangle.map(|index| mesh.vertices[index as usize]);
        area += (b.position - a.position).cross(c.position - a.position).length();
        texture_area += (b.uv - a.uv).perp_dot(c.uv - a.uv).abs();
    }
    let texels = texture_area * (texture.levels[0].width * texture.levels[0].height) as f32;
    if area > 1e-9 { (texels / area).sqrt() } else { 1.0 }
}

/// The size of a texture to draw from.
pub fn level(texture: &Texture, texels_a_pixel: f32) -> &Level {
    let smaller = (texels_a_pixel / SHARPNESS).max(1.0).log2().round() as usize;
    &texture.levels[smaller.min(texture.levels.len() - 1)]
}

/// The texel at texture coordinates.
#[inline]
pub fn texel(level: &Level, u: f32, v: f32) -> [u8; 4] {
    // Sizes are powers of two, so that cutting off bits is repeating, for negative numbers too.
    let column = whole(u * level.width as f32) as u32 & (level.width - 1);
    let row = whole(v * level.height as f32) as u32 & (level.height - 1);
    level.pixels[(row * level.width + column) as usize]
}

/// The next whole number below, without the call that `floor` is on processors of old.
#[inline]
fn whole(value: f32) -> i32 {
    let towards_zero = value as i32;
    towards_zero.wrapping_sub(i32::from(value < towards_zero as f32))
}

struct Surface<'a, S> {
    view: &'a View,
    light: &'a Light,
    in_the_sun: &'a S,
    material: &'a Material,
    level: &'a Level,
    tone: &'a Tone,
}

impl<S: Fn(Vec3) -> f32> VertexShader<Vertex, ()> for Surface<'_, S> {
    type Output = CornerOf<ProjVec3, Shade>;

    fn shade_vertex(&self, corner: Vertex, (): ()) -> Self::Output {
        let clip = self.view.clip(corner.position);
        let Material { gloss, glow, two_sided, .. } = *self.material;
        let way = self.view.eye - corner.position;
        let to_eye = way.normalize_or_zero();
        let normal = if two_sided && corner.normal.dot(to_eye) < 0.0 { -corner.normal } else { corner.normal };
        let sun = (self.in_the_sun)(corner.position);
        let mut light = self.light.without_sun(corner.position, normal) + self.light.sunlight(normal) * sun;
        light += Vec3::splat(glow * self.light.glow);
        let mut added = Vec3::ZERO;
        if gloss > 0.0 {
            added += self.light.highlight(normal, to_eye) * gloss * (0.25 + 0.75 * sun);
        }
        let haze = self.light.hidden_by_haze(clip.w);
        let light = light * (1.0 - haze) * self.light.exposure;
        let added = (added * (1.0 - haze) + self.light.haze * haze) * self.light.exposure;
        let shade = [corner.uv.x, corner.uv.y, light.x, light.y, light.z, added.x, added.y, added.z];
        vertex(clip.to_array().into(), Shade(shade))
    }
}

impl<S> FragmentShader<Shade, ()> for Surface<'_, S> {
    #[inline]
    fn shade_fragment(&self, at: Frag<Shade>, (): ()) -> Option<Color4> {
        let [u, v, light @ .., added_red, added_green, added_blue] = at.var.0;
        let [red, green, blue, alpha] = texel(self.level, u, v);
        if alpha < OPAQUE {
            return None;
        }
        let lit = |colour, light, added| self.tone.encode(self.tone.linear(colour) * light + added);
        let (red, green) = (lit(red, light[0], added_red), lit(green, light[1], added_green));
        Some(rgba(red, green, lit(blue, light[2], added_blue), 255))
    }
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use super::Painter;
    use crate::cast::Figure;
    use crate::mesh::{Material, Mesh, Part};
    use crate::picture::light::Light;
    use crate::picture::target::Canvas;
    use crate::picture::tone::Tone;
    use crate::picture::view::View;
    use crate::texture::Texture;

    /// A square of 2 m around `centre` that looks along +z, or with a negative `half` along -z.
    fn square(centre: Vec3, half: f32, colour: [u8; 3]) -> Figure {
        let corner = |x: f32, y: f32| centre + Vec3::new(x * half, y, 0.0);
        let mesh = Mesh::quad([corner(-1.0, 1.0), corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0)]);
        Figure { parts: vec![Part { mesh, material: Material::matt(Texture::plain(colour)) }], face: None }
    }

    /// The owners of what is drawn, the first being 1, as seen from 5 m before the origin.
    fn drawn(figures: &[Figure]) -> Canvas {
        let view = View::new(Vec3::Z * 5.0, Vec3::ZERO, 1.0, [40, 30], 0);
        let (mut canvas, mut painter) = (Canvas::new(view.size), Painter::new(Tone::new(1.0)));
        for (figure, owner) in figures.iter().zip(1..) {
            canvas.belongs_to(owner);
            painter.draw(&mut canvas, &view, &Light::noon(), &|_| 1.0, figure);
        }
        canvas
    }

    #[test]
    fn nearer_hides_farther_whatever_is_drawn_first() {
        let (near, far) = (square(Vec3::Z, 1.0, [200, 0, 0]), square(Vec3::NEG_Z, 1.0, [0, 200, 0]));
        let middle = 15 * 40 + 20;
        assert_eq!(drawn(&[near.clone(), far.clone()]).owner[middle], 1);
        assert_eq!(drawn(&[far, near]).owner[middle], 2);
    }

    #[test]
    fn what_is_hidden_is_counted_as_touched() {
        let (near, far) = (square(Vec3::Z, 2.0, [200, 0, 0]), square(Vec3::NEG_Z, 0.5, [0, 200, 0]));
        let alone = drawn(std::slice::from_ref(&far)).touch();
        let hidden = drawn(&[near, far]);
        assert!(alone.pixels > 20);
        assert_eq!((hidden.touch().pixels, hidden.touch().around), (alone.pixels, alone.around));
        assert!(hidden.owner.iter().all(|&owner| owner != 2));
    }

    #[test]
    fn surfaces_are_seen_from_outside_only() {
        let count =
            |half| drawn(&[square(Vec3::ZERO, half, [9, 9, 9])]).owner.iter().filter(|&&owner| owner == 1).count();
        assert!(count(1.0) > 50);
        assert_eq!(count(-1.0), 0);
    }

    #[test]
    fn a_thing_is_drawn_where_the_view_says() {
        let canvas = drawn(&[square(Vec3::new(1.0, 0.5, 0.0), 1.0, [9, 9, 9])]);
        let view = View::new(Vec3::Z * 5.0, Vec3::ZERO, 1.0, [40, 30], 0);
        let corner = view.pixel(Vec3::new(0.0, 1.5, 0.0)).unwrap();
        let around = canvas.touch().around;
        assert!(
            (around.left as f32 - corner.x).abs() <= 1.0 && (around.top as f32 - corner.y).abs() <= 1.0,
            "{around:?} {corner}"
        );
    }
}
