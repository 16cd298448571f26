//! Which pixels of a picture belong to a box in it.

use iris_domain::BBox;

/// A rectangle of pixels with even corners, as pictures with halved colour need it; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelArea {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl PixelArea {
    /// The pixels that a box touches; `None` when the picture has not even two pixels a side.
    pub fn around(bbox: &BBox, picture_width: u32, picture_height: u32) -> Option<Self> {
        let (x, width) = even_span(bbox.x1, bbox.x2, picture_width)?;
        let (y, height) = even_span(bbox.y1, bbox.y2, picture_height)?;
        Some(Self { x, y, width, height })
    }

    /// Where a box of the whole picture is within the area; `None` when it lies outside.
    pub fn locate(&self, bbox: &BBox, picture_width: u32, picture_height: u32) -> Option<BBox> {
        let across = |x: f32| (x * picture_width as f32 - self.x as f32) / self.width as f32;
        let down = |y: f32| (y * picture_height as f32 - self.y as f32) / self.height as f32;
        BBox::clipped(across(bbox.x1), down(bbox.y1), across(bbox.x2), down(bbox.y2))
    }
}

/// First pixel and number of pixels of a stretch, widened to even ones and kept within the side.
fn even_span(from: f32, to: f32, side: u32) -> Option<(u32, u32)> {
    let last = side & !1;
    if last < 2 {
        return None;
    }
    let pixel = |edge: f32| f64::from(edge.clamp(0.0, 1.0)) * f64::from(side);
    let first = (pixel(from).floor() as u32 & !1).min(last - 2);
    let end = (pixel(to).ceil() as u32).next_multiple_of(2).clamp(first + 2, last);
    Some((first, end - first))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_box_is_found_again_in_its_area() {
        let bbox = BBox { x1: 0.25, y1: 0.5, x2: 0.5, y2: 1.0 };
        let area = PixelArea::around(&bbox, 1920, 1080).unwrap();
        assert_eq!(area, PixelArea { x: 480, y: 540, width: 480, height: 540 });
        assert_eq!(area.locate(&bbox, 1920, 1080), Some(BBox { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 }));
        let head = BBox { x1: 0.3125, y1: 0.5, x2: 0.4375, y2: 0.625 };
        assert_eq!(area.locate(&head, 1920, 1080), Some(BBox { x1: 0.25, y1: 0.0, x2: 0.75, y2: 0.25 }));
        assert_eq!(area.locate(&BBox { x1: 0.6, y1: 0.0, x2: 0.7, y2: 0.1 }, 1920, 1080), None);
    }

    proptest! {
        #[test]
        fn every_area_is_even_lies_in_the_picture_and_covers_its_box(x1 in 0.0f32..0.99, y1 in 0.0f32..0.99, across in 0.0001f32..1.0,
            down in 0.0001f32..1.0, width in 0u32..5000, height in 0u32..5000) {
            let Some(bbox) = BBox::clipped(x1, y1, x1 + across, y1 + down) else { return Ok(()) };
            let Some(area) = PixelArea::around(&bbox, width, height) else {
                prop_assert!(width < 2 || height < 2);
                return Ok(());
            };
            prop_assert!([area.x, area.y, area.width, area.height].iter().all(|side| side % 2 == 0));
            prop_assert!(area.width >= 2 && area.x + area.width <= width && area.height >= 2 && area.y + area.height <= height);
            // At most the last column or row of an odd side is left out.
            prop_assert!(area.x as f32 <= bbox.x1 * width as f32 + 0.01 && (area.x + area.width) as f32 >= bbox.x2 * width as f32 - 1.01);
            prop_assert!(area.y as f32 <= bbox.y1 * height as f32 + 0.01 && (area.y + area.height) as f32 >= bbox.y2 * height as f32 - 1.01);
            prop_assert!(area.locate(&bbox, width, height).is_some() || bbox.width() * (width as f32) < 2.0 || bbox.height() * (height as f32) < 2.0);
        }
    }
}
