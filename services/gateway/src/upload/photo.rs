//! Strangers' pictures: what a file is by its first bytes, how large by its header, and then, where it is wanted, its pixels,
//! upright and without metadata. Everything here may take long and is to be called off the async threads.

use std::io::Cursor;

use bytes::Bytes;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage, Rgba};

use crate::error::ApiError;

/// The most pixels of a photo, as the API promises; read from the header before anything is decoded.
const PIXELS_MAX: u64 = 50_000_000;
/// A decoder's memory, in bytes: the pixels at the most that a format has (four channels of 16 bits), and what it needs beside.
const DECODER_BYTES_MAX: u64 = 512 << 20;
/// The longer side of what is kept and embedded, in px: a face of a tenth of the picture still has more than a recogniser looks at.
const SIDE_MAX: u32 = 1920;
/// The quality at which a photo is encoded again: its own loss shall not be seen beside the camera's.
const JPEG_QUALITY: u8 = 90;

/// A file whose header was found to be in order; its pixels may still be broken.
pub struct Photo {
    bytes: Bytes,
    format: ImageFormat,
}

impl Photo {
    /// Looks at the first bytes and the header.
    ///
    /// # Errors
    /// 415 for anything but JPEG, PNG and WebP, 413 for too many pixels, 400 for a header that cannot be read.
    pub fn judge(bytes: Bytes) -> Result<Self, ApiError> {
        let format = match image::guess_format(&bytes) {
            Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) => format,
            _ => return Err(ApiError::UnsupportedMediaType("The file is no JPEG, PNG or WebP.".to_owned())),
        };
        let photo = Self { bytes, format };
        let (width, height) = photo.decoder()?.dimensions();
        if u64::from(width) * u64::from(height) > PIXELS_MAX {
            return Err(ApiError::PictureTooLarge);
        }
        Ok(photo)
    }

    /// Its pixels as a JPEG: upright, on white where it was transparent, without metadata, at most [`SIDE_MAX`] px long.
    ///
    /// # Errors
    /// 400 when they cannot be decoded.
    pub fn upright_jpeg(&self) -> Result<Bytes, ApiError> {
        let mut decoder = self.decoder()?;
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let picture = DynamicImage::from_decoder(decoder).map_err(undecodable)?;
        let mut small = DynamicImage::ImageRgb8(on_white(shrunk(picture)?));
        small.apply_orientation(orientation);
        let mut jpeg = Vec::new();
        let encoded = small.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY));
        encoded.map_err(|error| ApiError::Internal(format!("encode a photo: {error}")))?;
        Ok(jpeg.into())
    }

    fn decoder(&self) -> Result<impl ImageDecoder + '_, ApiError> {
        let mut reader = ImageReader::with_format(Cursor::new(&self.bytes[..]), self.format);
        let mut limits = Limits::default();
        limits.max_alloc = Some(DECODER_BYTES_MAX);
        reader.limits(limits);
        reader.into_decoder().map_err(undecodable)
    }
}

/// The library's words may quote the file; they are for the log.
fn undecodable(error: ImageError) -> ApiError {
    tracing::debug!("an uploaded photo cannot be decoded: {error}");
    match error {
        ImageError::Limits(_) => ApiError::PictureTooLarge,
        _ => super::undecodable(),
    }
}

fn shrunk(picture: DynamicImage) -> Result<DynamicImage, ApiError> {
    let (width, height) = (picture.width(), picture.height());
    let longer = width.max(height);
    if longer <= SIDE_MAX {
        return Ok(picture);
    }
    let scaled = |side: u32| (u64::from(side) * u64::from(SIDE_MAX) / u64::from(longer)).max(1) as u32;
    let mut small = DynamicImage::new(scaled(width), scaled(height), picture.color());
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    let resized = Resizer::new().resize(&picture, &mut small, &options);
    resized.map_err(|error| ApiError::Internal(format!("scale a photo: {error}")))?;
    Ok(small)
}

/// What is transparent has a colour too, which nobody has ever seen: it is shown as on paper.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let Rgba([red, green, blue, alpha]) = *picture.get_pixel(x, y);
        let over_white = |value: u8| {
            let (value, alpha) = (u16::from(value), u16::from(alpha));
            ((value * alpha + 255 * (255 - alpha)) / 255) as u8
        };
        image::Rgb([over_white(red), over_white(green), over_white(blue)])
    })
}

#[cfg(test)]
mod tests;
