//! Fur: its colours, its pattern, and the texture painted with strokes of hair.

mod paint;

use std::sync::Arc;

use glam::Vec2;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::Species;
use crate::texture::Texture;

/// A rectangle of the fur's texture: upper left and lower right.
pub type Region = (Vec2, Vec2);

/// Across: round the belly, the right side, the back, the left side. Down: from the rump to the breast.
pub const TORSO: Region = (Vec2::ZERO, Vec2::new(1.0, 0.5));
/// The same, from the skull to the nose.
pub const HEAD: Region = (Vec2::new(0.0, 0.5), Vec2::new(0.5, 1.0));
/// Round a leg, from its top down to the paw.
pub const LEG: Region = (Vec2::new(0.5, 0.5), Vec2::new(0.75, 1.0));
/// Round the neck, from the breast to the head.
pub const NECK: Region = (Vec2::new(0.75, 0.5), Vec2::new(1.0, 0.75));
/// Round the tail, from the rump to the tip.
pub const TAIL: Region = (Vec2::new(0.75, 0.75), Vec2::new(0.875, 1.0));
/// Round an ear, from the head to the tip.
pub const EAR: Region = (Vec2::new(0.875, 0.75), Vec2::new(1.0, 1.0));

/// How the colours of a coat are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// One colour.
    Plain,
    /// Breast, belly, feet and muzzle in the second.
    TwoTone,
    /// Round spots of the second.
    Spotted,
    /// The back in the second.
    Saddle,
    /// Stripes of a darker first.
    Tabby,
    /// Blots of the second and black.
    Tortoise,
}

/// A colour of fur with its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FurColour {
    /// As people say it.
    pub name: &'static str,
    /// sRGB.
    pub rgb: [u8; 3],
}

/// The fur of an animal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coat {
    /// How the colours are laid out.
    pub pattern: Pattern,
    /// The first colour.
    pub main: FurColour,
    /// The second one; not to be seen on a plain coat.
    pub second: FurColour,
    /// Seed of the strokes, spots and blots.
    hairs: u64,
}

const BLACK: FurColour = FurColour { name: "black", rgb: [34, 31, 30] };
const WHITE: FurColour = FurColour { name: "white", rgb: [222, 216, 206] };
const BROWN: FurColour = FurColour { name: "brown", rgb: [98, 62, 38] };
const TAN: FurColour = FurColour { name: "tan", rgb: [170, 122, 74] };
const GOLDEN: FurColour = FurColour { name: "golden", rgb: [196, 156, 100] };
const GREY: FurColour = FurColour { name: "grey", rgb: [122, 120, 118] };
const GINGER: FurColour = FurColour { name: "ginger", rgb: [192, 112, 48] };

const DOG_COATS: [(Pattern, FurColour, FurColour); 12] = [
    (Pattern::Plain, BLACK, BLACK),
    (Pattern::Plain, GOLDEN, GOLDEN),
    (Pattern::Plain, BROWN, BROWN),
    (Pattern::Plain, WHITE, WHITE),
    (Pattern::Plain, GREY, GREY),
    (Pattern::TwoTone, BLACK, WHITE),
    (Pattern::TwoTone, BROWN, WHITE),
    (Pattern::TwoTone, BLACK, TAN),
    (Pattern::Spotted, WHITE, BLACK),
    (Pattern::Spotted, WHITE, BROWN),
    (Pattern::Saddle, TAN, BLACK),
    (Pattern::Saddle, WHITE, TAN),
];

const CAT_COATS: [(Pattern, FurColour, FurColour); 9] = [
    (Pattern::Plain, BLACK, BLACK),
    (Pattern::Plain, GREY, GREY),
    (Pattern::Plain, WHITE, WHITE),
    (Pattern::Tabby, GREY, WHITE),
    (Pattern::Tabby, GINGER, WHITE),
    (Pattern::Tabby, TAN, WHITE),
    (Pattern::TwoTone, BLACK, WHITE),
    (Pattern::TwoTone, GINGER, WHITE),
    (Pattern::Tortoise, BROWN, GINGER),
];

impl Coat {
    pub(super) fn draw(species: Species, random: &mut ChaCha8Rng) -> Self {
        let (pattern, main, second) = match species {
            Species::Dog => DOG_COATS[random.random_range(0..DOG_COATS.len())],
            Species::Cat => CAT_COATS[random.random_range(0..CAT_COATS.len())],
        };
        Self { pattern, main, second, hairs: random.random() }
    }

    /// Its colours and pattern in words: `black and white`, `grey tabby`.
    #[must_use]
    pub fn describe(&self) -> String {
        let (main, second) = (self.main.name, self.second.name);
        match self.pattern {
            Pattern::Plain => main.to_owned(),
            Pattern::TwoTone | Pattern::Saddle => format!("{main} and {second}"),
            Pattern::Spotted => format!("{main} and {second} spotted"),
            Pattern::Tabby => format!("{main} tabby"),
            Pattern::Tortoise => "tortoiseshell".to_owned(),
        }
    }

    /// The texture of all of an animal.
    #[must_use]
    pub fn texture(&self) -> Arc<Texture> {
        let mut random = crate::seed::stream(self.hairs, "fur", 0);
        paint::fur(self, &mut random).texture()
    }
}
