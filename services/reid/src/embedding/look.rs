//! What the networks say of one crop or photo. Driven by the networks' thread; knows nothing of the bus.

use bytes::Bytes;
use iris_bus::message::{Crop, CropView, EmbedReply, Embedded, EmbeddedFace, ObservationFact};
use iris_domain::identity::Observation;
use iris_domain::{BBox, CameraId, Colour, Feature};
use iris_inference::{Face, InferenceError};
use iris_media::{JpegDecoder, JpegEncoder, JpegError, Rgb, UndecodableJpeg};

use super::{body, face};
use crate::models::{Kind, Models};

/// Most pixels of a crop or photo: crops have at most 1280 a side, photos come scaled down to 1920.
const PIXELS_MAX: usize = 4_000_000;
/// Least score of a face in a photo.
const PHOTO_FACE_SCORE_MIN: f32 = 0.5;
/// Input sides that a photo is looked at with, one after the other until a face is found: in a portrait the face fills the first.
const PHOTO_INPUTS_PX: [u32; 2] = [640, 256];
/// Height by width of a photo that may be of one person from head to foot.
const BODY_PHOTO_ASPECT: std::ops::RangeInclusive<f32> = 1.5..=4.0;
/// How sure a network must be of a colour's name before it is believed over the measured one.
const COLOUR_SCORE_MIN: f32 = 0.5;

/// Looks at crops and photos.
pub struct Looker {
    models: Models,
    /// Why there are no faces, in words for an operator.
    without_faces: String,
    decoder: JpegDecoder,
    encoder: JpegEncoder,
}

/// What a crop's picture said.
#[derive(Default)]
struct Said {
    face: Option<face::SeenFace>,
    body: Option<Feature>,
    colour: Option<Colour>,
    thumbnail: Option<Bytes>,
}

