//! From a picture to the numbers a network takes: where the picture lies in the network's input ([`Placement`]),
//! what becomes of a byte ([`Recipe`]), and the work itself ([`Preprocessor`]).

mod cut;
mod placement;
mod preprocessor;
mod recipe;

pub(crate) use cut::Cutter;
pub(crate) use placement::{Fit, Placement, Size};
pub(crate) use preprocessor::{PixelBuffer, Preprocessor, as_rgb};
pub(crate) use recipe::{ChannelOrder, Normalisation, Recipe};
