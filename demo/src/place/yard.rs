//! The yard: behind the house, which closes it to the south; a passage leads to the street, a door into the hall.

use std::f32::consts::{FRAC_PI_2, PI};

use glam::{Affine3A, Vec2, Vec3};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::assembly::{Area, Assembly, Face, bar, stand};
use super::building::{GroundFloor, House, Masonry, PASSAGE};
use super::furniture::Furniture;
use super::paint::canvas::{pick, shade, vary};
use super::paint::ground::{self, GROUND, Slabs};
use super::paint::walls::{self, WALL};
use super::paint::{leaves, openings, signs};
use super::trees::{Species, ivy};
use super::{Camera, Obstacle, Place, PlaceName, Role, Sensor, Ways};
use crate::mesh::Material;
use crate::seed::stream;

/// Half the yard's width and depth.
const HALF: Vec2 = Vec2::new(9.0, 8.0);
/// The middle of the passage to the street and of the door into the hall, in the house's wall.
const GATE: f32 = 5.2;
const DOOR: f32 = -2.4;
/// The lawn: its smallest and largest x and z.
const LAWN: (Vec2, Vec2) = (Vec2::new(-8.6, -7.6), Vec2::new(-2.6, -0.6));
/// The bicycle rack: its middle, and how many bicycles it holds.
const RACK: Vec2 = Vec2::new(-6.4, 6.3);
const RACK_PLACES: u32 = 4;
/// The middle of the shed, and of its door beside it.
const SHED: Vec2 = Vec2::new(-7.2, -6.1);
const SHED_DOOR: f32 = 0.55;

/// The yard of the world of `seed`.
pub fn build(seed: u64) -> Place {
    let mut assembly = Assembly::default();
    let furniture = Furniture::any(&mut stream(seed, "yard furniture", 0));
    lay_ground(&mut assembly, &mut stream(seed, "yard ground", 0), &furniture);
    house(&mut assembly, &mut stream(seed, "yard house", 0), &furniture);
    enclose(&mut assembly, &mut stream(seed, "yard walls", 0), &furniture);
    let stops = furnish(&mut assembly, &mut stream(seed, "yard things", 0), &furniture);
    plant(&mut assembly, &mut stream(seed, "yard trees", 0));
    let walks = walks(&mut stream(seed, "yard walks", 0), &assembly.obstacles, &stops);
    let sensor = Sensor {
        white_balance: Vec3::new(0.94, 1.0, 1.04),
        gamma: 1.05,
        noise: 3.4,
        infrared_at_night: true,
        sway: 1.8,
    };
    let camera = Camera {
        name: "yard",
        position: Vec3::new(3.2, 2.9, -4.6),
        target: Vec3::new(1.4, 1.5, 4.2),
        field_of_view: 0.56,
        sensor,
    };
    Place {
        name: PlaceName::Yard,
        parts: assembly.parts,
        trees: assembly.trees,
        lamps: assembly.lamps,
        indoors: false,
        obstacles: assembly.obstacles,
        walks,
        roads: roads(),
        cameras: vec![camera.hung(&mut stream(seed, "yard camera", 0))],
    }
}

fn lay_ground(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
    let base = pick(&[[150, 142, 132], [132, 128, 124], [158, 128, 108], [140, 134, 118]], random);
    let slabs = Slabs::any(random);
    let paved = Material::matt(match random.random_range(0..4) {
        0 => ground::gravel(base, random),
        1 => ground::concrete(base, random),
        _ => ground::paving(base, slabs, random),
    });
    assembly.level(-HALF - Vec2::ONE, Vec2::new(HALF.x + 1.0, HALF.y), 0.0, &paved, GROUND);
    let (min, max) = LAWN;
    let grass = Material::matt(ground::grass(random));
    assembly.level(min, max, 0.02, &grass, GROUND);
    for (x, z, width, depth) in
        [(max.x, (min.y + max.y) / 2.0, 0.12, max.y - min.y), ((min.x + max.x) / 2.0, max.y, max.x - min.x, 0.12)]
    {
        assembly.boxed(&stand(x, 0.0, z, 0.0), Vec3::Y * 0.025, Vec3::new(width, 0.05, depth), &furniture.stone);
    }
    let drain = Material::matt(ground::manhole(random)).glossy(0.2);
    let (x, z) = (random.random_range(-1.0..4.0), random.random_range(-1.0..3.0));
    let face = Face { origin: Vec3::new(x, 0.014, z), right: Vec3::X, up: Vec3::NEG_Z, size: Vec2::splat(0.6) };
    assembly.add_here(&face.picture(Area::new(0.0, 0.0, 0.6, 0.6), 0.0), &drain);
    // Where a slab was relaid or a heap of sand has left its colour.
    let patch = Material::matt(ground::concrete(vary(base, 0.15, random), random));
    for _ in 0..random.random_range(2..5) {
        let corner = Vec2::new(random.random_range(-2.0..6.0), random.random_range(-6.0..5.0));
        assembly.level(
            corner,
            corner + Vec2::new(random.random_range(0.6..1.8), random.random_range(0.5..1.2)),
            0.01,
            &patch,
            GROUND,
        );
    }
}

