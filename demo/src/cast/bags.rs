//! What people have on them beside clothes: bags, hats, scarves, and what they carry.

use std::sync::Arc;

use glam::{Affine3A, Quat, Vec3};
use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, covering};
use super::cloth;
use super::clothes::{Bag, Dye, Headwear};
use super::limbs::Limbs;
use super::person::Carried;
use super::skeleton::{Bone, Frames, Side};
use super::surface::{Ring, Surface};
use crate::mesh::{Material, Mesh, Part};
use crate::texture::Texture;

/// The shape of a filled bag around the origin, of a size.
fn sack(size: Vec3) -> Mesh {
    let half = size / 2.0;
    Mesh::grid(10, 4, |around, down| {
        let (angle, height) = (around * std::f32::consts::TAU, (down * std::f32::consts::PI).cos());
        let boxy = |value: f32| value.signum() * value.abs().powf(0.55);
        let wide = (1.0 - height.abs().powi(6)).max(0.0).sqrt();
        Vec3::new(half.x * boxy(angle.sin()) * wide, half.y * height, half.z * boxy(angle.cos()) * wide)
    })
}

/// A bag that is fixed to the body.
pub(super) fn worn(limbs: &Limbs, bag: Bag, dye: Dye, random: &mut ChaCha8Rng) -> Option<Surface> {
    let mut surface = Surface::of(Material::matt(cloth::stuff(dye, random)));
    let size = limbs.size();
    match bag {
        Bag::Backpack => {
            let [_, _, behind] = limbs.trunk_size(0.7);
            let at = Vec3::new(0.0, limbs.trunk_height(0.6), -behind - 0.075 * size);
            surface.rigid(
                limbs.skeleton,
                Bone::Chest,
                &sack(Vec3::new(0.3, 0.44, 0.17) * size),
                &Affine3A::from_translation(at),
            );
            let pocket = Affine3A::from_translation(at + Vec3::new(0.0, -0.09, -0.09) * size);
            surface.rigid(limbs.skeleton, Bone::Chest, &sack(Vec3::new(0.22, 0.2, 0.08) * size), &pocket);
        }
        Bag::ShoulderBag => {
            let [half_width, ..] = limbs.trunk_size(-0.02);
            let at = Vec3::new(half_width * 0.85, limbs.trunk_height(-0.08), -0.09 * size);
            let to = Affine3A::from_rotation_translation(Quat::from_rotation_y(1.9), at);
            surface.rigid(limbs.skeleton, Bone::Pelvis, &sack(Vec3::new(0.32, 0.24, 0.11) * size), &to);
        }
        Bag::Handbag => return None,
    }
    Some(surface)
}

