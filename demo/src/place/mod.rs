//! Where things happen: what stands there, where one can walk and drive, and the cameras that look at it.

mod assembly;
mod building;
mod furniture;
mod hall;
mod paint;
mod street;
mod trees;
mod ways;
mod yard;

use glam::{Vec2, Vec3};
use rand::{Rng, RngExt as _};
use serde::Serialize;

use crate::mesh::Part;

pub use trees::Tree;
pub use ways::{Node, Role, Ways};

/// One of the places of the world. Each has a space of its own, its origin somewhere on its ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceName {
    /// A road with two pavements, houses, parked cars, lamps, trees.
    Street,
    /// Inside: an entrance hall with doors, a reception desk, pillars, benches, windows.
    Hall,
    /// Behind the house: a paved yard with a gate, a lawn, trees, bicycles, bins.
    Yard,
}

impl PlaceName {
    /// All places.
    pub const ALL: [Self; 3] = [Self::Street, Self::Hall, Self::Yard];
}

/// A place as it stands.
#[derive(Debug, Clone)]
pub struct Place {
    /// Which one.
    pub name: PlaceName,
    /// What never moves: ground, walls, furniture.
    pub parts: Vec<Part>,
    /// What moves in the wind.
    pub trees: Vec<Tree>,
    /// Lamps that burn when it is dark; indoors always.
    pub lamps: Vec<Lamp>,
    /// Under a roof: no rain, no wind, and only lamps and windows give light.
    pub indoors: bool,
    /// What stands on the ground and is in people's way.
    pub obstacles: Vec<Obstacle>,
    /// Where people and animals walk.
    pub walks: Ways,
    /// Where vehicles and bicycles drive. A stop is a place to park, except on a lane of the road, where one waits for the
    /// crossing. Gates to other places are for bicycles only.
    pub roads: Ways,
    /// The cameras that look at it.
    pub cameras: Vec<Camera>,
}

/// A lamp that lights what is around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lamp {
    /// Where.
    pub position: Vec3,
    /// Its light in linear red, green and blue, as it falls on a surface 1 m away and turned to it; the sun is about 1.
    pub light: Vec3,
    /// Beyond this distance, in metres, it gives no light.
    pub reach: f32,
}

/// Something that stands on the ground: a rectangle, seen from above, that nobody walks through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Obstacle {
    /// Its smallest x and z.
    pub min: Vec2,
    /// Its largest x and z.
    pub max: Vec2,
}

impl Obstacle {
    /// Whether the straight way between two points comes nearer to it than `clearance`.
    #[must_use]
    pub fn is_in_the_way(&self, from: Vec3, to: Vec3, clearance: f32) -> bool {
        let (from, along) = (Vec2::new(from.x, from.z), Vec2::new(to.x - from.x, to.z - from.z));
        // The share of the way that lies between two parallel edges, for both pairs of edges.
        let (mut first, mut last) = (0.0_f32, 1.0_f32);
        for axis in 0..2 {
            let (low, high) = (self.min[axis] - clearance - from[axis], self.max[axis] + clearance - from[axis]);
            if along[axis].abs() < 1e-6 {
                if low > 0.0 || high < 0.0 {
                    return false;
                }
                continue;
            }
            let (one, other) = (low / along[axis], high / along[axis]);
            first = first.max(one.min(other));
            last = last.min(one.max(other));
        }
        first < last
    }
}

/// A camera: where it hangs and what it is like.
#[derive(Debug, Clone, PartialEq)]
pub struct Camera {
    /// Its name, for files and addresses: `street-north`.
    pub name: &'static str,
    /// Where it hangs.
    pub position: Vec3,
    /// What is in the middle of its picture.
    pub target: Vec3,
    /// How much it sees from top to bottom, in radians.
    pub field_of_view: f32,
    /// What its sensor makes of the light.
    pub sensor: Sensor,
}

/// What a camera's sensor makes of the light.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensor {
    /// Factors for red, green and blue, about 1: no two cameras agree on what is white.
    pub white_balance: Vec3,
    /// Contrast: the exponent on top of sRGB's own curve; 1 is neutral.
    pub gamma: f32,
    /// Standard deviation of the noise by day, in steps of 255; it rises as the light falls.
    pub noise: f32,
    /// Sees by infrared when it is dark: grey, lit from the camera.
    pub infrared_at_night: bool,
    /// How far it sways in wind, in pixels of a picture 1280 wide.
    pub sway: f32,
}

impl Camera {
    /// The camera as it was hung and bought: a little beside where it was planned, and no two sensors alike.
    fn hung(self, random: &mut impl Rng) -> Self {
        let mut near = |reach: f32| Vec3::from_array(std::array::from_fn(|_| random.random_range(-reach..reach)));
        let (position, target) = (self.position + near(0.17), self.target + near(0.5));
        let white_balance = self.sensor.white_balance + near(0.03);
        let sensor = Sensor {
            white_balance,
            gamma: self.sensor.gamma + random.random_range(-0.06..0.06),
            noise: self.sensor.noise * random.random_range(0.7..1.4),
            sway: self.sensor.sway * random.random_range(0.6..1.5),
            ..self.sensor
        };
        let field_of_view = self.field_of_view * random.random_range(0.95..1.05);
        Self { position, target, field_of_view, sensor, ..self }
    }
}

