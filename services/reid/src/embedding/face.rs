//! The face of the one whom a crop shows: where it is looked for, which of several it is, what it says, and its small picture.

use bytes::Bytes;
use iris_domain::identity::FaceView;
use iris_domain::{BBox, Feature};
use iris_inference::{AlignedFace, FACE_WIDTH_USUAL, Face, FaceMeasures, InferenceError, PictureRef, PixelFormat};
use iris_media::{JpegEncoder, PixelArea, Rgb};

use crate::models::FaceModels;

/// Least score of what is taken for a face.
const SCORE_MIN: f32 = 0.5;
/// Input side of the face detector for the upper part of a person, in pixels: a face is about a third of it, where detectors find
/// best, at a quarter of the cost of what whole pictures are looked at with.
const REGION_INPUT_PX: u32 = 320;
/// What is looked at beside and above a box, in its sides: detectors cut hair, and a head leans.
const MARGIN: f32 = 0.15;
/// What of a box is looked at, from above: the half where a face may be, and a margin.
const REGION_SHARE: f32 = 0.6;
/// The part of a box, from above, in which its own face has its middle.
const UPPER_SHARE: f32 = 0.5;
/// A face this much narrower than another in the same box is of somebody behind.
const BEHIND_SHARE: f32 = 0.5;
/// Narrower ones, in pixels, say nothing to any recogniser.
const WIDTH_MIN_PX: f32 = 16.0;
/// The widest turn that is told; an eye before the other has none.
const YAW_RATIO_MAX: f32 = 1_000.0;
/// What a small picture shows around a face, in its sides.
const PICTURE_MARGIN: f32 = 0.4;
/// Sides of a small picture of a face in pixels, at most.
const PICTURE_PX: u32 = 240;
/// Quality at which it is encoded: with these sides below 40 KiB, whatever it shows.
const PICTURE_QUALITY: u8 = 85;

/// A face, what it says and how it looks.
pub struct SeenFace {
    /// What association needs.
    pub view: FaceView,
    /// With a margin.
    pub jpeg: Option<Bytes>,
}

/// The face of the one in the box `inner` of a crop.
///
/// # Errors
/// A network or its device failed.
pub fn of_person(
    models: &mut FaceModels,
    encoder: &mut JpegEncoder,
    crop: &Rgb,
    inner: &BBox,
) -> Result<Option<SeenFace>, InferenceError> {
    let Some(area) = PixelArea::around(&region(inner), crop.width(), crop.height()) else { return Ok(None) };
    let Some(upper) = crop.part(area) else { return Ok(None) };
    let faces = models.detector.detect(picture(&upper), SCORE_MIN, Some(REGION_INPUT_PX))?;
    match choose(&faces, area, inner, crop) {
        Some(face) => look(models, encoder, &upper, &face),
        None => Ok(None),
    }
}

/// What a face in a picture says; `None` when nothing can be said of it.
///
/// # Errors
/// A network or its device failed.
pub fn look(
    models: &mut FaceModels,
    encoder: &mut JpegEncoder,
    of: &Rgb,
    face: &Face,
) -> Result<Option<SeenFace>, InferenceError> {
    let Some(aligned) = AlignedFace::cut(picture(of), &face.landmarks) else { return Ok(None) };
    let measures = FaceMeasures::of(face, picture(of), &aligned);
    // One at a time: some networks answer differently for a face with others beside it.
    let Some(embedding) = models.recognizer.embed(&[aligned])?.into_iter().flatten().next() else { return Ok(None) };
    let quality = measures.quality(models.recognizer.info().face_width.unwrap_or(FACE_WIDTH_USUAL));
    let feature = Feature { embedding, model: models.fingerprint.clone(), quality };
    let yaw_ratio = measures.yaw_ratio.min(YAW_RATIO_MAX);
    let view = FaceView { feature, width_px: measures.width_px, yaw_ratio, score: face.score.clamp(0.0, 1.0) };
    Ok(Some(SeenFace { view, jpeg: small_picture(of, &face.bbox, encoder) }))
}

/// RGB as networks take it.
pub fn picture(rgb: &Rgb) -> PictureRef<'_> {
    PictureRef::new(rgb.width(), rgb.height(), PixelFormat::Rgb24, rgb.data())
        .expect("a picture that was decoded has the bytes of its size, which is bounded")
}

/// Where the face of the one in the box is looked for.
fn region(inner: &BBox) -> BBox {
    let (width, height) = (inner.width(), inner.height());
    BBox::clipped(
        inner.x1 - MARGIN * width,
        inner.y1 - MARGIN * height,
        inner.x2 + MARGIN * width,
        inner.y1 + REGION_SHARE * height,
    )
    .unwrap_or(*inner)
}

