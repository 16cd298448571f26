//! The hall: the inside of a house, between the street in the south and the yard in the north.

use std::f32::consts::{FRAC_PI_2, PI};

use glam::{Affine3A, Vec2, Vec3};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::assembly::{Area, Assembly, Face, stand};
use super::furniture::Furniture;
use super::paint::canvas::{Rgb, mix, pick, shade, vary};
use super::paint::ground::{self, GROUND};
use super::paint::walls::{self, WALL};
use super::paint::{leaves, openings, signs};
use super::trees::{Species, pot_plant};
use super::{Camera, Obstacle, Place, PlaceName, Role, Sensor, Ways};
use crate::mesh::{Material, Mesh};
use crate::seed::stream;

/// Half the hall's length and depth, and its height.
const HALF: Vec2 = Vec2::new(7.0, 5.0);
const HEIGHT: f32 = 4.0;
/// The middle of the doors, along their walls.
const STREET_DOOR: f32 = -1.0;
const YARD_DOOR: f32 = 1.6;
const INNER_DOORS: [f32; 2] = [-3.0, 3.2];
/// The middle of the reception desk and half its length.
const DESK: Vec2 = Vec2::new(-4.6, 0.2);
const DESK_HALF: f32 = 1.5;

/// The hall of the world of `seed`.
pub fn build(seed: u64) -> Place {
    let mut assembly = Assembly::default();
    let furniture = Furniture::any(&mut stream(seed, "hall furniture", 0));
    let walls = Walls::any(&mut stream(seed, "hall walls", 0));
    walls.build(&mut assembly, &mut stream(seed, "hall walls", 1), &furniture);
    ceiling(&mut assembly, &mut stream(seed, "hall ceiling", 0), &furniture);
    let stops = furnish(&mut assembly, &mut stream(seed, "hall things", 0), &furniture);
    let walks = walks(&mut stream(seed, "hall walks", 0), &assembly.obstacles, &stops);
    let sensor = Sensor {
        white_balance: Vec3::new(1.04, 1.0, 0.96),
        gamma: 0.98,
        noise: 3.0,
        infrared_at_night: false,
        sway: 0.0,
    };
    let camera = Camera {
        name: "hall",
        position: Vec3::new(4.6, 2.5, -4.7),
        target: Vec3::new(0.2, 1.0, 1.6),
        field_of_view: 0.54,
        sensor,
    };
    Place {
        name: PlaceName::Hall,
        parts: assembly.parts,
        trees: assembly.trees,
        lamps: assembly.lamps,
        indoors: true,
        obstacles: assembly.obstacles,
        walks,
        roads: Ways::default(),
        cameras: vec![camera.hung(&mut stream(seed, "hall camera", 0))],
    }
}

/// What the walls look like.
struct Walls {
    upper: Material,
    lower: Material,
    skirting: Material,
    frame: Rgb,
    /// Where the lower paint ends.
    dado: f32,
}

impl Walls {
    fn any(random: &mut ChaCha8Rng) -> Self {
        let paint = vary(
            pick(&[[214, 208, 194], [196, 204, 206], [216, 202, 178], [190, 200, 184], [206, 196, 200]], random),
            0.05,
            random,
        );
        let below = match random.random_range(0..4) {
            0 => ground::boards(pick(&[[136, 98, 64], [96, 68, 48], [168, 138, 100]], random), 0.25, random),
            1 => walls::stone([176, 168, 154], random),
            2 => walls::paint(mix(paint, [90, 110, 116], random.random_range(0.2..0.7)), random),
            _ => walls::brick(random),
        };
        Self {
            upper: Material::matt(walls::paint(paint, random)),
            lower: Material::matt(below),
            skirting: Material::matt(walls::smooth(shade(paint, 0.55), random)),
            frame: pick(&[[60, 62, 64], [224, 222, 216], [110, 78, 52], [128, 130, 132]], random),
            dado: random.random_range(1.0..1.5),
        }
    }

