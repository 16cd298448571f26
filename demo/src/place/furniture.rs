//! What stands about: benches, lamps, bins, signs, shelters, desks. Each thing looks along +z of the space it is put in.

use glam::{Affine3A, Vec2, Vec3};
use rand::{Rng, RngExt as _};

use super::Lamp;
use super::assembly::{Area, Assembly, Face, bar};
use super::paint::canvas::{Rgb, pick, shade, vary};
use super::paint::ground::{self, GROUND};
use super::paint::{leaves, signs, walls};
use crate::mesh::{Material, Mesh};
use crate::texture::Texture;

/// What the furniture of a place is made of: one town buys its lamps and benches from one maker.
pub struct Furniture {
    /// Lamp posts, legs, frames.
    pub iron: Material,
    /// Seats, desks, crates.
    pub wood: Material,
    /// White or grey things without a colour of their own.
    pub pale: Material,
    /// Kerbs, pots, plinths.
    pub stone: Material,
    glass: Material,
    bars: Material,
    shining: Material,
    iron_colour: Rgb,
}

impl Furniture {
    /// Any maker's.
    pub fn any(random: &mut impl Rng) -> Self {
        let iron_colour =
            vary(pick(&[[52, 56, 58], [44, 62, 54], [110, 112, 112], [70, 58, 50], [50, 60, 82]], random), 0.1, random);
        let wood = pick(&[[142, 104, 66], [110, 76, 50], [168, 140, 104], [128, 116, 100]], random);
        let stone = pick(&[[150, 148, 142], [170, 164, 152], [128, 128, 130]], random);
        Self {
            iron: Material::matt(walls::smooth(iron_colour, random)).glossy(0.3),
            wood: Material::matt(ground::boards(wood, GROUND, random)),
            pale: Material::matt(walls::smooth(vary([206, 204, 198], 0.05, random), random)),
            stone: Material::matt(ground::concrete(stone, random)),
            glass: Material::matt(leaves::clear_pane(shade(iron_colour, 0.9))).two_sided(),
            bars: Material::matt(leaves::bars(iron_colour)).two_sided(),
            shining: Material::matt(Texture::plain([255, 244, 222])).glowing(1.0),
            iron_colour,
        }
    }

    /// A bench with a back, 1.7 m long.
    pub fn bench(&self, assembly: &mut Assembly, to: &Affine3A) {
        for slat in 0..4 {
            let z = -0.2 + slat as f32 * 0.125;
            assembly.boxed(to, Vec3::new(0.0, 0.45, z), Vec3::new(1.7, 0.035, 0.1), &self.wood);
        }
        for slat in 0..3 {
            let y = 0.58 + slat as f32 * 0.13;
            assembly.boxed(to, Vec3::new(0.0, y, -0.27 - slat as f32 * 0.02), Vec3::new(1.7, 0.1, 0.03), &self.wood);
        }
        for x in [-0.7, 0.7] {
            assembly.boxed(to, Vec3::new(x, 0.215, 0.15), Vec3::new(0.06, 0.43, 0.06), &self.iron);
            assembly.boxed(to, Vec3::new(x, 0.44, -0.25), Vec3::new(0.06, 0.88, 0.05), &self.iron);
            assembly.boxed(to, Vec3::new(x, 0.63, -0.02), Vec3::new(0.06, 0.04, 0.46), &self.iron);
        }
        assembly.block(to, Vec2::new(0.0, -0.03), Vec2::new(0.9, 0.3));
    }

