//! The measures and lines of a vehicle: its silhouette from the side, how wide it is where, and its cross-sections. Both
//! its surfaces ([`super::body`]) and what is painted on them ([`super::livery`]) follow from here.

use glam::Vec3;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::VehicleKind;
use crate::cast::canvas::Spot;

/// The measures of a vehicle, in metres. Points are (z, y): z grows towards the front, 0 is the middle.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// From bumper to bumper, without the bulge of the bumpers.
    pub length: f32,
    /// Without mirrors.
    pub width: f32,
    /// From the ground to the roof.
    pub height: f32,
    /// Of all four wheels.
    pub wheel_radius: f32,
    /// Where the front and the rear axle are.
    pub axles: [f32; 2],
    /// How high the lower edge of the doors is.
    pub sill: f32,
    /// Where the silhouette bends: the bonnet's front edge and middle, the foot of the windscreen, its top, the highest
    /// point of the roof, the top and foot of the rear window, the rear edge.
    pub silhouette: [Spot; 8],
    /// How high the lower edge of the side windows is at the windscreen and at the rear.
    pub belt: [f32; 2],
    /// Half the width of the roof.
    pub roof: f32,
    /// How far the bumpers bulge out in the middle, front and rear.
    pub bulge: [f32; 2],
    /// Behind the rear window is an open bed.
    pub bed: bool,
    /// The vehicle goes up to its roof at the very rear, as vans do.
    pub square_rear: bool,
}

/// Index into [`Shape::silhouette`].
pub const NOSE: usize = 0;
/// Index into [`Shape::silhouette`].
pub const COWL: usize = 2;
/// Index into [`Shape::silhouette`].
pub const ROOF_FRONT: usize = 3;
/// Index into [`Shape::silhouette`].
pub const ROOF_REAR: usize = 5;
/// Index into [`Shape::silhouette`].
pub const DECK: usize = 6;
/// Index into [`Shape::silhouette`].
pub const TAIL: usize = 7;

/// A typical vehicle of a kind.
struct Typical {
    size: [f32; 3],
    wheel_radius: f32,
    axles: [f32; 2],
    sill: f32,
    silhouette: [Spot; 8],
    belt: [f32; 2],
    roof: f32,
    bulge: [f32; 2],
}

const SEDAN: Typical = Typical {
    size: [4.5, 1.8, 1.45],
    wheel_radius: 0.32,
    axles: [1.36, -1.34],
    sill: 0.24,
    silhouette: [
        [2.08, 0.70],
        [1.60, 0.85],
        [0.95, 0.94],
        [0.20, 1.38],
        [-0.35, 1.45],
        [-1.05, 1.38],
        [-1.68, 1.04],
        [-2.12, 1.00],
    ],
    belt: [0.90, 0.97],
    roof: 0.60,
    bulge: [0.19, 0.14],
};

const HATCHBACK: Typical = Typical {
    size: [4.0, 1.75, 1.5],
    wheel_radius: 0.31,
    axles: [1.26, -1.24],
    sill: 0.25,
    silhouette: [
        [1.82, 0.74],
        [1.45, 0.89],
        [0.92, 0.98],
        [0.22, 1.43],
        [-0.30, 1.50],
        [-1.42, 1.43],
        [-1.80, 1.00],
        [-1.90, 0.94],
    ],
    belt: [0.93, 1.00],
    roof: 0.60,
    bulge: [0.18, 0.11],
};

const SUV: Typical = Typical {
    size: [4.6, 1.9, 1.7],
    wheel_radius: 0.37,
    axles: [1.36, -1.34],
    sill: 0.34,
    silhouette: [
        [2.13, 0.92],
        [1.70, 1.04],
        [1.00, 1.12],
        [0.36, 1.62],
        [-0.30, 1.70],
        [-1.75, 1.63],
        [-2.10, 1.16],
        [-2.18, 1.10],
    ],
    belt: [1.07, 1.14],
    roof: 0.66,
    bulge: [0.16, 0.11],
};