/// The back of the house, in two parts: one with the door, one with the passage.
fn house(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
    let split = random.random_range(1.0..2.6);
    let masonry = &Masonry::any(random);
    // Seen from the yard, the house's left end is in the east.
    let parts = [
        (HALF.x + 1.0, HALF.x + 1.0 - split, GroundFloor::Passage { centre: HALF.x + 1.0 - GATE }),
        (split, split + HALF.x + 1.0, GroundFloor::Plain),
    ];
    for (left, width, ground) in parts {
        House::build(assembly, random, furniture, (Vec3::new(left, 0.0, HALF.y), Vec3::NEG_X, width), masonry, ground);
    }
    hall_door(assembly, random, furniture);
    let wall = |from: f32, to: f32| Obstacle { min: Vec2::new(from, HALF.y), max: Vec2::new(to, HALF.y + 4.0) };
    let side = PASSAGE.x / 2.0 + 0.15;
    assembly.obstacles.extend([wall(-10.0, DOOR - 0.7), wall(DOOR + 0.7, GATE - side), wall(GATE + side, 10.0)]);
}

/// A porch built on to the house: the door stands open, one sees a corridor.
fn hall_door(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
    let depth = 0.9;
    let front = Face::upright(Vec3::new(DOOR + 1.1, 0.0, HALF.y - depth), Vec3::NEG_X, 2.2, 2.7);
    let paint = walls::facade_colour(random);
    let plaster = Material::matt(walls::plaster(paint, random));
    let area = Area::new(0.5, 0.0, 1.2, 2.2);
    assembly.add_here(&front.tiled(0.0, WALL, &[area]), &plaster);
    assembly.add_here(&front.reveal(area, depth - 0.05, WALL), &furniture.stone);
    let inside = Material::matt(openings::inside(area.size(), random)).glowing(0.15);
    assembly.add_here(&front.picture(area, depth - 0.05), &inside);
    for (x, z, right) in [(DOOR - 1.1, HALF.y - depth, Vec3::Z), (DOOR + 1.1, HALF.y, Vec3::NEG_Z)] {
        let side = Face::upright(Vec3::new(x, 0.0, z), right, depth, 2.7);
        assembly.add_here(&side.tiled(0.0, WALL, &[]), &plaster);
    }
    let roof = front.space(1.1, 2.75, depth / 2.0);
    assembly.boxed(&roof, Vec3::Z * 0.15, Vec3::new(2.6, 0.1, depth + 0.5), &furniture.iron);
    let colour = vary(pick(&[[50, 84, 66], [110, 50, 44], [60, 70, 96], [150, 112, 74]], random), 0.1, random);
    let door = Material::matt(openings::door(area.size(), colour, 0.4, random)).two_sided();
    let leaf = front.space(area.left, 0.0, 0.0) * Affine3A::from_rotation_y(-1.9);
    let wing = Face::upright(Vec3::new(0.02, 0.01, 0.0), Vec3::X, 1.2, 2.2);
    assembly.add(&wing.picture(Area::new(0.0, 0.0, 1.2, 2.2), 0.0), &leaf, &door);
    assembly.block(&leaf, Vec2::new(0.6, 0.0), Vec2::new(0.6, 0.03));
    furniture.wall_lamp(assembly, &front.space(1.1, 2.45, 0.0), Vec3::new(3.6, 3.0, 2.1), 9.0);
    let plate = Material::matt(signs::plate("HALL", [0.6, 0.18], [226, 222, 210], [50, 50, 54]));
    assembly.add_here(&front.picture(Area::new(1.75, 1.6, 0.4, 0.14), -0.02), &plate);
    for side in [-0.85, 0.85] {
        assembly.block(&stand(DOOR + side, 0.0, HALF.y - depth / 2.0, 0.0), Vec2::ZERO, Vec2::new(0.25, depth / 2.0));
    }
}

