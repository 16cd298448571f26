//! Leaves and other things with holes between them.

use std::sync::Arc;

use rand::{Rng, RngExt as _};

use super::canvas::{Canvas, Rgb, mix, vary};
use crate::texture::Texture;

/// A tuft of leaves with nothing between them, 1 m wide; `size` is half a leaf's length.
pub fn leaves(base: Rgb, size: f32, random: &mut impl Rng) -> Arc<Texture> {
    let mut canvas = Canvas::clear([128, 128], [1.0, 1.0]);
    for twig in 0..6 {
        let angle = twig as f32 + random.random_range(0.0..0.5);
        canvas.line(&[[0.5, 0.5], [0.5 + 0.38 * angle.cos(), 0.5 + 0.38 * angle.sin()]], 0.014, [74, 62, 44], 1.0);
    }
    let count = (1.3 / (size * size * 12.0)) as u32;
    for leaf in 0..count {
        // Thick in the middle, the last leaves on top and lightest.
        let (radius, angle) = (0.46 * random.random_range(0.0_f32..1.0).powf(0.6), random.random_range(0.0..6.3_f32));
        let at = [0.5 + radius * angle.cos(), 0.5 + radius * angle.sin()];
        let lit = mix(base, [196, 204, 110], 0.3 * leaf as f32 / count as f32);
        canvas.oval(at, [size, size * 0.55], random.random_range(0.0..3.2), vary(lit, 0.3, random), 1.0);
    }
    canvas.finish()
}

/// Bark.
pub fn bark(base: Rgb, random: &mut impl Rng) -> Arc<Texture> {
    let mut canvas = Canvas::new([64, 128], [1.0, 2.0], base);
    for _ in 0..160 {
        let ([x, y], rgb) = (canvas.anywhere(random), vary(base, 0.4, random));
        canvas.line(
            &[[x, y], [x + random.random_range(-0.05..0.05), y + random.random_range(0.1..0.4)]],
            0.03,
            rgb,
            0.8,
        );
    }
    canvas.mottle(random, 10, 0.3, 0.15);
    canvas.finish()
}

/// A pane with a printed band and a frame, else nothing: one sees through.
pub fn clear_pane(frame: Rgb) -> Arc<Texture> {
    let mut canvas = Canvas::clear([128, 128], [1.0, 1.0]);
    for row in 0..5 {
        canvas.rect([0.0, 0.44 + row as f32 * 0.022, 1.0, 0.01], [214, 220, 222], 1.0);
    }
    for streak in 0..3 {
        let x = 0.2 + 0.22 * streak as f32;
        canvas.line(&[[x, 0.9], [x + 0.25, 0.1]], 0.01, [206, 216, 222], 1.0);
    }
    canvas.line(&[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]], 0.08, frame, 1.0);
    canvas.finish()
}

/// Upright bars with rails, else nothing: a gate, a fence, a grille.
pub fn bars(rgb: Rgb) -> Arc<Texture> {
    let mut canvas = Canvas::clear([128, 128], [1.0, 1.0]);
    for bar in 0..8 {
        canvas.rect([bar as f32 * 0.125 + 0.05, 0.0, 0.028, 1.0], rgb, 1.0);
    }
    for rail in [0.04, 0.5, 0.9] {
        canvas.rect([0.0, rail, 1.0, 0.04], rgb, 1.0);
    }
    canvas.finish()
}
