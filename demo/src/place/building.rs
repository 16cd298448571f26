//! Houses: a front with rows of windows over a ground floor of shops and doors, sides and a roof.

use glam::{Affine3A, Vec2, Vec3};
use rand::{Rng, RngExt as _};

use super::assembly::{Area, Assembly, Face};
use super::furniture::Furniture;
use super::paint::canvas::{Rgb, mix, pick, shade, vary};
use super::paint::openings::{self, WindowStyle};
use super::paint::walls::{self, WALL};
use super::paint::{leaves, signs};
use crate::mesh::Material;

/// The height of the ground floor of every house, in metres.
pub const GROUND_FLOOR: f32 = 3.7;
const STOREY: f32 = 3.0;
/// How far windows lie behind the wall.
const RECESS: f32 = 0.14;
/// How deep houses are.
pub const DEPTH: f32 = 12.0;

/// What is at street level.
#[derive(Clone, Copy, PartialEq)]
pub enum GroundFloor {
    /// A shop window and a door under a sign.
    Shop,
    /// Windows and the house door.
    Flats,
    /// The way into the hall: `centre` metres from the left edge.
    Entrance {
        /// The middle of it.
        centre: f32,
    },
    /// A passage through the house: `centre` metres from the left edge.
    Passage {
        /// The middle of it.
        centre: f32,
    },
    /// Windows only: the back of a house.
    Plain,
}

/// The width and height of a passage through a house.
pub const PASSAGE: Vec2 = Vec2::new(3.2, 3.0);
/// The width and height of the way into the hall.
pub const ENTRANCE: Vec2 = Vec2::new(3.0, 2.6);
/// How far the way into the hall is set back.
pub const PORCH: f32 = 1.1;

/// What the houses of a place are built of; each is made of some of it.
pub struct Masonry {
    walls: [Material; 7],
    feet: [Material; 4],
    roof: Material,
}

impl Masonry {
    /// Whatever the builders of the time had.
    pub fn any(random: &mut impl Rng) -> Self {
        let mut bricks = 0;
        let walls = std::array::from_fn(|_| {
            let colour = walls::facade_colour(random);
            let brick = bricks < 3 && random.random_bool(0.4);
            bricks += u32::from(brick);
            Material::matt(if brick { walls::brick(random) } else { walls::plaster(colour, random) })
        });
        let feet = std::array::from_fn(|index| {
            let colour = walls::facade_colour(random);
            let stone = index % 2 == 0;
            Material::matt(if stone {
                walls::stone(mix(colour, [140, 136, 128], 0.6), random)
            } else {
                walls::plaster(shade(colour, 0.7), random)
            })
        });
        Self { walls, feet, roof: Material::matt(walls::roof(random)) }
    }
}

/// A house in the making.
pub struct House<'a> {
    assembly: &'a mut Assembly,
    furniture: &'a Furniture,
    face: Face,
    upper: Material,
    lower: Material,
    roof: Material,
    trim: Material,
    windows: Vec<Material>,
    window_size: Vec2,
    style: WindowStyle,
    paint: Rgb,
}

impl<'a> House<'a> {
    /// A house whose front has its lower left corner at `origin` and runs `width` metres along `right`.
    pub fn build(
        assembly: &'a mut Assembly,
        random: &mut impl Rng,
        furniture: &'a Furniture,
        front: (Vec3, Vec3, f32),
        masonry: &Masonry,
        ground: GroundFloor,
    ) {
        let (origin, right, width) = front;
        let storeys = random.random_range(2..=4);
        let face = Face::upright(origin, right, width, GROUND_FLOOR + storeys as f32 * STOREY);
        let paint = walls::facade_colour(random);
        let upper = pick(&masonry.walls.each_ref(), random).clone();
        let lower =
            if random.random_bool(0.3) { upper.clone() } else { pick(&masonry.feet.each_ref(), random).clone() };
        let roof = masonry.roof.clone();
        let style = WindowStyle::any(random);
        let window_size = Vec2::new(random.random_range(0.95..1.5), random.random_range(1.4..1.95));
        let windows = (0..5)
            .map(|_| Material::matt(openings::window(window_size.to_array(), style, random)).glossy(0.4))
            .collect();
        let trim = Material::matt(walls::smooth(mix(paint, [214, 208, 196], 0.6), random));
        let mut house =
            Self { assembly, furniture, face, upper, lower, roof, trim, windows, window_size, style, paint };
        house.upper_floors(random, storeys);
        house.ground_floor(random, ground);
        house.sides_and_roof(random);
    }