    /// A street lamp that reaches `arm` metres forwards over the road.
    pub fn street_lamp(&self, assembly: &mut Assembly, to: &Affine3A, height: f32, arm: f32) {
        let top = Vec3::new(0.0, height, 0.0);
        let head = Vec3::new(0.0, height + 0.25, arm);
        assembly.add(&bar(top, Vec3::ZERO, [0.05, 0.08], 10), to, &self.iron);
        assembly.add(&bar(Vec3::Y * 0.9, Vec3::ZERO, [0.1, 0.12], 10), to, &self.iron);
        assembly.add(&bar(head, top, [0.035, 0.05], 8), to, &self.iron);
        assembly.boxed(to, head, Vec3::new(0.26, 0.1, 0.62), &self.iron);
        assembly.boxed(to, head - Vec3::Y * 0.06, Vec3::new(0.2, 0.05, 0.5), &self.shining);
        let position = to.transform_point3(head - Vec3::Y * 0.3);
        assembly.lamps.push(Lamp { position, light: Vec3::new(11.0, 8.6, 5.6), reach: 17.0 });
        assembly.block(to, Vec2::ZERO, Vec2::splat(0.14));
    }

    /// A lamp on a wall, over a door.
    pub fn wall_lamp(&self, assembly: &mut Assembly, to: &Affine3A, light: Vec3, reach: f32) {
        assembly.boxed(to, Vec3::new(0.0, 0.0, 0.08), Vec3::new(0.3, 0.2, 0.14), &self.iron);
        assembly.boxed(to, Vec3::new(0.0, -0.08, 0.1), Vec3::new(0.26, 0.1, 0.14), &self.shining);
        let position = to.transform_point3(Vec3::new(0.0, -0.15, 0.5));
        assembly.lamps.push(Lamp { position, light, reach });
    }

    /// A shining panel under a ceiling, seen from below.
    pub fn ceiling_lamp(&self, assembly: &mut Assembly, to: &Affine3A, light: Vec3, reach: f32) {
        assembly.boxed(to, Vec3::Y * -0.04, Vec3::new(1.24, 0.07, 0.64), &self.pale);
        assembly.boxed(to, Vec3::Y * -0.07, Vec3::new(1.14, 0.04, 0.54), &self.shining);
        assembly.lamps.push(Lamp { position: to.transform_point3(Vec3::Y * -0.2), light, reach });
    }

    /// A litter bin on a post.
    pub fn litter_bin(&self, assembly: &mut Assembly, random: &mut impl Rng, to: &Affine3A) {
        let colour = pick(&[self.iron_colour, [196, 96, 40], [70, 100, 66], [120, 122, 124]], random);
        let tin = Material::matt(walls::smooth(colour, random)).glossy(0.2);
        let rings = [[0.95, 0.2, 0.2], [0.93, 0.23, 0.23], [0.88, 0.21, 0.21], [0.2, 0.18, 0.18], [0.05, 0.17, 0.17]];
        assembly.add(&Mesh::tube(&rings, 12), to, &tin);
        let inside = Material::matt(Texture::plain([24, 22, 22]));
        let lid = Mesh::ellipsoid(Vec3::new(0.2, 0.02, 0.2), 12, 3);
        assembly.add(&lid, &(*to * Affine3A::from_translation(Vec3::Y * 0.93)), &inside);
        assembly.boxed(to, Vec3::new(0.0, 0.6, 0.205), Vec3::new(0.2, 0.24, 0.02), &self.pale);
        assembly.block(to, Vec2::ZERO, Vec2::splat(0.25));
    }