    fn build(&self, assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
        let base = pick(&[[186, 178, 164], [150, 148, 146], [172, 150, 124], [128, 132, 134], [196, 190, 178]], random);
        let floor = match random.random_range(0..4) {
            0 => ground::concrete(base, random),
            _ => ground::tiles(base, random),
        };
        assembly.level(-HALF, HALF, 0.0, &Material::matt(floor).glossy(0.25), GROUND);
        let [south, north, west, east] = faces();
        // Seen from inside, the south wall runs from the east to the west.
        let middle = HALF.x - STREET_DOOR;
        let door = Area::new(middle - 1.5, 0.0, 3.0, 2.7);
        let windows =
            [Area::new(1.0, 0.7, middle - 3.4, 2.4), Area::new(middle + 2.4, 0.7, 2.0 * HALF.x - middle - 3.4, 2.4)];
        self.wall(assembly, &south, &[door, windows[0], windows[1]]);
        self.street_door(assembly, random, &south, door, furniture);
        for area in windows {
            self.window(assembly, random, &south, area);
        }
        let yard_door = Area::new(YARD_DOOR + HALF.x - 0.75, 0.0, 1.5, 2.4);
        self.wall(assembly, &north, &[yard_door]);
        self.yard_door(assembly, random, &north, yard_door, furniture);
        // Seen from inside, the west wall runs from the south to the north.
        let inner = INNER_DOORS.map(|z| Area::new(HALF.y - z - 0.6, 0.0, 1.2, 2.3));
        self.wall(assembly, &west, &inner);
        for area in inner {
            self.inner_door(assembly, random, &west, area);
        }
        self.wall(assembly, &east, &[]);
        self.block_walls(assembly);
    }

    fn wall(&self, assembly: &mut Assembly, face: &Face, openings: &[Area]) {
        let lower = Face { size: Vec2::new(face.size.x, self.dado), ..*face };
        let upper =
            Face { origin: face.at(0.0, self.dado, 0.0), size: Vec2::new(face.size.x, HEIGHT - self.dado), ..*face };
        assembly.add_here(&lower.tiled(0.0, WALL, openings), &self.lower);
        let raised: Vec<_> = openings.iter().map(|area| Area { bottom: area.bottom - self.dado, ..*area }).collect();
        // What is cut above the dado begins at its edge.
        let raised: Vec<_> = raised
            .into_iter()
            .map(|area| Area::new(area.left, area.bottom.max(0.0), area.width, area.height + area.bottom.min(0.0)))
            .collect();
        assembly.add_here(&upper.tiled(0.0, WALL, &raised), &self.upper);
        let mut edges: Vec<_> =
            openings.iter().filter(|area| area.bottom < 0.1).map(|area| (area.left, area.left + area.width)).collect();
        edges.sort_by(|one, other| one.0.total_cmp(&other.0));
        edges.push((face.size.x, face.size.x));
        let mut left = 0.0;
        for (end, next) in edges {
            let at = face.space((left + end) / 2.0, 0.0, 0.0);
            assembly.boxed(&at, Vec3::new(0.0, 0.06, 0.01), Vec3::new(end - left, 0.12, 0.04), &self.skirting);
            left = next;
        }
    }

    fn street_door(
        &self,
        assembly: &mut Assembly,
        random: &mut ChaCha8Rng,
        face: &Face,
        area: Area,
        furniture: &Furniture,
    ) {
        let outside = Material::matt(openings::daylight_window(area.size(), self.frame, random)).glowing(0.35);
        assembly.add_here(&face.picture(area, 1.4), &outside);
        assembly.add_here(&face.reveal(area, 1.4, WALL), &furniture.stone);
        let pane = Material::matt(leaves::clear_pane(self.frame)).two_sided().glossy(0.3);
        for (x, turn, side) in [(area.left + 0.1, 1.45, 0.0), (area.left + area.width - 0.1, -1.45, -1.1)] {
            let leaf = face.space(x, 0.0, 0.0) * Affine3A::from_rotation_y(turn);
            let wing = Face::upright(Vec3::new(side, 0.02, 0.0), Vec3::X, 1.1, 2.6);
            assembly.add(&wing.picture(Area::new(0.0, 0.0, 1.1, 2.6), 0.0), &leaf, &pane);
        }
        let sign = Material::matt(signs::plate("EXIT", [0.7, 0.22], [40, 120, 70], [236, 240, 236])).glowing(0.6);
        assembly.add_here(&face.picture(Area::new(area.left + 1.15, 2.85, 0.7, 0.22), -0.04), &sign);
        let mat = Material::matt(walls::ribs([70, 66, 62], 0.06, random));
        let x = STREET_DOOR;
        assembly.level(Vec2::new(x - 1.2, HALF.y - 1.7), Vec2::new(x + 1.2, HALF.y - 0.1), 0.012, &mat, 1.0);
    }

