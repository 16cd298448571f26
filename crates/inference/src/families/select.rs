//! Which family a model belongs to, told from the shapes that a first run gave: shapes in the file may be open.

use super::end2end::{End2End, ROW_LENGTH};
use super::grid::cell_count_of_all;
use super::nanodet::NanoDet;
use super::nanodet_plus::NanoDetPlus;
use super::objectness::BEFORE_CLASSES;
use super::rtdetr::RtDetr;
use super::rtdetr_ultralytics::RtDetrUltralytics;
use super::yolov5::YoloV5;
use super::yolov8::YoloV8;
use super::yolox::Yolox;
use super::{Adapter, Evidence, Family, FamilyChoice, Misfit};

/// Networks that answer with a list of queries give 300, and none of the known more than 1000; anchors are thousands.
const QUERIES_MAX: usize = 1000;
/// YOLOv5 and v7 have three anchors in each cell.
const ANCHORS_PER_CELL: usize = 3;
/// Named classes decide what the shapes leave open; without names the classes are most likely COCO's.
const COCO_CLASSES: usize = 80;

/// Fits the chosen family, or the one that the outputs look like.
pub(crate) fn select(choice: FamilyChoice, evidence: &Evidence<'_>) -> Result<(Family, Box<dyn Adapter>), Misfit> {
    let family = match choice {
        FamilyChoice::Auto => recognise(evidence)?,
        FamilyChoice::Named(family) => family,
    };
    Ok((family, fit(family, evidence)?))
}

fn fit(family: Family, evidence: &Evidence<'_>) -> Result<Box<dyn Adapter>, Misfit> {
    Ok(match family {
        Family::Yolox => Box::new(Yolox::fit(evidence)?),
        Family::YoloV5 => Box::new(YoloV5::fit(evidence)?),
        Family::YoloV8 => Box::new(YoloV8::fit(evidence)?),
        Family::YoloEnd2End => Box::new(End2End::fit(evidence)?),
        Family::RtDetrUltralytics => Box::new(RtDetrUltralytics::fit(evidence)?),
        Family::RtDetr => Box::new(RtDetr::fit(evidence)?),
        Family::NanoDet => Box::new(NanoDet::fit(evidence)?),
        Family::NanoDetPlus => Box::new(NanoDetPlus::fit(evidence)?),
    })
}

fn recognise(evidence: &Evidence<'_>) -> Result<Family, Misfit> {
    match evidence.outputs {
        [_] => recognise_table(evidence),
        [_, _, _] if RtDetr::fit(evidence).is_ok() => Ok(Family::RtDetr),
        [_, _, _, _, _, _] if NanoDet::fit(evidence).is_ok() => Ok(Family::NanoDet),
        outputs => Err(Misfit(format!("no known family has such a set of {} outputs", outputs.len()))),
    }
}

fn recognise_table(evidence: &Evidence<'_>) -> Result<Family, Misfit> {
    let (rows, columns) = evidence.single_table()?;
    let cells = cell_count_of_all(evidence.input, &[8, 16, 32]);
    let cells_p6 = cell_count_of_all(evidence.input, &[8, 16, 32, 64]);
    let classes = evidence.named_classes.unwrap_or(COCO_CLASSES);
    if rows == cells {
        Ok(Family::Yolox)
    } else if rows == cells_p6 {
        Ok(if columns == BEFORE_CLASSES + classes { Family::Yolox } else { Family::NanoDetPlus })
    } else if [cells, cells_p6].map(|cells| cells * ANCHORS_PER_CELL).contains(&rows) {
        Ok(Family::YoloV5)
    } else if rows <= QUERIES_MAX && columns == ROW_LENGTH {
        Ok(Family::YoloEnd2End)
    } else if rows < columns {
        Ok(Family::YoloV8)
    } else if rows <= QUERIES_MAX {
        Ok(Family::RtDetrUltralytics)
    } else {
        Err(Misfit(format!("no known family gives {rows} rows of {columns} for its input size")))
    }
}