    /// A bin with a lid and wheels.
    pub fn wheelie_bin(&self, assembly: &mut Assembly, random: &mut impl Rng, to: &Affine3A, size: Vec3) {
        let colour = pick(&[[58, 62, 64], [44, 84, 56], [44, 70, 120], [150, 128, 40], [96, 66, 48]], random);
        let plastic = Material::matt(walls::smooth(vary(colour, 0.1, random), random)).glossy(0.15);
        let lid = Material::matt(walls::smooth(shade(colour, pick(&[0.8, 1.2, 1.5], random)), random)).glossy(0.15);
        assembly.boxed(
            to,
            Vec3::new(0.0, size.y * 0.5 + 0.06, 0.0),
            Vec3::new(size.x * 0.9, size.y * 0.9, size.z * 0.88),
            &plastic,
        );
        assembly.boxed(to, Vec3::new(0.0, size.y * 0.9, 0.01), Vec3::new(size.x * 0.97, 0.09, size.z * 0.96), &plastic);
        assembly.boxed(to, Vec3::new(0.0, size.y * 0.98, 0.02), Vec3::new(size.x, 0.06, size.z), &lid);
        assembly.boxed(
            to,
            Vec3::new(0.0, size.y * 0.55, size.z * 0.45),
            Vec3::new(size.x * 0.4, 0.16, 0.02),
            &self.pale,
        );
        let rubber = Material::matt(Texture::plain([30, 30, 30]));
        for x in [-0.4, 0.4] {
            let wheel = Vec3::new(x * size.x, 0.1, -size.z * 0.42);
            assembly.boxed(to, wheel, Vec3::new(0.05, 0.2, 0.2), &rubber);
        }
        assembly.block(to, Vec2::ZERO, Vec2::new(size.x, size.z) / 2.0);
    }

    /// A post that keeps cars off the pavement.
    pub fn bollard(&self, assembly: &mut Assembly, to: &Affine3A) {
        let rings = [[0.92, 0.0, 0.0], [0.9, 0.05, 0.05], [0.84, 0.06, 0.06], [0.82, 0.045, 0.045], [0.0, 0.06, 0.06]];
        assembly.add(&Mesh::tube(&rings, 10), to, &self.iron);
        let band = [[0.76, 0.05, 0.05], [0.66, 0.052, 0.052]];
        let white = Material::matt(Texture::plain([222, 220, 214]));
        assembly.add(&Mesh::tube(&band.map(|[y, x, z]| [y, x * 1.08, z * 1.08]), 10), to, &white);
        assembly.block(to, Vec2::ZERO, Vec2::splat(0.1));
    }

    /// A post with a square plate, `side` wide.
    pub fn sign(&self, assembly: &mut Assembly, to: &Affine3A, plate: &Material, side: f32, height: f32) {
        assembly.add(&bar(Vec3::Y * height, Vec3::ZERO, [0.03, 0.03], 8), to, &self.iron);
        let middle = Vec3::new(0.0, height - side / 2.0, 0.035);
        let face = Face::upright(middle - Vec3::new(side / 2.0, side / 2.0, 0.0), Vec3::X, side, side);
        assembly.add(&face.picture(Area::new(0.0, 0.0, side, side), -0.015), to, plate);
        assembly.boxed(to, middle, Vec3::new(side, side, 0.01), &self.pale);
        assembly.block(to, Vec2::ZERO, Vec2::splat(0.07));
    }

