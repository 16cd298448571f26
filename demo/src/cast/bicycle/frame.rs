//! A bicycle's frame of tubes with fork, handlebar, saddle, mudguards, rack and basket; its cranks and pedals.

use glam::{Affine3A, Vec2, Vec3};

use super::{Bicycle, BicycleModel, FrameStyle, Luggage};
use crate::cast::canvas::{Canvas, covering};
use crate::cast::forms::{Ring, rod, tube};
use crate::mesh::{Material, Mesh};

/// The four colours of a frame's texture, side by side: paint, metal, rubber or leather, basket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Swatch {
    Paint,
    Metal,
    Leather,
    Wicker,
}

/// The colours of everything but the wheels.
#[must_use]
pub fn material(bicycle: &Bicycle) -> Material {
    let mut canvas = Canvas::new([64, 16], [0.0, 0.0, 4.0, 1.0]);
    canvas.flood(bicycle.colour);
    canvas.block([1.0, 0.0], [2.0, 1.0], [150, 153, 157, 255]);
    let leather = if bicycle.leather { [104, 66, 38] } else { [32, 32, 34] };
    canvas.block([2.0, 0.0], [3.0, 1.0], covering(leather, 1.0));
    canvas.block([3.0, 0.0], [4.0, 1.0], [122, 92, 58, 255]);
    for line in 0..5 {
        let y = 0.1 + 0.2 * line as f32;
        canvas.line(&[[3.1, y], [3.9, y]], 0.07, [70, 50, 30, 255]);
    }
    Material::matt(canvas.texture()).glossy(0.4)
}

/// Surfaces being put together.
#[derive(Default)]
struct Assembly {
    mesh: Mesh,
}

impl Assembly {
    fn add(&mut self, mesh: Mesh, swatch: Swatch) {
        let left = match swatch {
            Swatch::Paint => 0.05,
            Swatch::Metal => 0.3,
            Swatch::Leather => 0.55,
            Swatch::Wicker => 0.79,
        };
        self.mesh.add(&mesh.with_uv(Vec2::new(0.15, 0.9), Vec2::new(left, 0.05)), &Affine3A::IDENTITY);
    }

    /// Straight bars through points.
    fn bars(&mut self, points: &[Vec3], radius: f32, swatch: Swatch) {
        for pair in points.windows(2) {
            self.add(rod(pair[0], pair[1], radius, 5), swatch);
        }
    }
}

fn at(y: f32, z: f32) -> Vec3 {
    Vec3::new(0.0, y, z)
}

/// Everything that does not turn, standing upright, its middle at the origin.
#[must_use]
pub fn mesh(bicycle: &Bicycle) -> Mesh {
    let mut parts = Assembly::default();
    tubes(&mut parts, bicycle);
    handlebar(&mut parts, bicycle.frame);
    saddle(&mut parts);
    if bicycle.mudguards {
        for end in [1.0, -1.0] {
            mudguard(&mut parts, bicycle.wheel_radius, end);
        }
    }
    if bicycle.luggage != Luggage::None {
        rack(&mut parts, bicycle.wheel_radius);
    }
    if bicycle.luggage == Luggage::Basket {
        basket(&mut parts);
    }
    parts.mesh
}

/// Where the head tube begins and ends.
const HEAD: [(f32, f32); 2] = [(0.90, 0.355), (0.74, 0.405)];

fn tubes(parts: &mut Assembly, bicycle: &Bicycle) {
    let cranks = at(BicycleModel::CRANKS[0], 0.0);
    let [saddle_height, saddle_behind] = BicycleModel::SADDLE;
    let seat = at(saddle_height - 0.05, -saddle_behind + 0.01);
    let seat_top = cranks.lerp(seat, 0.80);
    let [head_top, head_foot] = HEAD.map(|(y, z)| at(y, z));
    let axle = bicycle.wheel_radius;
    parts.bars(&[cranks, seat_top], 0.017, Swatch::Paint);
    parts.bars(&[seat_top, seat], 0.012, Swatch::Metal);
    parts.bars(&[head_top, head_foot], 0.02, Swatch::Paint);
    match bicycle.frame {
        FrameStyle::Diamond | FrameStyle::Sport => {
            parts.bars(&[seat_top, head_top.lerp(head_foot, 0.2)], 0.015, Swatch::Paint);
            parts.bars(&[cranks, head_foot], 0.019, Swatch::Paint);
        }
        FrameStyle::StepThrough => {
            let low = at(0.36, 0.09);
            parts.bars(
                &[cranks.lerp(seat_top, 0.32), low + at(0.1, 0.02), head_top.lerp(head_foot, 0.5)],
                0.016,
                Swatch::Paint,
            );
            parts.bars(&[cranks, low, head_foot], 0.019, Swatch::Paint);
        }
    }
    for side in [1.0, -1.0] {
        let out = |inner: f32| Vec3::X * (side * inner);
        let rear = at(axle, -BicycleModel::HALF_WHEELBASE) + out(0.06);
        let front = at(axle, BicycleModel::HALF_WHEELBASE) + out(0.05);
        parts.bars(&[cranks + out(0.03), rear, seat_top + out(0.015)], 0.009, Swatch::Paint);
        parts.bars(&[head_foot + out(0.045), front], 0.011, Swatch::Paint);
    }
}

