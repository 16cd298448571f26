//! MOT Challenge text files, gzipped: one box a line, `frame,id,left,top,width,height,confidence,class,...`. Driven by the
//! accuracy tests; reads and parses, and refuses what it does not understand.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;

/// One line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MotRow {
    /// Counts from 1.
    pub frame: u32,
    /// Trajectory; in files of detections a running number without meaning.
    pub id: i64,
    /// The box.
    pub bbox: PixelBox,
    /// Score of a detection; in ground truth 0 marks a box that is not to be scored.
    pub confidence: f64,
    /// MOT class in ground truth (1 is a pedestrian), -1 elsewhere.
    pub class: i64,
}

/// A box in pixels; may reach beyond the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PixelBox {
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl PixelBox {
    /// Intersection over union, 0..1.
    pub fn iou(&self, other: &Self) -> f64 {
        let across = (self.left + self.width).min(other.left + other.width) - self.left.max(other.left);
        let down = (self.top + self.height).min(other.top + other.height) - self.top.max(other.top);
        let intersection = across.max(0.0) * down.max(0.0);
        let union = self.width * self.height + other.width * other.height - intersection;
        if union > 0.0 { intersection / union } else { 0.0 }
    }
}

/// All rows of a gzipped file, in its order.
pub fn read_rows(path: &Path) -> Result<Vec<MotRow>> {
    let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
    let lines = BufReader::new(GzDecoder::new(file)).lines().enumerate();
    lines
        .map(|(index, line)| {
            let place = || format!("read line {} of {}", index + 1, path.display());
            parse(&line.with_context(place)?).with_context(place)
        })
        .collect()
}

fn parse(line: &str) -> Result<MotRow> {
    let fields: Vec<f64> = line.split(',').map(|field| field.trim().parse()).collect::<Result<_, _>>()?;
    let &[frame, id, left, top, width, height, confidence, class, ..] = fields.as_slice() else {
        anyhow::bail!("{} fields where at least 8 belong", fields.len());
    };
    let bbox = PixelBox { left, top, width, height };
    Ok(MotRow { frame: frame as u32, id: id as i64, bbox, confidence, class: class as i64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_line_and_refuses_half_of_one() {
        let row = parse("3,27.0,595.0,446.2,23.6,64.8,0.48,-1,-1,-1").unwrap();
        assert_eq!((row.frame, row.id, row.class), (3, 27, -1));
        assert_eq!(row.bbox.top, 446.2);
        assert!(parse("3,27,595.0").is_err());
        assert!(parse("a,b,c,d,e,f,g,h").is_err());
    }
}