/// A hat or a scarf. A hat is in the head's space, like the hair that it covers.
pub(super) fn headwear(limbs: &Limbs, headwear: Headwear, dye: Dye, random: &mut ChaCha8Rng) -> Surface {
    let mut surface = Surface::of(Material::matt(cloth::stuff(dye, random)).two_sided());
    let skeleton = limbs.skeleton;
    let scale = skeleton.head_scale;
    let head = skeleton.joint(Bone::Head);
    let over_hair = 1.08 * scale;
    // Up from the neck, sideways, forwards: a bit more than hair.
    let bowl = |rows: &[[f32; 3]], tilt: f32| -> Vec<Ring> {
        let ring = |&[up, wide, deep]: &[f32; 3]| {
            let centre = head + Vec3::new(0.0, up, -0.006 - tilt * (up - 0.16)) * scale;
            let ring = Ring::level(Bone::Head, centre, wide * over_hair, deep * over_hair, (0.26 - up) * 4.0);
            Ring { front: (Vec3::Z + Vec3::Y * tilt).normalize() * deep * over_hair, ..ring }
        };
        rows.iter().map(ring).collect()
    };
    match headwear {
        Headwear::Cap => {
            let rows = [
                [0.257, 0.004, 0.004],
                [0.25, 0.045, 0.055],
                [0.225, 0.08, 0.098],
                [0.19, 0.094, 0.115],
                [0.16, 0.096, 0.119],
            ];
            surface.tube(skeleton, &bowl(&rows, 0.12), 10);
            let visor = Mesh::ellipsoid(Vec3::new(0.078, 0.007, 0.075) * scale, 10, 4);
            let at = head + Vec3::new(0.0, 0.171, 0.125) * scale;
            surface.rigid(
                skeleton,
                Bone::Head,
                &visor,
                &Affine3A::from_rotation_translation(Quat::from_rotation_x(0.22), at),
            );
        }
        Headwear::Beanie => {
            let rows = [
                [0.272, 0.004, 0.004],
                [0.265, 0.045, 0.055],
                [0.235, 0.084, 0.1],
                [0.19, 0.097, 0.118],
                [0.17, 0.1, 0.121],
                [0.148, 0.099, 0.12],
            ];
            surface.tube(skeleton, &bowl(&rows, 0.18), 10);
        }
        Headwear::Scarf => {
            let neck = skeleton.joint(Bone::Neck);
            let ring = |up: f32, half: f32, v: f32| {
                let half = half * limbs.size() * (1.0 + 0.4 * (limbs.build.girth - 1.0));
                Ring::level(Bone::Neck, neck + Vec3::new(0.0, up, 0.012) * limbs.size(), half, half, v)
            };
            let rows = [
                ring(0.045, 0.062, 0.0),
                ring(0.05, 0.08, 0.3),
                ring(0.02, 0.097, 0.6),
                ring(-0.025, 0.1, 0.8),
                ring(-0.045, 0.075, 1.0),
            ];
            surface.tube(skeleton, &rows, 12);
            let [_, before, _] = limbs.trunk_size(0.8);
            let at = Vec3::new(0.045, limbs.trunk_height(0.76), before + 0.03);
            surface.rigid(
                skeleton,
                Bone::Chest,
                &sack(Vec3::new(0.1, 0.3, 0.035) * limbs.size()),
                &Affine3A::from_translation(at),
            );
        }
    }
    surface
}

/// Things in hands: they hang down or stand upright whatever the hand does.
#[derive(Debug, Clone)]
pub(super) struct Things {
    handbag: Option<Part>,
    shopping_bag: Part,
    parcel: Part,
    umbrella: Part,
    phone: Part,
}

impl Things {
    pub fn new(bag: Option<(Bag, Dye)>, umbrella: [u8; 3], random: &mut ChaCha8Rng) -> Self {
        let part = |mesh: Mesh, texture: Arc<Texture>| Part { mesh, material: Material::matt(texture).two_sided() };
        let handbag = bag.filter(|(bag, _)| *bag == Bag::Handbag).map(|(_, dye)| {
            let mut mesh = handles(0.14);
            mesh.add(&sack(Vec3::new(0.1, 0.22, 0.32)), &Affine3A::from_translation(Vec3::NEG_Y * 0.25));
            let mut handbag = part(mesh, cloth::stuff(dye, random));
            handbag.material.gloss = 0.15;
            handbag
        });
        let mut shopping = handles(0.16);
        shopping.add(&sack(Vec3::new(0.15, 0.36, 0.3)), &Affine3A::from_translation(Vec3::NEG_Y * 0.33));
        let mut phone = part(Mesh::cuboid(Vec3::new(0.07, 0.145, 0.009)), Texture::plain([18, 18, 22]));
        phone.material.gloss = 0.5;
        Self {
            handbag,
            shopping_bag: part(shopping, shopping_paper(random)),
            parcel: part(Mesh::cuboid(Vec3::new(0.38, 0.26, 0.28)), cardboard(random)),
            umbrella: part(canopy(), umbrella_cloth(umbrella)),
            phone,
        }
    }

    /// Adds what is in the hands to the parts of a figure. `upright` turns from the body's space into the world's.
    pub fn add(
        &self,
        parts: &mut Vec<Part>,
        frames: &Frames,
        upright: Quat,
        carried: Option<Carried>,
        telephones: bool,
    ) {
        let palm = |side: Side| frames[Bone::Hand(side).index()].transform_point3(Vec3::new(0.0, -0.085, 0.0));
        let mut place = |part: &Part, turn: Quat, at: Vec3| {
            let mut mesh = Mesh::default();
            mesh.add(&part.mesh, &Affine3A::from_rotation_translation(turn, at));
            parts.push(Part { mesh, material: part.material.clone() });
        };
        if let Some(handbag) = self.handbag.as_ref().filter(|_| carried != Some(Carried::Parcel)) {
            place(handbag, upright, palm(Side::Left));
        }
        if telephones {
            let at = palm(Side::Right) + upright * Vec3::new(0.0, 0.04, 0.02);
            place(&self.phone, upright * Quat::from_rotation_x(-0.6), at);
        }
        match carried {
            Some(Carried::ShoppingBag) => place(&self.shopping_bag, upright, palm(Side::Right)),
            Some(Carried::Parcel) => {
                let middle = palm(Side::Left).midpoint(palm(Side::Right));
                place(&self.parcel, upright, middle + upright * Vec3::new(0.0, 0.08, 0.03));
            }
            Some(Carried::Umbrella) => place(&self.umbrella, upright * Quat::from_rotation_x(-0.12), palm(Side::Right)),
            None => {}
        }
    }
}

