//! The street: a road from west to east with parking bays, a zebra crossing and two rows of houses. It ends at both sides
//! in a road across, so that whoever leaves turns a corner. The hall and the yard are behind the northern houses.

use std::f32::consts::{FRAC_PI_2, PI};

use glam::{Affine3A, Vec2, Vec3};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::assembly::{Assembly, stand};
use super::building::{DEPTH, GroundFloor, House, Masonry, PORCH};
use super::furniture::Furniture;
use super::paint::canvas::pick;
use super::paint::ground::{self, GROUND, Slabs};
use super::paint::signs;
use super::trees::Species;
use super::{Camera, Obstacle, Place, PlaceName, Role, Sensor, Ways};
use crate::mesh::Material;
use crate::seed::stream;
use crate::texture::Texture;

/// Half the width of the carriageway.
const ROAD: f32 = 3.5;
/// Where parking bays end and the pavement begins.
const BAY: f32 = 5.6;
/// Where the house fronts stand.
const FRONT: f32 = 8.6;
/// Where the rows of houses end.
const ROW_END: f32 = 28.0;
/// The near and the far side of the roads across the ends.
const ACROSS: [f32; 2] = [30.5, 37.5];
/// Where the houses beyond stand.
const BEYOND: f32 = 40.0;
/// How high the pavement lies over the road.
const KERB: f32 = 0.06;
/// The middle of a lane; the cars keep to the right.
const LANE: f32 = 1.75;
/// Half the zebra crossing, along the road.
const ZEBRA: f32 = 2.0;
/// Parking bays: which side (1 south, -1 north), from where to where; each holds two.
const BAYS: [(f32, f32, f32); 4] = [(1.0, 6.0, 17.0), (1.0, -19.0, -8.0), (-1.0, -18.5, -7.5), (-1.0, 11.0, 22.0)];
/// The middle of the way into the hall, and of the passage to the yard.
const HALL_DOOR: f32 = 2.5;
const PASSAGE_DOOR: f32 = -5.0;

/// The street of the world of `seed`.
pub fn build(seed: u64) -> Place {
    let mut assembly = Assembly::default();
    let furniture = Furniture::any(&mut stream(seed, "street furniture", 0));
    lay_ground(&mut assembly, &mut stream(seed, "street ground", 0), &furniture);
    build_houses(&mut assembly, &mut stream(seed, "street houses", 0), &furniture);
    let stops = furnish(&mut assembly, &mut stream(seed, "street things", 0), &furniture);
    plant(&mut assembly, &mut stream(seed, "street trees", 0), &furniture);
    let walks = walks(&mut stream(seed, "street walks", 0), &assembly.obstacles, &stops);
    let random = &mut stream(seed, "street cameras", 0);
    Place {
        name: PlaceName::Street,
        parts: assembly.parts,
        trees: assembly.trees,
        lamps: assembly.lamps,
        indoors: false,
        obstacles: assembly.obstacles,
        walks,
        roads: roads(),
        cameras: cameras().map(|camera| camera.hung(random)).into(),
    }
}

fn cameras() -> [Camera; 2] {
    let sensor = Sensor {
        white_balance: Vec3::new(0.96, 1.0, 1.05),
        gamma: 1.0,
        noise: 2.0,
        infrared_at_night: false,
        sway: 1.2,
    };
    let north = Camera {
        name: "street-north",
        position: Vec3::new(-8.2, 3.3, -7.9),
        target: Vec3::new(0.6, 0.9, -2.6),
        field_of_view: 0.46,
        sensor,
    };
    let warm = Sensor { white_balance: Vec3::new(1.05, 1.0, 0.94), gamma: 1.08, noise: 2.8, ..sensor };
    let south = Camera {
        name: "street-south",
        position: Vec3::new(8.6, 3.4, 7.9),
        target: Vec3::new(-0.4, 0.9, 2.2),
        field_of_view: 0.48,
        sensor: warm,
    };
    [north, south]
}

