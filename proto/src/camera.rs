//! `camera.proto`: a camera as it is wanted.

use iris_domain::{CameraId, CameraTuning, RtspTransport, SourceUrl};

use crate::{Malformed, Message, checks, wire};

/// A camera as it is wanted. The only message that carries a stream's address; it cannot be printed in clear.
#[derive(Debug, Clone, PartialEq)]
pub struct WantedCamera {
    /// Its row.
    pub id: CameraId,
    /// What people call it.
    pub name: String,
    /// Where it streams from.
    pub source: SourceUrl,
    /// How RTP travels.
    pub transport: RtspTransport,
    /// Whether it is to be watched at all.
    pub enabled: bool,
    /// Grows when the camera is repointed: what was recorded under another generation is another camera's.
    pub source_generation: i64,
    /// How it is watched.
    pub tuning: CameraTuning,
}

/// All wanted cameras: ingest's own copy of the table on disk, for a start without the bus.
#[derive(Debug, Clone, PartialEq)]
pub struct WantedCameras(pub Vec<WantedCamera>);

impl Message for WantedCameras {
    type Wire = wire::WantedCameras;

    fn to_wire(&self) -> wire::WantedCameras {
        wire::WantedCameras { cameras: self.0.iter().map(Message::to_wire).collect() }
    }

    fn from_wire(wire: wire::WantedCameras) -> Result<Self, Malformed> {
        Ok(Self(wire.cameras.into_iter().map(WantedCamera::from_wire).collect::<Result<_, _>>()?))
    }
}

impl Message for WantedCamera {
    type Wire = wire::WantedCamera;

    fn to_wire(&self) -> wire::WantedCamera {
        let tuning = &self.tuning;
        wire::WantedCamera {
            id: self.id.get(),
            name: self.name.clone(),
            source_url: self.source.expose().to_owned(),
            rtsp_transport: match self.transport {
                RtspTransport::Tcp => "tcp".to_owned(),
                RtspTransport::Udp => "udp".to_owned(),
            },
            enabled: self.enabled,
            source_generation: self.source_generation,
            tuning: Some(wire::Tuning {
                detect_conf: tuning.detect_conf,
                detect_iou: tuning.detect_iou,
                detect_imgsz: tuning.detect_imgsz,
                detect_interval_s: tuning.detect_interval,
                pre_s: tuning.pre_seconds,
                post_s: tuning.post_seconds,
                trigger_classes: tuning.trigger_classes.iter().map(|class| class.as_str().to_owned()).collect(),
                trigger_cooldown_s: tuning.trigger_cooldown,
                min_trigger_frames: tuning.min_trigger_frames,
                faces_enabled: tuning.faces_enabled,
                reid_enabled: tuning.reid_enabled,
            }),
        }
    }

    fn from_wire(wire: wire::WantedCamera) -> Result<Self, Malformed> {
        let tuning = wire.tuning.ok_or_else(|| Malformed::new("the tuning is missing"))?;
        let tuning = CameraTuning {
            detect_conf: tuning.detect_conf,
            detect_iou: tuning.detect_iou,
            detect_imgsz: tuning.detect_imgsz,
            detect_interval: tuning.detect_interval_s,
            pre_seconds: tuning.pre_s,
            post_seconds: tuning.post_s,
            trigger_classes: tuning.trigger_classes.iter().map(|name| checks::class(name)).collect::<Result<_, _>>()?,
            trigger_cooldown: tuning.trigger_cooldown_s,
            min_trigger_frames: tuning.min_trigger_frames,
            faces_enabled: tuning.faces_enabled,
            reid_enabled: tuning.reid_enabled,
        };
        if let Some(fault) = tuning.faults().into_iter().next() {
            return Err(Malformed::new(format!("{} {}", fault.field, fault.message)));
        }
        Ok(Self {
            id: checks::camera_id(wire.id)?,
            name: checks::text(wire.name, "name")?,
            // Whether files are allowed is the gateway's and the opening service's decision, not the wire's.
            source: SourceUrl::parse(&wire.source_url, true).map_err(|error| Malformed::new(error.to_string()))?,
            transport: match wire.rtsp_transport.as_str() {
                "tcp" => RtspTransport::Tcp,
                "udp" => RtspTransport::Udp,
                _ => return Err(Malformed::new("an unknown RTSP transport")),
            },
            enabled: wire.enabled,
            source_generation: wire.source_generation,
            tuning,
        })
    }
}