/// Two straps from a hand down to a bag that begins `long` below it.
fn handles(long: f32) -> Mesh {
    let mut mesh = Mesh::default();
    for x in [-0.02, 0.02] {
        for z in [-0.07, 0.07] {
            let strap = [
                Vec3::new(x, 0.0, 0.012),
                Vec3::new(x, 0.0, -0.012),
                Vec3::new(x, -long, z - 0.01),
                Vec3::new(x, -long, z + 0.01),
            ];
            mesh.add(&Mesh::quad(strap), &Affine3A::IDENTITY);
        }
    }
    mesh
}

/// An umbrella held at the origin: the shaft and eight panels.
fn canopy() -> Mesh {
    let height = 0.72;
    let mut mesh = Mesh::grid(8, 4, |around, down| {
        let (angle, open) = (around * std::f32::consts::TAU, down * 1.15);
        let radius = 0.56 * open.sin() / 1.15_f32.sin();
        Vec3::new(
            radius * angle.sin(),
            height - 0.24 * (1.0 - open.cos()) / (1.0 - 1.15_f32.cos()),
            radius * angle.cos(),
        )
    })
    .with_uv(glam::Vec2::new(1.0, 0.9), glam::Vec2::ZERO);
    let shaft = Mesh::tube(&[[height + 0.06, 0.006, 0.006], [-0.1, 0.008, 0.008]], 5);
    mesh.add(&shaft.with_uv(glam::Vec2::new(1.0, 0.05), glam::Vec2::new(0.0, 0.94)), &Affine3A::IDENTITY);
    mesh
}

/// Eight panels with ribs; the lowest strip is the metal of the shaft.
fn umbrella_cloth(colour: [u8; 3]) -> Arc<Texture> {
    let mut canvas = Canvas::new([128, 64], [0.0, 0.0, 8.0, 1.0]);
    canvas.flood(colour);
    for rib in 0..=8_u8 {
        let x = f32::from(rib);
        canvas.line(&[[x, 0.0], [x, 0.92]], 0.08, covering([0, 0, 0], 0.35));
    }
    canvas.fade([0.0, 0.0], [8.0, 0.9], [covering([255, 255, 255], 0.1), covering([0, 0, 0], 0.2)]);
    canvas.block([0.0, 0.92], [8.0, 1.0], covering([90, 90, 95], 1.0));
    canvas.texture()
}

fn cardboard(random: &mut ChaCha8Rng) -> Arc<Texture> {
    let mut canvas = Canvas::new([64, 64], [0.0, 0.0, 1.0, 1.0]);
    canvas.flood([172, 132, 88]);
    canvas.block([0.0, 0.42], [1.0, 0.58], covering([205, 180, 140], 0.8));
    canvas.block([0.62, 0.66], [0.92, 0.88], covering([235, 235, 230], 1.0));
    canvas.outline(&[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]], 0.05, covering([80, 55, 30], 0.4));
    canvas.speckle(6.0, random);
    canvas.texture()
}

fn shopping_paper(random: &mut ChaCha8Rng) -> Arc<Texture> {
    let mut canvas = Canvas::new([64, 64], [0.0, 0.0, 1.0, 1.0]);
    canvas.flood([222, 214, 196]);
    canvas.block([0.0, 0.35], [1.0, 0.6], covering([52, 110, 80], 0.9));
    canvas.fade([0.0, 0.0], [1.0, 1.0], [covering([0, 0, 0], 0.0), covering([0, 0, 0], 0.2)]);
    canvas.speckle(6.0, random);
    canvas.texture()
}