fn lay_ground(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
    let road = Material::matt(ground::asphalt(random));
    assembly.level(Vec2::new(-BEYOND, -26.0), Vec2::new(BEYOND, 26.0), 0.0, &road, GROUND);
    let base = pick(&[[158, 154, 146], [142, 138, 134], [168, 150, 128], [132, 124, 120], [150, 118, 100]], random);
    let slabs = Slabs::any(random);
    let pavement = Material::matt(ground::paving(base, slabs, random));
    for side in [-1.0, 1.0] {
        // Behind the bays along the whole row, round both corners, and out to the road where nobody parks.
        level_beside(assembly, side, [-ACROSS[0], ACROSS[0]], [BAY, FRONT], &pavement);
        for end in [-ACROSS[0], ROW_END] {
            level_beside(assembly, side, [end, end + ACROSS[0] - ROW_END], [FRONT, 22.0], &pavement);
        }
        let mut left = -ACROSS[0];
        let mut bays: Vec<_> = BAYS.iter().filter(|bay| bay.0 == side).collect();
        bays.sort_by(|one, other| one.1.total_cmp(&other.1));
        for &&(_, from, to) in &bays {
            built_out(assembly, side, [left, from], &pavement, furniture);
            kerb(assembly, Vec3::new((from + to) / 2.0, 0.0, side * BAY), Vec2::new(to - from, 0.16), furniture);
            bay_marks(assembly, random, side, [from, to]);
            left = to;
        }
        built_out(assembly, side, [left, ACROSS[0]], &pavement, furniture);
        level_beside(assembly, side, [-BEYOND, -ACROSS[1]], [0.0, 26.0], &pavement);
        level_beside(assembly, side, [ACROSS[1], BEYOND], [0.0, 26.0], &pavement);
    }
    mark_road(assembly, random);
    mend_road(assembly, random);
}

/// Pavement on one side of the road, between distances from its middle.
fn level_beside(assembly: &mut Assembly, side: f32, x: [f32; 2], from_middle: [f32; 2], material: &Material) {
    let z = [from_middle[0] * side, from_middle[1] * side];
    assembly.level(Vec2::new(x[0], z[0].min(z[1])), Vec2::new(x[1], z[0].max(z[1])), KERB, material, GROUND);
}

/// Pavement that comes out to the road between two bays, with kerbs on its three sides.
fn built_out(assembly: &mut Assembly, side: f32, x: [f32; 2], pavement: &Material, furniture: &Furniture) {
    level_beside(assembly, side, x, [ROAD, BAY], pavement);
    kerb(assembly, Vec3::new((x[0] + x[1]) / 2.0, 0.0, side * ROAD), Vec2::new(x[1] - x[0], 0.16), furniture);
    for end in x {
        kerb(assembly, Vec3::new(end, 0.0, side * (ROAD + BAY) / 2.0), Vec2::new(0.16, BAY - ROAD), furniture);
    }
}

fn kerb(assembly: &mut Assembly, middle: Vec3, size: Vec2, furniture: &Furniture) {
    let height = KERB + 0.015;
    let mut left = 0.0;
    let (length, lengthwise) = (size.max_element(), size.x > size.y);
    while left < length {
        // Kerbstones a metre long, with joints.
        let stone = (length - left).min(1.0);
        let along = left + stone / 2.0 - length / 2.0;
        let by = if lengthwise { Vec3::X * along } else { Vec3::Z * along };
        let size = if lengthwise {
            Vec3::new(stone - 0.012, height, size.y)
        } else {
            Vec3::new(size.x, height, stone - 0.012)
        };
        assembly.boxed(&Affine3A::IDENTITY, middle + by + Vec3::Y * height / 2.0, size, &furniture.stone);
        left += stone;
    }
}

fn bay_marks(assembly: &mut Assembly, random: &mut ChaCha8Rng, side: f32, [from, to]: [f32; 2]) {
    let paint = Material::matt(ground::road_paint([1.0, 2.0], 10, random));
    for x in [from + 0.15, (from + to) / 2.0, to - 0.15] {
        let z = [side * (ROAD + 0.05), side * (BAY - 0.1)];
        let (min, max) = (Vec2::new(x - 0.05, z[0].min(z[1])), Vec2::new(x + 0.05, z[0].max(z[1])));
        assembly.level(min, max, 0.012, &paint, 2.0);
    }
}

