//! How one camera is watched: the tuning an operator may set, its defaults and its bounds.

use serde::{Deserialize, Serialize};

use crate::{Class, Fault};

/// How RTP travels from the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum RtspTransport {
    /// Interleaved in the RTSP connection.
    #[default]
    Tcp,
    /// Datagrams.
    Udp,
}

/// Everything about a camera that can change without reopening its stream.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraTuning {
    /// Lowest score a detection needs to start a track, 0..1.
    pub detect_conf: f32,
    /// Overlap at which the detector drops the weaker of two boxes, 0..1.
    pub detect_iou: f32,
    /// Longer side of the picture sent to the detector, 128..=1920 px.
    pub detect_imgsz: u32,
    /// Seconds between detections, 0..=60; 0 means every picture.
    pub detect_interval: f32,
    /// Clip seconds before the first trigger, 0..=120.
    pub pre_seconds: u32,
    /// Clip seconds after the last trigger, 0..=300.
    pub post_seconds: u32,
    /// Classes that open an event; never empty.
    pub trigger_classes: Vec<Class>,
    /// Seconds that must pass between the end of one event and the start of the next, 0..=3600.
    pub trigger_cooldown: f32,
    /// Consecutive pictures with a trigger before an event opens, 1..=100.
    pub min_trigger_frames: u32,
    /// Look for faces.
    pub faces_enabled: bool,
    /// Tell people apart across cameras.
    pub reid_enabled: bool,
}

impl Default for CameraTuning {
    fn default() -> Self {
        Self {
            detect_conf: 0.4,
            detect_iou: 0.45,
            detect_imgsz: 640,
            detect_interval: 0.2,
            pre_seconds: 5,
            post_seconds: 10,
            trigger_classes: vec![Class::person()],
            trigger_cooldown: 0.0,
            min_trigger_frames: 3,
            faces_enabled: true,
            reid_enabled: true,
        }
    }
}

impl CameraTuning {
    /// Every field that is out of its bounds.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        check_range(&mut faults, "detect_conf", f64::from(self.detect_conf), 0.0, 1.0);
        check_range(&mut faults, "detect_iou", f64::from(self.detect_iou), 0.0, 1.0);
        check_range(&mut faults, "detect_imgsz", f64::from(self.detect_imgsz), 128.0, 1920.0);
        check_range(&mut faults, "detect_interval", f64::from(self.detect_interval), 0.0, 60.0);
        check_range(&mut faults, "pre_seconds", f64::from(self.pre_seconds), 0.0, 120.0);
        check_range(&mut faults, "post_seconds", f64::from(self.post_seconds), 0.0, 300.0);
        check_range(&mut faults, "trigger_cooldown", f64::from(self.trigger_cooldown), 0.0, 3600.0);
        check_range(&mut faults, "min_trigger_frames", f64::from(self.min_trigger_frames), 1.0, 100.0);
        faults
    }
}

fn check_range(faults: &mut Vec<Fault>, field: &'static str, value: f64, min: f64, max: f64) {
    if !(min..=max).contains(&value) {
        faults.push(Fault::new(field, "out_of_range", format!("must be between {min} and {max}")));
    }
}

/// Reads `person,car,dog` against the detector's classes: trimmed, lower-cased, without repeats, in the given order.
/// Nothing, or commas alone, means `person`. The error names every class the detector does not know.
pub fn parse_trigger_classes(csv: &str, known: &[Class]) -> Result<Vec<Class>, Fault> {
    let mut classes: Vec<Class> = Vec::new();
    let mut unknown: Vec<&str> = Vec::new();
    for name in csv.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match Class::new(name) {
            Ok(class) if known.contains(&class) && classes.contains(&class) => {}
            Ok(class) if known.contains(&class) => classes.push(class),
            _ => unknown.push(name),
        }
    }
    if !unknown.is_empty() {
        let message = format!("the detector does not know: {}", unknown.join(", "));
        return Err(Fault::new("trigger_classes", "unknown_class", message));
    }
    if classes.is_empty() {
        classes.push(Class::person());
    }
    Ok(classes)
}

/// The inverse of [`parse_trigger_classes`].
pub fn trigger_classes_csv(classes: &[Class]) -> String {
    classes.iter().map(Class::as_str).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<Class> {
        ["person", "car", "dog"].map(|name| Class::new(name).unwrap()).to_vec()
    }

    #[test]
    fn trigger_classes_are_cleaned_and_kept_in_order() {
        for (csv, cleaned) in [("Dog, person ,dog,", "dog,person"), ("", "person"), (" ,,", "person")] {
            assert_eq!(trigger_classes_csv(&parse_trigger_classes(csv, &known()).unwrap()), cleaned);
        }
        let fault = parse_trigger_classes("person,unicorn,yeti", &known()).unwrap_err();
        assert!(fault.message.contains("unicorn") && fault.message.contains("yeti"));
    }

    #[test]
    fn every_field_out_of_bounds_is_named_at_once() {
        let tuning = CameraTuning { detect_conf: f32::NAN, detect_imgsz: 127, post_seconds: 301, ..Default::default() };
        let fields: Vec<_> = tuning.faults().into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["detect_conf", "detect_imgsz", "post_seconds"]);
        assert!(CameraTuning::default().faults().is_empty());
    }
}
