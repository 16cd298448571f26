//! Tensors as the families see them: what a model declares, and what one run gave, as plain f32 slices.

use std::borrow::Cow;
use std::fmt;

/// The kinds of number that detectors take and give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    /// 32-bit float.
    F32,
    /// 16-bit float.
    F16,
    /// Byte.
    U8,
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// Anything else; such a tensor cannot be used.
    Other,
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::U8 => "u8",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::Other => "unsupported",
        })
    }
}

/// An input or output as the model file declares it.
#[derive(Debug, Clone)]
pub(crate) struct TensorSpec {
    pub(crate) name: String,
    pub(crate) element: Element,
    /// `None` where the model leaves the size open.
    pub(crate) shape: Vec<Option<usize>>,
}

impl fmt::Display for TensorSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<_> =
            self.shape.iter().map(|size| size.map_or("?".to_owned(), |size| size.to_string())).collect();
        write!(f, "`{}` {}[{}]", self.name, self.element, sizes.join(","))
    }
}

/// An output of one run.
pub(crate) struct Output<'a> {
    pub(crate) name: &'a str,
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Cow<'a, [f32]>,
}

impl Output<'_> {
    /// Size of the last axis; 0 for a scalar.
    pub(crate) fn last(&self) -> usize {
        self.shape.last().copied().unwrap_or(0)
    }

    /// The part of picture `item`, where the first of `rank` axes is the batch. A tensor with one axis less has no
    /// batch axis and belongs to a batch of one picture. `None` when it is neither or the picture is not in it.
    pub(crate) fn item(&self, item: usize, rank: usize) -> Option<&[f32]> {
        if self.shape.len() + 1 == rank {
            return (item == 0).then_some(&*self.data);
        }
        let batch = *self.shape.first().filter(|_| self.shape.len() == rank)?;
        let length = self.data.len().checked_div(batch)?;
        self.data.get(item * length..(item + 1) * length)
    }
}

impl fmt::Display for Output<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<_> = self.shape.iter().map(usize::to_string).collect();
        write!(f, "`{}` [{}]", self.name, sizes.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(shape: &[usize]) -> Output<'static> {
        let data = (0..shape.iter().product::<usize>()).map(|n| n as f32).collect();
        Output { name: "out", shape: shape.to_vec(), data: Cow::Owned(data) }
    }

    #[test]
    fn an_item_is_a_slice_of_the_batch() {
        assert_eq!(output(&[2, 2, 1]).item(1, 3), Some(&[2.0, 3.0][..]));
        assert_eq!(output(&[2, 2, 1]).item(2, 3), None);
    }

    #[test]
    fn a_tensor_without_batch_axis_is_one_pictures() {
        assert_eq!(output(&[2, 1]).item(0, 3), Some(&[0.0, 1.0][..]));
        assert_eq!(output(&[2, 1]).item(1, 3), None);
    }

    #[test]
    fn other_ranks_and_empty_batches_are_refused() {
        assert_eq!(output(&[2]).item(0, 3), None);
        assert_eq!(output(&[0, 2, 1]).item(0, 3), None);
    }
}
