//! What a client may say of a camera: read without coercion, judged by the domain's bounds, all faults at once.

use iris_domain::camera::parse_trigger_classes;
use iris_domain::{CameraRecord, CameraTuning, Class, NewCamera, RtspTransport, SourceUrl};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::extract::Fields;

/// The longest camera name, in characters.
const NAME_LENGTH_MAX: usize = 128;

/// What depends on the gateway and its surroundings.
#[derive(Debug)]
pub struct Rules {
    /// The detector's classes.
    pub known_classes: Vec<Class>,
    /// Whether `file://` addresses pass.
    pub allow_file_sources: bool,
}

/// What an update changes; a field that is absent or null is kept.
#[derive(Debug, ToSchema)]
#[schema(as = CameraUpdate)]
pub struct CameraPatch {
    /// 1 to 128 characters after trimming.
    #[schema(example = "Front door", min_length = 1, max_length = 128)]
    name: Option<String>,
    /// The stream's address: rtsp, rtsps, rtmp, http or https, with credentials if it needs some. Never given back in clear: a
    /// blank or masked address on update keeps the present one. A new one purges the camera's events.
    #[schema(value_type = Option<String>, example = "rtsp://user:password@10.0.0.5/stream1", max_length = 2048)]
    rtsp_url: Option<SourceUrl>,
    /// Whether it is watched at all.
    #[schema(default = true)]
    enabled: Option<bool>,
    /// Confidence that a detection needs.
    #[schema(default = 0.4, minimum = 0, maximum = 1)]
    detect_conf: Option<f32>,
    /// Overlap at which the weaker of two boxes is dropped.
    #[schema(default = 0.45, minimum = 0, maximum = 1)]
    detect_iou: Option<f32>,
    /// The detector's input size, px.
    #[schema(default = 640, minimum = 128, maximum = 1920)]
    detect_imgsz: Option<u32>,
    /// Seconds between detections; 0 is every picture.
    #[schema(default = 0.2, minimum = 0, maximum = 60)]
    detect_interval: Option<f32>,
    /// Seconds of a clip before the presence.
    #[schema(default = 5, minimum = 0, maximum = 120)]
    pre_seconds: Option<u32>,
    /// Seconds of a clip after the presence.
    #[schema(default = 10, minimum = 0, maximum = 300)]
    post_seconds: Option<u32>,
    /// Classes that trigger a recording, separated by commas; none means person.
    #[schema(value_type = Option<String>, default = "person", example = "person,car,dog")]
    trigger_classes: Option<Vec<Class>>,
    /// Seconds between the end of one event and the start of the next, at least.
    #[schema(default = 0, minimum = 0, maximum = 3600)]
    trigger_cooldown: Option<f32>,
    /// Pictures in a row with a trigger before an event opens.
    #[schema(default = 3, minimum = 1, maximum = 100)]
    min_trigger_frames: Option<u32>,
    /// How RTP travels.
    #[schema(value_type = Option<String>, default = "tcp", pattern = "^(tcp|udp)$")]
    rtsp_transport: Option<RtspTransport>,
    /// Look for faces.
    #[schema(default = true)]
    faces_enabled: Option<bool>,
    /// Tell people apart across cameras.
    #[schema(default = true)]
    reid_enabled: Option<bool>,
}

impl CameraPatch {
    /// Reads an update.
    pub fn read(fields: &mut Fields<'_, '_>, rules: &Rules) -> Self {
        let rtsp_url = fields.text("rtsp_url").filter(|text| !keeps_the_present_address(text));
        Self::read_rest(fields, rules, rtsp_url)
    }

    fn read_rest(fields: &mut Fields<'_, '_>, rules: &Rules, rtsp_url: Option<&str>) -> Self {
        let patch = Self {
            name: fields.name("name", NAME_LENGTH_MAX),
            rtsp_url: rtsp_url.and_then(|text| source(fields, text, rules)),
            enabled: fields.boolean("enabled"),
            detect_conf: number(fields, "detect_conf"),
            detect_iou: number(fields, "detect_iou"),
            detect_imgsz: count(fields, "detect_imgsz"),
            detect_interval: number(fields, "detect_interval"),
            pre_seconds: count(fields, "pre_seconds"),
            post_seconds: count(fields, "post_seconds"),
            trigger_classes: trigger_classes(fields, rules),
            trigger_cooldown: number(fields, "trigger_cooldown"),
            min_trigger_frames: count(fields, "min_trigger_frames"),
            rtsp_transport: fields.word("rtsp_transport", &[("tcp", RtspTransport::Tcp), ("udp", RtspTransport::Udp)]),
            faces_enabled: fields.boolean("faces_enabled"),
            reid_enabled: fields.boolean("reid_enabled"),
        };
        // The defaults are within bounds, so only what was given can be out of them.
        for fault in patch.applied_to_tuning(&CameraTuning::default()).faults() {
            fields.domain_fault(fault);
        }
        patch
    }

    /// The camera as it shall be.
    pub fn applied_to(self, camera: &CameraRecord) -> NewCamera {
        let tuning = self.applied_to_tuning(&camera.tuning);
        NewCamera {
            name: self.name.unwrap_or_else(|| camera.name.clone()),
            source: self.rtsp_url.unwrap_or_else(|| camera.source.clone()),
            enabled: self.enabled.unwrap_or(camera.enabled),
            rtsp_transport: self.rtsp_transport.unwrap_or(camera.rtsp_transport),
            tuning,
        }
    }