    fn upper_floors(&mut self, random: &mut impl Rng, storeys: u32) {
        let width = self.face.size.x;
        let count = (width / (self.window_size.x + random.random_range(0.9..1.7))).max(1.0) as u32;
        let pitch = width / count as f32;
        let balconies = random.random_bool(0.35);
        let wall = self.part(GROUND_FLOOR, storeys as f32 * STOREY);
        let area = |column: u32, storey: u32| {
            let left = pitch * (column as f32 + 0.5) - self.window_size.x / 2.0;
            Area::new(left, storey as f32 * STOREY + 0.85, self.window_size.x, self.window_size.y)
        };
        let areas: Vec<Area> =
            (0..storeys).flat_map(|storey| (0..count).map(move |column| area(column, storey))).collect();
        self.assembly.add_here(&wall.tiled(0.0, WALL, &areas), &self.upper);
        for (index, area) in areas.into_iter().enumerate() {
            self.window(random, &wall, area);
            if balconies && index % 3 == 1 {
                self.balcony(&wall, area);
            }
        }
        for (y, height, out) in [(0.0, 0.22, 0.14), (wall.size.y - 0.35, 0.35, 0.3)] {
            let middle = Vec3::new(0.0, height / 2.0, out / 2.0 - 0.02);
            self.assembly.boxed(&wall.space(width / 2.0, y, 0.0), middle, Vec3::new(width, height, out), &self.trim);
        }
    }

    /// A strip of the front from `bottom`, `height` metres high.
    fn part(&self, bottom: f32, height: f32) -> Face {
        Face::upright(self.face.at(0.0, bottom, 0.0), self.face.right, self.face.size.x, height)
    }

    fn window(&mut self, random: &mut impl Rng, wall: &Face, area: Area) {
        let material = &self.windows[random.random_range(0..self.windows.len())];
        // Somebody is at home behind a few of them.
        let lit = if random.random_bool(0.12) { 0.22 } else { 0.0 };
        self.assembly.add_here(&wall.picture(area, RECESS), &material.clone().glowing(lit));
        self.assembly.add_here(&wall.reveal(area, RECESS, WALL), &self.upper);
        let sill = wall.space(area.left + area.width / 2.0, area.bottom, 0.0);
        self.assembly.boxed(&sill, Vec3::new(0.0, -0.03, 0.04), Vec3::new(area.width + 0.16, 0.07, 0.16), &self.trim);
    }

    fn balcony(&mut self, wall: &Face, area: Area) {
        let space = wall.space(area.left + area.width / 2.0, area.bottom - 0.45, 0.0);
        let width = area.width + 0.7;
        self.assembly.boxed(&space, Vec3::new(0.0, 0.0, 0.45), Vec3::new(width, 0.14, 0.9), &self.trim);
        for (turn, at, length) in [
            (0.0, Vec3::new(0.0, 0.05, 0.88), width),
            (1.57, Vec3::new(width / 2.0, 0.05, 0.45), 0.86),
            (1.57, Vec3::new(-width / 2.0, 0.05, 0.45), 0.86),
        ] {
            let side = space * Affine3A::from_translation(at) * Affine3A::from_rotation_y(turn);
            self.furniture.grille(self.assembly, &side, length, 0.95);
        }
    }

