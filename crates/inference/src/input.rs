//! What the picture input of a network that looks at whole pictures must look like, and its size for a picture.

use crate::pixels::{Fit, Placement, Size};
use crate::tensor::{Element, TensorSpec};

/// Sides of a dynamic input are multiples of this: the coarsest stride of nearly all networks.
const STRIDE: usize = 32;
/// Input side where neither the model nor the caller says one: what most detectors were trained at.
const SIDE_DEFAULT: usize = 640;
/// Largest input side: above any detector in use; keeps a model file's numbers from asking for gigabytes.
const SIDE_MAX: usize = 4096;
/// Most pictures that one run takes: 32 of 640 x 640 are 157 MB of floats; more would not run faster anywhere.
pub const BATCH_MAX: usize = 32;

impl TensorSpec {
    /// Whether this is `[batch, 3, height, width]`.
    pub(crate) fn is_picture(&self) -> bool {
        matches!(self.shape[..], [_, Some(3), _, _])
    }

    /// Whether this is the `[batch, 2]` of sizes that RT-DETR and its kin take.
    fn is_sizes(&self) -> bool {
        self.element == Element::I64 && matches!(self.shape[..], [_, Some(2)])
    }
}

/// The size of a network's input in pixels. A picture of another size is scaled; one that fits without is cheapest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputSize {
    /// Built into the model.
    Fixed {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// Chosen for each picture by the caller, such as by [`DetectRequest::input_size`](crate::DetectRequest::input_size).
    Dynamic {
        /// Sides are multiples of this.
        stride: u32,
    },
}

/// The picture input; `None` is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InputPlan {
    pub(crate) element: Element,
    pub(crate) batch: Option<usize>,
    pub(crate) width: Option<usize>,
    pub(crate) height: Option<usize>,
    /// Sides that are open are multiples of this.
    pub(crate) stride: usize,
}

impl InputPlan {
    /// From what the model declares; the error is a reason.
    pub(crate) fn new(inputs: &[TensorSpec]) -> Result<Self, &'static str> {
        let picture = match inputs {
            [picture] if picture.is_picture() => picture,
            [a, b] if a.is_picture() && b.is_sizes() => a,
            [a, b] if b.is_picture() && a.is_sizes() => b,
            _ => {
                return Err(
                    "its inputs are not one picture [batch, 3, height, width], with or without a list of sizes",
                );
            }
        };
        let [batch, _, height, width] = picture.shape[..] else { return Err("its picture has not four axes") };
        let within = |size: Option<usize>, max: usize| size.is_none_or(|size| (1..=max).contains(&size));
        if !within(width, SIDE_MAX) || !within(height, SIDE_MAX) {
            return Err("its input's sides are not within 1 to 4096 pixels");
        }
        if !within(batch, BATCH_MAX) {
            return Err("its batch is not within 1 to 32 pictures");
        }
        Ok(Self { element: picture.element, batch, width, height, stride: STRIDE })
    }

    /// The input for a picture. A dynamic one is as long as the hint says on its longer side, and, where the family
    /// keeps the aspect, no higher or wider than the picture needs, so that no time goes into margins.
    pub(crate) fn size_for(&self, fit: Fit, picture: Size, hint: Option<u32>) -> Size {
        let multiple = |side: usize| side.next_multiple_of(self.stride).clamp(self.stride, SIDE_MAX);
        let side = multiple(hint.map_or(SIDE_DEFAULT, |hint| hint.min(SIDE_MAX as u32) as usize));
        let square = Size { width: side, height: side };
        let wanted = match fit {
            Fit::Stretch => square,
            Fit::TopLeft | Fit::TopLeftRoundedDown | Fit::Centred => {
                let content = Placement::new(fit, picture, square).content;
                Size { width: multiple(content.width), height: multiple(content.height) }
            }
        };
        Size { width: self.width.unwrap_or(wanted.width), height: self.height.unwrap_or(wanted.height) }
    }

    /// The input of a run that only tries what the model gives.
    pub(crate) fn trial_size(&self) -> Size {
        self.size_for(Fit::Stretch, Size { width: 1, height: 1 }, None)
    }

    /// Most pictures in one run.
    pub(crate) fn batch_max(&self) -> usize {
        self.batch.unwrap_or(BATCH_MAX)
    }
}

impl From<InputPlan> for InputSize {
    fn from(plan: InputPlan) -> Self {
        match (plan.width, plan.height) {
            (Some(width), Some(height)) => Self::Fixed { width: width as u32, height: height as u32 },
            _ => Self::Dynamic { stride: plan.stride as u32 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(element: Element, shape: &[Option<usize>]) -> TensorSpec {
        TensorSpec { name: "x".into(), element, shape: shape.to_vec() }
    }

    fn picture(batch: Option<usize>, side: Option<usize>) -> TensorSpec {
        spec(Element::F32, &[batch, Some(3), side, side])
    }

    #[test]
    fn a_picture_alone_or_with_sizes_is_an_input() {
        let sizes = spec(Element::I64, &[None, Some(2)]);
        assert!(InputPlan::new(&[picture(Some(1), Some(416))]).is_ok());
        assert!(InputPlan::new(&[sizes.clone(), picture(None, None)]).is_ok());
        assert!(InputPlan::new(&[picture(None, None), picture(None, None)]).is_err());
        assert!(InputPlan::new(&[sizes]).is_err());
        assert!(InputPlan::new(&[]).is_err());
    }

    #[test]
    fn absurd_sizes_are_refused() {
        assert!(InputPlan::new(&[picture(Some(1), Some(100_000))]).is_err());
        assert!(InputPlan::new(&[picture(Some(1_000_000), Some(416))]).is_err());
        assert!(InputPlan::new(&[picture(Some(0), Some(416))]).is_err());
    }

    #[test]
    fn an_open_input_follows_hint_and_aspect() {
        let plan = InputPlan::new(&[picture(None, None)]).unwrap();
        let wide = Size { width: 1920, height: 1080 };
        let size = |fit, hint| plan.size_for(fit, wide, hint);
        assert_eq!(size(Fit::Centred, None), Size { width: 640, height: 384 });
        assert_eq!(size(Fit::Centred, Some(400)), Size { width: 416, height: 256 });
        assert_eq!(size(Fit::Stretch, Some(640)), Size { width: 640, height: 640 });
        assert_eq!(size(Fit::TopLeft, Some(0)), Size { width: 32, height: 32 });
        assert_eq!(size(Fit::Stretch, Some(u32::MAX)), Size { width: SIDE_MAX, height: SIDE_MAX });
    }

    #[test]
    fn a_fixed_input_ignores_the_hint() {
        let plan = InputPlan::new(&[picture(Some(1), Some(416))]).unwrap();
        let size = plan.size_for(Fit::TopLeft, Size { width: 10, height: 20 }, Some(1280));
        assert_eq!(size, Size { width: 416, height: 416 });
    }
}
