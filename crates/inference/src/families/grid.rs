//! The grids over which anchor-free networks say something for every cell: one grid a stride, row by row.

use crate::pixels::Size;

/// A cell of a grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cell {
    /// Column.
    pub(crate) x: f32,
    /// Row.
    pub(crate) y: f32,
    /// Side of a cell in pixels of the input.
    pub(crate) stride: f32,
}

/// How many cells a grid has; a cell cut off by the edge counts.
pub(crate) fn cell_count(input: Size, stride: usize) -> usize {
    input.width.div_ceil(stride) * input.height.div_ceil(stride)
}

/// How many cells all the grids have.
pub(crate) fn cell_count_of_all(input: Size, strides: &[usize]) -> usize {
    strides.iter().map(|stride| cell_count(input, *stride)).sum()
}

/// The cells of all the grids in the order in which networks list them.
pub(crate) fn cells(input: Size, strides: &[usize]) -> impl Iterator<Item = Cell> {
    strides.iter().flat_map(move |&stride| {
        let columns = input.width.div_ceil(stride);
        (0..cell_count(input, stride)).map(move |index| Cell {
            x: (index % columns) as f32,
            y: (index / columns) as f32,
            stride: stride as f32,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_published_exports() {
        let square = |side| Size { width: side, height: side };
        assert_eq!(cell_count_of_all(square(416), &[8, 16, 32]), 3549);
        assert_eq!(cell_count_of_all(square(640), &[8, 16, 32]), 8400);
        assert_eq!(cell_count_of_all(square(416), &[8, 16, 32, 64]), 3598);
        assert_eq!(cell_count_of_all(square(320), &[8, 16, 32, 64]), 2125);
    }

    #[test]
    fn cells_go_row_by_row_and_stride_by_stride() {
        let cells: Vec<_> = cells(Size { width: 16, height: 16 }, &[8, 16]).map(|c| (c.x, c.y, c.stride)).collect();
        assert_eq!(cells, [(0.0, 0.0, 8.0), (1.0, 0.0, 8.0), (0.0, 1.0, 8.0), (1.0, 1.0, 8.0), (0.0, 0.0, 16.0)]);
    }
}
