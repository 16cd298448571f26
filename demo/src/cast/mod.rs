//! Who there is: people, vehicles and animals, each with an appearance that it keeps for life.
//!
//! A member of the cast is numbers drawn from the seed ([`Person`], [`Vehicle`], [`Animal`]); a model ([`PersonModel`] and
//! its like) is the same as surfaces, made once; a pose says how it stands at a moment; a [`Figure`] is the model in that
//! pose, in the world, ready to be drawn.

mod animal;
mod bags;
mod beard;
mod bicycle;
mod body;
mod brush;
mod canvas;
mod cloth;
mod clothes;
mod complexion;
mod ears;
mod eyes;
mod face;
mod face_draw;
mod face_painter;
mod face_shape;
mod face_texture;
mod forms;
mod gait;
mod glasses;
mod hair;
mod head;
mod limbs;
mod person;
mod posture;
mod scalp;
mod skeleton;
mod surface;
pub mod traits;
mod trunk;
mod vehicle;
mod wardrobe;

use glam::Vec3;

use crate::mesh::Part;

pub use animal::{Animal, AnimalModel, AnimalPose, Species};
pub use bicycle::{Bicycle, BicycleModel, BicyclePose};
pub use body::PersonModel;
pub use clothes::{Bag, Bottom, BottomCut, Dye, Headwear, Outfit, Pattern, Top, TopCut};
pub use face::Face;
pub use head::{HeadModel, Landmarks};
pub use person::{Action, Build, Carried, Person, PersonPose};
pub use vehicle::{Paint, Vehicle, VehicleKind, VehicleModel, VehiclePose};

/// Something in a pose, in the world's space.
#[derive(Debug, Clone, Default)]
pub struct Figure {
    /// Its surfaces.
    pub parts: Vec<Part>,
    /// Where a person's face is.
    pub face: Option<FacePlace>,
}

/// Where a face is in the world.
#[derive(Debug, Clone, PartialEq)]
pub struct FacePlace {
    /// In the order of the face models, left and right as seen from in front: left eye, right eye, tip of the nose, left
    /// corner of the mouth, right corner. The left eye here is the person's right one.
    pub landmarks: [Vec3; 5],
    /// Points on the outline of the face, from the hair line to the chin and from cheek to cheek; a face's box is around
    /// them.
    pub outline: Vec<Vec3>,
    /// Where the face looks; of length 1.
    pub direction: Vec3,
}