const VAN: Typical = Typical {
    size: [5.3, 2.0, 2.3],
    wheel_radius: 0.34,
    axles: [1.68, -1.52],
    sill: 0.32,
    silhouette: [
        [2.48, 0.95],
        [2.25, 1.10],
        [1.85, 1.25],
        [1.12, 2.12],
        [0.40, 2.28],
        [-1.80, 2.28],
        [-2.50, 2.25],
        [-2.56, 2.18],
    ],
    belt: [1.22, 1.22],
    roof: 0.86,
    bulge: [0.16, 0.07],
};

const PICKUP: Typical = Typical {
    size: [5.2, 1.9, 1.8],
    wheel_radius: 0.39,
    axles: [1.66, -1.48],
    sill: 0.42,
    silhouette: [
        [2.45, 0.98],
        [1.95, 1.08],
        [1.25, 1.15],
        [0.62, 1.72],
        [0.20, 1.80],
        [-0.66, 1.76],
        [-0.86, 1.12],
        [-2.52, 1.10],
    ],
    belt: [1.09, 1.10],
    roof: 0.66,
    bulge: [0.14, 0.07],
};

impl Shape {
    pub(super) fn draw(kind: VehicleKind, random: &mut ChaCha8Rng) -> Self {
        let typical = match kind {
            VehicleKind::Sedan => SEDAN,
            VehicleKind::Hatchback => HATCHBACK,
            VehicleKind::Suv => SUV,
            VehicleKind::Van => VAN,
            VehicleKind::Pickup => PICKUP,
        };
        let mut about = |middle: f32, most: f32| random.random_range(middle - most..middle + most);
        let [longer, taller] = [about(1.0, 0.05), about(1.0, 0.03)];
        let [bonnet, rake, rear_rake, nose] = [about(0.0, 0.12), about(0.0, 0.10), about(0.0, 0.16), about(0.0, 0.05)];
        let mut silhouette = typical.silhouette;
        silhouette[COWL][0] += bonnet;
        silhouette[ROOF_FRONT][0] += bonnet + rake;
        silhouette[NOSE][1] += nose;
        silhouette[NOSE + 1][1] += nose * 0.6;
        let square_rear = kind == VehicleKind::Van;
        if !square_rear {
            silhouette[ROOF_REAR][0] += rear_rake;
        }
        let lower = about(0.0, 0.03);
        Self {
            length: typical.size[0] * longer,
            width: typical.size[1] * about(1.0, 0.025),
            height: typical.size[2] * taller,
            wheel_radius: typical.wheel_radius * about(1.0, 0.03),
            axles: typical.axles.map(|z| z * longer),
            sill: typical.sill,
            silhouette: silhouette.map(|[z, y]| [z * longer, y * taller]),
            belt: typical.belt.map(|y| (y + lower) * taller),
            roof: typical.roof * about(1.0, 0.04),
            bulge: typical.bulge.map(|depth| depth * about(1.0, 0.25)),
            bed: kind == VehicleKind::Pickup,
            square_rear,
        }
    }

    /// The middles of the four wheels.
    #[must_use]
    pub fn hubs(&self) -> [Vec3; 4] {
        let out = self.width / 2.0 - 0.12;
        let [front, rear] = self.axles;
        [[out, front], [-out, front], [out, rear], [-out, rear]].map(|[x, z]| Vec3::new(x, self.wheel_radius, z))
    }

    /// How high the body is at `z`.
    #[must_use]
    pub fn top(&self, z: f32) -> f32 {
        along(&self.silhouette, z)
    }

    /// How high the lower edge of the side windows is at `z`; below the bonnet and the boot where those are lower.
    #[must_use]
    pub fn belt_at(&self, z: f32) -> f32 {
        let [front, rear] = [self.silhouette[COWL][0], self.silhouette[TAIL][0]];
        let share = ((front - z) / (front - rear)).clamp(0.0, 1.0);
        let belt = self.belt[0] + (self.belt[1] - self.belt[0]) * share;
        belt.min(self.top(z) - 0.03)
    }

    /// Half the width at `z`: bodies taper towards their ends.
    #[must_use]
    pub fn half_width(&self, z: f32) -> f32 {
        let ends = [self.silhouette[NOSE][0] - z, z - self.silhouette[TAIL][0]];
        let [front, rear] = ends.map(|distance| (1.0 - distance / 0.8).clamp(0.0, 1.0).powi(2));
        self.width / 2.0 * (1.0 - 0.07 * front - 0.04 * rear)
    }

