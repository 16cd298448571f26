//! The form of a head: one function from a direction and a height to a point of its surface. The surfaces, the texture
//! and the landmarks all ask it, so that they agree.
//!
//! A point has two names: the angle from the front and the height (`at`), or, on the face, how far to the figure's left
//! of the middle it is and the height (`front`). The texture is wrapped around the head, finer at the front.

use std::f32::consts::{FRAC_PI_2, PI};

use glam::Vec3;

use super::brush::Spot;
use super::face::{BeardStyle, Face, Nose, Skull};

/// Height of the top of the head above its origin.
pub const CROWN: f32 = 0.235;
/// Where the neck ends, below the collar.
const NECK_END: f32 = -0.06;
/// Where the sides of the skull begin to close to the crown.
const DOME: f32 = 0.155;
/// How much finer the texture is at the front than behind, and below than at the crown.
const FINER: [f32; 2] = [0.8, 0.25];

/// The form of one head.
#[derive(Debug, Clone)]
pub struct FaceShape {
    skull: Skull,
    nose: Nose,
    socket_depth: f32,
    lips: [f32; 2],
    beard: f32,
    neck: f32,
    /// Height of the middle of the eyes.
    pub eye: f32,
    /// From the middle of the face to the middle of an eye.
    pub eye_aside: f32,
    /// Height of the eyebrows.
    pub brow: f32,
    /// Height of the base of the nose.
    pub nose_base: f32,
    /// Height of the tip of the nose.
    pub nose_tip: f32,
    /// Half the width of the nose.
    pub wings: f32,
    /// Height of the line between the lips.
    pub mouth: f32,
    /// Half the width of the mouth.
    pub mouth_half_width: f32,
    /// Height of the corners of the mouth.
    pub mouth_corner: f32,
    /// Height of the lower edge of the chin.
    pub chin: f32,
    /// Height of the hair line above the middle of the forehead.
    pub hair_line: f32,
}

/// 1 at 0, fading within about `width`.
fn bell(distance: f32, width: f32) -> f32 {
    (-(distance / width).powi(2)).exp()
}