fn mark_road(assembly: &mut Assembly, random: &mut ChaCha8Rng) {
    let wear = random.random_range(2..26);
    let paint = Material::matt(ground::road_paint([1.0, 3.0], wear, random));
    let bars = 8;
    for bar in 0..bars {
        let z = -ROAD + 0.2 + (bar as f32 + 0.25) * (2.0 * ROAD - 0.4) / bars as f32;
        assembly.level(Vec2::new(-ZEBRA, z), Vec2::new(ZEBRA, z + 0.46), 0.014, &paint, 3.0);
    }
    for (x, lane) in [(-ZEBRA - 1.3, 1.0), (ZEBRA + 0.9, -1.0)] {
        let z = [0.15 * lane, (ROAD - 0.2) * lane];
        assembly.level(Vec2::new(x, z[0].min(z[1])), Vec2::new(x + 0.4, z[0].max(z[1])), 0.014, &paint, 3.0);
    }
    let mut x = -28.0;
    while x < 28.0 {
        if !(-6.0..4.0).contains(&x) {
            assembly.level(Vec2::new(x, -0.06), Vec2::new(x + 2.0, 0.06), 0.016, &paint, 3.0);
        }
        x += 4.0;
    }
    for side in [-1.0, 1.0] {
        let mut x = -30.0;
        while x < 30.0 {
            if BAYS.iter().any(|bay| bay.0 == side && (bay.1..bay.2).contains(&(x + 0.4))) {
                assembly.level(
                    Vec2::new(x, side * ROAD - 0.05),
                    Vec2::new(x + 0.8, side * ROAD + 0.05),
                    0.012,
                    &paint,
                    3.0,
                );
            }
            x += 1.6;
        }
    }
}

/// Patches of newer or older tarmac, manholes and gullies.
fn mend_road(assembly: &mut Assembly, random: &mut ChaCha8Rng) {
    let patches = [Material::matt(ground::asphalt(random)), Material::matt(ground::asphalt(random))];
    for _ in 0..random.random_range(3..8) {
        let patch = &patches[random.random_range(0..2)];
        let (x, z) = (random.random_range(-22.0..20.0_f32), random.random_range(-3.2..1.4_f32));
        let size = Vec2::new(random.random_range(0.8..5.0), random.random_range(0.6..1.8));
        if x > ZEBRA + 1.0 || x + size.x < -ZEBRA - 1.0 {
            assembly.level(Vec2::new(x, z), Vec2::new(x, z) + size, 0.008, patch, GROUND);
        }
    }
    let cover = Material::matt(ground::manhole(random)).glossy(0.2);
    for _ in 0..5 {
        let (x, z): (f32, f32) = (random.random_range(-20.0..20.0), pick(&[-2.4, -0.9, 0.9, 2.4, 6.8, -6.8], random));
        let (half, y) = (0.33, if z.abs() > ROAD { KERB + 0.012 } else { 0.022 });
        let face = super::assembly::Face {
            origin: Vec3::new(x - half, y, z + half),
            right: Vec3::X,
            up: Vec3::NEG_Z,
            size: Vec2::splat(2.0 * half),
        };
        assembly.add_here(&face.picture(super::assembly::Area::new(0.0, 0.0, 2.0 * half, 2.0 * half), 0.0), &cover);
    }
}