    /// A bus shelter 3.4 m long, open in front, with a bench and a poster.
    pub fn shelter(&self, assembly: &mut Assembly, random: &mut impl Rng, to: &Affine3A) {
        for x in [-1.65, 0.0, 1.65] {
            assembly.boxed(to, Vec3::new(x, 1.2, -0.6), Vec3::new(0.08, 2.4, 0.08), &self.iron);
        }
        assembly.boxed(to, Vec3::new(0.0, 2.45, 0.0), Vec3::new(3.6, 0.1, 1.6), &self.iron);
        for x in [-1.6, 0.05] {
            let pane = Face::upright(Vec3::new(x, 0.25, -0.6), Vec3::X, 1.55, 2.0);
            assembly.add(&pane.picture(Area::new(0.0, 0.0, 1.55, 2.0), 0.0), to, &self.glass);
        }
        let side = Face::upright(Vec3::new(-1.65, 0.25, 0.5), Vec3::NEG_Z, 1.1, 2.0);
        assembly.add(&side.picture(Area::new(0.0, 0.0, 1.1, 2.0), 0.0), to, &self.glass);
        assembly.boxed(to, Vec3::new(1.62, 1.2, -0.05), Vec3::new(0.14, 2.1, 1.15), &self.iron);
        let advert = Material::matt(signs::poster(random));
        for (right, x) in [(Vec3::Z, 1.54), (Vec3::NEG_Z, 1.70)] {
            let middle = Vec3::new(x, 0.3, -0.05) - right * 0.5;
            let board = Face::upright(middle, right, 1.0, 1.75);
            assembly.add(&board.picture(Area::new(0.0, 0.0, 1.0, 1.75), -0.01), to, &advert);
        }
        assembly.boxed(to, Vec3::new(-0.4, 0.45, -0.35), Vec3::new(1.9, 0.05, 0.36), &self.wood);
        for x in [-1.1, 0.3] {
            assembly.boxed(to, Vec3::new(x, 0.22, -0.35), Vec3::new(0.06, 0.44, 0.3), &self.iron);
        }
        let name = Material::matt(signs::plate("BUS 14", [1.2, 0.3], [222, 180, 50], [30, 30, 34]));
        let board = Face::upright(Vec3::new(-0.6, 2.52, 0.78), Vec3::X, 1.2, 0.3);
        assembly.boxed(to, Vec3::new(0.0, 2.67, 0.75), Vec3::new(1.2, 0.3, 0.04), &self.iron);
        assembly.add(&board.picture(Area::new(0.0, 0.0, 1.2, 0.3), 0.0), to, &name);
        assembly.block(to, Vec2::new(0.0, -0.4), Vec2::new(1.75, 0.28));
        assembly.block(to, Vec2::new(1.62, -0.05), Vec2::new(0.1, 0.6));
    }

    /// A board that stands on the pavement before a shop.
    pub fn easel(&self, assembly: &mut Assembly, random: &mut impl Rng, to: &Affine3A) {
        let board = Material::matt(signs::poster(random));
        for lean in [-0.14, 0.14_f32] {
            let turned =
                *to * Affine3A::from_translation(Vec3::new(0.0, 0.0, lean * 1.6)) * Affine3A::from_rotation_x(-lean);
            assembly.boxed(&turned, Vec3::new(0.0, 0.5, 0.0), Vec3::new(0.6, 1.0, 0.03), &self.wood);
            let (right, origin) = if lean > 0.0 {
                (Vec3::X, Vec3::new(-0.26, 0.14, 0.03))
            } else {
                (Vec3::NEG_X, Vec3::new(0.26, 0.14, -0.03))
            };
            let face = Face::upright(origin, right, 0.52, 0.8);
            assembly.add(&face.picture(Area::new(0.0, 0.0, 0.52, 0.8), 0.0), &turned, &board);
        }
        assembly.block(to, Vec2::ZERO, Vec2::new(0.32, 0.3));
    }

    /// A tub with earth for a plant.
    pub fn planter(&self, assembly: &mut Assembly, to: &Affine3A, size: Vec3) {
        assembly.boxed(to, Vec3::Y * size.y / 2.0, size, &self.stone);
        let earth = Material::matt(Texture::plain([62, 50, 40]));
        assembly.boxed(to, Vec3::Y * (size.y + 0.005), Vec3::new(size.x - 0.12, 0.03, size.z - 0.12), &earth);
        assembly.block(to, Vec2::ZERO, Vec2::new(size.x, size.z) / 2.0);
    }

    /// A round pillar for posters.
    pub fn poster_column(&self, assembly: &mut Assembly, random: &mut impl Rng, to: &Affine3A) {
        assembly.add(&Mesh::tube(&[[2.6, 0.5, 0.5], [0.3, 0.5, 0.5]], 24), to, &self.pale);
        assembly.add(&Mesh::tube(&[[3.0, 0.0, 0.0], [2.75, 0.56, 0.56], [2.6, 0.58, 0.58]], 24), to, &self.iron);
        assembly.add(&Mesh::tube(&[[0.3, 0.54, 0.54], [0.0, 0.56, 0.56]], 24), to, &self.iron);
        for sheet in 0..8 {
            let poster = Material::matt(signs::poster(random));
            let (start, height) = (sheet as f32 * 0.785, random.random_range(1.0..1.5));
            let foot = random.random_range(0.5..2.5 - height);
            let mesh = Mesh::grid(5, 1, |u, v| {
                let round = start + u * 0.7;
                Vec3::new(0.515 * round.sin(), foot + height * (1.0 - v), 0.515 * round.cos())
            });
            assembly.add(&mesh, to, &poster);
        }
        assembly.block(to, Vec2::ZERO, Vec2::splat(0.58));
    }

