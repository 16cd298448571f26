//! Pictures made for a test.

use iris_inference::{DetectRequest, PictureRef, PixelFormat};

/// RGB bytes with their size.
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub rgb: Vec<u8>,
}

impl Picture {
    /// A colour for each column and row.
    pub fn new(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 3]) -> Self {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Self { width, height, rgb: pixels.flat_map(|(x, y)| colour(x, y)).collect() }
    }

    /// One colour.
    pub fn plain(width: u32, height: u32, colour: [u8; 3]) -> Self {
        Self::new(width, height, |_, _| colour)
    }

    /// As a reader would have it that takes blue for red.
    pub fn with_red_and_blue_exchanged(mut self) -> Self {
        self.rgb.chunks_exact_mut(3).for_each(|pixel| pixel.swap(0, 2));
        self
    }

    /// Of every so many pixels each way the first.
    pub fn every(&self, step: u32) -> Self {
        Self::new(self.width / step, self.height / step, |x, y| {
            let at = ((y * step * self.width + x * step) * 3) as usize;
            [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
        })
    }

    /// All of it.
    pub fn whole(&self) -> PictureRef<'_> {
        PictureRef::new(self.width, self.height, PixelFormat::Rgb24, &self.rgb).unwrap()
    }

    /// A request for everything from 0.1 up.
    pub fn request(&self) -> DetectRequest<'_> {
        DetectRequest { picture: self.whole(), min_score: 0.1, iou: 0.45, input_size: None }
    }
}