fn build_houses(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
    let masonry = &Masonry::any(random);
    // The northern row, from the west: the hall and the passage are in the two middle houses.
    let split = random.random_range(-2.6..-0.4);
    let north = [
        -ROW_END,
        random.random_range(-18.0..-13.0),
        split,
        random.random_range(8.0..11.0),
        random.random_range(17.5..20.0),
        ROW_END,
    ];
    for (index, edges) in north.windows(2).enumerate() {
        let ground = match index {
            1 => GroundFloor::Passage { centre: PASSAGE_DOOR - edges[0] },
            2 => GroundFloor::Entrance { centre: HALL_DOOR - edges[0] },
            _ => any_ground_floor(random),
        };
        House::build(
            assembly,
            random,
            furniture,
            (Vec3::new(edges[0], KERB, -FRONT), Vec3::X, edges[1] - edges[0]),
            masonry,
            ground,
        );
    }
    let mut left = -ROW_END;
    while left < ROW_END {
        let rest = ROW_END - left;
        let width = if rest < 17.0 { rest } else { random.random_range(8.0..13.5) };
        let ground = any_ground_floor(random);
        House::build(
            assembly,
            random,
            furniture,
            (Vec3::new(left + width, KERB, FRONT), Vec3::NEG_X, width),
            masonry,
            ground,
        );
        left += width;
    }
    for (x, right) in [(BEYOND, Vec3::Z), (-BEYOND, Vec3::NEG_Z)] {
        let mut along = -26.0;
        while along < 26.0 {
            let width = random.random_range(9.0..13.0_f32).min(26.0 - along).max(4.0);
            let origin = Vec3::new(x, KERB, 0.0) + right * along;
            let ground = any_ground_floor(random);
            House::build(assembly, random, furniture, (origin, right, width), masonry, ground);
            along += width;
        }
    }
    let row = |from: f32, to: f32, side: f32| {
        let z = [side * FRONT, side * (FRONT + DEPTH)];
        Obstacle { min: Vec2::new(from, z[0].min(z[1])), max: Vec2::new(to, z[0].max(z[1])) }
    };
    assembly.obstacles.extend([
        row(-ROW_END, PASSAGE_DOOR - 1.75, -1.0),
        row(PASSAGE_DOOR + 1.75, HALL_DOOR - 1.5, -1.0),
        row(HALL_DOOR + 1.5, ROW_END, -1.0),
        row(-ROW_END, ROW_END, 1.0),
    ]);
}

fn any_ground_floor(random: &mut ChaCha8Rng) -> GroundFloor {
    if random.random_bool(0.6) { GroundFloor::Shop } else { GroundFloor::Flats }
}

/// Puts furniture where nobody parks and nobody walks; returns where one may stop, and looks where.
fn furnish(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) -> Vec<(Vec3, f32)> {
    let at = |x: f32, z: f32, heading: f32| stand(x, KERB, z, heading);
    let crossing = Material::matt(signs::crossing_sign());
    furniture.sign(assembly, &at(-ZEBRA - 0.6, 4.0, -FRAC_PI_2), &crossing, 0.6, 2.7);
    furniture.sign(assembly, &at(ZEBRA + 0.6, -4.0, FRAC_PI_2), &crossing, 0.6, 2.7);
    for (x, side) in [(-6.6, 1.0), (18.6, 1.0), (-24.0, 1.0), (9.9, -1.0), (-20.2, -1.0), (24.0, -1.0)] {
        let heading = if side > 0.0 { PI } else { 0.0 };
        furniture.street_lamp(assembly, &at(x, side * 4.2, heading), 5.4, 1.1);
    }
    for (x, z) in
        [(-ZEBRA - 0.5, 3.9), (ZEBRA + 0.6, 3.9), (-ZEBRA - 0.6, -3.9), (ZEBRA + 1.8, -3.9), (-3.8, -3.9), (-3.8, 3.9)]
    {
        furniture.bollard(assembly, &at(x, z + if z > 0.0 { 0.25 } else { -0.25 }, 0.0));
    }
    furniture.shelter(assembly, random, &at(7.2, -4.75, 0.0));
    let mut stops = vec![(Vec3::new(6.2, KERB, -4.15), 0.0), (Vec3::new(7.6, KERB, -4.1), 0.4)];
    for x in [-5.0 + random.random_range(-0.3..0.3), 20.6, -22.0] {
        furniture.bench(assembly, &at(x, 4.55, 0.0));
        stops.push((Vec3::new(x, KERB, 5.35), 0.0));
    }
    furniture.bench(assembly, &at(24.8 + random.random_range(-0.3..0.3), -5.0, PI));
    for (x, z) in [(-6.0, 5.1), (4.4, -4.6), (19.4, 4.3), (-20.8, -5.2)] {
        let x = x + random.random_range(-0.2..0.2);
        furniture.litter_bin(assembly, random, &at(x, z, if z > 0.0 { PI } else { 0.0 }));
    }
    furniture.planter(assembly, &at(4.4, 4.7, 0.0), Vec3::new(1.3, 0.6, 0.7));
    let heading = random.random_range(0.0..6.0);
    furniture.poster_column(assembly, random, &at(23.8, 4.75, heading));
    for x in [-13.0_f32, -1.0, 9.6, 14.5, 22.0, -20.5] {
        let side = pick(&[-1.0, 1.0], random);
        if random.random_bool(0.7) && (side > 0.0 || !(-7.5..5.5).contains(&x)) {
            let x = x + random.random_range(-1.0..1.0);
            furniture.easel(assembly, random, &at(x, side * 8.1, side * FRAC_PI_2));
        }
    }
    if random.random_bool(0.6) {
        furniture.cafe_table(assembly, &at(random.random_range(9.0..13.0), 8.1, 0.0));
    }
    for (x, side) in [(-9.0, 1.0), (-1.5, 1.0), (4.5, 1.0), (-10.5, -1.0), (13.0, -1.0), (8.2, -1.0)] {
        stops.push((Vec3::new(x, KERB, side * 7.75), if side > 0.0 { 0.0 } else { PI }));
    }
    // A stop that something was put before is none.
    stops.retain(|(at, _)| !assembly.obstacles.iter().any(|obstacle| obstacle.is_in_the_way(*at, *at, 0.3)));
    stops
}

