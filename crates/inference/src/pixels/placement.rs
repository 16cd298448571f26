//! Where a picture lies in a network's input, and the way back for the boxes.

use iris_domain::BBox;

/// Width and height in pixels, both at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Size {
    pub(crate) width: usize,
    pub(crate) height: usize,
}

/// How a picture of another shape is brought into the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Both sides scaled to fill the input.
    Stretch,
    /// Aspect kept, at the top left.
    TopLeft,
    /// The same, the shorter side rounded down: half a pixel moves the points of a face by several where it is unsure.
    TopLeftRoundedDown,
    /// Aspect kept, in the middle.
    Centred,
}

/// The rectangle of the input that a picture covers; the rest is margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placement {
    pub(crate) input: Size,
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) content: Size,
}

impl Placement {
    pub(crate) fn new(fit: Fit, picture: Size, input: Size) -> Self {
        let content = content_size(fit, picture, input);
        let (left, top) = match fit {
            Fit::Stretch | Fit::TopLeft | Fit::TopLeftRoundedDown => (0, 0),
            Fit::Centred => ((input.width - content.width) / 2, (input.height - content.height) / 2),
        };
        Self { input, left, top, content }
    }

    /// Corners in the input's pixels become a box of the picture; `None` when nothing of it lies in the picture.
    /// Each axis has its own scale, so that the rounding of the content's sides moves no box.
    pub(crate) fn to_picture(self, corners: [f32; 4]) -> Option<BBox> {
        let [x1, y1, x2, y2] = corners;
        let ([x1, y1], [x2, y2]) = (self.point_to_picture([x1, y1]), self.point_to_picture([x2, y2]));
        BBox::clipped(x1, y1, x2, y2)
    }

    /// A point in the input's pixels becomes one in fractions of the picture, within it or not.
    pub(crate) fn point_to_picture(self, [x, y]: [f32; 2]) -> [f32; 2] {
        [(x - self.left as f32) / self.content.width as f32, (y - self.top as f32) / self.content.height as f32]
    }
}

fn content_size(fit: Fit, picture: Size, input: Size) -> Size {
    let scale = (input.width as f64 / picture.width as f64).min(input.height as f64 / picture.height as f64);
    // Half to even, as Python rounds in the networks' own code. (YOLOX's code rounds down; to nearest distorts less.)
    let side = |side: usize, limit: usize| ((side as f64 * scale).round_ties_even() as usize).clamp(1, limit);
    match fit {
        Fit::Stretch => input,
        Fit::TopLeftRoundedDown if input.width * picture.height <= input.height * picture.width => {
            Size { width: input.width, height: (picture.height * input.width / picture.width).max(1) }
        }
        Fit::TopLeftRoundedDown => {
            Size { width: (picture.width * input.height / picture.height).max(1), height: input.height }
        }
        Fit::TopLeft | Fit::Centred => {
            Size { width: side(picture.width, input.width), height: side(picture.height, input.height) }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn size(width: usize, height: usize) -> Size {
        Size { width, height }
    }

    #[test]
    fn a_letterbox_is_centred_and_undone() {
        let placement = Placement::new(Fit::Centred, size(1920, 1080), size(640, 640));
        assert_eq!(placement, Placement { input: size(640, 640), left: 0, top: 140, content: size(640, 360) });
        let bbox = placement.to_picture([160.0, 230.0, 320.0, 320.0]).unwrap();
        assert_eq!((bbox.x1, bbox.y1, bbox.x2, bbox.y2), (0.25, 0.25, 0.5, 0.5));
    }

    #[test]
    fn a_picture_at_the_models_scale_keeps_its_size() {
        for fit in [Fit::TopLeft, Fit::Centred] {
            let placement = Placement::new(fit, size(416, 234), size(416, 416));
            assert_eq!(placement.content, size(416, 234));
        }
    }

    #[test]
    fn a_side_is_rounded_to_nearest_or_down() {
        let content = |fit, width, height| Placement::new(fit, size(width, height), size(640, 640)).content;
        assert_eq!(content(Fit::TopLeft, 600, 604), size(636, 640));
        assert_eq!(content(Fit::TopLeftRoundedDown, 600, 604), size(635, 640));
        assert_eq!(content(Fit::TopLeftRoundedDown, 604, 600), size(640, 635));
        assert_eq!(content(Fit::TopLeftRoundedDown, 1280, 886), size(640, 443));
        assert_eq!(content(Fit::TopLeftRoundedDown, 10_000, 1), size(640, 1));
    }

    #[test]
    fn boxes_in_the_margin_are_dropped() {
        let placement = Placement::new(Fit::TopLeft, size(200, 100), size(100, 100));
        assert_eq!(placement.to_picture([10.0, 60.0, 20.0, 90.0]), None);
    }

    #[test]
    fn a_line_of_pixels_still_covers_one() {
        assert_eq!(Placement::new(Fit::TopLeft, size(10_000, 1), size(64, 64)).content, size(64, 1));
    }

    proptest! {
        #[test]
        fn the_content_lies_within_the_input_and_touches_two_sides(
            width in 1usize..4000, height in 1usize..4000, side in 32usize..1920,
            fit in prop::sample::select(vec![Fit::Centred, Fit::TopLeft, Fit::TopLeftRoundedDown]),
        ) {
            let placement = Placement::new(fit, size(width, height), size(side, side));
            let Size { width, height } = placement.content;
            prop_assert!(placement.left + width <= side && placement.top + height <= side);
            prop_assert_eq!(width.max(height), side);
        }
    }
}
