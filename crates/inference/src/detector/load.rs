//! From a file to a detector: opens the model, runs it once to see what it gives, finds the family that reads that,
//! and names its classes. Whatever is odd about the file ends here, as an error that says what was seen.

use super::Detector;
use super::spec::{BatchSupport, DetectorInfo, DetectorSpec};
use crate::classes;
use crate::error::InferenceError;
use crate::families::{Adapter, Candidates, Evidence, FamilyChoice, Misfit, select};
use crate::input::InputPlan;
use crate::model::Model;
use crate::model_file;
use crate::pixels::{PixelBuffer, Preprocessor};
use crate::tensor::Output;

impl Detector {
    /// Loads and tries the model. Takes as long as a few runs; on TensorRT, minutes.
    pub fn load(spec: &DetectorSpec) -> Result<Self, InferenceError> {
        let fingerprint = model_file::fingerprint(&spec.path)?;
        let mut model = Model::open(&spec.path, spec.device, spec.threads)?;
        let refusal = |model: &Model, reason: String| refusal(spec, model, reason);
        refuse_other_tasks(&model).map_err(|reason| refusal(&model, reason))?;
        let mut plan = InputPlan::new(&model.inputs).map_err(|reason| refusal(&model, reason.to_owned()))?;
        let mut pixels = PixelBuffer::new(plan.element)
            .ok_or_else(|| refusal(&model, format!("pictures as {} numbers are not supported", plan.element)))?;

        let metadata_names = model.metadata("names").as_deref().and_then(classes::parse_names);
        let named_classes = spec.class_names.as_ref().or(metadata_names.as_ref()).map(Vec::len);
        let input = plan.trial_size();
        let (family, mut adapter) = model
            .try_run(&mut pixels, plan.batch.unwrap_or(1), input, |outputs| {
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
            name: model_file::name(&spec.path),
            family,
            input_size: plan.into(),
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

/// Ultralytics says in the file what its head is for; others say nothing.
fn refuse_other_tasks(model: &Model) -> Result<(), String> {
    match model.metadata("task") {
        Some(task) if task != "detect" => Err(format!("its metadata says it is for the task `{task}`, not `detect`")),
        _ => Ok(()),
    }
}

/// Many exports leave the batch open in name only: inside, a constant still says 1.
fn takes_batches(model: &mut Model, plan: &InputPlan, pixels: &mut PixelBuffer, adapter: &mut dyn Adapter) -> bool {
    let input = plan.trial_size();
    let decode_second = |outputs: &[Output<'_>]| -> Result<(), Misfit> {
        let mut found = Candidates::default();
        adapter.decode(outputs, 1, input, &mut found)
    };
    matches!(model.try_run(pixels, 2, input, decode_second), Ok(Ok(())))
}

fn refusal(spec: &DetectorSpec, model: &Model, reason: String) -> InferenceError {
    let (path, seen) = (spec.path.clone(), model.seen());
    match spec.family {
        FamilyChoice::Auto => InferenceError::FamilyUnknown { path, reason, seen },
        FamilyChoice::Named(family) => InferenceError::FamilyMismatch { path, family, reason, seen },
    }
}
