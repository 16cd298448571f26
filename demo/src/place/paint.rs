//! Painted surfaces of places.

pub mod canvas;
pub mod ground;
pub mod leaves;
mod letters;
pub mod openings;
pub mod signs;
pub mod walls;
