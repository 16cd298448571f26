//! A network that looks at crops of one size: opened and tried, fed in batches, its answers handed to whoever can read
//! them. What recognisers, embedders and the like have in common.

use std::path::Path;

use iris_domain::BBox;

use crate::device::Device;
use crate::error::InferenceError;
use crate::input::{BATCH_MAX, InputPlan};
use crate::model::{Batch, Model};
use crate::model_file::{self, Graph};
use crate::picture::{PictureRef, PixelFormat};
use crate::pixels::{Cutter, Fit, PixelBuffer, Placement, Preprocessor, Size};
use crate::tensor::Output;

/// A part of a picture.
#[derive(Debug, Clone, Copy)]
pub struct Crop<'a> {
    /// The picture.
    pub picture: PictureRef<'a>,
    /// In 0..1 of it; the part is taken to the nearest whole pixel, at least one each way.
    pub bbox: BBox,
}

impl<'a> Crop<'a> {
    /// All of a picture.
    pub fn whole(picture: PictureRef<'a>) -> Self {
        Self { picture, bbox: BBox { x1: 0.0, y1: 0.0, x2: 1.0, y2: 1.0 } }
    }
}

/// Which file to open, for which work.
pub(crate) struct CropSource<'a> {
    pub(crate) path: &'a Path,
    pub(crate) device: Device,
    pub(crate) threads: usize,
    /// Such as `face recognizer`, for messages.
    pub(crate) role: &'static str,
}

/// The metadata in which a network that makes vectors says from which cosine two of them are of one.
const JOIN_THRESHOLD: &str = "join_threshold";
/// The metadata in which a face recogniser says how narrow a face may be to be known by later, in pixels.
const FACE_WIDTH: &str = "face_width";
/// A wider one is no recogniser for cameras.
const FACE_WIDTH_MAX: f32 = 256.0;

/// A model before it is known how to feed it.
pub(crate) struct Opened {
    pub(crate) model: Model,
    pub(crate) graph: Graph,
    /// Of the file and its weights.
    pub(crate) fingerprint: String,
    plan: InputPlan,
    pixels: PixelBuffer,
}

/// See the file's comment.
pub(crate) struct CropNetwork {
    pub(crate) model: Model,
    /// From the file's name.
    pub(crate) name: String,
    pub(crate) fingerprint: String,
    pub(crate) input: Size,
    /// Pictures of one run: exactly, or at most where the model leaves it open.
    batch: Batches,
    cutter: Cutter,
    preprocessor: Preprocessor,
    pixels: PixelBuffer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Batches {
    Exactly(usize),
    UpTo(usize),
}

impl CropSource<'_> {
    /// Opens the model, and reads in its file what the runtime does not tell.
    pub(crate) fn open(&self) -> Result<Opened, InferenceError> {
        let graph = Graph::read(self.path)
            .map_err(|source| InferenceError::ModelUnreadable { path: self.path.to_owned(), source })?;
        let fingerprint = model_file::fingerprint_with_weights(self.path, &graph)?;
        let model = Model::open(self.path, self.device, self.threads)?;
        let refuse = |reason: String| self.refusal(&model, reason);
        if model.inputs.len() != 1 {
            return Err(refuse(
                "it wants more than a picture, such as the number of a camera: export it without".into(),
            ));
        }
        let plan = InputPlan::new(&model.inputs).map_err(|reason| refuse(reason.to_owned()))?;
        let pixels = PixelBuffer::new(plan.element)
            .ok_or_else(|| refuse(format!("pictures as {} numbers are not supported", plan.element)))?;
        if graph.quantises_by_input && plan.batch.is_some_and(|batch| batch > 1) {
            return Err(refuse(
                "it quantises by all pictures of a run and always takes several, so that what it says of one depends \
                 on the others"
                    .into(),
            ));
        }
        Ok(Opened { model, graph, fingerprint, plan, pixels })
    }

    pub(crate) fn refusal(&self, model: &Model, reason: String) -> InferenceError {
        InferenceError::RoleMismatch { path: self.path.to_owned(), role: self.role, reason, seen: model.seen() }
    }
}

impl Opened {
    /// Sides of the input, where the model leaves them open those given.
    pub(crate) fn input(&self, open: Size) -> Size {
        Size { width: self.plan.width.unwrap_or(open.width), height: self.plan.height.unwrap_or(open.height) }
    }

