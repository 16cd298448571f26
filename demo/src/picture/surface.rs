//! Textured, lit triangles: what the rasteriser asks for at every corner and every pixel.
//!
//! Light is worked out at corners before the rasteriser gets them: only at those of triangles that are seen, and of what
//! hardly moves ([`super::tree`]) only when the light changes.

use glam::{Vec2, Vec3};
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
pub const OPAQUE: u8 = 128;
/// How many texels a pixel may skip before a smaller size of the texture is used. A little more than 1: the lens
/// softens what flickers, and faces stay sharp.
const SHARPNESS: f32 = 1.3;
/// No figure is larger than this, in metres.
const LARGEST: f32 = 7.0;
/// Triangles looked at to find how fine a texture lies on a surface.
const MEASURED: usize = 24;

/// What changes from corner to corner of a triangle.
#[derive(Debug, Clone, Copy)]
pub struct Shade<const N: usize>(pub [f32; N]);

/// Of a lit surface: texture coordinates (2), the light that the texture's colour is multiplied by (3), the light that is
/// added whatever its colour (3).
pub type Lit = Shade<8>;

impl<const N: usize> Shade<N> {
    #[inline]
    fn each(&self, other: &Self, of: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|index| of(self.0[index], other.0[index])))
    }
}

impl<const N: usize> Lerp for Shade<N> {
    #[inline]
    fn lerp(&self, other: &Self, share: f32) -> Self {
        self.each(other, |a, b| a + (b - a) * share)
    }
}

impl<const N: usize> ZDiv for Shade<N> {
    #[inline]
    fn z_div(self, z: f32) -> Self {
        let factor = z.recip();
        Self(self.0.map(|value| value * factor))
    }
}

impl<const N: usize> Vary for Shade<N> {
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

/// The triangles of a surface that can be seen from somewhere, with the corners that they have. Kept from one surface to
/// the next for its memory.
#[derive(Debug, Default)]
pub struct Facing {
    /// Three indices into `corners` each.
    pub triangles: Vec<Tri<usize>>,
    /// Those of the surface's corners that are needed.
    pub corners: Vec<Vertex>,
    /// For each corner of the surface where in `corners` it is.
    places: Vec<Option<u32>>,
}

impl Facing {
    /// Looks at a surface from `eye`.
    pub fn look(&mut self, mesh: &Mesh, two_sided: bool, eye: Vec3) {
        self.triangles.clear();
        self.corners.clear();
        self.places.clear();
        self.places.resize(mesh.vertices.len(), None);
        let corner = |index: u32| mesh.vertices[index as usize].position;
        for &[a, b, c] in &mesh.triangles {
            let first = corner(a);
            if two_sided || (corner(b) - first).cross(corner(c) - first).dot(eye - first) > 0.0 {
                let triangle = [a, b, c].map(|index| self.place(mesh, index));
                self.triangles.push(Tri(triangle));
            }
        }
    }

    fn place(&mut self, mesh: &Mesh, index: u32) -> usize {
        let corners = &mut self.corners;
        let place = self.places[index as usize].get_or_insert_with(|| {
            corners.push(mesh.vertices[index as usize]);
            corners.len() as u32 - 1
        });
        *place as usize
    }
}

/// A corner of a surface and the light on it.
#[derive(Debug, Clone, Copy)]
struct Corner {
    position: Vec3,
    lit: Lit,
}

/// Draws figures: keeps what it needs from one to the next.
#[derive(Debug)]
pub struct Painter {
    tone: Tone,
    facing: Facing,
    corners: Vec<Corner>,
    context: Context,
}

impl Painter {
    /// A painter whose colours go through that curve.
    pub fn new(tone: Tone) -> Self {
        Self { tone, facing: Facing::default(), corners: Vec::new(), context: context() }
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
            self.facing.look(&part.mesh, part.material.two_sided, view.eye);
            self.corners.clear();
            self.corners.extend(self.facing.corners.iter().map(|corner| Corner {
                position: corner.position,
                lit: lit(view, &light, in_the_sun, &part.material, corner),
            }));
            self.draw_corners(target, view, part);
        }
    }

    /// Draws a surface that is seen from both sides and lit already.
    pub fn draw_lit(&mut self, target: &mut impl Target, view: &View, part: &Part, lit: &[Lit]) {
        let triangles = part.mesh.triangles.iter();
        self.facing.triangles.clear();
        self.facing.triangles.extend(triangles.map(|triangle| Tri(triangle.map(|index| index as usize))));
        let corners = part.mesh.vertices.iter().zip(lit);
        self.corners.clear();
        self.corners.extend(corners.map(|(corner, &lit)| Corner { position: corner.position, lit }));
        self.draw_corners(target, view, part);
    }

    fn draw_corners(&mut self, target: &mut impl Target, view: &View, part: &Part) {
        let Some(first) = self.corners.first() else { return };
        let texture = &part.material.texture;
        let distance = first.position.distance(view.eye).max(0.1);
        let texels_a_pixel = texels_a_metre(&part.mesh, texture) * distance / view.focal;
        let shader = Surface { view, level: level(texture, texels_a_pixel), tone: &self.tone };
        let (triangles, to_screen) = (&self.facing.triangles, to_screen(view));
        retrofire_core::render::render(triangles, &self.corners, &shader, (), to_screen, target, &self.context);
    }
}

/// The light on a corner of a surface. `in_the_sun` says how much of the sun gets to a point.
pub fn lit(view: &View, light: &Light, in_the_sun: &impl Fn(Vec3) -> f32, material: &Material, corner: &Vertex) -> Lit {
    let Material { gloss, glow, two_sided, .. } = *material;
    let way = view.eye - corner.position;
    let normal = if two_sided && corner.normal.dot(way) < 0.0 { -corner.normal } else { corner.normal };
    let sunlight = light.sunlight(normal);
    let sun = if gloss > 0.0 || sunlight != Vec3::ZERO { in_the_sun(corner.position) } else { 0.0 };
    let multiplied = light.without_sun(corner.position, normal) + sunlight * sun + Vec3::splat(glow * light.glow);
    let mut added = Vec3::ZERO;
    if gloss > 0.0 {
        added += light.highlight(normal, way.normalize_or_zero()) * gloss * (0.25 + 0.75 * sun);
    }
    let haze = light.hidden_by_haze(view.forward(corner.position));
    let multiplied = multiplied * (1.0 - haze) * light.exposure;
    let added = (added * (1.0 - haze) + light.haze * haze) * light.exposure;
    let Vec2 { x: u, y: v } = corner.uv;
    Shade([u, v, multiplied.x, multiplied.y, multiplied.z, added.x, added.y, added.z])
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
pub fn whole(value: f32) -> i32 {
    let towards_zero = value as i32;
    towards_zero.wrapping_sub(i32::from(value < towards_zero as f32))
}

struct Surface<'a> {
    view: &'a View,
    level: &'a Level,
    tone: &'a Tone,
}

impl VertexShader<Corner, ()> for Surface<'_> {
    type Output = CornerOf<ProjVec3, Lit>;

    #[inline]
    fn shade_vertex(&self, corner: Corner, (): ()) -> Self::Output {
        vertex(self.view.clip(corner.position).to_array().into(), corner.lit)
    }
}

impl FragmentShader<Lit, ()> for Surface<'_> {
    #[inline]
    fn shade_fragment(&self, at: Frag<Lit>, (): ()) -> Option<Color4> {
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