    fn ground_floor(&mut self, random: &mut impl Rng, ground: GroundFloor) {
        let wall = self.part(0.0, GROUND_FLOOR);
        let width = wall.size.x;
        let mut openings = Vec::new();
        let (from, to) = match ground {
            GroundFloor::Entrance { centre } => {
                let area = Area::new(centre - ENTRANCE.x / 2.0, 0.0, ENTRANCE.x, ENTRANCE.y);
                openings.push(area);
                self.entrance(random, &wall, area);
                (area.left, area.left + area.width)
            }
            GroundFloor::Passage { centre } => {
                let area = Area::new(centre - PASSAGE.x / 2.0, 0.0, PASSAGE.x, PASSAGE.y);
                openings.push(area);
                self.passage(random, &wall, area);
                (area.left, area.left + area.width)
            }
            GroundFloor::Shop => {
                openings.extend(self.shop(random, &wall, 0.0, width));
                (0.0, width)
            }
            GroundFloor::Flats => {
                let centre = width * random.random_range(0.3..0.7);
                openings.push(self.house_door(random, &wall, centre));
                (centre - 0.9, centre + 0.9)
            }
            GroundFloor::Plain => (0.0, 0.0),
        };
        for (left, right) in [(0.0, from), (to, width)] {
            if right - left > 4.0 && ground != GroundFloor::Plain && random.random_bool(0.6) {
                openings.extend(self.shop(random, &wall, left, right));
            } else {
                openings.extend(self.low_windows(random, &wall, left, right));
            }
        }
        self.assembly.add_here(&wall.tiled(0.0, WALL, &openings), &self.lower);
        self.plinth(&wall, &openings);
    }

    /// A darker foot along the wall, between what reaches the ground.
    fn plinth(&mut self, wall: &Face, openings: &[Area]) {
        let mut doors: Vec<_> = openings.iter().filter(|area| area.bottom < 0.3).collect();
        doors.sort_by(|one, other| one.left.total_cmp(&other.left));
        let mut left = 0.0;
        let ends = doors.iter().map(|area| (area.left, area.left + area.width)).chain([(wall.size.x, wall.size.x)]);
        for (end, next) in ends {
            if end - left > 0.05 {
                let middle = wall.space((left + end) / 2.0, 0.0, 0.0);
                self.assembly.boxed(
                    &middle,
                    Vec3::new(0.0, 0.17, 0.0),
                    Vec3::new(end - left, 0.34, 0.06),
                    &self.furniture.stone,
                );
            }
            left = next;
        }
    }

    fn low_windows(&mut self, random: &mut impl Rng, wall: &Face, left: f32, right: f32) -> Vec<Area> {
        let count = ((right - left) / (self.window_size.x + 1.2)) as u32;
        let pitch = (right - left) / count.max(1) as f32;
        let area = |index: u32| {
            Area::new(
                left + pitch * (index as f32 + 0.5) - self.window_size.x / 2.0,
                1.1,
                self.window_size.x,
                self.window_size.y,
            )
        };
        let areas: Vec<Area> = (0..count).map(area).collect();
        for area in &areas {
            self.window(random, wall, *area);
        }
        areas
    }

    fn house_door(&mut self, random: &mut impl Rng, wall: &Face, centre: f32) -> Area {
        let area = Area::new(centre - 0.6, 0.0, 1.2, 2.35);
        let rgb =
            vary(pick(&[[92, 40, 36], [40, 70, 56], [44, 54, 84], [110, 78, 50], [60, 60, 62]], random), 0.1, random);
        let door = Material::matt(openings::door(area.size(), rgb, 0.3, random)).glossy(0.2);
        self.assembly.add_here(&wall.picture(area, 0.25), &door);
        self.assembly.add_here(&wall.reveal(area, 0.25, WALL), &self.lower);
        let bells = wall.space(area.left - 0.3, 1.3, -0.015);
        self.assembly.boxed(&bells, Vec3::ZERO, Vec3::new(0.16, 0.3, 0.03), &self.furniture.iron);
        self.furniture.wall_lamp(self.assembly, &wall.space(centre, 2.65, 0.0), Vec3::new(2.6, 2.2, 1.5), 7.0);
        area
    }

