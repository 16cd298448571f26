//! Clothes: what is worn, in which colours and patterns.

use std::fmt::Write as _;

/// A colour of cloth or leather with its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dye {
    /// What people call it.
    pub name: &'static str,
    /// sRGB.
    pub colour: [u8; 3],
}

/// What covers the upper body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopCut {
    /// A T-shirt, with short or long sleeves.
    TShirt,
    /// A shirt with collar and buttons.
    Shirt,
    /// A sweatshirt with a hood hanging down the back and a pocket.
    Hoodie,
    /// A jacket with a zip, down to the hips.
    Jacket,
    /// A coat down to the knees.
    Coat,
    /// A dress down to the knees; what [`Bottom`] says is worn below it does not show but for the legs.
    Dress,
}

/// What covers the legs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BottomCut {
    /// Trousers with a crease.
    Trousers,
    /// Jeans with seams and pockets.
    Jeans,
    /// Shorts down to above the knees.
    Shorts,
    /// A skirt down to the knees.
    Skirt,
}

/// What is on the cloth of a top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// One colour.
    Plain,
    /// Horizontal stripes.
    Stripes,
    /// Vertical stripes.
    Pinstripes,
    /// Checks.
    Checks,
    /// Shoulders and chest in the second colour.
    TwoTone,
    /// A sign on the chest.
    Logo,
    /// A picture on the back.
    BackPrint,
}

/// A top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Top {
    /// Its cut.
    pub cut: TopCut,
    /// What is on its cloth.
    pub pattern: Pattern,
    /// Its colour.
    pub dye: Dye,
    /// The pattern's colour.
    pub second: Dye,
    /// How much of the arm the sleeves cover: 0.3 short, 1 down to the wrist.
    pub sleeve: f32,
    /// How often the pattern repeats, in metres; where a sign is, which of its forms it has.
    pub repeat: f32,
}

/// Trousers, a skirt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bottom {
    /// Its cut.
    pub cut: BottomCut,
    /// Its colour.
    pub dye: Dye,
    /// How wide the legs are: 0 slim, 1 wide.
    pub width: f32,
}

/// A bag that belongs to an outfit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bag {
    /// On the back, with two straps.
    Backpack,
    /// At the left hip, its strap across the chest.
    ShoulderBag,
    /// In the left hand.
    Handbag,
}

/// What is on the head or the neck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Headwear {
    /// A cap with a visor.
    Cap,
    /// A woollen hat.
    Beanie,
    /// A scarf around the neck.
    Scarf,
}

/// Everything a person wears on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Outfit {
    /// On the upper body.
    pub top: Top,
    /// On the legs.
    pub bottom: Bottom,
    /// The shoes' colour.
    pub shoes: Dye,
    /// White soles, as of sports shoes; otherwise dark ones.
    pub white_soles: bool,
    /// The bag, if any, and its colour.
    pub bag: Option<(Bag, Dye)>,
    /// A hat or scarf, if any, and its colour.
    pub headwear: Option<(Headwear, Dye)>,
}

impl Outfit {
    /// In words, from the top down: `red and white striped T-shirt, blue jeans, black shoes, grey backpack`.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut words = String::new();
        if let Some((headwear, dye)) = self.headwear {
            let noun = match headwear {
                Headwear::Cap => "cap",
                Headwear::Beanie => "woollen hat",
                Headwear::Scarf => "scarf",
            };
            let _ = write!(words, "{} {noun}, ", dye.name);
        }
        words += &self.top.describe();
        if self.top.cut != TopCut::Dress {
            let _ = write!(words, ", {} {}", self.bottom.dye.name, self.bottom.cut.noun());
        }
        let _ = write!(words, ", {} shoes", self.shoes.name);
        if let Some((bag, dye)) = self.bag {
            let noun = match bag {
                Bag::Backpack => "backpack",
                Bag::ShoulderBag => "shoulder bag",
                Bag::Handbag => "handbag",
            };
            let _ = write!(words, ", {} {noun}", dye.name);
        }
        words
    }
}

impl Top {
    fn describe(&self) -> String {
        let noun = match self.cut {
            TopCut::TShirt => "T-shirt",
            TopCut::Shirt => "shirt",
            TopCut::Hoodie => "hoodie",
            TopCut::Jacket => "jacket",
            TopCut::Coat => "coat",
            TopCut::Dress => "dress",
        };
        let (first, second) = (self.dye.name, self.second.name);
        match self.pattern {
            Pattern::Plain => format!("{first} {noun}"),
            Pattern::Stripes => format!("{first} and {second} striped {noun}"),
            Pattern::Pinstripes => format!("{first} {noun} with {second} pinstripes"),
            Pattern::Checks => format!("{first} and {second} checked {noun}"),
            Pattern::TwoTone => format!("{first} {noun} with {second} shoulders"),
            Pattern::Logo => format!("{first} {noun} with a {second} sign on the chest"),
            Pattern::BackPrint => format!("{first} {noun} with a {second} print on the back"),
        }
    }

    /// Whether it hangs down to the knees.
    pub(super) fn is_long(&self) -> bool {
        matches!(self.cut, TopCut::Coat | TopCut::Dress)
    }
}

impl BottomCut {
    fn noun(self) -> &'static str {
        match self {
            Self::Trousers => "trousers",
            Self::Jeans => "jeans",
            Self::Shorts => "shorts",
            Self::Skirt => "skirt",
        }
    }
}
