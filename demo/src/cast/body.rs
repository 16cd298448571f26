//! A person's body in its clothes, walking, standing, riding.

use glam::{Affine3A, Quat, Vec3};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::Figure;
use super::bags::{self, Things};
use super::cloth;
use super::clothes::{BottomCut, Outfit, Pattern, Top, TopCut};
use super::head::HeadModel;
use super::limbs::Limbs;
use super::person::{Action, Person, PersonPose};
use super::posture::posture;
use super::skeleton::{Bone, Frames, Side, Skeleton};
use super::surface::Surface;
use crate::mesh::Material;
use crate::seed;
use crate::texture::Texture;

/// A person in one outfit, ready to be posed.
#[derive(Debug, Clone)]
pub struct PersonModel {
    person: Person,
    skeleton: Skeleton,
    surfaces: Vec<Surface>,
    things: Things,
    head: HeadModel,
}

impl PersonModel {
    /// A person in the `outfit`th of their outfits.
    #[must_use]
    pub fn new(person: &Person, outfit: usize) -> Self {
        let worn = &person.outfits[outfit];
        let skeleton = Skeleton::new(&person.build);
        let limbs = Limbs { skeleton: &skeleton, build: &person.build };
        // A height is as good as an index to tell one person's folds from another's.
        let mut random = seed::stream(u64::from(person.build.height.to_bits()), "folds", outfit as u64);
        let mut surfaces = vec![skin(&limbs, person.face.skin, worn)];
        dress(&limbs, worn, &mut random, &mut surfaces);
        if let Some((bag, dye)) = worn.bag {
            surfaces.extend(bags::worn(&limbs, bag, dye, &mut random));
        }
        if let Some((headwear, dye)) = worn.headwear {
            surfaces.push(bags::headwear(&limbs, headwear, dye, &mut random));
        }
        let umbrella =
            [[28, 28, 32], [32, 44, 84], [140, 32, 40], [60, 96, 80], [196, 172, 120]][random.random_range(0..5)];
        let things = Things::new(worn.bag, umbrella, &mut random);
        Self { person: person.clone(), head: HeadModel::new(&person.face), skeleton, surfaces, things }
    }

    /// The person in a pose, in the world.
    #[must_use]
    pub fn pose(&self, pose: &PersonPose) -> Figure {
        let frames = self.frames(pose);
        let mut figure =
            Figure { parts: self.surfaces.iter().map(|surface| surface.posed(&frames)).collect(), face: None };
        let upright = Quat::from_rotation_y(pose.heading);
        self.things.add(&mut figure.parts, &frames, upright, pose.carried, pose.action == Action::Phone);
        let head = frames[Bone::Head.index()] * Affine3A::from_scale(Vec3::splat(self.skeleton.head_scale));
        figure.face = Some(self.head.pose(&head, &mut figure));
        figure
    }

    fn frames(&self, pose: &PersonPose) -> Frames {
        let to = Affine3A::from_rotation_translation(Quat::from_rotation_y(pose.heading), pose.position);
        self.skeleton.frames(&posture(&self.person, &self.skeleton, pose), &to)
    }
}

/// Hands, the neck, and what sleeves and hems leave bare.
fn skin(limbs: &Limbs, colour: [u8; 3], worn: &Outfit) -> Surface {
    let mut surface = Surface::of(Material::matt(Texture::plain(colour)).glossy(0.1));
    limbs.neck(&mut surface);
    for side in Side::BOTH {
        limbs.hand(&mut surface, side);
        if worn.top.sleeve < 0.9 {
            limbs.arm(&mut surface, side, [worn.top.sleeve - 0.08, 1.0], [0.0, 0.0]);
        }
        if let Some(from) = bare_from(worn) {
            limbs.leg(&mut surface, side, [from, 1.0], 0.0, 0.0);
        }
    }
    surface
}

/// From which share of the leg on it is bare.
fn bare_from(worn: &Outfit) -> Option<f32> {
    let skirt = worn.bottom.cut == BottomCut::Skirt || worn.top.cut == TopCut::Dress;
    match worn.bottom.cut {
        _ if skirt => Some(0.3),
        BottomCut::Shorts => Some(0.3),
        BottomCut::Trousers | BottomCut::Jeans | BottomCut::Skirt => None,
    }
}

