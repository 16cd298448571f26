//! A detector: a model with the family that reads it. Driven by one thread at a time; a picture goes in, boxes come
//! out, nothing is remembered from one to the next. Never touches the network or the clock beyond timing itself.

mod load;
mod spec;

use std::time::Instant;

use iris_domain::Detection;

use crate::classes;
use crate::error::InferenceError;
use crate::families::{Adapter, Candidate, Candidates, Misfit};
use crate::input::InputPlan;
use crate::look::look;
use crate::model::{Batch, Model};
use crate::pixels::{PixelBuffer, Placement, Preprocessor, Size};
use crate::suppression::suppress;

pub use self::spec::{BatchSupport, DetectOutcome, DetectRequest, DetectorInfo, DetectorSpec, Timing};

/// See the module's comment. Made by [`Detector::load`].
pub struct Detector {
    model: Model,
    info: DetectorInfo,
    plan: InputPlan,
    adapter: Box<dyn Adapter>,
    preprocessor: Preprocessor,
    pixels: PixelBuffer,
    found: Candidates,
}

/// A request on its way through a batch.
struct Job<'a> {
    /// Its place in the caller's list.
    index: usize,
    request: DetectRequest<'a>,
    placement: Placement,
}

impl Detector {
    /// What was loaded.
    pub fn info(&self) -> &DetectorInfo {
        &self.info
    }

    /// Looks at the pictures, as many at once as the model takes; the outcomes are in the order of the requests.
    /// An error is the model's or the device's, and speaks of all of them.
    pub fn detect(&mut self, requests: &[DetectRequest<'_>]) -> Result<Vec<DetectOutcome>, InferenceError> {
        let mut jobs: Vec<Job<'_>> =
            requests.iter().enumerate().map(|(index, request)| self.job(index, *request)).collect();
        // Pictures share a run when they share an input size.
        jobs.sort_by_key(|job| (job.placement.input.width, job.placement.input.height));
        let mut outcomes = Vec::with_capacity(jobs.len());
        for same_size in jobs.chunk_by(|a, b| a.placement.input == b.placement.input) {
            for batch in same_size.chunks(self.plan.batch_max()) {
                outcomes.extend(batch.iter().map(|job| job.index).zip(self.run_batch(batch)?));
            }
        }
        outcomes.sort_by_key(|(index, _)| *index);
        Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
    }

    fn job<'a>(&self, index: usize, request: DetectRequest<'a>) -> Job<'a> {
        let fit = self.preprocessor.recipe().fit;
        let size = Size { width: request.picture.width() as usize, height: request.picture.height() as usize };
        let input = self.plan.size_for(fit, size, request.input_size);
        Job { index, request, placement: Placement::new(fit, size, input) }
    }

    fn run_batch(&mut self, jobs: &[Job<'_>]) -> Result<Vec<DetectOutcome>, InferenceError> {
        let input = jobs[0].placement.input;
        let pictures = self.plan.batch.unwrap_or(jobs.len());
        let mut timings = self.preprocess(jobs, pictures, input);
        let Self { model, adapter, pixels, found, info, .. } = self;

        let started = Instant::now();
        let batch = Batch { pixels, pictures, input };
        let outcomes = model.run(&batch, |outputs| {
            let inference = started.elapsed();
            let mut outcomes = Vec::with_capacity(jobs.len());
            for (item, (job, timing)) in jobs.iter().zip(&mut timings).enumerate() {
                let started = Instant::now();
                found.begin(job.request.min_score);
                adapter.decode(outputs, item, input, found)?;
                let candidates = found.list_mut();
                suppress(candidates, adapter.overlaps(), job.request.iou);
                let detections = candidates.iter().filter_map(|one| detection(one, job, info)).collect();
                timing.inference = inference;
                timing.postprocess = started.elapsed();
                outcomes.push(DetectOutcome { detections, timing: *timing });
            }
            Ok(outcomes)
        });
        let outcomes = outcomes.and_then(|decoded| decoded.map_err(|misfit: Misfit| misfit.to_string()));
        outcomes.map_err(|reason| InferenceError::RunFailed { model: self.info.name.clone(), reason })
    }

    fn preprocess(&mut self, jobs: &[Job<'_>], pictures: usize, input: Size) -> Vec<Timing> {
        self.pixels.resize(pictures, input);
        let write = |(slot, job): (usize, &Job<'_>)| {
            let started = Instant::now();
            self.preprocessor.write(job.request.picture, &job.placement, slot, &mut self.pixels);
            Timing { preprocess: started.elapsed(), ..Timing::default() }
        };
        jobs.iter().enumerate().map(write).collect()
    }
}

fn detection(candidate: &Candidate, job: &Job<'_>, info: &DetectorInfo) -> Option<Detection> {
    let bbox = job.placement.to_picture(candidate.corners)?;
    let class = info.classes.get(candidate.class).cloned().unwrap_or_else(|| classes::numbered(candidate.class));
    let look = Some(look(&job.request.picture, &bbox));
    Some(Detection { bbox, class, score: candidate.score, look })
}