fn handlebar(parts: &mut Assembly, frame: FrameStyle) {
    let [height, ahead, apart] = BicycleModel::GRIPS;
    let top = at(HEAD[0].0, HEAD[0].1);
    let (stem, far) = match frame {
        FrameStyle::Sport => (at(height - 0.01, ahead + 0.02), ahead),
        FrameStyle::Diamond => (at(height - 0.01, ahead + 0.03), ahead + 0.02),
        FrameStyle::StepThrough => (at(height - 0.02, ahead + 0.05), ahead + 0.05),
    };
    parts.bars(&[top, stem], 0.014, Swatch::Metal);
    for side in [1.0, -1.0] {
        let out = |x: f32| Vec3::X * (side * x);
        let bend = at(height, far) + out(apart / 2.0 - 0.06);
        let grip = at(height, ahead) + out(apart / 2.0);
        let end = if frame == FrameStyle::Sport {
            at(height - 0.12, ahead + 0.02) + out(apart / 2.0)
        } else {
            at(height - 0.005, ahead - 0.07) + out(apart / 2.0 + 0.03)
        };
        parts.bars(&[stem, bend, grip], 0.011, Swatch::Metal);
        parts.bars(&[grip, end], 0.016, Swatch::Leather);
    }
}

/// Broad at the back, narrow in front.
fn saddle(parts: &mut Assembly) {
    let [height, behind] = BicycleModel::SADDLE;
    let ring = |z: f32, across: f32, deep: f32| (at(height - deep, z - behind), [across, deep]);
    let rings: [Ring; 5] = [
        ring(-0.14, 0.01, 0.01),
        ring(-0.11, 0.08, 0.028),
        ring(-0.02, 0.065, 0.026),
        ring(0.08, 0.022, 0.02),
        ring(0.14, 0.008, 0.008),
    ];
    parts.add(tube(&rings, Vec3::X, 7), Swatch::Leather);
}

/// A strip over the wheel at one end: 1 front, -1 rear.
fn mudguard(parts: &mut Assembly, wheel_radius: f32, end: f32) {
    let radius = wheel_radius + 0.022;
    let point = |index: i32| {
        let angle = -0.55 + 0.32 * index as f32;
        at(
            wheel_radius + radius * angle.cos(),
            end * BicycleModel::HALF_WHEELBASE - radius * angle.sin() * end.signum(),
        )
    };
    let (first, last) = if end > 0.0 { (-1, 5) } else { (-4, 3) };
    let rings: Vec<Ring> =
        (first..=last).map(|index| (point(if end > 0.0 { index } else { -index }), [0.028, 0.006])).collect();
    parts.add(tube(&rings, Vec3::X, 4), Swatch::Paint);
}

fn rack(parts: &mut Assembly, wheel_radius: f32) {
    let (height, front, rear) = (2.0 * wheel_radius + 0.08, -0.28, -0.68);
    for side in [1.0, -1.0] {
        let out = Vec3::X * (side * 0.06);
        parts.bars(&[at(height, front) + out, at(height, rear) + out], 0.007, Swatch::Metal);
        parts.bars(
            &[at(height, -0.58) + out, at(wheel_radius, -BicycleModel::HALF_WHEELBASE) + out],
            0.006,
            Swatch::Metal,
        );
    }
    for z in [front, -0.48, rear] {
        parts.bars(&[at(height, z) - Vec3::X * 0.06, at(height, z) + Vec3::X * 0.06], 0.007, Swatch::Metal);
    }
}

/// A basket hanging before the handlebar, narrower below, with a bottom.
fn basket(parts: &mut Assembly) {
    let [height, ahead, _] = BicycleModel::GRIPS;
    let ring = |down: f32, share: f32| (at(height - down, ahead + 0.17), [0.17 * share, 0.11 * share]);
    parts.add(tube(&[ring(0.02, 1.0), ring(0.22, 0.85), ring(0.225, 0.02)], Vec3::X, 8), Swatch::Wicker);
    parts.add(tube(&[ring(0.215, 0.02), ring(0.21, 0.83), ring(0.02, 0.98)], Vec3::X, 8), Swatch::Wicker);
}

/// The chain wheel with both cranks around their axle, the left one (+x) pointing forward.
#[must_use]
pub fn cranks() -> Mesh {
    let [_, length, apart] = BicycleModel::CRANKS;
    let mut parts = Assembly::default();
    let chain_wheel = [(Vec3::X * -0.045, [0.09; 2]), (Vec3::X * -0.055, [0.09; 2]), (Vec3::X * -0.056, [0.002; 2])];
    parts.add(tube(&chain_wheel, Vec3::Y, 10), Swatch::Metal);
    for side in [1.0, -1.0] {
        let out = Vec3::X * (side * (apart / 2.0 - 0.06));
        parts.bars(&[out, out + Vec3::Z * (side * length)], 0.011, Swatch::Metal);
    }
    parts.mesh
}

/// A pedal around its middle.
#[must_use]
pub fn pedal() -> Mesh {
    let mut parts = Assembly::default();
    parts.add(Mesh::cuboid(Vec3::new(0.09, 0.02, 0.07)), Swatch::Leather);
    parts.mesh
}