/// Everything that is worn on the body but bags.
fn dress(limbs: &Limbs, worn: &Outfit, random: &mut ChaCha8Rng, surfaces: &mut Vec<Surface>) {
    let top = &worn.top;
    // How far cloth is from the skin, and how far down the top reaches, as a share of the trunk.
    let (loose, hem) = match top.cut {
        TopCut::TShirt => (0.012, -0.03),
        TopCut::Shirt => (0.012, 0.0),
        TopCut::Hoodie => (0.022, -0.03),
        TopCut::Jacket => (0.026, -0.08),
        TopCut::Coat => (0.026, -0.02),
        TopCut::Dress => (0.009, 0.08),
    };
    let mut trunk = Surface::of(Material::matt(cloth::trunk(worn, random)));
    limbs.top(&mut trunk, hem, loose);
    limbs.collar(&mut trunk, top.cut);
    let mut sleeves = Surface::of(Material::matt(cloth::sleeve(top, random)));
    for side in Side::BOTH {
        let cuff = if top.sleeve > 0.9 { loose * 0.6 } else { loose };
        limbs.arm(&mut sleeves, side, [-0.062, top.sleeve * 0.99], [loose * 0.8, cuff]);
    }
    surfaces.extend([trunk, sleeves]);
    let knee = limbs.skeleton.joint(Bone::Knee(Side::Left)).y;
    if top.is_long() {
        let mut hanging = Surface::of(Material::matt(cloth::hanging(top, random)).two_sided());
        let (hem, flare) = if top.cut == TopCut::Coat { (knee - 0.02, 0.03) } else { (knee + 0.03, 0.07) };
        limbs.hanging(&mut hanging, 0.1, hem, [loose * 1.5, flare], 0.0);
        surfaces.push(hanging);
    }
    if top.cut != TopCut::Dress {
        bottom(limbs, worn, random, surfaces);
    }
    let mut shoes =
        Surface::of(Material::matt(cloth::shoe(worn, random)).glossy(if worn.white_soles { 0.0 } else { 0.2 }));
    for side in Side::BOTH {
        limbs.shoe(&mut shoes, side);
    }
    surfaces.push(shoes);
}

