//! Draws boxes and labels on a picture, directly in its planes. Driven by the live view; decides no colours and no texts.

use iris_domain::BBox;

use crate::I420Buf;
use crate::glyphs::Glyphs;

/// Longest label drawn; the rest is cut off.
const LABEL_CHARS_MAX: usize = 48;

/// A colour as red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// White.
    pub const WHITE: Self = Self([255, 255, 255]);
    /// Black.
    pub const BLACK: Self = Self([0, 0, 0]);

    /// As full-range BT.601 Y, U and V.
    pub(crate) fn yuv(self) -> [u8; 3] {
        let [r, g, b] = self.0.map(f32::from);
        let y = 0.299 * r + 0.587 * g + 0.114 * b;
        [y, (b - y) / 1.772 + 128.0, (r - y) / 1.402 + 128.0].map(|value| value.round().clamp(0.0, 255.0) as u8)
    }

    /// Black or white, whichever is easier to read upon it.
    fn ink(self) -> Self {
        if self.yuv()[0] > 140 { Self::BLACK } else { Self::WHITE }
    }
}

/// One box to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlay {
    /// Where, in fractions of the picture.
    pub bbox: BBox,
    /// Text on the upper edge; may be empty.
    pub label: String,
    /// Of the frame and the label's ground.
    pub colour: Colour,
}

/// Draws on pictures; keep it between pictures, it remembers how characters look.
pub struct Painter {
    glyphs: Glyphs,
}

impl Default for Painter {
    fn default() -> Self {
        Self::new()
    }
}

impl Painter {
    /// A painter with the bundled font.
    pub fn new() -> Self {
        Self { glyphs: Glyphs::new() }
    }

    /// Draws the boxes in the order given, later ones over earlier ones. Lines and text grow with the picture.
    pub fn draw_boxes(&mut self, picture: &mut I420Buf, overlays: &[Overlay]) {
        // 2 px on a 640 px picture, 6 on full HD; text about a 40th of the height, never too small to read.
        let line = (picture.width.max(picture.height) / 320).clamp(1, 12);
        let size = (picture.height / 32).clamp(12, 64);
        for overlay in overlays {
            let area = Area::of(&overlay.bbox, picture);
            frame(picture, area, line as i32, overlay.colour);
            if !overlay.label.is_empty() {
                self.label(picture, area, &overlay.label, size, overlay.colour);
            }
        }
    }

    /// A label on the upper edge of its box: above it where there is room, else inside.
    fn label(&mut self, picture: &mut I420Buf, area: Area, text: &str, size: u32, colour: Colour) {
        let text: String = text.chars().filter(|c| !c.is_control()).take(LABEL_CHARS_MAX).collect();
        let (width, height) = self.glyphs.measure(&text, size);
        let (width, height) = (width as i32 + 6, height as i32 + 2);
        let left = area.left.min(picture.width as i32 - width).max(0);
        let top = if area.top >= height { area.top - height } else { area.top };
        fill(picture, Area { left, top, right: left + width, bottom: top + height }, colour);
        self.text(picture, (left + 3, top + 1), &text, size, colour.ink());
    }

    /// Text with its top left corner at `at`, over what is there.
    pub(crate) fn text(&mut self, picture: &mut I420Buf, at: (i32, i32), text: &str, size: u32, ink: Colour) {
        let (width, height) = (picture.width as i32, picture.height as i32);
        let ink = ink.yuv();
        let [luma, blue, red] = picture.planes_mut();
        self.glyphs.draw(text, size, |x, y, coverage| {
            let (x, y) = (at.0 + x, at.1 + y);
            if (0..width).contains(&x) && (0..height).contains(&y) {
                let coloured = ((y / 2) * (width / 2) + x / 2) as usize;
                blend(&mut luma[(y * width + x) as usize], ink[0], coverage);
                // Four pixels share one colour; each has its part in it.
                blend(&mut blue[coloured], ink[1], coverage / 4);
                blend(&mut red[coloured], ink[2], coverage / 4);
            }
        });
    }

    /// Width and height of a line of text in pixels.
    pub(crate) fn measure(&self, text: &str, size: u32) -> (u32, u32) {
        self.glyphs.measure(text, size)
    }
}

impl std::fmt::Debug for Painter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Painter").finish_non_exhaustive()
    }
}

/// A rectangle in pixels; right and bottom are outside it.
#[derive(Debug, Clone, Copy)]
struct Area {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

impl Area {
    fn of(bbox: &BBox, picture: &I420Buf) -> Self {
        let x = |edge: f32| (edge.clamp(0.0, 1.0) * picture.width as f32).round() as i32;
        let y = |edge: f32| (edge.clamp(0.0, 1.0) * picture.height as f32).round() as i32;
        Self { left: x(bbox.x1), top: y(bbox.y1), right: x(bbox.x2), bottom: y(bbox.y2) }
    }