/// Walls on the three other sides, one with ivy, and what is seen beyond them.
fn enclose(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
    let brick = Material::matt(walls::brick(random));
    let other = match random.random_range(0..3) {
        0 => Material::matt(walls::brick(random)),
        1 => Material::matt(ground::boards(pick(&[[130, 104, 78], [96, 92, 86], [112, 78, 54]], random), 0.16, random)),
        _ => Material::matt(walls::plaster([176, 170, 158], random)),
    };
    let height = random.random_range(2.2..2.9);
    let west = Face::upright(Vec3::new(-HALF.x, 0.0, HALF.y), Vec3::NEG_Z, 2.0 * HALF.y, height);
    let north = Face::upright(Vec3::new(-HALF.x, 0.0, -HALF.y), Vec3::X, 2.0 * HALF.x, height);
    let east = Face::upright(Vec3::new(HALF.x, 0.0, -HALF.y), Vec3::Z, 2.0 * HALF.y, height + 1.6);
    for (face, material) in [(&west, &brick), (&north, &other), (&east, &brick)] {
        assembly.add_here(&face.tiled(0.0, WALL, &[]), material);
        let top = face.space(face.size.x / 2.0, face.size.y, 0.1);
        assembly.boxed(&top, Vec3::Y * 0.04, Vec3::new(face.size.x, 0.09, 0.34), &furniture.stone);
    }
    // The neighbours' houses.
    let masonry = &Masonry::any(random);
    House::build(
        assembly,
        random,
        furniture,
        (Vec3::new(-HALF.x - 6.0, 0.0, 14.0), Vec3::NEG_Z, 14.0),
        masonry,
        GroundFloor::Plain,
    );
    House::build(
        assembly,
        random,
        furniture,
        (Vec3::new(-HALF.x - 6.0, 0.0, -1.0), Vec3::NEG_Z, 14.0),
        masonry,
        GroundFloor::Plain,
    );
    let species = Species::any(random);
    for (face, width) in [(&west, 3.2), (&east, 2.2)] {
        let middle = random.random_range(7.0..11.0);
        ivy(assembly, random, &species, &face.space(middle, 0.0, 0.0), width, height);
    }
    let wall = |min: [f32; 2], max: [f32; 2]| Obstacle { min: Vec2::from_array(min), max: Vec2::from_array(max) };
    let Vec2 { x, y: z } = HALF;
    assembly.obstacles.extend([
        wall([-x - 1.0, -z], [-x + 0.25, z]),
        wall([-x, -z - 1.0], [x, -z]),
        wall([x - 0.25, -z], [x + 1.0, z]),
    ]);
}

/// Puts the furniture; returns where one may stop, and looks where.
fn furnish(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) -> Vec<(Vec3, f32)> {
    let shift = random.random_range(-0.3..0.3);
    furniture.bicycle_rack(assembly, &stand(RACK.x, 0.0, RACK.y, 0.0), RACK_PLACES);
    for index in 0..random.random_range(2..5) {
        let size = Vec3::new(0.58, 1.05, 0.7) * random.random_range(0.9..1.12);
        let turn = random.random_range(-0.25..0.25);
        furniture.wheelie_bin(assembly, random, &stand(0.2 + index as f32 * 0.78 + shift, 0.0, 7.3, PI + turn), size);
    }
    shed(assembly, random, furniture, &stand(SHED.x, 0.0, SHED.y, FRAC_PI_2));
    washing_line(assembly, random, furniture);
    furniture.bench(assembly, &stand(-2.0, 0.0, -3.6 + shift, FRAC_PI_2));
    furniture.bench(assembly, &stand(8.2, 0.0, 1.6 + shift, -FRAC_PI_2));
    clutter(assembly, random, furniture);
    let grille = stand(GATE + PASSAGE.x / 2.0 - 0.06, 0.0, HALF.y - 0.95, FRAC_PI_2 + 0.15);
    furniture.grille(assembly, &grille, 1.5, 2.2);
    assembly.block(&grille, Vec2::ZERO, Vec2::new(0.75, 0.05));
    furniture.wall_lamp(assembly, &stand(-HALF.x, 2.1, 3.0, FRAC_PI_2), Vec3::new(2.4, 2.0, 1.5), 8.0);
    let mut stops = vec![
        (Vec3::new(-1.2, 0.0, -3.6 + shift), FRAC_PI_2),
        (Vec3::new(7.35, 0.0, 1.6 + shift), -FRAC_PI_2),
        (Vec3::new(0.8, 0.0, 6.2), 0.0),
        (Vec3::new(RACK.x, 0.0, RACK.y - 1.2), 0.0),
        (Vec3::new(SHED.x + 1.8, 0.0, SHED.y - 0.6), -FRAC_PI_2),
        (Vec3::new(3.4, 0.0, -3.6), PI),
    ];
    stops.retain(|(at, _)| !assembly.obstacles.iter().any(|obstacle| obstacle.is_in_the_way(*at, *at, 0.3)));
    stops
}

