//! Brings pictures into a network's input buffer. Keeps its own buffers from picture to picture, so that in steady
//! state nothing is allocated; a picture that already has the right scale is not resampled.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{Filter, FilterType, ResizeAlg, ResizeOptions, Resizer};
use half::f16;
use yuv::{YuvPlanarImage, YuvRange, YuvStandardMatrix, yuv420_to_rgb};

use super::{Placement, Recipe, Size};
use crate::picture::{PictureRef, PixelFormat};
use crate::tensor::Element;

/// A batch of inputs, each three planes, in the kind of number that the model takes.
pub(crate) enum PixelBuffer {
    F32(Vec<f32>),
    F16(Vec<f16>),
    /// For models that take bytes and normalise within.
    U8(Vec<u8>),
}

impl PixelBuffer {
    /// `None` when a network cannot take pictures in such numbers.
    pub(crate) fn new(element: Element) -> Option<Self> {
        match element {
            Element::F32 => Some(Self::F32(Vec::new())),
            Element::F16 => Some(Self::F16(Vec::new())),
            Element::U8 => Some(Self::U8(Vec::new())),
            Element::I32 | Element::I64 | Element::Other => None,
        }
    }

    /// Makes room for a batch; what is there stays, so that a slot nobody writes holds some earlier picture.
    pub(crate) fn resize(&mut self, batch: usize, input: Size) {
        let length = batch * 3 * input.width * input.height;
        match self {
            Self::F32(values) => values.resize(length, 0.0),
            Self::F16(values) => values.resize(length, f16::ZERO),
            Self::U8(values) => values.resize(length, 0),
        }
    }
}

/// The number for each byte, by plane: one look-up replaces the arithmetic, whatever the recipe and the number kind.
type Table<T> = [[T; 256]; 3];

/// See the file's comment.
pub(crate) struct Preprocessor {
    recipe: Recipe,
    tables: Tables,
    resizer: Resizer,
    filter: FilterType,
    /// The picture as RGB at its own size; unused when it came so.
    rgb: Vec<u8>,
    /// The picture as RGB at the content's size; unused when it has that size.
    scaled: Vec<u8>,
}

struct Tables {
    f32: Box<Table<f32>>,
    f16: Box<Table<f16>>,
    u8: Box<Table<u8>>,
}

impl Preprocessor {
    pub(crate) fn new(recipe: Recipe) -> Self {
        let normalisation = recipe.normalisation;
        let f32_table = table(|plane, byte| normalisation.apply(plane, byte));
        let f16_table = table(|plane, byte| f16::from_f32(normalisation.apply(plane, byte)));
        let tables = Tables { f32: f32_table, f16: f16_table, u8: table(|_, byte| byte) };
        let resizer = Resizer::new();
        Self { recipe, tables, resizer, filter: FilterType::Bilinear, rgb: Vec::new(), scaled: Vec::new() }
    }

    /// Scales between the sixteen nearest pixels, as OpenCV's `INTER_CUBIC` does, for networks that were trained so.
    pub(crate) fn bicubic(recipe: Recipe) -> Self {
        let filter = Filter::new("OpenCV's cubic", opencv_cubic, 2.0).expect("a reach of two pixels is a valid one");
        Self { filter: FilterType::Custom(filter), ..Self::new(recipe) }
    }

    pub(crate) fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Writes the picture as input number `slot` of a batch; the buffer has room for it.
    pub(crate) fn write(
        &mut self,
        picture: PictureRef<'_>,
        placement: &Placement,
        slot: usize,
        buffer: &mut PixelBuffer,
    ) {
        let Self { recipe, tables, resizer, filter, rgb, scaled } = self;
        let size = Size { width: picture.width() as usize, height: picture.height() as usize };
        let pixels = as_rgb(picture, rgb);
        let pixels =
            if size == placement.content { pixels } else { scale(resizer, *filter, pixels, size, placement, scaled) };
        match buffer {
            PixelBuffer::F32(values) => spread(pixels, placement, recipe, &tables.f32, slot, values),
            PixelBuffer::F16(values) => spread(pixels, placement, recipe, &tables.f16, slot, values),
            PixelBuffer::U8(values) => spread(pixels, placement, recipe, &tables.u8, slot, values),
        }
    }
}

fn table<T: Copy + Default>(number: impl Fn(usize, u8) -> T) -> Box<Table<T>> {
    let mut table = Box::new([[T::default(); 256]; 3]);
    for (plane, numbers) in table.iter_mut().enumerate() {
        for byte in 0..=u8::MAX {
            numbers[usize::from(byte)] = number(plane, byte);
        }
    }
    table
}

/// The picture's pixels as RGB; where they are not, `rgb` holds them.
pub(crate) fn as_rgb<'b>(picture: PictureRef<'b>, rgb: &'b mut Vec<u8>) -> &'b [u8] {
    match picture.format() {
        PixelFormat::Rgb24 => picture.data(),
        PixelFormat::I420 => to_rgb(picture, rgb),
    }
}