/// 0 below `from`, 1 above `to`, smooth between.
pub fn smooth_step(from: f32, to: f32, value: f32) -> f32 {
    let share = ((value - from) / (to - from)).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

/// The smooth curve through `knots`, each (place, value), in order; flat beyond its ends.
pub fn curve(knots: &[[f32; 2]], place: f32) -> f32 {
    let last = knots.len() - 1;
    let segment = knots[1..last].iter().filter(|knot| knot[0] <= place).count();
    let slope = |index: usize| {
        let (before, after) = (knots[index.saturating_sub(1)], knots[(index + 1).min(last)]);
        if index == 0 || index == last { 0.0 } else { (after[1] - before[1]) / (after[0] - before[0]) }
    };
    let ([from, start], [to, end]) = (knots[segment], knots[segment + 1]);
    let length = to - from;
    let t = ((place - from) / length).clamp(0.0, 1.0);
    let (t2, t3) = (t * t, t * t * t);
    start * (2.0 * t3 - 3.0 * t2 + 1.0)
        + slope(segment) * length * (t3 - 2.0 * t2 + t)
        + end * (3.0 * t2 - 2.0 * t3)
        + slope(segment + 1) * length * (t3 - t2)
}

impl FaceShape {
    /// The form of a face's head.
    #[must_use]
    pub fn new(face: &Face) -> Self {
        let chin = face.skull.chin;
        let eye = (CROWN + chin) / 2.0 + face.eyes.up;
        let nose_base = eye - face.nose.length;
        let mouth = nose_base + (chin - nose_base) * face.mouth.down;
        let beard = if face.beard.style == BeardStyle::Full { face.beard.length } else { 0.0 };
        Self {
            skull: face.skull,
            nose: face.nose,
            socket_depth: face.eyes.depth,
            lips: [face.mouth.upper, face.mouth.lower],
            beard,
            neck: 0.0435 + 0.007 * f32::from(u8::from(face.man)) + 0.005 * face.skull.flesh,
            eye,
            eye_aside: face.eyes.aside,
            brow: eye + face.brows.up,
            nose_base,
            nose_tip: nose_base + 0.009 + 0.0025 * face.nose.tilt,
            wings: face.nose.wings,
            mouth,
            mouth_half_width: face.mouth.half_width,
            mouth_corner: mouth + face.mouth.corners,
            chin,
            hair_line: (eye + face.brows.up + face.hair.line).min(0.212),
        }
    }

    /// The point at an angle from the front (positive to the figure's left) and a height.
    #[must_use]
    pub fn at(&self, angle: f32, height: f32) -> Vec3 {
        let [across, front, back] = self.section(height);
        let (sin, cos) = angle.sin_cos();
        let along = if cos > 0.0 { front * cos.powf(0.82) } else { -back * (-cos).powf(0.9) };
        let mut head = Vec3::new(across * sin, height, along);
        if cos > 0.0 {
            head.z += self.relief(head.x, height) * smooth_step(0.0, 0.35, cos);
        }
        let bearded =
            self.beard * smooth_step(self.mouth + 0.015, self.mouth - 0.012, height) * smooth_step(-0.1, 0.3, cos);
        head += Vec3::new(sin, 0.0, cos) * bearded;
        let neck = Vec3::new(self.neck * sin, height, (self.neck + 0.004) * cos - 0.009);
        let (edge, softness) = self.jaw_line(angle);
        neck.lerp(head, smooth_step(edge - softness, edge + softness, height))
    }

    /// The point of the face at `aside` of its middle.
    #[must_use]
    pub fn front(&self, aside: f32, height: f32) -> Vec3 {
        self.at(self.angle(aside, height), height)
    }

    /// The angle of the point of the face at `aside` of its middle.
    #[must_use]
    pub fn angle(&self, aside: f32, height: f32) -> f32 {
        (aside / self.section(height)[0]).clamp(-1.0, 1.0).asin()
    }

    /// The skull without a face, `off` metres above the skin: where hair lies.
    #[must_use]
    pub fn above(&self, angle: f32, height: f32, off: f32) -> Vec3 {
        let skin = self.at(angle, height);
        let out = Vec3::new(skin.x / 0.006, (height - 0.12).max(0.0) / 0.011, skin.z / 0.0088).normalize_or_zero();
        skin + out * off
    }

    /// Where a point is in the head's texture.
    #[must_use]
    pub fn spot_at(&self, angle: f32, height: f32) -> Spot {
        let turn = angle / PI;
        let across = 0.5 + 0.5 * turn * (1.0 + FINER[0]) / (1.0 + FINER[0] * turn.abs());
        // Near the crown, rings shrink with the root of their distance from it.
        let down = (CROWN - height) / (CROWN - NECK_END);
        let square = 1.0 + FINER[1];
        [across, (down + (down * down + 4.0 * square * down * FINER[1]).max(0.0).sqrt()) / (2.0 * square)]
    }

    /// Where a point of the face is in the head's texture.
    #[must_use]
    pub fn spot(&self, [aside, height]: [f32; 2]) -> Spot {
        self.spot_at(self.angle(aside, height), height)
    }

    /// The angles of the columns of the surface: at the features, where the form changes most.
    #[must_use]
    pub fn columns(&self) -> Vec<f32> {
        let features = [0.006, self.wings, self.eye_aside - 0.008, self.eye_aside + 0.007, 0.054];
        let near = features.map(|aside| self.angle(aside, self.eye));
        let left: Vec<f32> = near.into_iter().chain([1.2, FRAC_PI_2, 1.95, 2.5]).collect();
        let right = left.iter().rev().map(|angle| -angle);
        [-PI].into_iter().chain(right).chain([0.0]).chain(left.iter().copied()).chain([PI]).collect()
    }

    /// The heights of the rows of the surface.
    #[must_use]
    pub fn rows(&self) -> Vec<f32> {
        vec![
            CROWN,
            0.2325,
            0.222,
            0.204,
            0.178,
            self.brow,
            self.eye + 0.009,
            self.eye,
            self.eye - 0.011,
            self.eye - 0.024,
            self.nose_tip,
            self.nose_base,
            self.mouth + 0.006,
            self.mouth,
            self.mouth - 0.007,
            self.mouth - 0.016,
            self.chin + 0.013,
            self.chin + 0.003,
            self.chin - 0.007,
            -0.02,
            NECK_END,
        ]
    }

    /// Half the width, the depth to the front and the depth to the back of the head at a height, without features.
    fn section(&self, height: f32) -> [f32; 3] {
        let skull = &self.skull;
        let place = height.min(DOME);
        let flesh = 0.96 + 0.1 * skull.flesh;
        let across = curve(
            &[
                [self.chin - 0.02, 0.038 * skull.chin_width],
                [self.chin + 0.008, 0.043 * skull.chin_width],
                [self.mouth - 0.004, 0.0575 * skull.jaw * flesh],
                [self.nose_base + 0.016, 0.0665 * skull.cheekbones * (0.5 + 0.5 * flesh)],
                [self.eye + 0.012, 0.0705 * (0.5 + 0.5 * skull.cheekbones)],
                [DOME, 0.0755],
            ],
            place,
        );
        let front = curve(
            &[
                [self.chin - 0.02, 0.080],
                [self.chin + 0.01, 0.0895 + skull.chin_out],
                [self.mouth, 0.0915 + 0.4 * skull.chin_out],
                [self.nose_base, 0.0925],
                [self.eye, 0.0915],
                [self.brow, 0.0965],
                [DOME + 1e-4, 0.0985 - 0.004 * skull.forehead],
            ],
            place,
        );
        let back = curve(&[[0.02, 0.066], [0.06, 0.078], [0.10, 0.092], [DOME, 0.099]], place);
        let lift = ((height - DOME) / (CROWN - DOME)).clamp(0.0, 1.0);
        let closing = |power: f32| (1.0 - lift.powf(power)).max(0.0).powf(1.0 / power);
        [
            across * skull.width * closing(2.2),
            front * skull.depth * closing(2.5 - 0.5 * skull.forehead),
            back * skull.depth * closing(2.2),
        ]
    }

    /// How far the features stand out of the front of the head.
    fn relief(&self, aside: f32, height: f32) -> f32 {
        let (side, skull) = (aside.abs(), &self.skull);
        let from_eye = side - self.eye_aside;
        let brows = 0.0035 * skull.ridge * bell(height - self.brow + 0.003, 0.008) * bell(side - 0.022, 0.022);
        let sockets =
            -0.0085 * self.socket_depth * bell(from_eye + 0.003, 0.017) * bell(height - self.eye - 0.001, 0.011);
        let eyeballs = 0.0035 * bell(from_eye, 0.009) * bell(height - self.eye, 0.007);
        let cheeks =
            (0.002 + 0.004 * skull.flesh) * bell(side - 0.037, 0.016) * bell(height - self.nose_base - 0.012, 0.013);
        let hollows =
            -0.005 * (1.0 - skull.flesh) * bell(side - 0.046, 0.014) * bell(height - self.mouth - 0.004, 0.015);
        let chin = (0.005 + 0.5 * skull.chin_out)
            * bell(side, 0.016 * skull.chin_width)
            * bell(height - self.chin - 0.013, 0.010);
        let under_lip = -0.004 * bell(side, 0.02) * bell(height - self.mouth + 0.017, 0.006);
        brows
            + sockets
            + eyeballs
            + cheeks
            + hollows
            + chin
            + under_lip
            + self.lip_relief(side, height)
            + self.nose_relief(side, height)
    }

    fn lip_relief(&self, side: f32, height: f32) -> f32 {
        let [upper, lower] = self.lips;
        let wide = bell(side, self.mouth_half_width * 0.75);
        let muzzle = 0.003 * bell(side, 0.028) * bell(height - self.mouth, 0.016);
        let lips = 0.55 * upper * bell(height - self.mouth - 0.005, 0.005)
            + 0.5 * lower * bell(height - self.mouth + 0.006, 0.005);
        muzzle + (lips - 0.0015 * bell(height - self.mouth, 0.002)) * wide
    }

    fn nose_relief(&self, side: f32, height: f32) -> f32 {
        let (nose, root) = (&self.nose, self.eye + 0.006);
        let out = 0.0235 * nose.out;
        let down = ((root - height) / (root - self.nose_tip)).clamp(0.0, 1.0);
        let back = 0.005 * nose.out * (1.0 - down) + out * down.powf(1.15) + 0.0035 * nose.hump * (down * PI).sin();
        let half_width = 0.0062 * nose.bridge * (1.0 - down) + 0.0098 * nose.tip * down;
        let end = smooth_step(self.nose_base - 0.003, self.nose_tip, height) * bell((height - root).max(0.0), 0.009);
        let wing = 0.0105 * bell(side - self.wings * 0.82, 0.0052) * bell(height - self.nose_base - 0.006, 0.0065);
        back * bell(side, half_width) * end + wing
    }

    /// The height at which the head ends and the neck begins, and how softly.
    fn jaw_line(&self, angle: f32) -> (f32, f32) {
        let side = angle.abs();
        let corner = 0.042 - 0.020 * self.skull.square - 0.008 * self.skull.flesh;
        let rise = curve(&[[0.0, 0.0], [0.5, 0.002], [1.15, corner], [1.6, 0.058], [2.2, 0.062], [PI, 0.05]], side);
        (self.chin + rise, curve(&[[0.0, 0.0065], [0.6, 0.008], [1.3, 0.013], [PI, 0.030]], side))
    }
}