fn shed(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture, to: &Affine3A) {
    let colour = pick(&[[120, 88, 60], [86, 96, 84], [140, 130, 116], [104, 62, 48]], random);
    let size = Vec3::new(2.6, 2.15, 2.2);
    let boards = Material::matt(ground::boards(colour, 0.16, random));
    let roof = Material::matt(walls::ribs(pick(&[[92, 94, 96], [120, 70, 56], [70, 80, 72]], random), 0.16, random))
        .two_sided();
    for (origin, right, width) in [
        (Vec3::new(-1.3, 0.0, 1.1), Vec3::X, size.x),
        (Vec3::new(1.3, 0.0, -1.1), Vec3::NEG_X, size.x),
        (Vec3::new(1.3, 0.0, 1.1), Vec3::NEG_Z, size.z),
        (Vec3::new(-1.3, 0.0, -1.1), Vec3::Z, size.z),
    ] {
        assembly.add(&Face::upright(origin, right, width, size.y).tiled(0.0, 4.0, &[]), to, &boards);
    }
    let slope = Face {
        origin: Vec3::new(-1.5, 2.05, 1.4),
        right: Vec3::X,
        up: Vec3::new(0.0, 0.16, -0.98),
        size: Vec2::new(3.0, 2.9),
    };
    assembly.add(&slope.tiled(-0.12, WALL, &[]), to, &roof);
    let front = Face::upright(Vec3::new(-1.3, 0.0, 1.1), Vec3::X, size.x, size.y);
    // The door stands open against the wall.
    let inside = Material::matt(openings::inside([0.9, 1.9], random));
    assembly.add(&front.picture(Area::new(0.3, 0.02, 0.9, 1.9), -0.02), to, &inside);
    let door = Material::matt(openings::door([0.9, 1.9], shade(colour, 0.75), 0.0, random)).two_sided();
    let leaf = *to * front.space(0.3, 0.02, 0.0) * Affine3A::from_rotation_y(-1.9);
    assembly.add(
        &Face::upright(Vec3::ZERO, Vec3::X, 0.9, 1.9).picture(Area::new(0.0, 0.0, 0.9, 1.9), 0.0),
        &leaf,
        &door,
    );
    assembly.block(&leaf, Vec2::new(0.45, 0.0), Vec2::new(0.45, 0.03));
    let pane = Material::matt(openings::window(
        [0.8, 0.7],
        openings::WindowStyle { frame: [196, 190, 178], columns: 2, transom: false },
        random,
    ))
    .glossy(0.4);
    assembly.add(&front.picture(Area::new(1.5, 1.0, 0.8, 0.7), -0.03), to, &pane);
    for x in [-1.3, 1.3] {
        assembly.boxed(to, Vec3::new(x, 1.07, 1.1), Vec3::new(0.1, 2.14, 0.1), &furniture.wood);
    }
    // On either side of the door.
    assembly.block(to, Vec2::new(0.72, 0.0), Vec2::new(0.68, 1.2));
    assembly.block(to, Vec2::new(-1.28, 0.0), Vec2::new(0.12, 1.2));
}