fn to_rgb<'b>(picture: PictureRef<'_>, rgb: &'b mut Vec<u8>) -> &'b [u8] {
    let (width, height) = (picture.width(), picture.height());
    let chroma = (width.div_ceil(2) * height.div_ceil(2)) as usize;
    let (y_plane, chroma_planes) = picture.data().split_at((width * height) as usize);
    let (u_plane, v_plane) = chroma_planes.split_at(chroma);
    let planes = YuvPlanarImage {
        y_plane,
        y_stride: width,
        u_plane,
        u_stride: width.div_ceil(2),
        v_plane,
        v_stride: width.div_ceil(2),
        width,
        height,
    };
    rgb.resize(PixelFormat::Rgb24.size_bytes(width, height), 0);
    yuv420_to_rgb(&planes, rgb, width * 3, YuvRange::Full, YuvStandardMatrix::Bt601)
        .expect("a checked picture has planes of the right sizes");
    rgb
}

/// Keys' cubic with the constant of OpenCV (`modules/imgproc/src/resize.cpp`), which is also PyTorch's.
fn opencv_cubic(distance: f64) -> f64 {
    const A: f64 = -0.75;
    let x = distance.abs();
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A
    } else {
        0.0
    }
}

/// Bilinear between the four nearest pixels with half-pixel centres and no low-pass filter, as OpenCV's `INTER_LINEAR`
/// does, because that is what the networks were trained and measured with; or by the filter given.
fn scale<'b>(
    resizer: &mut Resizer,
    filter: FilterType,
    pixels: &[u8],
    size: Size,
    placement: &Placement,
    scaled: &'b mut Vec<u8>,
) -> &'b [u8] {
    let Size { width, height } = placement.content;
    scaled.resize(width * height * 3, 0);
    // Typed, or the crate's code for all pixel types would be compiled into ours.
    let source = TypedImageRef::<U8x3>::from_buffer(size.width as u32, size.height as u32, pixels)
        .expect("a checked picture has the right length");
    let mut target = TypedImage::<U8x3>::from_buffer(width as u32, height as u32, scaled)
        .expect("the buffer was just made that long");
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Interpolation(filter)).use_alpha(false);
    resizer.resize_typed(&source, &mut target, &options).expect("the whole of an image is within it");
    scaled
}