    fn within(self, picture: &I420Buf) -> Self {
        let (width, height) = (picture.width as i32, picture.height as i32);
        Self {
            left: self.left.clamp(0, width),
            top: self.top.clamp(0, height),
            right: self.right.clamp(0, width),
            bottom: self.bottom.clamp(0, height),
        }
    }
}

fn frame(picture: &mut I420Buf, area: Area, line: i32, colour: Colour) {
    let Area { left, top, right, bottom } = area;
    for side in [
        Area { bottom: top + line, ..area },
        Area { top: bottom - line, ..area },
        Area { right: left + line, ..area },
        Area { left: right - line, ..area },
    ] {
        fill(picture, side, colour);
    }
}

/// Moves a pixel towards `ink` by `coverage` of 255.
fn blend(pixel: &mut u8, ink: u8, coverage: u8) {
    let ground = i32::from(*pixel);
    *pixel = (ground + (i32::from(ink) - ground) * i32::from(coverage) / 255) as u8;
}

fn fill(picture: &mut I420Buf, area: Area, colour: Colour) {
    let area = area.within(picture);
    if area.right <= area.left || area.bottom <= area.top {
        return;
    }
    let width = picture.width as usize;
    let [y, u, v] = colour.yuv();
    let [luma, blue, red] = picture.planes_mut();
    for row in area.top as usize..area.bottom as usize {
        luma[row * width + area.left as usize..row * width + area.right as usize].fill(y);
    }
    let (left, right) = (area.left as usize / 2, (area.right as usize).div_ceil(2));
    for row in area.top as usize / 2..(area.bottom as usize).div_ceil(2) {
        blue[row * width / 2 + left..row * width / 2 + right].fill(u);
        red[row * width / 2 + left..row * width / 2 + right].fill(v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlay(corners: [f32; 4], label: &str) -> Overlay {
        let [x1, y1, x2, y2] = corners;
        Overlay { bbox: BBox { x1, y1, x2, y2 }, label: label.to_owned(), colour: Colour([255, 0, 0]) }
    }

    #[test]
    fn a_frame_is_drawn_in_all_three_planes() {
        let mut picture = I420Buf::filled(64, 48, [10, 128, 128]);
        Painter::new().draw_boxes(&mut picture, &[overlay([0.25, 0.25, 0.75, 0.75], "")]);
        let [y, u, v] = Colour([255, 0, 0]).yuv();
        let [luma, blue, red] = picture.planes_mut();
        assert_eq!((luma[12 * 64 + 16], luma[12 * 64 + 15], luma[20 * 64 + 30]), (y, 10, 10));
        assert_eq!((blue[6 * 32 + 8], red[6 * 32 + 8], red[10 * 32 + 15]), (u, v, 128));
    }

    #[test]
    fn boxes_and_labels_at_and_beyond_the_edges_stay_inside() {
        let mut painter = Painter::new();
        for (width, height) in [(2, 2), (64, 48), (1920, 1080)] {
            let mut picture = I420Buf::filled(width, height, [10, 128, 128]);
            let label = "ünïcode \u{7} \u{202e} 人 a label much longer than the picture is wide, cut off somewhere";
            for corners in [
                [0.0, 0.0, 1.0, 1.0],
                [0.99, 0.99, 1.0, 1.0],
                [-3.0, -1.0, 9.0, 7.0],
                [f32::NAN, 0.0, 1.0, 1.0],
                [0.9, 0.9, 0.1, 0.1],
            ] {
                painter.draw_boxes(&mut picture, &[overlay(corners, label), overlay(corners, "")]);
            }
            assert_eq!(picture.data.len(), (width * height * 3 / 2) as usize);
        }
    }

    #[test]
    fn a_label_is_legible_upon_its_ground() {
        let mut picture = I420Buf::filled(640, 480, [10, 128, 128]);
        Painter::new().draw_boxes(&mut picture, &[overlay([0.2, 0.5, 0.8, 0.9], "person 0.87")]);
        let ground = Colour([255, 0, 0]).yuv()[0];
        let [luma, ..] = picture.planes_mut();
        let above = &luma[220 * 640..238 * 640];
        let (inked, grounded) = (
            above.iter().filter(|pixel| **pixel > ground + 60).count(),
            above.iter().filter(|pixel| **pixel == ground).count(),
        );
        assert!(inked > 100 && grounded > 500, "{inked} px of ink on {grounded} px of ground");
    }
}
