//! The shapes of the trunk and of what hangs from it: shirts, trousers' upper part, skirts and coats, collars and hoods.

use glam::{Affine3A, Quat, Vec2, Vec3};

use super::clothes::TopCut;
use super::limbs::Limbs;
use super::skeleton::{Bone, HANGING};
use super::surface::{Ring, Surface};
use crate::mesh::Mesh;

/// Half the width and half the depth of a trunk in metres at shares of the way from the hip joints to the neck, of a man
/// of 1.75 m, and how far its back is from its middle against its front.
const TRUNK: [[f32; 4]; 12] = [
    [-0.19, 0.02, 0.02, 1.0],
    [-0.16, 0.1, 0.075, 1.1],
    [-0.08, 0.155, 0.1, 1.15],
    [0.0, 0.172, 0.104, 1.2],
    [0.15, 0.162, 0.103, 1.08],
    [0.3, 0.148, 0.1, 0.95],
    [0.45, 0.153, 0.106, 0.95],
    [0.62, 0.167, 0.115, 0.95],
    [0.8, 0.172, 0.106, 1.0],
    [0.91, 0.155, 0.082, 1.0],
    [0.96, 0.112, 0.068, 1.0],
    [1.0, 0.07, 0.058, 1.0],
];

/// Points around the trunk.
const SECTORS: u32 = 12;

