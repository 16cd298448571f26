//! Shadows of figures on the ground: the figure laid flat along the light, drawn into a mask.

use std::ops::Range;

use glam::Vec3;
use retrofire_core::geom::{Vertex as CornerOf, vertex};
use retrofire_core::math::{ProjVec3, Vary};
use retrofire_core::render::raster::Scanline;
use retrofire_core::render::{Context, FragmentShader, Target, VertexShader};

use super::PixelBox;
use super::background::Background;
use super::light::{Light, brightness, lamplight};
use super::surface::{Facing, context, to_screen};
use super::target::{Canvas, EMPTY};
use super::view::View;
use crate::cast::Figure;
use crate::mesh::Vertex;

/// A shadow further away than this from what is seen at a pixel falls on something else, as a share of the distance.
const TOLERANCE: f32 = 0.02;
/// What a lamp's shadow leaves of the light, of 256 parts: other lamps and walls give the rest.
const LAMP_LEAVES: u32 = 165;
/// What is left right under a figure, where the sky does not get to, of 256 parts.
const UNDERNEATH_LEAVES: u32 = 180;
/// Light lower than this is taken to be this high, so that shadows end.
const LOWEST: f32 = 0.12;

/// Which pixels lie in shadow.
#[derive(Debug)]
pub struct Mask {
    size: [usize; 2],
    /// 255 in the shadow, row by row.
    pub dark: Vec<u8>,
    around: PixelBox,
    facing: Facing,
    context: Context,
    /// Of three rows, for [`Self::soften`].
    sums: Vec<u16>,
    shares: Vec<u16>,
}

/// Where a shadow comes from.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// From far away, in that direction.
    Sun(Vec3),
    /// From a point.
    Lamp(Vec3),
}

impl Mask {
    /// No shadow.
    pub fn new(size: [usize; 2]) -> Self {
        let dark = vec![0; size[0] * size[1]];
        let (sums, shares) = (Vec::new(), Vec::new());
        Self { size, dark, around: EMPTY, facing: Facing::default(), context: context(), sums, shares }
    }

    /// Adds the shadow of a figure on the ground and says where it may lie. `nearness` is that of what is seen.
    pub fn add(&mut self, view: &View, source: Source, figure: &Figure, nearness: &[f32]) -> PixelBox {
        self.around = EMPTY;
        let shader = Flat { view, source };
        let from = match source {
            Source::Sun(towards) => towards * 1e4,
            Source::Lamp(at) => at,
        };
        let (mut facing, context) = (std::mem::take(&mut self.facing), self.context.clone());
        for part in &figure.parts {
            facing.look(&part.mesh, part.material.two_sided, from);
            let mut target = Stencil { mask: self, nearness };
            let (triangles, corners) = (&facing.triangles, &facing.corners);
            retrofire_core::render::render(triangles, corners, &shader, (), to_screen(view), &mut target, &context);
        }
        self.facing = facing;
        self.around
    }

    /// How dark it is with softened edges, 0..=255, in `columns` of a row.
    pub fn soften(&mut self, y: usize, columns: Range<usize>) -> &[u16] {
        let [width, height] = self.size;
        let rows = [y.saturating_sub(1), y, (y + 1).min(height - 1)];
        let wider = columns.start.saturating_sub(1)..(columns.end + 1).min(width);
        let [above, here, below] = rows.map(|row| &self.dark[row * width..][wider.clone()]);
        // One column more on each side, at the edges of the picture the same once more.
        self.sums.clear();
        self.sums.push(0);
        let rows = above.iter().zip(here).zip(below);
        self.sums.extend(rows.map(|((a, b), c)| u16::from(*a) + u16::from(*b) + u16::from(*c)));
        let from = usize::from(columns.start > 0);
        if columns.start == 0 {
            self.sums[0] = self.sums[1];
        }
        if columns.end == width {
            self.sums.push(self.sums[self.sums.len() - 1]);
        }
        let sums = &self.sums[from..][..columns.len() + 2];
        self.shares.clear();
        let three = sums.iter().zip(&sums[1..]).zip(&sums[2..]);
        self.shares.extend(three.map(|((left, here), right)| (left + 2 * here + right) / 12));
        &self.shares
    }

    /// Shows a background as it is where the sun does not get to.
    fn hide_the_sun(&mut self, canvas: &mut Canvas, background: &Background, corner: [usize; 2], around: PixelBox) {
        let (around, larger) = (around.grown(1, canvas.size), background.view().size[0]);
        let (left, width) = (around.left as usize, canvas.size[0]);
        for y in around.top as usize..around.bottom as usize {
            let behind = ((y + corner[1]) * larger + left + corner[0]) * 3;
            let shaded = background.shaded[behind..].chunks_exact(3);
            let pixels = canvas.rgb[(y * width + left) * 3..].chunks_exact_mut(3);
            let shares = self.soften(y, left..around.right as usize);
            for (&share, (pixel, shaded)) in shares.iter().zip(pixels.zip(shaded)).filter(|(share, _)| **share > 0) {
                for (byte, shaded) in pixel.iter_mut().zip(shaded) {
                    let share = u32::from(share);
                    let mixed = (u32::from(*byte) * (255 - share) + u32::from(*shaded) * share) / 255;
                    *byte = (*byte).min(mixed as u8);
                }
            }
        }
    }