/// There is no memory for looking.
#[derive(Debug, thiserror::Error)]
pub enum NoLooker {
    /// Not for reading pictures.
    #[error(transparent)]
    Decoder(#[from] UndecodableJpeg),
    /// Not for writing them.
    #[error(transparent)]
    Encoder(#[from] JpegError),
}

impl Looker {
    /// Looks with these networks.
    ///
    /// # Errors
    /// Memory is out.
    pub fn new(models: Models, refusal: Option<String>) -> Result<Self, NoLooker> {
        let without_faces = refusal.unwrap_or_else(|| "no face_detector and no face_recognizer is set".to_owned());
        Ok(Self { models, without_faces, decoder: JpegDecoder::new()?, encoder: JpegEncoder::new()? })
    }

    /// What a crop says; `None` when nobody would learn anything from it.
    ///
    /// # Errors
    /// A network or its device failed.
    pub fn crop(&mut self, camera: CameraId, crop: &Crop) -> Result<Option<ObservationFact>, InferenceError> {
        let dropped = |reason| metrics::counter!("iris_reid_crops_dropped_total", "reason" => reason).increment(1);
        let Some(kind) = Kind::of(&crop.class).filter(|kind| self.models.know(*kind)) else {
            dropped("no_model");
            return Ok(None);
        };
        if !crop.faces_wanted && !crop.reid_wanted {
            dropped("not_wanted");
            return Ok(None);
        }
        let mut said = Said::default();
        let mut view = crop.view.as_ref();
        if let Some(seen) = view {
            match self.decoder.decode(&seen.jpeg, PIXELS_MAX) {
                Ok(picture) => said = self.view(kind, crop, seen, picture)?,
                Err(error) => {
                    tracing::warn!(camera.id = %camera, "a crop cannot be read: {error}");
                    dropped("unreadable");
                    view = None;
                }
            }
        }
        if view.is_none() && !crop.ended {
            return Ok(None);
        }
        Ok(Some(fact(camera, crop, view, said)))
    }

    fn view(&mut self, kind: Kind, crop: &Crop, view: &CropView, picture: Rgb) -> Result<Said, InferenceError> {
        let Self { models, encoder, .. } = self;
        let face = match &mut models.faces {
            Some(faces) if kind == Kind::Person && crop.faces_wanted => {
                face::of_person(faces, encoder, &picture, &view.inner)?
            }
            _ => None,
        };
        let body = if crop.reid_wanted { appearance(models, kind, view, &picture)? } else { None };
        let colour = colour(models, kind, view, &picture)?;
        let thumbnail = body::thumbnail(picture, encoder);
        Ok(Said { face, body, colour, thumbnail })
    }

    /// What a photo of a person says.
    ///
    /// # Errors
    /// A network or its device failed.
    pub fn photo(&mut self, jpeg: &[u8]) -> Result<EmbedReply, InferenceError> {
        let Self { models, without_faces, decoder, encoder } = self;
        let Some(faces) = &mut models.faces else { return Ok(EmbedReply::Unavailable(without_faces.clone())) };
        let picture = match decoder.decode(jpeg, PIXELS_MAX) {
            Ok(picture) => picture,
            Err(error) => {
                tracing::info!("a photo cannot be read: {error}");
                return Ok(EmbedReply::Unreadable);
            }
        };
        let mut found = Vec::new();
        for input in PHOTO_INPUTS_PX {
            if found.is_empty() {
                found = faces.detector.detect(face::picture(&picture), PHOTO_FACE_SCORE_MIN, Some(input))?;
            }
        }
        let area = |face: &&Face| face.bbox.area();
        let largest = found.iter().max_by(|a, b| area(a).total_cmp(&area(b)));
        let seen = match largest {
            Some(largest) => face::look(faces, encoder, &picture, largest)?,
            None => None,
        };
        let face = seen.and_then(|seen| Some(EmbeddedFace { feature: seen.view.feature, jpeg: seen.jpeg? }));
        let body = whole_person(models, &picture)?;
        let faces_detected = u32::try_from(found.len()).unwrap_or(u32::MAX);
        Ok(EmbedReply::Embedded(Embedded { faces_detected, face, body }))
    }
}

fn fact(camera: CameraId, crop: &Crop, view: Option<&CropView>, said: Said) -> ObservationFact {
    let Said { face, body, colour, thumbnail } = said;
    let (face, face_jpeg) = face.map_or((None, None), |face| (Some(face.view), face.jpeg));
    let observation = Observation {
        track: crop.track,
        camera,
        class: crop.class.clone(),
        first_seen: crop.first_seen,
        last_seen: crop.last_seen,
        captured: view.map_or(crop.last_seen, |view| view.captured),
        score: view.map_or(0.0, |view| view.score),
        companions: crop.companions.clone(),
        ended: crop.ended,
        face,
        body,
        colour,
    };
    ObservationFact { observation, source_generation: crop.source_generation, body_jpeg: thumbnail, face_jpeg }
}

fn appearance(
    models: &mut Models,
    kind: Kind,
    view: &CropView,
    picture: &Rgb,
) -> Result<Option<Feature>, InferenceError> {
    let Some(embedder) = models.embedder(kind) else { return Ok(None) };
    let model = embedder.info().model.clone();
    let crop = iris_inference::Crop { picture: face::picture(picture), bbox: view.inner };
    let Some(embedding) = embedder.embed(&[crop])?.into_iter().flatten().next() else { return Ok(None) };
    let width_px = view.inner.width() * picture.width() as f32;
    let height_px = view.inner.height() * picture.height() as f32;
    Ok(Some(Feature { embedding, model, quality: body::quality(kind, view, width_px, height_px) }))
}

/// The colour as measured, by the name that a network gives it where it is sure.
fn colour(models: &mut Models, kind: Kind, view: &CropView, picture: &Rgb) -> Result<Option<Colour>, InferenceError> {
    let Some(measured) = body::colour(kind, picture, &view.inner) else { return Ok(None) };
    let Some(attributes) = models.attributes.as_mut().filter(|_| kind == Kind::Vehicle) else {
        return Ok(Some(measured));
    };
    let crop = iris_inference::Crop { picture: face::picture(picture), bbox: view.inner };
    let guess = attributes.judge(&crop)?.colour.filter(|guess| guess.score >= COLOUR_SCORE_MIN);
    let name = guess.and_then(|guess| guess.name.parse().ok()).unwrap_or(measured.name);
    Ok(Some(Colour { name, ..measured }))
}

/// The appearance in a photo that is all of one person, by its shape.
fn whole_person(models: &mut Models, picture: &Rgb) -> Result<Option<Feature>, InferenceError> {
    let aspect = picture.height() as f32 / picture.width() as f32;
    let Some(embedder) = models.people.as_mut().filter(|_| BODY_PHOTO_ASPECT.contains(&aspect)) else {
        return Ok(None);
    };
    let model = embedder.info().model.clone();
    let whole = BBox { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 };
    let crop = iris_inference::Crop { picture: face::picture(picture), bbox: whole };
    let embedding = embedder.embed(&[crop])?.into_iter().flatten().next();
    // Nobody judged it: it is what the caller chose to show.
    Ok(embedding.map(|embedding| Feature { embedding, model, quality: 1.0 }))
}
