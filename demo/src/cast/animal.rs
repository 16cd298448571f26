//! Dogs and cats: which build and coat, and how they stand, walk, trot and sit.

mod build;
mod coat;
mod gait;
mod limb;
mod surface;

use glam::{Affine3A, Quat, Vec3};

use super::Figure;
use crate::mesh::{Mesh, Part};
use crate::seed;

use build::AnimalBuild;
use coat::Coat;
use limb::Legs;
use surface::Surfaces;

/// What kind of animal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Species {
    /// A dog.
    Dog,
    /// A cat.
    Cat,
}

/// An animal, for life.
#[derive(Debug, Clone, PartialEq)]
pub struct Animal {
    /// What kind.
    pub species: Species,
    /// Its measures.
    pub build: AnimalBuild,
    /// Its fur.
    pub coat: Coat,
}

/// How an animal stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnimalPose {
    /// On the ground below its middle.
    pub position: Vec3,
    /// Where it looks.
    pub heading: f32,
    /// Metres a second; 0 stands or, a cat, sits.
    pub speed: f32,
    /// Pairs of steps taken; when standing, seconds.
    pub phase: f32,
}

impl Animal {
    /// The `index`th animal of the world of `seed`: two dogs, one cat, and so on.
    #[must_use]
    pub fn draw(seed: u64, index: usize) -> Self {
        let species = if index % 3 == 2 { Species::Cat } else { Species::Dog };
        let stream = |what| seed::stream(seed, what, index as u64);
        Self {
            species,
            build: AnimalBuild::draw(species, &mut stream("animal build")),
            coat: Coat::draw(species, &mut stream("animal coat")),
        }
    }

    /// What it is, for the truth: `black and white dog`.
    #[must_use]
    pub fn describe(&self) -> String {
        let species = match self.species {
            Species::Dog => "dog",
            Species::Cat => "cat",
        };
        format!("{} {species}", self.coat.describe())
    }

    /// Pairs of steps a second at a speed in metres a second; a pose's phase grows by it, or its feet slide.
    #[must_use]
    pub fn cadence(&self, speed: f32) -> f32 {
        gait::cadence(self.build.leg, speed)
    }
}

/// An animal ready to be posed.
#[derive(Debug, Clone)]
pub struct AnimalModel {
    species: Species,
    build: AnimalBuild,
    surfaces: Surfaces,
}

impl AnimalModel {
    /// The surfaces of an animal.
    #[must_use]
    pub fn new(animal: &Animal) -> Self {
        let surfaces = Surfaces::new(animal);
        Self { species: animal.species, build: animal.build, surfaces }
    }

    /// The animal in a pose, in the world.
    #[must_use]
    pub fn pose(&self, pose: &AnimalPose) -> Figure {
        let place = Affine3A::from_rotation_translation(Quat::from_rotation_y(pose.heading), pose.position);
        let sits = self.species == Species::Cat && pose.speed == 0.0;
        let body = if sits { self.sitting() } else { self.standing(pose) };
        let mut mesh = Mesh::default();
        mesh.add(&self.surfaces.torso, &(place * body));
        self.add_head(pose, &(place * body), &place, sits, &mut mesh);
        self.add_tail(pose, &body, &place, sits, &mut mesh);
        let legs = Legs { build: &self.build, surfaces: &self.surfaces };
        let feet = if sits { legs.sitting_feet(&body) } else { legs.feet(pose) };
        legs.add(&body, feet, &place, &mut mesh);
        Figure { parts: vec![Part { mesh, material: self.surfaces.material.clone() }], face: None }
    }

    /// Where the torso is when standing or going: it bobs a little.
    fn standing(&self, pose: &AnimalPose) -> Affine3A {
        let bob = gait::bob(self.build.leg, pose.speed, pose.phase);
        Affine3A::from_translation(Vec3::new(0.0, bob, 0.0))
    }

