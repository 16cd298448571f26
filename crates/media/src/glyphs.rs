//! Text as pixels. Each character is rasterised once per size and kept; names repeat for hours.

use std::collections::HashMap;

use ab_glyph::{Font, FontRef, PxScale, ScaleFont};

/// Characters kept: all of Latin, Greek and Cyrillic in several sizes. When full everything is dropped, so that hostile names
/// cost time, not memory.
const KEPT_MAX: usize = 2_048;

/// One character's coverage, 0..=255, and where it sits beside the pen on the base line.
struct Glyph {
    left: i32,
    top: i32,
    width: usize,
    coverage: Vec<u8>,
}

/// A font with what was drawn so far.
pub(crate) struct Glyphs {
    font: FontRef<'static>,
    kept: HashMap<(char, u32), Option<Glyph>>,
}

impl Glyphs {
    pub(crate) fn new() -> Self {
        let font = FontRef::try_from_slice(epaint_default_fonts::HACK_REGULAR).expect("the bundled font is whole");
        Self { font, kept: HashMap::new() }
    }

    /// Width and height in pixels of a line of text `size` px high.
    pub(crate) fn measure(&self, text: &str, size: u32) -> (u32, u32) {
        let font = self.font.as_scaled(PxScale::from(size as f32));
        let width: f32 = text.chars().map(|c| font.h_advance(font.glyph_id(c))).sum();
        (width.ceil() as u32, font.height().ceil() as u32)
    }

    /// Calls `cover(x, y, coverage)` for the pixels of a line whose top left corner is the origin.
    pub(crate) fn draw(&mut self, text: &str, size: u32, mut cover: impl FnMut(i32, i32, u8)) {
        let font = self.font.as_scaled(PxScale::from(size as f32));
        let base = font.ascent().round() as i32;
        let mut pen = 0.0f32;
        if self.kept.len() > KEPT_MAX {
            self.kept.clear();
        }
        for c in text.chars() {
            let glyph = self.kept.entry((c, size)).or_insert_with(|| rasterise(&self.font, c, size));
            if let Some(glyph) = glyph {
                for (at, &coverage) in glyph.coverage.iter().enumerate().filter(|(_, coverage)| **coverage > 0) {
                    let (x, y) = ((at % glyph.width) as i32, (at / glyph.width) as i32);
                    cover(pen.round() as i32 + glyph.left + x, base + glyph.top + y, coverage);
                }
            }
            pen += font.h_advance(font.glyph_id(c));
        }
    }
}

fn rasterise(font: &FontRef<'static>, c: char, size: u32) -> Option<Glyph> {
    let outline = font.outline_glyph(font.glyph_id(c).with_scale(PxScale::from(size as f32)))?;
    let bounds = outline.px_bounds();
    let (width, height) = (bounds.width() as usize, bounds.height() as usize);
    let mut coverage = vec![0; width * height];
    outline.draw(|x, y, covered| {
        if let Some(pixel) = coverage.get_mut(y as usize * width + x as usize) {
            *pixel = (covered.clamp(0.0, 1.0) * 255.0) as u8;
        }
    });
    Some(Glyph { left: bounds.min.x as i32, top: bounds.min.y as i32, width, coverage })
}