impl Place {
    /// The place of that name in the world of `seed`: colours, furniture and cameras differ from world to world in what
    /// does not matter to the story (paint, signs, plants, white balance, a few degrees of view).
    #[must_use]
    pub fn build(name: PlaceName, seed: u64) -> Self {
        match name {
            PlaceName::Street => street::build(seed),
            PlaceName::Hall => hall::build(seed),
            PlaceName::Yard => yard::build(seed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEDS: std::ops::Range<u64> = 0..2;

    fn for_every_place(check: impl Fn(&Place)) {
        for seed in SEEDS {
            for name in PlaceName::ALL {
                check(&Place::build(name, seed));
            }
        }
    }

    #[test]
    fn a_seed_builds_the_same_place_again_and_another_seed_another() {
        for name in PlaceName::ALL {
            let place = Place::build(name, 7);
            assert_eq!(place.parts, Place::build(name, 7).parts);
            let other = Place::build(name, 8);
            assert_ne!(place.parts, other.parts);
            assert_ne!(place.cameras, other.cameras);
        }
    }

    #[test]
    fn places_keep_to_their_budget() {
        for_every_place(|place| {
            let triangles: usize = place.parts.iter().map(|part| part.mesh.triangles.len()).sum();
            assert!((3_000..60_000).contains(&triangles), "{:?}: {triangles}", place.name);
        });
    }

    #[test]
    fn no_walk_leads_through_anything() {
        for_every_place(|place| {
            for &[from, to] in &place.walks.links {
                let (from, to) = (place.walks.nodes[from].position, place.walks.nodes[to].position);
                for obstacle in &place.obstacles {
                    assert!(
                        !obstacle.is_in_the_way(from, to, 0.2),
                        "{:?}: {from} to {to} through {obstacle:?}",
                        place.name
                    );
                }
            }
        });
    }

    #[test]
    fn nothing_but_obstacles_stands_at_waist_height_on_a_walk() {
        for_every_place(|place| {
            for part in &place.parts {
                for triangle in &part.mesh.triangles {
                    let corners = triangle.map(|index| part.mesh.vertices[index as usize].position);
                    let middle = (corners[0] + corners[1] + corners[2]) / 3.0;
                    if !(0.4..1.5).contains(&middle.y) {
                        continue;
                    }
                    let at = Obstacle { min: Vec2::new(middle.x, middle.z), max: Vec2::new(middle.x, middle.z) };
                    let hit = place.walks.links.iter().find(|link| {
                        let [from, to] = link.map(|index| place.walks.nodes[index].position);
                        !leads_through_a_door(place, **link) && at.is_in_the_way(from, to, 0.05)
                    });
                    assert_eq!(hit, None, "{:?}: something at {middle}", place.name);
                }
            }
        });
    }

    fn leads_through_a_door(place: &Place, link: [usize; 2]) -> bool {
        link.iter().any(|&index| matches!(place.walks.nodes[index].role, Role::Gate { .. }))
    }

    #[test]
    fn every_point_is_reached_from_every_gate() {
        for_every_place(|place| {
            for (gate, _) in place.walks.gates() {
                let reached = place.walks.reached(gate, true);
                assert!(reached.iter().all(|reached| *reached), "{:?} from {gate}: {reached:?}", place.name);
            }
            let gates = match place.name {
                PlaceName::Street => 6,
                PlaceName::Hall => 4,
                PlaceName::Yard => 3,
            };
            assert_eq!(place.walks.gates().count(), gates, "a gate was cut off");
            let stops = place.walks.nodes.iter().filter(|node| matches!(node.role, Role::Stop { .. })).count();
            assert!(stops >= 4, "{:?}: {stops} stops", place.name);
        });
    }

    #[test]
    fn whoever_drives_in_can_park_and_drive_out() {
        for_every_place(|place| {
            for index in 0..place.roads.nodes.len() {
                let leaves = place.roads.gates().any(|(gate, _)| place.roads.reached(index, false)[gate]);
                let arrives = place.roads.gates().any(|(gate, _)| place.roads.reached(gate, false)[index]);
                assert!(leaves || arrives, "{:?}: {:?}", place.name, place.roads.nodes[index]);
                if matches!(place.roads.nodes[index].role, Role::Stop { .. }) {
                    assert!(leaves && arrives, "{:?}: {:?}", place.name, place.roads.nodes[index]);
                }
            }
        });
    }

    #[test]
    fn doors_lead_both_ways() {
        let places = PlaceName::ALL.map(|name| Place::build(name, 1));
        let leads = |ways: fn(&Place) -> &Ways, from: PlaceName, to: PlaceName| {
            let place = places.iter().find(|place| place.name == from).unwrap();
            ways(place).gates().any(|(_, behind)| behind == Some(to))
        };
        for from in PlaceName::ALL {
            for to in PlaceName::ALL.into_iter().filter(|to| *to != from) {
                assert!(leads(|place| &place.walks, from, to), "{from:?} to {to:?}");
                assert_eq!(
                    leads(|place| &place.roads, from, to),
                    leads(|place| &place.roads, to, from),
                    "{from:?}, {to:?}"
                );
            }
        }
    }

    #[test]
    fn an_obstacle_is_in_the_way_of_what_crosses_it_alone() {
        let obstacle = Obstacle { min: Vec2::new(-1.0, -1.0), max: Vec2::new(1.0, 1.0) };
        let way = |x: f32, z: f32, to_x: f32, to_z: f32| {
            obstacle.is_in_the_way(Vec3::new(x, 0.0, z), Vec3::new(to_x, 0.0, to_z), 0.3)
        };
        assert!(way(-3.0, 0.0, 3.0, 0.0));
        assert!(way(-3.0, 1.2, 3.0, 1.2), "too near");
        assert!(!way(-3.0, 1.4, 3.0, 1.4));
        assert!(!way(-3.0, 0.0, -1.4, 0.0), "ends before");
        assert!(!way(0.0, 3.0, 3.0, 0.0), "round the corner");
    }
}
