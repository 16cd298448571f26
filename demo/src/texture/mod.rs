//! Pictures on surfaces: painted once with tiny-skia, then sampled while drawing.

use std::sync::Arc;

use tiny_skia::Pixmap;

/// One size of a texture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// Pixels in a row; a power of two.
    pub width: u32,
    /// Rows; a power of two.
    pub height: u32,
    /// Row by row from the top, red, green, blue, alpha, sRGB, not premultiplied. Below an alpha of 128 nothing is drawn.
    pub pixels: Vec<[u8; 4]>,
}

/// A picture in all its sizes: the first as painted, each further one half of the one before, down to one pixel. A
/// surface far away is drawn from a small one, so that fine patterns do not flicker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texture {
    /// From the largest to a single pixel; never empty.
    pub levels: Vec<Level>,
}

impl Texture {
    /// A texture of what was painted. Both sides of `painted` must be powers of two.
    ///
    /// # Panics
    /// When they are not: sizes are written in the code that paints.
    #[must_use]
    pub fn new(painted: &Pixmap) -> Arc<Self> {
        let (width, height) = (painted.width(), painted.height());
        assert!(width.is_power_of_two() && height.is_power_of_two(), "a texture of {width}x{height}");
        let pixels = painted.pixels().iter().map(|pixel| pixel.demultiply());
        let pixels = pixels.map(|pixel| [pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()]).collect();
        let mut levels = vec![Level { width, height, pixels }];
        while let Some(smaller) = levels.last().and_then(halved) {
            levels.push(smaller);
        }
        Arc::new(Self { levels })
    }

    /// A texture of one colour, sRGB.
    #[must_use]
    pub fn plain([red, green, blue]: [u8; 3]) -> Arc<Self> {
        Arc::new(Self { levels: vec![Level { width: 1, height: 1, pixels: vec![[red, green, blue, 255]] }] })
    }
}

/// The next smaller size: each pixel the mean of four, weighted by how opaque they are; `None` of a single pixel.
fn halved(level: &Level) -> Option<Level> {
    if level.width == 1 && level.height == 1 {
        return None;
    }
    let (width, height) = ((level.width / 2).max(1), (level.height / 2).max(1));
    let at = |x: u32, y: u32| level.pixels[(y.min(level.height - 1) * level.width + x.min(level.width - 1)) as usize];
    let mean = |x: u32, y: u32| {
        let four = [at(2 * x, 2 * y), at(2 * x + 1, 2 * y), at(2 * x, 2 * y + 1), at(2 * x + 1, 2 * y + 1)];
        let alpha: u32 = four.iter().map(|pixel| u32::from(pixel[3])).sum();
        let channel = |index: usize| {
            let sum: u32 = four.iter().map(|pixel| u32::from(pixel[index]) * u32::from(pixel[3])).sum();
            (sum / alpha.max(1)) as u8
        };
        [channel(0), channel(1), channel(2), (alpha / 4) as u8]
    };
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| mean(x, y)).collect();
    Some(Level { width, height, pixels })
}
