//! How much an appearance can be trusted, its colour, and the small picture of it that people see.

use bytes::Bytes;
use iris_bus::message::CropView;
use iris_domain::colour::VEHICLE_PAINT;
use iris_domain::{BBox, Colour};
use iris_media::{JpegEncoder, Rgb};

use crate::models::Kind;

/// Height in pixels from which more brings no more trust: networks look at 256, and half as much again is lost between a good and
/// a bad view.
const HEIGHT_FULL_PX: f32 = 192.0;
/// Score of a detection from which more brings no more trust: small detectors rarely say more of a clear view.
const SCORE_FULL: f32 = 0.7;
/// Height by width of a person who is seen whole.
const PERSON_ASPECT: std::ops::RangeInclusive<f32> = 1.5..=4.0;
/// Share by which others cover it at which nothing is left of the trust.
const OVERLAP_NONE: f32 = 0.6;
/// What is left of the trust in a view that the picture's edge cuts above or below: the rest is still somebody.
const CUT_SHARE: f32 = 0.5;
/// What is left where it cuts at a side: half a shoulder is like any other, so it may be compared but founds no identity
/// (`body_provisional_quality` of the association).
const CUT_AT_SIDE_SHARE: f32 = 0.3;
/// A box that ends nearer to the picture's side than this is cut by it, 0..1 of its width.
const SIDE: f32 = 0.01;
/// Size of the small picture in pixels, at most.
const THUMBNAIL_PX: (u32, u32) = (480, 320);
/// Quality at which it is encoded.
const THUMBNAIL_QUALITY: u8 = 82;
/// Where an animal is in its box, mostly.
const FUR: BBox = BBox { x1: 0.3, y1: 0.3, x2: 0.7, y2: 0.7 };

/// How much a view can be trusted, 0..1. A product, because each of size, shape, company and edge can spoil a view alone.
pub fn quality(kind: Kind, view: &CropView, width_px: f32, height_px: f32) -> f32 {
    let side_px = if kind == Kind::Person { height_px } else { width_px.max(height_px) };
    let size = (side_px / HEIGHT_FULL_PX).clamp(0.0, 1.0);
    let score = (view.score / SCORE_FULL).clamp(0.0, 1.0);
    let shape = if kind == Kind::Person { person_shape(height_px / width_px.max(1.0)) } else { 1.0 };
    let alone = (1.0 - view.overlap / OVERLAP_NONE).clamp(0.0, 1.0);
    let at_side = view.bbox.x1 < SIDE || view.bbox.x2 > 1.0 - SIDE;
    let whole = match (view.touches_edge, at_side) {
        (true, true) => CUT_AT_SIDE_SHARE,
        (true, false) => CUT_SHARE,
        (false, _) => 1.0,
    };
    size * score * shape * alone * whole
}

/// 1 for those who stand or walk, less the further the shape is from that.
fn person_shape(aspect: f32) -> f32 {
    let (least, most) = (*PERSON_ASPECT.start(), *PERSON_ASPECT.end());
    if aspect < least {
        aspect / least
    } else if aspect > most {
        most / aspect
    } else {
        1.0
    }
}

/// The colour of a vehicle's paint or an animal's fur. Of people nothing is said: they wear several.
pub fn colour(kind: Kind, picture: &Rgb, inner: &BBox) -> Option<Colour> {
    let area = match kind {
        Kind::Person => return None,
        Kind::Vehicle => within(inner, &VEHICLE_PAINT),
        Kind::Animal => within(inner, &FUR),
    };
    Colour::of_area(picture.data(), picture.width() as usize, picture.height() as usize, &area)
}

/// A part of a box, where the part is given in 0..1 of it.
fn within(whole: &BBox, part: &BBox) -> BBox {
    let across = |x: f32| whole.x1 + x * whole.width();
    let down = |y: f32| whole.y1 + y * whole.height();
    BBox { x1: across(part.x1), y1: down(part.y1), x2: across(part.x2), y2: down(part.y2) }
}

/// The small picture; `None` when it cannot be made.
pub fn thumbnail(picture: Rgb, encoder: &mut JpegEncoder) -> Option<Bytes> {
    let small = picture.shrunk(THUMBNAIL_PX.0, THUMBNAIL_PX.1);
    encoder.encode_rgb(&small, THUMBNAIL_QUALITY).ok()
}

#[cfg(test)]
mod tests {
    use iris_bus::message::CropReason;
    use iris_domain::Timestamp;

    use super::*;

    fn view(score: f32, overlap: f32, touches_edge: bool) -> CropView {
        let whole = BBox { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 };
        CropView {
            captured: Timestamp::from_millis(1).unwrap(),
            bbox: BBox { x1: 0.2, x2: 0.4, ..whole },
            inner: whole,
            score,
            reason: CropReason::Confirmed,
            overlap,
            touches_edge,
            jpeg: Bytes::new(),
        }
    }

    #[test]
    fn each_flaw_can_spoil_a_view() {
        let good = view(0.8, 0.0, false);
        let of = |view: &CropView, width: f32, height: f32| quality(Kind::Person, view, width, height);
        assert_eq!(of(&good, 100.0, 250.0), 1.0);
        assert_eq!(of(&good, 40.0, 96.0), 0.5);
        assert_eq!(of(&view(0.8, 0.3, false), 100.0, 250.0), 0.5);
        assert_eq!(of(&view(0.8, 0.9, false), 100.0, 250.0), 0.0);
        let cut = view(0.8, 0.0, true);
        assert_eq!(of(&cut, 100.0, 250.0), 0.5);
        let shoulder = CropView { bbox: BBox { x2: 1.0, ..cut.bbox }, ..cut };
        assert_eq!(of(&shoulder, 100.0, 250.0), CUT_AT_SIDE_SHARE);
        assert_eq!(of(&view(0.35, 0.0, false), 100.0, 250.0), 0.5);
        assert_eq!(of(&good, 300.0, 225.0), 0.5, "somebody cut at the waist");
    }

    #[test]
    fn a_car_may_be_wide() {
        assert_eq!(quality(Kind::Vehicle, &view(0.9, 0.0, false), 400.0, 150.0), 1.0);
    }

    #[test]
    fn paint_is_measured_within_the_box() {
        // A blue car of half the picture, on green.
        let (width, height) = (80, 40);
        let pixel = |x: u32| if (20..60).contains(&x) { [20, 40, 200] } else { [20, 200, 40] };
        let data = (0..height).flat_map(|_| (0..width).flat_map(pixel)).collect();
        let picture = Rgb::new(width, height, data).unwrap();
        let inner = BBox { x1: 0.25, y1: 0.0, x2: 0.75, y2: 1.0 };
        assert_eq!(colour(Kind::Vehicle, &picture, &inner).unwrap().name.as_str(), "blue");
        assert_eq!(colour(Kind::Person, &picture, &inner), None);
    }

    #[test]
    fn a_thumbnail_is_small() {
        let picture = Rgb::new(600, 1200, (0..600 * 1200 * 3).map(|n| (n * 7) as u8).collect()).unwrap();
        let jpeg = thumbnail(picture, &mut JpegEncoder::new().unwrap()).unwrap();
        let read = iris_media::JpegDecoder::new().unwrap().decode(&jpeg, 1 << 20).unwrap();
        assert_eq!((read.width(), read.height()), (160, 320));
    }
}