fn plant(assembly: &mut Assembly, random: &mut ChaCha8Rng, furniture: &Furniture) {
    let species = [Species::any(random), Species::any(random)];
    let earth = Material::matt(Texture::plain([66, 54, 44]));
    for (x, z) in [(-23.0, -4.6), (25.5, 4.6), (-26.3, 4.6), (18.9, 5.0), (-21.2, -4.4), (-7.2, 4.9), (27.0, -4.6)] {
        let x = x + random.random_range(-0.25..0.25);
        if random.random_bool(0.8) {
            let height = random.random_range(5.2..7.6);
            let tree = species[random.random_range(0..2)].tree(random, Vec3::new(x, KERB, z), height);
            assembly.level(Vec2::new(x - 0.5, z - 0.5), Vec2::new(x + 0.5, z + 0.5), KERB + 0.012, &earth, 1.0);
            assembly.block(&stand(x, 0.0, z, 0.0), Vec2::ZERO, Vec2::splat(0.25));
            assembly.trees.push(tree);
        }
    }
    for x in [-26.0, -3.0, 23.6] {
        let size = Vec3::new(1.2, 0.5, 0.5);
        let side = pick(&[-1.0, 1.0], random);
        let z = side * if x == -3.0 { 5.25 } else { 8.2 };
        let x: f32 = if x == -3.0 && side < 0.0 { -7.0 } else { x };
        if (x + 7.0).abs() < 0.1 {
            continue;
        }
        furniture.planter(assembly, &stand(x, KERB, z, 0.0), size);
        let bush = species[0].bush(random, Vec3::new(x, KERB + 0.5, z), Vec3::new(0.55, 0.35, 0.3));
        assembly.trees.push(bush);
    }
}

fn walks(random: &mut ChaCha8Rng, obstacles: &[Obstacle], stops: &[(Vec3, f32)]) -> Ways {
    let mut walks = Ways::default();
    for side in [-1.0_f32, 1.0] {
        let band = |x: [f32; 2], z: [f32; 2]| {
            let z = z.map(|z| z * side);
            (Vec2::new(x[0], z[0].min(z[1])), Vec2::new(x[1], z[0].max(z[1])))
        };
        walks.scatter(random, band([-29.4, 29.4], [6.0, 8.0]), KERB, 1.0, obstacles);
        walks.scatter(random, band([-1.6, 1.6], [3.9, 5.2]), KERB, 1.2, obstacles);
        for corner in [-29.3, 29.3] {
            walks.scatter(random, band([corner - 0.5, corner + 0.5], [9.0, 13.0]), KERB, 1.0, obstacles);
            walks.add(Vec3::new(corner, KERB, side * 14.0), Role::Gate { to: None });
        }
    }
    // Before the bus shelter.
    walks.scatter(random, (Vec2::new(3.0, -5.2), Vec2::new(10.0, -3.9)), KERB, 1.2, obstacles);
    walks.scatter(random, (Vec2::new(-1.4, -2.8), Vec2::new(1.4, 2.8)), 0.0, 1.3, obstacles);
    walks.add(Vec3::new(HALL_DOOR, KERB, -FRONT - PORCH - 0.4), Role::Gate { to: Some(PlaceName::Hall) });
    walks.add(Vec3::new(HALL_DOOR, KERB, -FRONT - 0.2), Role::Pass);
    walks.add(Vec3::new(PASSAGE_DOOR, KERB, -FRONT - 4.0), Role::Gate { to: Some(PlaceName::Yard) });
    walks.add(Vec3::new(PASSAGE_DOOR, KERB, -FRONT - 2.2), Role::Pass);
    walks.add(Vec3::new(PASSAGE_DOOR, KERB, -FRONT - 0.6), Role::Pass);
    for &(position, heading) in stops {
        walks.add(position, Role::Stop { heading });
    }
    walks.meet_at(&[
        Vec3::new(-4.0, KERB, 7.0),
        Vec3::new(8.0, KERB, 7.0),
        Vec3::new(0.5, KERB, -7.0),
        Vec3::new(-11.0, KERB, -7.0),
    ]);
    walks.weave(1.95, obstacles);
    walks
}