    fn window(&self, assembly: &mut Assembly, random: &mut ChaCha8Rng, face: &Face, area: Area) {
        let outside = Material::matt(openings::daylight_window(area.size(), self.frame, random)).glowing(0.35);
        assembly.add_here(&face.picture(area, 0.2), &outside);
        assembly.add_here(&face.reveal(area, 0.2, WALL), &self.upper);
        let sill = face.space(area.left + area.width / 2.0, area.bottom, 0.0);
        assembly.boxed(&sill, Vec3::new(0.0, -0.02, 0.03), Vec3::new(area.width + 0.1, 0.05, 0.3), &self.skirting);
    }

    fn yard_door(
        &self,
        assembly: &mut Assembly,
        random: &mut ChaCha8Rng,
        face: &Face,
        area: Area,
        furniture: &Furniture,
    ) {
        let outside = Material::matt(openings::daylight_window(area.size(), self.frame, random)).glowing(0.25);
        assembly.add_here(&face.picture(area, 0.9), &outside);
        assembly.add_here(&face.reveal(area, 0.9, WALL), &furniture.stone);
        self.frame_around(assembly, face, area);
        let sign = Material::matt(signs::plate("YARD", [0.6, 0.18], [226, 222, 210], [50, 50, 54]));
        assembly.add_here(&face.picture(Area::new(area.left + 0.45, 2.55, 0.6, 0.18), -0.03), &sign);
    }

    fn inner_door(&self, assembly: &mut Assembly, random: &mut ChaCha8Rng, face: &Face, area: Area) {
        let inside = Material::matt(openings::inside(area.size(), random)).glowing(0.15);
        assembly.add_here(&face.picture(area, 0.8), &inside);
        assembly.add_here(&face.reveal(area, 0.8, WALL), &self.upper);
        self.frame_around(assembly, face, area);
        let wood = pick(&[[150, 112, 74], [206, 204, 198], [92, 108, 116]], random);
        let door = Material::matt(openings::door(area.size(), wood, 0.0, random)).two_sided();
        let leaf = face.space(area.left, 0.0, 0.0) * Affine3A::from_rotation_y(-1.75);
        let wing = Face::upright(Vec3::new(0.03, 0.01, 0.0), Vec3::X, area.width, area.height);
        assembly.add(&wing.picture(Area::new(0.0, 0.0, area.width, area.height), 0.0), &leaf, &door);
        assembly.block(&leaf, Vec2::new(area.width / 2.0, 0.0), Vec2::new(area.width / 2.0, 0.03));
        let number = random.random_range(1..10).to_string();
        let plate = Material::matt(signs::plate(&number, [0.3, 0.2], [226, 224, 218], [40, 40, 44]));
        assembly.add_here(&face.picture(Area::new(area.left + area.width + 0.3, 1.5, 0.3, 0.2), -0.03), &plate);
    }

    fn frame_around(&self, assembly: &mut Assembly, face: &Face, area: Area) {
        for x in [area.left - 0.05, area.left + area.width + 0.05] {
            let at = face.space(x, area.height / 2.0, 0.0);
            assembly.boxed(&at, Vec3::Z * 0.01, Vec3::new(0.12, area.height, 0.1), &self.skirting);
        }
        let top = face.space(area.left + area.width / 2.0, area.height + 0.06, 0.0);
        assembly.boxed(&top, Vec3::Z * 0.01, Vec3::new(area.width + 0.22, 0.12, 0.1), &self.skirting);
    }

    fn block_walls(&self, assembly: &mut Assembly) {
        let thick = 1.0;
        let mut block = |min: [f32; 2], max: [f32; 2]| {
            assembly.obstacles.push(Obstacle { min: Vec2::from_array(min), max: Vec2::from_array(max) });
        };
        block([HALF.x, -HALF.y], [HALF.x + thick, HALF.y]);
        block([-HALF.x, HALF.y], [STREET_DOOR - 1.5, HALF.y + thick]);
        block([STREET_DOOR + 1.5, HALF.y], [HALF.x, HALF.y + thick]);
        block([-HALF.x, -HALF.y - thick], [YARD_DOOR - 0.75, -HALF.y]);
        block([YARD_DOOR + 0.75, -HALF.y - thick], [HALF.x, -HALF.y]);
        let mut from = -HALF.y;
        for door in INNER_DOORS {
            block([-HALF.x - thick, from], [-HALF.x, door - 0.6]);
            from = door + 0.6;
        }
        block([-HALF.x - thick, from], [-HALF.x, HALF.y]);
    }
}