/// A line between two posts on the lawn with clothes and sheets on it.
fn washing_line(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
    let ends = [Vec3::new(-7.8, 0.0, -2.6), Vec3::new(-3.6, 0.0, -2.0)];
    for end in ends {
        assembly.add_here(&bar(end + Vec3::Y * 2.0, end, [0.035, 0.045], 8), &furniture.iron);
        assembly.boxed(&stand(end.x, 0.0, end.z, 0.14), Vec3::Y * 1.95, Vec3::new(0.06, 0.06, 0.9), &furniture.iron);
        assembly.block(&stand(end.x, 0.0, end.z, 0.0), Vec2::ZERO, Vec2::splat(0.1));
    }
    let line = Material::matt(walls::smooth([210, 208, 200], random));
    let along = (ends[1] - ends[0]).normalize();
    assembly.add_here(&bar(ends[0] + Vec3::Y * 1.9, ends[1] + Vec3::Y * 1.9, [0.008, 0.008], 4), &line);
    if random.random_bool(0.3) {
        return;
    }
    let mut at = 0.3;
    while at < 3.2 {
        let (width, height) = (random.random_range(0.35..1.1), random.random_range(0.45..1.15));
        let colour = pick(
            &[[224, 222, 216], [150, 170, 196], [190, 96, 84], [214, 196, 140], [96, 112, 104], [70, 76, 100]],
            random,
        );
        let cloth = Material::matt(walls::smooth(vary(colour, 0.1, random), random)).two_sided();
        let face = Face::upright(ends[0] + along * at + Vec3::Y * (1.9 - height), along, width, height);
        assembly.add_here(&face.picture(Area::new(0.0, 0.0, width, height), 0.0), &cloth);
        at += width + random.random_range(0.06..0.4);
    }
    assembly
        .obstacles
        .push(Obstacle { min: Vec2::new(ends[0].x, ends[0].z - 0.1), max: Vec2::new(ends[1].x, ends[1].z + 0.1) });
}

/// What gathers in a yard: crates, pots, a ladder, a rain barrel, sacks.
fn clutter(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
    let spots = [(8.1, 5.0), (-8.2, 3.9), (-8.3, 1.4), (8.2, -2.0), (3.2, -7.3), (-0.4, -7.3), (8.2, 3.6)];
    for (x, z) in spots {
        let to = stand(x, 0.0, z, random.random_range(-0.3..0.3));
        match random.random_range(0..5) {
            0 => crates(assembly, random, furniture, &to),
            1 => {
                let plastic =
                    Material::matt(walls::smooth(pick(&[[50, 80, 110], [66, 84, 60], [90, 70, 54]], random), random))
                        .glossy(0.2);
                let rings =
                    [[0.92, 0.0, 0.0], [0.9, 0.28, 0.28], [0.6, 0.33, 0.33], [0.3, 0.33, 0.33], [0.0, 0.28, 0.28]];
                assembly.add(&crate::mesh::Mesh::tube(&rings, 16), &to, &plastic);
                assembly.block(&to, Vec2::ZERO, Vec2::splat(0.34));
            }
            2 => {
                furniture.planter(assembly, &to, Vec3::new(0.8, 0.5, 0.8));
                let bush = Species::any(random).bush(random, Vec3::new(x, 0.5, z), Vec3::new(0.45, 0.4, 0.45));
                assembly.trees.push(bush);
            }
            3 => {
                for leg in [-0.22, 0.22] {
                    let (foot, top) = (Vec3::new(leg, 0.0, 0.25), Vec3::new(leg, 2.3, -0.35));
                    assembly.add(&bar(top, foot, [0.03, 0.03], 5), &to, &furniture.wood);
                }
                for rung in 1..8 {
                    let share = rung as f32 / 8.0;
                    assembly.boxed(
                        &to,
                        Vec3::new(0.0, 2.3 * share, 0.25 - 0.6 * share),
                        Vec3::new(0.44, 0.035, 0.035),
                        &furniture.wood,
                    );
                }
                assembly.block(&to, Vec2::ZERO, Vec2::splat(0.42));
            }
            _ => {}
        }
    }
}

fn crates(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture, to: &Affine3A) {
    let plastic =
        Material::matt(leaves::bars(pick(&[[180, 60, 44], [60, 96, 150], [70, 110, 70]], random))).two_sided();
    for level in 0..random.random_range(1..4) {
        let (y, turn) = (0.02 + level as f32 * 0.31, random.random_range(-0.2..0.2));
        let crate_space = *to * Affine3A::from_translation(Vec3::Y * y) * Affine3A::from_rotation_y(turn);
        assembly.boxed(&crate_space, Vec3::Y * 0.15, Vec3::new(0.56, 0.28, 0.38), &furniture.wood);
        assembly.boxed(&crate_space, Vec3::Y * 0.15, Vec3::new(0.6, 0.3, 0.42), &plastic);
    }
    assembly.block(to, Vec2::ZERO, Vec2::splat(0.38));
}

