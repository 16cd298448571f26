//! The picture while it is drawn: colour, depth, and whose each pixel is.

use retrofire_core::math::Vary;
use retrofire_core::render::raster::Scanline;
use retrofire_core::render::{Context, Frag, FragmentShader, Target};

use super::PixelBox;

/// Owns what stands still.
pub const NOBODY: u16 = 0;

/// A picture while it is drawn.
#[derive(Debug, Clone)]
pub struct Canvas {
    /// Pixels in a row and rows.
    pub size: [usize; 2],
    /// Red, green, blue, row by row.
    pub rgb: Vec<u8>,
    /// One over how far forward what is drawn is; 0 where nothing is.
    pub nearness: Vec<f32>,
    /// Whose each pixel is.
    pub owner: Vec<u16>,
    touched: Vec<u16>,
    drawing: Touch,
}

/// What somebody would cover if nothing hid them.
#[derive(Debug, Clone, Copy)]
pub struct Touch {
    /// Who.
    pub owner: u16,
    /// How many pixels.
    pub pixels: u32,
    /// Around them; empty when there are none.
    pub around: PixelBox,
}

/// A box around nothing, which grows by what it takes in.
pub const EMPTY: PixelBox = PixelBox { left: u32::MAX, top: u32::MAX, right: 0, bottom: 0 };

impl Canvas {
    /// Black, with nothing on it.
    pub fn new(size: [usize; 2]) -> Self {
        let pixels = size[0] * size[1];
        Self {
            size,
            rgb: vec![0; pixels * 3],
            nearness: vec![0.0; pixels],
            owner: vec![NOBODY; pixels],
            touched: vec![NOBODY; pixels],
            drawing: Touch { owner: NOBODY, pixels: 0, around: EMPTY },
        }
    }

    /// Puts a part of a larger background on it, with nobody before it. `corner` is where the part begins.
    pub fn begin(&mut self, rgb: &[u8], nearness: &[f32], corner: [usize; 2], larger: usize) {
        let width = self.size[0];
        for row in 0..self.size[1] {
            let from = (row + corner[1]) * larger + corner[0];
            self.rgb[row * width * 3..][..width * 3].copy_from_slice(&rgb[from * 3..][..width * 3]);
            self.nearness[row * width..][..width].copy_from_slice(&nearness[from..][..width]);
        }
        self.owner.fill(NOBODY);
        self.touched.fill(NOBODY);
        self.belongs_to(NOBODY);
    }

    /// What is drawn from here on belongs to `owner`.
    pub fn belongs_to(&mut self, owner: u16) {
        self.drawing = Touch { owner, pixels: 0, around: EMPTY };
    }

    /// What has been drawn since [`Self::belongs_to`].
    pub fn touch(&self) -> Touch {
        self.drawing
    }
}

impl PixelBox {
    /// Takes in a stretch of a row.
    #[inline]
    pub(super) fn take_in(&mut self, row: usize, from: usize, to: usize) {
        self.left = self.left.min(from as u32);
        self.right = self.right.max(to as u32);
        self.top = self.top.min(row as u32);
        self.bottom = self.bottom.max(row as u32 + 1);
    }
}

impl Target for Canvas {
    #[inline]
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
        let pixels = row + from..row + to;
        let rgb = &mut self.rgb[pixels.start * 3..pixels.end * 3];
        let nearness = &mut self.nearness[pixels.clone()];
        let owner = &mut self.owner[pixels.clone()];
        let touched = &mut self.touched[pixels];
        let drawing = &mut self.drawing;
        drawing.around.take_in(line.y, from, to);
        let places = rgb.chunks_exact_mut(3).zip(nearness).zip(owner.iter_mut().zip(touched));
        for ((pos, var), ((rgb, nearness), (owner, touched))) in line.vs.zip(places) {
            let near = pos.z();
            if near <= *nearness {
                drawing.pixels += u32::from(*touched != drawing.owner);
                *touched = drawing.owner;
                continue;
            }
            let Some(colour) = shader.shade_fragment(Frag { pos, var: var.z_div(near) }, uniform) else { continue };
            drawing.pixels += u32::from(*touched != drawing.owner);
            *touched = drawing.owner;
            *owner = drawing.owner;
            *nearness = near;
            rgb.copy_from_slice(&colour.0[..3]);
        }
    }
}
