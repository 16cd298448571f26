//! A face detector: a model with the family that reads it. Driven by one thread at a time; a picture goes in, faces
//! with their five points come out, nothing is remembered from one to the next. What a face is worth, and whose it is,
//! is decided elsewhere.

mod candidates;
mod levels;
mod load;
mod scrfd;
mod spec;
mod yunet;

use self::candidates::{FaceCandidate, FaceCandidates};
use crate::error::InferenceError;
use crate::families::Misfit;
use crate::input::InputPlan;
use crate::landmarks::Landmarks;
use crate::model::{Batch, Model};
use crate::picture::PictureRef;
use crate::pixels::{PixelBuffer, Placement, Preprocessor, Recipe, Size};
use crate::tensor::Output;

pub use self::spec::{Face, FaceDetectorInfo, FaceDetectorSpec, FaceFamily, FaceFamilyChoice, UnknownFaceFamily};

/// See the module's comment. Made by [`FaceDetector::load`].
pub struct FaceDetector {
    model: Model,
    info: FaceDetectorInfo,
    plan: InputPlan,
    adapter: Box<dyn FaceAdapter>,
    preprocessor: Preprocessor,
    pixels: PixelBuffer,
    found: FaceCandidates,
}

/// A family, fitted to one model.
trait FaceAdapter: Send {
    /// What to do with pictures.
    fn recipe(&self) -> Recipe;

    /// Overlap above which the lesser of two faces is the same one.
    fn iou(&self) -> f32;

    /// The coarsest stride, of which the input's sides have to be multiples.
    fn stride(&self) -> usize;

    /// Adds what was found in the first picture of a batch, in pixels of the `input`.
    fn decode(&self, outputs: &[Output<'_>], input: Size, found: &mut FaceCandidates) -> Result<(), Misfit>;
}

impl FaceDetector {
    /// What was loaded.
    pub fn info(&self) -> &FaceDetectorInfo {
        &self.info
    }

    /// The faces in a picture, best first, at most [`DETECTIONS_MAX`](crate::DETECTIONS_MAX), of those that score
    /// `min_score` (0..1) or more. `input_size` is the longer side of the network's input in pixels, for models that
    /// leave it open: rounded up to a multiple of the stride and kept within 32 to 4096. `None` means 640. A picture is
    /// scaled to it, up as well as down; a face that fills the input is found worse than one of a quarter of its width.
    ///
    /// # Errors
    /// The model or the device failed.
    pub fn detect(
        &mut self,
        picture: PictureRef<'_>,
        min_score: f32,
        input_size: Option<u32>,
    ) -> Result<Vec<Face>, InferenceError> {
        let size = Size { width: picture.width() as usize, height: picture.height() as usize };
        let fit = self.preprocessor.recipe().fit;
        let placement = Placement::new(fit, size, self.plan.size_for(fit, size, input_size));
        let pictures = self.plan.batch.unwrap_or(1);
        self.pixels.resize(pictures, placement.input);
        self.preprocessor.write(picture, &placement, 0, &mut self.pixels);

        let Self { model, adapter, pixels, found, .. } = self;
        found.begin(min_score);
        let decoded = model.run(&Batch { pixels, pictures, input: placement.input }, |outputs| {
            adapter.decode(outputs, placement.input, found)
        });
        decoded
            .and_then(|decoded| decoded.map_err(|misfit| misfit.to_string()))
            .map_err(|reason| InferenceError::RunFailed { model: self.info.name.clone(), reason })?;
        let best = self.found.best(self.adapter.iou());
        Ok(best.iter().filter_map(|face| face_of_picture(face, placement, size)).collect())
    }
}

/// `None` when nothing of it lies in the picture.
fn face_of_picture(face: &FaceCandidate, placement: Placement, size: Size) -> Option<Face> {
    let bbox = placement.to_picture(face.corners)?;
    let landmarks = face.points.map(|point| {
        let [x, y] = placement.point_to_picture(point);
        [x * size.width as f32, y * size.height as f32]
    });
    Some(Face { bbox, landmarks: Landmarks(landmarks), score: face.score })
}

#[cfg(test)]
mod testing {
    //! Hand-made outputs for the families' tests.

    use std::borrow::Cow;

    use super::*;

    /// Zeros.
    pub(super) fn output(rows: usize, width: usize, batch: bool) -> Output<'static> {
        let shape = if batch { vec![1, rows, width] } else { vec![rows, width] };
        Output { name: "output", shape, data: Cow::Owned(vec![0.0; rows * width]) }
    }

    /// Writes a row.
    pub(super) fn put(output: &mut Output<'static>, row: usize, values: &[f32]) {
        let start = row * output.last();
        output.data.to_mut()[start..start + values.len()].copy_from_slice(values);
    }

    pub(super) fn decoded(
        adapter: &dyn FaceAdapter,
        outputs: &[Output<'_>],
        input: Size,
        min_score: f32,
    ) -> Vec<FaceCandidate> {
        let mut found = FaceCandidates::default();
        found.begin(min_score);
        adapter.decode(outputs, input, &mut found).unwrap();
        found.best(0.5).to_vec()
    }
}
