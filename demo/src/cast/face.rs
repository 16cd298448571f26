//! Faces: what makes one unlike another.

/// A face, with skin, hair, beard and glasses: persistent for life. Lengths are metres, and numbers without a unit are
/// factors around 1 or shares from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// A man's rather than a woman's: who has a beard, and which measures are likely.
    pub man: bool,
    /// Years.
    pub age: f32,
    /// The colour of the skin, sRGB; the body's hands and arms have it too.
    pub skin: [u8; 3],
    /// How red cheeks and nose are.
    pub blush: f32,
    /// How dense freckles are; 0 for most.
    pub freckles: f32,
    /// Where moles are: to the figure's left of the middle and above the origin of the head.
    pub moles: Vec<[f32; 2]>,
    /// Seeds everything too small to have a field: single hairs, the grain of the skin.
    pub grain: u64,
    /// The bones.
    pub skull: Skull,
    /// The eyes.
    pub eyes: Eyes,
    /// The eyebrows.
    pub brows: Brows,
    /// The nose.
    pub nose: Nose,
    /// The mouth.
    pub mouth: Mouth,
    /// The ears: size and how far they stand off.
    pub ears: [f32; 2],
    /// The hair on the head.
    pub hair: Hair,
    /// The beard.
    pub beard: Beard,
    /// The glasses, if any: they are worn every day.
    pub glasses: Option<Glasses>,
}

/// Proportions of a head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Skull {
    /// Width of the whole head.
    pub width: f32,
    /// From the forehead to the back.
    pub depth: f32,
    /// Height of the chin's lower edge above the head's origin.
    pub chin: f32,
    /// Width at the corners of the jaw.
    pub jaw: f32,
    /// How low those corners are: 0 a pointed face, 1 a square one.
    pub square: f32,
    /// Width of the chin.
    pub chin_width: f32,
    /// How far the chin stands out.
    pub chin_out: f32,
    /// Width of the cheekbones.
    pub cheekbones: f32,
    /// How far the forehead leans back.
    pub forehead: f32,
    /// How strong the ridge above the eyes is.
    pub ridge: f32,
    /// Flesh on cheeks and below the chin: 0 hollow, 1 round.
    pub flesh: f32,
}

/// Eyes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Eyes {
    /// From the middle of the face to the middle of an eye.
    pub aside: f32,
    /// Height above the middle between chin and crown.
    pub up: f32,
    /// Width of an eye.
    pub width: f32,
    /// Height of the open eye.
    pub open: f32,
    /// How much higher the outer corner is than the inner one.
    pub slant: f32,
    /// How deep they lie.
    pub depth: f32,
    /// How much of the upper lid shows: 0 a fold over the lid, 1 a wide lid.
    pub lid: f32,
    /// How dark it is below the eyes.
    pub bags: f32,
    /// How dark lashes and lid edge are.
    pub lashes: f32,
    /// sRGB.
    pub iris: [u8; 3],
}

/// Eyebrows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brows {
    /// Height above the eye.
    pub up: f32,
    /// Length.
    pub length: f32,
    /// Height of the brow itself.
    pub thickness: f32,
    /// How much its highest point is above its ends.
    pub arch: f32,
    /// How much higher the outer end is than the inner one.
    pub slant: f32,
    /// From the middle of the face to the inner end.
    pub apart: f32,
    /// How dense.
    pub density: f32,
    /// sRGB.
    pub colour: [u8; 3],
}

/// A nose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nose {
    /// From between the eyes to its base.
    pub length: f32,
    /// Half its width at the wings.
    pub wings: f32,
    /// Width of its back.
    pub bridge: f32,
    /// How far it stands out.
    pub out: f32,
    /// A hump on its back, or a hollow below 0.
    pub hump: f32,
    /// Width of its tip.
    pub tip: f32,
    /// How much the tip points up.
    pub tilt: f32,
}

/// A mouth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mouth {
    /// How far it is on the way from the nose to the chin.
    pub down: f32,
    /// Half its width.
    pub half_width: f32,
    /// Height of the upper lip.
    pub upper: f32,
    /// Height of the lower lip.
    pub lower: f32,
    /// How much higher the corners are than the middle.
    pub corners: f32,
    /// How deep the notch of the upper lip is.
    pub bow: f32,
    /// sRGB.
    pub colour: [u8; 3],
}

/// How hair is worn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HairStyle {
    /// None, or a thin wreath.
    Bald,
    /// A few millimetres.
    Buzz,
    /// A few centimetres, to the front or up.
    Short,
    /// Combed to one side.
    Parted,
    /// A mass of curls.
    Curly,
    /// To the chin.
    Bob,
    /// Over the shoulders.
    Long,
    /// In a knot behind the crown.
    Bun,
    /// Tied together at the back.
    PonyTail,
}

/// Hair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hair {
    /// How it is worn.
    pub style: HairStyle,
    /// sRGB.
    pub colour: [u8; 3],
    /// Height of the hair line above the brows.
    pub line: f32,
    /// How far the hair line has gone back at the temples.
    pub receding: f32,
    /// How thick it lies, in metres.
    pub volume: f32,
    /// How far it falls over the forehead.
    pub fringe: f32,
    /// Where the parting is: below 0 on the figure's right.
    pub parting: f32,
}

/// What grows on cheeks, lip and chin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeardStyle {
    /// Nothing.
    Shaved,
    /// Some days' growth.
    Stubble,
    /// On the upper lip only.
    Moustache,
    /// Around the mouth.
    Goatee,
    /// Everywhere.
    Full,
}

/// A beard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beard {
    /// Where it grows.
    pub style: BeardStyle,
    /// How dense.
    pub density: f32,
    /// How long, in metres.
    pub length: f32,
    /// sRGB.
    pub colour: [u8; 3],
}

/// The form of the lenses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lenses {
    /// Circles.
    Round,
    /// Rounded rectangles.
    Square,
    /// Wide at the top.
    Pilot,
}

/// Glasses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glasses {
    /// Their form.
    pub lenses: Lenses,
    /// Half the width of a lens.
    pub half_width: f32,
    /// Half its height.
    pub half_height: f32,
    /// Of the frame.
    pub thickness: f32,
    /// Of the frame, sRGB.
    pub colour: [u8; 3],
    /// Dark lenses.
    pub dark: bool,
}
