//! The demo world: a street, a hall and a yard with people, cars, animals and weather, seen by cameras, with the truth
//! beside every picture.
//!
//! Everything follows from a seed. What happens is a function of the time alone ([`script::World::at`] has no memory), so
//! that any number of processes render the same world from different cameras, from any moment on. From the seed to the
//! picture: [`cast`] says who there is and what they look like, [`place`] where things happen, [`script`] who does what
//! when, [`mesh`] and [`texture`] are what all of it is made of, [`picture`] draws it as a camera would see it, [`truth`]
//! writes down what there was to see, and [`film`] encodes it.
//!
//! Lengths are metres, times are seconds of the world's clock, angles are radians. Space is right-handed: x to the east,
//! y up, z to the south; a heading of 0 looks along +z and turns towards +x, so that its direction is `(sin h, 0, cos h)`.

pub mod cast;
pub mod film;
pub mod frames;
mod jpeg;
pub mod mesh;
pub mod picture;
pub mod place;
pub mod script;
pub mod seed;
pub mod stage;
pub mod studio;
pub mod texture;
pub mod truth;