/// Trousers or a skirt.
fn bottom(limbs: &Limbs, worn: &Outfit, random: &mut ChaCha8Rng, surfaces: &mut Vec<Surface>) {
    let bottom = &worn.bottom;
    // A coat hides the hips.
    if worn.top.cut != TopCut::Coat {
        let mut hips = Surface::of(Material::matt(cloth::hips(bottom, random)));
        limbs.hips(&mut hips, 0.006);
        surfaces.push(hips);
    }
    let to = match bottom.cut {
        BottomCut::Trousers | BottomCut::Jeans => 1.03,
        BottomCut::Shorts => 0.42,
        BottomCut::Skirt => {
            let cloth = Top { pattern: Pattern::Plain, dye: bottom.dye, cut: TopCut::Dress, ..worn.top };
            let mut skirt = Surface::of(Material::matt(cloth::hanging(&cloth, random)).two_sided());
            let knee = limbs.skeleton.joint(Bone::Knee(Side::Left)).y;
            limbs.hanging(&mut skirt, 0.15, knee + 0.05, [0.009, 0.02 + 0.06 * bottom.width], 0.0);
            surfaces.push(skirt);
            return;
        }
    };
    let mut legs = Surface::of(Material::matt(cloth::leg(bottom, random)));
    for side in Side::BOTH {
        limbs.leg(&mut legs, side, [-0.03, to], 0.007 + 0.012 * bottom.width, 0.05 + 0.025 * bottom.width);
    }
    surfaces.push(legs);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places of both soles' lowest points, of the heel, the ball and the tip, in a pose.
    fn soles(model: &PersonModel, pose: &PersonPose) -> [[Vec3; 3]; 2] {
        let (skeleton, frames) = (&model.skeleton, model.frames(pose));
        Side::BOTH.map(|side| {
            let at =
                |bone: Bone, forward: f32, up: f32| frames[bone.index()].transform_point3(Vec3::new(0.0, up, forward));
            let tip = skeleton.tip - skeleton.ball;
            [
                at(Bone::Foot(side), -skeleton.heel, -skeleton.ankle),
                at(Bone::Foot(side), skeleton.ball, -skeleton.ankle),
                at(Bone::Toes(side), tip, -skeleton.joint(Bone::Toes(side)).y),
            ]
        })
    }

    fn walking(speed: f32) -> PersonPose {
        let position = Vec3::ZERO;
        let action = Action::Walk;
        PersonPose { position, heading: 0.0, speed, phase: 0.0, action, head_yaw: 0.0, head_pitch: 0.0, carried: None }
    }

    #[test]
    fn feet_stay_on_the_ground_and_do_not_slide() {
        for index in 0..12 {
            let person = Person::draw(5, index);
            let model = PersonModel::new(&person, 0);
            for speed in [0.4, 0.9, 1.4, 2.0, 2.8, 4.0] {
                let cadence = person.cadence(speed);
                let at = |phase: f32| {
                    let position = Vec3::Z * (phase / cadence * speed);
                    soles(&model, &PersonPose { phase, position, ..walking(speed) })
                };
                for step in 0..100_u8 {
                    let phase = f32::from(step) / 100.0;
                    let (now, next) = (at(phase), at(phase + 0.001));
                    let lowest = now.as_flattened().iter().map(|point| point.y).fold(f32::INFINITY, f32::min);
                    assert!(lowest > -0.02, "person {index} at {speed} m/s, phase {phase}: {lowest} under the ground");
                    assert!(
                        speed > 2.5 || lowest < 0.03,
                        "person {index} at {speed} m/s, phase {phase}: floats at {lowest}"
                    );
                    // The lowest point of the foot that bears weight: in walking the lower of the two.
                    let foot = usize::from((phase - 0.3).abs() > 0.25);
                    let (point, later) =
                        now[foot].iter().zip(&next[foot]).min_by(|a, b| a.0.y.total_cmp(&b.0.y)).unwrap();
                    let slid = (*later - *point).with_y(0.0).length() * cadence / 0.001;
                    let bears = speed < 2.5 && (0.07..0.5).contains(&((phase + 0.5 * foot as f32) % 1.0));
                    assert!(
                        !bears || slid < 0.12 * speed,
                        "person {index} at {speed} m/s, phase {phase}: slides at {slid} m/s"
                    );
                }
            }
        }
    }

    #[test]
    fn a_person_is_as_tall_as_they_are() {
        for index in 0..12 {
            let person = Person::draw(6, index);
            let model = PersonModel::new(&person, 0);
            let crown = Vec3::Y * 0.235 * model.skeleton.head_scale;
            let standing = PersonPose { action: Action::Stand, ..walking(0.0) };
            let top = model.frames(&standing)[Bone::Head.index()].transform_point3(crown).y;
            assert!((top - person.build.height).abs() < 0.03, "{top} instead of {}", person.build.height);
        }
    }

    #[test]
    fn a_person_is_not_too_many_triangles() {
        for index in 0..24 {
            let person = Person::draw(7, index);
            for outfit in 0..person.outfits.len() {
                let model = PersonModel::new(&person, outfit);
                let frames = model.frames(&walking(1.0));
                let triangles: usize =
                    model.surfaces.iter().map(|surface| surface.posed(&frames).mesh.triangles.len()).sum();
                assert!(triangles < 1900, "person {index}: {triangles} in {}", person.outfits[outfit].describe());
            }
        }
    }

    #[test]
    fn every_pose_is_finite_and_its_surfaces_look_outwards() {
        let person = Person::draw(8, 3);
        let model = PersonModel::new(&person, 0);
        for action in [Action::Walk, Action::Stand, Action::Talk, Action::Phone, Action::Ride] {
            let figure = model.pose(&PersonPose { action, phase: 1.3, speed: 1.2, ..walking(1.2) });
            let vertices = || figure.parts.iter().flat_map(|part| &part.mesh.vertices);
            assert!(
                vertices().all(|vertex| vertex.position.is_finite() && (vertex.normal.length() - 1.0).abs() < 1e-2)
            );
            assert!(vertices().all(|vertex| vertex.position.length() < 2.5), "{action:?} is torn apart");
        }
    }
}