/// The walls as seen from inside: south, north, west, east.
fn faces() -> [Face; 4] {
    let Vec2 { x, y: z } = HALF;
    [
        Face::upright(Vec3::new(x, 0.0, z), Vec3::NEG_X, 2.0 * x, HEIGHT),
        Face::upright(Vec3::new(-x, 0.0, -z), Vec3::X, 2.0 * x, HEIGHT),
        Face::upright(Vec3::new(-x, 0.0, z), Vec3::NEG_Z, 2.0 * z, HEIGHT),
        Face::upright(Vec3::new(x, 0.0, -z), Vec3::Z, 2.0 * z, HEIGHT),
    ]
}

fn ceiling(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
    let plaster = Material::matt(walls::paint([226, 224, 218], random));
    let face = Face { origin: Vec3::new(-HALF.x, HEIGHT, -HALF.y), right: Vec3::X, up: Vec3::Z, size: HALF * 2.0 };
    assembly.add_here(&face.tiled(0.0, WALL, &[]), &plaster);
    for z in [-2.6, 2.4] {
        assembly.boxed(
            &Affine3A::IDENTITY,
            Vec3::new(0.0, HEIGHT - 0.12, z),
            Vec3::new(2.0 * HALF.x, 0.24, 0.3),
            &plaster,
        );
    }
    let light = Vec3::new(3.4, 3.2, 2.9) * random.random_range(0.9..1.15);
    for x in [-4.8, 0.0, 4.8] {
        for z in [-3.7, 0.0, 3.6] {
            furniture.ceiling_lamp(assembly, &stand(x, HEIGHT, z, 0.0), light, 10.0);
        }
    }
}

/// Puts the furniture; returns where one may stop, and looks where.
fn furnish(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) -> Vec<(Vec3, f32)> {
    let mut stops = vec![
        (Vec3::new(DESK.x + 1.0, 0.0, DESK.y - 0.6), -FRAC_PI_2),
        (Vec3::new(DESK.x + 1.0, 0.0, DESK.y + 0.7), -FRAC_PI_2),
        (Vec3::new(DESK.x - 1.1, 0.0, DESK.y), FRAC_PI_2),
    ];
    desk(assembly, random, furniture);
    pillars(assembly, random, furniture);
    let shift = random.random_range(-0.4..0.4);
    for (x, z, heading) in
        [(6.45, 1.2 + shift, -FRAC_PI_2), (6.45, 3.4 + shift * 0.5, -FRAC_PI_2), (3.9 + shift, 4.5, PI)]
    {
        furniture.bench(assembly, &stand(x, 0.0, z, heading));
        stops.push((Vec3::new(x, 0.0, z) + Vec3::new(heading.sin(), 0.0, heading.cos()) * 0.85, heading));
    }
    let [_, north, west, east] = faces();
    let board = Material::matt(signs::notices(random));
    let left = random.random_range(3.6..4.4);
    assembly.add_here(&north.picture(Area::new(left, 1.1, 2.0, 1.0), -0.04), &board);
    assembly.boxed(&north.space(left + 1.0, 1.6, 0.0), Vec3::Z * 0.015, Vec3::new(2.04, 1.04, 0.03), &furniture.wood);
    stops.push((Vec3::new(left + 1.0 - HALF.x, 0.0, -HALF.y + 0.85), PI));
    for (face, left) in [(&west, 4.0), (&west, 5.6), (&east, 4.8), (&east, 7.0)] {
        let picture = Material::matt(signs::painting(random));
        let (width, height) = (random.random_range(0.7..1.2), random.random_range(0.7..1.1));
        assembly.add_here(&face.picture(Area::new(left, 1.55, width, height), -0.03), &picture);
    }
    let poster = Material::matt(signs::poster(random));
    assembly.add_here(&north.picture(Area::new(6.3, 1.0, 0.8, 1.3), -0.02), &poster);
    machine(assembly, random, furniture);
    letter_boxes(assembly, random, furniture);
    plants(assembly, random);
    queue_posts(assembly, random, furniture);
    stops
}