    fn applied_to_tuning(&self, tuning: &CameraTuning) -> CameraTuning {
        CameraTuning {
            detect_conf: self.detect_conf.unwrap_or(tuning.detect_conf),
            detect_iou: self.detect_iou.unwrap_or(tuning.detect_iou),
            detect_imgsz: self.detect_imgsz.unwrap_or(tuning.detect_imgsz),
            detect_interval: self.detect_interval.unwrap_or(tuning.detect_interval),
            pre_seconds: self.pre_seconds.unwrap_or(tuning.pre_seconds),
            post_seconds: self.post_seconds.unwrap_or(tuning.post_seconds),
            trigger_classes: self.trigger_classes.clone().unwrap_or_else(|| tuning.trigger_classes.clone()),
            trigger_cooldown: self.trigger_cooldown.unwrap_or(tuning.trigger_cooldown),
            min_trigger_frames: self.min_trigger_frames.unwrap_or(tuning.min_trigger_frames),
            faces_enabled: self.faces_enabled.unwrap_or(tuning.faces_enabled),
            reid_enabled: self.reid_enabled.unwrap_or(tuning.reid_enabled),
        }
    }
}

/// A camera to be entered: an update of nothing, with a name and an address.
#[derive(Debug)]
pub struct CameraCreation(NewCamera);

impl CameraCreation {
    /// Reads it; `None` when a fault was noted for what it cannot do without.
    pub fn read(fields: &mut Fields<'_, '_>, rules: &Rules) -> Option<Self> {
        for required in ["name", "rtsp_url"].into_iter().filter(|field| !fields.has(field)).collect::<Vec<_>>() {
            fields.missing(required);
        }
        let rtsp_url = fields.text("rtsp_url");
        let patch = CameraPatch::read_rest(fields, rules, rtsp_url);
        Some(Self(NewCamera {
            tuning: patch.applied_to_tuning(&CameraTuning::default()),
            name: patch.name?,
            source: patch.rtsp_url?,
            enabled: patch.enabled.unwrap_or(true),
            rtsp_transport: patch.rtsp_transport.unwrap_or_default(),
        }))
    }

    /// The camera to be entered.
    pub fn camera(self) -> NewCamera {
        self.0
    }
}

impl PartialSchema for CameraCreation {
    fn schema() -> RefOr<Schema> {
        let mut schema = CameraPatch::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.required = vec!["name".to_owned(), "rtsp_url".to_owned()];
            object.description = Some("A camera to be entered; all but its name and address have defaults.".to_owned());
        }
        schema
    }
}

impl ToSchema for CameraCreation {
    fn name() -> std::borrow::Cow<'static, str> {
        "CameraCreation".into()
    }
}

/// Clients send back what they were shown.
fn keeps_the_present_address(text: &str) -> bool {
    text.trim().is_empty() || text.contains("***")
}

fn source(fields: &mut Fields<'_, '_>, text: &str, rules: &Rules) -> Option<SourceUrl> {
    let parsed = SourceUrl::parse(text, rules.allow_file_sources);
    parsed.map_err(|error| fields.fault("rtsp_url", "url_invalid", error.to_string())).ok()
}

fn trigger_classes(fields: &mut Fields<'_, '_>, rules: &Rules) -> Option<Vec<Class>> {
    let csv = fields.text("trigger_classes")?;
    parse_trigger_classes(csv, &rules.known_classes).map_err(|fault| fields.domain_fault(fault)).ok()
}

/// A whole number for the domain to judge. What does not fit its type lies beyond the bounds of every field, as does the type's
/// largest value.
fn count(fields: &mut Fields<'_, '_>, field: &str) -> Option<u32> {
    fields.integer(field).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
}

fn number(fields: &mut Fields<'_, '_>, field: &str) -> Option<f32> {
    fields.number(field).map(narrowed)
}

/// The nearest `f32`, but for a number just beyond a whole one, which stays beyond it: all bounds are whole numbers, and rounding
/// must not carry anything over them.
fn narrowed(number: f64) -> f32 {
    // Adding zero turns -0 into 0.
    let nearest = number as f32 + 0.0;
    let whole = nearest.fract() == 0.0;
    match number.partial_cmp(&f64::from(nearest)) {
        Some(std::cmp::Ordering::Greater) if whole => nearest.next_up(),
        Some(std::cmp::Ordering::Less) if whole => nearest.next_down(),
        _ => nearest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrowing_never_carries_a_number_over_a_bound() {
        assert_eq!(narrowed(0.4), 0.4);
        assert_eq!(narrowed(1.0), 1.0);
        assert_eq!(narrowed(3600.0), 3600.0);
        assert!(narrowed(1.0 + f64::EPSILON) > 1.0);
        assert!(narrowed(60.000_000_000_1) > 60.0);
        assert!(narrowed(1.0 - f64::EPSILON) < 1.0);
        assert!(narrowed(-1e-300) < 0.0 && narrowed(1e-300) > 0.0);
        assert!(narrowed(-0.0).is_sign_positive());
        assert!(narrowed(1e300).is_infinite());
    }
}
