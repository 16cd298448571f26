//! From a file to a detector: opens the model, runs it once to see what it gives, finds the family that reads that,
//! and names its classes. Whatever is odd about the file ends here, as an error that says what was seen.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::Detector;
use super::input::{InputPlan, STRIDE};
use super::spec::{BatchSupport, DetectorInfo, DetectorSpec, InputSize};
use crate::classes;
use crate::error::InferenceError;
use crate::families::{Adapter, Candidates, Evidence, FamilyChoice, Misfit, select};
use crate::model::{Batch, Model};
use crate::pixels::{Fit, PixelBuffer, Preprocessor, Size};
use crate::tensor::{Output, TensorSpec};

impl Detector {
    /// Loads and tries the model. Takes as long as a few runs; on TensorRT, minutes.
    pub fn load(spec: &DetectorSpec) -> Result<Self, InferenceError> {
        let fingerprint = fingerprint(&spec.path)?;
        let mut model = Model::open(&spec.path, spec.device, spec.threads)?;
        let refusal = |model: &Model, reason: String| refusal(spec, model, reason);
        refuse_other_tasks(&model).map_err(|reason| refusal(&model, reason))?;
        let mut plan = InputPlan::new(&model.inputs).map_err(|reason| refusal(&model, reason.to_owned()))?;
        let mut pixels = PixelBuffer::new(plan.element)
            .ok_or_else(|| refusal(&model, format!("pictures as {} numbers are not supported", plan.element)))?;

        let metadata_names = model.metadata("names").as_deref().and_then(classes::parse_names);
        let named_classes = spec.class_names.as_ref().or(metadata_names.as_ref()).map(Vec::len);
        let (family, mut adapter) = first_run(&mut model, &plan, &mut pixels, |outputs, input| {
            select(spec.family, &Evidence { input, outputs, named_classes })
        })
        .and_then(|selected| selected.map_err(|misfit| misfit.to_string()))
        .map_err(|reason| refusal(&model, reason))?;

        let class_names =
            classes::resolve(spec.class_names.as_deref(), metadata_names.as_deref(), adapter.class_count())
                .map_err(|error| InferenceError::ClassNames { path: spec.path.clone(), reason: error.to_string() })?;
        if plan.batch.is_none() && !takes_batches(&mut model, &plan, &mut pixels, adapter.as_mut()) {
            tracing::info!(path = %spec.path.display(), "model declares open batches but fails on two pictures");
            plan.batch = Some(1);
        }
        let info = DetectorInfo {
            name: name(&spec.path),
            family,
            input_size: input_size(&plan),
            max_batch: plan.batch.map_or(BatchSupport::Dynamic, BatchSupport::Fixed),
            classes: class_names,
            device: model.device.to_string(),
            providers: model.providers.clone(),
            fingerprint,
        };
        log_loaded(&info);
        let preprocessor = Preprocessor::new(adapter.recipe());
        Ok(Self { model, info, plan, adapter, preprocessor, pixels, found: Candidates::default() })
    }
}

fn log_loaded(info: &DetectorInfo) {
    tracing::info!(
        model = info.name,
        family = %info.family,
        device = info.device,
        classes = info.classes.len(),
        "loaded detector `{}` as family `{}` on {}",
        info.name,
        info.family,
        info.device,
    );
}

/// Bytes read at a time while hashing: enough that the calls cost nothing beside the hash.
const READ_BYTES: usize = 1 << 20;

/// SHA-256 in hexadecimal.
fn fingerprint(path: &Path) -> Result<String, InferenceError> {
    let hash = || -> io::Result<String> {
        let mut hasher = Sha256::new();
        let mut file = BufReader::with_capacity(READ_BYTES, File::open(path)?);
        loop {
            let chunk = file.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            hasher.update(chunk);
            let length = chunk.len();
            file.consume(length);
        }
        Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    };
    hash().map_err(|source| InferenceError::ModelUnreadable { path: path.to_owned(), source })
}

/// `yolox-nano-416` for `models/yolox_nano_416.onnx`.
fn name(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().replace('_', "-")).unwrap_or_default()
}

fn input_size(plan: &InputPlan) -> InputSize {
    match (plan.width, plan.height) {
        (Some(width), Some(height)) => InputSize::Fixed { width: width as u32, height: height as u32 },
        _ => InputSize::Dynamic { stride: STRIDE as u32 },
    }
}

/// Ultralytics says in the file what its head is for; others say nothing.
fn refuse_other_tasks(model: &Model) -> Result<(), String> {
    match model.metadata("task") {
        Some(task) if task != "detect" => Err(format!("its metadata says it is for the task `{task}`, not `detect`")),
        _ => Ok(()),
    }
}

/// Runs the model on one blank picture at the size it will mostly have.
fn first_run<R>(
    model: &mut Model,
    plan: &InputPlan,
    pixels: &mut PixelBuffer,
    read: impl FnOnce(&[Output<'_>], Size) -> R,
) -> Result<R, String> {
    blank_run(model, plan, pixels, plan.batch.unwrap_or(1), read)
}

fn blank_run<R>(
    model: &mut Model,
    plan: &InputPlan,
    pixels: &mut PixelBuffer,
    pictures: usize,
    read: impl FnOnce(&[Output<'_>], Size) -> R,
) -> Result<R, String> {
    let square = Size { width: 1, height: 1 };
    let input = plan.size_for(Fit::Stretch, square, None);
    pixels.resize(pictures, input);
    model.run(&Batch { pixels, pictures, input }, |outputs| read(outputs, input))
}

/// Many exports leave the batch open in name only: inside, a constant still says 1.
fn takes_batches(model: &mut Model, plan: &InputPlan, pixels: &mut PixelBuffer, adapter: &mut dyn Adapter) -> bool {
    let decode_second = |outputs: &[Output<'_>], input| -> Result<(), Misfit> {
        let mut found = Candidates::default();
        adapter.decode(outputs, 1, input, &mut found)
    };
    matches!(blank_run(model, plan, pixels, 2, decode_second), Ok(Ok(())))
}

fn refusal(spec: &DetectorSpec, model: &Model, reason: String) -> InferenceError {
    let list = |specs: &[TensorSpec]| specs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let seen = format!("inputs {}; outputs {}", list(&model.inputs), list(&model.outputs));
    let path = spec.path.clone();
    match spec.family {
        FamilyChoice::Auto => InferenceError::FamilyUnknown { path, reason, seen },
        FamilyChoice::Named(family) => InferenceError::FamilyMismatch { path, family, reason, seen },
    }
}