impl Limbs<'_> {
    /// How womanly the build is, 0..=1: hips against shoulders.
    pub fn womanly(&self) -> f32 {
        ((self.build.hips / self.build.shoulders - 1.02) / 0.14).clamp(0.0, 1.0)
    }

    /// Height above the ground of a share of the way from the hip joints to the neck.
    pub fn trunk_height(&self, share: f32) -> f32 {
        let (hip, neck) = (self.skeleton.joint(Bone::Pelvis).y, self.skeleton.joint(Bone::Neck).y);
        hip + (neck - hip) * share
    }

    /// Half the width, half the depth before and behind the middle.
    pub fn trunk_size(&self, share: f32) -> [f32; 3] {
        let below = TRUNK.iter().position(|row| row[0] >= share).unwrap_or(TRUNK.len() - 1).max(1);
        let (upper, lower) = (TRUNK[below - 1], TRUNK[below]);
        let part = ((share - upper[0]) / (lower[0] - upper[0])).clamp(0.0, 1.0);
        let [_, width, depth, back]: [f32; 4] =
            std::array::from_fn(|index| upper[index] + (lower[index] - upper[index]) * part);
        let near = |middle: f32, reach: f32| (1.0 - ((share - middle) / reach).powi(2)).max(0.0);
        let (build, womanly, size) = (self.build, self.womanly(), self.size());
        let breadth = build.hips + (build.shoulders - build.hips) * ((share - 0.1) / 0.6).clamp(0.0, 1.0);
        let fat = build.girth - 1.0;
        let wide =
            width * breadth * (1.0 + fat * (0.6 + 0.35 * near(0.3, 0.5))) * (1.0 - 0.1 * womanly * near(0.35, 0.25));
        let belly = 1.0 + fat * (0.7 + 0.9 * near(0.28, 0.4));
        let bust = 0.03 * womanly * near(0.66, 0.17);
        let behind = depth * back * (1.0 + 0.6 * fat + 0.1 * womanly * near(0.0, 0.2));
        [wide * size, (depth * belly + bust) * size, behind * size]
    }

    /// A ring of the trunk, wider than the flesh by `loose`.
    fn trunk_ring(&self, share: f32, loose: f32, v: f32) -> Ring {
        let [width, before, behind] = self.trunk_size(share);
        let bone = match share {
            _ if share < 0.2 => Bone::Pelvis,
            _ if share < 0.4 => Bone::Waist,
            _ => Bone::Chest,
        };
        // The back is hollow at the waist and round below the neck.
        let lean = 0.012 * self.size() * ((share - 0.3) * 5.0).cos();
        let centre = Vec3::new(0.0, self.trunk_height(share), lean - 0.006);
        Ring::level(bone, centre, width + loose, before + loose, v)
            .back((behind + loose) / (before + loose))
            .round(0.86)
    }

    /// A top from the neck down to `hem`, a share of the trunk below 0.
    pub fn top(&self, surface: &mut Surface, hem: f32, loose: f32) {
        let shares = [1.03, 0.98, 0.91, 0.8, 0.62, 0.45, 0.3, 0.15, 0.04, hem];
        let v = |share: f32| ((1.03 - share) / (1.03 - hem)).clamp(0.0, 1.0);
        let mut rings: Vec<Ring> = shares
            .iter()
            .map(|&share| {
                // Cloth hangs down from the chest and the shoulder blades, and is not as loose on the shoulders.
                let hanging = if share < 0.1 {
                    loose * 1.6 + 0.012
                } else if share < 0.5 {
                    loose * 1.6
                } else if share > 0.9 {
                    loose * 0.7
                } else {
                    loose
                };
                self.trunk_ring(share, hanging, v(share))
            })
            .collect();
        let last = rings[rings.len() - 1];
        rings.push(Ring { side: last.side * 0.85, front: last.front * 0.85, ..last });
        surface.tube(self.skeleton, &rings, SECTORS);
    }

    /// What trousers and skirts have around the hips.
    pub fn hips(&self, surface: &mut Surface, loose: f32) {
        let shares = [0.2, 0.1, 0.0, -0.08, -0.16, -0.19];
        let rings = shares.map(|share| {
            let ring = self.trunk_ring(share, if share < -0.1 { 0.0 } else { loose }, (0.2 - share) / 0.39);
            Ring { bone: Bone::Pelvis, ..ring }
        });
        surface.tube(self.skeleton, &rings, SECTORS);
    }

    /// What hangs around both legs: from a share of the trunk down to a height above the ground, wider by `flare` there.
    /// Its texture begins at `v`.
    pub fn hanging(&self, surface: &mut Surface, from: f32, hem: f32, [loose, flare]: [f32; 2], v: f32) {
        let top = self.trunk_height(from);
        let hips = self.trunk_ring(0.0, loose, 0.0);
        let rows = 5_u8;
        let ring = |row: u8| {
            let share = f32::from(row) / f32::from(rows);
            let height = top + (hem - top) * share;
            let at = self.trunk_ring(from.min(0.15), loose, 0.0);
            let (wide, deep) = (at.side.x.max(hips.side.x * share.min(0.4) / 0.4), at.front.z.max(hips.front.z));
            let wider = flare * share;
            let bone = if row < 2 { Bone::Pelvis } else { Bone::Hanging(0) };
            Ring::level(
                bone,
                Vec3::new(0.0, height, hips.centre.z),
                wide + wider * 0.7,
                deep + wider,
                v + (1.0 - v) * share,
            )
            .back((deep * 1.12 + wider) / (deep + wider))
        };
        let rings: Vec<Ring> = (0..=rows).map(ring).collect();
        surface.bound_tube(self.skeleton, &rings, SECTORS, |ring, point| match ring.bone {
            Bone::Hanging(_) => {
                let share = 0.5 - 0.5 * (point.x / ring.side.x * 1.25).clamp(-1.0, 1.0);
                Bone::Hanging((share * (HANGING - 1) as f32).round() as usize)
            }
            bone => bone,
        });
    }

    /// What is around the neck: a hood that hangs down the back, or a standing collar.
    pub fn collar(&self, surface: &mut Surface, cut: TopCut) {
        let neck = self.skeleton.joint(Bone::Neck);
        let size = self.size();
        match cut {
            TopCut::Hoodie => {
                // All of the hood has the colour of the shoulders.
                let hood = Mesh::ellipsoid(Vec3::new(0.105, 0.075, 0.055) * size, 10, 6);
                let hood = hood.with_uv(Vec2::new(0.2, 0.06), Vec2::new(0.1, 0.01));
                let at = neck + Vec3::new(0.0, -0.03, -0.075) * size;
                surface.rigid(
                    self.skeleton,
                    Bone::Chest,
                    &hood,
                    &Affine3A::from_rotation_translation(Quat::from_rotation_x(0.35), at),
                );
            }
            TopCut::Shirt | TopCut::Jacket | TopCut::Coat => {
                let high = if cut == TopCut::Shirt { 0.02 } else { 0.04 };
                let ring = |up: f32, wide: f32, v: f32| {
                    let half = 0.068 * size * (1.0 + 0.4 * (self.build.girth - 1.0)) + wide;
                    let centre = neck + Vec3::new(0.0, up * size, 0.004 - up * 0.2);
                    Ring::level(Bone::Chest, centre, half, half * 0.98, v)
                };
                let rings = [
                    ring(high * 0.9, -0.008, 0.03),
                    ring(high, 0.0, 0.02),
                    ring(-0.005, 0.012, 0.04),
                    ring(-0.04, 0.028, 0.06),
                ];
                surface.tube(self.skeleton, &rings, 10);
            }
            TopCut::TShirt | TopCut::Dress => {}
        }
    }
}