/// Whose box it is has the face nearest to the middle of its upper half, of those that are wholly in the picture and not far smaller
/// than another there.
fn choose(faces: &[Face], area: PixelArea, inner: &BBox, crop: &Rgb) -> Option<Face> {
    let (width, height) = (crop.width() as f32, crop.height() as f32);
    let in_crop = |face: &Face| {
        let (x, y) = face.bbox.centre();
        ((area.x as f32 + x * area.width as f32) / width, (area.y as f32 + y * area.height as f32) / height)
    };
    let is_own = |face: &&Face| {
        let (x, y) = in_crop(face);
        let lowest = inner.y1 + UPPER_SHARE * inner.height();
        (inner.x1..=inner.x2).contains(&x) && (inner.y1 - MARGIN * inner.height()..=lowest).contains(&y)
    };
    let own: Vec<&Face> = faces.iter().filter(is_own).filter(|face| is_whole(face, area)).collect();
    let widest = own.iter().map(|face| face.bbox.width()).max_by(f32::total_cmp)?;
    let before = own.into_iter().filter(|face| face.bbox.width() >= BEHIND_SHARE * widest);
    let aside = |face: &Face| (in_crop(face).0 - inner.centre().0).abs();
    let nearest = before.min_by(|a, b| aside(a).total_cmp(&aside(b)))?;
    (nearest.bbox.width() * area.width as f32 >= WIDTH_MIN_PX).then_some(*nearest)
}

/// Of half a face a detector guesses the other half's points, outside the picture.
fn is_whole(face: &Face, area: PixelArea) -> bool {
    let inside = |[x, y]: &[f32; 2]| (0.0..=area.width as f32).contains(x) && (0.0..=area.height as f32).contains(y);
    face.landmarks.0.iter().all(inside)
}

fn small_picture(of: &Rgb, face: &BBox, encoder: &mut JpegEncoder) -> Option<Bytes> {
    let (across, down) = (PICTURE_MARGIN * face.width(), PICTURE_MARGIN * face.height());
    let around = BBox::clipped(face.x1 - across, face.y1 - down, face.x2 + across, face.y2 + down)?;
    let area = PixelArea::around(&around, of.width(), of.height())?;
    let small = of.part(area)?.shrunk(PICTURE_PX, PICTURE_PX);
    encoder.encode_rgb(&small, PICTURE_QUALITY).ok()
}

#[cfg(test)]
mod tests {
    use iris_inference::Landmarks;

    use super::*;

    const INNER: BBox = BBox { x1: 0.1, y1: 0.1, x2: 0.9, y2: 0.9 };

    fn crop() -> Rgb {
        Rgb::new(200, 400, vec![90; 200 * 400 * 3]).unwrap()
    }

    /// A face with its middle there in the crop, in pixels.
    fn face(x: f32, y: f32, width: f32, area: PixelArea) -> Face {
        let across = |x: f32| (x - area.x as f32) / area.width as f32;
        let down = |y: f32| (y - area.y as f32) / area.height as f32;
        let half = width / 2.0;
        let bbox = BBox::clipped(across(x - half), down(y - half), across(x + half), down(y + half)).unwrap();
        Face { bbox, landmarks: Landmarks([[0.0; 2]; 5]), score: 0.9 }
    }

    fn chosen(faces: &[(f32, f32, f32)]) -> Option<usize> {
        let area = PixelArea::around(&region(&INNER), 200, 400).unwrap();
        let faces: Vec<Face> = faces.iter().map(|(x, y, width)| face(*x, *y, *width, area)).collect();
        let chosen = choose(&faces, area, &INNER, &crop())?;
        faces.iter().position(|face| *face == chosen)
    }

    #[test]
    fn the_face_nearest_to_the_middle_is_its_own() {
        assert_eq!(chosen(&[(60.0, 80.0, 40.0), (105.0, 80.0, 40.0)]), Some(1));
        assert_eq!(chosen(&[(105.0, 80.0, 40.0), (60.0, 80.0, 40.0)]), Some(0));
        assert_eq!(chosen(&[]), None);
    }

    #[test]
    fn a_face_behind_beside_or_below_is_not_its_own() {
        assert_eq!(chosen(&[(100.0, 60.0, 17.0), (80.0, 80.0, 44.0)]), Some(1), "behind");
        assert_eq!(chosen(&[(10.0, 80.0, 30.0)]), None, "beside");
        assert_eq!(chosen(&[(100.0, 225.0, 30.0)]), None, "a child before it");
        assert_eq!(chosen(&[(100.0, 80.0, 12.0)]), None, "too small");
    }

    #[test]
    fn half_a_face_is_none() {
        let area = PixelArea::around(&region(&INNER), 200, 400).unwrap();
        let whole = face(100.0, 80.0, 40.0, area);
        let half = Face {
            landmarks: Landmarks([
                [90.0, 30.0],
                [area.width as f32 + 2.0, 30.0],
                [95.0, 40.0],
                [90.0, 50.0],
                [99.0, 50.0],
            ]),
            ..whole
        };
        assert_eq!(choose(&[half], area, &INNER, &crop()), None);
        assert!(choose(&[whole], area, &INNER, &crop()).is_some());
    }

    #[test]
    fn the_small_picture_is_small_whatever_it_shows() {
        let noise = (0..1000u32 * 1000 * 3).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let picture = Rgb::new(1000, 1000, noise).unwrap();
        let whole = BBox { x1: 0.1, y1: 0.1, x2: 0.9, y2: 0.9 };
        let jpeg = small_picture(&picture, &whole, &mut JpegEncoder::new().unwrap()).unwrap();
        assert!(jpeg.len() <= 64 << 10, "{} bytes", jpeg.len());
    }
}