fn plant(assembly: &mut Assembly, random: &mut ChaCha8Rng) {
    let species = [Species::any(random), Species::any(random)];
    for (x, z) in [(-4.3, -6.2), (-7.6, -4.0), (1.0, -7.0)] {
        let (x, z) = (x + random.random_range(-0.3..0.3), z + random.random_range(-0.3..0.3));
        if random.random_bool(0.75) {
            let height = random.random_range(4.6..6.4);
            let tree = species[0].tree(random, Vec3::new(x, 0.0, z), height);
            assembly.block(&stand(x, 0.0, z, 0.0), Vec2::ZERO, Vec2::splat(0.22));
            assembly.trees.push(tree);
        }
    }
    for (x, z) in [(-8.1, -1.4), (-6.8, -0.9), (-8.2, 0.2), (2.4, -7.3), (4.6, -7.3), (-3.9, 7.4), (8.3, 6.8)] {
        if random.random_bool(0.7) {
            let radii = Vec3::new(
                random.random_range(0.45..0.75),
                random.random_range(0.4..0.8),
                random.random_range(0.4..0.6),
            );
            let bush = species[1].bush(random, Vec3::new(x, 0.0, z), radii);
            assembly.block(&stand(x, 0.0, z, 0.0), Vec2::ZERO, Vec2::new(radii.x, radii.z) * 0.8);
            assembly.trees.push(bush);
        }
    }
}

fn walks(random: &mut ChaCha8Rng, obstacles: &[Obstacle], stops: &[(Vec3, f32)]) -> Ways {
    let mut walks = Ways::default();
    let inner = HALF - Vec2::splat(0.9);
    walks.scatter(random, (-inner, inner), 0.0, 1.1, obstacles);
    walks.add(Vec3::new(GATE, 0.0, HALF.y + 3.6), Role::Gate { to: Some(PlaceName::Street) });
    walks.add(Vec3::new(GATE, 0.0, HALF.y + 1.8), Role::Pass);
    walks.add(Vec3::new(GATE, 0.0, HALF.y + 0.3), Role::Pass);
    walks.add(Vec3::new(DOOR, 0.0, HALF.y + 0.5), Role::Gate { to: Some(PlaceName::Hall) });
    walks.add(Vec3::new(DOOR, 0.0, HALF.y - 1.3), Role::Pass);
    // A door in the shed, for whoever fetches a spade and stays away.
    walks.add(Vec3::new(SHED.x + 0.3, 0.0, SHED.y + SHED_DOOR), Role::Gate { to: None });
    walks.add(Vec3::new(SHED.x + 1.6, 0.0, SHED.y + SHED_DOOR), Role::Pass);
    for &(position, heading) in stops {
        walks.add(position, Role::Stop { heading });
    }
    walks.meet_at(&[Vec3::new(1.0, 0.0, 0.5), Vec3::new(3.8, 0.0, 3.4), Vec3::new(-0.5, 0.0, -4.6)]);
    walks.weave(2.05, obstacles);
    walks
}

/// From the passage to the rack and back.
fn roads() -> Ways {
    let mut roads = Ways::default();
    let gate = roads.add(Vec3::new(GATE, 0.0, HALF.y + 3.6), Role::Gate { to: Some(PlaceName::Street) });
    let mouth = roads.add(Vec3::new(GATE, 0.0, HALF.y - 1.6), Role::Pass);
    let before = roads.add(Vec3::new(RACK.x + 2.6, 0.0, RACK.y - 1.9), Role::Pass);
    roads.links.extend([[gate, mouth], [mouth, gate], [mouth, before], [before, mouth]]);
    for place in 0..RACK_PLACES {
        let x = RACK.x + (place as f32 - (RACK_PLACES - 1) as f32 / 2.0) * 0.8 + 0.2;
        let front = roads.add(Vec3::new(x, 0.0, RACK.y - 1.9), Role::Pass);
        let stop = roads.add(Vec3::new(x, 0.0, RACK.y), Role::Stop { heading: 0.0 });
        roads.links.extend([[before, front], [front, stop], [stop, front], [front, before]]);
    }
    roads
}