    /// How high the wheel arch's edge is at `z`; the sill where there is none.
    #[must_use]
    pub fn lower_edge(&self, z: f32) -> f32 {
        let radius = self.arch_radius();
        let arches = self.axles.map(|axle| {
            let height = radius * radius - (z - axle) * (z - axle);
            if height > 0.0 { self.wheel_radius + height.sqrt() } else { self.sill }
        });
        arches[0].max(arches[1]).max(self.sill)
    }

    /// From the axle to the edge of the wheel arch.
    #[must_use]
    pub fn arch_radius(&self) -> f32 {
        self.wheel_radius + 0.055
    }

    /// Half of the cross-section at `z` as (x, y), from the sill round the side and the edge of the roof (or of the bonnet)
    /// to the middle of the top.
    #[must_use]
    pub fn section(&self, z: f32) -> [Spot; 6] {
        let (top, belt, width) = (self.top(z), self.belt_at(z), self.half_width(z));
        let lower = self.lower_edge(z);
        let bulge = lower.max(self.sill + 0.55 * (belt - self.sill)) + 0.01;
        let cabin = ((top - belt - 0.03) / (self.height - belt)).clamp(0.0, 1.0);
        let edge = [width * 0.92 + (self.roof - width * 0.92) * cabin, (top - 0.02 - 0.07 * cabin).max(belt + 0.005)];
        let side = [[width * 0.965, lower], [width, bulge.min(belt - 0.01)], [width * 0.97, belt]];
        let roof = if self.in_bed(z) {
            let floor = self.sill + 0.32;
            [[width * 0.93, belt + 0.02], [width - 0.1, floor], [0.0, floor]]
        } else {
            [edge, [edge[0] - 0.07 - 0.05 * cabin, top], [0.0, top + 0.025]]
        };
        [side[0], side[1], side[2], roof[0], roof[1], roof[2]]
    }

    /// Within an open bed.
    fn in_bed(&self, z: f32) -> bool {
        self.bed && z < self.silhouette[DECK][0] - 0.02 && z > self.silhouette[TAIL][0] + 0.03
    }

    /// Where cross-sections are taken, from the front to the rear: where the silhouette bends, around the wheels, and
    /// around the bed.
    #[must_use]
    pub fn stations(&self) -> Vec<f32> {
        let radius = self.arch_radius();
        let bends = self.silhouette.iter().map(|[z, _]| *z);
        let arches = [1.001, 0.96, 0.8, 0.45, 0.0, -0.45, -0.8, -0.96, -1.001];
        let arches = self.axles.iter().flat_map(|axle| arches.map(|share| axle + share * radius));
        let [deck, tail] = [self.silhouette[DECK][0], self.silhouette[TAIL][0]];
        let bed = if self.bed { vec![deck - 0.025, tail + 0.035, tail + 0.025] } else { Vec::new() };
        let (front, rear) = (self.silhouette[NOSE][0], self.silhouette[TAIL][0]);
        let mut all: Vec<f32> = bends.chain(arches).chain(bed).filter(|z| (rear..=front).contains(z)).collect();
        all.sort_by(|a, b| b.total_cmp(a));
        all
    }

    /// How far it is from the nose to `z` along the silhouette, against all of it: 0 to 1.
    #[must_use]
    pub fn share_along_top(&self, z: f32) -> f32 {
        let length = |from: Spot, to: Spot| (to[0] - from[0]).hypot(to[1] - from[1]);
        let (mut whole, mut before) = (0.0, 0.0);
        for pair in self.silhouette.windows(2) {
            let piece = length(pair[0], pair[1]);
            let passed = ((pair[0][0] - z) / (pair[0][0] - pair[1][0])).clamp(0.0, 1.0);
            whole += piece;
            before += piece * passed;
        }
        before / whole
    }
}

/// The height at `z` of a line through points that go backwards.
fn along(points: &[Spot], z: f32) -> f32 {
    let last = points.len() - 1;
    if z >= points[0][0] {
        return points[0][1];
    }
    let pair = points.windows(2).find(|pair| z >= pair[1][0]);
    pair.map_or(points[last][1], |pair| {
        let share = (pair[0][0] - z) / (pair[0][0] - pair[1][0]);
        pair[0][1] + (pair[1][1] - pair[0][1]) * share
    })
}