    /// What the network says of the scale of its vectors, if it does.
    pub(crate) fn join_threshold(&self, source: &CropSource<'_>) -> Result<Option<f32>, InferenceError> {
        let Some(text) = self.model.metadata(JOIN_THRESHOLD) else { return Ok(None) };
        match text.parse() {
            Ok(cosine) if (0.0..1.0).contains(&cosine) => Ok(Some(cosine)),
            _ => {
                let reason = format!("its metadata's `{JOIN_THRESHOLD}` is no cosine between 0 and 1");
                Err(source.refusal(&self.model, reason))
            }
        }
    }

    /// How narrow a face may be to be known by later, if the network says so.
    pub(crate) fn face_width(&self, source: &CropSource<'_>) -> Result<Option<f32>, InferenceError> {
        let Some(text) = self.model.metadata(FACE_WIDTH) else { return Ok(None) };
        match text.parse() {
            Ok(width) if (1.0..=FACE_WIDTH_MAX).contains(&width) => Ok(Some(width)),
            _ => {
                let reason = format!("its metadata's `{FACE_WIDTH}` is no width between 1 and {FACE_WIDTH_MAX} pixels");
                Err(source.refusal(&self.model, reason))
            }
        }
    }

    /// Tries the model on as many pictures as it takes. `check` reads what it says of a picture whose number is given;
    /// its error is a reason.
    pub(crate) fn into_network<T>(
        mut self,
        source: &CropSource<'_>,
        input: Size,
        preprocessor: Preprocessor,
        check: impl Fn(&[Output<'_>], usize) -> Result<T, String>,
    ) -> Result<(CropNetwork, T), InferenceError> {
        let (model, pixels) = (&mut self.model, &mut self.pixels);
        let first = model.try_run(pixels, self.plan.batch.unwrap_or(1), input, |outputs| check(outputs, 0));
        let checked = match first.and_then(|checked| checked) {
            Ok(checked) => checked,
            Err(reason) => return Err(source.refusal(&self.model, reason)),
        };
        let batch = match self.plan.batch {
            Some(batch) => Batches::Exactly(batch),
            None if self.graph.quantises_by_input => Batches::UpTo(1),
            // Many exports leave the batch open in name only.
            None => match model.try_run(pixels, 2, input, |outputs| check(outputs, 1)) {
                Ok(Ok(_)) => Batches::UpTo(BATCH_MAX),
                _ => Batches::UpTo(1),
            },
        };
        let Self { model, fingerprint, pixels, .. } = self;
        let name = model_file::name(source.path);
        tracing::info!(model = name, device = %model.device, "loaded {} `{name}` on {}", source.role, model.device);
        let cutter = Cutter::default();
        Ok((CropNetwork { model, name, fingerprint, input, batch, cutter, preprocessor, pixels }, checked))
    }
}

impl CropNetwork {
    /// How many pictures it takes in one run.
    pub(crate) fn batch_max(&self) -> usize {
        match self.batch {
            Batches::Exactly(pictures) | Batches::UpTo(pictures) => pictures,
        }
    }

    /// Shows it the crops, each stretched to its input, as many at once as it takes. `read` reads what was said of the
    /// crop of a number within a run; its error is a reason.
    pub(crate) fn run<T>(
        &mut self,
        crops: &[Crop<'_>],
        read: impl Fn(&[Output<'_>], usize) -> Result<T, String>,
    ) -> Result<Vec<T>, InferenceError> {
        let mut said = Vec::with_capacity(crops.len());
        for crops in crops.chunks(self.batch_max()) {
            let pictures = match self.batch {
                Batches::Exactly(pictures) => pictures,
                Batches::UpTo(_) => crops.len(),
            };
            self.pixels.resize(pictures, self.input);
            for (slot, crop) in crops.iter().enumerate() {
                self.write(crop, slot);
            }
            let batch = Batch { pixels: &self.pixels, pictures, input: self.input };
            let run = self.model.run(&batch, |outputs| (0..crops.len()).map(|item| read(outputs, item)).collect());
            let of_run: Result<Vec<T>, String> = run.and_then(|read| read);
            said.extend(of_run.map_err(|reason| InferenceError::RunFailed { model: self.name.clone(), reason })?);
        }
        Ok(said)
    }

    fn write(&mut self, crop: &Crop<'_>, slot: usize) {
        let (size, pixels) = self.cutter.cut(crop.picture, &crop.bbox);
        let picture = PictureRef::new(size.width as u32, size.height as u32, PixelFormat::Rgb24, pixels)
            .expect("a part of a picture has the bytes of its size");
        let placement = Placement::new(Fit::Stretch, size, self.input);
        self.preprocessor.write(picture, &placement, slot, &mut self.pixels);
    }
}