    /// A cafe table with two chairs.
    pub fn cafe_table(&self, assembly: &mut Assembly, to: &Affine3A) {
        assembly.add(&Mesh::tube(&[[0.74, 0.0, 0.0], [0.735, 0.36, 0.36], [0.71, 0.36, 0.36]], 16), to, &self.pale);
        assembly.add(&bar(Vec3::Y * 0.72, Vec3::ZERO, [0.025, 0.025], 8), to, &self.iron);
        assembly.add(&Mesh::tube(&[[0.03, 0.02, 0.02], [0.0, 0.22, 0.22]], 12), to, &self.iron);
        for side in [-1.0, 1.0] {
            self.chair(
                assembly,
                &(*to * Affine3A::from_translation(Vec3::X * side * 0.68) * Affine3A::from_rotation_y(-side * 1.57)),
            );
        }
        assembly.block(to, Vec2::ZERO, Vec2::new(0.95, 0.38));
    }

    fn chair(&self, assembly: &mut Assembly, to: &Affine3A) {
        assembly.boxed(to, Vec3::new(0.0, 0.45, 0.0), Vec3::new(0.4, 0.035, 0.4), &self.wood);
        assembly.boxed(to, Vec3::new(0.0, 0.75, -0.19), Vec3::new(0.4, 0.2, 0.025), &self.wood);
        for (x, z, top) in [(-0.18, 0.18, 0.45), (0.18, 0.18, 0.45), (-0.18, -0.18, 0.85), (0.18, -0.18, 0.85)] {
            assembly.add(&bar(Vec3::new(x, top, z), Vec3::new(x, 0.0, z), [0.014, 0.014], 5), to, &self.iron);
        }
    }

    /// Hoops to lean bicycles on, `count` of them, 0.8 m apart.
    pub fn bicycle_rack(&self, assembly: &mut Assembly, to: &Affine3A, count: u32) {
        for hoop in 0..count {
            let x = (hoop as f32 - (count - 1) as f32 / 2.0) * 0.8;
            let points = [(-0.35, 0.0), (-0.35, 0.7), (-0.2, 0.82), (0.2, 0.82), (0.35, 0.7), (0.35, 0.0)];
            for pair in points.windows(2) {
                let point = |(z, y): (f32, f32)| Vec3::new(x, y, z);
                assembly.add(&bar(point(pair[0]), point(pair[1]), [0.022, 0.022], 7), to, &self.iron);
            }
            assembly.block(to, Vec2::new(x, 0.0), Vec2::new(0.05, 0.38));
        }
    }

    /// A fence or gate wing of upright bars.
    pub fn grille(&self, assembly: &mut Assembly, to: &Affine3A, width: f32, height: f32) {
        let face = Face::upright(Vec3::new(-width / 2.0, 0.05, 0.0), Vec3::X, width, height);
        let mesh =
            face.picture(Area::new(0.0, 0.0, width, height), 0.0).with_uv(Vec2::new(width / 1.1, 1.0), Vec2::ZERO);
        assembly.add(&mesh, to, &self.bars);
        for side in [-0.5, 0.5] {
            assembly.boxed(
                to,
                Vec3::new(side * width, height / 2.0 + 0.05, 0.0),
                Vec3::new(0.08, height + 0.1, 0.08),
                &self.iron,
            );
        }
    }
}
