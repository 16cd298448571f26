//! Cameras between their row and the domain. A row that breaks the domain's bounds is refused whole, naming the field.

use iris_domain::camera::trigger_classes_csv;
use iris_domain::{CameraId, CameraRecord, CameraTuning, Class, NewCamera, RtspTransport, SourceUrl};
use sea_orm::ActiveValue::Set;

use super::entity::{ActiveModel, Model, SourceColumn};
use crate::error::Failure;
use crate::time;

/// The columns an operator's settings fill.
pub(crate) fn columns(camera: &NewCamera) -> Result<ActiveModel, Failure> {
    let NewCamera { name, source, enabled, rtsp_transport, tuning } = camera;
    Ok(ActiveModel {
        name: Set(name.clone()),
        source_url: Set(SourceColumn(source.expose().to_owned())),
        enabled: Set(*enabled),
        rtsp_transport: Set(transport_word(*rtsp_transport).to_owned()),
        detect_conf: Set(tuning.detect_conf),
        detect_iou: Set(tuning.detect_iou),
        detect_imgsz: Set(integer(tuning.detect_imgsz, "detect_imgsz")?),
        detect_interval: Set(tuning.detect_interval),
        pre_seconds: Set(integer(tuning.pre_seconds, "pre_seconds")?),
        post_seconds: Set(integer(tuning.post_seconds, "post_seconds")?),
        trigger_classes: Set(trigger_classes_csv(&tuning.trigger_classes)),
        trigger_cooldown: Set(tuning.trigger_cooldown),
        min_trigger_frames: Set(integer(tuning.min_trigger_frames, "min_trigger_frames")?),
        faces_enabled: Set(tuning.faces_enabled),
        reid_enabled: Set(tuning.reid_enabled),
        ..Default::default()
    })
}

/// The camera in a row.
pub(crate) fn camera(row: Model) -> Result<CameraRecord, Failure> {
    let id = row.id;
    let broken = |what: &str| Failure::Corrupt(format!("camera {id}: {what}"));
    let record = CameraRecord {
        id: CameraId::new(id).map_err(|_| broken("id"))?,
        // Whether files may be sources is the gateway's setting, judged when the camera was entered.
        source: SourceUrl::parse(&row.source_url.0, true).map_err(|_| broken("source_url"))?,
        rtsp_transport: transport(&row.rtsp_transport).ok_or_else(|| broken("rtsp_transport"))?,
        created_at: time::from_column(row.created_at, "created_at")?,
        updated_at: time::from_column(row.updated_at, "updated_at")?,
        tuning: tuning(&row).ok_or_else(|| broken("tuning out of bounds"))?,
        name: row.name,
        enabled: row.enabled,
        source_generation: row.source_generation,
    };
    Ok(record)
}

fn tuning(row: &Model) -> Option<CameraTuning> {
    let tuning = CameraTuning {
        detect_conf: row.detect_conf,
        detect_iou: row.detect_iou,
        detect_imgsz: row.detect_imgsz.try_into().ok()?,
        detect_interval: row.detect_interval,
        pre_seconds: row.pre_seconds.try_into().ok()?,
        post_seconds: row.post_seconds.try_into().ok()?,
        trigger_classes: row.trigger_classes.split(',').map(Class::new).collect::<Result<_, _>>().ok()?,
        trigger_cooldown: row.trigger_cooldown,
        min_trigger_frames: row.min_trigger_frames.try_into().ok()?,
        faces_enabled: row.faces_enabled,
        reid_enabled: row.reid_enabled,
    };
    tuning.faults().is_empty().then_some(tuning)
}

fn integer(value: u32, field: &str) -> Result<i32, Failure> {
    i32::try_from(value).map_err(|_| Failure::Corrupt(format!("{field} {value} exceeds a column")))
}

fn transport_word(transport: RtspTransport) -> &'static str {
    match transport {
        RtspTransport::Tcp => "tcp",
        RtspTransport::Udp => "udp",
    }
}

fn transport(word: &str) -> Option<RtspTransport> {
    [RtspTransport::Tcp, RtspTransport::Udp].into_iter().find(|transport| transport_word(*transport) == word)
}
