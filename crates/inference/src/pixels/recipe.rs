//! What a family's training did to its pictures, and so what we must do to ours.

use super::Fit;

/// The order of the three planes of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChannelOrder {
    Rgb,
    /// What OpenCV reads, and so what networks trained through it want.
    Bgr,
}

impl ChannelOrder {
    /// For each plane of the input, the byte of an RGB pixel that goes there.
    pub(crate) fn source_bytes(self) -> [usize; 3] {
        match self {
            Self::Rgb => [0, 1, 2],
            Self::Bgr => [2, 1, 0],
        }
    }
}

/// The number for a byte `b` of plane `p` is `(b - mean[p]) / deviation[p]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Normalisation {
    pub(crate) mean: [f32; 3],
    pub(crate) deviation: [f32; 3],
}

impl Normalisation {
    /// 0..255 as it is.
    pub(crate) const NONE: Self = Self { mean: [0.0; 3], deviation: [1.0; 3] };
    /// 0..1.
    pub(crate) const UNIT: Self = Self { mean: [0.0; 3], deviation: [255.0; 3] };
    /// -1..1.
    pub(crate) const SYMMETRIC: Self = Self { mean: [127.5; 3], deviation: [127.5; 3] };
    /// 0..1 of red, green and blue, by the mean and deviation of ImageNet's pictures.
    pub(crate) const IMAGENET: Self = Self { mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375] };

    /// The number for a byte.
    pub(crate) fn apply(&self, plane: usize, byte: u8) -> f32 {
        (f32::from(byte) - self.mean[plane]) / self.deviation[plane]
    }
}

/// All of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Recipe {
    pub(crate) fit: Fit,
    pub(crate) order: ChannelOrder,
    pub(crate) normalisation: Normalisation,
    /// The byte of the margins, in all three channels, before normalisation.
    pub(crate) padding: u8,
}