/// Spreads RGB pixels over three planes, with margins.
fn spread<T: Copy>(
    pixels: &[u8],
    placement: &Placement,
    recipe: &Recipe,
    table: &Table<T>,
    slot: usize,
    values: &mut [T],
) {
    let Placement { input, left, top, content } = *placement;
    let plane_length = input.width * input.height;
    let input_values = &mut values[slot * 3 * plane_length..(slot + 1) * 3 * plane_length];
    let order = recipe.order.source_bytes();
    for (plane, plane_values) in input_values.chunks_exact_mut(plane_length).enumerate() {
        let numbers = &table[plane];
        let margin = numbers[usize::from(recipe.padding)];
        let (above, rest) = plane_values.split_at_mut(top * input.width);
        let (covered, below) = rest.split_at_mut(content.height * input.width);
        above.fill(margin);
        below.fill(margin);
        let rows = pixels.chunks_exact(content.width * 3).zip(covered.chunks_exact_mut(input.width));
        for (source, target) in rows {
            let (before, rest) = target.split_at_mut(left);
            let (inside, after) = rest.split_at_mut(content.width);
            before.fill(margin);
            after.fill(margin);
            for (pixel, value) in source.as_chunks::<3>().0.iter().zip(inside) {
                *value = numbers[usize::from(pixel[order[plane]])];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ChannelOrder, Fit, Normalisation};
    use super::*;

    const RECIPE: Recipe =
        Recipe { fit: Fit::Centred, order: ChannelOrder::Bgr, normalisation: Normalisation::NONE, padding: 114 };

    fn written(recipe: Recipe, picture: PictureRef<'_>, input: Size, element: Element) -> PixelBuffer {
        let size = Size { width: picture.width() as usize, height: picture.height() as usize };
        let mut buffer = PixelBuffer::new(element).unwrap();
        buffer.resize(1, input);
        Preprocessor::new(recipe).write(picture, &Placement::new(recipe.fit, size, input), 0, &mut buffer);
        buffer
    }

    fn floats(buffer: &PixelBuffer) -> &[f32] {
        match buffer {
            PixelBuffer::F32(values) => values,
            PixelBuffer::F16(_) | PixelBuffer::U8(_) => panic!("not f32"),
        }
    }

    #[test]
    fn planes_are_ordered_and_margins_padded() {
        let picture = PictureRef::new(2, 1, PixelFormat::Rgb24, &[1, 2, 3, 4, 5, 6]).unwrap();
        let buffer = written(RECIPE, picture, Size { width: 2, height: 3 }, Element::F32);
        let p = 114.0;
        assert_eq!(floats(&buffer), [p, p, 3.0, 6.0, p, p, p, p, 2.0, 5.0, p, p, p, p, 1.0, 4.0, p, p]);
    }

    #[test]
    fn a_second_slot_leaves_the_first_alone() {
        let input = Size { width: 1, height: 1 };
        let mut buffer = PixelBuffer::new(Element::F32).unwrap();
        buffer.resize(2, input);
        let mut preprocessor = Preprocessor::new(RECIPE);
        let placement = Placement::new(Fit::Centred, input, input);
        for (slot, bytes) in [[1, 2, 3], [4, 5, 6]].iter().enumerate() {
            let picture = PictureRef::new(1, 1, PixelFormat::Rgb24, bytes).unwrap();
            preprocessor.write(picture, &placement, slot, &mut buffer);
        }
        assert_eq!(floats(&buffer), [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
    }

    #[test]
    fn half_floats_and_bytes_hold_the_same_picture() {
        let picture = PictureRef::new(1, 1, PixelFormat::Rgb24, &[255, 51, 0]).unwrap();
        let recipe = Recipe { normalisation: Normalisation::UNIT, order: ChannelOrder::Rgb, ..RECIPE };
        let input = Size { width: 1, height: 1 };
        let PixelBuffer::F16(halves) = written(recipe, picture, input, Element::F16) else { panic!("not f16") };
        assert_eq!(halves, [f16::ONE, f16::from_f32(0.2), f16::ZERO]);
        let PixelBuffer::U8(bytes) = written(recipe, picture, input, Element::U8) else { panic!("not u8") };
        assert_eq!(bytes, [255, 51, 0]);
    }

    #[test]
    fn i420_is_full_range_bt601() {
        // White, black and pure red as JPEG writes them; odd sides, so that the chroma is rounded up.
        for (yuv, rgb) in [([255, 128, 128], [255, 255, 255]), ([0, 128, 128], [0, 0, 0]), ([76, 85, 255], [254, 0, 0])]
        {
            let data = [&[yuv[0]; 15][..], &[yuv[1]; 6], &[yuv[2]; 6]].concat();
            let picture = PictureRef::new(3, 5, PixelFormat::I420, &data).unwrap();
            let recipe = Recipe { order: ChannelOrder::Rgb, ..RECIPE };
            let PixelBuffer::U8(bytes) = written(recipe, picture, Size { width: 3, height: 5 }, Element::U8) else {
                panic!("not u8")
            };
            for (plane, wanted) in bytes.chunks_exact(15).zip(rgb) {
                assert!(plane.iter().all(|byte| byte.abs_diff(wanted) <= 1), "{yuv:?} became {plane:?}");
            }
        }
    }

    #[test]
    fn a_cubic_goes_through_the_pixels_and_weighs_sixteen() {
        for (distance, weight) in [(0.0, 1.0), (1.0, 0.0), (2.0, 0.0), (0.5, 0.59375), (-1.5, -0.09375)] {
            assert!((opencv_cubic(distance) - weight).abs() < 1e-12, "{distance}");
        }
        // 8 pixels to 4: beside an edge of 64 it swings over by 0.09375 of that.
        let data: Vec<u8> = [10, 10, 10, 10, 74, 74, 74, 74].iter().flat_map(|grey| [*grey; 3]).collect();
        let picture = PictureRef::new(8, 1, PixelFormat::Rgb24, &data).unwrap();
        let (size, input) = (Size { width: 8, height: 1 }, Size { width: 4, height: 1 });
        let recipe = Recipe { fit: Fit::Stretch, ..RECIPE };
        let mut buffer = PixelBuffer::new(Element::F32).unwrap();
        buffer.resize(1, input);
        Preprocessor::bicubic(recipe).write(picture, &Placement::new(recipe.fit, size, input), 0, &mut buffer);
        assert_eq!(floats(&buffer)[..4], [10.0, 4.0, 80.0, 74.0]);
    }

    #[test]
    fn scaling_interpolates_between_half_pixel_centres() {
        // 4 pixels to 2: each centre falls exactly between two, and nothing further away counts.
        let data: Vec<u8> = [0, 100, 50, 250].iter().flat_map(|grey| [*grey; 3]).collect();
        let picture = PictureRef::new(4, 1, PixelFormat::Rgb24, &data).unwrap();
        let recipe = Recipe { fit: Fit::Stretch, ..RECIPE };
        let buffer = written(recipe, picture, Size { width: 2, height: 1 }, Element::F32);
        assert_eq!(floats(&buffer)[..2], [50.0, 150.0]);
        // 6 to 2: the centres fall on pixels 1 and 4, whatever lies beside them.
        let data: Vec<u8> = [9, 100, 99, 200, 60, 255].iter().flat_map(|grey| [*grey; 3]).collect();
        let picture = PictureRef::new(6, 1, PixelFormat::Rgb24, &data).unwrap();
        let buffer = written(recipe, picture, Size { width: 2, height: 1 }, Element::F32);
        assert_eq!(floats(&buffer)[..2], [100.0, 60.0]);
    }
}
