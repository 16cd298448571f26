//! The cast as surfaces: each model is made when it is first seen and kept.

use std::collections::HashMap;

use crate::cast::{AnimalModel, BicycleModel, Figure, PersonModel, VehicleModel};
use crate::script::{Actor, Cast, Identity, Pose};

/// The models made so far.
#[derive(Debug, Default)]
pub struct Models {
    people: HashMap<(usize, usize), PersonModel>,
    vehicles: HashMap<usize, VehicleModel>,
    animals: HashMap<usize, AnimalModel>,
    bicycles: HashMap<usize, BicycleModel>,
}

impl Models {
    /// An actor as surfaces.
    ///
    /// # Panics
    /// When an actor has another's pose, or is not in the cast.
    pub fn figure(&mut self, cast: &Cast, actor: &Actor) -> Figure {
        match (actor.identity, &actor.pose) {
            (Identity::Person(index), Pose::Person { outfit, pose }) => {
                let made = || PersonModel::new(&cast.people[index], *outfit);
                self.people.entry((index, *outfit)).or_insert_with(made).pose(pose)
            }
            (Identity::Vehicle(index), Pose::Vehicle(pose)) => {
                let made = || VehicleModel::new(&cast.vehicles[index]);
                self.vehicles.entry(index).or_insert_with(made).pose(pose)
            }
            (Identity::Animal(index), Pose::Animal(pose)) => {
                let made = || AnimalModel::new(&cast.animals[index]);
                self.animals.entry(index).or_insert_with(made).pose(pose)
            }
            (Identity::Bicycle(index), Pose::Bicycle(pose)) => {
                let made = || BicycleModel::new(&cast.bicycles[index]);
                self.bicycles.entry(index).or_insert_with(made).pose(pose)
            }
            (identity, pose) => unreachable!("{identity:?} cannot stand like {pose:?}"),
        }
    }
}

/// How far from where it stands an actor may reach, in metres.
pub fn reach(actor: &Actor) -> f32 {
    match actor.identity {
        Identity::Person(_) => 2.4,
        Identity::Vehicle(_) => 4.5,
        Identity::Animal(_) | Identity::Bicycle(_) => 1.5,
    }
}