    fn shop(&mut self, random: &mut impl Rng, wall: &Face, left: f32, right: f32) -> Vec<Area> {
        let doorway = 1.1;
        let (first, last) = (left + 0.35, right - 0.35);
        let middle = random.random_range(first + 1.2..(last - 1.2 - doorway).max(first + 1.3));
        let door = Area::new(middle, 0.0, doorway, 2.4);
        let panes = [
            Area::new(first, 0.45, middle - 0.2 - first, 2.0),
            Area::new(middle + doorway + 0.2, 0.45, last - middle - doorway - 0.2, 2.0),
        ];
        let frame = vary(
            pick(&[[54, 60, 60], [40, 70, 56], [120, 40, 36], [198, 192, 180], [96, 70, 50], [40, 52, 90]], random),
            0.1,
            random,
        );
        let glass = Material::matt(openings::door(door.size(), frame, 0.75, random)).glossy(0.4);
        self.assembly.add_here(&wall.picture(door, 0.3), &glass);
        self.assembly.add_here(&wall.reveal(door, 0.3, WALL), &self.lower);
        for pane in panes.into_iter().filter(|pane| pane.width > 0.5) {
            // The lights over the goods are always on.
            let goods = Material::matt(openings::shop_window(pane.size(), frame, random)).glossy(0.4).glowing(0.12);
            self.assembly.add_here(&wall.picture(pane, RECESS), &goods);
            self.assembly.add_here(&wall.reveal(pane, RECESS, WALL), &self.lower);
        }
        self.shop_sign(random, wall, first, last);
        panes.into_iter().filter(|pane| pane.width > 0.5).chain([door]).collect()
    }

    fn shop_sign(&mut self, random: &mut impl Rng, wall: &Face, first: f32, last: f32) {
        let width = (last - first).min(5.5);
        let sign = Area::new((first + last - width) / 2.0, 2.75, width, 0.62);
        let board = Material::matt(signs::shop_sign(sign.size(), random)).glossy(0.15);
        let middle = wall.space(sign.left + width / 2.0, sign.bottom + sign.height / 2.0, 0.0);
        self.assembly.boxed(&middle, Vec3::Z * 0.04, Vec3::new(width, sign.height, 0.1), &self.trim);
        self.assembly.add_here(&wall.picture(sign, -0.11), &board);
        if random.random_bool(0.45) {
            let cloth = Material::matt(signs::stripes(random)).two_sided();
            let up = (wall.up * 0.42 - wall.out() * 1.1).normalize();
            let slope =
                Face { origin: wall.at(sign.left, 2.3, -1.2), right: wall.right, up, size: Vec2::new(width, 1.17) };
            let mesh =
                slope.picture(Area::new(0.0, 0.0, width, 1.17), 0.0).with_uv(Vec2::new(width / 2.0, 1.0), Vec2::ZERO);
            self.assembly.add_here(&mesh, &cloth);
            let hem = Face::upright(wall.at(sign.left, 2.1, -1.2), wall.right, width, 0.2);
            let mesh =
                hem.picture(Area::new(0.0, 0.0, width, 0.2), 0.0).with_uv(Vec2::new(width / 2.0, 0.2), Vec2::ZERO);
            self.assembly.add_here(&mesh, &cloth);
        }
    }