fn desk(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
    let to = stand(DESK.x, 0.0, DESK.y, FRAC_PI_2);
    let colour = pick(&[[224, 222, 216], [70, 84, 92], [150, 110, 72], [96, 40, 40], [60, 78, 66]], random);
    let panel = Material::matt(walls::smooth(colour, random)).glossy(0.2);
    assembly.boxed(&to, Vec3::new(0.0, 0.52, 0.22), Vec3::new(2.0 * DESK_HALF, 1.04, 0.08), &panel);
    assembly.boxed(&to, Vec3::new(0.0, 0.05, 0.25), Vec3::new(2.0 * DESK_HALF, 0.1, 0.06), &furniture.iron);
    assembly.boxed(&to, Vec3::new(0.0, 1.08, 0.16), Vec3::new(2.0 * DESK_HALF + 0.1, 0.05, 0.4), &furniture.wood);
    assembly.boxed(&to, Vec3::new(0.0, 0.74, -0.2), Vec3::new(2.0 * DESK_HALF, 0.04, 0.6), &furniture.wood);
    for side in [-1.0, 1.0] {
        assembly.boxed(&to, Vec3::new(side * DESK_HALF, 0.52, -0.1), Vec3::new(0.06, 1.04, 0.7), &panel);
    }
    let sign = Material::matt(signs::plate(
        pick(&["RECEPTION", "PORTER", "INFO", "WELCOME"], random),
        [1.6, 0.3],
        shade(colour, 0.8),
        [236, 232, 220],
    ));
    let front = Face::upright(Vec3::new(-0.8, 0.5, 0.275), Vec3::X, 1.6, 0.3);
    assembly.add(&front.picture(Area::new(0.0, 0.0, 1.6, 0.3), 0.0), &to, &sign);
    let screen = Material::matt(walls::smooth([34, 36, 40], random)).glossy(0.4);
    for x in [-0.7, 0.65] {
        assembly.boxed(&to, Vec3::new(x, 1.0, -0.15), Vec3::new(0.55, 0.36, 0.04), &screen);
        assembly.boxed(&to, Vec3::new(x, 0.8, -0.15), Vec3::new(0.06, 0.1, 0.06), &screen);
    }
    assembly.boxed(&to, Vec3::new(1.15, 1.14, 0.15), Vec3::new(0.22, 0.08, 0.3), &furniture.pale);
    assembly.block(&to, Vec2::new(0.0, -0.07), Vec2::new(DESK_HALF + 0.05, 0.43));
}

fn pillars(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
    let round = random.random_bool(0.5);
    let radius = random.random_range(0.2..0.3);
    let cover = match random.random_range(0..3) {
        0 => furniture.stone.clone(),
        1 => Material::matt(walls::paint([210, 204, 192], random)),
        _ => Material::matt(ground::tiles([150, 160, 158], random)).glossy(0.3),
    };
    for (x, z) in [(-2.0, -2.6), (-2.0, 2.4), (2.6, 2.4)] {
        let to = stand(x, 0.0, z, 0.0);
        if round {
            let rings: Vec<_> = (0..=4).map(|ring| [HEIGHT * (1.0 - ring as f32 / 4.0), radius, radius]).collect();
            assembly.add(&Mesh::tube(&rings, 20).with_uv(Vec2::new(0.4, 1.0), Vec2::ZERO), &to, &cover);
        } else {
            let shaft = Mesh::cuboid(Vec3::new(2.0 * radius, HEIGHT, 2.0 * radius));
            let shaft = shaft.with_uv(Vec2::new(2.0 * radius / GROUND, 1.0), Vec2::ZERO);
            assembly.add(&shaft, &(to * Affine3A::from_translation(Vec3::Y * HEIGHT / 2.0)), &cover);
        }
        assembly.boxed(&to, Vec3::Y * 0.1, Vec3::new(2.3 * radius, 0.2, 2.3 * radius), &furniture.iron);
        assembly.boxed(&to, Vec3::Y * (HEIGHT - 0.3), Vec3::new(2.4 * radius, 0.16, 2.4 * radius), &furniture.stone);
        assembly.block(&to, Vec2::ZERO, Vec2::splat(1.15 * radius));
    }
}

/// A machine that sells drinks, in the north-western corner.
fn machine(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
    let to = stand(-5.9, 0.0, -HALF.y + 0.42, 0.0);
    let colour = pick(&[[150, 36, 34], [40, 70, 130], [56, 60, 62], [60, 120, 90]], random);
    let tin = Material::matt(walls::smooth(colour, random)).glossy(0.3);
    assembly.boxed(&to, Vec3::Y * 0.93, Vec3::new(0.95, 1.82, 0.75), &tin);
    let goods = Material::matt(openings::shop_window([0.7, 1.1], shade(colour, 0.6), random)).glowing(0.35);
    let front = Face::upright(Vec3::new(-0.42, 0.6, 0.385), Vec3::X, 0.66, 1.1);
    assembly.add(&front.picture(Area::new(0.0, 0.0, 0.66, 1.1), 0.0), &to, &goods);
    assembly.boxed(&to, Vec3::new(0.36, 1.1, 0.38), Vec3::new(0.14, 0.4, 0.03), &furniture.pale);
    assembly.block(&to, Vec2::ZERO, Vec2::new(0.48, 0.38));
}

