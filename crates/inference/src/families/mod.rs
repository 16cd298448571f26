//! The families of detectors that Iris reads. A family is a promise about tensors: what a picture must look like on
//! the way in ([`Recipe`]) and what the numbers on the way out mean ([`Adapter::decode`]). One file each; which one
//! a model belongs to is decided in `select.rs`, by what a first run gave.

mod candidates;
mod distribution;
mod end2end;
pub(crate) mod grid;
mod nanodet;
mod nanodet_plus;
mod objectness;
mod rtdetr;
mod rtdetr_ultralytics;
mod select;
mod yolov5;
mod yolov8;
mod yolox;

use serde::{Deserialize, Serialize};

use crate::choice::{Choice, named};
use crate::pixels::{Recipe, Size};
use crate::tensor::Output;

pub(crate) use candidates::{Candidate, Candidates};
pub(crate) use select::select;

/// A family of detectors; the text is what settings call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Family {
    /// `yolox`: YOLOX Nano to X, raw or decoded in the graph.
    Yolox,
    /// `yolov5`: `[N, A, 5 + classes]` rows with objectness: YOLOv5, YOLOv7, and YOLOv6 when named in the settings.
    YoloV5,
    /// `yolov8`: `[N, 4 + classes, A]` columns: YOLOv8, v9, 11, 12.
    YoloV8,
    /// `yolo-end2end`: `[N, 300, 6]`, nothing left to suppress: YOLOv10, YOLO26, Ultralytics exports with `nms=True`.
    YoloEnd2End,
    /// `rtdetr-ultralytics`: `[N, 300, 4 + classes]`.
    RtDetrUltralytics,
    /// `rtdetr`: `labels`, `boxes` and `scores`: RT-DETR, D-FINE, DEIM, DEIMv2 by their authors' exporters.
    RtDetr,
    /// `nanodet`: NanoDet of 2021, scores and distances of three levels apart.
    NanoDet,
    /// `nanodet-plus`: NanoDet-Plus, all in one tensor.
    NanoDetPlus,
}

named!(Family, UnknownFamily, "detector family", {
    Yolox => "yolox",
    YoloV5 => "yolov5",
    YoloV8 => "yolov8",
    YoloEnd2End => "yolo-end2end",
    RtDetrUltralytics => "rtdetr-ultralytics",
    RtDetr => "rtdetr",
    NanoDet => "nanodet",
    NanoDetPlus => "nanodet-plus",
});

/// The settings' word on a detector's family.
pub type FamilyChoice = Choice<Family>;

/// Which boxes a better one beside them removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overlaps {
    /// Those of the same class above the caller's IoU: the network reports each thing many times.
    SameClass,
    /// Those of any class that are all but the same box. The network reports each thing once by design, yet now and
    /// then the same box under two names, which would become two tracks on one thing.
    Duplicates,
}

/// A family, fitted to one model.
pub(crate) trait Adapter: Send {
    /// What to do with pictures.
    fn recipe(&self) -> Recipe;

    /// What to do with overlapping boxes.
    fn overlaps(&self) -> Overlaps;

    /// How many classes the outputs tell apart; `None` when they give a number and not one score for each class.
    fn class_count(&self) -> Option<usize>;

    /// Adds what was found in picture `item` of a batch, in pixels of the `input`.
    fn decode(
        &mut self,
        outputs: &[Output<'_>],
        item: usize,
        input: Size,
        found: &mut Candidates,
    ) -> Result<(), Misfit>;
}

/// Outputs that a family cannot read, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Misfit(pub(crate) String);

impl Misfit {
    fn shape(output: &Output<'_>, wanted: &str) -> Self {
        Self(format!("output {output} is not {wanted}"))
    }
}

/// What is known of a model when its family is decided.
pub(crate) struct Evidence<'a> {
    /// The input of the first run.
    pub(crate) input: Size,
    /// What the first run gave, for a batch of one grey picture.
    pub(crate) outputs: &'a [Output<'a>],
    /// How many classes the settings or the metadata name, if they do.
    pub(crate) named_classes: Option<usize>,
}

impl Evidence<'_> {
    /// The only output, else why not.
    fn single_output(&self) -> Result<&Output<'_>, Misfit> {
        match self.outputs {
            [output] => Ok(output),
            outputs => Err(Misfit(format!("it has {} outputs where one was expected", outputs.len()))),
        }
    }

    /// The two last sizes of the only output, which has three axes.
    fn single_table(&self) -> Result<(usize, usize), Misfit> {
        let output = self.single_output()?;
        match output.shape[..] {
            [_, rows, columns] => Ok((rows, columns)),
            _ => Err(Misfit::shape(output, "a batch of tables")),
        }
    }
}

/// More classes than any published detector has (LVIS has 1203); beyond, a size is no class count.
const CLASSES_MAX: usize = 4096;

/// `fixed + classes == size`, with at least one class and not absurdly many.
fn classes_beside(fixed: usize, size: usize) -> Result<usize, Misfit> {
    match size.checked_sub(fixed) {
        Some(classes) if (1..=CLASSES_MAX).contains(&classes) => Ok(classes),
        _ => Err(Misfit(format!("an axis of {size} is not {fixed} numbers and 1 to {CLASSES_MAX} classes"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_text_is_read_and_written_alike() {
        for family in Family::ALL {
            assert_eq!(family.to_string().parse(), Ok(FamilyChoice::Named(*family)));
        }
        assert_eq!("Auto".parse(), Ok(FamilyChoice::Auto));
        assert_eq!(
            "yolo".parse::<FamilyChoice>().unwrap_err().to_string(),
            "unknown detector family `yolo`: auto, or one of yolox, yolov5, yolov8, yolo-end2end, \
             rtdetr-ultralytics, rtdetr, nanodet, nanodet-plus"
        );
    }
}