    /// A cat's torso on its haunches, the shoulders up.
    fn sitting(&self) -> Affine3A {
        let hips = self.build.hip_joint();
        let low = Vec3::new(0.0, self.build.leg * 0.42, hips.z * 0.7);
        let up = Quat::from_rotation_x(-0.85);
        Affine3A::from_rotation_translation(up, low) * Affine3A::from_translation(-hips)
    }

    /// Neck and head. The head keeps level; it nods with the steps and looks around when at rest.
    fn add_head(&self, pose: &AnimalPose, body: &Affine3A, place: &Affine3A, sits: bool, mesh: &mut Mesh) {
        let build = &self.build;
        let (nod, look) = if pose.speed > 0.0 {
            (0.06 * (pose.phase * 2.0 * std::f32::consts::TAU).sin(), 0.0)
        } else {
            (0.03 * (pose.phase * 0.9).sin(), 0.5 * (pose.phase * 0.37).sin())
        };
        let neck_base = body.transform_point3(build.neck_joint());
        let pitch = if sits { 1.1 } else { build.neck_pitch + nod };
        let heading = Quat::from_mat3a(&place.matrix3);
        let along_neck = heading * Quat::from_rotation_x(-pitch);
        mesh.add(&self.surfaces.neck, &Affine3A::from_rotation_translation(along_neck, neck_base));
        let head_base = neck_base + along_neck * Vec3::new(0.0, 0.0, build.neck);
        let facing = heading * Quat::from_rotation_y(look) * Quat::from_rotation_x(0.18 - nod);
        mesh.add(&self.surfaces.head, &Affine3A::from_rotation_translation(facing, head_base));
    }

    /// The tail: a dog's wags, a cat's sways.
    fn add_tail(&self, pose: &AnimalPose, body: &Affine3A, place: &Affine3A, sits: bool, mesh: &mut Mesh) {
        let build = &self.build;
        let moving = pose.speed > 0.0;
        let wag = match (self.species, moving) {
            (Species::Dog, true) => 0.25 * (pose.phase * std::f32::consts::TAU).sin(),
            (Species::Dog, false) => 0.5 * (pose.phase * 9.0).sin(),
            (Species::Cat, _) => 0.2 * (pose.phase * 1.7).sin(),
        };
        let raised = if sits { -0.05 } else { build.tail_pitch };
        let turned = Quat::from_rotation_y(wag) * Quat::from_rotation_x(raised);
        let base = body.transform_point3(build.tail_joint());
        let base = if sits { Vec3::new(base.x, base.y.max(0.03), base.z) } else { base };
        mesh.add(&self.surfaces.tail, &(*place * Affine3A::from_rotation_translation(turned, base)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lowest(figure: &Figure) -> f32 {
        let vertices = figure.parts.iter().flat_map(|part| &part.mesh.vertices);
        vertices.map(|vertex| vertex.position.y).fold(f32::MAX, f32::min)
    }

    #[test]
    fn some_foot_is_always_on_the_ground_and_none_below_it() {
        for index in 0..12 {
            let model = AnimalModel::new(&Animal::draw(3, index));
            for step in 0..24 {
                let speed = [0.0, 0.8, 1.4][step % 3];
                let phase = step as f32 / 17.0;
                let low = lowest(&model.pose(&AnimalPose { position: Vec3::ZERO, heading: 0.3, speed, phase }));
                assert!((-0.02..0.02).contains(&low), "animal {index} at {speed} m/s, phase {phase}: {low}");
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_animal_and_others_differ() {
        assert_eq!(Animal::draw(1, 4), Animal::draw(1, 4));
        assert_ne!(Animal::draw(1, 4), Animal::draw(2, 4));
        assert_ne!(Animal::draw(1, 4), Animal::draw(1, 3));
    }

    #[test]
    fn animals_keep_to_their_triangles() {
        let model = AnimalModel::new(&Animal::draw(1, 0));
        let figure = model.pose(&AnimalPose { position: Vec3::ZERO, heading: 0.0, speed: 1.0, phase: 0.0 });
        let triangles: usize = figure.parts.iter().map(|part| part.mesh.triangles.len()).sum();
        assert!((400..=900).contains(&triangles), "{triangles}");
    }
}