/// Rows of letter boxes on the east wall, out of the middle.
fn letter_boxes(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
    let [.., west, _] = faces();
    let tin = Material::matt(walls::smooth(pick(&[[168, 170, 170], [120, 100, 70], [70, 78, 84]], random), random))
        .glossy(0.3);
    for row in 0..3 {
        for column in 0..5 {
            let at = west.space(4.0 + column as f32 * 0.38, 0.75 + row as f32 * 0.26, 0.0);
            assembly.boxed(&at, Vec3::Z * 0.06, Vec3::new(0.36, 0.24, 0.12), &tin);
            assembly.boxed(&at, Vec3::new(0.0, 0.05, 0.12), Vec3::new(0.24, 0.03, 0.02), &furniture.iron);
        }
    }
}

fn plants(assembly: &mut Assembly, random: &mut ChaCha8Rng) {
    let species = Species::any(random);
    let pot = Material::matt(walls::smooth(
        pick(&[[150, 84, 60], [220, 218, 212], [60, 62, 66], [90, 110, 118]], random),
        random,
    ));
    for (x, z) in [(-6.4, 4.4), (1.2, 4.5), (-3.3, 4.5), (-0.6, -4.5), (-6.5, -1.6), (6.4, 4.7)] {
        if random.random_bool(0.7) {
            let height = random.random_range(1.1..1.9);
            pot_plant(assembly, random, &species, &stand(x, 0.0, z, 0.0), &pot, height);
        }
    }
}

/// Posts with a band between them, beside the desk.
fn queue_posts(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
    if random.random_bool(0.5) {
        return;
    }
    let band = Material::matt(walls::smooth(pick(&[[140, 34, 36], [36, 60, 120], [30, 30, 32]], random), random));
    let (x, z) = (DESK.x + 1.9, DESK.y + 1.3);
    for post in [0.0, 1.1] {
        let to = stand(x + post * 0.3, 0.0, z - post * 0.2, 0.0);
        let rings = [[0.98, 0.0, 0.0], [0.96, 0.04, 0.04], [0.04, 0.03, 0.03], [0.03, 0.16, 0.16], [0.0, 0.17, 0.17]];
        assembly.add(&Mesh::tube(&rings, 12), &to, &furniture.iron);
        assembly.block(&to, Vec2::ZERO, Vec2::splat(0.17));
    }
    assembly.boxed(&stand(x + 0.165, 0.0, z - 0.11, 0.59), Vec3::Y * 0.88, Vec3::new(0.36, 0.06, 0.01), &band);
}

fn walks(random: &mut ChaCha8Rng, obstacles: &[Obstacle], stops: &[(Vec3, f32)]) -> Ways {
    let mut walks = Ways::default();
    let inner = HALF - Vec2::splat(0.6);
    walks.scatter(random, (-inner, inner), 0.0, 1.05, obstacles);
    walks.add(Vec3::new(STREET_DOOR, 0.0, HALF.y + 1.7), Role::Gate { to: Some(PlaceName::Street) });
    walks.add(Vec3::new(STREET_DOOR, 0.0, HALF.y + 0.3), Role::Pass);
    walks.add(Vec3::new(YARD_DOOR, 0.0, -HALF.y - 1.3), Role::Gate { to: Some(PlaceName::Yard) });
    walks.add(Vec3::new(YARD_DOOR, 0.0, -HALF.y - 0.1), Role::Pass);
    for z in INNER_DOORS {
        walks.add(Vec3::new(-HALF.x - 1.2, 0.0, z), Role::Gate { to: None });
        walks.add(Vec3::new(-HALF.x + 0.1, 0.0, z), Role::Pass);
    }
    for &(position, heading) in stops {
        walks.add(position, Role::Stop { heading });
    }
    walks.meet_at(&[
        Vec3::new(0.4, 0.0, 0.2),
        Vec3::new(4.4, 0.0, 0.4),
        Vec3::new(0.0, 0.0, 2.6),
        Vec3::new(3.6, 0.0, -1.4),
    ]);
    walks.weave(1.9, obstacles);
    walks
}