#[cfg(test)]
pub(super) mod testing {
    //! Hand-made outputs for the families' tests.

    use std::borrow::Cow;

    use super::super::candidates::{Candidate, Candidates};
    use super::*;
    use crate::pixels::Size;
    use crate::tensor::Output;

    pub(in super::super) fn table(
        rows: usize,
        columns: usize,
        value: impl Fn(usize, usize) -> f32,
    ) -> Vec<Output<'static>> {
        let data = (0..rows * columns).map(|index| value(index / columns, index % columns)).collect();
        vec![Output { name: "output", shape: vec![1, rows, columns], data: Cow::Owned(data) }]
    }

    pub(in super::super) fn evidence<'a>(input: Size, outputs: &'a [Output<'a>]) -> Evidence<'a> {
        Evidence { input, outputs, named_classes: None }
    }

    pub(in super::super) fn decoded(
        adapter: &mut dyn Adapter,
        outputs: &[Output<'_>],
        input: Size,
        min_score: f32,
    ) -> Vec<Candidate> {
        let mut found = Candidates::default();
        found.begin(min_score);
        adapter.decode(outputs, 0, input, &mut found).unwrap();
        found.list_mut().clone()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::testing::table;
    use super::*;
    use crate::pixels::Size;

    #[rstest]
    #[case::yolox_416(416, 3549, 85, None, Some(Family::Yolox))]
    #[case::yolox_one_class(416, 3549, 6, Some(1), Some(Family::Yolox))]
    #[case::yolox_p6(1280, 34_000, 85, None, Some(Family::Yolox))]
    #[case::nanodet_plus_416(416, 3598, 112, None, Some(Family::NanoDetPlus))]
    #[case::nanodet_plus_one_class(320, 2125, 33, Some(1), Some(Family::NanoDetPlus))]
    #[case::yolov5_640(640, 25_200, 85, None, Some(Family::YoloV5))]
    #[case::yolov5_one_class_ends_in_six(640, 25_200, 6, None, Some(Family::YoloV5))]
    #[case::yolov8_640(640, 84, 8400, None, Some(Family::YoloV8))]
    #[case::yolov8_one_class(640, 5, 8400, None, Some(Family::YoloV8))]
    #[case::end2end(640, 300, 6, None, Some(Family::YoloEnd2End))]
    #[case::rtdetr_ultralytics(640, 300, 84, None, Some(Family::RtDetrUltralytics))]
    #[case::no_grid_of_this_input(640, 3549, 85, None, None)]
    #[case::too_few_numbers_for_a_box(640, 3, 8400, None, None)]
    fn tables_are_told_apart_by_their_sides(
        #[case] side: usize,
        #[case] rows: usize,
        #[case] columns: usize,
        #[case] named_classes: Option<usize>,
        #[case] wanted: Option<Family>,
    ) {
        let outputs = table(rows, columns, |_, _| 0.0);
        let evidence = Evidence { input: Size { width: side, height: side }, outputs: &outputs, named_classes };
        let selected = select(FamilyChoice::Auto, &evidence).map(|(family, _)| family);
        assert_eq!(selected.ok(), wanted);
    }

    #[test]
    fn a_named_family_is_taken_where_its_tensors_allow() {
        // YOLOv6 lists one decoded box a cell, like a decoded YOLOX, but wants its pictures as YOLOv5 does.
        let outputs = table(8400, 85, |_, _| 10.0);
        let evidence = Evidence { input: Size { width: 640, height: 640 }, outputs: &outputs, named_classes: None };
        let (family, _) = select(FamilyChoice::Named(Family::YoloV5), &evidence).unwrap();
        assert_eq!(family, Family::YoloV5);
        assert!(select(FamilyChoice::Named(Family::YoloEnd2End), &evidence).is_err());
    }
}
