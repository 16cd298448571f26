//! From a file to a face detector: opens the model, runs it once to see what it gives, and finds the family that reads
//! that. Whatever is odd about the file ends here, as an error that says what was seen.

use super::candidates::FaceCandidates;
use super::scrfd::Scrfd;
use super::yunet::{self, YuNet};
use super::{FaceAdapter, FaceDetector, FaceDetectorInfo, FaceDetectorSpec, FaceFamily, FaceFamilyChoice};
use crate::error::InferenceError;
use crate::families::Misfit;
use crate::input::InputPlan;
use crate::model::Model;
use crate::model_file;
use crate::pixels::{PixelBuffer, Preprocessor, Size};
use crate::tensor::Output;

impl FaceDetector {
    /// Loads and tries the model. Takes as long as a few runs; on TensorRT, minutes.
    ///
    /// # Errors
    /// The file, the device or ONNX Runtime is not what it should be; the message says what to do.
    pub fn load(spec: &FaceDetectorSpec) -> Result<Self, InferenceError> {
        let fingerprint = model_file::fingerprint(&spec.path)?;
        let mut model = Model::open(&spec.path, spec.device, spec.threads)?;
        let refusal = |model: &Model, reason: String| refusal(spec, model, reason);
        let mut plan = InputPlan::new(&model.inputs).map_err(|reason| refusal(&model, reason.to_owned()))?;
        if model.inputs.len() != 1 {
            return Err(refusal(&model, "it wants more than a picture".into()));
        }
        let mut pixels = PixelBuffer::new(plan.element)
            .ok_or_else(|| refusal(&model, format!("pictures as {} numbers are not supported", plan.element)))?;
        let input = plan.trial_size();
        let (family, adapter) = model
            .try_run(&mut pixels, plan.batch.unwrap_or(1), input, |outputs| select(spec.family, outputs, input))
            .and_then(|selected| selected.map_err(|misfit| misfit.to_string()))
            .map_err(|reason| refusal(&model, reason))?;
        plan.stride = plan.stride.max(adapter.stride());
        let info = FaceDetectorInfo {
            name: model_file::name(&spec.path),
            family,
            input_size: plan.into(),
            device: model.device.to_string(),
            providers: model.providers.clone(),
            fingerprint,
        };
        log_loaded(&info);
        let preprocessor = Preprocessor::new(adapter.recipe());
        Ok(Self { model, info, plan, adapter, preprocessor, pixels, found: FaceCandidates::default() })
    }
}

/// The chosen family, or the one that the outputs look like.
fn select(
    choice: FaceFamilyChoice,
    outputs: &[Output<'_>],
    input: Size,
) -> Result<(FaceFamily, Box<dyn FaceAdapter>), Misfit> {
    let family = match choice {
        FaceFamilyChoice::Named(family) => family,
        FaceFamilyChoice::Auto if outputs.len() == yunet::OUTPUTS => FaceFamily::YuNet,
        FaceFamilyChoice::Auto => FaceFamily::Scrfd,
    };
    Ok(match family {
        FaceFamily::Scrfd => (family, Box::new(Scrfd::fit(outputs, input)?)),
        FaceFamily::YuNet => (family, Box::new(YuNet::fit(outputs, input)?)),
    })
}

fn refusal(spec: &FaceDetectorSpec, model: &Model, reason: String) -> InferenceError {
    InferenceError::RoleMismatch { path: spec.path.clone(), role: "face detector", reason, seen: model.seen() }
}

fn log_loaded(info: &FaceDetectorInfo) {
    tracing::info!(
        model = info.name,
        family = %info.family,
        device = info.device,
        "loaded face detector `{}` as family `{}` on {}",
        info.name,
        info.family,
        info.device,
    );
}