    /// Leaves `leaves` of 256 parts of what is in the mask.
    fn darken(&mut self, canvas: &mut Canvas, around: PixelBox, leaves: u32) {
        let around = around.grown(1, canvas.size);
        let (left, width) = (around.left as usize, canvas.size[0]);
        for y in around.top as usize..around.bottom as usize {
            let pixels = canvas.rgb[(y * width + left) * 3..].chunks_exact_mut(3);
            let shares = self.soften(y, left..around.right as usize);
            for (&share, pixel) in shares.iter().zip(pixels).filter(|(share, _)| **share > 0) {
                let parts = 256 - u32::from(share) * (256 - leaves) / 255;
                for byte in pixel {
                    *byte = ((u32::from(*byte) * parts) >> 8) as u8;
                }
            }
        }
    }

    /// Takes the shadow away from a box.
    pub fn clear(&mut self, around: PixelBox) {
        for row in around.top..around.bottom {
            let start = row as usize * self.size[0];
            self.dark[start + around.left as usize..start + around.right as usize].fill(0);
        }
    }
}

/// Casts figures' shadows on a picture of a background.
#[derive(Debug)]
pub struct Shadows {
    mask: Mask,
}

impl Shadows {
    /// For pictures of that size.
    pub fn new(size: [usize; 2]) -> Self {
        Self { mask: Mask::new(size) }
    }

    /// Darkens the ground around a figure. Nothing but the background has been drawn; `corner` is where in it the picture
    /// begins.
    pub fn cast(
        &mut self,
        canvas: &mut Canvas,
        view: &View,
        light: &Light,
        background: &Background,
        corner: [usize; 2],
        figure: &Figure,
    ) {
        let underneath = self.mask.add(view, Source::Sun(Vec3::Y), figure, &canvas.nearness);
        self.mask.darken(canvas, underneath, UNDERNEATH_LEAVES);
        self.mask.clear(underneath);
        let Some(source) = source(light, figure) else { return };
        let around = self.mask.add(view, source, figure, &canvas.nearness);
        match source {
            Source::Sun(_) => self.mask.hide_the_sun(canvas, background, corner, around),
            Source::Lamp(_) => self.mask.darken(canvas, around, LAMP_LEAVES),
        }
        self.mask.clear(around);
    }
}

/// Where the shadow of a figure comes from: the sun, or the lamp that gives it most light.
fn source(light: &Light, figure: &Figure) -> Option<Source> {
    let at = figure.parts.first()?.mesh.vertices.first()?.position;
    let lamps = light.lamps.iter().map(|lamp| (brightness(lamplight(lamp, at, Vec3::Y)), lamp.position));
    let (lamp, position) = lamps.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or_default();
    let sun = brightness(light.sunlight(Vec3::Y));
    if sun >= lamp { (sun > 0.0).then_some(Source::Sun(light.sun_direction)) } else { Some(Source::Lamp(position)) }
}

impl PixelBox {
    /// One pixel more on each side, as far as there is picture.
    pub(super) fn grown(self, by: u32, [width, height]: [usize; 2]) -> Self {
        Self {
            left: self.left.saturating_sub(by),
            top: self.top.saturating_sub(by),
            right: self.right.saturating_add(by).min(width as u32),
            bottom: self.bottom.saturating_add(by).min(height as u32),
        }
    }
}

struct Flat<'a> {
    view: &'a View,
    source: Source,
}

impl Source {
    /// Where on the ground the shadow of a point falls.
    pub fn shadow_of(self, point: Vec3) -> Vec3 {
        let height = point.y.max(0.0);
        let way = match self {
            Self::Sun(towards) => -towards / towards.y.max(LOWEST),
            Self::Lamp(at) => (point - at) / (at.y - point.y).max(0.5),
        };
        Vec3::new(point.x + way.x * height, 0.0, point.z + way.z * height)
    }
}

impl VertexShader<Vertex, ()> for Flat<'_> {
    type Output = CornerOf<ProjVec3, ()>;

    fn shade_vertex(&self, corner: Vertex, (): ()) -> Self::Output {
        vertex(self.view.clip(self.source.shadow_of(corner.position)).to_array().into(), ())
    }
}

impl FragmentShader<(), ()> for Flat<'_> {
    fn shade_fragment(&self, _: retrofire_core::render::Frag<()>, (): ()) -> Option<retrofire_core::math::Color4> {
        None
    }
}

struct Stencil<'a> {
    mask: &'a mut Mask,
    nearness: &'a [f32],
}

impl Target for Stencil<'_> {
    #[inline]
    fn rasterize<V: Vary, U: Copy, S: FragmentShader<V, U>>(&mut self, line: Scanline<V>, _: &S, _: U, _: &Context) {
        let [width, height] = self.mask.size;
        let (from, to) = (line.xs.start, line.xs.end.min(width));
        if line.y >= height || from >= to {
            return;
        }
        let row = line.y * width;
        self.mask.around.take_in(line.y, from, to);
        let dark = &mut self.mask.dark[row + from..row + to];
        for ((pos, _), (dark, near)) in line.vs.zip(dark.iter_mut().zip(&self.nearness[row + from..row + to])) {
            if (pos.z() - near).abs() < near * TOLERANCE {
                *dark = 255;
            }
        }
    }
}