/// Two lanes from corner to corner, the bays beside them, and the passage for bicycles.
fn roads() -> Ways {
    let mut roads = Ways::default();
    let east = lane(&mut roads, 1.0);
    let west = lane(&mut roads, -1.0);
    for (side, from, to) in BAYS {
        let lane = if side > 0.0 { &east } else { &west };
        for share in [0.25, 0.75] {
            let middle = Vec3::new(from + (to - from) * share, 0.0, side * (ROAD + 1.05));
            let bay = roads.add(middle, Role::Stop { heading: side * FRAC_PI_2 });
            let before = nearest(&roads, lane, middle.x - side * 7.0);
            let after = nearest(&roads, lane, middle.x + side * 7.0);
            roads.links.extend([[before, bay], [bay, after]]);
        }
    }
    let gate = roads.add(Vec3::new(PASSAGE_DOOR, KERB, -FRONT - 4.0), Role::Gate { to: Some(PlaceName::Yard) });
    let kerb = roads.add(Vec3::new(PASSAGE_DOOR, KERB, -4.2), Role::Pass);
    let (from, to) = (nearest(&roads, &west, PASSAGE_DOOR + 2.0), nearest(&roads, &west, PASSAGE_DOOR - 3.0));
    roads.links.extend([[from, kerb], [kerb, gate], [gate, kerb], [kerb, to]]);
    roads
}

/// One lane through the street: eastwards for side 1, westwards for -1.
fn lane(roads: &mut Ways, side: f32) -> Vec<usize> {
    let point = |x: f32, z: f32| (Vec3::new(side * x, 0.0, side * z), Role::Pass);
    let gate = |x: f32, z: f32| (Vec3::new(side * x, 0.0, side * z), Role::Gate { to: None });
    // Out of the road across, round the corner on a quarter of a circle.
    let corner = (ACROSS[0] + ACROSS[1]) / 2.0 - LANE;
    let radius = 4.0;
    let turn = |angle: f32| (radius * angle.sin(), radius * angle.cos());
    let mut points = vec![gate(-corner, 18.0), point(-corner, 11.0)];
    points.extend((0..=4).map(|step| {
        let (by, rest) = turn(step as f32 * FRAC_PI_2 / 4.0);
        point(-corner + radius - rest, LANE + radius - by)
    }));
    let stop = -ZEBRA - 3.4;
    for x in [-24.0, -20.0, -16.0, -12.0, -8.5, stop, 0.0, 4.0, 8.0, 12.0, 16.0, 20.0, 24.0] {
        let role = if x == stop { Role::Stop { heading: side * FRAC_PI_2 } } else { Role::Pass };
        points.push((Vec3::new(side * x, 0.0, side * LANE), role));
    }
    points.extend((0..=4).map(|step| {
        let (by, rest) = turn(step as f32 * FRAC_PI_2 / 4.0);
        point(corner - radius + by, LANE + radius - rest)
    }));
    points.extend([point(corner, 11.0), gate(corner, 18.0)]);
    roads.chain(&points)
}

fn nearest(roads: &Ways, lane: &[usize], x: f32) -> usize {
    let distance = |index: &usize| {
        (roads.nodes[*index].position.x - x).abs() + (roads.nodes[*index].position.z.abs() - LANE).abs()
    };
    *lane.iter().min_by(|one, other| distance(one).total_cmp(&distance(other))).expect("a lane has points")
}
