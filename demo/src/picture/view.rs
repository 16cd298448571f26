//! From the world to the picture: where a point of space is drawn.

use glam::{Mat4, Vec3, Vec4};

/// Nothing nearer than this is drawn, in metres.
const NEAR: f32 = 0.1;
/// Nothing further than this is drawn, in metres.
const FAR: f32 = 1000.0;

/// What a camera sees, and at which pixel.
#[derive(Debug, Clone)]
pub struct View {
    /// Where the camera is.
    pub eye: Vec3,
    /// Pixels in a row and rows of what is drawn.
    pub size: [usize; 2],
    /// Pixels for a thing as wide as it is far away.
    pub focal: f32,
    /// The pixel straight ahead.
    centre: [f32; 2],
    right: Vec3,
    down: Vec3,
    forward: Vec3,
    /// To the right and down by one pixel 1 m away.
    pixel: [Vec3; 2],
    to_clip: Mat4,
}

impl View {
    /// A camera at `eye` that has `target` in the middle of its picture and sees `field_of_view` radians from top to
    /// bottom. What is drawn is larger than the picture by `margin` pixels on each side.
    pub fn new(eye: Vec3, target: Vec3, field_of_view: f32, [width, height]: [usize; 2], margin: usize) -> Self {
        let forward = (target - eye).normalize();
        let up = if forward.y.abs() > 0.999 { Vec3::NEG_Z } else { Vec3::Y };
        let right = forward.cross(up).normalize();
        let focal = height as f32 / 2.0 / (field_of_view / 2.0).tan();
        let size = [width + 2 * margin, height + 2 * margin];
        Self::along(eye, [right, forward.cross(right), forward], size, size.map(|side| side as f32 / 2.0), focal)
    }

    fn along(eye: Vec3, axes: [Vec3; 3], size: [usize; 2], centre: [f32; 2], focal: f32) -> Self {
        let [right, down, forward] = axes;
        let [half_width, half_height] = size.map(|side| side as f32 / 2.0);
        // The rasteriser has y down, x and y in -w..w, z from -w near to w far, and divides by w, the distance forward.
        let turned = Mat4::from_cols(right.extend(0.0), down.extend(0.0), forward.extend(0.0), Vec4::W).transpose();
        let projected = Mat4::from_cols(
            Vec4::new(focal / half_width, 0.0, 0.0, 0.0),
            Vec4::new(0.0, focal / half_height, 0.0, 0.0),
            Vec4::new(centre[0] / half_width - 1.0, centre[1] / half_height - 1.0, (FAR + NEAR) / (FAR - NEAR), 1.0),
            Vec4::new(0.0, 0.0, -2.0 * FAR * NEAR / (FAR - NEAR), 0.0),
        );
        let to_clip = projected * turned * Mat4::from_translation(-eye);
        let pixel = [right / focal, down / focal];
        Self { eye, size, focal, centre, right, down, forward, pixel, to_clip }
    }

    fn axes(&self) -> [Vec3; 3] {
        [self.right, self.down, self.forward]
    }

    /// The same view in a picture `times` as large.
    pub fn enlarged(&self, times: usize) -> Self {
        let centre = self.centre.map(|at| at * times as f32);
        Self::along(self.eye, self.axes(), self.size.map(|side| side * times), centre, self.focal * times as f32)
    }

    /// A part of the picture: `size` pixels from `corner` on.
    pub fn cropped(&self, corner: [usize; 2], size: [usize; 2]) -> Self {
        let centre = [self.centre[0] - corner[0] as f32, self.centre[1] - corner[1] as f32];
        Self::along(self.eye, self.axes(), size, centre, self.focal)
    }

    /// Where a point is before it is divided by its distance.
    pub fn clip(&self, point: Vec3) -> Vec4 {
        self.to_clip * point.extend(1.0)
    }

    /// How far forward a point is.
    pub fn forward(&self, point: Vec3) -> f32 {
        (point - self.eye).dot(self.forward)
    }

    /// Where a point is drawn, in pixels from the upper left corner, and one over how far forward it is. `None` behind the
    /// camera.
    pub fn pixel(&self, point: Vec3) -> Option<Vec3> {
        let clip = self.clip(point);
        let [half_width, half_height] = self.size.map(|side| side as f32 / 2.0);
        let near = clip.w.recip();
        (clip.w > NEAR)
            .then(|| Vec3::new((clip.x * near + 1.0) * half_width, (clip.y * near + 1.0) * half_height, near))
    }

    /// The way from the camera through a point of the picture, as long as reaches 1 m forward.
    #[inline]
    pub fn ray(&self, x: f32, y: f32) -> Vec3 {
        self.forward + self.pixel[0] * (x - self.centre[0]) + self.pixel[1] * (y - self.centre[1])
    }

    /// Whether any of a ball may be in the picture.
    pub fn sees(&self, centre: Vec3, radius: f32) -> bool {
        let to = centre - self.eye;
        let (forward, right, down) = (to.dot(self.forward), to.dot(self.right), to.dot(self.down));
        let within = |away: f32, axis: usize| {
            let (before, behind) =
                (self.centre[axis] / self.focal, (self.size[axis] as f32 - self.centre[axis]) / self.focal);
            let reach = |edge: f32| forward * edge + radius * (1.0 + edge * edge).sqrt();
            -away <= reach(before) && away <= reach(behind)
        };
        forward > NEAR - radius && within(right, 0) && within(down, 1)
    }
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use super::View;

    #[test]
    fn a_ray_through_a_pixel_meets_what_is_drawn_there() {
        let view = View::new(Vec3::new(3.0, 5.0, 9.0), Vec3::Y, 0.9, [320, 180], 4);
        let view = view.enlarged(2).cropped([20, 30], [300, 200]);
        for point in [Vec3::new(0.0, 1.0, 0.0), Vec3::new(2.0, 0.3, -7.0), Vec3::new(-1.0, 2.0, 3.0)] {
            let pixel = view.pixel(point).unwrap();
            let back = view.eye + view.ray(pixel.x, pixel.y) / pixel.z;
            assert!(back.distance(point) < 1e-3, "{point} {back}");
        }
    }

    #[test]
    fn the_target_is_in_the_middle_and_up_is_up() {
        let view = View::new(Vec3::new(0.0, 2.0, 10.0), Vec3::new(0.0, 1.0, 0.0), 0.8, [640, 360], 0);
        let middle = view.pixel(Vec3::Y).unwrap();
        assert!(middle.truncate().distance(glam::Vec2::new(320.0, 180.0)) < 1e-2);
        assert!(view.pixel(Vec3::Y * 1.5).unwrap().y < 180.0);
        assert!(view.pixel(Vec3::new(1.0, 1.0, 0.0)).unwrap().x > 320.0);
        assert!(view.pixel(Vec3::new(0.0, 1.0, 11.0)).is_none());
    }

    #[test]
    fn a_ball_beside_the_picture_is_not_seen_until_it_reaches_in() {
        let view = View::new(Vec3::ZERO, Vec3::Z, 1.0, [100, 100], 0);
        assert!(!view.sees(Vec3::new(10.0, 0.0, 5.0), 1.0));
        assert!(view.sees(Vec3::new(10.0, 0.0, 5.0), 8.0));
        assert!(!view.sees(Vec3::new(0.0, 0.0, -5.0), 1.0));
    }
}
