//! A plain stage to look at figures by themselves.

use glam::{Vec2, Vec3};
use tiny_skia::{IntSize, Pixmap};

use super::light::Light;
use super::shadow::{Mask, Source};
use super::surface::Painter;
use super::target::Canvas;
use super::tone::Tone;
use super::view::View;
use crate::cast::Figure;
use crate::mesh::{Material, Mesh, Part};
use crate::texture::Texture;

/// Half the side of the stage's floor, in metres.
const FLOOR: f32 = 60.0;
/// How dark a shadow on the floor is.
const SHADOW: u32 = 110;

/// A picture of figures on a plain grey floor in the light of a fair noon.
///
/// # Panics
/// When `size` has a side of 0.
#[must_use]
pub fn studio(figures: &[Figure], eye: Vec3, target: Vec3, field_of_view: f32, size: [u32; 2]) -> Pixmap {
    let view = View::new(eye, target, field_of_view, size.map(|side| side as usize), 0).enlarged(2);
    let (light, mut painter) = (Light::noon(), Painter::new(Tone::new(1.0)));
    let mut canvas = Canvas::new(view.size);
    canvas.rgb.fill(190);
    painter.draw(&mut canvas, &view, &light, &|_| 1.0, &floor());
    let mut mask = Mask::new(view.size);
    for figure in figures {
        mask.add(&view, Source::Sun(light.sun_direction), figure, &canvas.nearness);
    }
    for y in 0..view.size[1] {
        let row = canvas.rgb[y * view.size[0] * 3..].chunks_exact_mut(3);
        for (share, pixel) in mask.soften(y, 0..view.size[0]).iter().zip(row) {
            let share = 255 - u32::from(*share) * SHADOW / 255;
            for byte in pixel {
                *byte = (u32::from(*byte) * share / 255) as u8;
            }
        }
    }
    for figure in figures {
        painter.draw(&mut canvas, &view, &light, &|_| 1.0, figure);
    }
    halved(&canvas)
}

fn floor() -> Figure {
    let corner = |x: f32, z: f32| Vec3::new(x, 0.0, z) * FLOOR;
    let mesh = Mesh::quad([corner(-1.0, -1.0), corner(-1.0, 1.0), corner(1.0, 1.0), corner(1.0, -1.0)]);
    let mesh = mesh.with_uv(Vec2::ONE, Vec2::ZERO);
    Figure { parts: vec![Part { mesh, material: Material::matt(Texture::plain([140, 140, 138])) }], face: None }
}

/// A picture of half the size, each pixel the mean of four.
fn halved(canvas: &Canvas) -> Pixmap {
    let [width, height] = canvas.size.map(|side| side / 2);
    let at = |x: usize, y: usize, channel: usize| u32::from(canvas.rgb[(y * width * 2 + x) * 3 + channel]);
    let mut bytes = Vec::with_capacity(width * height * 4);
    for y in 0..height {
        for x in 0..width {
            let (x, y) = (2 * x, 2 * y);
            let mean = |channel| {
                (at(x, y, channel) + at(x + 1, y, channel) + at(x, y + 1, channel) + at(x + 1, y + 1, channel)) / 4
            };
            bytes.extend([mean(0) as u8, mean(1) as u8, mean(2) as u8, 255]);
        }
    }
    let size = IntSize::from_wh(width as u32, height as u32).expect("a picture has pixels");
    Pixmap::from_vec(bytes, size).expect("four bytes for each pixel")
}
