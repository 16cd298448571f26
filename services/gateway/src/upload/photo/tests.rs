use super::*;
use axum::response::IntoResponse;

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Red above, blue below, so that it can be seen which way is up.
fn flag(width: u32, height: u32) -> DynamicImage {
    let colour = |_, y| if y < height / 2 { image::Rgb([220, 20, 20]) } else { image::Rgb([20, 20, 220]) };
    RgbImage::from_fn(width, height, colour).into()
}

fn judged(bytes: Vec<u8>) -> Result<Photo, u16> {
    Photo::judge(bytes.into()).map_err(|error| error.into_response().status().as_u16())
}

fn outcome(bytes: Vec<u8>) -> u16 {
    let photo = match judged(bytes) {
        Ok(photo) => photo,
        Err(status) => return status,
    };
    photo.upright_jpeg().map_or_else(|error| error.into_response().status().as_u16(), |_| 200)
}

fn redone(bytes: Vec<u8>) -> RgbImage {
    let jpeg = judged(bytes).unwrap().upright_jpeg().unwrap();
    image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).unwrap().into_rgb8()
}

/// A JPEG's Exif segment that only says how the camera was held.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.truncate(2 + 0x22);
    [&jpeg[..2], &exif, &jpeg[2..]].concat()
}

/// A PNG's first chunk with another size, its checksum right again.
fn png_of_size(width: u32, height: u32) -> Vec<u8> {
    let mut png = encoded(&flag(8, 8), ImageFormat::Png);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[test]
fn the_three_kinds_are_told_by_their_bytes() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let small = redone(encoded(&flag(64, 48), format));
        assert_eq!(small.dimensions(), (64, 48), "{format:?}");
        let (top, bottom) = (small.get_pixel(32, 6), small.get_pixel(32, 42));
        assert!(top[0] > 150 && top[2] < 80 && bottom[2] > 150 && bottom[0] < 80, "{format:?}: {top:?} {bottom:?}");
    }
}

#[test]
fn everything_else_is_of_an_unsupported_kind() {
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec();
    for bytes in
        [b"GIF89a\x01\0\x01\0\0\0\0".to_vec(), b"BM\0\0".to_vec(), svg, b"%PDF-1.7".to_vec(), vec![0; 64], vec![0xff]]
    {
        assert_eq!(outcome(bytes.clone()), 415, "{bytes:?}");
    }
}

#[test]
fn what_begins_as_a_picture_and_goes_on_otherwise_is_undecodable() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let whole = encoded(&flag(200, 100), format);
        for length in [12, 24, 40] {
            assert_eq!(outcome(whole[..length].to_vec()), 400, "{format:?} cut to {length} bytes");
        }
        let mut noise = whole[..12].to_vec();
        noise.extend((0..4_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8));
        assert_eq!(outcome(noise), 400, "{format:?} of noise");
    }
    let png = encoded(&flag(200, 100), ImageFormat::Png);
    assert_eq!(outcome(png[..png.len() - 60].to_vec()), 400, "a PNG without its end");
}

#[test]
fn too_many_pixels_are_refused_by_the_header_alone() {
    assert_eq!(outcome(png_of_size(10_000, 5_001)), 413);
    assert_eq!(outcome(png_of_size(65_535, 65_535)), 413);
    assert_eq!(outcome(png_of_size(i32::MAX as u32, i32::MAX as u32)), 413);
    assert!(judged(png_of_size(10_000, 5_000)).is_ok(), "the bound itself passes");
    // Its data are those of 64 pixels.
    assert_eq!(outcome(png_of_size(10_000, 4_000)), 400);
}

#[test]
fn a_photo_is_turned_upright() {
    let jpeg = encoded(&flag(64, 48), ImageFormat::Jpeg);
    let upside_down = redone(with_orientation(&jpeg, 3));
    assert!(upside_down.get_pixel(32, 6)[2] > 150, "red was above, so it is below now");
    assert_eq!(redone(with_orientation(&jpeg, 6)).dimensions(), (48, 64));
    assert_eq!(redone(with_orientation(&jpeg, 99)).dimensions(), (64, 48), "nonsense is passed over");
}

#[test]
fn nothing_of_the_file_but_its_pixels_survives() {
    let mut jpeg = with_orientation(&encoded(&flag(64, 48), ImageFormat::Jpeg), 1);
    jpeg.extend(b"<script>alert(1)</script>PK\x03\x04");
    let redone = judged(jpeg).unwrap().upright_jpeg().unwrap();
    let holds = |part: &[u8]| redone.windows(part.len()).any(|window| window == part);
    assert!(!holds(b"Exif") && !holds(b"script") && !holds(b"PK\x03\x04"));
}

#[test]
fn a_large_photo_is_scaled_and_a_thin_one_keeps_a_row() {
    assert_eq!(redone(encoded(&flag(4_000, 2_000), ImageFormat::Jpeg)).dimensions(), (1920, 960));
    assert_eq!(redone(encoded(&flag(1_000, 3_000), ImageFormat::Png)).dimensions(), (640, 1920));
    assert_eq!(redone(encoded(&flag(9_000, 1), ImageFormat::Png)).dimensions(), (1920, 1));
    assert_eq!(redone(encoded(&flag(1920, 1080), ImageFormat::Jpeg)).dimensions(), (1920, 1080));
}

#[test]
fn transparency_is_shown_on_white() {
    let hidden = image::RgbaImage::from_pixel(16, 16, Rgba([0, 0, 0, 0]));
    assert!(redone(encoded(&hidden.into(), ImageFormat::Png)).pixels().all(|pixel| pixel.0.iter().all(|v| *v > 250)));
    let deep = DynamicImage::ImageRgb16(image::ImageBuffer::from_pixel(16, 16, image::Rgb([u16::MAX, 0, 0])));
    assert!(redone(encoded(&deep, ImageFormat::Png)).get_pixel(8, 8)[0] > 240);
}