    /// The set-back way into the hall, its doors open.
    fn entrance(&mut self, random: &mut impl Rng, wall: &Face, area: Area) {
        self.assembly.add_here(&wall.reveal(area, PORCH, WALL), &self.furniture.stone);
        let inside = Material::matt(openings::inside(area.size(), random)).glowing(0.15);
        self.assembly.add_here(&wall.picture(area, PORCH), &inside);
        let pane = Material::matt(leaves::clear_pane(self.style.frame)).two_sided().glossy(0.4);
        for (x, turn) in [(area.left + 0.08, -1.35), (area.left + area.width - 0.08, 1.35_f32)] {
            let leaf = wall.space(x, 0.0, PORCH - 0.05) * Affine3A::from_rotation_y(turn);
            let side = if turn < 0.0 { 0.0 } else { -0.9 };
            let face = Face::upright(Vec3::new(side, 0.02, 0.0), Vec3::X, 0.9, 2.3);
            self.assembly.add(&face.picture(Area::new(0.0, 0.0, 0.9, 2.3), 0.0), &leaf, &pane);
        }
        let roof = wall.space(area.left + area.width / 2.0, area.height + 0.15, 0.0);
        self.assembly.boxed(
            &roof,
            Vec3::new(0.0, 0.0, 0.55),
            Vec3::new(area.width + 0.8, 0.14, 1.1),
            &self.furniture.iron,
        );
        let name = pick(&["LINDEN HOUSE", "HALL 7", "THE EXCHANGE", "TOWN HALL", "MILL HOUSE"], random);
        let plate = Material::matt(signs::plate(name, [2.4, 0.4], self.paint, shade(self.paint, 0.3)));
        self.assembly.add_here(&wall.picture(Area::new(area.left + 0.3, area.height + 0.32, 2.4, 0.4), -0.03), &plate);
        self.furniture.wall_lamp(
            self.assembly,
            &wall.space(area.left + area.width / 2.0, area.height, PORCH - 0.2),
            Vec3::new(3.0, 2.6, 2.0),
            8.0,
        );
    }

    /// The way through to the yard.
    fn passage(&mut self, random: &mut impl Rng, wall: &Face, area: Area) {
        self.assembly.add_here(&wall.reveal(area, DEPTH - 4.0, WALL), &self.lower);
        let inside = Material::matt(openings::inside(area.size(), random));
        self.assembly.add_here(&wall.picture(area, DEPTH - 4.0), &inside);
        for x in [area.left - 0.12, area.left + area.width + 0.12] {
            self.assembly.boxed(
                &wall.space(x, 0.0, 0.0),
                Vec3::new(0.0, area.height / 2.0, 0.03),
                Vec3::new(0.26, area.height, 0.16),
                &self.trim,
            );
        }
        let lintel = wall.space(area.left + area.width / 2.0, area.height + 0.14, 0.0);
        self.assembly.boxed(&lintel, Vec3::Z * 0.03, Vec3::new(area.width + 0.6, 0.28, 0.18), &self.trim);
        let lamp = wall.space(area.left + area.width / 2.0, area.height - 0.2, 3.0);
        self.furniture.wall_lamp(self.assembly, &lamp, Vec3::new(2.4, 2.0, 1.4), 7.0);
    }

    fn sides_and_roof(&mut self, random: &mut impl Rng) {
        let Face { right, size, .. } = self.face;
        let back = -self.face.out();
        let sides = [
            Face::upright(self.face.at(0.0, 0.0, DEPTH), -back, DEPTH, size.y),
            Face::upright(self.face.at(size.x, 0.0, 0.0), back, DEPTH, size.y),
        ];
        for side in sides {
            self.assembly.add_here(&side.tiled(0.0, WALL, &[]), &self.upper);
        }
        let slope = (Vec3::Y * random.random_range(0.5..1.0_f32) + back).normalize();
        let eaves = self.face.at(0.0, size.y, -0.35);
        let plane = Face { origin: eaves, right, up: slope, size: Vec2::new(size.x, 6.0) };
        self.assembly.add_here(&plane.tiled(0.0, WALL, &[]), &self.roof);
        let pipe = self.face.space(0.12, 0.0, 0.0);
        self.assembly.boxed(
            &pipe,
            Vec3::new(0.0, size.y / 2.0, 0.06),
            Vec3::new(0.1, size.y, 0.1),
            &self.furniture.iron,
        );
        for _ in 0..random.random_range(0..3) {
            let chimney = self.face.space(random.random_range(1.0..size.x - 1.0), size.y, 3.0);
            self.assembly.boxed(&chimney, Vec3::Y * 1.9, Vec3::new(0.8, 2.6, 0.6), &self.lower);
        }
    }
}
